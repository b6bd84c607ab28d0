//! The secret key is in the request and nowhere else: not in an error, a debug form, a row or a log.

use std::io::Write;
use std::sync::{Arc, Mutex};

use metakocka::{Client, DocumentFlags, DocumentSearch, DocumentType, Error, MkId};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Answer, KEY, Server, config, short_timeout};

/// The key in every spelling that an answer could have.
fn spellings() -> Vec<String> {
    let each = |spell: fn(char) -> String| KEY.chars().map(spell).collect::<Vec<_>>().concat();
    let in_json = serde_json::to_string(KEY).unwrap();
    vec![
        KEY.to_owned(),
        in_json[1..in_json.len() - 1].to_owned(),
        KEY.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"),
        "tajni%26kljuc%22%3C42%3E%2Fx".to_owned(),
        "tajni%26kljuc%22%3c42%3e%2fx".to_owned(),
        in_json[1..in_json.len() - 1].replace('/', "\\/"),
        each(|c| format!("\\u{:04x}", u32::from(c))),
        each(|c| format!("&#{};", u32::from(c))),
    ]
}

fn assert_hidden(text: &str, what: &str) {
    for spelling in spellings() {
        assert!(!text.contains(&spelling), "{what} shows the key: {text}");
    }
    assert!(!text.contains("kljuc"), "{what} shows a part of the key: {text}");
}

/// Everything that an error says, to its last cause.
fn all_of(error: &Error) -> String {
    let mut said = vec![format!("{error} {error:?} {error:#?}")];
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        said.push(format!("{error} {error:?}"));
        cause = error.source();
    }
    said.join(" ")
}

/// Answers that echo the key, in all the ways that end in an error.
fn echoing() -> Vec<Answer> {
    let mut answers = vec![Answer::Silence, Answer::Close];
    for spelling in spellings() {
        let html = format!("<html>{spelling}</html>");
        answers.push(Answer::html(200, html.clone()));
        answers.push(Answer::html(500, html.clone()));
        answers.push(Answer::html(404, html.repeat(50)));
        answers.push(Answer::Cut { body: html.into_bytes() });
    }
    for spelling in &spellings()[4..] {
        for body in [
            format!(r#"{{"opr_code":"6","opr_desc_app":"{spelling}"}}"#),
            format!(r#"{{"opr_code":"2","{spelling}":"x","new":{{"{spelling}":["{spelling}"]}}}}"#),
            format!(r#"{{"result_all_records":"{spelling}"}}"#),
        ] {
            answers.push(Answer::json(body));
        }
    }
    for code in ["1", "2", "3", "5", "6"] {
        let text = format!("Invalid value {KEY} for secret_key");
        answers.push(Answer::json(json!({ "opr_code": code, "opr_desc": text }).to_string()));
        answers.push(Answer::json(
            json!({ "opr_code": code, "opr_desc_app": text, "secret_key": KEY }).to_string(),
        ));
    }
    answers.push(Answer::json(json!({ "result_all_records": KEY }).to_string()));
    answers.push(Answer::json(json!({ KEY: KEY }).to_string()));
    answers.push(Answer::Http {
        status: 200,
        headers: String::new(),
        body: [KEY.as_bytes(), &[0xff]].concat(),
    });
    answers
}

#[tokio::test]
async fn no_error_shows_the_key_even_when_metakocka_echoes_it() {
    for answer in echoing() {
        let client = Server::always(answer).await.client_within(short_timeout());
        let error = client.search_short(&DocumentSearch::all(DocumentType::Order)).await.unwrap_err();
        assert_hidden(&all_of(&error), error.kind());
    }
}

#[tokio::test]
async fn no_row_shows_the_key_even_when_metakocka_echoes_it() {
    let rows = json!([
        { "mk_id": "1", "doc_date": KEY },
        { "mk_id": "2", "doc_date": "2026-09-03", "title": KEY, "unknown": { "deep": [KEY] } },
    ]);
    let reply = json!({ "opr_code": "0", "secret_key": KEY, "result_all_records": "2", "result": rows });
    let client = Server::always(Answer::json(reply.to_string())).await.client();
    let search = DocumentSearch::all(DocumentType::Order);
    let page = client.search_documents(&search, &DocumentFlags::none()).await.unwrap();
    assert!(page.rows[0].read().is_none() && page.rows[1].read().is_some());
    assert_hidden(&format!("{page:?}"), "a page");
    for row in page.rows {
        assert_hidden(row.raw().as_str(), "the raw row");
    }
}

#[tokio::test]
async fn no_field_that_is_read_has_the_key_however_the_reply_spells_it() {
    for spelling in spellings() {
        let body = format!(
            r#"{{"opr_code":"0","result_all_records":"1","result":[{{"mk_id":"2","doc_date":"2026-09-03",
            "title":"{spelling}","notes":"x","{spelling}":"y","new":{{"{spelling}":["{spelling}"]}}}}]}}"#
        );
        if serde_json::from_str::<serde_json::Value>(&body).is_err() {
            continue;
        }
        let client = Server::always(Answer::json(body)).await.client();
        let search = DocumentSearch::all(DocumentType::Order);
        let page = client.search_documents(&search, &DocumentFlags::none()).await.unwrap();
        let document = &page.rows[0].read().unwrap().value;
        assert_hidden(document.title.as_deref().unwrap(), "a title");
        assert_hidden(&format!("{:?}", document.other), "the rest");
        assert_hidden(page.rows[0].raw().as_str(), "the raw row");
    }
}

#[tokio::test]
async fn no_outcome_of_a_write_shows_the_key_even_when_metakocka_echoes_it() {
    let refusal =
        json!({ "opr_code": "2", "opr_desc": KEY, "partner": KEY, "secret_key": KEY, "new": [KEY] });
    let stored = json!({ "opr_code": "0", "mk_id": "7", "secret_key": KEY });
    let told = [Answer::json(refusal.to_string()), Answer::json(stored.to_string())];
    for answer in echoing().into_iter().chain(told) {
        let client = Server::always(answer).await.client_within(short_timeout());
        let write = crate::writes::order().prepare().unwrap();
        assert_hidden(&format!("{write:?} {}", write.payload().to_json()), "a write");
        let outcome = client.send(write).await;
        assert_hidden(&format!("{outcome:?} {outcome:#?}"), outcome.kind());
    }
}

#[test]
fn no_debug_form_shows_the_key() {
    let config = config("http://127.0.0.1:1");
    assert_hidden(&format!("{config:?} {config:#?}"), "the configuration");
    let client = Client::new(config, crate::support::http());
    assert_hidden(&format!("{client:?} {client:#?}"), "the client");
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[test]
fn no_log_line_shows_the_key_at_the_finest_level_of_every_library() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tracing::subscriber::with_default(subscriber, || runtime.block_on(call_in_every_way()));
    let written = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for expected in [
        "metakocka_call",
        "endpoint=\"search\"",
        "company=\"16\"",
        "outcome=\"ok\"",
        "bytes=",
        "duration_ms=",
    ] {
        assert!(written.contains(expected), "{expected} is logged");
    }
    assert_hidden(&written, "the log");
    assert!(written.contains("endpoint=\"put_document\""), "writes are logged");
    assert!(!written.contains("Kupec") && !written.contains("APP-000123"), "no body is logged");
}

async fn call_in_every_way() {
    let search = DocumentSearch::all(DocumentType::Order);
    let id = MkId::parse("400000801").unwrap();
    let good = [
        Answer::json(include_str!("samples/search_documents.reply.json")),
        Answer::json(include_str!("samples/get_offer.reply.json")),
    ];
    for answer in echoing().into_iter().chain(good) {
        let client = Server::always(answer).await.client_within(short_timeout());
        let _ = client.search_documents(&search, &DocumentFlags::none()).await;
        let _ = client.get_document(DocumentType::Offer, &id, &DocumentFlags::none()).await;
        let _ = client.test_connection().await;
        let _outcome = client.send(crate::writes::order().prepare().unwrap()).await;
    }
}
