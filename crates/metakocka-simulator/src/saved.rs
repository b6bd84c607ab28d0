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
use crate::world::{CompanySpec, Refusal, Tenant, World};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// A company as it is written.
#[derive(Serialize)]
struct Written<'a> {
    spec: &'a CompanySpec,
    data: &'a Company,
}

/// A company as it is read.
#[derive(Deserialize)]
struct Read {
    spec: CompanySpec,
    data: Company,
}

impl World {
    /// Writes the state to a file, whole or not at all.
    pub(crate) fn save(&self, path: &Path) -> Result<(), StateError> {
        self.catch_up();
        let beside = path.with_extension("new");
        let written = self.write(&beside).and_then(|()| std::fs::rename(&beside, path));
        written.map_err(|source| StateError::File { path: path.to_owned(), source })
    }

    fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut file = BufWriter::with_capacity(BUFFER_BYTES, private_file(path)?);
        // Nothing that waits may happen between the header and the companies.
        let agenda = self.agenda();
        let tenants = self.all_tenants();
        let header = Header {
            format: FORMAT.to_owned(),
            version: VERSION,
            clock: self.clock.saved(),
            settings: (*self.settings()).clone(),
            faults: self.faults().shown().map_err(|refusal| std::io::Error::other(refusal.0))?,
            agenda: agenda.saved(),
            companies: tenants.len(),
        };
        serde_json::to_writer(&mut file, &header)?;
        for tenant in &tenants {
            file.write_all(b"\n")?;
            serde_json::to_writer(&mut file, &Written { spec: tenant.spec(), data: &tenant.data() })?;
        }
        file.into_inner()?.sync_all()
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
            let Read { spec, data } = Read::deserialize(&mut input).map_err(content)?;
            tenants.insert(spec.company_id.clone(), Arc::new(Tenant::with(spec, data)));
        }
        input.end().map_err(content)?;
        self.take_up(tenants, settings, faults, agenda);
        self.clock.restore(header.clock);
        Ok(())
    }
}

/// A file that only its owner may read: it holds secret keys.
fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
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
