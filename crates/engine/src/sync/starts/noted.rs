//! The file beside the key that has the start counter of its folder.

use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use super::CountError;

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Noted {
    /// The folder's id.
    pub place: String,
    /// How far the database had counted.
    pub count: i64,
    /// How far it is about to count; none: it has.
    pub next: Option<i64>,
}

impl Noted {
    /// Whether the database is where it was left.
    pub(super) fn fits(&self, count: i64) -> bool {
        self.count == count || self.next == Some(count)
    }

    /// The furthest that it can have counted.
    pub(super) fn furthest(&self) -> i64 {
        self.next.unwrap_or(self.count).max(self.count)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let (place, count) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
        let next = words.next().map(str::parse).transpose().ok()?;
        words.next().is_none().then_some(Self { place, count, next })
    }
}

/// What the file says; none: there is no file, or nothing in it that this program wrote.
pub(super) fn read(file: &Path) -> Result<Option<Noted>, CountError> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Noted::parse(&text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(CountError::File { path: file.to_owned(), source }),
    }
}

/// Writes the file whole or not at all.
pub(super) fn write(file: &Path, noted: &Noted) -> Result<(), CountError> {
    let next = noted.next.map(|next| format!(" {next}")).unwrap_or_default();
    let text = format!("{} {}{next}\n", noted.place, noted.count);
    replace(file, &text).map_err(|source| CountError::File { path: file.to_owned(), source })
}

fn replace(file: &Path, text: &str) -> io::Result<()> {
    let draft = file.with_extension(format!("{}.new", std::process::id()));
    let mut written = std::fs::File::create(&draft)?;
    written.write_all(text.as_bytes())?;
    written.sync_all()?;
    std::fs::rename(&draft, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_anything_else_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("starts");
        assert_eq!(read(&file).unwrap(), None);
        for next in [None, Some(8)] {
            let noted = Noted { place: "01a20cca".to_owned(), count: 7, next };
            write(&file, &noted).unwrap();
            assert_eq!(read(&file).unwrap(), Some(noted));
        }
        for text in ["", "01a20cca", "01a20cca seven", "01a20cca 7 8 9"] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(read(&file).unwrap(), None, "{text}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn a_death_between_file_and_database_is_no_difference() {
        let noted = Noted { place: "01a20cca".to_owned(), count: 7, next: Some(8) };
        assert!(noted.fits(7) && noted.fits(8) && !noted.fits(6) && !noted.fits(9));
    }
}
