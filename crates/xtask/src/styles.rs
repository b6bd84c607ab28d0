//! One style sheet out of `style/*.css`: the server sends one file, people edit many.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Context, Result};

/// Sheets that others build on, in this order; the rest follow by name.
const FIRST: [&str; 2] = ["tokens.css", "base.css"];

/// All sheets of a directory joined, each behind a comment that names it; empty when there is no directory.
pub(crate) fn join(directory: &Path) -> Result<String> {
    let mut joined = String::new();
    for sheet in sheets(directory)? {
        let text = fs::read_to_string(&sheet).context(|| format!("{} cannot be read", sheet.display()))?;
        let name = sheet.file_name().unwrap_or_default().to_string_lossy();
        joined.push_str("/* ");
        joined.push_str(&name);
        joined.push_str(" */\n");
        joined.push_str(text.trim_end());
        joined.push('\n');
    }
    Ok(joined)
}

fn sheets(directory: &Path) -> Result<Vec<PathBuf>> {
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(directory)
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .context(|| format!("{} cannot be listed", directory.display()))?;
    let mut sheets: Vec<PathBuf> = entries
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "css"))
        .collect();
    sheets.sort_by_key(|path| place(path));
    Ok(sheets)
}

/// What the sheets are ordered by: the place in `FIRST`, then the name.
fn place(path: &Path) -> (usize, String) {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let first = FIRST.iter().position(|known| *known == name).unwrap_or(FIRST.len());
    (first, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_base_come_first_and_the_others_by_name() {
        let mut names = ["table.css", "button.css", "base.css", "tokens.css"].map(PathBuf::from);
        names.sort_by_key(|path| place(path));
        assert_eq!(names, ["tokens.css", "base.css", "button.css", "table.css"].map(PathBuf::from));
    }

    #[test]
    fn a_missing_directory_is_an_empty_sheet() {
        assert_eq!(join(Path::new("no/such/directory")).unwrap(), "");
    }
}
