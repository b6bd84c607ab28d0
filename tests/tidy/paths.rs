//! The paths that code names: `use` trees spelt out, `super` and `self` resolved from where the file lies.

use crate::lexer::{Token, tokens};

/// A path with the line it stands on, for example `["crate", "store", "links"]`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NamedPath {
    pub(crate) line: usize,
    pub(crate) segments: Vec<String>,
}

impl NamedPath {
    /// The first segment.
    pub(crate) fn root(&self) -> &str {
        self.segments.first().map_or("", String::as_str)
    }

    /// The segment behind `crate`, when the path stays in its crate.
    pub(crate) fn room(&self) -> Option<&str> {
        if self.root() == "crate" { self.segments.get(1).map(String::as_str) } else { None }
    }
}

/// Every path of a file; `path` is its place below the `src/` of its crate, like `store/links.rs`.
pub(crate) fn named_paths(path: &str, source: &str) -> Vec<NamedPath> {
    let home = module_of(path);
    let tokens = tokens(source);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let continues = at >= 2 && tokens[at - 1].is(':') && tokens[at - 2].is(':');
        if tokens[at].word().is_some() && !continues {
            at = read_tree(&tokens, at, &[], &mut found);
        } else {
            at += 1;
        }
    }
    for path in &mut found {
        resolve(&home, &mut path.segments);
    }
    found
}

/// Reads one path or `use` tree from `at`; returns where it ends.
fn read_tree(tokens: &[Token], mut at: usize, before: &[String], found: &mut Vec<NamedPath>) -> usize {
    let mut segments = before.to_vec();
    let line = tokens[at].line;
    while let Some(word) = tokens.get(at).and_then(Token::word) {
        segments.push(word.to_owned());
        at += 1;
        if !(tokens.get(at).is_some_and(|token| token.is(':'))
            && tokens.get(at + 1).is_some_and(|token| token.is(':')))
        {
            break;
        }
        at += 2;
        if tokens.get(at).is_some_and(|token| token.is('{')) {
            return read_group(tokens, at + 1, &segments, found);
        }
    }
    found.push(NamedPath { line, segments });
    at
}

/// Reads what stands between the braces of a `use` tree.
fn read_group(tokens: &[Token], mut at: usize, before: &[String], found: &mut Vec<NamedPath>) -> usize {
    while let Some(token) = tokens.get(at) {
        if token.is('}') {
            return at + 1;
        }
        at = if token.word().is_some() { read_tree(tokens, at, before, found) } else { at + 1 };
    }
    at
}

/// The module a file is, from `crate` on.
fn module_of(path: &str) -> Vec<String> {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    let mut module = vec!["crate".to_owned()];
    if !matches!(stem, "lib" | "main" | "mod") {
        module.extend(stem.split('/').map(str::to_owned));
    }
    module
}

/// Replaces a leading `self` or chain of `super` by the module it means.
fn resolve(home: &[String], segments: &mut Vec<String>) {
    let supers = segments.iter().take_while(|segment| *segment == "super").count();
    let leading = if segments.first().is_some_and(|first| first == "self") { 1 } else { supers };
    if leading > 0 && segments.len() > leading {
        let mut resolved = home[..home.len().saturating_sub(supers).max(1)].to_vec();
        resolved.extend(segments.drain(leading..));
        *segments = resolved;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(path: &str, source: &str) -> Vec<String> {
        named_paths(path, source)
            .iter()
            .map(|found| found.segments.join("::"))
            .filter(|found| found.contains("::"))
            .collect()
    }

    #[test]
    fn a_use_tree_is_spelt_out() {
        let source = "use crate::{access::TenantScope, store::{self, links::Link}};";
        assert_eq!(
            paths("sync/push.rs", source),
            ["crate::access::TenantScope", "crate::store::self", "crate::store::links::Link"]
        );
    }

    #[test]
    fn super_is_the_module_above_the_file() {
        assert_eq!(paths("store/links.rs", "super::super::access::Role"), ["crate::access::Role"]);
        assert_eq!(paths("store/mod.rs", "self::links::Link"), ["crate::store::links::Link"]);
    }

    #[test]
    fn a_path_in_an_expression_counts_from_its_first_segment() {
        assert_eq!(paths("lib.rs", "let x = engine::sync::pull(a::b());"), ["engine::sync::pull", "a::b"]);
    }
}
