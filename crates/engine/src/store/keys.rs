//! Columns that are derived from others when a row is written: what the search box compares and what lists sort by.

use sync_core::record::text;
pub(crate) use sync_core::record::text::sort_key;

/// Follows a `LIKE` whose pattern was made by [`like_pattern`].
pub(crate) const LIKE_ESCAPE: &str = " ESCAPE '!'";

/// Characters of a search that count; nobody types more, and the pattern stays short.
const MAX_SEARCH_CHARS: usize = 200;

/// The folded texts in one: what the search box compares.
pub(crate) fn search_text<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    text::search_text(parts.into_iter().flatten())
}

/// The folded words of what somebody typed; signs that no text contains (PostgreSQL refuses one of them) part words.
pub(crate) fn search_words(search: &str) -> Vec<String> {
    let typed = search.chars().take(MAX_SEARCH_CHARS);
    let short: String = typed.map(|c| if c.is_control() { ' ' } else { c }).collect();
    text::fold(&short).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_searched_without_their_marks() {
        assert_eq!(search_words("  ČEBELA  d.o.o. "), ["cebela", "d.o.o."]);
        assert_eq!(search_words("a\0b\u{7}"), ["a", "b"]);
        assert!(search_words("  ").is_empty());
        assert_eq!(search_words(&"a".repeat(500))[0].len(), MAX_SEARCH_CHARS);
    }

    #[test]
    fn signs_that_mean_something_to_like_are_taken_literally() {
        assert_eq!(like_pattern("50%_a!"), "%50!%!_a!!%");
    }
}
