//! Columns that are derived from others when a row is written: what the search box compares and what lists sort by.

/// Follows a `LIKE` whose pattern was made by [`like_pattern`].
pub(crate) const LIKE_ESCAPE: &str = " ESCAPE '!'";

/// Characters of a search that count; nobody types more, and the pattern stays short.
const MAX_SEARCH_CHARS: usize = 200;

/// The folded texts in one: what the search box compares.
pub(crate) fn search_text<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let folded: Vec<String> = parts.into_iter().flatten().map(fold).filter(|part| !part.is_empty()).collect();
    folded.join(" ")
}

/// A key that every collation sorts alike.
pub(crate) fn sort_key(text: &str) -> String {
    fold(text).bytes().filter(u8::is_ascii_alphanumeric).map(char::from).collect()
}

/// The folded words of what somebody typed.
pub(crate) fn search_words(search: &str) -> Vec<String> {
    let short: String = search.chars().take(MAX_SEARCH_CHARS).collect();
    fold(&short).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// A pattern that finds `word` anywhere, whatever signs it contains. Used with [`LIKE_ESCAPE`].
pub(crate) fn like_pattern(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for c in word.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

fn fold(text: &str) -> String {
    text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_mean_something_to_like_are_taken_literally() {
        assert_eq!(like_pattern("50%_a!"), "%50!%!_a!!%");
    }
}
