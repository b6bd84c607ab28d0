//! Countries: the remote names them in any language or by their two letters (`metakocka-api.md §3.4`).

use sync_core::record::CountryCode;
use sync_core::record::text::fold;

/// Names that Slovenian companies meet, folded. A name that is not here stays a name.
const NAMES: &[(&str, &str)] = &[
    ("austria", "AT"),
    ("avstrija", "AT"),
    ("belgija", "BE"),
    ("belgium", "BE"),
    ("bosna in hercegovina", "BA"),
    ("bosnia and herzegovina", "BA"),
    ("bolgarija", "BG"),
    ("bulgaria", "BG"),
    ("ceska", "CZ"),
    ("croatia", "HR"),
    ("crna gora", "ME"),
    ("czech republic", "CZ"),
    ("czechia", "CZ"),
    ("danska", "DK"),
    ("denmark", "DK"),
    ("deutschland", "DE"),
    ("france", "FR"),
    ("francija", "FR"),
    ("germany", "DE"),
    ("hrvaska", "HR"),
    ("hrvatska", "HR"),
    ("hungary", "HU"),
    ("italija", "IT"),
    ("italia", "IT"),
    ("italy", "IT"),
    ("madzarska", "HU"),
    ("montenegro", "ME"),
    ("nemcija", "DE"),
    ("netherlands", "NL"),
    ("nizozemska", "NL"),
    ("north macedonia", "MK"),
    ("osterreich", "AT"),
    ("poland", "PL"),
    ("poljska", "PL"),
    ("romania", "RO"),
    ("romunija", "RO"),
    ("serbia", "RS"),
    ("severna makedonija", "MK"),
    ("slovakia", "SK"),
    ("slovaska", "SK"),
    ("slovenia", "SI"),
    ("slovenija", "SI"),
    ("spain", "ES"),
    ("spanija", "ES"),
    ("srbija", "RS"),
    ("sweden", "SE"),
    ("svedska", "SE"),
    ("svica", "CH"),
    ("switzerland", "CH"),
    ("united kingdom", "GB"),
    ("velika britanija", "GB"),
    ("zdruzeno kraljestvo", "GB"),
];

/// The country by its letters, else by its name.
pub(super) fn country(iso: Option<&str>, name: Option<&str>) -> Option<CountryCode> {
    let by_letters = |text: &str| CountryCode::parse(text).ok();
    iso.and_then(by_letters).or_else(|| {
        let name = name?;
        let folded = fold(name);
        let known = NAMES.iter().find(|(known, _)| *known == folded);
        known.map_or_else(|| by_letters(name), |(_, letters)| by_letters(letters))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(iso: Option<&str>, name: Option<&str>) -> Option<String> {
        country(iso, name).map(|code| code.as_str().to_owned())
    }

    #[test]
    fn a_country_is_found_by_letters_and_by_its_name_in_both_languages() {
        assert_eq!(letters(Some("si"), None).as_deref(), Some("SI"));
        assert_eq!(letters(None, Some("Slovenija")).as_deref(), Some("SI"));
        assert_eq!(letters(None, Some("Hrvaška")).as_deref(), Some("HR"));
        assert_eq!(letters(None, Some("AT")).as_deref(), Some("AT"));
        assert_eq!(letters(None, Some("Atlantida")), None);
    }
}
