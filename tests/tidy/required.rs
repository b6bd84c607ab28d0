//! What the product promises to be made of: packages that are direct dependencies of some member, and entries
//! at the top of the repository.

use std::collections::BTreeSet;

use crate::tree::{Tree, Violation};

const PACKAGES: [&str; 10] =
    ["leptos", "leptos_axum", "axum", "tokio", "reqwest", "sqlx", "serde", "tracing", "thaw", "server_fn"];

const ENTRIES: [&str; 7] = ["Cargo.toml", "src", "style", "public", "migrations", "end2end", "README.md"];

fn violations(tree: &Tree) -> Vec<Violation> {
    let entries: BTreeSet<&str> = tree.files().filter_map(|(path, _)| path.split('/').next()).collect();
    let missing = ENTRIES.iter().filter(|entry| !entries.contains(**entry));
    let mut found: Vec<Violation> =
        missing.map(|entry| Violation::new(entry, 0, "is missing at the top of the repository")).collect();
    let dependencies = direct_dependencies(tree);
    let missing = PACKAGES.iter().filter(|package| !dependencies.contains(**package));
    found.extend(
        missing.map(|package| Violation::new("Cargo.toml", 0, format!("no member depends on {package}"))),
    );
    found
}

/// The names under `[dependencies]` in the manifest of each member.
fn direct_dependencies(tree: &Tree) -> BTreeSet<&str> {
    let is_manifest =
        |path: &str| path == "Cargo.toml" || path.starts_with("crates/") && path.ends_with("/Cargo.toml");
    tree.files().filter(|(path, _)| is_manifest(path)).flat_map(|(_, text)| names(text)).collect()
}

fn names(manifest: &str) -> Vec<&str> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.trim() == "[dependencies]";
        } else if inside && line.contains('=') {
            names.extend(line.split(['.', '=', ' ']).next());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_found_in, assert_none};

    #[test]
    fn everything_promised_is_there() {
        assert_none(&violations(&Tree::of_the_repository()));
    }

    #[test]
    fn a_planted_gap_is_found() {
        let manifest = "[dependencies]\nleptos.workspace = true\nleptos_axum = \"0.8\"\naxum = { workspace = true }\n\
                        tokio = \"1\"\nreqwest = \"0\"\nserde = \"1\"\ntracing = \"0\"\nthaw = \"0\"\nserver_fn = \"0\"\n";
        let tree = Tree::planted(&[
            ("Cargo.toml", "[workspace.dependencies]\nsqlx = \"0.9\"\n[dev-dependencies]\nsqlx = \"0.9\""),
            ("README.md", ""),
            ("crates/engine/Cargo.toml", manifest),
            ("end2end/package.json", ""),
            ("migrations/0001_start.sql", ""),
            ("public/icon.svg", ""),
            ("src/lib.rs", ""),
        ]);
        assert_found_in(&violations(&tree), &["style", "Cargo.toml"]);
    }
}
