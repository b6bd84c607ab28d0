//! The demo as its first user meets it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::process::{Child, Command};

/// Longest a test waits for a demo of few documents.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
const DOCUMENTS: &str = "60";

pub(crate) fn demo(folder: &Path, documents: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crm-mind"));
    command.args(["demo", "--documents", documents, "--port", "0", "--simulator-port", "0"]);
    command.arg("--data-dir").arg(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.kill_on_drop(true);
    command
}

pub(crate) async fn ready(folder: &Path, child: &mut Child) -> Value {
    let path = folder.join("demo.json");
    let waiting = async {
        while !path.exists() {
            assert!(child.try_wait().unwrap().is_none(), "the demo ended");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("no demo.json");
    serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap()
}

pub(crate) async fn end(mut child: Child) {
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().await.unwrap().success());
    let status = tokio::time::timeout(PATIENCE, child.wait()).await.expect("the demo goes on").unwrap();
    assert!(status.success(), "{status}");
}

async fn waiting(demo: &Value) -> Value {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().build().unwrap();
    let base = demo["url"].as_str().unwrap();
    let url = format!("{base}/api/integrations/metakocka/sales-documents/sync-from-metakocka?refresh=true");
    let token = demo["apiToken"].as_str().unwrap();
    http.get(url).bearer_auth(token).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_demo_offers_what_it_promises_and_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = demo(folder.path(), DOCUMENTS).spawn().unwrap();
    let first = ready(folder.path(), &mut child).await;
    for file in ["demo.json", "kit.env"] {
        let mode = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let planted: i64 =
        ["new", "changed", "review"].iter().map(|name| first["planted"][name].as_i64().unwrap()).sum();
    assert_eq!(waiting(&first).await["total"].as_i64(), Some(planted));
    let simulator = first["simulatorUrl"].as_str().unwrap().trim_start_matches("http://").to_owned();
    end(child).await;
    assert!(std::net::TcpStream::connect(simulator).is_err(), "the simulator outlives the demo");

    std::fs::remove_file(folder.path().join("demo.json")).unwrap();
    let mut child = demo(folder.path(), DOCUMENTS).spawn().unwrap();
    let second = ready(folder.path(), &mut child).await;
    for field in ["email", "password", "apiToken", "companyId", "secretKey", "second"] {
        assert_eq!(first[field], second[field], "{field}");
    }
    assert_eq!(waiting(&second).await["total"].as_i64(), Some(planted), "the planted edits are there again");
    end(child).await;
}

#[tokio::test]
async fn a_second_demo_in_the_same_folder_is_one_sentence_and_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = demo(folder.path(), DOCUMENTS).spawn().unwrap();
    let first = ready(folder.path(), &mut child).await;
    let output = demo(folder.path(), DOCUMENTS).output().await.unwrap();
    let sentence = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && sentence.trim().lines().count() == 1, "{sentence}");
    assert!(sentence.contains("used by another demo"), "{sentence}");
    assert_eq!(ready(folder.path(), &mut child).await, first, "the first one is left alone");
    end(child).await;
}

#[tokio::test]
async fn a_busy_port_is_one_sentence_and_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_crm-mind"));
    command.args(["demo", "--port", &port, "--data-dir"]).arg(folder.path());
    let output = command.stdin(Stdio::null()).output().await.unwrap();
    assert!(!output.status.success());
    let sentence = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(sentence.contains(&port) && sentence.trim().lines().count() == 1, "{sentence}");
}
