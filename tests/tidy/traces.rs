//! No file names a directory of one machine or the host of a package registry: the repository must build
//! anywhere, from whichever mirror the reader uses.

use crate::tree::{Tree, Violation};

/// The one file that names the index of the registry, because cargo writes it so.
const EXEMPT: [&str; 1] = ["Cargo.lock"];

/// Put together so that this file does not contain what it looks for.
const TRACES: [&str; 10] = [
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("crates", ".io"),
    concat!("npmjs", "."),
    concat!("pypi", ".org"),
    concat!("python", "hosted."),
    concat!("debian", ".org"),
    concat!("proxy.golang", ".org"),
];

fn violations(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| !EXEMPT.contains(path)) {
        for (at, line) in text.lines().enumerate() {
            if let Some(trace) = TRACES.iter().find(|trace| line.contains(**trace)) {
                found.push(Violation::new(path, at + 1, format!("names \"{trace}\"")));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_found_in, assert_none};

    #[test]
    fn no_file_names_a_machine_or_a_registry() {
        assert_none(&violations(&Tree::of_the_repository()));
    }

    #[test]
    fn planted_traces_are_found() {
        let host = format!("https://registry.{}org/x", TRACES[5]);
        let tree = Tree::planted(&[
            ("Cargo.lock", concat!("registry+https://github.com/rust-lang/crates", ".io-index")),
            ("README.md", concat!("see /ho", "me/somebody/notes")),
            ("end2end/package-lock.json", &host),
            ("src/lib.rs", "//! Nothing of the kind."),
        ]);
        assert_found_in(&violations(&tree), &["README.md", "end2end/package-lock.json"]);
    }
}
