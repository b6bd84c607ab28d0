//! Countries: the remote names them in any language or by their two letters (`metakocka-api.md §3.4`).

use sync_core::record::CountryCode;
use sync_core::record::text::fold;

/// Names that Slovenian companies meet, folded. A name that is not here stays a name.
const NAMES: &[(&str, &str)] = &[
    ("albania", "AL"),
    ("albanija", "AL"),
    ("australia", "AU"),
    ("austria", "AT"),
    ("avstralija", "AU"),
    ("avstrija", "AT"),
    ("belgija", "BE"),
    ("belgium", "BE"),
    ("bolgarija", "BG"),
    ("bosna in hercegovina", "BA"),
    ("bosnia and herzegovina", "BA"),
    ("bulgaria", "BG"),
    ("canada", "CA"),
    ("ceska", "CZ"),
    ("china", "CN"),
    ("ciper", "CY"),
    ("crna gora", "ME"),
    ("croatia", "HR"),
    ("cyprus", "CY"),
    ("czech republic", "CZ"),
    ("czechia", "CZ"),
    ("danska", "DK"),
    ("denmark", "DK"),
    ("deutschland", "DE"),
    ("estonia", "EE"),
    ("estonija", "EE"),
    ("finland", "FI"),
    ("finska", "FI"),
    ("france", "FR"),
    ("francija", "FR"),
    ("germany", "DE"),
    ("grcija", "GR"),
    ("greece", "GR"),
    ("hrvaska", "HR"),
    ("hrvatska", "HR"),
    ("hungary", "HU"),
    ("iceland", "IS"),
    ("ireland", "IE"),
    ("irska", "IE"),
    ("islandija", "IS"),
    ("italia", "IT"),
    ("italija", "IT"),
    ("italy", "IT"),
    ("japan", "JP"),
    ("japonska", "JP"),
    ("kanada", "CA"),
    ("kitajska", "CN"),
    ("kosovo", "XK"),
    ("latvia", "LV"),
    ("latvija", "LV"),
    ("liechtenstein", "LI"),
    ("lihtenstajn", "LI"),
    ("lithuania", "LT"),
    ("litva", "LT"),
    ("luksemburg", "LU"),
    ("luxembourg", "LU"),
    ("madzarska", "HU"),
    ("malta", "MT"),
    ("montenegro", "ME"),
    ("nemcija", "DE"),
    ("netherlands", "NL"),
    ("nizozemska", "NL"),
    ("north macedonia", "MK"),
    ("norveska", "NO"),
    ("norway", "NO"),
    ("osterreich", "AT"),
    ("poland", "PL"),
    ("poljska", "PL"),
    ("portugal", "PT"),
    ("portugalska", "PT"),
    ("romania", "RO"),
    ("romunija", "RO"),
    ("serbia", "RS"),
    ("severna irska", "XI"),
    ("severna makedonija", "MK"),
    ("slovakia", "SK"),
    ("slovaska", "SK"),
    ("slovenia", "SI"),
    ("slovenija", "SI"),
    ("spain", "ES"),
    ("spanija", "ES"),
    ("srbija", "RS"),
    ("svedska", "SE"),
    ("svica", "CH"),
    ("sweden", "SE"),
    ("switzerland", "CH"),
    ("turcija", "TR"),
    ("turkey", "TR"),
    ("ukraine", "UA"),
    ("ukrajina", "UA"),
    ("united kingdom", "GB"),
    ("united kingdom - northern ireland", "XI"),
    ("united states", "US"),
    ("velika britanija", "GB"),
    ("zdruzene drzave amerike", "US"),
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
