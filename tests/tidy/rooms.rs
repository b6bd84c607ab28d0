//! Every module says what it is for, none grows out of hand, and no test is switched off.

use std::path::Path;

use crate::tree::{Tree, Violation};

/// Lines a file may have. More means that it holds more than one thing.
const MOST_LINES: usize = 600;

/// Files people write; lock files and the like are nobody's room.
const WRITTEN: [&str; 6] = ["rs", "ts", "js", "mjs", "css", "sql"];

/// How a test is switched off, put together so that this file does not do what it forbids.
const SWITCHED_OFF: [&str; 4] =
    [concat!("#[", "ignore"), concat!("test", ".skip("), concat!("test", ".fixme("), concat!(".", "only(")];

fn violations(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in tree.files() {
        let extension = Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or("");
        if extension == "rs" && !text.trim_start().starts_with("//!") {
            found.push(Violation::new(path, 1, "a module begins with `//!` and says what it is for"));
        }
        if !WRITTEN.contains(&extension) {
            continue;
        }
        let lines = text.lines().count();
        if lines > MOST_LINES {
            found.push(Violation::new(path, lines, format!("more than {MOST_LINES} lines: one thing each")));
        }
        let is_off = |line: &str| SWITCHED_OFF.iter().any(|mark| line.contains(mark));
        let off = text.lines().enumerate().filter(|(_, line)| is_off(line));
        found.extend(off.map(|(at, _)| Violation::new(path, at + 1, "a test is switched off")));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_found_in, assert_none};

    #[test]
    fn every_module_says_what_it_is_for_and_holds_one_thing() {
        assert_none(&violations(&Tree::of_the_repository()));
    }

    #[test]
    fn planted_rooms_without_a_sign_or_too_large_are_found() {
        let long = "x\n".repeat(MOST_LINES + 1);
        let off = format!("//! Tests.\n{}]\n", SWITCHED_OFF[0]);
        let tree = Tree::planted(&[
            ("Cargo.lock", &long),
            ("crates/engine/src/lib.rs", "/// Not the module's.\nmod store;"),
            ("end2end/tests/off.spec.ts", &format!("{}'later')", SWITCHED_OFF[1])),
            ("src/lib.rs", "//! The application.\nmod app;"),
            ("style/all.css", &long),
            ("tests/it/main.rs", &off),
        ]);
        assert_found_in(
            &violations(&tree),
            &["crates/engine/src/lib.rs", "end2end/tests/off.spec.ts", "style/all.css", "tests/it/main.rs"],
        );
    }
}
