//! Hashing passwords with argon2id, off the threads that serve requests.

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::{Builder, Runtime};

use crate::EngineError;
use crate::ids::Ids;
use crate::vault::VaultError;

/// Memory of one hashing, in KiB, with two passes and one lane: OWASP's first choice for a server that also does other
/// work, some 20 ms on a small machine.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over the memory.
const PASSES: u32 = 2;
/// Lanes; one, since requests already run beside each other.
const LANES: u32 = 1;

/// Hashings at the same time: each takes [`MEMORY_KIB`] and a core, and a burst of sign-ins must take neither all the
/// memory nor all the cores.
const AT_ONCE: usize = 2;

/// The threads that hash, and no others: an allocator keeps some of what each thread that ever hashed has freed, so on
/// the many threads of the server's pool a burst of sign-ins left a gigabyte behind.
static THREADS: LazyLock<Option<Runtime>> =
    LazyLock::new(|| Builder::new_current_thread().max_blocking_threads(AT_ONCE).build().ok());

/// Fewest characters of a new password (NIST SP 800-63B, 5.1.1.2).
const MIN_CHARS: usize = 8;
/// Most bytes of a password: far above what people and password managers use.
const MAX_BYTES: usize = 1024;

/// Bytes of a salt: as many as the standard asks for.
const SALT_BYTES: usize = 16;

/// Compared with when the e-mail is unknown, so that the answer takes as long as for a known one. Its password is
/// nobody's: no password is longer than [`MAX_BYTES`].
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash_with(&[0; SALT_BYTES], &"-".repeat(MAX_BYTES + 1)).unwrap_or_default());

/// Hashes a new password, in PHC form.
pub(super) async fn hash(ids: &Ids, password: SecretString) -> Result<String, EngineError> {
    let text = password.expose_secret();
    if text.chars().count() < MIN_CHARS || text.len() > MAX_BYTES {
        let sentence = format!("Choose a password of at least {MIN_CHARS} characters.");
        return Err(EngineError::invalid("password", sentence));
    }
    let mut salt = [0_u8; SALT_BYTES];
    ids.fill(&mut salt);
    let hashed = off_thread(move || hash_with(&salt, password.expose_secret())).await?;
    hashed.ok_or_else(|| EngineError::from(VaultError::Hashing))
}

/// True when `password` is the one that `stored` was made from. Without a stored hash it takes as long, and is false.
pub(super) async fn is_right(stored: Option<String>, password: SecretString) -> Result<bool, EngineError> {
    off_thread(move || {
        let text = password.expose_secret();
        // Made in both cases, so that the first unknown address after a start does not take longer.
        let nobody = NOBODY.as_str();
        let hash = PasswordHash::new(stored.as_deref().unwrap_or(nobody));
        text.len() <= MAX_BYTES
            && hash.is_ok_and(|hash| Argon2::default().verify_password(text.as_bytes(), &hash).is_ok())
    })
    .await
}

fn hash_with(salt: &[u8], password: &str) -> Option<String> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    let salt = SaltString::encode_b64(salt).ok()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    Some(argon2.hash_password(password.as_bytes(), &salt).ok()?.to_string())
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, EngineError> {
    let threads = THREADS.as_ref().ok_or(VaultError::Hashing)?;
    Ok(threads.spawn_blocking(work).await.map_err(|_| VaultError::Hashing)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_recognised_by_its_hash_alone() {
        let hash = hash(&Ids::seeded(1), SecretString::from("pravo geslo č")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(!hash.contains("geslo"));
        assert!(is_right(Some(hash.clone()), SecretString::from("pravo geslo č")).await.unwrap());
        assert!(!is_right(Some(hash), SecretString::from("pravo geslo c")).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        for guess in ["", "-", &"-".repeat(MAX_BYTES), &"-".repeat(MAX_BYTES + 1)] {
            assert!(!is_right(None, SecretString::from(guess)).await.unwrap());
        }
        assert!(NOBODY.starts_with("$argon2id$"));
    }

    #[tokio::test]
    async fn the_same_password_gets_another_hash_each_time() {
        let ids = Ids::seeded(1);
        let first = hash(&ids, SecretString::from("pravo geslo")).await.unwrap();
        assert_ne!(first, hash(&ids, SecretString::from("pravo geslo")).await.unwrap());
    }

    #[tokio::test]
    async fn a_password_that_is_too_short_or_too_long_is_refused() {
        for wrong in ["čččč", &"a".repeat(MAX_BYTES + 1)] {
            let refused = hash(&Ids::seeded(1), SecretString::from(wrong)).await;
            assert!(matches!(refused, Err(EngineError::Invalid { field: "password", .. })));
        }
    }
}
