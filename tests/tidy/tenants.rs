//! Tables of tenants are touched only by functions of the store that are handed a `TenantScope`, right behind
//! the connection. The tables are read from the migrations: those with a `tenant_id`.

use std::collections::BTreeSet;

use crate::lexer::{Kind, Token, group, tokens_without_tests};
use crate::tree::{Tree, Violation};

/// The room that speaks SQL.
const STORE: &str = "crates/engine/src/store";

/// The column that makes a table a tenant's.
const TENANT_COLUMN: &str = "tenant_id";

/// The proofs: that `access` has said yes, or that a job of one tenant was claimed and is still held.
const PROOFS: [&str; 2] = ["TenantScope", "Claim"];

/// Functions of the store that look across tenants, and why.
const ACROSS_TENANTS: [(&str, &str, &str); 11] = [
    ("crates/engine/src/store/connections.rs", "any_sealed", "a key is the whole installation's"),
    (
        "crates/engine/src/store/connections.rs",
        "due_tries",
        "the schedule asks which workspaces have something due",
    ),
    (
        "crates/engine/src/store/connections.rs",
        "due_scans",
        "the schedule asks which workspaces are to be scanned",
    ),
    ("crates/engine/src/store/intents.rs", "unattended", "the schedule asks whose writes nobody settles"),
    (
        "crates/engine/src/store/starts.rs",
        "connected",
        "a database that was restored was restored for everybody",
    ),
    ("crates/engine/src/store/intents.rs", "all_unfinished", "a clock that was set was set for everybody"),
    ("crates/engine/src/store/jobs.rs", "any_claimable", "an idle worker asks for work of anybody"),
    ("crates/engine/src/store/jobs.rs", "claim", "a worker serves all workspaces, fairly"),
    ("crates/engine/src/store/jobs.rs", "begin_attempt", "the second half of claim"),
    ("crates/engine/src/store/people.rs", "memberships", "access makes scopes from it"),
    ("crates/engine/src/store/tokens.rs", "live_token", "access makes a scope from it"),
];

fn violations(tree: &Tree) -> Vec<Violation> {
    let tables = tenant_tables(tree);
    let mut found = Vec::new();
    for (path, source) in tree.rust(STORE) {
        let tokens = tokens_without_tests(source);
        let statements = constants_naming(&tokens, &tables);
        for function in functions(&tokens) {
            let table = touched(function.body, &tables, &statements);
            if let Some(table) = table.filter(|_| !function.has_proof() && !is_listed(path, function.name)) {
                let sentence = format!(
                    "{} touches {table} without one of {PROOFS:?} behind the connection",
                    function.name
                );
                found.push(Violation::new(path, function.line, sentence));
            }
        }
    }
    found
}

fn is_listed(path: &str, function: &str) -> bool {
    ACROSS_TENANTS.iter().any(|(place, name, _)| *place == path && *name == function)
}

/// Names of the tables whose definition has the tenant's column.
fn tenant_tables(tree: &Tree) -> BTreeSet<String> {
    let is_migration = |path: &str| path.contains("migrations/") && path.ends_with("sql");
    let mut tables = BTreeSet::new();
    for (_, text) in tree.files().filter(|(path, _)| is_migration(path)) {
        let code: String =
            text.lines().map(|line| line.split("--").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
        for statement in code.split(';') {
            tables.extend(tenant_table(statement));
        }
    }
    tables
}

/// The name of the table a statement creates, when it has the tenant's column.
fn tenant_table(statement: &str) -> Option<String> {
    let words: Vec<&str> = words(statement).collect();
    let table = words.iter().position(|word| word.eq_ignore_ascii_case("table"))?;
    let creates = words.first().is_some_and(|word| word.eq_ignore_ascii_case("create"));
    let name = words[table + 1..]
        .iter()
        .find(|word| !["IF", "NOT", "EXISTS"].contains(&word.to_uppercase().as_str()))?;
    (creates && words.contains(&TENANT_COLUMN)).then(|| (*name).to_owned())
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| !word.is_empty())
}

/// A function with the tokens of its parameters and of its body.
struct Function<'a> {
    name: &'a str,
    line: usize,
    parameters: &'a [Token],
    body: &'a [Token],
}

impl Function<'_> {
    /// Whether the first or second parameter is a proof (the first may be the connection).
    fn has_proof(&self) -> bool {
        let mut depth = 0_usize;
        let mut parameter = 0;
        for token in self.parameters {
            match token.kind {
                Kind::Mark('(' | '<' | '[') => depth += 1,
                Kind::Mark(')' | '>' | ']') => depth = depth.saturating_sub(1),
                Kind::Mark(',') if depth == 0 => parameter += 1,
                _ if token.word().is_some_and(|word| PROOFS.contains(&word)) => return parameter < 2,
                _ => {}
            }
        }
        false
    }
}

/// Every function with a body, nested ones included.
fn functions(tokens: &[Token]) -> Vec<Function<'_>> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.is_word("fn")) {
        let Some(name) = tokens.get(at + 1).and_then(Token::word) else { continue };
        let Some(parameters) = group(tokens, at + 2, '(', ')') else { continue };
        let behind = parameters.end;
        let opens = tokens[behind..].iter().position(|token| token.is('{') || token.is(';'));
        let Some(opens) = opens.filter(|opens| tokens[behind + opens].is('{')) else { continue };
        let Some(body) = group(tokens, behind + opens, '{', '}') else { continue };
        found.push(Function { name, line: token.line, parameters: &tokens[parameters], body: &tokens[body] });
    }
    found
}

/// Constants of a file whose text names a tenant table, with the table.
fn constants_naming<'a>(tokens: &'a [Token], tables: &'a BTreeSet<String>) -> Vec<(&'a str, &'a str)> {
    let mut found = Vec::new();
    for (at, _) in
        tokens.iter().enumerate().filter(|(_, token)| token.is_word("const") || token.is_word("static"))
    {
        let Some(name) = tokens.get(at + 1).and_then(Token::word).filter(|name| *name != "fn") else {
            continue;
        };
        let end = tokens[at..].iter().position(|token| token.is(';')).map_or(tokens.len(), |end| at + end);
        let table = tokens[at..end].iter().find_map(|token| named_table(token, tables));
        found.extend(table.map(|table| (name, table)));
    }
    found
}

/// The first tenant table that a body names, in a text of its own or through a constant.
fn touched<'a>(
    body: &[Token],
    tables: &'a BTreeSet<String>,
    constants: &[(&'a str, &'a str)],
) -> Option<&'a str> {
    body.iter().find_map(|token| {
        let constant = constants.iter().find(|(name, _)| token.is_word(name)).map(|(_, table)| *table);
        constant.or_else(|| named_table(token, tables))
    })
}

/// The tenant table in a text that is SQL: a name behind FROM, INTO, UPDATE or JOIN.
fn named_table<'a>(token: &Token, tables: &'a BTreeSet<String>) -> Option<&'a str> {
    let text = token.text()?;
    let words: Vec<&str> = words(text).collect();
    words.windows(2).find_map(|pair| {
        let leads = ["FROM", "INTO", "UPDATE", "JOIN"].contains(&pair[0]);
        tables.get(pair[1]).filter(|_| leads).map(String::as_str)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_found_in, assert_none};

    const MIGRATION: (&str, &str) = (
        "migrations/0001_start.sql",
        "-- CREATE TABLE old (tenant_id TEXT);\n\
         CREATE TABLE links (tenant_id TEXT NOT NULL, id TEXT);\n\
         CREATE TABLE people (id TEXT);\n\
         CREATE INDEX links_by_id ON links (tenant_id, id);",
    );

    #[test]
    fn tenant_tables_are_reached_only_with_a_scope() {
        assert_none(&violations(&Tree::of_the_repository()));
    }

    #[test]
    fn the_tables_are_read_from_the_migrations() {
        assert_eq!(tenant_tables(&Tree::planted(&[MIGRATION])), BTreeSet::from(["links".to_owned()]));
    }

    #[test]
    fn planted_functions_without_a_scope_are_found() {
        let tree = Tree::planted(&[
            MIGRATION,
            ("crates/engine/src/store/a.rs", "pub async fn all(c: &mut C) { q(\"SELECT id FROM links\") }"),
            (
                "crates/engine/src/store/b.rs",
                "const ALL: &str = \"SELECT id FROM links\"; fn all(c: &mut C) { q(ALL) }",
            ),
            (
                "crates/engine/src/store/c.rs",
                "fn all(c: &mut C, id: &str, s: &TenantScope) { q(\"DELETE FROM links\") }",
            ),
            (
                "crates/engine/src/store/d.rs",
                "fn all(c: &mut C, s: &TenantScope) { q(\"SELECT id FROM links\") }",
            ),
            ("crates/engine/src/store/e.rs", "fn all(s: &TenantScope) { q(\"UPDATE links SET id = 1\") }"),
            ("crates/engine/src/store/f.rs", "fn all(c: &mut C) { q(\"SELECT id FROM people\") }"),
        ]);
        assert_found_in(
            &violations(&tree),
            &["crates/engine/src/store/a.rs", "crates/engine/src/store/b.rs", "crates/engine/src/store/c.rs"],
        );
    }
}
