//! The records as programs see them: `/api/sales-documents`, `/api/contacts`, `/api/products` (contract §1 and §2).

use engine::test_support::TestDb;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, PULL, TestApp};

/// The three kinds with a body that makes one, a change, and the name of the list.
fn kinds() -> [(&'static str, Value, Value, &'static str); 3] {
    [
        ("/api/contacts", json!({"name": "Hribar d.o.o."}), json!({"name": "Hribar in sin"}), "contacts"),
        ("/api/products", json!({"code": "LIP-1", "name": "Deska"}), json!({"unit": "kos"}), "products"),
        (
            "/api/sales-documents",
            json!({"type": "order", "title": "Ograja"}),
            json!({"title": "Vrata", "lines": [{"text": "Montaža"}]}),
            "documents",
        ),
    ]
}

async fn send(actor: &mut Actor, verb: &str, path: &str, revision: Option<&str>, body: &Value) -> Answer {
    let mut request = actor.request(verb.parse::<Method>().unwrap(), path);
    if let Some(revision) = revision {
        request = request.header("if-match", revision);
    }
    actor.send(request.header("content-type", "application/json").body(body.to_string())).await
}

async fn made(actor: &mut Actor, path: &str, body: &Value) -> Value {
    let answer = send(actor, "POST", path, None, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name}: {value}"))
}

async fn a_record_is_made_read_edited_and_deleted(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    for (path, body, change, _) in kinds() {
        let answer = send(&mut program, "POST", path, None, &body).await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.text);
        let record = answer.json();
        let one = format!("{path}/{}", text(&record, "id"));
        assert_eq!(answer.location(), one);
        let seen = program.get(&one).await;
        assert_eq!((seen.status, seen.header("etag"), seen.json()), (200, "\"1\"", record.clone()));
        for (name, value) in body.as_object().unwrap() {
            assert_eq!(&record[name], value, "{path}");
        }
        let edited = send(&mut program, "PATCH", &one, Some(seen.header("etag")), &change).await;
        assert_eq!((edited.status, edited.header("etag")), (200, "\"2\""), "{path}: {}", edited.text);
        let after = edited.json();
        for (name, value) in change.as_object().unwrap().iter().filter(|(name, _)| *name != "lines") {
            assert_eq!(&after[name], value, "{path}");
        }
        // What was received may be sent back: it changes nothing.
        let lines = json!({ "lines": after["lines"] });
        if !after["lines"].is_null() {
            let same = send(&mut program, "PATCH", &one, Some("\"2\""), &lines).await;
            assert_eq!((same.status, same.json()["revision"].as_i64()), (200, Some(2)), "{}", same.text);
        }
        let history = program.get(&format!("{one}/history")).await.json();
        let deeds: Vec<&str> =
            history["entries"].as_array().unwrap().iter().map(|entry| text(entry, "deed")).collect();
        assert_eq!(deeds, ["changed", "created"], "{path}");
        assert_eq!(history["entries"][0]["by"], "staff of Lipa");
        let field = text(&history["entries"][0]["changes"][0], "field");
        assert!(change.as_object().unwrap().contains_key(field), "{path}: {field}");
        let gone = send(&mut program, "DELETE", &one, Some("2"), &Value::Null).await;
        assert_eq!(
            (gone.status, gone.json()["deleted"].as_bool()),
            (200, Some(true)),
            "{path}: {}",
            gone.text
        );
        assert_eq!(program.get(&one).await.status, 404, "{path}");
        let history = program.get(&format!("{one}/history?limit=1")).await.json();
        assert_eq!(history["entries"][0]["deed"], "deleted", "{path}");
        assert!(history["nextCursor"].is_string(), "{path}");
    }
    app.end().await;
}

async fn a_write_without_or_with_an_old_revision_changes_nothing(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    for (path, body, change, _) in kinds() {
        let one = format!("{path}/{}", text(&made(&mut program, path, &body).await, "id"));
        for verb in ["PATCH", "DELETE"] {
            let without = send(&mut program, verb, &one, None, &change).await;
            assert_eq!(
                (without.status, without.error().0.as_str()),
                (428, "revision_required"),
                "{verb} {path}"
            );
            for old in ["\"0\"", "\"7\"", "*", "nonsense"] {
                let late = send(&mut program, verb, &one, Some(old), &change).await;
                assert_eq!(
                    (late.status, late.error().0.as_str()),
                    (412, "stale_revision"),
                    "{verb} {path} {old}"
                );
            }
        }
        assert_eq!(program.get(&one).await.json()["revision"], 1, "{path}");
    }
    app.end().await;
}

async fn a_body_that_can_not_be_read_names_the_field(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    for (path, body, field) in [
        ("/api/contacts", json!({"name": 1}), "name"),
        ("/api/contacts", json!({"nmae": "x"}), "nmae"),
        ("/api/contacts", json!({"name": "x", "address": {"street": 5}}), "address.street"),
        ("/api/products", json!({"service": "yes"}), "service"),
        ("/api/sales-documents", json!({"type": "letter"}), "type"),
        ("/api/sales-documents", json!({"type": "order", "date": "2026-02-30"}), "date"),
        ("/api/sales-documents", json!({"type": "order", "lines": [{"amount": 1.5}]}), "lines[0].amount"),
        ("/api/sales-documents", json!({"type": "order", "number": "PP-1"}), "number"),
    ] {
        let answer = send(&mut program, "POST", path, None, &body).await;
        assert_eq!((answer.status, answer.error().0.as_str()), (400, "invalid"), "{body}: {}", answer.text);
        assert_eq!(answer.json()["fields"][0]["field"], field, "{}", answer.text);
    }
    for query in
        ["state=happy", "sort=colour", "order=up", "limit=0", "cursor=x", "tpye=order", "from=2026-13-01"]
    {
        let answer = program.get(&format!("/api/sales-documents?{query}")).await;
        assert_eq!((answer.status, answer.error().0.as_str()), (400, "invalid"), "{query}");
    }
    app.end().await;
}

async fn what_can_not_be_meant_is_told_with_every_reason(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    let body = json!({"type": "order", "currency": "evro", "contactId": "019ab000-0000-7000-8000-000000000000",
        "lines": [{"amount": "1", "price": "2"}]});
    let answer = send(&mut program, "POST", "/api/sales-documents", None, &body).await;
    assert_eq!((answer.status, answer.error().0.as_str()), (422, "blocked"), "{}", answer.text);
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    let mut fields: Vec<&str> = errors.iter().map(|error| text(error, "field")).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["contactId", "currency", "lines[1].taxCode"]);
    assert!(
        errors.iter().all(|error| !text(error, "sentence").is_empty() && !text(error, "remedy").is_empty())
    );
    let draft = made(&mut program, "/api/sales-documents", &json!({"type": "order"})).await;
    let blocking: Vec<&str> =
        draft["blocking"].as_array().unwrap().iter().map(|reason| text(reason, "field")).collect();
    assert_eq!(blocking, ["customer", "lines"]);
    app.end().await;
}

async fn who_may_only_look_writes_nothing(db: TestDb) {
    let app = TestApp::on(&db).await;
    let (mut program, mut reader) = (app.token().await, app.read_only().await);
    for (path, body, change, list) in kinds() {
        let one = format!("{path}/{}", text(&made(&mut program, path, &body).await, "id"));
        for (verb, at) in [("POST", path), ("PATCH", one.as_str()), ("DELETE", one.as_str())] {
            let request = reader.request(verb.parse::<Method>().unwrap(), at).header("if-match", "1");
            let request = request.header("sec-fetch-site", "same-origin");
            let request = request.header("content-type", "application/json").body(change.to_string());
            let answer = reader.send(request).await;
            assert_eq!((answer.status, answer.error().0.as_str()), (403, "forbidden"), "{verb} {at}");
        }
        assert_eq!(reader.get(&one).await.json()["revision"], 1);
        assert!(!reader.get(path).await.json()[list].as_array().unwrap().is_empty());
    }
    app.end().await;
}

async fn lists_are_searched_filtered_sorted_and_walked_by_cursor(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    let run = program.post(PULL, "").await.json();
    assert_eq!(run["created"], 30, "{run}");
    for (path, sorts, list) in [
        ("/api/sales-documents", &["date", "number", "customer", "total"][..], "documents"),
        ("/api/contacts", &[""][..], "contacts"),
        ("/api/products", &["name", "code"][..], "products"),
    ] {
        for sort in sorts {
            let query = if sort.is_empty() { "order=desc".to_owned() } else { format!("sort={sort}") };
            let whole = program.get(&format!("{path}?limit=200&{query}")).await.json();
            let whole: Vec<String> =
                whole[list].as_array().unwrap().iter().map(|row| text(row, "id").to_owned()).collect();
            assert!(whole.len() > 3, "{path}");
            let (mut walked, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = program.get(&format!("{path}?limit=3&{query}&cursor={cursor}")).await.json();
                walked.extend(page[list].as_array().unwrap().iter().map(|row| text(row, "id").to_owned()));
                let Some(next) = page["nextCursor"].as_str() else { break };
                next.clone_into(&mut cursor);
            }
            assert_eq!(walked, whole, "{path} {query}");
        }
    }
    let contacts = program.get("/api/contacts?limit=1").await.json();
    let contact = &contacts["contacts"][0];
    let word = text(contact, "name").split(' ').next().unwrap().to_lowercase();
    let found = program.get(&format!("/api/contacts?search={word}")).await.json();
    assert!(found["contacts"].as_array().unwrap().contains(contact), "{found}");
    let of = program.get(&format!("/api/sales-documents?contactId={}", text(contact, "id"))).await.json();
    for document in of["documents"].as_array().unwrap() {
        assert_eq!(document["contactId"], contact["id"]);
    }
    let synced = program.get("/api/sales-documents?state=synced&type=order&limit=200").await.json();
    let rows = synced["documents"].as_array().unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        assert_eq!((&row["type"], &row["sync"]["syncStatus"]), (&json!("order"), &json!("synced")));
        assert!(row["sync"]["metakockaId"].is_string() && row["sync"]["lastSyncedAt"].is_string(), "{row}");
    }
    app.end().await;
}

async fn an_edit_of_what_came_from_metakocka_waits_to_be_sent(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    program.post(PULL, "").await;
    let list = program.get("/api/sales-documents?type=order&state=synced&limit=1").await.json();
    let one = format!("/api/sales-documents/{}", text(&list["documents"][0], "id"));
    let before = program.get(&one).await;
    let record = before.json();
    assert_eq!(record["blocking"], json!([]));
    let history = program.get(&format!("{one}/history")).await.json();
    assert_eq!(
        (&history["entries"][0]["deed"], &history["entries"][0]["by"]),
        (&json!("created"), &Value::Null)
    );
    assert!(history["entries"][0]["runId"].is_string(), "{history}");
    let change = json!({"notes": "Pokliči prej."});
    let edited = send(&mut program, "PATCH", &one, Some(before.header("etag")), &change).await.json();
    assert_eq!(
        (&edited["sync"]["reason"], &edited["total"]),
        (&json!("to_send"), &record["total"]),
        "{edited}"
    );
    assert_eq!(edited["lines"], record["lines"]);
    let back = json!({"notes": record["notes"]});
    let back = send(&mut program, "PATCH", &one, Some("\"2\""), &back).await.json();
    assert_eq!((&back["sync"]["syncStatus"], &back["revision"]), (&json!("synced"), &json!(3)), "{back}");
    app.end().await;
}

async fn a_merged_contact_is_gone_and_its_documents_stay(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    let keep = made(&mut program, "/api/contacts", &json!({"name": "Hribar d.o.o."})).await;
    let other = made(&mut program, "/api/contacts", &json!({"name": "HRIBAR"})).await;
    let document = json!({"type": "offer", "contactId": other["id"]});
    let document = made(&mut program, "/api/sales-documents", &document).await;
    let path = format!("/api/contacts/{}/merge", text(&keep, "id"));
    let body = json!({"contactId": other["id"], "revision": 1});
    let stale = send(&mut program, "POST", &path, Some("\"9\""), &body).await;
    assert_eq!((stale.status, stale.error().0.as_str()), (412, "stale_revision"));
    let merged = send(&mut program, "POST", &path, Some("\"1\""), &body).await;
    assert_eq!((merged.status, merged.header("etag")), (200, "\"2\""), "{}", merged.text);
    assert_eq!(program.get(&format!("/api/contacts/{}", text(&other, "id"))).await.status, 404);
    let now = program.get(&format!("/api/sales-documents/{}", text(&document, "id"))).await.json();
    assert_eq!((&now["contactId"], &now["customer"]), (&keep["id"], &json!("HRIBAR")));
    app.end().await;
}

engine::each_engine!(
    a_record_is_made_read_edited_and_deleted,
    a_write_without_or_with_an_old_revision_changes_nothing,
    a_body_that_can_not_be_read_names_the_field,
    what_can_not_be_meant_is_told_with_every_reason,
    who_may_only_look_writes_nothing,
    lists_are_searched_filtered_sorted_and_walked_by_cursor,
    an_edit_of_what_came_from_metakocka_waits_to_be_sent,
    a_merged_contact_is_gone_and_its_documents_stay,
);
