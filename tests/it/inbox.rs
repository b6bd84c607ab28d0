//! What lies there until somebody does something, over HTTP: unknown writes and their answers, what did not go through,
//! runs that are cancelled or listened to.

use std::time::Duration;

use engine::test_support::TestDb;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Actor, Answer, PULL, RUNS, TestApp};
use crate::sync::{check, made, order, orders, push, status, taken, text};

const UNKNOWN: &str = "/api/integrations/metakocka/unknown";
const FAILURES: &str = "/api/integrations/metakocka/failures";
const LOG: &str = "/api/integrations/metakocka/logs";
/// An id of the right form that nobody has.
const NOBODYS: &str = "019ab000-0000-7000-8000-000000000000";
/// Longest a test waits for something that has to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A write is settled two seconds after its answer was lost.
async fn quick(db: &TestDb) -> TestApp {
    TestApp::on_with(db, 30, &[("settle-horizon-seconds", "2")]).await
}

/// Waits until the only unknown write asks a person.
async fn asked(program: &mut Actor) -> Value {
    let asking = async {
        loop {
            let list = program.get(UNKNOWN).await.json();
            if list["unknown"][0]["asks"] == json!(true) {
                break list["unknown"][0].clone();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("nobody was asked")
}

/// An order whose making got no answer, and of which the look-up proves nothing.
async fn doubtful(app: &TestApp, program: &mut Actor) -> (String, Value) {
    let id = order(program).await;
    app.fault(&json!({"endpoint": "put_document", "effect": "drop_before_store", "nth": 1}));
    assert_eq!(push(program, &id).await.status, 202);
    (id, asked(program).await)
}

async fn answer(program: &mut Actor, id: &str, body: &Value) -> Answer {
    program.post(&format!("{UNKNOWN}/{id}/settle"), &body.to_string()).await
}

async fn an_unknown_write_is_listed_and_answered(db: TestDb) {
    let app = quick(&db).await;
    let mut program = taken(&app).await;
    let before = orders(&app).count();
    let (document, unknown) = doubtful(&app, &mut program).await;
    assert_eq!((&unknown["documentId"], &unknown["creates"]), (&json!(document), &json!(true)), "{unknown}");
    assert_eq!(unknown["sent"]["title"], "Obnova skladišča", "{unknown}");
    assert!(unknown["since"].is_string() && unknown["notStoredFrom"].is_string(), "{unknown}");
    assert_eq!(unknown["candidates"], json!([]));
    assert!(unknown["steps"].as_array().unwrap().iter().any(|step| step["to"] == "sending"), "{unknown}");

    let id = text(&unknown, "id");
    for (body, field) in [
        (json!({}), "itIs"),
        (json!({"itIs": "1", "notStored": true}), "itIs"),
        (json!({"notStored": false}), "itIs"),
        (json!({"itIs": 1}), "itIs"),
        (json!({"ItIs": "1"}), "ItIs"),
        (json!({"itIs": "1"}), "metakockaId"),
    ] {
        let refused = answer(&mut program, &id, &body).await;
        assert_eq!(
            (refused.status, &refused.json()["fields"][0]["field"]),
            (400, &json!(field)),
            "{body} {}",
            refused.text
        );
    }
    let settled = answer(&mut program, &id, &json!({"notStored": true})).await;
    assert_eq!((settled.status, &settled.json()["documentId"]), (200, &json!(document)), "{}", settled.text);
    let synced = async {
        while status(&mut program, &document).await["synced"] != json!(true) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, synced).await.expect("it was not sent again");
    assert_eq!(orders(&app).count(), before + 1, "exactly one");
    assert_eq!(program.get(UNKNOWN).await.json(), json!({"unknown": [], "nextCursor": null}));
    check("settled", &answer(&mut program, &id, &json!({"notStored": true})).await, (404, "not_found"), "");
    app.end().await;
}

async fn what_may_still_arrive_is_not_said_to_be_not_stored(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let ids = [order(&mut program).await, order(&mut program).await];
    for id in &ids {
        app.fault(&json!({"endpoint": "put_document", "effect": "drop_before_store", "nth": 1}));
        assert_eq!(push(&mut program, id).await.status, 202);
    }
    let first = program.get(&format!("{UNKNOWN}?limit=1")).await.json();
    assert_eq!(first["unknown"][0]["documentId"], json!(ids[0]), "{first}");
    let rest = program.get(&format!("{UNKNOWN}?cursor={}", text(&first, "nextCursor"))).await.json();
    assert_eq!(
        (&rest["unknown"][0]["documentId"], &rest["nextCursor"]),
        (&json!(ids[1]), &Value::Null),
        "{rest}"
    );
    assert_eq!(program.get(&format!("{UNKNOWN}?cursor=x")).await.status, 400);
    let early = text(&first["unknown"][0], "id");
    check(
        "early",
        &answer(&mut program, &early, &json!({"notStored": true})).await,
        (409, "not_yet"),
        "by itself",
    );
    app.end().await;
}

async fn what_did_not_go_through_is_listed_and_sent_again(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    assert_eq!(program.get(FAILURES).await.json(), json!({"failures": [], "nextCursor": null}));
    let empty = made(&mut program, "sales-documents", &json!({"type": "order", "title": "Prazno"})).await;
    let refused = order(&mut program).await;
    push(&mut program, &empty).await;
    app.fault(&json!({"endpoint": "put_document", "effect": "opr_code", "code": "2", "text": "Nekaj ni prav", "nth": 1}));
    push(&mut program, &refused).await;
    let list = program.get(FAILURES).await.json();
    let rows = list["failures"].as_array().unwrap();
    let row = |id: &str| rows.iter().find(|row| row["documentId"] == json!(id)).unwrap();
    assert_eq!(
        (rows.len(), &row(&empty)["what"], &row(&refused)["what"]),
        (2, &json!("blocked"), &json!("refused"))
    );
    assert!(text(row(&refused), "error").contains("Nekaj ni prav"), "{list}");
    assert_eq!(row(&refused)["attempts"], 1);
    assert!(rows.iter().all(|row| row["since"].is_string() && !text(row, "advice").is_empty()), "{list}");
    let first = program.get(&format!("{FAILURES}?limit=1&kind=sales_document")).await.json();
    let second = program.get(&format!("{FAILURES}?cursor={}", text(&first, "nextCursor"))).await.json();
    assert_eq!(&[&first["failures"][0], &second["failures"][0]], &[&rows[0], &rows[1]]);
    assert_eq!(program.get(&format!("{FAILURES}?kind=contact")).await.json()["failures"], json!([]));
    for query in ["kind=letter", "cursor=x", "limit=0"] {
        assert_eq!(program.get(&format!("{FAILURES}?{query}")).await.status, 400, "{query}");
    }
    let redrive = format!("{FAILURES}/redrive");
    for body in [
        json!({}),
        json!({"kind": "x"}),
        json!({"documentIds": ["1"], "contactIds": ["1"]}),
        json!({"ids": ["1"]}),
    ] {
        assert_eq!(program.post(&redrive, &body.to_string()).await.status, 400, "{body}");
    }
    let again = program.post(&redrive, &json!({"kind": "sales_document"}).to_string()).await.json();
    assert_eq!(
        (&again["total"], &again["created"], &again["failed"]),
        (&json!(2), &json!(1), &json!(1)),
        "{again}"
    );
    let one = program.post(&redrive, &json!({"documentIds": [empty]}).to_string()).await.json();
    assert_eq!((&one["total"], &one["errors"][0]["code"]), (&json!(1), &json!("blocked")), "{one}");
    let none = program.post(&redrive, &json!({"kind": "product"}).to_string()).await;
    assert_eq!((none.status, &none.json()["total"], &none.json()["success"]), (200, &json!(0), &json!(true)));
    app.end().await;
}

/// A run that sends, of which nobody waits for the end.
async fn sending(app: &TestApp, which: engine::sync::Outgoing) -> String {
    let scope = app.engine.scope_for_operator("Lipa", None).await.unwrap();
    let kind = sync_core::record::RecordKind::SalesDocument;
    app.engine.start_push(&scope, kind, which, engine::sync::Cause::Api).await.unwrap()
}

async fn a_run_that_is_cancelled_leaves_the_rest_out(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    for _ in 0..5 {
        order(&mut program).await;
    }
    app.fault(&json!({"endpoint": "put_document", "effect": "delay_ms", "ms": 3000, "count": 5}));
    let path = format!("{RUNS}/{}", sending(&app, engine::sync::Outgoing::All).await);
    let asked = program.post(&format!("{path}/cancel"), "").await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    assert!(asked.json()["cancelAskedAt"].is_string());
    let ending = async {
        loop {
            let run = program.get(&path).await.json();
            if run["state"] != "running" && run["state"] != "queued" {
                break run;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let run = tokio::time::timeout(PATIENCE, ending).await.expect("it does not end");
    assert_eq!(
        (&run["state"], &run["total"], &run["done"]),
        (&json!("cancelled"), &json!(5), &json!(5)),
        "{run}"
    );
    assert!(run["skipped"].as_i64().unwrap() >= 1, "{run}");
    assert_eq!(run["errors"][0]["code"], "cancelled", "{run}");
    assert_eq!(program.post(&format!("{path}/cancel"), "").await.status, 200, "once more changes nothing");
    app.end().await;
}

async fn listen(actor: &Actor, run: &str, after: Option<&str>) -> Response {
    let mut request = actor.request(Method::GET, &format!("{RUNS}/{run}/events"));
    if let Some(after) = after {
        request = request.header("last-event-id", after);
    }
    request.send().await.unwrap()
}

/// The data of every event of a stream that ends by itself.
async fn told(stream: Response) -> Vec<Value> {
    let text = tokio::time::timeout(PATIENCE, stream.text()).await.expect("the stream goes on").unwrap();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

async fn a_run_is_listened_to_until_it_ends(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut staff = app.staff().await;
    let before =
        staff.get("/api/integrations/metakocka/sales-documents/sync-from-metakocka?refresh=true").await;
    assert_eq!(before.status, 200, "{}", before.text);
    let run = text(&staff.post(PULL, "").await.json(), "runId");
    let from_the_beginning = told(listen(&staff, &run, Some("0")).await).await;
    assert!(from_the_beginning.iter().all(|event| event["id"] == json!(run)), "{from_the_beginning:?}");
    assert_eq!(from_the_beginning[0]["state"], "queued");
    assert_eq!(from_the_beginning.last().unwrap()["state"], "done");
    // Whoever comes late is told how it ended, and no more.
    let late = told(listen(&staff, &run, None).await).await;
    assert_eq!(late, [from_the_beginning.last().unwrap().clone()]);
    let behind = told(listen(&staff, &run, Some("1000000")).await).await;
    assert_eq!(behind, late);
    app.end().await;
}

async fn who_listens_while_it_works_hears_the_end(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let id = order(&mut program).await;
    app.fault(&json!({"endpoint": "put_document", "effect": "delay_ms", "ms": 1500, "count": 1}));
    let run = sending(&app, engine::sync::Outgoing::These(vec![id])).await;
    let heard = told(listen(&program, &run, None).await).await;
    assert_ne!(heard[0]["state"], "done");
    assert_eq!(heard.last().unwrap()["state"], "done", "{heard:?}");
    app.end().await;
}

async fn what_belongs_to_another_workspace_is_neither_answered_nor_sent(db: TestDb) {
    let app = quick(&db).await;
    let mut program = taken(&app).await;
    let (document, unknown) = doubtful(&app, &mut program).await;
    app.connect_other(3).await;
    let mut theirs = app.other_tenant().await;
    assert_eq!(theirs.get(UNKNOWN).await.json()["unknown"], json!([]));
    for id in [text(&unknown, "id").as_str(), NOBODYS] {
        check("foreign", &answer(&mut theirs, id, &json!({"notStored": true})).await, (404, "not_found"), "");
    }
    let mut told = Vec::new();
    for id in [document.as_str(), NOBODYS] {
        let body = json!({"documentIds": [id]}).to_string();
        let mut bulk = theirs.post(&format!("{FAILURES}/redrive"), &body).await.json();
        assert_eq!((&bulk["failed"], &bulk["errors"][0]["code"]), (&json!(1), &json!("not_found")), "{bulk}");
        bulk["runId"] = Value::Null;
        told.push(bulk.to_string().replace(id, "ID"));
    }
    assert_eq!(told[0], told[1]);
    for (id, of) in [(text(&unknown, "id"), document.clone()), (NOBODYS.to_owned(), NOBODYS.to_owned())] {
        for page in [format!("/review/unknown/{id}"), format!("/review/duplicate/sales-documents/{of}")] {
            assert_eq!(theirs.page(&page).await.status, 404, "{page}");
        }
        for (deed, fields) in [
            ("settle-unknown", [("id", id.as_str()), ("it_is", "")]),
            ("look-at-twin", [("id", of.as_str()), ("other", "1")]),
            ("adopt-twin", [("id", of.as_str()), ("other", "1")]),
            ("dismiss-alarm", [("id", id.as_str()), ("other", "")]),
        ] {
            assert_eq!(theirs.script(deed, &fields).await.status, 404, "{deed} {id}");
        }
        for path in [format!("/_ui/unknown-write?id={id}"), format!("/_ui/twins?id={of}")] {
            assert_eq!(theirs.get(&path).await.status, 404, "{path}");
        }
        let alarms = theirs.get(&format!("/_ui/alarms?kind=sales_document&id={of}")).await;
        assert_eq!((alarms.status, alarms.text.as_str()), (200, "[]"));
        let sent = theirs.script("send-again", &[("kind", "sales_document"), ("id", &of)]).await;
        assert!(sent.text.contains("1 failed"), "{}", sent.text);
    }
    assert_eq!(asked(&mut program).await["id"], unknown["id"], "it is still asked");
    app.end().await;
}

async fn what_happened_is_listed_as_a_file_and_marked(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let refused = order(&mut program).await;
    app.fault(&json!({"endpoint": "put_document", "effect": "opr_code", "code": "2", "text": "=Nekaj, ni prav", "nth": 1}));
    push(&mut program, &refused).await;
    let all = program.get(LOG).await.json();
    let lines = all["lines"].as_array().unwrap();
    assert!(lines.is_sorted_by(|one, next| text(one, "at") >= text(next, "at")), "{all}");
    let of = |source: &str| lines.iter().filter(|line| line["source"] == source).collect::<Vec<_>>();
    assert!(of("run").iter().all(|line| line["level"] == "info" && line["runId"].is_string()), "{all}");
    let write = of("write")[0];
    assert_eq!(
        (&write["level"], &write["what"], &write["documentId"]),
        (&json!("error"), &json!("refused"), &json!(refused)),
        "{write}"
    );
    let record = of("record")[0];
    assert_eq!((&record["level"], &record["code"]), (&json!("error"), &json!("refused")), "{record}");
    assert!(text(record, "sentence").contains("Nekaj, ni prav"), "{record}");

    // One line after another is the same list, and a filter leaves the others out.
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = program.get(&format!("{LOG}?limit=1&cursor={cursor}")).await.json();
        paged.extend(page["lines"].as_array().unwrap().clone());
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(&paged, lines);
    let run = text(record, "runId");
    for query in [
        "level=error".to_owned(),
        format!("record={refused}"),
        format!("run={run}&level=error"),
        "kind=sales_document&level=error".to_owned(),
    ] {
        let found = program.get(&format!("{LOG}?{query}")).await.json();
        let found = found["lines"].as_array().unwrap();
        assert_eq!(found.len(), 2, "{query}: {found:?}");
    }
    assert_eq!(program.get(&format!("{LOG}?kind=product")).await.json()["lines"], json!([]));
    for query in ["level=bad", "kind=letter", "run=x", "record='", "cursor=x", "limit=0"] {
        assert_eq!(program.get(&format!("{LOG}?{query}")).await.status, 400, "{query}");
    }

    let file = program.get(&format!("{LOG}/export?level=error")).await;
    let mut file = csv::Reader::from_reader(file.text.as_bytes());
    let rows: Vec<csv::StringRecord> = file.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.iter().all(|cell| !cell.starts_with('='))), "{rows:?}");

    let entry = text(record, "entry");
    for (body, resolved) in [("", true), ("{}", true), (r#"{"resolved":false}"#, false), ("", true)] {
        let marked = program.post(&format!("{LOG}/{entry}/resolve"), body).await;
        assert_eq!((marked.status, &marked.json()["resolved"]), (200, &json!(resolved)), "{}", marked.text);
        let line = &program.get(&format!("{LOG}?record={refused}&level=error")).await.json()["lines"];
        let line =
            line.as_array().unwrap().iter().find(|line| line["entry"] == json!(entry)).unwrap().clone();
        assert_eq!(line["resolvedAt"].is_string(), resolved, "{line}");
    }
    assert_eq!(program.post(&format!("{LOG}/{entry}/resolve"), r#"{"resolved":1}"#).await.status, 400);
    let mut theirs = app.other_tenant().await;
    for entry in [entry.as_str(), "record:1:1", "%00", "x"] {
        let answer = theirs.script("resolve-log-line", &[("entry", entry), ("resolved", "true")]).await;
        assert_eq!(answer.status, 404, "{entry}");
        assert_eq!(program.post(&format!("{LOG}/{entry}x/resolve"), "").await.status, 404, "{entry}");
    }
    let listed = theirs.get("/_ui/log").await;
    assert!(!listed.text.contains("Nekaj"), "{}", listed.text);
    app.end().await;
}

engine::each_engine!(
    what_happened_is_listed_as_a_file_and_marked,
    an_unknown_write_is_listed_and_answered,
    what_may_still_arrive_is_not_said_to_be_not_stored,
    what_did_not_go_through_is_listed_and_sent_again,
    a_run_that_is_cancelled_leaves_the_rest_out,
    a_run_is_listened_to_until_it_ends,
    who_listens_while_it_works_hears_the_end,
    what_belongs_to_another_workspace_is_neither_answered_nor_sent,
);
