//! Finding a secret in a text that was received, however it is spelled there: each of its characters may
//! stand as it is, or as JSON, HTML or an address spell it, in any mixture and one inside another. It only
//! finds; what is done about it is the caller's.

/// How many characters that mean nothing may stand before one of the secret's: backslashes of JSON inside
/// JSON, NUL. The bound keeps a text of nothing else from costing more than its length.
const MAX_SKIPPED: usize = 16;
/// How often a spelling may be spelled again: `%2525…`, `&amp;amp;…`.
const MAX_NESTED: usize = 4;

/// The text with every occurrence of the secret replaced; none, when it is not there.
pub(crate) fn replaced(text: &str, secret: &str, by: &str) -> Option<String> {
    let starts = first_bytes(secret);
    let bytes = text.as_bytes();
    let (mut clean, mut kept, mut at) = (String::new(), 0, 0);
    while at < bytes.len() {
        let is_start = bytes.get(at).is_some_and(|byte| starts[usize::from(*byte)]);
        match is_start.then(|| end_of(bytes, at, secret)).flatten() {
            Some(end) => {
                // What replaces is no longer than the shortest secret, so this is all that is ever needed.
                if clean.capacity() == 0 {
                    clean.reserve_exact(text.len());
                }
                clean.push_str(text.get(kept..at).unwrap_or_default());
                clean.push_str(by);
                (kept, at) = (end, end);
            }
            None => at += 1,
        }
    }
    if kept == 0 {
        return None;
    }
    clean.push_str(text.get(kept..).unwrap_or_default());
    Some(clean)
}

/// The bytes with which a spelling can begin.
fn first_bytes(secret: &str) -> [bool; 256] {
    let mut starts = [false; 256];
    for byte in secret.bytes().take(1).chain([b'\\', b'%', b'&', 0]) {
        starts[usize::from(byte)] = true;
    }
    starts
}

/// Where the secret ends that begins here.
fn end_of(text: &[u8], begin: usize, secret: &str) -> Option<usize> {
    secret.chars().try_fold(begin, |at, wanted| end_of_one(text, at, wanted))
}

/// Where a spelling of one character ends.
fn end_of_one(text: &[u8], at: usize, wanted: char) -> Option<usize> {
    let after = past_nothing(text, at, wanted);
    match text.get(after)? {
        b'\\' | b'%' | b'&' => {
            [json, percent, entity, literal].into_iter().find_map(|spelled| spelled(text, after, wanted))
        }
        _ => literal(text, after, wanted),
    }
}

/// Past what stands between characters and means nothing.
fn past_nothing(text: &[u8], mut at: usize, wanted: char) -> usize {
    for _ in 0..MAX_SKIPPED {
        match text.get(at..).unwrap_or_default() {
            [b'\\', b'u', b'0', b'0', b'0', b'0', ..] => at += 6,
            [b'\\', b'u', ..] => return at,
            // The secret's own backslash may be the last of several.
            [b'\\', next, ..] if wanted != '\\' || *next == b'\\' => at += 1,
            [0, ..] => at += 1,
            _ => return at,
        }
    }
    at
}

fn literal(text: &[u8], at: usize, wanted: char) -> Option<usize> {
    let mut bytes = [0; 4];
    let wanted = wanted.encode_utf8(&mut bytes).as_bytes();
    text.get(at..)?.starts_with(wanted).then_some(at + wanted.len())
}

/// `\u003d`, in pairs where a character needs two.
fn json(text: &[u8], mut at: usize, wanted: char) -> Option<usize> {
    let mut units = [0; 2];
    for unit in wanted.encode_utf16(&mut units) {
        let rest = text.get(at..)?;
        let backslashes = rest.iter().take(MAX_SKIPPED).take_while(|byte| **byte == b'\\').count();
        let digits = rest.get(backslashes..)?.strip_prefix(b"u")?.get(..4)?;
        let is_it = backslashes > 0 && number(digits, 16)? == u32::from(*unit);
        at = is_it.then_some(at + backslashes + 5)?;
    }
    Some(at)
}

/// `%2f`, one for each byte, and `%252f`.
fn percent(text: &[u8], mut at: usize, wanted: char) -> Option<usize> {
    let mut bytes = [0; 4];
    for byte in wanted.encode_utf8(&mut bytes).bytes() {
        let mut digits = text.get(at..)?.strip_prefix(b"%")?;
        for _ in 0..MAX_NESTED {
            digits = digits.strip_prefix(b"25").filter(|rest| starts_with_hex(rest)).unwrap_or(digits);
        }
        let is_it = number(digits.get(..2)?, 16)? == u32::from(byte);
        at = is_it.then(|| text.len() - digits.len() + 2)?;
    }
    Some(at)
}

fn starts_with_hex(text: &[u8]) -> bool {
    text.get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

/// `&quot;`, `&#39;`, `&#x27;`, and `&amp;quot;`.
fn entity(text: &[u8], at: usize, wanted: char) -> Option<usize> {
    let mut name = text.get(at..)?.strip_prefix(b"&")?;
    for _ in 0..MAX_NESTED {
        // `&amp;` may be the character itself.
        name = name.strip_prefix(b"amp;").filter(|rest| names(rest, wanted).is_some()).unwrap_or(name);
    }
    let rest = names(name, wanted)?;
    Some(text.len() - rest.len())
}

/// What follows the name of a character.
fn names(text: &[u8], wanted: char) -> Option<&[u8]> {
    // The longest number has seven digits and an x; zeros before it are more than anybody writes.
    let end = text.iter().take(12).position(|byte| *byte == b';')?;
    let (name, rest) = (text.get(..end)?, text.get(end + 1..)?);
    let is_it = match name {
        b"amp" => wanted == '&',
        b"lt" => wanted == '<',
        b"gt" => wanted == '>',
        b"quot" => wanted == '"',
        b"apos" => wanted == '\'',
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16) == Some(u32::from(wanted)),
        [b'#', digits @ ..] => number(digits, 10) == Some(u32::from(wanted)),
        _ => false,
    };
    is_it.then_some(rest)
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u32::from_str_radix(digits, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = r#"a"b&c<d/e\f='š😀"#;

    fn hidden(spelled: &str) {
        let text = format!("x {spelled} y {spelled}");
        assert_eq!(replaced(&text, SECRET, "*").as_deref(), Some("x * y *"), "{spelled}");
    }

    fn each(spell: impl Fn(char) -> String) -> String {
        SECRET.chars().map(spell).collect::<Vec<_>>().concat()
    }

    fn in_utf16(c: char, digit: impl Fn(u16) -> String) -> String {
        c.encode_utf16(&mut [0; 2]).iter().map(|unit| digit(*unit)).collect::<Vec<_>>().concat()
    }

    fn in_utf8(c: char, digit: impl Fn(u8) -> String) -> String {
        c.encode_utf8(&mut [0; 4]).bytes().map(digit).collect::<Vec<_>>().concat()
    }

    #[test]
    fn a_secret_is_found_however_it_is_spelled() {
        hidden(SECRET);
        let json = serde_json::to_string(SECRET).unwrap();
        hidden(&json[1..json.len() - 1]);
        let twice = serde_json::to_string(&json).unwrap();
        hidden(&twice[3..twice.len() - 3]);
        hidden(&json[1..json.len() - 1].replace('/', "\\/"));
        hidden(&each(|c| in_utf16(c, |unit| format!("\\u{unit:04x}"))));
        hidden(&each(|c| in_utf16(c, |unit| format!("\\u{unit:04X}"))));
        hidden(&each(|c| in_utf16(c, |unit| format!("\\\\u{unit:04X}"))));
        hidden(&each(|c| in_utf8(c, |byte| format!("%{byte:02x}"))));
        hidden(&each(|c| in_utf8(c, |byte| format!("%{byte:02X}"))));
        hidden(&each(|c| in_utf8(c, |byte| format!("%25{byte:02X}"))));
        hidden(&each(|c| format!("&#{};", u32::from(c))));
        hidden(&each(|c| format!("&#x{:x};", u32::from(c))));
        hidden(&SECRET.replace('&', "&amp;").replace('\'', "&#39;").replace('"', "&quot;"));
        hidden(&SECRET.replace('&', "&amp;amp;").replace('<', "&amp;lt;").replace('=', "\\u003d"));
        hidden(each(|c| format!("{c}\0\\u0000")).trim_end_matches("\0\\u0000"));
    }

    #[test]
    fn what_is_not_the_secret_stays() {
        for text in
            ["", "a", r"a\", "%", "%2", "&", "&#;", r"\u", r"\u00", "aaaaaa%%%%&&&&\\\\\\", "a\"b&c<d/e"]
        {
            assert_eq!(replaced(text, SECRET, "*"), None, "{text}");
        }
        assert_eq!(replaced("šč😀", SECRET, "*"), None);
    }

    #[test]
    fn a_text_of_nothing_but_escapes_costs_its_length() {
        for unit in ["\\", "%25", "&amp;", "\\u0000", "a"] {
            assert_eq!(replaced(&unit.repeat(100_000), "aaaaaaaab", "*"), None);
        }
    }
}
