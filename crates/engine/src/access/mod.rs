//! People, members, roles, tokens and sessions: who may do what. The only place that makes a [`TenantScope`].
//!
//! To let something new act in a workspace, add a function here that proves it may and makes the scope; never hand out
//! the means to make one.

mod email;
mod operator;
mod password;
mod people;
mod scope;
mod sessions;
mod tokens;

use blake2::Blake2b;
use blake2::Digest;
use blake2::digest::consts::U32;
use jiff::SignedDuration;

pub use operator::{NewUser, WorkspaceChoice};
pub use people::{Language, Membership, Person, SignedIn};
pub use scope::{Role, TenantScope, UserId};
pub use sessions::{SESSION_IDLE, SESSION_LIFE, Session};
pub use tokens::{AddedToken, TokenView};

use crate::EngineError;

/// Uses are noted at most this often: a write for each request would keep SQLite's one writer busy.
pub const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// Characters of a name of a person, workspace or token.
const MAX_NAME_CHARS: usize = 200;

/// Hash under which a secret with much chance in it (token, session id) is stored: nobody can guess its input, so
/// it need not be slow.
fn hash_of_secret(secret: &str) -> String {
    use std::fmt::Write as _;
    let digest = Blake2b::<U32>::digest(secret.as_bytes());
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing into a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A name that was typed: trimmed, not empty, one line.
fn name(field: &'static str, typed: &str) -> Result<String, EngineError> {
    let text = typed.trim();
    if text.is_empty() || text.chars().count() > MAX_NAME_CHARS || text.chars().any(char::is_control) {
        let sentence = format!("Enter a name of 1 to {MAX_NAME_CHARS} characters.");
        return Err(EngineError::invalid(field, sentence));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_secret_is_blake2b_256_in_hexadecimal() {
        // The value that b2sum -l 256 prints for the same three letters.
        assert_eq!(hash_of_secret("abc"), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    }

    #[test]
    fn names_are_trimmed_and_of_one_line() {
        assert_eq!(name("name", " Ana Novak ").unwrap(), "Ana Novak");
        for wrong in ["", "  ", "a\nb", &"a".repeat(MAX_NAME_CHARS + 1)] {
            assert!(matches!(name("name", wrong), Err(EngineError::Invalid { field: "name", .. })));
        }
    }
}
