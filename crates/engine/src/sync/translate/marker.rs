//! Where our sign stands on a document in Metakocka, and how it is taken off before anything is compared (policy F).
//!
//! Orders carry it as `meta_data` and, when the customer gave no number of their own, as `buyer_order`; offers before
//! their subject; bills as a note of their change log. A copy that is made there carries it on: whether a marked document
//! is ours is not decided here.

use metakocka::{Document, MetaEntry};
use sync_core::intent::Marker;
use sync_core::record::text::normalise;

/// The key in `meta_data` of orders.
const META_KEY: &str = "crm_mind";
/// Longest subject with its marker, in characters (policy F). No source names the length of `title`.
const MOST_TITLE: usize = 80;

/// The marker on a document, wherever it stands.
pub(crate) fn marker_on(document: &Document) -> Option<Marker> {
    let of_meta = document.meta_data.iter().filter(|entry| entry.key == META_KEY);
    let texts = of_meta.filter_map(|entry| entry.value.as_deref());
    let texts = texts.chain(document.buyer_order.as_deref());
    let texts = texts.chain(document.changes.iter().filter_map(|change| change.notes.as_deref()));
    let mut texts = texts;
    texts
        .find_map(|text| Marker::parse(text).ok())
        .or_else(|| split_title(document.title.as_deref()?).map(|(marker, _)| marker))
}

/// The row of `meta_data` that carries a marker.
pub(crate) fn entry(marker: &Marker) -> MetaEntry {
    MetaEntry {
        key: META_KEY.to_owned(),
        value: Some(marker.as_str().to_owned()),
        display_key: None,
        display_value: None,
    }
}

/// A subject with its marker before it. A text that would get too long is never cut: it is a reason.
pub(crate) fn marked_title(marker: &Marker, subject: Option<&str>) -> Result<String, String> {
    let title = match subject.map(normalise).filter(|text| !text.is_empty()) {
        Some(subject) => format!("[{marker}] {subject}"),
        None => format!("[{marker}]"),
    };
    let has = title.chars().count();
    if has <= MOST_TITLE {
        return Ok(title);
    }
    let room = MOST_TITLE.saturating_sub(format!("[{marker}] ").chars().count());
    Err(format!("The subject is longer than {room} characters, the most beside our mark. Shorten it."))
}

/// Whether a subject has a marker before it.
pub(crate) fn is_in_title(title: Option<&str>) -> bool {
    title.and_then(split_title).is_some()
}

/// The subject without the marker before it.
pub(crate) fn without_in_title(title: Option<&str>) -> Option<String> {
    let title = title?;
    match split_title(title) {
        Some((_, subject)) => Some(subject.to_owned()).filter(|subject| !subject.is_empty()),
        None => Some(title.to_owned()),
    }
}

/// The customer's own number: what is a marker is none.
pub(crate) fn without_in_buyer_order(number: Option<&str>) -> Option<String> {
    number.filter(|number| Marker::parse(number).is_err()).map(ToOwned::to_owned)
}

fn split_title(title: &str) -> Option<(Marker, &str)> {
    let (inside, subject) = title.trim_start().strip_prefix('[')?.split_once(']')?;
    Some((Marker::parse(inside).ok()?, subject.trim()))
}

#[cfg(test)]
mod tests {
    use metakocka::DocumentType;
    use serde_json::{Value, json};

    use super::*;

    const MARKER: &str = "CM0123456789AB";

    fn marker() -> Marker {
        Marker::parse(MARKER).unwrap()
    }

    fn document(more: &Value) -> Document {
        let mut all = json!({ "mk_id": "7", "doc_date": "2026-09-03" });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Document::from_json(DocumentType::Order, &all.to_string()).unwrap()
    }

    #[test]
    fn a_marker_is_found_in_each_of_its_places() {
        for place in [
            json!({ "meta_data": [{ "key": "crm_mind", "value_string": MARKER }] }),
            json!({ "buyer_order": MARKER }),
            json!({ "title": format!("[{MARKER}] Vijaki") }),
            json!({ "document_info": [{ "notes": "x" }, { "notes": MARKER }] }),
        ] {
            assert_eq!(marker_on(&document(&place)), Some(marker()), "{place}");
        }
        for none in [
            json!({ "meta_data": [{ "key": "other", "value_string": MARKER }] }),
            json!({ "title": format!("{MARKER} Vijaki") }),
            json!({ "buyer_order": "N-1" }),
        ] {
            assert_eq!(marker_on(&document(&none)), None, "{none}");
        }
    }

    #[test]
    fn what_is_compared_has_no_marker() {
        let title = marked_title(&marker(), Some(" Vijaki  in matice ")).unwrap();
        assert_eq!(without_in_title(Some(&title)).as_deref(), Some("Vijaki in matice"));
        let bare = marked_title(&marker(), None).unwrap();
        assert_eq!(without_in_title(Some(&bare)), None);
        assert_eq!(without_in_title(Some("[A] Vijaki")).as_deref(), Some("[A] Vijaki"));
        assert_eq!(without_in_buyer_order(Some(MARKER)), None);
        assert_eq!(without_in_buyer_order(Some("N-1")).as_deref(), Some("N-1"));
    }

    #[test]
    fn a_subject_that_is_too_long_with_its_marker_is_a_reason() {
        assert!(marked_title(&marker(), Some(&"č".repeat(63))).is_ok());
        let reason = marked_title(&marker(), Some(&"č".repeat(64))).unwrap_err();
        assert!(reason.contains("63 characters"), "{reason}");
    }
}
