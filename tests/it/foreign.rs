//! Requests that another site makes a browser send.

use engine::test_support::TestDb;
use reqwest::Method;
use reqwest::header::{HOST, ORIGIN};

use crate::support::{Actor, Answer, PULL, TestApp};

async fn post(actor: &mut Actor, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = actor.request(Method::POST, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    actor.send(request).await
}

async fn a_foreign_origin_is_refused_on_server_functions_and_in_the_api(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut owner = app.owner().await;
    for path in ["/_ui/sign-out", "/_ui/sign-in", "/_ui/sync-from-metakocka", PULL] {
        for headers in [
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "null"),
        ] {
            let answer = post(&mut owner, path, &[headers]).await;
            assert_eq!((answer.status, answer.error().0.as_str()), (403, "forbidden"), "{path} {headers:?}");
        }
    }
    assert_eq!(owner.get("/api/integrations/metakocka/runs/1").await.status, 404, "still signed in");
    app.end().await;
}

async fn a_session_alone_is_not_enough_to_change_something(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut owner = app.owner().await;
    assert_eq!(post(&mut owner, PULL, &[]).await.status, 403);
    let origin = app.url.clone();
    assert_eq!(post(&mut owner, PULL, &[(ORIGIN.as_str(), &origin)]).await.status, 200);
    app.end().await;
}

async fn a_token_needs_no_origin(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut program = app.token().await;
    assert_eq!(post(&mut program, PULL, &[]).await.status, 200);
    app.end().await;
}

async fn a_request_for_another_host_is_refused(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut owner = app.owner().await;
    let request = owner.request(Method::GET, "/sales-documents").header(HOST, "rebound.example");
    let answer = owner.send(request).await;
    assert_eq!((answer.status, answer.error().0.as_str()), (403, "forbidden"));
    app.end().await;
}

engine::each_engine!(
    a_foreign_origin_is_refused_on_server_functions_and_in_the_api,
    a_session_alone_is_not_enough_to_change_something,
    a_token_needs_no_origin,
    a_request_for_another_host_is_refused,
);
