//! The program itself, as a process with a log that can be read.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use super::{Actor, PASSWORD};

/// Longest a test waits for the program to start or to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running `crm-mind serve`.
pub(crate) struct Program {
    pub(crate) url: String,
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    reader: JoinHandle<()>,
}

impl Program {
    /// A command of the program over the data of a folder.
    pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crm-mind"));
        command.args(arguments).arg("--data-dir").arg(folder).env_remove("DATABASE_URL");
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Starts it over the data of a folder and waits until it listens.
    pub(crate) async fn serve(folder: &Path, database: Option<&str>, arguments: &[&str]) -> Self {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--log-format", "json"];
        let mut command = Self::command(folder, &[&serve[..], arguments].concat());
        if let Some(database) = database {
            command.env("DATABASE_URL", database);
        }
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::default();
        let (tell, told) = tokio::sync::oneshot::channel();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let reader = tokio::spawn(read(lines, Arc::clone(&log), tell));
        let address = tokio::time::timeout(PATIENCE, told).await.expect("it does not start");
        Self { url: format!("http://{}", address.expect("it ended at start")), child, log, reader }
    }

    /// Nobody yet.
    pub(crate) fn anonymous(&self) -> Actor {
        Actor::new(&self.url)
    }

    /// Tells it to end, checks that it ends well, and gives its log.
    pub(crate) async fn end(mut self) -> Vec<String> {
        kill(&self.child, "-TERM").await;
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it goes on").unwrap();
        assert!(status.success(), "{status}");
        self.reader.await.unwrap();
        std::mem::take(&mut self.log.lock().unwrap())
    }
}

async fn read(
    mut lines: tokio::io::Lines<BufReader<tokio::process::ChildStderr>>,
    log: Arc<Mutex<Vec<String>>>,
    tell: tokio::sync::oneshot::Sender<String>,
) {
    let mut tell = Some(tell);
    while let Ok(Some(line)) = lines.next_line().await {
        if tell.is_some()
            && let Ok(event) = serde_json::from_str::<Value>(&line)
            && event["message"] == "listening"
            && let Some(tell) = tell.take()
        {
            let _ = tell.send(event["address"].as_str().unwrap().to_owned());
        }
        log.lock().unwrap().push(line);
    }
}

/// Sends a signal to a process that a test started.
pub(crate) async fn kill(child: &Child, signal: &str) {
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args([signal, &pid]).status().await.unwrap().success());
}

/// Adds the owner of a workspace by the command line.
pub(crate) async fn add_owner(folder: &Path, database: Option<&str>, email: &str, workspace: &str) {
    let person =
        ["user", "add", "--name", "Ana", "--role", "owner", "--email", email, "--workspace", workspace];
    let mut command = Program::command(folder, &person);
    if let Some(database) = database {
        command.env("DATABASE_URL", database);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).await.unwrap();
    assert!(child.wait().await.unwrap().success());
}
