//! Requests that another site makes a browser send.

use reqwest::Method;
use reqwest::header::{HOST, ORIGIN};

use crate::support::{Actor, Answer, TestApp};

const PULL: &str = "/api/integrations/metakocka/sales-documents/sync-all-from-metakocka";

async fn post(actor: &mut Actor<'_>, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = actor.request(Method::POST, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    actor.send(request).await
}

#[tokio::test]
async fn a_foreign_origin_is_refused_on_server_functions_and_in_the_api() {
    let app = TestApp::start().await;
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

#[tokio::test]
async fn a_session_alone_is_not_enough_to_change_something() {
    let app = TestApp::start().await;
    let mut owner = app.owner().await;
    assert_eq!(post(&mut owner, PULL, &[]).await.status, 403);
    let origin = app.url.clone();
    assert_eq!(post(&mut owner, PULL, &[(ORIGIN.as_str(), &origin)]).await.status, 200);
    app.end().await;
}

#[tokio::test]
async fn a_token_needs_no_origin() {
    let app = TestApp::start().await;
    let mut program = app.token().await;
    assert_eq!(post(&mut program, PULL, &[]).await.status, 200);
    app.end().await;
}

#[tokio::test]
async fn a_request_for_another_host_is_refused() {
    let app = TestApp::start().await;
    let mut owner = app.owner().await;
    let request = owner.request(Method::GET, "/sales-documents").header(HOST, "rebound.example");
    let answer = owner.send(request).await;
    assert_eq!((answer.status, answer.error().0.as_str()), (403, "forbidden"));
    app.end().await;
}
