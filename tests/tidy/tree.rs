//! The tracked files of the repository, or a small tree planted by a test.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Text files by their path in the repository.
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

/// Something a rule found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) sentence: String,
}

impl Violation {
    pub(crate) fn new(path: &str, line: usize, sentence: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, sentence: sentence.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.path, self.line, self.sentence)
    }
}

impl Tree {
    /// What git tracks or would track; files that are not text are left out.
    pub(crate) fn of_the_repository() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let listing = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .expect("git lists the files");
        assert!(listing.status.success(), "git cannot list the files of {}", root.display());
        let names = String::from_utf8(listing.stdout).expect("paths are UTF-8");
        let read = |name: &str| Some((name.to_owned(), fs::read_to_string(root.join(name)).ok()?));
        let files = names.split('\0').filter(|name| !name.is_empty()).filter_map(read).collect();
        Self { files }
    }

    /// A tree for a test of a rule.
    pub(crate) fn planted(files: &[(&str, &str)]) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self { files: files.iter().map(owned).collect() }
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files below a folder that end in `.rs`.
    pub(crate) fn rust(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(move |(path, _)| path.starts_with(folder) && is_rust(path))
    }

    /// The Rust files of the product: the application and the crates, without tests beside them.
    pub(crate) fn product(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, _)| {
            let in_crate = path.starts_with("crates/") && path.contains("/src/");
            is_rust(path) && (path.starts_with("src/") || in_crate)
        })
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "rs")
}

/// Fails with every violation on a line of its own.
pub(crate) fn assert_none(violations: &[Violation]) {
    let lines: Vec<String> = violations.iter().map(Violation::to_string).collect();
    assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
}

/// Fails unless the rule found exactly these paths, in this order.
pub(crate) fn assert_found_in(violations: &[Violation], paths: &[&str]) {
    let found: Vec<&str> = violations.iter().map(|violation| violation.path.as_str()).collect();
    assert_eq!(found, paths, "{violations:?}");
}
