//! Whether the process says how it is.

use axum::body::Body;
use axum::http::Request;
use crm_mind::server::assets::Assets;
use crm_mind::server::configuration::{Configuration, Layers, Origin, table};
use crm_mind::server::router::router;
use crm_mind::server::start;
use crm_mind::server::state::{AppState, StateParts};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

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

#[tokio::test]
async fn an_application_whose_worker_is_dead_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let mut layers = Layers::default();
    let data_dir = folder.path().to_str().unwrap().to_owned();
    layers.set(table::find("data-dir").unwrap(), data_dir, Origin::Flag);
    let configuration = Configuration::parse(&layers).unwrap();
    let engine = start::open_engine(&configuration).await.unwrap();
    let stop = CancellationToken::new();
    let parts = StateParts { engine, configuration, assets: Assets::load(), stop, demo: false };
    let request = Request::get("/health/ready").body(Body::empty()).unwrap();
    let answer = router(AppState::new(parts)).oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 503);
    let body = axum::body::to_bytes(answer.into_body(), 100).await.unwrap();
    assert_eq!(body, r#"{"status":"worker"}"#);
}
