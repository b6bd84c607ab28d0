//! Where a list goes on, as text that callers hand back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::ids::is_id;
use crate::store::filter::SortKey;

/// The last row of a page: its sort key and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListCursor {
    pub(super) key: SortKey,
    pub(super) id: String,
}

impl ListCursor {
    /// As text for a URL.
    #[must_use]
    pub fn to_text(&self) -> String {
        let key = match &self.key {
            SortKey::Text(text) => format!("t{text}"),
            SortKey::Whole(number) => format!("n{number}"),
        };
        URL_SAFE_NO_PAD.encode(format!("{}\n{key}", self.id))
    }

    /// From the text that [`ListCursor::to_text`] made.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (id, key) = text.split_once('\n')?;
        let key = match key.split_at_checked(1)? {
            ("t", text) if !text.contains(char::is_control) => SortKey::Text(text.to_owned()),
            ("n", number) => SortKey::Whole(number.parse().ok()?),
            _ => return None,
        };
        is_id(id).then(|| Self { key, id: id.to_owned() })
    }

    /// Whether it fits a list that is sorted by numbers, or by text.
    pub(super) fn fits(&self, numbers: bool) -> bool {
        matches!(self.key, SortKey::Whole(_)) == numbers
    }
}

/// Rows of a list, and where it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<Row> {
    /// The rows.
    pub rows: Vec<Row>,
    /// `None`: these are the last.
    pub next: Option<ListCursor>,
}

/// Cuts off the row that was asked for only to know whether the list goes on.
pub(super) fn cut<Row>(
    mut rows: Vec<Row>,
    limit: u32,
    cursor: impl Fn(&Row) -> ListCursor,
) -> (Vec<Row>, Option<ListCursor>) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let goes_on = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| goes_on).map(cursor);
    (rows, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_text_and_nonsense_is_none() {
        let id = "019ab000-0000-7000-8000-000000000000".to_owned();
        for key in [SortKey::Text("cebela d.o.o.".to_owned()), SortKey::Whole(-5)] {
            let cursor = ListCursor { key, id: id.clone() };
            assert_eq!(ListCursor::parse(&cursor.to_text()), Some(cursor));
        }
        for wrong in
            ["", "x", "!", &URL_SAFE_NO_PAD.encode("1\ntx"), &URL_SAFE_NO_PAD.encode(format!("{id}\nx"))]
        {
            assert_eq!(ListCursor::parse(wrong), None, "{wrong}");
        }
    }
}
