//! Refusals of the JSON API: always JSON, always found once in the log.

use engine::test_support::TestDb;
use reqwest::Method;
use serde_json::json;

use crate::support::{PULL, SALES, TestApp, WAITING, times_in_log};

async fn every_refusal_is_json_and_its_reference_is_found_exactly_once(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    let mut nobody = app.anonymous();
    let refusals = [
        (nobody.get(WAITING).await, 401, "not_signed_in"),
        (program.get("/api").await, 404, "not_found"),
        (program.get("/api/nothing/here").await, 404, "not_found"),
        (program.get(PULL).await, 405, "method_not_allowed"),
        (program.get(&format!("{SALES}/sync-bulk")).await, 405, "method_not_allowed"),
        (program.post("/api/events", "").await, 405, "method_not_allowed"),
        (program.post(PULL, "{").await, 400, "invalid"),
        (program.get("/api/integrations/metakocka/runs/%FF").await, 404, "not_found"),
    ];
    for (answer, status, code) in refusals {
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(answer.header("content-type"), "application/json");
        let (got, reference) = answer.error();
        assert_eq!(got, code);
        assert_eq!(times_in_log(&reference), 1, "{reference} of {status}");
    }
    app.end().await;
}

async fn a_malformed_request_names_its_field(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    let too_many = json!({ "metakockaIds": vec!["1"; 501] }).to_string();
    let bodies = [
        (r#"{"metakockaIds": "1"}"#, "metakockaIds"),
        (r#"{"metakockaIds": []}"#, "metakockaIds"),
        (r#"{"metakockaIds": [1]}"#, "metakockaIds"),
        (r#"{"metakockaIDs": ["1"]}"#, "metakockaIDs"),
        (r#"["1"]"#, "body"),
        (too_many.as_str(), "metakockaIds"),
    ];
    for (body, field) in bodies {
        let answer = program.post(PULL, body).await;
        assert_eq!(
            (answer.status, &answer.json()["fields"][0]["field"]),
            (400, &json!(field)),
            "{}",
            answer.text
        );
    }
    for (query, field) in
        [("limit=0", "limit"), ("limit=x", "limit"), ("cursor=x", "cursor"), ("refresh=1", "refresh")]
    {
        let answer = program.get(&format!("{WAITING}?{query}")).await;
        assert_eq!((answer.status, &answer.json()["fields"][0]["field"]), (400, &json!(field)), "{query}");
    }
    app.end().await;
}

async fn a_body_of_another_type_or_over_the_limit_is_refused(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    let form = program
        .request(Method::POST, PULL)
        .header("content-type", "text/plain")
        .body(r#"{"metakockaIds":["1"]}"#);
    let answer = program.send(form).await;
    assert_eq!((answer.status, answer.error().0.as_str()), (415, "unsupported_media_type"));
    let flood = format!("{{\"metakockaIds\": [\"{}\"]}}", "1".repeat(1_000_000));
    let answer = program.post(PULL, &flood).await;
    assert_eq!((answer.status, answer.error().0.as_str()), (413, "too_large"));
    app.end().await;
}

async fn a_failed_database_tells_nothing_but_a_reference(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    app.engine.close().await;
    let answer = program.get(WAITING).await;
    assert_eq!(answer.status, 500, "{}", answer.text);
    let (code, reference) = answer.error();
    assert_eq!((code.as_str(), times_in_log(&reference)), ("internal", 1));
    for leak in ["sqlx", "pool", "SELECT", "database"] {
        assert!(!answer.text.contains(leak), "{}", answer.text);
    }
}

engine::each_engine!(
    every_refusal_is_json_and_its_reference_is_found_exactly_once,
    a_malformed_request_names_its_field,
    a_body_of_another_type_or_over_the_limit_is_refused,
    a_failed_database_tells_nothing_but_a_reference,
);
