//! The state in a file, to be taken up again: companies, clock, settings, faults, what waits and who is
//! at work. Not saved are the log of requests and who is just being answered.
//!
//! The file is a header and then one JSON value for each company, so that a large company is neither
//! written nor read as a whole text in memory. It holds the secret keys of the companies.

use crate::agenda::{Agenda, SavedAgenda};
use crate::clock::Hand;
use crate::company::Company;
use crate::faults::Faults;
use crate::settings::Settings;
use crate::world::{CompanySpec, Refusal, TakenUp, Tenant, World};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What every file of a state begins with.
const FORMAT: &str = "metakocka-simulator state";

/// Files of another version are refused: what they lack is not guessed.
const VERSION: u32 = 2;

/// Bytes read and written at a time.
const BUFFER_BYTES: usize = 1 << 20;

/// Why a state was not saved or loaded. The running simulator is as it was.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file cannot be written or read.
    #[error("the state file {path} cannot be used")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file holds something else, or was cut off.
    #[error("{path} holds no state of this simulator")]
    Content {
        /// Which file.
        path: PathBuf,
        /// Where reading it ended.
        #[source]
        source: serde_json::Error,
    },
    /// The file is a state, but not one that can be taken up.
    #[error("{path} cannot be loaded: {refusal}")]
    Refused {
        /// Which file.
        path: PathBuf,
        /// Why.
        refusal: Refusal,
    },
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    clock: Hand,
    settings: Settings,
    faults: Vec<Value>,
    agenda: SavedAgenda,
    /// How many companies follow.
    companies: usize,
}

/// A company as it is written and read.
#[derive(Serialize, Deserialize)]
struct SavedCompany {
    spec: CompanySpec,
    data: Company,
}

impl World {
    /// Writes the state to a file, whole or not at all.
    pub(crate) fn save(&self, path: &Path) -> Result<(), StateError> {
        // Of two that are saved under one name the later one stays.
        let _turn = self.saving();
        self.catch_up();
        let refused = |refusal| StateError::Refused { path: path.to_owned(), refusal };
        let (header, companies) = self.copied().map_err(refused)?;
        write(path, &header, companies).map_err(|source| StateError::File { path: path.to_owned(), source })
    }

    /// A copy of everything, made while nothing that waits may happen. Writing it takes far longer, and
    /// calls need not wait for that.
    fn copied(&self) -> Result<(Header, Vec<SavedCompany>), Refusal> {
        let agenda = self.agenda();
        let tenants = self.all_tenants();
        let header = Header {
            format: FORMAT.to_owned(),
            version: VERSION,
            clock: self.clock.saved(),
            settings: (*self.settings()).clone(),
            faults: self.faults().shown()?,
            agenda: agenda.saved(),
            companies: tenants.len(),
        };
        let copy =
            |tenant: &Arc<Tenant>| SavedCompany { spec: tenant.spec().clone(), data: tenant.data().clone() };
        Ok((header, tenants.iter().map(copy).collect()))
    }

    /// Takes up the state of a file; refused, everything stays as it is.
    pub(crate) fn load(&self, path: &Path) -> Result<(), StateError> {
        let content = |source| StateError::Content { path: path.to_owned(), source };
        let refused = |refusal| StateError::Refused { path: path.to_owned(), refusal };
        let file = File::open(path).map_err(|source| StateError::File { path: path.to_owned(), source })?;
        let mut input = serde_json::Deserializer::from_reader(BufReader::with_capacity(BUFFER_BYTES, file));
        let header = Header::deserialize(&mut input).map_err(content)?;
        if header.format != FORMAT || header.version != VERSION {
            let found = format!("it is \"{}\" version {}, not {VERSION}", header.format, header.version);
            return Err(refused(Refusal(found)));
        }
        let settings = header.settings.check().map_err(refused)?;
        let faults = Faults::restored(&header.faults).map_err(refused)?;
        let agenda = Agenda::restored(header.agenda, self.quirks).map_err(refused)?;
        let mut tenants = BTreeMap::new();
        for _ in 0..header.companies {
            let SavedCompany { spec, data } = SavedCompany::deserialize(&mut input).map_err(content)?;
            spec.check().map_err(refused)?;
            let company_id = spec.company_id.clone();
            if tenants.insert(company_id.clone(), Arc::new(Tenant::with(spec, data))).is_some() {
                return Err(refused(Refusal(format!("it has company {company_id} twice"))));
            }
        }
        input.end().map_err(content)?;
        self.take_up(TakenUp { tenants, settings, faults, agenda, clock: header.clock });
        Ok(())
    }
}

/// Writes a file beside `path` and puts it in its place, whole or not at all.
fn write(path: &Path, header: &Header, companies: Vec<SavedCompany>) -> std::io::Result<()> {
    let (beside, file) = private_file_beside(path)?;
    let put = fill(file, header, companies).and_then(|()| std::fs::rename(&beside, path));
    if put.is_err() {
        // Half a file is of no use; that it could not be written is what is told.
        let _ = std::fs::remove_file(&beside);
    }
    put
}

fn fill(file: File, header: &Header, companies: Vec<SavedCompany>) -> std::io::Result<()> {
    let mut file = BufWriter::with_capacity(BUFFER_BYTES, file);
    serde_json::to_writer(&mut file, header)?;
    // Each goes out of memory when it is written.
    for company in companies {
        file.write_all(b"\n")?;
        serde_json::to_writer(&mut file, &company)?;
    }
    file.into_inner()?.sync_all()
}

/// A new file next to `path` that nobody else writes, also no other program, and that only its owner may
/// read: it holds secret keys.
fn private_file_beside(path: &Path) -> std::io::Result<(PathBuf, File)> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    loop {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let beside = path.with_extension(format!("{}-{number}.new", std::process::id()));
        match options.open(&beside) {
            // One that was left behind by a program that ended in the middle.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (beside, file)),
        }
    }
}

/// The folder of the states that the control side may save and load, by name.
#[derive(Debug, Clone)]
pub(crate) struct StateFolder(PathBuf);

impl StateFolder {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The file of a state: a name, never a path.
    pub(crate) fn file(&self, name: &str) -> Result<PathBuf, Refusal> {
        const MAX_CHARS: usize = 64;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if name.is_empty() || name.len() > MAX_CHARS || !name.bytes().all(is_plain) {
            let rule = format!("a state has a name of 1 to {MAX_CHARS} letters, digits, - and _");
            return Err(Refusal(rule));
        }
        Ok(self.0.join(format!("{name}.json")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_has_a_name_and_no_path() {
        let folder = StateFolder::new(PathBuf::from("states"));
        assert_eq!(folder.file("before_2").unwrap(), Path::new("states/before_2.json"));
        for name in ["", "..", "a/b", "../x", "a.b", "x\0", "č", &"x".repeat(65)] {
            assert!(folder.file(name).is_err(), "{name}");
        }
    }
}
