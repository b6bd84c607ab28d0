//! Calls to the application and to the simulator's control.

use std::time::Duration;

use reqwest::{Client, Method};
use serde::Serialize;
use serde_json::Value;

/// A call that takes longer was made to a process that was stopped.
const PATIENCE: Duration = Duration::from_secs(12);

/// Why a run could not be made, or a call had no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// No answer, or one that cannot be read.
    #[error("no answer")]
    Call(#[from] reqwest::Error),
    /// A process or a file.
    #[error("a process or a file")]
    Io(#[from] std::io::Error),
    /// The engine, when the run is prepared.
    #[error("the engine refused: {0}")]
    Engine(#[from] engine::EngineError),
    /// The database, when it is looked at from outside.
    #[error("the database")]
    Database(#[from] sqlx::Error),
    /// In words.
    #[error("{0}")]
    Said(String),
}

impl Trouble {
    /// In words.
    pub(crate) fn said(text: impl Into<String>) -> Self {
        Self::Said(text.into())
    }
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// The body; null when it was no JSON.
    pub(crate) body: Value,
}

impl Answer {
    /// Whether the call did what it was to do.
    pub(crate) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The client.
#[derive(Clone, Debug)]
pub(crate) struct Net(Client);

impl Net {
    /// A client with a time-out.
    pub(crate) fn new() -> Result<Self, Trouble> {
        Ok(Self(Client::builder().timeout(PATIENCE).pool_max_idle_per_host(0).build()?))
    }

    /// A call; `token` and `revision` as the public API takes them.
    pub(crate) async fn call(
        &self,
        method: Method,
        url: &str,
        (token, revision): (Option<&str>, Option<i64>),
        body: Option<&impl Serialize>,
    ) -> Result<Answer, Trouble> {
        let mut request = self.0.request(method, url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(revision) = revision {
            request = request.header("if-match", format!("\"{revision}\""));
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        Ok(Answer { status, body: serde_json::from_str(&text).unwrap_or_default() })
    }
}
