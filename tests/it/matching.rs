//! The first matching as programs see it (policy F): refused before it is confirmed, shown, confirmed by the owner, and
//! every question answered; and its pages, with and without a script.

use engine::test_support::TestDb;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, OTHER, PULL, TestApp, WAITING};

const MATCHING: &str = "/api/integrations/metakocka/matching";
const CONFIRM: &str = "/api/integrations/metakocka/matching/confirm";
const MATCHES: &str = "/api/integrations/metakocka/matches";
/// An id of the right form that nobody has.
const NOBODYS: &str = "019ab000-0000-7000-8000-000000000000";

async fn make(owner: &mut Actor, contact: Value) -> String {
    let answer = owner.post("/api/contacts", &contact.to_string()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// A workspace with two contacts of its own, connected to a company that has both, one of them twice.
async fn filled(app: &TestApp) -> (Actor, String, String) {
    let mut owner = app.other_tenant().await;
    let certain =
        make(&mut owner, json!({"name": "Alfa d.o.o.", "company": true, "taxNumber": "15012557"})).await;
    let person = json!({"email": "info@beta.example"});
    let asked = make(&mut owner, json!({"name": "Beta d.o.o.", "company": true, "person": person})).await;
    app.connect_other(20).await;
    for set in [
        json!({"name": "Alfa d.o.o.", "business": true, "taxNumber": "SI15012557"}),
        json!({"name": "Beta", "business": true, "email": "info@beta.example"}),
        json!({"name": "Beta trgovina", "business": true, "email": "info@beta.example"}),
    ] {
        let request = json!({"company": OTHER, "kind": "partner", "set": set});
        app.simulator(|simulator| simulator.create(&serde_json::from_value(request).unwrap()).unwrap());
    }
    (owner, certain, asked)
}

fn state(answer: &Answer) -> (u16, String) {
    (answer.status, answer.error().0)
}

async fn nothing_is_taken_or_sent_before_the_owner_has_confirmed(db: TestDb) {
    let app = TestApp::on(&db).await;
    let (mut owner, certain, asked) = filled(&app).await;
    let contacts = json!({"kind": "contacts"}).to_string();
    let shown = owner.get(&format!("{MATCHING}?kind=contacts")).await.json();
    assert_eq!((&shown["state"], &shown["certain"]["count"]), (&json!("not_looked"), &json!(0)), "{shown}");
    assert_eq!(state(&owner.post(CONFIRM, &contacts).await), (409, "not_yet".to_owned()));
    let look = owner.get(&format!("{WAITING}?refresh=true")).await;
    assert_eq!((look.status, &look.json()["total"]), (200, &json!(20)), "looking is allowed: {}", look.text);
    for path in [PULL, "/api/integrations/metakocka/contacts/sync-bulk"] {
        let body = if path == PULL { "{}".to_owned() } else { json!({"contactIds": [certain]}).to_string() };
        let answer = owner.post(path, &body).await;
        assert_eq!(state(&answer), (409, "matching_not_confirmed".to_owned()), "{path}: {}", answer.text);
    }
    let question = format!("{MATCHES}/contacts/{asked}");
    let early = owner.post(&question, &json!({"answer": "none_of_them"}).to_string()).await;
    assert_eq!(state(&early), (409, "matching_not_confirmed".to_owned()), "{}", early.text);

    let shown = owner.get(&format!("{MATCHING}?kind=contacts")).await.json();
    assert_eq!(shown["state"], "to_confirm", "{shown}");
    let counts = ["certain", "candidates", "onlyHere"].map(|class| shown[class]["count"].as_u64().unwrap());
    assert_eq!(counts, [1, 1, 0], "{shown}");
    assert_eq!(shown["certain"]["samples"][0]["standsOn"], json!(["tax"]), "{shown}");
    let done = owner.post(CONFIRM, &contacts).await;
    assert_eq!((done.status, done.json()), (200, json!({"success": true, "linked": 1, "toDecide": 1})));
    let linked = owner.get(&format!("/api/contacts/{certain}")).await.json();
    assert_eq!(linked["sync"]["syncStatus"], "synced", "{linked}");
    let pulled = owner.post(PULL, "{}").await;
    assert_eq!((pulled.status, &pulled.json()["created"]), (200, &json!(20)), "{}", pulled.text);
    app.end().await;
}

async fn every_answer_is_taken_and_wrong_ones_are_named(db: TestDb) {
    let app = TestApp::on(&db).await;
    let (mut owner, certain, asked) = filled(&app).await;
    owner.get(&format!("{WAITING}?refresh=true")).await;
    owner.post(CONFIRM, &json!({"kind": "contacts"}).to_string()).await;
    let list = owner.get(&format!("{MATCHES}?kind=contacts")).await.json();
    assert_eq!(
        (&list["matches"][0]["record"]["id"], &list["matches"][0]["candidates"]),
        (&json!(asked), &json!(2))
    );
    let path = format!("{MATCHES}/contacts/{asked}");
    let question = owner.get(&path).await.json();
    let ids: Vec<String> = question["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["metakocka"]["metakockaId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 2, "{question}");
    assert_eq!(question["candidates"][0]["standsOn"], json!(["email"]), "{question}");

    for (body, field) in [
        (json!({"answer": "maybe"}), "answer"),
        (json!({"answer": "it_is"}), "metakockaId"),
        (json!({"answer": "it_is", "metakockaId": "987654321"}), "metakockaId"),
        (json!({"answer": "another_row", "metakockaId": ids[0]}), "answer"),
        (json!({"answer": "none_of_them", "metakockaIds": []}), "metakockaIds"),
        (json!({"anwser": "it_is"}), "anwser"),
    ] {
        let answer = owner.post(&path, &body.to_string()).await;
        let named = answer.json()["fields"][0]["field"].clone();
        assert_eq!((answer.status, named), (400, json!(field)), "{body}: {}", answer.text);
    }
    let answer = owner.post(&path, &json!({"answer": "it_is", "metakockaId": ids[0]}).to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["left"]["linkedTo"]["metakockaId"], json!(ids[0]), "{}", answer.text);
    let row = owner.post(&path, &json!({"answer": "another_row", "metakockaId": ids[1]}).to_string()).await;
    assert_eq!((row.status, &row.json()["left"]["candidates"]), (200, &json!([])), "{}", row.text);
    assert_eq!(owner.get(MATCHES).await.json()["matches"], json!([]));

    for path in [format!("{MATCHES}/contacts/{NOBODYS}"), format!("{MATCHES}/orders/{certain}")] {
        assert_eq!(owner.get(&path).await.status, 404, "{path}");
        let answer = owner.post(&path, &json!({"answer": "none_of_them"}).to_string()).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    assert_eq!(owner.get(&format!("{MATCHING}?kind=orders")).await.status, 400);
    assert_eq!(owner.get(MATCHING).await.status, 400, "which kind has to be said");
    // What belongs to another workspace does not exist.
    let mut others = app.owner().await;
    let foreign = others.post(&path, &json!({"answer": "none_of_them"}).to_string()).await;
    assert_eq!(foreign.status, 404, "{}", foreign.text);
    let form = [("kind", "contact"), ("id", asked.as_str()), ("said", "none")];
    let foreign = others.script("answer-match", &form).await;
    assert_eq!(foreign.status, 404, "{}", foreign.text);
    app.end().await;
}

async fn the_pages_say_what_will_happen_and_work_without_a_script(db: TestDb) {
    let app = TestApp::on(&db).await;
    let (mut owner, _, asked) = filled(&app).await;
    let list = owner.page("/sales-documents").await.text;
    assert!(
        list.contains("Confirm the matching first") && list.contains("/settings/metakocka/matching"),
        "{list}"
    );
    let before = owner.page("/settings/metakocka/matching").await.text;
    assert!(before.contains("Nobody has looked in Metakocka yet"), "{before}");
    let look =
        owner.form("look-to-match", &[("wait", "true"), ("back", "/settings/metakocka/matching")]).await;
    assert_eq!(look.location(), "/settings/metakocka/matching");
    let page = owner.page("/settings/metakocka/matching").await.text;
    for words in
        ["belong together for certain", "Confirm and link 1", "could be the same", "In common: tax number"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    let back = [("kind", "contact"), ("back", "/settings/metakocka/matching")];
    owner.form("confirm-matching", &back).await;
    let page = owner.page("/settings/metakocka/matching").await.text;
    assert!(page.contains("Matching confirmed") && page.contains("Linked 1, to decide 1"), "{page}");
    let path = format!("/review/match/contacts/{asked}");
    assert!(page.contains(&path), "{page}");
    let question = owner.page(&path).await.text;
    for words in
        ["Which one is it in Metakocka?", "It is this one", "None of them: it is another", "Beta trgovina"]
    {
        assert!(question.contains(words), "{words}: {question}");
    }
    let none = [("kind", "contact"), ("id", asked.as_str()), ("said", "none"), ("back", path.as_str())];
    owner.form("answer-match", &none).await;
    let question = owner.page(&path).await.text;
    assert!(question.contains("Nothing to decide here") && question.contains("Kept apart"), "{question}");
    app.end().await;
}

async fn only_the_owner_confirms_and_who_may_only_look_answers_nothing(db: TestDb) {
    let app = TestApp::on(&db).await;
    let forbidden =
        |answer: Answer| assert_eq!(state(&answer), (403, "forbidden".to_owned()), "{}", answer.text);
    let kind = json!({"kind": "contacts"}).to_string();
    forbidden(app.staff().await.post(CONFIRM, &kind).await);
    forbidden(app.staff().await.script("confirm-matching", &[("kind", "contact")]).await);
    let mut reader = app.read_only().await;
    forbidden(reader.post(CONFIRM, "{").await);
    forbidden(reader.post(&format!("{MATCHES}/contacts/{NOBODYS}"), "{").await);
    forbidden(reader.script("look-to-match", &[]).await);
    let said = [("kind", "contact"), ("id", NOBODYS), ("said", "none")];
    forbidden(reader.script("answer-match", &said).await);
    assert_eq!(reader.get(&format!("{MATCHING}?kind=contacts")).await.status, 200, "looking is allowed");
    assert_eq!(reader.page("/settings/metakocka/matching").await.status, 200);
    app.end().await;
}

engine::each_engine!(
    nothing_is_taken_or_sent_before_the_owner_has_confirmed,
    every_answer_is_taken_and_wrong_ones_are_named,
    the_pages_say_what_will_happen_and_work_without_a_script,
    only_the_owner_confirms_and_who_may_only_look_answers_nothing,
);
