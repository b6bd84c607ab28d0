//! Whether the process says how it is.

use crate::support::TestApp;

#[tokio::test]
async fn a_running_application_is_live_and_ready_without_credentials() {
    let app = TestApp::start().await;
    let mut nobody = app.anonymous();
    for (path, status) in [("/health/live", "live"), ("/health/ready", "ready")] {
        let answer = nobody.get(path).await;
        assert_eq!((answer.status, answer.json()["status"].as_str()), (200, Some(status)), "{path}");
    }
    app.end().await;
}

#[tokio::test]
async fn an_application_without_its_database_is_live_but_not_ready() {
    let app = TestApp::start().await;
    app.engine.close().await;
    let mut nobody = app.anonymous();
    assert_eq!(nobody.get("/health/live").await.status, 200);
    assert_eq!(nobody.get("/health/ready").await.status, 503);
}
