//! Signing in and out, with and without a script.

use crate::support::TestApp;
use engine::test_support::TestDb;

const OWNER: &str = "owner@lipa.example";
const RIGHT: (&str, &str) = ("password", "correct horse battery");
const WRONG: (&str, &str) = ("password", "hunter2hunter2");

async fn a_script_signs_in_and_its_cookie_opens_the_pages(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut browser = app.anonymous();
    let answer = browser.script("sign-in", &[("email", OWNER), RIGHT]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
        "{cookie}"
    );
    assert_eq!(browser.page("/sales-documents").await.status, 200);
    app.end().await;
}

async fn a_plain_form_signs_in_by_a_redirect(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut browser = app.anonymous();
    let answer = browser.form("sign-in", &[("email", OWNER), RIGHT, ("back", "/sign-in")]).await;
    assert_eq!((answer.status, answer.location()), (303, "/sales-documents"));
    assert_eq!(browser.page("/sales-documents").await.status, 200);
    app.end().await;
}

async fn signing_in_never_leads_to_another_site(db: TestDb) {
    let app = TestApp::on(&db).await;
    for next in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"] {
        let answer = app.anonymous().script("sign-in", &[("email", OWNER), RIGHT, ("next", next)]).await;
        assert_eq!(answer.json()["go"], "/sales-documents", "{next}");
    }
    let answer = app
        .anonymous()
        .script("sign-in", &[("email", OWNER), RIGHT, ("next", "/sales-documents?page=2")])
        .await;
    assert_eq!(answer.json()["go"], "/sales-documents?page=2");
    app.end().await;
}

async fn a_wrong_password_is_401_for_a_script(db: TestDb) {
    let app = TestApp::on(&db).await;
    for email in [OWNER, "nobody@lipa.example"] {
        let answer = app.anonymous().script("sign-in", &[("email", email), WRONG]).await;
        assert_eq!((answer.status, answer.error().0.as_str()), (401, "not_signed_in"), "{email}");
    }
    app.end().await;
}

async fn a_wrong_password_brings_a_plain_form_back_once_with_the_address_but_not_the_password(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut browser = app.anonymous();
    let answer = browser.form("sign-in", &[("email", OWNER), WRONG, ("back", "/sign-in?next=%2Fx")]).await;
    assert_eq!(
        (answer.status, answer.location()),
        (303, "/sign-in?next=%2Fx"),
        "nothing is added to the address"
    );
    let page = browser.page("/sign-in").await.text;
    assert!(page.contains("E-mail or password is wrong."), "{page}");
    assert!(page.contains(OWNER) && !page.contains(WRONG.1), "{page}");
    let again = browser.page("/sign-in").await.text;
    assert!(!again.contains("E-mail or password is wrong.") && !again.contains(OWNER));
    app.end().await;
}

async fn signing_in_makes_the_old_session_worthless(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut browser = app.anonymous();
    browser.form("sign-in", &[("email", OWNER), WRONG]).await;
    let before = browser.cookie.clone().unwrap();
    browser.script("sign-in", &[("email", OWNER), RIGHT]).await;
    let after = browser.cookie.clone().unwrap();
    assert_ne!(before, after);
    browser.cookie = Some(before);
    assert_eq!(browser.get("/api/integrations/metakocka/runs/1").await.status, 401);
    app.end().await;
}

async fn signing_out_ends_the_session_for_everybody_who_has_the_cookie(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut browser = app.owner().await;
    let cookie = browser.cookie.clone();
    let answer = browser.form("sign-out", &[]).await;
    assert_eq!((answer.status, answer.location()), (303, "/sign-in"));
    assert_eq!(browser.cookie, None, "the browser is told to forget it");
    browser.cookie = cookie;
    assert_eq!(browser.get("/api/integrations/metakocka/runs/1").await.status, 401);
    app.end().await;
}

async fn a_disabled_person_is_signed_out_at_once(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut browser = app.staff().await;
    app.engine.disable_user("staff@lipa.example").await.unwrap();
    assert_eq!(browser.get("/api/integrations/metakocka/runs/1").await.status, 401);
    app.end().await;
}

async fn too_many_tries_are_refused_before_the_password_is_looked_at(db: TestDb) {
    let app = TestApp::on_with(&db, 1, &[("sign-in-tries", "3")]).await;
    for _ in 0..3 {
        assert_eq!(app.anonymous().script("sign-in", &[("email", OWNER), WRONG]).await.status, 401);
    }
    let script = app.anonymous().script("sign-in", &[("email", OWNER), RIGHT]).await;
    assert_eq!((script.status, script.error().0.as_str()), (429, "too_many_requests"), "the right one too");
    assert!(script.header("retry-after").parse::<u64>().unwrap() > 0);
    let form = app.anonymous().form("sign-in", &[("email", OWNER), RIGHT, ("back", "/sign-in")]).await;
    assert_eq!((form.status, form.header("set-cookie")), (429, ""), "no session is kept for it");
    assert!(form.header("content-type").starts_with("text/plain") && form.text.contains("Wait a minute"));
    let other = app.anonymous().script("sign-in", &[("email", "staff@lipa.example"), RIGHT]).await;
    assert_eq!(other.status, 200, "{}", other.text);
    app.end().await;
}

engine::each_engine!(
    too_many_tries_are_refused_before_the_password_is_looked_at,
    a_script_signs_in_and_its_cookie_opens_the_pages,
    a_plain_form_signs_in_by_a_redirect,
    signing_in_never_leads_to_another_site,
    a_wrong_password_is_401_for_a_script,
    a_wrong_password_brings_a_plain_form_back_once_with_the_address_but_not_the_password,
    signing_in_makes_the_old_session_worthless,
    signing_out_ends_the_session_for_everybody_who_has_the_cookie,
    a_disabled_person_is_signed_out_at_once,
);
