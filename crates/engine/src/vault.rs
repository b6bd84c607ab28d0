//! Seals Metakocka keys with the installation's key, so that a stolen database opens nothing.

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The sealed text was made with another key, for another row, or was changed.
    #[error("the sealed text does not belong to this key and row")]
    NotOurs,
}

/// Seals and opens.
#[derive(Debug)]
pub struct Vault {}
