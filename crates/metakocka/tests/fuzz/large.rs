//! Replies up to the size that a client takes: lists of millions of elements, nesting of millions of levels,
//! endless objects and texts. None is like a real one; each must be read or refused in time and in little
//! memory.

use metakocka::fuzz::ReplyKind;
use metakocka::{DocumentType, Limits};

use crate::chance::Chance;
use crate::planted::KEY;

/// Among so many replies each kind of large one comes once.
const EVERY: u64 = 25_000;

/// The largest reply, in bytes: as large as a client takes. Without optimisation reading takes many times as
/// long, and the test has smaller ones.
pub(crate) fn largest() -> usize {
    if cfg!(debug_assertions) { 256 * 1024 } else { Limits::default().max_reply_bytes }
}

/// The smallest of the large, in bytes: its shortest lines are fewer than a list may have.
const SMALLEST: usize = 12 * 1024;
/// Each size is half of the one before.
const SIZES: usize = 12;

/// What is large about a reply.
#[derive(Clone, Copy, Debug)]
enum Large {
    Numbers,
    Texts,
    SmallObjects,
    EmptyLines,
    Rows,
    Partners,
    Lists,
    Objects,
    Fields,
    Types,
    Escapes,
    Notes,
    Keys,
    NoText,
    Duplicates,
    LateEscape,
    LateKey,
    LateName,
}

const ALL: [Large; 18] = [
    Large::Numbers,
    Large::Texts,
    Large::SmallObjects,
    Large::EmptyLines,
    Large::Rows,
    Large::Partners,
    Large::Lists,
    Large::Objects,
    Large::Fields,
    Large::Types,
    Large::Escapes,
    Large::Notes,
    Large::Keys,
    Large::NoText,
    Large::Duplicates,
    Large::LateEscape,
    Large::LateKey,
    Large::LateName,
];

const BEGIN: &str = r#"{"opr_code":"0","result_all_records":"1","result_count":"1","result":["#;
const ROW: &str = r#"{"mk_id":"1","doc_date":"2026-09-03+02:00","#;

/// The reply of a run that has a large one.
pub(crate) fn reply(run: u64, chance: &mut Chance) -> Option<(ReplyKind, Vec<u8>)> {
    let large = *ALL.get(usize::try_from(run % EVERY).ok()?)?;
    // The smaller ones are below what is refused for its many elements or values.
    let size = (largest() >> chance.below(SIZES)).max(SMALLEST);
    Some(large.reply(size))
}

impl Large {
    fn reply(self, size: usize) -> (ReplyKind, Vec<u8>) {
        let orders = ReplyKind::Documents(DocumentType::Order);
        let field = |begin: &str, piece: &str| {
            (orders, filled(&format!("{BEGIN}{ROW}{begin}["), piece, "0]}]}", size))
        };
        match self {
            Self::Numbers => field(r#""new":"#, "0,"),
            Self::Texts => field(r#""new":"#, r#""","#),
            Self::SmallObjects => field(r#""new":"#, r#"{"":0},"#),
            Self::EmptyLines => field(r#""product_list":"#, "{},"),
            Self::Rows => (orders, filled(BEGIN, "{},", "{}]}", size)),
            Self::Partners => {
                (ReplyKind::Partners, filled(r#"{"partner_list":["#, r#"{"mk_id":"1"},"#, "{}]}", size))
            }
            Self::Lists => (orders, nested(&format!("{BEGIN}{ROW}\"new\":"), "[", "0", "]", "}]}", size)),
            Self::Objects => {
                (orders, nested(&format!("{BEGIN}{ROW}\"new\":"), r#"{"a":"#, "0", "}", "}]}", size))
            }
            Self::Fields => (orders, counted(&format!("{BEGIN}{ROW}"), "sum_tax_", r#"":"1","#, size, "}]}")),
            Self::Types => (ReplyKind::Filters, counted("{", "sales_", r#"":[],"#, size, "}")),
            Self::Escapes => (orders, filled(&format!("{BEGIN}{ROW}\"title\":\""), "\\u0041", "\"}]}", size)),
            Self::Notes => (orders, a_page_of_long_notes(size)),
            Self::Keys => {
                let key = serde_json::Value::from(KEY).to_string();
                let piece = &key[1..key.len() - 1];
                (orders, filled(&format!("{BEGIN}{ROW}\"title\":\""), piece, "\"}]}", size))
            }
            Self::LateEscape => (orders, late(&format!("{BEGIN}{ROW}\"title\":\""), "\\n", "\"}]}", size)),
            Self::LateKey => (orders, late(&format!("{BEGIN}{ROW}\"title\":\""), KEY, "\"}]}", size)),
            Self::LateName => (orders, late(&format!("{BEGIN}{ROW}\""), "\\n", "\":\"1\"}]}", size)),
            Self::NoText => {
                let mut reply = filled("<html>", KEY, "</html>", size);
                reply.push(0xff);
                (orders, reply)
            }
            Self::Duplicates => {
                let begin = r#"{"opr_code":"6","opr_desc":"x","duplicate_doc_list":["#;
                (ReplyKind::StoredDocument, filled(begin, r#"{"mk_id":"1"},"#, "{}]}", size))
            }
        }
    }
}

/// A reply of one piece many times.
fn filled(begin: &str, piece: &str, end: &str, size: usize) -> Vec<u8> {
    let times = size.saturating_sub(begin.len() + end.len()) / piece.len();
    let mut reply = String::with_capacity(size);
    reply.push_str(begin);
    for _ in 0..times {
        reply.push_str(piece);
    }
    reply.push_str(end);
    reply.into_bytes()
}

/// A reply of one long text with a piece at its beginning and behind its middle: what is copied so far has no room for
/// the rest.
fn late(begin: &str, piece: &str, end: &str, size: usize) -> Vec<u8> {
    let room = size.saturating_sub(begin.len() + end.len() + 2 * piece.len());
    let (most, rest) = (room * 2 / 3, room - room * 2 / 3);
    format!("{begin}{piece}{}{piece}{}{end}", "a".repeat(most), "a".repeat(rest)).into_bytes()
}

/// A reply that is nested as deep as its size allows.
fn nested(begin: &str, open: &str, inner: &str, close: &str, end: &str, size: usize) -> Vec<u8> {
    let depth = size.saturating_sub(begin.len() + inner.len() + end.len()) / (open.len() + close.len());
    format!("{begin}{}{inner}{}{end}", open.repeat(depth), close.repeat(depth)).into_bytes()
}

/// A reply with as many differently named fields as its size allows.
fn counted(begin: &str, name: &str, value: &str, size: usize, end: &str) -> Vec<u8> {
    let mut reply = String::with_capacity(size);
    reply.push_str(begin);
    // A number has at most seven digits.
    for number in 0..size.saturating_sub(begin.len() + end.len()) / (name.len() + value.len() + 8) {
        for piece in ["\"", name, &number.to_string(), value] {
            reply.push_str(piece);
        }
    }
    format!("{}{end}", reply.trim_end_matches(',')).into_bytes()
}

/// A whole page of documents as they may be, were their notes long.
fn a_page_of_long_notes(size: usize) -> Vec<u8> {
    let rows = 100;
    let notes = "<p>Opombe, ki jih ni konca.</p>".repeat(size / rows / 40);
    let row = format!(r#"{ROW}"notes":"{notes}","new":{{"a":"b"}},"product_list":[{{"doc_desc":"x"}}]}}"#);
    format!("{BEGIN}{}]}}", vec![row; rows].join(",")).into_bytes()
}
