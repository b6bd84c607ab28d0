//! E-mail addresses as accounts know them.

use crate::EngineError;

/// Longest address that mail can be sent to (RFC 5321, 4.5.3.1.3), in characters.
const MAX_CHARS: usize = 254;

/// A person's e-mail address: kept as typed, compared folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Email {
    text: String,
    key: String,
}

impl Email {
    /// Reads what was typed: something on both sides of the last `@`, no blanks, not too long. Whether mail arrives is
    /// not asked here.
    pub(super) fn parse(typed: &str) -> Result<Self, EngineError> {
        let text = typed.trim();
        let right = text.chars().count() <= MAX_CHARS
            && !text.chars().any(|c| c.is_whitespace() || c.is_control())
            && text.rsplit_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
        if !right {
            return Err(EngineError::invalid("email", "Enter an e-mail address, like ana@example.si."));
        }
        Ok(Self { text: text.to_owned(), key: fold(text) })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }
}

/// What sign-in compares: trimmed, lower case, without signs that no address contains (PostgreSQL refuses one of them).
pub(super) fn fold(typed: &str) -> String {
    typed.trim().to_lowercase().replace(char::is_control, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_compared_without_case_and_blanks() {
        let email = Email::parse("  Ana.Novak@Example.SI ").unwrap();
        assert_eq!(email.text(), "Ana.Novak@Example.SI");
        assert_eq!(email.key(), "ana.novak@example.si");
        assert_eq!(fold(" ANA.novak@example.si"), email.key());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in ["", "ana", "@example.si", "ana@", "ana novak@example.si", "ana@exa\u{7}mple.si"] {
            assert!(Email::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Email::parse(&format!("{}@example.si", "a".repeat(MAX_CHARS))).is_err());
    }
}
