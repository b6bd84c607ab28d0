//! The canonical form of a record and its hash: how "same" and "changed" are told apart.

use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest};
use serde::{Deserialize, Serialize};

use super::ids::text_type;
use super::{InvalidValue, RecordKind, Unreadable};

/// Raised when the canonical form changes: then every hash differs once and the next scan settles it.
const FORM: &str = "1";

text_type! {
    /// A hash in 64 hexadecimal digits: BLAKE2b of 256 bits over the canonical form.
    ContentHash
}

impl ContentHash {
    /// Reads a stored hash.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let right =
            text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        right
            .then(|| Self(text.to_owned()))
            .ok_or_else(|| InvalidValue::new("a hash", text, "64 hexadecimal digits"))
    }

    /// The hash of a text as it stands, such as a request that is kept before it leaves.
    pub fn of_text(text: &str) -> Self {
        Self(hex(&Blake2b::<U32>::digest(text.as_bytes())))
    }
}

/// A record that has one form under which two of its copies can be compared.
pub trait Canonical: Serialize + Sized {
    /// Which kind of record it is.
    const KIND: RecordKind;

    /// The form that is compared and hashed: text trimmed and with single blanks, absent for empty,
    /// decimals by value, HTML by its text, without ids of rows and labels of codes (policy C, H).
    /// Its canonical form is itself.
    #[must_use]
    fn canonical(&self) -> Self;

    /// What no single field can tell: why the record as a whole can't be read, if so.
    fn check(&self) -> Result<(), Unreadable>;
}

/// The hash of a record's content, the same for every spelling of it.
pub fn content_hash<R: Canonical>(record: &R) -> ContentHash {
    hash_parts(R::KIND.as_str(), &record.canonical())
}

/// The hash over a name and the JSON of a value.
pub(super) fn hash_parts(name: &str, value: &impl Serialize) -> ContentHash {
    let mut form = format!("{name}/{FORM}\n").into_bytes();
    // Neither the vector nor the derived serialisation can fail: no map has keys that are not text.
    if let Err(error) = serde_json::to_writer(&mut form, value) {
        form.extend_from_slice(error.to_string().as_bytes());
    }
    ContentHash(hex(&Blake2b::<U32>::digest(&form)))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|half| char::from(DIGITS[usize::from(half)]))
        .collect()
}
