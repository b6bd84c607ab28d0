//! What every answer tells the browser that it may do.

use crate::support::TestApp;

const EVERYWHERE: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    ("cache-control", "no-store"),
];

#[tokio::test]
async fn pages_allow_scripts_only_by_a_fresh_nonce() {
    let app = TestApp::start().await;
    let mut nobody = app.anonymous();
    let (first, second) = (nobody.page("/sign-in").await, nobody.page("/sign-in").await);
    assert_eq!(first.status, 200, "{}", first.text);
    for (name, value) in EVERYWHERE {
        assert_eq!(first.header(name), value);
    }
    let policy = first.header("content-security-policy");
    for part in [
        "default-src 'self'",
        "'wasm-unsafe-eval'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(part), "{part} is missing: {policy}");
    }
    assert!(!policy.contains("script-src 'self' 'unsafe-inline'"));
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    assert!(first.text.contains(&format!("nonce=\"{nonce}\"")), "the page does not use its nonce");
    assert!(!second.header("content-security-policy").contains(nonce));
    app.end().await;
}

#[tokio::test]
async fn everything_else_may_load_nothing() {
    let app = TestApp::start().await;
    let mut nobody = app.anonymous();
    for path in ["/health/live", "/api/nothing", "/api/integrations/metakocka/runs/1", "/pkg/0/nothing.js"] {
        let answer = nobody.get(path).await;
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        for (name, value) in EVERYWHERE {
            assert_eq!(answer.header(name), value, "{path}");
        }
    }
    app.end().await;
}
