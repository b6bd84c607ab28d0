//! Endpoints 1, 2, 3 and 5 of contract §2 for all three kinds, and every status of §1 that they can give.

use engine::test_support::TestDb;
use metakocka_simulator::{CreateRequest, EditRequest, Kind, RecordRef, TruthDocument};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, PULL, RUNS, SALES, TestApp, WAITING, times_in_log};

/// How long Metakocka is slow, in milliseconds: longer than a call waits under [`hasty`].
const SLOW_MS: u64 = 5_000;

/// An application whose calls wait for one second.
async fn hasty(db: &TestDb) -> TestApp {
    TestApp::on_with(db, 30, &[("wait-seconds", "1")]).await
}

/// Everything is here.
pub(crate) async fn taken(app: &TestApp) -> Actor {
    let mut program = app.token().await;
    let taken = program.post(PULL, "").await;
    assert_eq!((taken.status, &taken.json()["created"]), (200, &json!(30)), "{}", taken.text);
    program
}

pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name}: {value}")).to_owned()
}

/// The first record of a list that is linked.
async fn linked(program: &mut Actor, kind: &str, name: &str) -> Value {
    let list = program.get(&format!("/api/{kind}?limit=200")).await.json();
    let rows = list[name].as_array().unwrap_or_else(|| panic!("no {name}: {list}"));
    rows.iter().find(|row| row["sync"]["metakockaId"].is_string()).unwrap().clone()
}

/// A new order of a customer over a product that Metakocka knows.
pub(crate) async fn order(program: &mut Actor) -> String {
    let contact = text(&linked(program, "contacts", "contacts").await, "id");
    let product = text(&linked(program, "products", "products").await, "id");
    made(program, "sales-documents", &json!({
        "type": "order", "title": "Obnova skladišča", "contactId": contact,
        "lines": [{"productId": product, "amount": "3", "price": "12.50", "taxCode": "EX4", "taxRate": "22"}],
    }))
    .await
}

pub(crate) async fn made(program: &mut Actor, kind: &str, body: &Value) -> String {
    let answer = program.post(&format!("/api/{kind}"), &body.to_string()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    text(&answer.json(), "id")
}

pub(crate) async fn edited(program: &mut Actor, id: &str, change: &Value) {
    let path = format!("/api/sales-documents/{id}");
    let revision = program.get(&path).await.header("etag").to_owned();
    let request = program.request(Method::PATCH, &path).header("if-match", revision);
    let request = request.header("content-type", "application/json").body(change.to_string());
    let answer = program.send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// Endpoint 1.
pub(crate) async fn push(program: &mut Actor, id: &str) -> Answer {
    program.post(&format!("{SALES}/sync"), &json!({"documentId": id}).to_string()).await
}

/// Endpoint 3.
pub(crate) async fn status(program: &mut Actor, id: &str) -> Value {
    let answer = program.get(&format!("{SALES}/sync?documentId={id}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

/// Endpoint 5.
async fn pull(program: &mut Actor, id: &str) -> Answer {
    program.post(WAITING, &json!({"metakockaId": id}).to_string()).await
}

pub(crate) fn edit_there(app: &TestApp, document: &TruthDocument, set: &Value) {
    let request = EditRequest::document(document.doc_type, &document.id, set.clone());
    app.simulator(|simulator| simulator.edit(&request).unwrap());
}

fn documents(app: &TestApp) -> Vec<TruthDocument> {
    app.simulator(|simulator| simulator.documents("16").unwrap())
}

/// Orders that may still be changed: nothing was made from them.
pub(crate) fn orders(app: &TestApp) -> impl Iterator<Item = TruthDocument> {
    let can_change = |one: &TruthDocument| one.linked.is_empty() && one.sum_paid.is_zero();
    documents(app).into_iter().filter(move |one| one.doc_type.name() == "sales_order" && can_change(one))
}

/// The document here that is this one there.
async fn here(program: &mut Actor, there: &TruthDocument) -> String {
    let list = program.get("/api/sales-documents?limit=200").await.json();
    let rows = list["documents"].as_array().unwrap();
    text(rows.iter().find(|row| row["sync"]["metakockaId"] == there.id.as_str()).unwrap(), "id")
}

/// Checks a refusal: status, code, a sentence with these words, and its reference in the log.
pub(crate) fn check(what: &str, answer: &Answer, (status, code): (u16, &str), words: &str) {
    assert_eq!((answer.status, answer.error().0.as_str()), (status, code), "{what}: {}", answer.text);
    assert!(text(&answer.json(), "error").contains(words), "{what}: {}", answer.text);
    assert_eq!(times_in_log(&answer.error().1), 1, "{what}: {}", answer.text);
    assert_eq!(answer.header("retry-after").is_empty(), status != 503, "{what}");
}

async fn one_document_is_sent_told_and_taken(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let id = order(&mut program).await;
    let before = status(&mut program, &id).await;
    assert_eq!(
        (&before["synced"], &before["syncStatus"], &before["reason"], &before["mapping"]),
        (&json!(false), &json!("pending"), &json!("to_send"), &Value::Null)
    );
    let sent = push(&mut program, &id).await;
    assert_eq!((sent.status, &sent.json()["outcome"]), (200, &json!("created")), "{}", sent.text);
    let there = text(&sent.json(), "metakockaId");
    let now = status(&mut program, &id).await;
    let mapping = &now["mapping"];
    assert_eq!((&now["synced"], &mapping["metakockaId"]), (&json!(true), &json!(there)), "{now}");
    assert_eq!(
        (&mapping["metakockaDocumentType"], &mapping["documentId"]),
        (&json!("sales_order"), &json!(id))
    );
    let made = documents(&app).into_iter().find(|one| one.id == there).unwrap();
    assert_eq!(mapping["metakockaDocumentNumber"], made.number.as_str());
    assert_eq!(
        push(&mut program, &id).await.json(),
        json!({"success": true, "metakockaId": there, "outcome": "unchanged"})
    );
    edited(&mut program, &id, &json!({"title": "Drug predmet"})).await;
    assert_eq!(push(&mut program, &id).await.json()["outcome"], "updated");
    edit_there(&app, &made, &json!({"notes": "Pokličite prej."}));
    program.get(&format!("{WAITING}?refresh=true")).await;
    let answer = pull(&mut program, &there).await;
    let expected = json!({"success": true, "documentId": id, "metakockaId": there, "outcome": "updated"});
    assert_eq!((answer.status, answer.json()), (200, expected), "{}", answer.text);
    app.end().await;
}

async fn several_documents_are_sent_and_told_and_nothing_that_is_named_is_left_out(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let (one, other) = (order(&mut program).await, order(&mut program).await);
    let nobodys = "019ab000-0000-7000-8000-000000000000";
    let body = json!({"documentIds": [one, one, nobodys]}).to_string();
    let sent = program.post(&format!("{SALES}/sync-bulk"), &body).await;
    let reply = sent.json();
    assert_eq!((sent.status, &reply["total"], &reply["created"]), (200, &json!(2), &json!(1)), "{reply}");
    assert_eq!((&reply["success"], &reply["failed"]), (&json!(false), &json!(1)), "{reply}");
    let problem = &reply["errors"][0];
    assert_eq!((&problem["documentId"], &problem["code"]), (&json!(nobodys), &json!("not_found")), "{reply}");
    let all = program.post(&format!("{SALES}/sync"), "{}").await.json();
    assert_eq!(
        (&all["success"], &all["total"], &all["created"]),
        (&json!(true), &json!(1), &json!(1)),
        "{all}"
    );
    let told = program.get(&format!("{SALES}/sync?documentIds={one},{nobodys},{other}")).await.json();
    assert_eq!(told["missing"], json!([nobodys]));
    let told: Vec<String> =
        told["statuses"].as_array().unwrap().iter().map(|one| text(one, "documentId")).collect();
    assert_eq!(told, [one, other]);
    let run = program.get(&format!("{RUNS}/{}", text(&all, "runId"))).await;
    assert_eq!((run.status, &run.json()["pushes"]), (200, &json!(true)));
    app.end().await;
}

async fn contacts_and_products_are_sent_and_told_under_their_own_names(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let contact = json!({"name": "Novi kupec d.o.o.", "company": true, "address":
        {"street": "Nova ulica 1", "postNumber": "1000", "place": "Ljubljana", "country": "SI"}});
    let product = json!({"code": "NOV-1", "name": "Nov izdelek", "unit": "kos"});
    for (kind, field, body) in [("contacts", "contactId", contact), ("products", "productId", product)] {
        let path = format!("/api/integrations/metakocka/{kind}");
        let id = made(&mut program, kind, &body).await;
        let sent = program.post(&format!("{path}/sync"), &json!({field: id}).to_string()).await;
        assert_eq!((sent.status, &sent.json()["outcome"]), (200, &json!("created")), "{kind}: {}", sent.text);
        let told = program.get(&format!("{path}/sync?{field}={id}")).await.json();
        assert_eq!((&told["synced"], &told["mapping"][field]), (&json!(true), &json!(id)), "{kind}: {told}");
        assert_eq!(told["mapping"]["metakockaId"], sent.json()["metakockaId"]);
        let these = json!({format!("{field}s"): [id]}).to_string();
        let bulk = program.post(&format!("{path}/sync-bulk"), &these).await.json();
        assert_eq!((&bulk["total"], &bulk["unchanged"]), (&json!(1), &json!(1)), "{kind}: {bulk}");
        let looked = program.get(&format!("{path}/sync-from-metakocka?refresh=true")).await;
        assert_eq!(looked.status, 200, "{kind}: {}", looked.text);
        let looked = looked.json();
        assert!(looked[kind].is_array() && looked["checkedAt"].is_string(), "{kind}: {looked}");
    }
    app.end().await;
}

async fn a_malformed_request_names_its_field(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    let many = json!({"documentIds": vec!["1"; 501]}).to_string();
    let several = format!(
        "documentIds={}",
        vec!["x"; 201].iter().enumerate().map(|(at, x)| format!("{x}{at}")).collect::<Vec<_>>().join(",")
    );
    let (sync, bulk) = (format!("{SALES}/sync"), format!("{SALES}/sync-bulk"));
    for (path, body, field) in [
        (sync.as_str(), r#"{"documentId": 1}"#, "documentId"),
        (&sync, r#"{"documentID": "1"}"#, "documentID"),
        (&sync, r#"{"documentId": "1", "documentIds": ["1"]}"#, "documentIds"),
        (&sync, r#"{"documentIds": []}"#, "documentIds"),
        (&sync, many.as_str(), "documentIds"),
        (&bulk, "{}", "documentIds"),
        (WAITING, "{}", "metakockaId"),
        (WAITING, r#"{"metakockaId": "1", "type": "letter"}"#, "type"),
    ] {
        let answer = program.post(path, body).await;
        assert_eq!(
            (answer.status, &answer.json()["fields"][0]["field"]),
            (400, &json!(field)),
            "{}",
            answer.text
        );
    }
    assert_eq!(program.post(WAITING, "{}").await.json()["error"], "Missing metakockaId parameter");
    for (query, field) in
        [("", "documentId"), ("documentId=1&documentIds=1", "documentId"), (&several, "documentIds")]
    {
        let answer = program.get(&format!("{sync}?{query}")).await;
        assert_eq!(
            (answer.status, &answer.json()["fields"][0]["field"]),
            (400, &json!(field)),
            "{}",
            answer.text
        );
    }
    app.end().await;
}

async fn what_does_not_exist_is_404(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    for id in ["1", "019ab000-0000-7000-8000-000000000000"] {
        check("push", &push(&mut program, id).await, (404, "not_found"), "does not exist");
        let told = program.get(&format!("{SALES}/sync?documentId={id}")).await;
        check("status", &told, (404, "not_found"), "does not exist");
    }
    check("pull", &pull(&mut program, "987654321").await, (404, "not_found"), "does not exist");
    app.end().await;
}

async fn what_cannot_be_sent_is_422_with_everything_that_is_wrong(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let id = made(&mut program, "sales-documents", &json!({"type": "order", "title": "Prazno"})).await;
    let blocked = push(&mut program, &id).await;
    check("blocked", &blocked, (422, "blocked"), "");
    let errors = blocked.json()["errors"].as_array().unwrap().clone();
    assert!(!errors.is_empty(), "{}", blocked.text);
    for error in errors {
        assert!(!text(&error, "field").is_empty() && !text(&error, "remedy").is_empty(), "{error}");
    }
    let id = order(&mut program).await;
    app.fault(&json!({"endpoint": "put_document", "effect": "opr_code", "code": "2", "text": "Nekaj ni prav", "nth": 1}));
    check("refused", &push(&mut program, &id).await, (422, "refused"), "Nekaj ni prav");
    let now = status(&mut program, &id).await;
    assert_eq!((&now["syncStatus"], &now["reason"]), (&json!("error"), &json!("refused")), "{now}");
    app.end().await;
}

/// Orders whose subject was edited here, which can be sent: Metakocka tells of some too little to replace them, and which
/// ones these are depends on the day.
async fn two_edited(app: &TestApp, program: &mut Actor) -> [(TruthDocument, String); 2] {
    let mut found = Vec::new();
    for there in orders(app) {
        let id = here(program, &there).await;
        edited(program, &id, &json!({"title": "Naš naslov"})).await;
        if status(program, &id).await["reason"] == "to_send" {
            found.push((there, id));
        }
    }
    found.truncate(2);
    found.try_into().expect("two orders that can be sent")
}

async fn what_a_person_has_to_decide_is_409(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let [(there, id), (gone, gone_id)] = two_edited(&app, &mut program).await;
    edit_there(&app, &there, &json!({"title": "Njihov naslov"}));
    check("push", &push(&mut program, &id).await, (409, "conflict"), "the subject");
    check("pull", &pull(&mut program, &there.id).await, (409, "conflict"), "the subject");
    let now = status(&mut program, &id).await;
    assert_eq!((&now["syncStatus"], &now["reason"]), (&json!("needs_review"), &json!("conflict")), "{now}");
    assert!(now["advice"].is_string(), "{now}");
    let record =
        RecordRef { company: None, kind: Kind::Document, doc_type: Some(gone.doc_type), id: gone.id };
    app.simulator(|simulator| simulator.delete(&record).unwrap());
    check("gone", &push(&mut program, &gone_id).await, (409, "needs_review"), "");
    app.end().await;
}

async fn a_write_that_takes_long_is_202_and_other_records_wait_for_it(db: TestDb) {
    let app = hasty(&db).await;
    let mut program = app.token().await;
    let first = program.post(PULL, "").await;
    if first.status == 202 {
        ended(&mut program, &first).await;
    }
    let id = order(&mut program).await;
    app.fault(&json!({"endpoint": "put_document", "effect": "delay_ms", "ms": SLOW_MS, "count": 1}));
    let slow = push(&mut program, &id).await;
    assert_eq!((slow.status, &slow.json()["outcome"]), (202, &json!("running")), "{}", slow.text);
    assert_eq!(slow.json()["success"], false);
    let busy = program.post(&format!("{SALES}/sync"), "{}").await;
    check("busy", &busy, (409, "run_in_progress"), "");
    assert_eq!(status(&mut program, &id).await["syncStatus"], "running");
    ended(&mut program, &slow).await;
    app.end().await;
}

async fn a_write_of_unknown_outcome_is_202_and_is_looked_for_by_itself(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let id = order(&mut program).await;
    app.fault(&json!({"endpoint": "put_document", "effect": "drop_after_store", "nth": 1}));
    let lost = push(&mut program, &id).await;
    assert_eq!((lost.status, &lost.json()["outcome"]), (202, &json!("unknown")), "{}", lost.text);
    assert_eq!((&lost.json()["success"], lost.json()["runId"].is_string()), (&json!(false), true));
    let now = status(&mut program, &id).await;
    assert_eq!((&now["syncStatus"], &now["reason"]), (&json!("unknown"), &json!("settling")), "{now}");
    assert!(now["nextStepAt"].is_string() && now["asksAt"].is_string(), "{now}");
    let bulk = program.post(&format!("{SALES}/sync"), &json!({"documentIds": [id]}).to_string()).await;
    let bulk = bulk.json();
    assert_eq!((&bulk["unknown"], &bulk["success"]), (&json!(1), &json!(false)), "{bulk}");
    app.end().await;
}

/// Waits for the end of the run that an answer names.
async fn ended(program: &mut Actor, answer: &Answer) -> Value {
    let path = format!("{RUNS}/{}", text(&answer.json(), "runId"));
    for _ in 0..200 {
        let run = program.get(&path).await.json();
        if !matches!(run["state"].as_str(), Some("queued" | "running")) {
            return run;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the run does not end")
}

async fn a_connection_that_may_not_work_yet_or_any_more_stands_in_the_way(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut other = app.other_tenant().await;
    let contact = json!({"name": "Hribar d.o.o."}).to_string();
    let request = other.post("/api/contacts", &contact).await;
    let id = text(&request.json(), "id");
    app.connect_other(20).await;
    // A workspace that had records before it was connected has to be matched first.
    for (kind, body) in [("contacts", json!({"contactId": id})), ("sales-documents", json!({}))] {
        let path = format!("/api/integrations/metakocka/{kind}/sync");
        let answer = other.post(&path, &body.to_string()).await;
        check(kind, &answer, (409, "matching_not_confirmed"), "confirm");
    }
    let mut program = taken(&app).await;
    let id = order(&mut program).await;
    let mut owner = app.owner().await;
    let request = owner.request(Method::DELETE, "/api/integrations/metakocka/credentials");
    let gone = owner.send(request.header("sec-fetch-site", "same-origin")).await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    check("push", &push(&mut program, &id).await, (503, "paused"), "");
    check("pull", &pull(&mut program, "1").await, (503, "paused"), "");
    assert_eq!(status(&mut program, &id).await["syncStatus"], "pending", "it is told all the same");
    app.end().await;
}

async fn a_body_of_another_type_or_over_the_limit_is_refused(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    for path in [format!("{SALES}/sync"), format!("{SALES}/sync-bulk"), WAITING.to_owned()] {
        let request = program.request(Method::POST, &path).header("content-type", "text/plain").body("{}");
        check(&path, &program.send(request).await, (415, "unsupported_media_type"), "JSON");
        let flood = json!({"documentIds": ["1".repeat(1_000_000)]}).to_string();
        check(&path, &program.post(&path, &flood).await, (413, "too_large"), "kB");
    }
    app.end().await;
}

async fn what_stands_in_the_way_of_every_call_is_told_as_it_is(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let id = order(&mut program).await;
    let mut other = app.other_tenant().await;
    check("not connected", &other.post(&format!("{SALES}/sync"), "{}").await, (409, "not_connected"), "");
    let mut reader = app.read_only().await;
    check("role", &push(&mut reader, &id).await, (403, "forbidden"), "");
    assert_eq!(status(&mut reader, &id).await["syncStatus"], "pending", "who may only look is told");
    check("nobody", &push(&mut app.anonymous(), &id).await, (401, "not_signed_in"), "");
    for (fault, status, code) in [
        (json!({"effect": "http_status", "status": 503}), 503, "unreachable"),
        (json!({"effect": "opr_code", "code": "5", "text": "Quote exceeds"}), 503, "quota"),
        (json!({"effect": "garbage"}), 502, "bad_answer"),
    ] {
        app.simulator(metakocka_simulator::RunningSimulator::clear_faults);
        app.fault(&fault);
        check(code, &pull(&mut program, "987654321").await, (status, code), "");
    }
    app.simulator(metakocka_simulator::RunningSimulator::clear_faults);
    app.fault(&json!({"effect": "opr_code", "code": "3", "text": "Invalid value"}));
    check("key", &pull(&mut program, "987654321").await, (409, "key_refused"), "");
    check("key", &push(&mut program, &id).await, (409, "key_refused"), "");
    app.end().await;
}

async fn a_contact_and_a_product_are_taken_by_themselves(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let partner = json!({ "name": "Mizarstvo Hrast d.o.o.", "taxNumber": "SI90000016", "city": "Kranj" });
    let product = json!({ "code": "HRAST-40", "name": "Hrastova deska", "unit": "kos", "sales": true });
    for (kind, there, set, id_field, ids_field, changed) in [
        (
            "contacts",
            Kind::Partner,
            partner,
            "contactId",
            "metakockaIds",
            json!({ "name": "Hrast in sin d.o.o." }),
        ),
        (
            "products",
            Kind::Product,
            product,
            "productId",
            "metakockaIds",
            json!({ "name": "Hrastova deska 40 mm" }),
        ),
    ] {
        let request = CreateRequest { company: None, kind: there, doc_type: None, copy_of: None, set };
        let id = app.simulator(|simulator| simulator.create(&request)).unwrap().to_string();
        let base = format!("/api/integrations/metakocka/{kind}");
        let body = json!({ "metakockaId": id }).to_string();
        let answer = program.post(&format!("{base}/sync-from-metakocka"), &body).await;
        assert_eq!((answer.status, &answer.json()["outcome"]), (200, &json!("created")), "{}", answer.text);
        let record = text(&answer.json(), id_field);
        assert_eq!(program.get(&format!("/api/{kind}/{record}")).await.status, 200);
        let again = program.post(&format!("{base}/sync-from-metakocka"), &body).await;
        assert_eq!(again.json()["outcome"], "unchanged", "{}", again.text);

        let request =
            EditRequest { company: None, kind: there, doc_type: None, id: id.clone(), set: changed };
        app.simulator(|simulator| simulator.edit(&request)).unwrap();
        let waiting = program.get(&format!("{base}/sync-from-metakocka?refresh=true")).await.json();
        let rows = waiting[kind].as_array().unwrap();
        let newer: Vec<&Value> = rows.iter().filter(|row| row["reason"] == "changed").collect();
        assert_eq!(newer.iter().map(|row| &row["mk_id"]).collect::<Vec<_>>(), [&json!(id)], "{waiting}");
        let all = program.post(&format!("{base}/sync-all-from-metakocka"), "{}").await.json();
        assert_eq!(
            (&all["total"], &all["updated"], &all["success"]),
            (&json!(1), &json!(1), &json!(true)),
            "{all}"
        );
        let named = json!({ ids_field: [id, "999999999"] }).to_string();
        let both = program.post(&format!("{base}/sync-all-from-metakocka"), &named).await.json();
        assert_eq!((&both["unchanged"], &both["failed"]), (&json!(1), &json!(1)), "{both}");
        assert_eq!(both["errors"][0]["code"], "not_found", "{both}");
        let none = program
            .post(&format!("{base}/sync-from-metakocka"), &json!({ "metakockaId": "999999999" }).to_string())
            .await;
        assert_eq!(none.status, 404, "{}", none.text);
        let missing = program.post(&format!("{base}/sync-from-metakocka"), "{}").await;
        assert_eq!(
            (missing.status, missing.json()["error"].clone()),
            (400, json!("Missing metakockaId parameter"))
        );
    }
    app.end().await;
}

engine::each_engine!(
    a_contact_and_a_product_are_taken_by_themselves,
    one_document_is_sent_told_and_taken,
    several_documents_are_sent_and_told_and_nothing_that_is_named_is_left_out,
    contacts_and_products_are_sent_and_told_under_their_own_names,
    a_malformed_request_names_its_field,
    what_does_not_exist_is_404,
    what_cannot_be_sent_is_422_with_everything_that_is_wrong,
    what_a_person_has_to_decide_is_409,
    a_write_that_takes_long_is_202_and_other_records_wait_for_it,
    a_write_of_unknown_outcome_is_202_and_is_looked_for_by_itself,
    a_connection_that_may_not_work_yet_or_any_more_stands_in_the_way,
    a_body_of_another_type_or_over_the_limit_is_refused,
    what_stands_in_the_way_of_every_call_is_told_as_it_is,
);
