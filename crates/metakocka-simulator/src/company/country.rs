//! Countries as Metakocka knows them: two letters, an English and a Slovenian name. Requests may name
//! them in any of these ways (`metakocka-api.md` §3.4).

use serde::{Deserialize, Serialize};

/// A country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct Country(u8);

/// ISO code, English name, Slovenian name.
static COUNTRIES: [(&str, &str, &str); 46] = [
    ("SI", "Slovenia", "Slovenija"),
    ("HR", "Croatia", "Hrvaška"),
    ("AT", "Austria", "Avstrija"),
    ("IT", "Italy", "Italija"),
    ("DE", "Germany", "Nemčija"),
    ("BE", "Belgium", "Belgija"),
    ("BG", "Bulgaria", "Bolgarija"),
    ("CY", "Cyprus", "Ciper"),
    ("CZ", "Czech Republic", "Češka"),
    ("DK", "Denmark", "Danska"),
    ("EE", "Estonia", "Estonija"),
    ("FI", "Finland", "Finska"),
    ("FR", "France", "Francija"),
    ("GR", "Greece", "Grčija"),
    ("HU", "Hungary", "Madžarska"),
    ("IE", "Ireland", "Irska"),
    ("LV", "Latvia", "Latvija"),
    ("LT", "Lithuania", "Litva"),
    ("LU", "Luxembourg", "Luksemburg"),
    ("MT", "Malta", "Malta"),
    ("NL", "Netherlands", "Nizozemska"),
    ("PL", "Poland", "Poljska"),
    ("PT", "Portugal", "Portugalska"),
    ("RO", "Romania", "Romunija"),
    ("SK", "Slovakia", "Slovaška"),
    ("ES", "Spain", "Španija"),
    ("SE", "Sweden", "Švedska"),
    ("CH", "Switzerland", "Švica"),
    ("NO", "Norway", "Norveška"),
    ("IS", "Iceland", "Islandija"),
    ("LI", "Liechtenstein", "Lihtenštajn"),
    ("GB", "United Kingdom", "Velika Britanija"),
    ("XI", "United Kingdom - Northern Ireland", "Severna Irska"),
    ("RS", "Serbia", "Srbija"),
    ("BA", "Bosnia and Herzegovina", "Bosna in Hercegovina"),
    ("ME", "Montenegro", "Črna gora"),
    ("MK", "North Macedonia", "Severna Makedonija"),
    ("AL", "Albania", "Albanija"),
    ("XK", "Kosovo", "Kosovo"),
    ("TR", "Turkey", "Turčija"),
    ("UA", "Ukraine", "Ukrajina"),
    ("US", "United States", "Združene države Amerike"),
    ("CA", "Canada", "Kanada"),
    ("CN", "China", "Kitajska"),
    ("JP", "Japan", "Japonska"),
    ("AU", "Australia", "Avstralija"),
];

impl Country {
    pub(crate) const SLOVENIA: Self = Self(0);
    pub(crate) const CROATIA: Self = Self(1);
    pub(crate) const AUSTRIA: Self = Self(2);
    pub(crate) const ITALY: Self = Self(3);
    pub(crate) const GERMANY: Self = Self(4);

    fn row(self) -> &'static (&'static str, &'static str, &'static str) {
        &COUNTRIES[usize::from(self.0)]
    }

    pub(crate) fn iso(self) -> &'static str {
        self.row().0
    }

    /// As documents show it; partner address lists use the Slovenian name (§10).
    pub(crate) fn english(self) -> &'static str {
        self.row().1
    }

    pub(crate) fn slovenian(self) -> &'static str {
        self.row().2
    }

    /// A country by its ISO code or its English or Slovenian name.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let is_it =
            |row: &(&str, &str, &str)| [row.0, row.1, row.2].iter().any(|name| name.to_lowercase() == text);
        let at = COUNTRIES.iter().position(is_it)?;
        u8::try_from(at).ok().map(Self)
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.iso().to_owned()
    }
}

impl TryFrom<String> for Country {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::of_text(&text).ok_or_else(|| format!("\"{text}\" is no country"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_found_by_its_code_and_both_names() {
        for text in ["SI", "slovenia", "Slovenija "] {
            assert_eq!(Country::of_text(text), Some(Country::SLOVENIA), "{text}");
        }
        let consts = [Country::CROATIA, Country::AUSTRIA, Country::ITALY, Country::GERMANY];
        assert_eq!(consts.map(Country::iso), ["HR", "AT", "IT", "DE"]);
        assert_eq!(Country::of_text("Atlantis"), None);
    }
}
