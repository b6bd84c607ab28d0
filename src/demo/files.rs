//! The demo's files: written by rename, so that nobody reads half of one, and readable by their owner only.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::Serialize;
use serde_json::json;

use super::DemoError;
use super::memory::Known;

/// What a running demo offers (contract §6).
pub(super) const DEMO: &str = "demo.json";
/// The same for the test kit.
const KIT: &str = "kit.env";
/// Locked by the demo that uses the folder.
const LOCK: &str = "lock";
/// What the next start has to know.
pub(super) const MEMORY: &str = "memory.json";

/// Keeps other demos out of the folder as long as the file is open: the system lets go of it however a process ends.
pub(super) fn lock(folder: &Path) -> Result<File, DemoError> {
    let path = folder.join(LOCK);
    let file = OpenOptions::new().create(true).write(true).truncate(false).mode(0o600).open(&path);
    let file = file.map_err(|error| DemoError::File(path.clone(), error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(DemoError::Folder { folder: folder.to_owned(), what: "is used by another demo".to_owned() })
        }
        Err(TryLockError::Error(error)) => Err(DemoError::File(path, error)),
    }
}

/// Removes a file that may be missing.
pub(super) fn remove(folder: &Path, name: &str) -> Result<(), DemoError> {
    let path = folder.join(name);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(DemoError::File(path, error)),
        _ => Ok(()),
    }
}

/// Reads a file that may be missing.
pub(super) fn read(folder: &Path, name: &str) -> Result<Option<String>, DemoError> {
    let path = folder.join(name);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(DemoError::File(path, error)),
    }
}

/// Writes a file, whole or not at all.
pub(super) fn write(folder: &Path, name: &str, text: &str) -> Result<(), DemoError> {
    let (path, draft) = (folder.join(name), folder.join(format!("{name}.new")));
    let written = || {
        let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, &path)
    };
    written().map_err(|error| DemoError::File(path.clone(), error))
}

/// JSON for people.
pub(super) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// Says that both processes are ready, and how to use them.
pub(super) fn write_ready(
    folder: &Path,
    url: &str,
    simulator_url: &str,
    known: &Known,
) -> Result<(), DemoError> {
    let (owner, second) = (known.people.owner(), &known.people.second);
    let demo = json!({
        "url": url,
        "email": owner.email,
        "password": owner.password,
        "apiToken": owner.token,
        "simulatorUrl": simulator_url,
        "companyId": known.wish.company_id,
        "secretKey": known.wish.secret_key,
        "second": { "email": second.email, "password": second.password, "apiToken": second.token },
        "people": known.people.first,
        "planted": {
            "new": known.planted.new,
            "changed": known.planted.changed(),
            "review": known.planted.review(),
            "here": known.planted.here(),
        },
    });
    let kit = format!(
        "API_BASE_URL={url}/api\nAUTH_TOKEN={}\nALLOW_WRITES=auto\nMETAKOCKA_URL={simulator_url}\n\
         METAKOCKA_COMPANY_ID={}\nMETAKOCKA_SECRET_KEY={}\n",
        owner.token, known.wish.company_id, known.wish.secret_key
    );
    write(folder, KIT, &kit)?;
    write(folder, DEMO, &json(&demo))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_written_whole_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.json", "one").unwrap();
        write(folder.path(), "a.json", "two").unwrap();
        assert_eq!(read(folder.path(), "a.json").unwrap().as_deref(), Some("two"));
        let mode = fs::metadata(folder.path().join("a.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_file_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        remove(folder.path(), "a.json").unwrap();
        assert_eq!(read(folder.path(), "a.json").unwrap(), None);
    }
}
