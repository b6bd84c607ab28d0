//! The form layer around server functions.

use engine::test_support::TestDb;
use reqwest::Method;
use reqwest::header::REFERER;

use crate::support::TestApp;

async fn missing_arguments_are_400_for_a_script_and_a_way_back_for_a_form(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut browser = app.anonymous();
    let answer = browser.script("sign-in", &[("email", "a@b.example")]).await;
    assert_eq!((answer.status, answer.error().0.as_str()), (400, "invalid"));
    let answer = browser.form("sign-in", &[("email", "a@b.example"), ("back", "/sign-in")]).await;
    assert_eq!((answer.status, answer.location()), (303, "/sign-in"));
    app.end().await;
}

async fn a_form_never_leads_to_another_site(db: TestDb) {
    let app = TestApp::on(&db).await;
    for (name, value) in
        [("back", "//evil.example"), ("back", "https://evil.example/"), ("back", "/\\evil.example")]
    {
        let mut browser = app.anonymous();
        let answer = browser.form("sign-in", &[("email", "x"), ("password", "x"), (name, value)]).await;
        assert_eq!((answer.status, answer.location()), (303, "/"), "{value}");
    }
    let mut browser = app.anonymous();
    let right = [("email", "owner@lipa.example"), ("password", "correct horse battery")];
    let answer = browser.form("sign-in", &[right[0], right[1], ("next", "https://evil.example/")]).await;
    assert_eq!(answer.status, 303);
    assert!(answer.location().starts_with('/'), "{}", answer.location());
    app.end().await;
}

async fn without_a_way_back_the_page_that_asked_is_taken_if_it_is_ours(db: TestDb) {
    let app = TestApp::on(&db).await;
    for (referer, expected) in
        [(format!("{}/sign-in?next=x", app.url), "/sign-in?next=x"), ("https://evil.example/a".into(), "/")]
    {
        let mut browser = app.anonymous();
        let request = browser
            .request(Method::POST, "/_ui/sign-in")
            .header("sec-fetch-site", "same-origin")
            .header("accept", "text/html")
            .header(REFERER, &referer)
            .header("content-type", "application/x-www-form-urlencoded")
            .body("email=x&password=x");
        let answer = browser.send(request).await;
        assert_eq!((answer.status, answer.location()), (303, expected), "{referer}");
    }
    app.end().await;
}

async fn an_unknown_action_is_a_404_in_json(db: TestDb) {
    let app = TestApp::on(&db).await;
    let answer = app.owner().await.script("no-such-action", &[]).await;
    assert_eq!((answer.status, answer.error().0.as_str()), (404, "not_found"));
    app.end().await;
}

async fn a_body_over_the_limit_is_refused(db: TestDb) {
    let app = TestApp::on(&db).await;
    let flood = "x".repeat(1_000_001);
    let answer = app.anonymous().script("sign-in", &[("email", &flood)]).await;
    assert_eq!((answer.status, answer.error().0.as_str()), (413, "too_large"));
    app.end().await;
}

engine::each_engine!(
    missing_arguments_are_400_for_a_script_and_a_way_back_for_a_form,
    a_form_never_leads_to_another_site,
    without_a_way_back_the_page_that_asked_is_taken_if_it_is_ours,
    an_unknown_action_is_a_404_in_json,
    a_body_over_the_limit_is_refused,
);
