//! The client's files and the public ones.

use crate::support::TestApp;

#[tokio::test]
async fn public_files_are_served_with_their_types_and_can_be_revalidated() {
    let app = TestApp::start().await;
    let mut nobody = app.anonymous();
    for (path, kind) in [
        ("/robots.txt", "text/plain; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
        ("/manifest.webmanifest", "application/manifest+json"),
    ] {
        let answer = nobody.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, kind), "{path}");
        let again = nobody.request(reqwest::Method::GET, path).header("if-none-match", answer.header("etag"));
        assert_eq!(nobody.send(again).await.status, 304, "{path}");
    }
    app.end().await;
}

#[tokio::test]
async fn no_path_leads_out_of_the_public_folder() {
    let app = TestApp::start().await;
    let mut nobody = app.anonymous();
    for path in ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "/..%2fCargo.toml", "/pkg/0/..%2f..%2fCargo.toml"] {
        let answer = nobody.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text.contains("[workspace]"), "{path}");
    }
    app.end().await;
}

#[tokio::test]
async fn files_under_another_digest_do_not_exist() {
    let app = TestApp::start().await;
    assert_eq!(app.anonymous().get("/pkg/0000000000000000/crm-mind.js").await.status, 404);
    app.end().await;
}

#[tokio::test]
async fn a_page_that_does_not_exist_says_so_in_html() {
    let app = TestApp::start().await;
    let answer = app.owner().await.page("/no-such-page").await;
    assert_eq!(answer.status, 404);
    assert!(answer.header("content-type").starts_with("text/html"), "{}", answer.header("content-type"));
    app.end().await;
}
