//! The one list of questions and their answers, as programs see them: `GET ~/conflicts`, `POST ~/conflicts/{id}/resolve`
//! (contract §1 and §2).

use engine::test_support::TestDb;
use metakocka_simulator::{DocType, Kind, RecordRef, TruthDocument};
use serde_json::{Value, json};

use crate::support::{Actor, Answer, TestApp, WAITING};
use crate::sync::{edit_there, edited, order, push, status, taken, text};

/// Where the questions are.
pub(crate) const CONFLICTS: &str = "/api/integrations/metakocka/conflicts";
/// An id of the right form that nobody has.
const NOBODYS: &str = "019ab000-0000-7000-8000-000000000000";

/// An order that was made here, sent, and then edited on both sides.
async fn conflict(app: &TestApp, program: &mut Actor) -> (String, TruthDocument) {
    let id = order(program).await;
    let sent = push(program, &id).await.json();
    let there = document(app, &text(&sent, "metakockaId"));
    edited(program, &id, &json!({"title": "Moj predmet", "notes": "Moja opomba"})).await;
    edit_there(app, &there, &json!({"title": "Njihov predmet", "notes": "Njihova opomba"}));
    program.get(&format!("{WAITING}?refresh=true")).await;
    (id, there)
}

fn document(app: &TestApp, id: &str) -> TruthDocument {
    let all = app.simulator(|simulator| simulator.documents("16").unwrap());
    all.into_iter().find(|one| one.doc_type == DocType::SalesOrder && one.id == id).unwrap()
}

async fn resolve(actor: &mut Actor, id: &str, body: &Value) -> Answer {
    actor.post(&format!("{CONFLICTS}/{id}/resolve"), &body.to_string()).await
}

async fn asked(actor: &mut Actor, id: &str) -> Value {
    let answer = actor.get(&format!("{CONFLICTS}/{id}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

async fn a_conflict_is_listed_shown_and_resolved(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let (id, there) = conflict(&app, &mut program).await;
    let list = program.get(&format!("{CONFLICTS}?kind=sales_document&reason=conflict")).await.json();
    let row = &list["conflicts"][0];
    assert_eq!(
        (&row["id"], &row["reason"], &row["number"]),
        (&json!(id), &json!("conflict"), &json!(there.number))
    );
    assert_eq!(row["error"], "Changed here and in Metakocka: the notes, the subject.");
    assert!(row["since"].is_string() && row["advice"].is_string(), "{row}");
    assert_eq!(list["nextCursor"], Value::Null);

    let question = asked(&mut program, &id).await;
    let part = json!({
        "place": "notes", "before": null, "here": "Moja opomba", "there": "Njihova opomba",
        "allowed": ["here", "there"],
    });
    assert_eq!(question["parts"][0], part);
    let version = text(&question, "version");
    let half = resolve(&mut program, &id, &json!({"version": version, "answers": {"title": "here"}})).await;
    let left = json!({"success": true, "resolved": false, "reason": "conflict", "runId": null});
    assert_eq!((half.status, half.json()), (200, left), "{}", half.text);
    let late = resolve(&mut program, &id, &json!({"version": "1-old", "answers": {"notes": "there"}})).await;
    assert_eq!((late.status, late.error().0.as_str()), (409, "changed_meanwhile"));
    let version = text(&asked(&mut program, &id).await, "version");
    let whole = resolve(&mut program, &id, &json!({"version": version, "answers": {"notes": "there"}})).await;
    assert_eq!((whole.status, &whole.json()["resolved"]), (200, &json!(true)), "{}", whole.text);

    assert_eq!(push(&mut program, &id).await.json()["outcome"], "updated");
    let now = document(&app, &there.id);
    assert_eq!((now.title.as_deref(), now.notes.as_deref()), (Some("Moj predmet"), Some("Njihova opomba")));
    assert_eq!(status(&mut program, &id).await["syncStatus"], "synced");
    app.end().await;
}

async fn what_is_wrong_with_an_answer_is_named(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let (id, _) = conflict(&app, &mut program).await;
    let version = text(&asked(&mut program, &id).await, "version");
    for (body, field) in [
        (json!({"answers": {"title": "here"}}), "version"),
        (json!({"version": version}), "answers"),
        (json!({"version": version, "answers": {}}), "answers"),
        (json!({"version": version, "answers": {"title": "mine"}}), "answers"),
        (json!({"version": version, "answers": {"currency": "here"}}), "place"),
        (json!({"version": version, "step": "keep"}), "step"),
        (json!({"version": version, "step": "keep_here"}), "step"),
        (json!({"version": version, "step": "restore", "answers": {"title": "here"}}), "answers"),
        (json!({"version": version, "answer": {"title": "here"}}), "answer"),
    ] {
        let refused = resolve(&mut program, &id, &body).await;
        assert_eq!(
            (refused.status, refused.error().0.as_str()),
            (400, "invalid"),
            "{body}: {}",
            refused.text
        );
        assert_eq!(refused.json()["fields"][0]["field"], field, "{body}: {}", refused.text);
    }
    for (query, field) in
        [("kind=order", "kind"), ("reason=x", "reason"), ("cursor=x", "cursor"), ("limit=0", "limit")]
    {
        let refused = program.get(&format!("{CONFLICTS}?{query}")).await;
        assert_eq!((refused.status, &refused.json()["fields"][0]["field"]), (400, &json!(field)), "{query}");
    }
    assert_eq!(asked(&mut program, &id).await["version"], json!(version), "nothing was decided");
    app.end().await;
}

async fn the_list_goes_on_where_its_cursor_says(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    conflict(&app, &mut program).await;
    conflict(&app, &mut program).await;
    let all = program.get(CONFLICTS).await.json();
    let rows = all["conflicts"].as_array().unwrap();
    let counted: u64 = all["counts"].as_array().unwrap().iter().filter_map(|one| one["count"].as_u64()).sum();
    assert_eq!(counted, rows.len() as u64);
    let (mut seen, mut path) = (Vec::new(), format!("{CONFLICTS}?limit=1"));
    while seen.len() <= rows.len() {
        let page = program.get(&path).await.json();
        seen.extend(page["conflicts"].as_array().unwrap().clone());
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        path = format!("{CONFLICTS}?limit=1&cursor={cursor}");
    }
    assert_eq!(&seen, rows);
    app.end().await;
}

async fn what_is_gone_is_created_again_or_deleted(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    for step in ["create_again", "delete_here"] {
        let id = order(&mut program).await;
        let there = text(&push(&mut program, &id).await.json(), "metakockaId");
        edited(&mut program, &id, &json!({"title": "Spremenjeno"})).await;
        let gone = RecordRef {
            company: None,
            kind: Kind::Document,
            doc_type: Some(DocType::SalesOrder),
            id: there.clone(),
        };
        app.simulator(|simulator| simulator.delete(&gone).unwrap());
        assert_eq!(push(&mut program, &id).await.status, 409);
        let question = asked(&mut program, &id).await;
        assert_eq!(
            (&question["reason"], &question["unsent"][0]["to"]),
            (&json!("gone"), &json!("Spremenjeno"))
        );
        let body = json!({"version": question["version"], "step": step});
        let done = resolve(&mut program, &id, &body).await;
        assert_eq!((done.status, &done.json()["resolved"]), (200, &json!(true)), "{}", done.text);
        if step == "create_again" {
            let run = text(&done.json(), "runId");
            let run = wait(&mut program, &run).await;
            assert_eq!((&run["created"], &run["failed"]), (&json!(1), &json!(0)), "{run}");
            let now = status(&mut program, &id).await;
            let again = document(&app, &text(&now["mapping"], "metakockaId"));
            assert_eq!(
                (now["syncStatus"].as_str(), again.title.as_deref()),
                (Some("synced"), Some("Spremenjeno"))
            );
            assert_ne!(again.id, there);
        } else {
            assert_eq!(program.get(&format!("/api/sales-documents/{id}")).await.status, 404);
        }
    }
    app.end().await;
}

async fn wait(program: &mut Actor, run: &str) -> Value {
    for _ in 0..100 {
        let run = program.get(&format!("{}/{run}", crate::support::RUNS)).await.json();
        if run["state"] == "done" {
            return run;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the run does not end");
}

async fn questions_of_another_workspace_do_not_exist(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let (id, _) = conflict(&app, &mut program).await;
    let version = text(&asked(&mut program, &id).await, "version");
    let cursor = program.get(&format!("{CONFLICTS}?limit=1")).await.json()["nextCursor"].clone();
    let mut theirs = app.other_tenant().await;
    let body = json!({"version": version, "answers": {"title": "there"}});
    let mut answers = Vec::new();
    for id in [id.as_str(), NOBODYS, "x"] {
        for answer in [resolve(&mut theirs, id, &body).await, theirs.get(&format!("{CONFLICTS}/{id}")).await]
        {
            assert_eq!(answer.status, 404, "{}", answer.text);
            let mut body = answer.json();
            body["reference"] = Value::Null;
            answers.push(body);
        }
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let list =
        theirs.get(&format!("{CONFLICTS}?cursor={}", cursor.as_str().unwrap_or_default())).await.json();
    assert_eq!((&list["conflicts"], &list["counts"]), (&json!([]), &json!([])));
    assert_eq!(asked(&mut program, &id).await["version"], json!(version), "nothing was decided");
    app.end().await;
}

async fn who_may_only_look_sees_and_decides_nothing(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let (id, _) = conflict(&app, &mut program).await;
    let mut reader = app.read_only().await;
    let version = text(&asked(&mut reader, &id).await, "version");
    for body in [json!({"version": version, "answers": {"title": "there"}}), json!({})] {
        let refused = resolve(&mut reader, &id, &body).await;
        assert_eq!((refused.status, refused.error().0.as_str()), (403, "forbidden"));
    }
    app.end().await;
}

engine::each_engine!(
    a_conflict_is_listed_shown_and_resolved,
    what_is_wrong_with_an_answer_is_named,
    the_list_goes_on_where_its_cursor_says,
    what_is_gone_is_created_again_or_deleted,
    questions_of_another_workspace_do_not_exist,
    who_may_only_look_sees_and_decides_nothing,
);
