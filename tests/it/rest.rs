//! Endpoints 4 and 6 and the run: what they do and who may ask.

use std::collections::HashSet;

use engine::test_support::TestDb;
use serde_json::{Value, json};

use crate::support::{Answer, PULL, RUNS, TestApp, WAITING};

fn number(answer: &Answer, field: &str) -> i64 {
    answer.json()[field].as_i64().unwrap_or_else(|| panic!("{field} is no number: {}", answer.text))
}

async fn before_the_first_look_nothing_is_claimed(db: TestDb) {
    let app = TestApp::on(&db).await;
    let answer = app.token().await.get(WAITING).await;
    assert_eq!(answer.status, 200);
    let expected = json!({
        "success": true, "documents": [], "total": null, "checkedAt": null, "lastError": null, "nextCursor": null,
    });
    assert_eq!(answer.json(), expected);
    app.end().await;
}

async fn a_look_finds_every_document_and_a_pull_takes_them_all_once(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    let found = program.get(&format!("{WAITING}?refresh=true")).await;
    assert_eq!(found.status, 200, "{}", found.text);
    assert_eq!(number(&found, "total"), 30);
    assert!(found.json()["checkedAt"].is_string());
    let first = &found.json()["documents"][0];
    for field in ["mk_id", "type", "number", "date", "partner", "total", "currency"] {
        assert!(first[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {first}");
    }
    assert_eq!(first["reason"], "new");

    let taken = program.post(PULL, "").await;
    assert_eq!(taken.status, 200, "{}", taken.text);
    assert_eq!((number(&taken, "total"), number(&taken, "created")), (30, 30));
    assert_eq!(taken.json()["success"], true);

    let again = program.post(PULL, "{}").await;
    assert_eq!((again.status, number(&again, "total")), (200, 0));
    let left = program.get(&format!("{WAITING}?refresh=true")).await;
    assert_eq!(number(&left, "total"), 0);
    app.end().await;
}

async fn the_counters_of_a_bulk_reply_sum_to_its_total(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    let list = program.get(&format!("{WAITING}?refresh=true&limit=2")).await.json();
    let ids: Vec<&str> =
        list["documents"].as_array().unwrap().iter().map(|row| row["mk_id"].as_str().unwrap()).collect();
    let answer =
        program.post(PULL, &json!({"metakockaIds": [ids[0], ids[1], "999999999"]}).to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let counters = ["created", "updated", "unchanged", "failed", "unknown", "review", "skipped"];
    let sum: i64 = counters.iter().map(|name| number(&answer, name)).sum();
    assert_eq!((sum, number(&answer, "total"), number(&answer, "created")), (3, 3, 2), "{}", answer.text);
    let problem = answer.json()["errors"][0].clone();
    assert_eq!(problem["metakockaId"], "999999999", "{problem}");
    assert_eq!(answer.json()["success"], number(&answer, "failed") == 0);
    app.end().await;
}

async fn the_list_is_walked_by_cursor_without_gaps_or_repeats(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    program.get(&format!("{WAITING}?refresh=true")).await;
    let (mut seen, mut path) = (HashSet::new(), format!("{WAITING}?limit=7"));
    loop {
        let page = program.get(&path).await.json();
        for row in page["documents"].as_array().unwrap() {
            assert!(seen.insert((row["type"].to_string(), row["mk_id"].to_string())), "twice: {row}");
        }
        let Some(next) = page["nextCursor"].as_str() else { break };
        path = format!("{WAITING}?limit=7&cursor={next}");
    }
    assert_eq!(seen.len(), 30);
    app.end().await;
}

async fn a_call_that_takes_too_long_says_where_to_ask(db: TestDb) {
    let app = TestApp::on_with(&db, 30, &[("wait-seconds", "1")]).await;
    app.fault(&json!({"endpoint": "search", "effect": "delay_ms", "ms": 1500, "count": 1}));
    let mut program = app.token().await;
    let answer = program.get(&format!("{WAITING}?refresh=true")).await;
    assert_eq!((answer.status, answer.json()["status"].as_str()), (202, Some("running")), "{}", answer.text);
    let joined = program.get(&format!("{WAITING}?refresh=true")).await;
    if joined.status == 202 {
        assert_eq!(joined.json()["runId"], answer.json()["runId"], "a second call joins the run");
    }
    let url = answer.json()["statusUrl"].as_str().unwrap().to_owned();
    let run = program.get(&url).await;
    assert_eq!((run.status, &run.json()["id"]), (200, &answer.json()["runId"]));
    app.end().await;
}

async fn a_look_that_gets_no_answer_is_503_and_the_list_keeps_the_reason(db: TestDb) {
    let app = TestApp::on(&db).await;
    app.fault(&json!({"endpoint": "search", "effect": "http_status", "status": 503}));
    let mut program = app.token().await;
    let answer = program.get(&format!("{WAITING}?refresh=true")).await;
    assert_eq!((answer.status, answer.error().0.as_str()), (503, "unreachable"));
    assert!(answer.header("retry-after").parse::<u32>().is_ok());
    let list = program.get(WAITING).await;
    assert_eq!((list.status, list.json()["total"].is_null()), (200, true), "no false zero: {}", list.text);
    assert!(list.json()["lastError"].as_str().is_some_and(|text| !text.is_empty()));
    app.end().await;
}

async fn a_revoked_token_opens_nothing(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    assert_eq!(program.get(WAITING).await.status, 200);
    let scope = app.engine.scope_for_operator("Lipa", Some("staff@lipa.example")).await.unwrap();
    let token = app.engine.tokens(&scope).await.unwrap().remove(0);
    app.engine.revoke_token(&scope, &token.id).await.unwrap();
    assert_eq!(program.get(WAITING).await.status, 401);
    app.end().await;
}

async fn another_workspaces_run_looks_like_one_that_does_not_exist(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    let run = program.post(PULL, "").await.json()["runId"].as_str().unwrap().to_owned();
    assert_eq!(program.get(&format!("{RUNS}/{run}")).await.status, 200);
    let mut other = app.other_tenant().await;
    let mut bodies = Vec::new();
    for id in [run.as_str(), "019ab000-0000-7000-8000-000000000000", "nonsense"] {
        let answer = other.get(&format!("{RUNS}/{id}")).await;
        assert_eq!(answer.status, 404, "{id}");
        let mut body = answer.json();
        body["reference"] = Value::Null;
        bodies.push(body);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
    app.end().await;
}

async fn a_workspace_without_a_connection_is_told_so(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut other = app.other_tenant().await;
    for answer in [other.get(WAITING).await, other.post(PULL, "").await] {
        assert_eq!((answer.status, answer.error().0.as_str()), (409, "not_connected"));
    }
    app.end().await;
}

engine::each_engine!(
    before_the_first_look_nothing_is_claimed,
    a_look_finds_every_document_and_a_pull_takes_them_all_once,
    the_counters_of_a_bulk_reply_sum_to_its_total,
    the_list_is_walked_by_cursor_without_gaps_or_repeats,
    a_call_that_takes_too_long_says_where_to_ask,
    a_look_that_gets_no_answer_is_503_and_the_list_keeps_the_reason,
    a_revoked_token_opens_nothing,
    another_workspaces_run_looks_like_one_that_does_not_exist,
    a_workspace_without_a_connection_is_told_so,
);
