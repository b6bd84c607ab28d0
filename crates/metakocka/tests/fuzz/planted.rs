//! The secret key inside a reply, in the spellings that JSON, addresses and pages have for it, and whether
//! anything of it shows in what was made of the reply.

use crate::chance::Chance;

/// A key with characters that JSON, HTML and addresses spell differently, and one of two bytes.
pub(crate) const KEY: &str = r#"fz"Skrivnost\8/=&Ž<k"#;
/// The part of the key that most spellings leave as it is; no reply has it but in a key.
const WORD: &str = "Skrivnost";
/// What stands where a key was.
const REDACTED: &str = "[secret]";
/// Keys put into one reply, at most.
const MOST: usize = 3;

/// What a text shows of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// That there was one.
    Redacted,
    /// Nothing; what had it was not shown.
    Nothing,
    /// The key.
    Key,
}

/// Puts the key into a reply at one to three places, whole each time: in texts, in names, between them, in the
/// middle of a character.
pub(crate) fn plant(reply: &mut Vec<u8>, chance: &mut Chance) {
    let quotes: Vec<usize> = (0..reply.len()).filter(|at| reply[*at] == b'"').map(|at| at + 1).collect();
    let mut places: Vec<usize> = (0..=chance.below(MOST))
        .map(|_| {
            if quotes.is_empty() || chance.one_in(6) {
                chance.below(reply.len() + 1)
            } else {
                *chance.pick(&quotes)
            }
        })
        .collect();
    // From the end, so that none comes to stand inside another.
    places.sort_unstable_by(|one, other| other.cmp(one));
    for place in places {
        reply.splice(place..place, spelled(chance).into_bytes());
    }
}

fn spelled(chance: &mut Chance) -> String {
    let in_json = serde_json::Value::from(KEY).to_string();
    let in_json = in_json[1..in_json.len() - 1].to_owned();
    let each = |spell: fn(char) -> String| KEY.chars().map(spell).collect::<Vec<_>>().concat();
    let bytes = |spell: fn(u8) -> String| KEY.bytes().map(spell).collect::<Vec<_>>().concat();
    match chance.below(10) {
        0 => KEY.to_owned(),
        1 => in_json.replace('/', "\\/"),
        2 => each(|c| format!("\\u{:04x}", u32::from(c))),
        3 => bytes(|byte| format!("%{byte:02X}")),
        4 => bytes(|byte| format!("%{byte:02x}")),
        5 => bytes(|byte| {
            if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
        }),
        6 => each(|c| format!("&#{};", u32::from(c))),
        _ => in_json,
    }
}

/// Looks for the key in every spelling, whatever quoting is around it.
pub(crate) fn shown(told: &str) -> Shown {
    // Debug forms put backslashes before backslashes and quotes.
    let plain = told.replace('\\', "");
    let is_shown =
        [WORD, "u0053u006b", "%53%6b", "%53%6B", "&#83;&#107;"].iter().any(|part| plain.contains(part));
    match (is_shown, plain.contains(REDACTED)) {
        (true, _) => Shown::Key,
        (false, true) => Shown::Redacted,
        (false, false) => Shown::Nothing,
    }
}
