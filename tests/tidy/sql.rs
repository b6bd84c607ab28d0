//! SQL lives in `engine/src/store` and in the migrations, so that one room knows both engines and every
//! statement on tenant data is found in one place.

use crate::lexer::{Token, tokens_without_tests};
use crate::tree::{Tree, Violation};

/// The room that speaks SQL.
const STORE: &str = "crates/engine/src/store";

/// Judges a database from outside of the product: it must not believe what the product reads.
const JUDGE: &str = "crates/chaos";

/// How a statement begins. Upper case, as the store writes them; a sentence for people does not look so.
const STATEMENTS: [&str; 10] = [
    "SELECT ",
    "INSERT INTO ",
    "UPDATE ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "CREATE INDEX ",
    "ALTER TABLE ",
    "DROP TABLE ",
    "PRAGMA ",
    "BEGIN",
];

/// The library that speaks to databases.
const LIBRARY: &str = "sqlx";

fn violations(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, source) in
        tree.product().filter(|(path, _)| !path.starts_with(STORE) && !path.starts_with(JUDGE))
    {
        for token in tokens_without_tests(source) {
            found.extend(complaint(&token).map(|sentence| Violation::new(path, token.line, sentence)));
        }
    }
    found
}

fn complaint(token: &Token) -> Option<String> {
    if token.is_word(LIBRARY) {
        return Some(format!("only the store names {LIBRARY}"));
    }
    let text = token.text()?.trim_start();
    STATEMENTS.iter().any(|start| text.starts_with(start)).then(|| "SQL outside the store".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_found_in, assert_none};

    #[test]
    fn sql_is_only_in_the_store() {
        assert_none(&violations(&Tree::of_the_repository()));
    }

    #[test]
    fn planted_sql_is_found() {
        let tree = Tree::planted(&[
            ("crates/engine/src/store/links.rs", "sqlx::query(\"SELECT 1\")"),
            ("crates/engine/src/sync/pull.rs", "const ALL: &str = r\"\n  SELECT id FROM links\";"),
            ("src/rest/documents.rs", "use sqlx::Row;"),
            ("src/server/state.rs", "// SELECT 1\nlet label = \"Update the list\";"),
        ]);
        assert_found_in(&violations(&tree), &["crates/engine/src/sync/pull.rs", "src/rest/documents.rs"]);
    }
}
