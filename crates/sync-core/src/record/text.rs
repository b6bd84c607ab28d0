//! Texts: the form that is compared, the text of HTML, and the forms for searching and sorting.
//!
//! Searching and sorting keys are made here and stored, so that every database and every collation
//! answers alike.

/// Most characters of a text that take part in its sort key.
const SORTED_CHARS: usize = 80;

/// Most bytes between `<` and `>` that are taken for a tag.
const MAX_TAG_BYTES: usize = 1_000;

/// Most bytes between `&` and `;` that are taken for an entity.
const MAX_ENTITY_BYTES: usize = 10;

/// Elements that stand in a line of text: their tags vanish, those of all others leave a blank.
const INLINE: &[&str] =
    &["a", "abbr", "b", "big", "em", "font", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "u"];

/// Other elements that are taken for HTML; anything else between `<` and `>` is text.
const BLOCK: &[&str] = &[
    "blockquote",
    "body",
    "br",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "hr",
    "html",
    "img",
    "li",
    "meta",
    "o:p",
    "ol",
    "p",
    "pre",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
];

/// Trimmed, every run of blanks one space.
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The normalised text, or nothing when it is empty: absent and empty are alike (policy C).
pub fn given(text: &Option<String>) -> Option<String> {
    text.as_deref().map(normalise).filter(|text| !text.is_empty())
}

/// The text of HTML, normalised; a text that is not HTML stays what it is. Tags and entities are
/// taken out as they are completed, so the result holds none and is its own text.
pub fn html_text(html: &str) -> String {
    let mut out = Reduced(String::with_capacity(html.len()));
    for c in html.chars() {
        out.push(c);
    }
    out.0.truncate(out.0.trim_end().len());
    out.0
}

/// A text in which no blank follows another, no tag and no entity is complete.
struct Reduced(String);

impl Reduced {
    fn push(&mut self, c: char) {
        if c.is_whitespace() {
            if !self.0.is_empty() && !self.0.ends_with(' ') {
                self.0.push(' ');
            }
            return;
        }
        match c {
            '>' => self.close_tag(),
            ';' => self.close_entity(),
            _ => self.0.push(c),
        }
    }

    fn close_tag(&mut self) {
        let Some((start, tag)) = self.open_at('<', MAX_TAG_BYTES) else { return self.0.push('>') };
        match tag_kind(tag) {
            Some(TagKind::Inline) => self.0.truncate(start),
            Some(TagKind::Block) => {
                self.0.truncate(start);
                self.push(' ');
            }
            None => self.0.push('>'),
        }
    }

    fn close_entity(&mut self) {
        let Some((start, name)) = self.open_at('&', MAX_ENTITY_BYTES) else { return self.0.push(';') };
        let Some(decoded) = entity(name) else { return self.0.push(';') };
        self.0.truncate(start);
        // What an entity stands for may complete a tag or another entity. Each step is shorter.
        self.push(decoded);
    }

    /// What follows the last `opener`, unless that is further back than `limit` bytes.
    fn open_at(&self, opener: char, limit: usize) -> Option<(usize, &str)> {
        let bytes = self.0.as_bytes();
        let from = bytes.len().saturating_sub(limit + 1);
        let start = from + bytes[from..].iter().rposition(|byte| char::from(*byte) == opener)?;
        Some((start, self.0.get(start + 1..)?))
    }
}

enum TagKind {
    Inline,
    Block,
}

fn tag_kind(tag: &str) -> Option<TagKind> {
    if tag.starts_with("!--") {
        return Some(TagKind::Inline);
    }
    let name = tag.strip_prefix('/').unwrap_or(tag);
    let name = name.split([' ', '/']).next().unwrap_or_default().to_ascii_lowercase();
    if INLINE.contains(&name.as_str()) {
        Some(TagKind::Inline)
    } else if BLOCK.contains(&name.as_str()) {
        Some(TagKind::Block)
    } else {
        None
    }
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| !c.is_control());
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "euro" => '€',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "bull" => '•',
        "deg" => '°',
        "scaron" => 'š',
        "Scaron" => 'Š',
        _ => return None,
    })
}

/// Lower case, without the marks of letters: `Žagar` and `zagar` are one text to search for.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match base_letters(c) {
            Some(letters) => out.push_str(letters),
            None if is_combining(c) => {}
            None => out.push(c),
        }
    }
    normalise(&out)
}

/// The folded texts in one, to be searched with a folded word.
pub fn search_text<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let folded: Vec<String> = parts.into_iter().map(fold).filter(|part| !part.is_empty()).collect();
    folded.join(" ")
}

/// A key of digits only, so that every collation sorts it alike: Slovenian alphabet, capital letters
/// and foreign marks ignored, numbers inside by value (`PP-9` before `PP-10`). Its pieces: `00` a gap,
/// `01` a number with the count of its digits, `10` to `40` a letter, `99` any other letter with its
/// code.
pub fn sort_key(text: &str) -> String {
    let lower: String = text.chars().take(SORTED_CHARS).flat_map(char::to_lowercase).collect();
    let mut key = String::with_capacity(lower.len() * 2);
    let mut gap = false;
    let mut rest = lower.chars().peekable();
    while let Some(c) = rest.next() {
        if !c.is_alphabetic() && !c.is_ascii_digit() {
            gap |= !is_combining(c);
            continue;
        }
        if std::mem::take(&mut gap) && !key.is_empty() {
            key.push_str("00");
        }
        if c.is_ascii_digit() {
            let more = std::iter::from_fn(|| rest.next_if(char::is_ascii_digit));
            push_number(&mut key, &std::iter::once(c).chain(more).collect::<String>());
        } else {
            push_letter(&mut key, c);
        }
    }
    key
}

fn push_number(key: &mut String, digits: &str) {
    let significant = digits.trim_start_matches('0');
    key.push_str(&["01", &format!("{:02}", significant.len()), significant].concat());
}

fn push_letter(key: &mut String, c: char) {
    const ALPHABET: &str = "abcčćdđefghijklmnopqrsštuvwxyzž";
    if let Some(at) = ALPHABET.chars().position(|letter| letter == c) {
        key.push_str(&(at + 10).to_string());
    } else if let Some(letters) = base_letters(c) {
        letters.chars().for_each(|letter| push_letter(key, letter));
    } else {
        key.push_str(&["99", &format!("{:07}", u32::from(c))].concat());
    }
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// The plain letters of a small letter with marks.
fn base_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blanks_of_every_sort_become_one() {
        assert_eq!(normalise("  Lesna\u{a0}\t oprema \r\n d.o.o. "), "Lesna oprema d.o.o.");
        assert_eq!(given(&Some("  ".to_owned())), None);
    }

    #[test]
    fn html_is_compared_by_its_text() {
        let html = "<p>Rok: <b>3</b> dni &amp; montaža</p><br/>Hvala&nbsp;&#353;e!";
        assert_eq!(html_text(html), "Rok: 3 dni & montaža Hvala še!");
        assert_eq!(html_text("a<br>b"), "a b");
        assert_eq!(html_text("Spa<b>n</b>ish"), "Spanish");
    }

    #[test]
    fn a_text_that_only_looks_like_html_stays() {
        for text in ["5 < 6 in 7 > 3", "a <marko@example.si> b", "A & B; C", "R&D;"] {
            assert_eq!(html_text(text), text);
        }
    }

    #[test]
    fn what_an_entity_hides_is_taken_out_too() {
        assert_eq!(html_text("&amp;lt;b&amp;gt;x"), "x");
        assert_eq!(html_text("&am<b>p;x"), "&x");
    }

    #[test]
    fn folding_finds_names_typed_without_their_marks() {
        assert_eq!(fold(" Žagar  ŠUŠTAR "), "zagar sustar");
        assert_eq!(fold("c\u{30c}"), "c");
        assert_eq!(search_text(["PP-2041", "", "Čebela d.o.o."]), "pp-2041 cebela d.o.o.");
    }

    #[test]
    fn keys_sort_numbers_by_value_and_letters_by_the_slovenian_alphabet() {
        let ascending = [
            "",
            "9",
            "10",
            "cesta",
            "Ceška",
            "čaj",
            "dan",
            "Novak",
            "Novak Ana",
            "novaka",
            "PP-9",
            "PP-10",
            "PP-10a",
            "sat",
            "šal",
            "zob",
            "žaba",
            "Ж",
        ];
        for pair in ascending.windows(2) {
            assert!(sort_key(pair[0]) < sort_key(pair[1]), "{} before {}", pair[0], pair[1]);
        }
        assert_eq!(sort_key("PP-007"), sort_key("pp 7"));
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing_more(text in "\\PC{0,40}|[<>&;/a-bpl tm#0-9]{0,60}") {
            for once in [normalise(&text), html_text(&text), fold(&text)] {
                prop_assert_eq!(normalise(&once), once.clone());
            }
            prop_assert_eq!(html_text(&html_text(&text)), html_text(&text));
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn a_key_is_made_of_digits(text in "\\PC{0,40}") {
            prop_assert!(sort_key(&text).bytes().all(|b| b.is_ascii_digit()));
        }
    }
}
