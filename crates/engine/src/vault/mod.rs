//! Seals Metakocka keys with the installation's key, so that a stolen database opens nothing.
//!
//! A sealed text is `v1.KEY.BODY`: the id of the key that made it, and nonce with ciphertext in base64. The row that it
//! belongs to is authenticated with it, so that a sealed text that was copied into another row does not open.
//! Rotation: put the new key first, keep the old ones behind it until every row was sealed again.

mod key;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

pub use key::{KeyError, VaultKey};

use crate::ids::Ids;

/// Form of the sealed text. Another cipher would get another word.
const VERSION: &str = "v1";

/// Bytes of a nonce of XChaCha20: long enough to be chosen by chance for ever.
const NONCE_BYTES: usize = 24;

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The sealed text was made with another key, for another row, or was changed.
    #[error("the sealed text does not belong to this key and row")]
    NotOurs,
    /// No key was given.
    #[error("there is no key to seal with")]
    NoKey,
    /// A password could not be hashed: no memory, or the program is ending.
    #[error("the password could not be hashed")]
    Hashing,
}

/// The row that a sealed text belongs to.
#[derive(Clone, Copy, Debug)]
pub struct SealedFor<'a> {
    /// Workspace of the row.
    pub tenant: &'a str,
    /// Id of the row, unique within the workspace.
    pub row: &'a str,
}

/// Seals and opens. The keys never leave it, and its debug text names only their ids.
#[derive(Debug)]
pub struct Vault {
    keys: Vec<VaultKey>,
}

impl Vault {
    /// The first key seals; all of them open.
    pub fn new(keys: Vec<VaultKey>) -> Result<Self, VaultError> {
        if keys.is_empty() { Err(VaultError::NoKey) } else { Ok(Self { keys }) }
    }

    /// Seals a secret for one row.
    pub fn seal(&self, ids: &Ids, bound: SealedFor<'_>, secret: &SecretString) -> Result<String, VaultError> {
        let key = self.keys.first().ok_or(VaultError::NoKey)?;
        let mut nonce = [0_u8; NONCE_BYTES];
        ids.fill(&mut nonce);
        let associated = associated_data(key.id(), bound);
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: &associated };
        let sealed =
            cipher(key).encrypt(XNonce::from_slice(&nonce), payload).map_err(|_| VaultError::NotOurs)?;
        let body = URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat());
        Ok(format!("{VERSION}.{}.{body}", key.id()))
    }

    /// Opens what was sealed for this row with one of the keys.
    pub fn open(&self, bound: SealedFor<'_>, sealed: &str) -> Result<SecretString, VaultError> {
        self.try_open(bound, sealed).ok_or(VaultError::NotOurs)
    }

    /// True when the text should be sealed again because another key seals now.
    #[must_use]
    pub fn is_outdated(&self, sealed: &str) -> bool {
        let current = self.keys.first().map(VaultKey::id);
        sealed.split('.').nth(1) != current
    }

    fn try_open(&self, bound: SealedFor<'_>, sealed: &str) -> Option<SecretString> {
        let (key_id, body) = sealed.strip_prefix(VERSION)?.strip_prefix('.')?.split_once('.')?;
        let key = self.keys.iter().find(|key| key.id() == key_id)?;
        let bytes = URL_SAFE_NO_PAD.decode(body).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES)?;
        let associated = associated_data(key.id(), bound);
        let payload = Payload { msg: sealed, aad: &associated };
        let opened = Zeroizing::new(cipher(key).decrypt(XNonce::from_slice(nonce), payload).ok()?);
        Some(SecretString::from(std::str::from_utf8(&opened).ok()?))
    }
}

fn cipher(key: &VaultKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}

/// Each part with its length before it, so that no two rows give the same bytes.
fn associated_data(key_id: &str, bound: SealedFor<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in [VERSION, key_id, bound.tenant, bound.row] {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: SealedFor<'_> = SealedFor { tenant: "tenant", row: "connection" };

    fn key(byte: u8) -> VaultKey {
        VaultKey::from_bytes([byte; 32])
    }

    fn vault(bytes: &[u8]) -> Vault {
        Vault::new(bytes.iter().copied().map(key).collect()).unwrap()
    }

    fn sealed(vault: &Vault) -> String {
        vault.seal(&Ids::seeded(1), ROW, &SecretString::from("skrivnost č")).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_for_its_row() {
        let vault = vault(&[1]);
        let text = sealed(&vault);
        assert!(!text.contains("skrivnost"));
        assert_eq!(vault.open(ROW, &text).unwrap().expose_secret(), "skrivnost č");
    }

    #[test]
    fn the_same_secret_is_sealed_differently_each_time() {
        let vault = vault(&[1]);
        let ids = Ids::seeded(1);
        let secret = SecretString::from("same");
        assert_ne!(vault.seal(&ids, ROW, &secret).unwrap(), vault.seal(&ids, ROW, &secret).unwrap());
    }

    #[test]
    fn a_text_copied_into_another_row_does_not_open() {
        let vault = vault(&[1]);
        let text = sealed(&vault);
        for bound in [
            SealedFor { tenant: "tenant", row: "other" },
            SealedFor { tenant: "other", row: "connection" },
            SealedFor { tenant: "tenantc", row: "onnection" },
        ] {
            assert!(matches!(vault.open(bound, &text), Err(VaultError::NotOurs)));
        }
    }

    #[test]
    fn another_key_does_not_open() {
        let text = sealed(&vault(&[1]));
        assert!(vault(&[2]).open(ROW, &text).is_err());
        // Not even when the text pretends to be made with that key.
        let renamed = text.replace(key(1).id(), key(2).id());
        assert_ne!(renamed, text);
        assert!(vault(&[2]).open(ROW, &renamed).is_err());
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let vault = vault(&[1]);
        let text = sealed(&vault);
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(vault.open(ROW, &changed).is_err(), "changed at {at}: {changed}");
        }
        assert!(vault.open(ROW, "").is_err());
        assert!(vault.open(ROW, &text[..text.len() - 4]).is_err());
    }

    #[test]
    fn after_a_rotation_old_texts_open_and_new_ones_use_the_new_key() {
        let old = sealed(&vault(&[1]));
        let rotated = vault(&[2, 1]);
        assert_eq!(rotated.open(ROW, &old).unwrap().expose_secret(), "skrivnost č");
        assert!(rotated.is_outdated(&old));
        let new = sealed(&rotated);
        assert!(!rotated.is_outdated(&new));
        assert!(vault(&[1]).open(ROW, &new).is_err());
    }

    #[test]
    fn without_a_key_there_is_no_vault() {
        assert!(matches!(Vault::new(Vec::new()), Err(VaultError::NoKey)));
    }

    #[test]
    fn debug_text_shows_no_key() {
        let shown = format!("{:?}", vault(&[7]));
        assert!(shown.contains(key(7).id()));
        assert!(!shown.contains("7, 7"));
    }
}
