//! Whether the process lives and whether it can work. No credentials, no details.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use serde::Serialize;

use super::state::AppState;

/// The answer of a health check.
#[derive(Debug, Serialize)]
struct Health {
    status: &'static str,
}

/// `/health/live` and `/health/ready`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/health/live", get(live)).route("/health/ready", get(ready))
}

async fn live() -> Json<Health> {
    Json(Health { status: "live" })
}

/// Ready: the database answers, the worker shows life, and the process is not ending.
async fn ready(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    if state.stop().is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "stopping" }));
    }
    match state.engine().ping().await {
        Ok(()) if works(&state) => (StatusCode::OK, Json(Health { status: "ready" })),
        Ok(()) => {
            tracing::error!(category = "general", "not ready: the worker shows no life");
            (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "worker" }))
        }
        Err(error) => {
            tracing::error!(category = "general", error = %engine::error::chain(&error), "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "database" }))
        }
    }
}

/// A worker shows life several times within a lease: one that does not holds jobs that others may take over.
fn works(state: &AppState) -> bool {
    state.engine().worker_heartbeat_age().is_some_and(|age| age < state.configuration().worker.lease)
}
