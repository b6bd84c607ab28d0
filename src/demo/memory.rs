//! What a demo's folder remembers from its first start.

use engine::ids::Ids;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::people::People;
use super::plant::Planted;
use super::{Arguments, DemoError, files, shown};
use crate::server::operator::make_password;

/// Seed when nobody says one.
const SEED: u64 = 7;
/// Documents when nobody says how many.
const DOCUMENTS: usize = 2_000;
/// Metakocka's number of the simulated company.
const COMPANY: &str = "16";

/// A company to simulate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Wish {
    pub(super) seed: u64,
    pub(super) documents: usize,
    /// The company's last day, so that it is the same company tomorrow.
    pub(super) today: Date,
    pub(super) company_id: String,
    pub(super) secret_key: String,
}

/// A demo that was made before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) wish: Wish,
    pub(super) people: People,
    pub(super) planted: Planted,
}

/// What the folder holds.
#[derive(Clone, Debug)]
pub(super) enum Memory {
    /// Nothing yet.
    New(Box<Wish>),
    /// A demo.
    Known(Box<Known>),
}

impl Memory {
    /// Reads the folder; refuses one that holds something else.
    pub(super) fn open(arguments: &Arguments) -> Result<Self, DemoError> {
        let folder = &arguments.data_dir;
        let wrong = |what: &str| DemoError::Folder { folder: folder.clone(), what: what.to_owned() };
        let Some(text) = files::read(folder, files::MEMORY)? else {
            if folder.join("crm-mind.db").exists() {
                return Err(wrong("holds a database, but no finished demo: remove it"));
            }
            return Ok(Self::New(Box::new(Wish::of(arguments))));
        };
        let known: Known =
            serde_json::from_str(&text).map_err(|_| wrong("holds a demo of another version"))?;
        let Wish { seed, documents, .. } = known.wish;
        let other_seed = arguments.seed.is_some_and(|asked| asked != seed);
        let other_count = arguments.documents.is_some_and(|asked| asked != documents);
        if other_seed || other_count {
            return Err(wrong(&format!("holds a demo of {documents} documents and seed {seed}")));
        }
        Ok(Self::Known(Box::new(known)))
    }

    /// The company to simulate.
    pub(super) fn wish(&self) -> &Wish {
        match self {
            Self::New(wish) => wish,
            Self::Known(known) => &known.wish,
        }
    }
}

impl Wish {
    fn of(arguments: &Arguments) -> Self {
        use engine::clock::{Clock as _, SystemClock};
        let today = jiff::tz::TimeZone::UTC.to_datetime(SystemClock.now()).date();
        Self {
            seed: arguments.seed.unwrap_or(SEED),
            documents: arguments.documents.unwrap_or(DOCUMENTS),
            today,
            company_id: COMPANY.to_owned(),
            secret_key: shown(&make_password(&Ids::from_os())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(folder: &std::path::Path) -> Arguments {
        Arguments { data_dir: folder.to_owned(), port: 0, simulator_port: 0, seed: None, documents: Some(50) }
    }

    #[test]
    fn a_folder_with_another_database_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("crm-mind.db"), "").unwrap();
        assert!(Memory::open(&arguments(folder.path())).is_err());
    }

    #[test]
    fn a_demo_is_found_again_but_not_as_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let asked = arguments(folder.path());
        let Memory::New(wish) = Memory::open(&asked).unwrap() else { panic!("the folder is empty") };
        let known = Known { wish: *wish, people: People::default(), planted: Planted::default() };
        files::write(folder.path(), files::MEMORY, &files::json(&known)).unwrap();
        assert!(matches!(Memory::open(&asked), Ok(Memory::Known(found)) if found.wish.documents == 50));
        assert!(Memory::open(&Arguments { documents: Some(51), ..asked.clone() }).is_err());
        assert!(Memory::open(&Arguments { seed: Some(8), documents: None, ..asked }).is_err());
    }
}
