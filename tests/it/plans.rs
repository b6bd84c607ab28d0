//! Plans over HTTP: what would be done, and the run that does it (contract §2).

use engine::test_support::TestDb;
use serde_json::{Value, json};

use crate::support::{Actor, TestApp};
use crate::sync::{edited, order, status, taken, text};

/// Where plans are made.
pub(crate) const PLANS: &str = "/api/integrations/metakocka/plans";

async fn made(actor: &mut Actor, wish: &Value) -> Value {
    let answer = actor.post(PLANS, &wish.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

fn to_mk(id: &str) -> Value {
    json!({"kind": "sales_document", "direction": "to-mk", "ids": [id]})
}

async fn a_plan_is_shown_and_applied_by_token_and_by_cookie(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let mut staff = app.staff().await;
    for by_cookie in [false, true] {
        let id = order(&mut program).await;
        let actor = if by_cookie { &mut staff } else { &mut program };
        let plan = made(actor, &to_mk(&id)).await;
        let item = &plan["items"][0];
        assert_eq!((&plan["total"], &plan["active"], &plan["stale"]), (&json!(1), &json!(1), &Value::Null));
        assert_eq!((&item["action"], &item["id"]), (&json!("create_there"), &json!(id)));
        assert_eq!(item["requests"][0]["path"], "/rest/eshop/v1/put_document");
        assert_eq!(item["requests"][0]["body"]["company_id"], "16");
        assert!(!plan.to_string().contains("secret_key"), "{plan}");
        assert!(plan["calls"].as_i64().unwrap() >= 2);
        let path = format!("{PLANS}/{}", text(&plan, "planId"));
        let shown = actor.get(&path).await.json();
        assert_eq!((&shown["hash"], &shown["items"]), (&plan["hash"], &plan["items"]));
        let applied = actor.post(&format!("{path}/apply"), "").await;
        assert_eq!(applied.status, 200, "{}", applied.text);
        let reply = applied.json();
        assert_eq!(
            (&reply["success"], &reply["created"], &reply["total"]),
            (&json!(true), &json!(1), &json!(1))
        );
        let again = actor.post(&format!("{path}/apply"), "").await.json();
        assert_eq!(again["runId"], reply["runId"]);
        assert_eq!(actor.get(&path).await.json()["runId"], reply["runId"]);
        assert_eq!(status(&mut program, &id).await["syncStatus"], "synced");
    }
    app.end().await;
}

async fn a_stale_plan_is_409_and_says_what_moved(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let id = order(&mut program).await;
    let plan = made(&mut program, &to_mk(&id)).await;
    edited(&mut program, &id, &json!({"title": "Drug predmet"})).await;
    let path = format!("{PLANS}/{}", text(&plan, "planId"));
    let shown = program.get(&path).await.json();
    let refused = program.post(&format!("{path}/apply"), "").await;
    assert_eq!((refused.status, refused.error().0.as_str()), (409, "stale_plan"), "{}", refused.text);
    let sentence = text(&refused.json(), "error");
    assert_eq!(text(&shown, "stale"), sentence);
    assert!(sentence.contains("edited here since"), "{sentence}");
    app.end().await;
}

async fn only_staff_applies_and_only_what_is_meant_is_planned(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let id = order(&mut program).await;
    let mut reader = app.read_only().await;
    let plan = made(&mut reader, &to_mk(&id)).await;
    let apply = format!("{PLANS}/{}/apply", text(&plan, "planId"));
    let refused = reader.post(&apply, "").await;
    assert_eq!((refused.status, refused.error().0.as_str()), (403, "forbidden"), "{}", refused.text);
    for (wish, field) in [
        (json!({}), "kind"),
        (json!({"kind": "invoice", "direction": "both"}), "kind"),
        (json!({"kind": "contact"}), "direction"),
        (json!({"kind": "contact", "direction": "out"}), "direction"),
        (json!({"kind": "contact", "direction": "both", "ids": []}), "ids"),
        (json!({"kind": "contact", "direction": "both", "ids": vec!["1"; 501]}), "ids"),
        (json!({"kind": "contact", "direction": "both", "id": "1"}), "id"),
    ] {
        let refused = program.post(PLANS, &wish.to_string()).await;
        assert_eq!(refused.status, 400, "{wish}: {}", refused.text);
        assert_eq!(refused.json()["fields"][0]["field"], field, "{wish}: {}", refused.text);
    }
    let nothing = made(&mut program, &to_mk("019ab000-0000-7000-8000-000000000000")).await;
    let applied = program.post(&format!("{PLANS}/{}/apply", text(&nothing, "planId")), "").await.json();
    assert_eq!(
        (&applied["success"], &applied["total"], &applied["runId"]),
        (&json!(true), &json!(0), &Value::Null)
    );
    app.end().await;
}

async fn the_pages_show_a_plan_and_apply_it_without_a_script(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = taken(&app).await;
    let id = order(&mut program).await;
    let mut staff = app.staff().await;
    let page = staff.page(&format!("/sales-documents/{id}")).await;
    let link = format!("/plans/new?kind=sales_document&amp;way=both&amp;id={id}");
    assert!(page.text.contains(&link), "{}", page.text);
    let asked = staff.page(&link.replace("&amp;", "&")).await;
    assert!(asked.text.contains("Make the plan"), "{}", asked.text);
    let fields = [("kind", "sales_document"), ("way", "both"), ("id", id.as_str())];
    let done = staff.script("make-plan", &fields).await;
    let place = text(&done.json(), "go");
    let page = staff.page(&place).await;
    for words in ["Made in Metakocka", "put_document", "Ready: 1 record,", "Apply"] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let plan = place.trim_start_matches("/plans/").to_owned();
    let applied = staff.script("apply-plan", &[("id", &plan)]).await;
    assert!(text(&applied.json(), "go").starts_with("/runs/"), "{}", applied.text);
    assert!(staff.page(&place).await.text.contains("Open the run"));
    let gone = staff.page("/plans/019ab000-0000-7000-8000-000000000000").await;
    assert!(gone.status == 404 && gone.text.contains("There is no such plan"), "{}", gone.text);
    app.end().await;
}

engine::each_engine!(
    a_plan_is_shown_and_applied_by_token_and_by_cookie,
    a_stale_plan_is_409_and_says_what_moved,
    only_staff_applies_and_only_what_is_meant_is_planned,
    the_pages_show_a_plan_and_apply_it_without_a_script,
);
