//! Every server function authorises: its body calls a helper that answers only for somebody signed in, or it
//! is listed with the reason why anybody may call it.

use crate::lexer::{Token, group, tokens};
use crate::tree::{Tree, Violation};

/// The helpers that authorise.
const HELPERS: [&str; 1] = ["signed_in"];

/// Server functions that anybody may call, and why.
const OPEN: [(&str, &str); 1] = [("sign_in", "it is how somebody becomes signed in")];

fn violations(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, source) in tree.rust("src/") {
        let tokens = tokens(source);
        for function in server_functions(&tokens) {
            let open = OPEN.iter().any(|(name, _)| *name == function.name);
            if !open && !calls_helper(function.body) {
                let sentence = format!("{} does not authorise: call one of {HELPERS:?}", function.name);
                found.push(Violation::new(path, function.line, sentence));
            }
        }
    }
    found
}

struct ServerFunction<'a> {
    name: &'a str,
    line: usize,
    body: &'a [Token],
}

/// The functions behind a `#[server…]` attribute; parameters carry such attributes too.
fn server_functions(tokens: &[Token]) -> Vec<ServerFunction<'_>> {
    let attributed = |at: usize| {
        let opens = tokens[at].is('#') && tokens.get(at + 1).is_some_and(|token| token.is('['));
        let is_server = opens && path_word(&tokens[at + 2..]).is_some_and(|word| word == "server");
        let behind = if is_server { group(tokens, at, '[', ']')?.end + 1 } else { return None };
        let next = tokens.get(behind)?;
        let is_item = next.is('#') || ["pub", "async", "fn"].iter().any(|word| next.is_word(word));
        if is_item { function_from(tokens, behind) } else { None }
    };
    (0..tokens.len()).filter_map(attributed).collect()
}

/// The last word of the path an attribute begins with: `server` of `leptos::server`.
fn path_word(tokens: &[Token]) -> Option<&str> {
    let end = tokens.iter().position(|token| token.word().is_none() && !token.is(':'))?;
    tokens[..end].last().and_then(Token::word)
}

fn function_from(tokens: &[Token], from: usize) -> Option<ServerFunction<'_>> {
    let at = from + tokens[from..].iter().position(|token| token.is_word("fn"))?;
    let name = tokens.get(at + 1)?.word()?;
    let body = group(tokens, at, '{', '}')?;
    Some(ServerFunction { name, line: tokens[at].line, body: &tokens[body] })
}

fn calls_helper(body: &[Token]) -> bool {
    body.windows(2).any(|pair| pair[1].is('(') && pair[0].word().is_some_and(|word| HELPERS.contains(&word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_found_in, assert_none};

    #[test]
    fn every_server_function_authorises() {
        assert_none(&violations(&Tree::of_the_repository()));
    }

    #[test]
    fn a_planted_server_function_that_does_not_is_found() {
        let tree = Tree::planted(&[
            ("src/api/a.rs", "#[server(endpoint = \"list\")]\npub async fn list() -> R { if x { y() } z() }"),
            (
                "src/api/b.rs",
                "#[leptos::server] async fn list() -> R { let who = signed_in().await?; z(who) }",
            ),
            ("src/api/c.rs", "#[server(endpoint = \"in\")] pub async fn sign_in() -> R { z() }"),
            ("src/api/d.rs", "#[component] fn List() -> V { z() }"),
            (
                "src/api/f.rs",
                "#[server] async fn f(#[server(default)] x: X) -> R { signed_in() } fn shown() { z() }",
            ),
            ("src/api/e.rs", "#[server] async fn list() -> R { z() } fn later() { signed_in() }"),
        ]);
        assert_found_in(&violations(&tree), &["src/api/a.rs", "src/api/e.rs"]);
    }
}
