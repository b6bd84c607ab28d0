//! The secret key, and the removal of it from anything that was received. The only place that may expose it
//! is [`SecretKey::write_into`].

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::echo;

/// The shortest key accepted, in characters. A shorter one could not be removed from replies without
/// damaging innocent text.
const MIN_LENGTH: usize = 8;
/// The longest key accepted, in characters; real ones have a few dozen.
const MAX_LENGTH: usize = 200;
/// What stands where the key was: no longer than any key, so that no text grows by it.
const REDACTED: &str = "[secret]";

/// The secret key of a company: full read and write access (`metakocka-api.md §1.1`).
///
/// It is written into request bodies and nowhere else: `Debug` hides it, there is no `Display`, and it is
/// wiped from memory when dropped.
#[derive(Clone)]
pub struct SecretKey {
    key: SecretString,
}

/// A text that cannot be a secret key. It never contains the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a secret key has {MIN_LENGTH} to {MAX_LENGTH} characters and no blanks")]
pub struct InvalidSecretKey;

impl SecretKey {
    /// Parses a key of 8 to 200 visible characters; blanks around are dropped.
    pub fn parse(text: &str) -> Result<Self, InvalidSecretKey> {
        let text = text.trim();
        let visible = |c: char| !c.is_whitespace() && !c.is_control();
        if !(MIN_LENGTH..=MAX_LENGTH).contains(&text.chars().count()) || !text.chars().all(visible) {
            return Err(InvalidSecretKey);
        }
        Ok(Self { key: SecretString::from(text) })
    }

    /// Puts the key into a request body.
    pub(crate) fn write_into(&self, body: &mut Map<String, Value>) {
        body.insert("secret_key".to_owned(), Value::from(self.key.expose_secret()));
    }

    /// The text without the key, whatever spelling each of its characters has there. What is read from JSON
    /// afterwards cannot become the key again.
    pub(crate) fn redact(&self, text: String) -> String {
        echo::replaced(&text, self.key.expose_secret(), REDACTED).unwrap_or(text)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey([secret])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_not_in_its_debug_form() {
        let key = SecretKey::parse("tajni-kljuc-123").unwrap();
        assert!(!format!("{key:?}").contains("tajni"));
        assert!(!InvalidSecretKey.to_string().contains("tajni"));
    }

    #[test]
    fn blanks_around_are_dropped_and_short_or_broken_keys_refused() {
        let mut body = Map::new();
        SecretKey::parse(" tajni-kljuc\n").unwrap().write_into(&mut body);
        assert_eq!(body["secret_key"], "tajni-kljuc");
        for text in ["", "kratek", "dva dela", &"a".repeat(201)] {
            assert!(SecretKey::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn every_spelling_of_the_key_is_removed() {
        let key = SecretKey::parse(r#"a"b&c<d/e\f"#).unwrap();
        for spelled in [
            r#"x a"b&c<d/e\f x"#.to_owned(),
            r#"{"secret_key":"a\"b&c<d/e\\f"}"#.to_owned(),
            "<p>a&quot;b&amp;c&lt;d/e\\f</p>".to_owned(),
            "?secret_key=a%22b%26c%3Cd%2Fe%5Cf".to_owned(),
        ] {
            let redacted = key.redact(spelled.clone());
            assert!(redacted.contains(REDACTED), "{spelled} became {redacted}");
        }
        assert_eq!(key.redact("nothing here".to_owned()), "nothing here");
    }
}
