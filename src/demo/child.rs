//! The simulator's process, and its control by HTTP.

use std::io::Read as _;
use std::process::Stdio;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use super::DemoError;
use super::memory::Memory;

/// Set for the child: it ends when its standard input does, so that it never outlives a demo that was killed.
pub const PARENT: &str = "CRM_MIND_DEMO_CHILD";
/// How long the simulator may take to make its company.
const READY: Duration = Duration::from_mins(1);
/// How long it may take to end.
const END: Duration = Duration::from_secs(5);
/// How long one control call may take.
const CALL: Duration = Duration::from_secs(30);
/// Documents of one page of the simulator's state.
const PAGE: usize = 1_000;

/// A running simulator.
pub(super) struct Simulator {
    child: Child,
    /// Held open as long as the child shall live; waiting for the child would close the one inside it.
    lifeline: Option<ChildStdin>,
    url: String,
    http: reqwest::Client,
}

/// A document as the simulator knows it.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    pub(super) id: String,
    pub(super) doc_type: String,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    items: Vec<Document>,
    next_cursor: Option<usize>,
}

impl Simulator {
    /// Starts this binary once more and waits until it is ready.
    pub(super) async fn start(memory: &Memory, port: u16) -> Result<Self, DemoError> {
        let wish = memory.wish();
        let mut child = Command::new(std::env::current_exe()?)
            .args(["simulator", "--port", &port.to_string(), "--seed", &wish.seed.to_string()])
            .args(["--documents", &wish.documents.to_string(), "--company-id", &wish.company_id])
            .args(["--today", &wish.today.to_string()])
            .env("METAKOCKA_SIMULATOR_SECRET_KEY", &wish.secret_key)
            .env(PARENT, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let url = tokio::time::timeout(READY, ready(&mut child)).await.map_err(|_| {
            DemoError::Simulator(format!("was not ready after {} seconds", READY.as_secs()))
        })??;
        let lifeline = child.stdin.take();
        Ok(Self { child, lifeline, url, http: client()? })
    }

    /// Where it listens, without a slash at the end.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Completes when the process ends by itself, which it should not.
    pub(super) async fn ended(&mut self) -> DemoError {
        match self.child.wait().await {
            Ok(status) => DemoError::Simulator(format!("ended by itself ({status})")),
            Err(error) => error.into(),
        }
    }

    /// Ends the process.
    pub(super) async fn stop(mut self) {
        drop(self.lifeline.take());
        if tokio::time::timeout(END, self.child.wait()).await.is_err() {
            // It does not hear; dropping the handle kills it.
            tracing::warn!(category = "general", "the simulator had to be killed");
        }
    }

    /// All documents, by type and id.
    pub(super) async fn documents(&self) -> Result<Vec<Document>, DemoError> {
        let mut all = Vec::new();
        let mut cursor = Some(0);
        while let Some(place) = cursor {
            let page: Page = self.get(&format!("state?kind=document&limit={PAGE}&cursor={place}")).await?;
            all.extend(page.items);
            cursor = page.next_cursor;
        }
        Ok(all)
    }

    /// Asks the control for something.
    pub(super) async fn post(&self, call: &str, body: &impl Serialize) -> Result<(), DemoError> {
        let request = self.http.post(format!("{}/_sim/{call}", self.url)).json(body);
        answer::<Value>(request).await.map(drop)
    }

    async fn get<T: DeserializeOwned>(&self, call: &str) -> Result<T, DemoError> {
        answer(self.http.get(format!("{}/_sim/{call}", self.url))).await
    }
}

async fn answer<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, DemoError> {
    let response = request.send().await?;
    if response.status().is_success() {
        return Ok(response.json().await?);
    }
    Err(DemoError::Simulator(format!("refused: {}", response.text().await?)))
}

fn client() -> Result<reqwest::Client, DemoError> {
    // Only to loopback, only plain http; reqwest wants to know a TLS provider nevertheless. A second call finds the
    // first one's provider and changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder().timeout(CALL).build()?)
}

/// The address in the line that the simulator prints when it is ready.
async fn ready(child: &mut Child) -> Result<String, DemoError> {
    let output = child.stdout.take().ok_or_else(|| DemoError::Simulator("has no output".to_owned()))?;
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some(url) = address(&line) {
            return Ok(url.to_owned());
        }
    }
    Err(DemoError::Simulator("did not start: its reason stands above".to_owned()))
}

fn address(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("ready at ")?;
    rest.split([',', ' ']).next().filter(|url| url.starts_with("http://"))
}

/// Completes when the demo that started this process is gone; never in a process that no demo started.
pub async fn parent_gone() {
    if std::env::var_os(PARENT).is_none() {
        return std::future::pending().await;
    }
    let (gone, told) = tokio::sync::oneshot::channel();
    // A thread of its own, because nothing may wait for it: it sleeps until the other side is gone. Nothing is ever
    // written there, so reading ends only then, however it went.
    std::thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0_u8; 1]);
        let _ = gone.send(());
    });
    let _ = told.await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_the_ready_line() {
        let line = "metakocka-simulator ready at http://127.0.0.1:3001, company 16, 2000 documents";
        assert_eq!(address(line), Some("http://127.0.0.1:3001"));
        assert_eq!(address("something else"), None);
    }
}
