//! Just enough of Rust's lexical grammar to tell code from comments and strings.

use std::ops::Range;

/// A piece of code with the line it begins on, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) line: usize,
    pub(crate) kind: Kind,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or keyword, without `r#`.
    Word(String),
    /// The content of a string literal of any form, escapes as written.
    Text(String),
    /// One character of punctuation; `::` is two.
    Mark(char),
    /// A number, character or lifetime: nothing any rule looks at.
    Other,
}

impl Token {
    pub(crate) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.word() == Some(word)
    }

    pub(crate) fn is(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }
}

/// The tokens of a file; comments (documentation included) and white space are gone.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: source, line: 1, tokens: Vec::new() };
    while !lexer.rest.is_empty() {
        lexer.step();
    }
    lexer.tokens
}

/// The tokens of a file without its `#[cfg(test)]` modules.
pub(crate) fn tokens_without_tests(source: &str) -> Vec<Token> {
    let all = tokens(source);
    let mut kept = Vec::with_capacity(all.len());
    let mut at = 0;
    while at < all.len() {
        if let Some(length) = tests_at(&all[at..]) {
            at += length;
        } else {
            kept.push(all[at].clone());
            at += 1;
        }
    }
    kept
}

/// The length of the test module that begins here, attribute included.
fn tests_at(tokens: &[Token]) -> Option<usize> {
    let attribute = tokens.get(..9)?;
    let marks = [(0, '#'), (1, '['), (3, '('), (5, ')'), (6, ']')];
    let words = [(2, "cfg"), (4, "test"), (7, "mod")];
    let begins = marks.iter().all(|(at, mark)| attribute[*at].is(*mark))
        && words.iter().all(|(at, word)| attribute[*at].is_word(word));
    if begins { group(tokens, 9, '{', '}').map(|inside| inside.end + 1) } else { None }
}

/// The tokens between the first opening mark from `from` on and the one that closes it.
pub(crate) fn group(tokens: &[Token], from: usize, open: char, close: char) -> Option<Range<usize>> {
    let start = from + tokens.get(from..)?.iter().position(|token| token.is(open))?;
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        if token.is(open) {
            depth += 1;
        } else if token.is(close) {
            depth -= 1;
            if depth == 0 {
                return Some(start + 1..at);
            }
        }
    }
    None
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn step(&mut self) {
        let Some(first) = self.rest.chars().next() else { return };
        if first.is_whitespace() {
            self.skip(first.len_utf8());
        } else if self.rest.starts_with("//") {
            self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.skip(block_comment(self.rest));
        } else if let Some((open, hashes)) = raw_string(self.rest) {
            self.raw(open, hashes);
        } else if first == '"' || ["b\"", "c\""].iter().any(|start| self.rest.starts_with(start)) {
            let open = self.rest.find('"').unwrap_or_default() + 1;
            self.quoted(open);
        } else if first == '\'' {
            let length = character_or_lifetime(self.rest);
            self.push(Kind::Other, length);
        } else if first.is_alphabetic() || first == '_' {
            self.word();
        } else if first.is_ascii_digit() {
            self.push(Kind::Other, prefix(self.rest, is_word_part));
        } else {
            self.push(Kind::Mark(first), first.len_utf8());
        }
    }

    fn word(&mut self) {
        let raw = if self.rest.starts_with("r#") { 2 } else { 0 };
        let length = raw + prefix(&self.rest[raw..], is_word_part);
        let word = self.rest[raw..length].to_owned();
        self.push(Kind::Word(word), length);
    }

    fn quoted(&mut self, open: usize) {
        let mut escaped = false;
        let end = self.rest[open..].find(|character| {
            let closes = character == '"' && !escaped;
            escaped = character == '\\' && !escaped;
            closes
        });
        let end = end.map_or(self.rest.len(), |end| open + end);
        let text = self.rest[open..end].to_owned();
        self.push(Kind::Text(text), (end + 1).min(self.rest.len()));
    }

    fn raw(&mut self, open: usize, hashes: usize) {
        let closing = format!("\"{}", "#".repeat(hashes));
        let end = self.rest[open..].find(&closing).map_or(self.rest.len(), |end| open + end);
        let text = self.rest[open..end].to_owned();
        self.push(Kind::Text(text), (end + closing.len()).min(self.rest.len()));
    }

    fn push(&mut self, kind: Kind, length: usize) {
        self.tokens.push(Token { line: self.line, kind });
        self.skip(length);
    }

    fn skip(&mut self, length: usize) {
        let (skipped, rest) = self.rest.split_at(length);
        self.line += skipped.matches('\n').count();
        self.rest = rest;
    }
}

fn is_word_part(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The length in bytes of the longest start whose characters all pass.
fn prefix(text: &str, passes: fn(char) -> bool) -> usize {
    text.find(|character| !passes(character)).unwrap_or(text.len())
}

/// The length of a block comment; they nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Where the content of a raw string begins and how many hashes close it.
fn raw_string(text: &str) -> Option<(usize, usize)> {
    let start = ["r", "br", "cr"].iter().find(|start| {
        text.strip_prefix(**start).is_some_and(|rest| rest.trim_start_matches('#').starts_with('"'))
    })?;
    let hashes = prefix(&text[start.len()..], |character| character == '#');
    Some((start.len() + hashes + 1, hashes))
}

/// The length of `'x'`, `'\n'` or `'lifetime`.
fn character_or_lifetime(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), _) => {
            text[2..].char_indices().skip(1).find(|(_, c)| *c == '\'').map_or(2, |(at, _)| at + 3)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1 + prefix(&text[1..], is_word_part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        tokens(source).iter().filter_map(|token| token.word().map(str::to_owned)).collect()
    }

    #[test]
    fn comments_and_strings_are_not_code() {
        let source = "a // b\n/* c /* d */ e */ f \"g \\\" h\" r#\"i \" j\"# k b\"l\" m";
        assert_eq!(words(source), ["a", "f", "k", "m"]);
    }

    #[test]
    fn lifetimes_and_characters_do_not_swallow_code() {
        assert_eq!(
            words(r"fn a<'b>(c: &'b str) { '\'' ; 'd' ; '\u{1f}' ; e }"),
            ["fn", "a", "c", "str", "e"]
        );
    }

    #[test]
    fn lines_are_counted_through_strings_and_comments() {
        let source = "/* 1\n2 */ \"\n3\" x";
        assert_eq!(tokens(source).last().map(|token| token.line), Some(3));
    }

    #[test]
    fn modules_of_tests_can_be_left_out() {
        let source = "a #[cfg(test)] mod tests { use super::*; fn b() {} } #[cfg(unix)] mod c { d }";
        let words: Vec<_> =
            tokens_without_tests(source).iter().filter_map(|token| token.word().map(str::to_owned)).collect();
        assert_eq!(words, ["a", "cfg", "unix", "mod", "c", "d"]);
    }

    #[test]
    fn raw_identifiers_are_words() {
        assert_eq!(words("r#type r#\"text\"#"), ["type"]);
    }
}
