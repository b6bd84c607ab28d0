//! The installation's keys: from a file that only its owner may read, or from the environment.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blake2::digest::consts::U8;
use blake2::{Blake2b, Digest};
use rand::TryRngCore;
use rand::rngs::OsRng;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox, SecretString};

/// Bytes of a key of XChaCha20-Poly1305.
const KEY_BYTES: usize = 32;

/// Bytes that a key file may have: room for some hundred keys, and no accident with a wrong path fills the memory.
const MAX_FILE_BYTES: u64 = 16 * 1024;

/// Why the keys could not be loaded. Each is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not base64 of 32 bytes.
    #[error("{origin} has to hold base64 of 32 bytes, one key per line or comma; the first one seals")]
    Malformed {
        /// The file or the variable.
        origin: String,
    },
    /// Somebody besides the owner may read the file.
    #[error("the key file {path} may be read by others: run chmod 600 {path}", path = path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
    },
    /// There is no key file where one has to be.
    #[error("there is no key file {path}: put it back from a backup, or set CRM_MIND_KEY", path = path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read or made.
    #[error("the key file {path} could not be read or made", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
}

/// One key, with an id that is derived from it and tells nothing about it.
pub struct VaultKey {
    id: String,
    bytes: SecretBox<[u8; KEY_BYTES]>,
}

impl VaultKey {
    /// A key from its bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        let digest = Blake2b::<U8>::new().chain_update(b"crm-mind key id").chain_update(bytes).finalize();
        let id = format!("{:016x}", u64::from_be_bytes(digest.into()));
        Self { id, bytes: SecretBox::new(Box::new(bytes)) }
    }

    /// Keys from the environment's value: base64, several ones separated by commas or blanks.
    pub fn from_environment(value: &SecretString) -> Result<Vec<Self>, KeyError> {
        parse(value.expose_secret(), "CRM_MIND_KEY")
    }

    /// Keys from a file of mode 0600.
    pub fn from_file(path: &Path) -> Result<Vec<Self>, KeyError> {
        let path_of = || path.to_owned();
        let file_error = |source| KeyError::File { path: path_of(), source };
        let file = File::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => KeyError::Missing { path: path_of() },
            _ => file_error(error),
        })?;
        if is_too_open(&file).map_err(file_error)? {
            return Err(KeyError::TooOpen { path: path.to_owned() });
        }
        let mut text = Zeroizing::new(String::new());
        file.take(MAX_FILE_BYTES).read_to_string(&mut text).map_err(file_error)?;
        parse(&text, &path.display().to_string())
    }

    /// Makes the file, with one key from the operating system's generator, unless there is one. Only for an
    /// installation that has sealed nothing yet: what another key sealed would be lost behind it.
    pub fn make_file(path: &Path) -> Result<(), KeyError> {
        create(path).map_err(|source| KeyError::File { path: path.to_owned(), source })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn bytes(&self) -> &[u8; KEY_BYTES] {
        self.bytes.expose_secret()
    }
}

impl fmt::Debug for VaultKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("VaultKey").field("id", &self.id).finish_non_exhaustive()
    }
}

fn parse(text: &str, origin: &str) -> Result<Vec<VaultKey>, KeyError> {
    let malformed = || KeyError::Malformed { origin: origin.to_owned() };
    let keys: Vec<_> = text
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|part| !part.is_empty())
        .map(|part| parse_one(part).ok_or_else(malformed))
        .collect::<Result<_, _>>()?;
    if keys.is_empty() { Err(malformed()) } else { Ok(keys) }
}

fn parse_one(text: &str) -> Option<VaultKey> {
    let bytes = Zeroizing::new(STANDARD.decode(text).ok()?);
    Some(VaultKey::from_bytes(bytes.as_slice().try_into().ok()?))
}

/// Makes the file under another name and links it, so that it is never seen half-written, and of two starts at the
/// same time one wins.
fn create(path: &Path) -> std::io::Result<()> {
    let mut bytes = Zeroizing::new([0_u8; KEY_BYTES]);
    OsRng.try_fill_bytes(bytes.as_mut()).map_err(std::io::Error::other)?;
    let text = Zeroizing::new(format!("{}\n", STANDARD.encode(bytes.as_ref())));
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let written = write_new(&draft, &text).and_then(|()| std::fs::hard_link(&draft, path));
    let _ = std::fs::remove_file(&draft);
    match written {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn is_too_open(file: &File) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_too_open(_: &File) -> std::io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(byte: u8) -> String {
        STANDARD.encode([byte; KEY_BYTES])
    }

    #[test]
    fn the_environment_holds_one_key_or_several() {
        let keys =
            VaultKey::from_environment(&SecretString::from(format!("{}, {}", text(1), text(2)))).unwrap();
        let ids: Vec<_> = keys.iter().map(VaultKey::id).collect();
        assert_eq!(ids, [VaultKey::from_bytes([1; 32]).id(), VaultKey::from_bytes([2; 32]).id()]);
    }

    #[test]
    fn a_malformed_key_is_refused_without_being_shown() {
        for wrong in ["", " ", "abc", "c2VjcmV0", &text(1)[1..]] {
            let error = VaultKey::from_environment(&SecretString::from(wrong)).unwrap_err();
            assert!(error.to_string().starts_with("CRM_MIND_KEY has to hold base64 of 32 bytes"), "{error}");
            assert!(wrong.len() < 3 || !error.to_string().contains(wrong));
        }
    }

    #[test]
    fn a_file_is_made_once_and_then_kept() {
        let directory = tempfile::tempdir().unwrap();
        let read = |name| {
            let path = directory.path().join(name);
            VaultKey::make_file(&path).unwrap();
            VaultKey::from_file(&path).unwrap().remove(0)
        };
        assert_eq!(read("key").id(), read("key").id());
        assert_ne!(read("key").id(), read("other").id());
        let names: Vec<_> =
            std::fs::read_dir(directory.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
    }

    #[cfg(unix)]
    #[test]
    fn the_file_belongs_to_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        VaultKey::make_file(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        for mode in [0o640, 0o604, 0o660, 0o644] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let error = VaultKey::from_file(&path).unwrap_err();
            assert!(matches!(error, KeyError::TooOpen { .. }), "{error}");
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn a_file_that_holds_something_else_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        write_new(&path, "not a key\n").unwrap();
        assert!(matches!(VaultKey::from_file(&path), Err(KeyError::Malformed { .. })));
        let nowhere = directory.path().join("missing/key");
        assert!(matches!(VaultKey::from_file(&nowhere), Err(KeyError::Missing { .. })));
        assert!(matches!(VaultKey::make_file(&nowhere), Err(KeyError::File { .. })));
    }
}
