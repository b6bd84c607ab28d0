//! Erasing a contact over HTTP: the page without a script, the endpoint, and who may not. And what else stands beside a
//! record: internal notes, and the record as it was.

use engine::test_support::TestDb;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, PULL, TestApp, unescaped};

/// An id of the right form that nobody has.
const NOBODYS: &str = "019ab000-0000-7000-8000-000000000000";

async fn made(actor: &mut Actor, name: &str) -> String {
    let body = json!({ "name": name, "company": true, "person": { "email": "ana@hribar.example" } });
    let answer = actor.post("/api/contacts", &body.to_string()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn erase(actor: &mut Actor, id: &str, revision: Option<&str>) -> Answer {
    let request = actor.request(Method::POST, &format!("/api/contacts/{id}/erase"));
    let request = request.header("sec-fetch-site", "same-origin");
    let request = match revision {
        Some(revision) => request.header("if-match", revision),
        None => request,
    };
    actor.send(request).await
}

async fn the_page_says_what_goes_and_what_stays_and_erases_without_a_script(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut owner = app.owner().await;
    let id = made(&mut owner, "Hribar d.o.o.").await;
    let contact = format!("/contacts/{id}");
    let path = format!("{contact}/erase");
    assert!(owner.page(&contact).await.text.contains(&format!("href=\"{path}\"")));
    let page = unescaped(&owner.page(&path).await.text);
    for words in
        ["Erase Hribar d.o.o.", "invoices have to be kept by law", "Backups", "not linked with Metakocka"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    let fields = [("back", path.as_str()), ("id", id.as_str()), ("revision", "1")];
    let answer = owner.form("erase-contact", &fields).await;
    assert_eq!((answer.status, answer.location()), (303, path.as_str()));
    assert!(unescaped(&owner.page(&path).await.text).contains("Tick the box first."));
    assert_eq!(owner.get(&format!("/api/contacts/{id}")).await.json()["name"], "Hribar d.o.o.");

    let fields = [fields[0], fields[1], fields[2], ("understood", "true")];
    let answer = owner.form("erase-contact", &fields).await;
    assert_eq!((answer.status, answer.location()), (303, path.as_str()), "{}", answer.text);
    let page = unescaped(&owner.page(&path).await.text);
    assert!(
        page.contains("Erased contact") && !page.contains("Hribar") && !page.contains("understood"),
        "{page}"
    );
    let page = unescaped(&owner.page(&contact).await.text);
    assert!(page.contains("Nothing is kept of this contact any more"), "{page}");
    assert!(!page.contains("form[name]") && !page.contains("Hribar"), "{page}");
    let list = unescaped(&owner.page("/contacts?state=erased").await.text);
    assert!(list.contains("Erased contact") && list.contains(&format!("href=\"{contact}\"")), "{list}");
    app.end().await;
}

async fn the_endpoint_asks_for_the_owner_and_the_revision(db: TestDb) {
    let app = TestApp::on(&db).await;
    let (mut owner, mut program) = (app.owner().await, app.token().await);
    let id = made(&mut program, "Hribar d.o.o.").await;
    let refused = erase(&mut program, &id, Some("\"1\"")).await;
    assert_eq!((refused.status, refused.error().0.as_str()), (403, "forbidden"), "a program of staff");
    let answer = app
        .read_only()
        .await
        .script("erase-contact", &[("id", &id), ("revision", "1"), ("understood", "true")])
        .await;
    assert_eq!((answer.status, answer.error().0.as_str()), (403, "forbidden"));
    for (revision, status, code) in [(None, 428, "revision_required"), (Some("\"7\""), 412, "stale_revision")]
    {
        let refused = erase(&mut owner, &id, revision).await;
        assert_eq!((refused.status, refused.error().0.as_str()), (status, code), "{}", refused.text);
    }
    let gone = erase(&mut owner, NOBODYS, Some("\"1\"")).await;
    assert_eq!((gone.status, gone.error().0.as_str()), (404, "not_found"));
    let done = erase(&mut owner, &id, Some("\"1\"")).await;
    assert_eq!((done.status, done.json()), (200, json!({ "id": id, "erased": true, "waits": false })));
    let erased = program.get(&format!("/api/contacts/{id}")).await.json();
    assert_eq!((&erased["name"], &erased["sync"]["reason"]), (&json!("Erased contact"), &json!("erased")));
    assert!(erased["erasedAt"].is_string(), "{erased}");
    let edit = program.request(Method::PATCH, &format!("/api/contacts/{id}"));
    let edit = edit.header("content-type", "application/json").header("if-match", "\"2\"");
    let refused = program.send(edit.body(json!({ "name": "Nov" }).to_string())).await;
    assert_eq!((refused.status, refused.error().0.as_str()), (409, "erased"));
    let history = program.get(&format!("/api/contacts/{id}/history")).await.json();
    assert_eq!(history["entries"][0]["deed"], "erased");
    let past = program.get(&format!("/api/contacts/{id}/history?revision=1")).await;
    assert_eq!(past.status, 404, "nothing is known of what was before: {}", past.text);
    app.end().await;
}

async fn a_record_is_shown_as_it_was(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut staff = app.staff().await;
    let id = made(&mut staff, "Hribar d.o.o.").await;
    let path = format!("/api/contacts/{id}");
    let edit = staff.request(Method::PATCH, &path).header("origin", &app.url);
    let edit = edit.header("content-type", "application/json").header("if-match", "\"1\"");
    let body = json!({ "name": "Hribar in sin", "internalNotes": "Pokliči zjutraj" });
    let edited = staff.send(edit.body(body.to_string())).await;
    assert_eq!(
        (edited.status, &edited.json()["internalNotes"]),
        (200, &json!("Pokliči zjutraj")),
        "{}",
        edited.text
    );
    assert_eq!(edited.json()["revision"], 3, "the notes are beside the form");
    let past = staff.get(&format!("{path}/history?revision=1")).await.json();
    assert_eq!((&past["record"]["name"], &past["latest"]), (&json!("Hribar d.o.o."), &json!(false)));
    assert_eq!(past["record"]["internal_notes"], Value::Null);
    let now = staff.get(&format!("{path}/history?asOf=2099-01-01T00:00:00Z")).await.json();
    assert_eq!(
        (&now["record"]["name"], &now["revision"], &now["latest"]),
        (&json!("Hribar in sin"), &json!(3), &json!(true))
    );
    assert_eq!(staff.get(&format!("{path}/history?asOf=2001-01-01T00:00:00Z")).await.status, 404);
    for wrong in ["asOf=yesterday", "revision=x", "revision=1&asOf=2099-01-01T00:00:00Z"] {
        assert_eq!(staff.get(&format!("{path}/history?{wrong}")).await.status, 400, "{wrong}");
    }
    let page = unescaped(&staff.page(&format!("/contacts/{id}")).await.text);
    assert!(
        page.contains(&format!("href=\"/contacts/{id}/history/1\"")) && page.contains("Pokliči zjutraj"),
        "{page}"
    );
    let page = unescaped(&staff.page(&format!("/contacts/{id}/history/1")).await.text);
    assert!(page.contains("Hribar d.o.o., as of") && page.contains("ana@hribar.example"), "{page}");
    assert!(page.contains(&format!("href=\"/contacts/{id}/history/2\"")), "the next step: {page}");
    assert_eq!(staff.page(&format!("/contacts/{id}/history/9")).await.status, 404);
    app.end().await;
}

async fn internal_notes_are_written_without_a_script(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut staff = app.staff().await;
    staff.post(PULL, "").await;
    let list = staff.get("/api/sales-documents?limit=1").await.json();
    let id = list["documents"][0]["id"].as_str().unwrap_or_else(|| panic!("{list}")).to_owned();
    let path = format!("/sales-documents/{id}");
    let mut fields = vec![
        ("back", path.as_str()),
        ("kind", "sales_document"),
        ("id", id.as_str()),
        ("revision", "1"),
        ("notes", "Dostava skozi zadnji vhod"),
    ];
    let answer = staff.form("save-notes", &fields).await;
    assert_eq!((answer.status, answer.location()), (303, path.as_str()), "{}", answer.text);
    let page = unescaped(&staff.page(&path).await.text);
    assert!(page.contains("Dostava skozi zadnji vhod") && page.contains("Saved"), "{page}");
    fields[4].1 = "Prepozno";
    staff.form("save-notes", &fields).await;
    let page = unescaped(&staff.page(&path).await.text);
    assert!(page.contains("Somebody changed it in the meantime"), "{page}");
    let status = staff.get(&format!("/api/sales-documents/{id}")).await.json();
    assert_eq!(
        (&status["sync"]["syncStatus"], &status["internalNotes"]),
        (&json!("synced"), &json!("Dostava skozi zadnji vhod"))
    );
    let refused = app.read_only().await.script("save-notes", &fields).await;
    assert_eq!((refused.status, refused.error().0.as_str()), (403, "forbidden"));
    app.end().await;
}

engine::each_engine!(
    the_page_says_what_goes_and_what_stays_and_erases_without_a_script,
    the_endpoint_asks_for_the_owner_and_the_revision,
    a_record_is_shown_as_it_was,
    internal_notes_are_written_without_a_script,
);
