//! The connection as programs see it: entered, shown without its key, tested, disconnected.

use engine::test_support::TestDb;
use reqwest::Method;
use reqwest::header::ORIGIN;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, PULL, SECRET, TestApp};

const CREDENTIALS: &str = "/api/integrations/metakocka/credentials";
const TEST: &str = "/api/integrations/metakocka/test-connection";

async fn send(actor: &mut Actor, app: &TestApp, verb: Method, body: &Value) -> Answer {
    let request = actor.request(verb, CREDENTIALS).header(ORIGIN, &app.url);
    actor.send(request.header("content-type", "application/json").body(body.to_string())).await
}

async fn the_connection_is_shown_without_its_key_and_disconnecting_keeps_everything(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut owner = app.owner().await;
    assert_eq!(owner.post(PULL, "").await.json()["created"], 30);
    let shown = owner.get(CREDENTIALS).await;
    let expected = json!({
        "exists": true, "companyId": "16", "apiEndpoint": app.simulator_url(), "secretKeyLast4": "test",
        "state": "active",
    });
    assert_eq!((shown.status, shown.json()), (200, expected.clone()));
    let gone = send(&mut owner, &app, Method::DELETE, &json!({})).await;
    assert_eq!((gone.status, &gone.json()["state"]), (200, &json!("paused")), "{}", gone.text);
    let refused = owner.post(PULL, "").await;
    assert_eq!((refused.status, refused.error().0.as_str()), (503, "paused"));
    let kept = owner.get("/api/sales-documents?limit=200").await.json();
    let kept = kept["documents"].as_array().unwrap();
    assert!(kept.len() == 30 && kept.iter().all(|one| one["sync"]["metakockaId"].is_string()));
    let again = json!({"companyId": "16", "apiEndpoint": app.simulator_url(), "secretKey": SECRET});
    let again = send(&mut owner, &app, Method::PUT, &again).await;
    assert_eq!((again.status, again.json()), (200, expected));
    assert!(!again.text.contains(SECRET));
    assert_eq!(owner.post(PULL, "").await.status, 200);
    let other = json!({"companyId": "17", "apiEndpoint": app.simulator_url(), "secretKey": SECRET});
    let other = send(&mut owner, &app, Method::PUT, &other).await;
    assert_eq!((other.status, other.error().0.as_str()), (409, "other_company"));
    app.end().await;
}

async fn a_test_tells_whether_it_works_and_keeps_nothing(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut owner = app.owner().await;
    let works = owner.post(TEST, "").await.json();
    assert_eq!((&works["success"], &works["result"]), (&json!(true), &json!("ok")), "{works}");
    let wrong = json!({"companyId": "16", "apiEndpoint": app.simulator_url(), "secretKey": "not-the-key-of-the-test"});
    let wrong = owner.post(TEST, &wrong.to_string()).await.json();
    assert_eq!((&wrong["success"], &wrong["result"]), (&json!(false), &json!("key_refused")), "{wrong}");
    assert_eq!(owner.get(CREDENTIALS).await.json()["secretKeyLast4"], "test");
    for (body, field) in [
        (json!({"companyId": "16"}), "apiEndpoint"),
        (json!({"companyId": 16, "apiEndpoint": "x"}), "companyId"),
        (json!({"company": "16"}), "company"),
        (json!({"companyId": "16", "apiEndpoint": "http://evil.example"}), "apiEndpoint"),
    ] {
        let answer = owner.post(TEST, &body.to_string()).await;
        assert_eq!(
            (answer.status, &answer.json()["fields"][0]["field"]),
            (400, &json!(field)),
            "{}",
            answer.text
        );
    }
    app.end().await;
}

async fn only_the_owner_touches_the_connection(db: TestDb) {
    let app = TestApp::on(&db).await;
    for mut actor in [app.staff().await, app.read_only().await] {
        assert_eq!(actor.get(CREDENTIALS).await.status, 200);
        let answers = [
            send(&mut actor, &app, Method::PUT, &json!({})).await,
            send(&mut actor, &app, Method::DELETE, &json!({})).await,
            actor.post(TEST, "").await,
        ];
        for answer in answers {
            assert_eq!((answer.status, answer.error().0.as_str()), (403, "forbidden"), "{}", answer.text);
        }
    }
    let nothing = app.other_tenant().await.get(CREDENTIALS).await.json();
    assert_eq!((&nothing["exists"], &nothing["companyId"]), (&json!(false), &Value::Null));
    app.end().await;
}

engine::each_engine!(
    the_connection_is_shown_without_its_key_and_disconnecting_keeps_everything,
    a_test_tells_whether_it_works_and_keeps_nothing,
    only_the_owner_touches_the_connection,
);
