//! Answers of a legal size that would take many times their size, or endless time, to read.

use metakocka::{Document, DocumentFlags, DocumentSearch, DocumentType, Error};
use serde_json::Value;

use crate::support::{Answer, Server};

async fn page(row: &str) -> Result<metakocka::SearchPage<Document>, Error> {
    let body = format!(
        r#"{{"opr_code":"0","result_all_records":"1","result":[{{"mk_id":"1","doc_date":"2026-09-03",{row}}}]}}"#
    );
    let client = Server::always(Answer::json(body)).await.client();
    client.search_documents(&DocumentSearch::all(DocumentType::Order), &DocumentFlags::none()).await
}

#[tokio::test]
async fn an_answer_with_more_values_than_any_real_one_is_refused() {
    for (piece, times) in [("{}", 110_000), ("0", 510_000), ("[]", 260_000)] {
        let list = vec![piece; times].join(",");
        let error = page(&format!(r#""new":[{list}]"#)).await.unwrap_err();
        assert_eq!(error.kind(), "unexpected_reply", "{piece}");
        assert!(error.to_string().contains("more values"), "{error}");
    }
    let list = vec![r#"{"a":"b"}"#; 90_000].join(",");
    let page = page(&format!(r#""new":[{list}]"#)).await.unwrap();
    let other = &page.rows[0].read().unwrap().value.other;
    assert_eq!(other["new"].as_array().unwrap().len(), 90_000, "what is below is kept");
}

#[tokio::test]
async fn an_answer_with_a_longer_text_than_any_real_one_is_refused() {
    let error = page(&format!(r#""title":"{}""#, "a".repeat(13 * 1024 * 1024))).await.unwrap_err();
    assert_eq!(error.kind(), "unexpected_reply");
    let notes = format!(r#"\"{}\\"#, "a".repeat(11 * 1024 * 1024));
    let page = page(&format!(r#""notes":"{notes}""#)).await.unwrap();
    assert!(page.rows[0].read().is_some(), "what is below is read, marks in it or not");
}

#[tokio::test]
async fn a_record_with_more_fields_than_any_real_one_is_unreadable() {
    let fields = |count: usize| {
        (0..count).map(|place| format!(r#""sum_tax_{place}":"1""#)).collect::<Vec<_>>().join(",")
    };
    let few = page(&fields(400)).await.unwrap();
    assert_eq!(few.rows[0].read().unwrap().value.sums.taxes.len(), 400);
    let many = page(&fields(600)).await.unwrap();
    assert!(many.rows[0].read().is_none(), "the page is read all the same");
}

#[tokio::test]
async fn a_field_that_is_nested_too_deep_is_kept_as_it_was_written() {
    let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
    let page = page(&format!(r#""new":{deep},"flat":[1]"#)).await.unwrap();
    let other = &page.rows[0].read().unwrap().value.other;
    assert_eq!(other["new"], Value::from(deep));
    assert_eq!(other["flat"], serde_json::json!([1]));
}
