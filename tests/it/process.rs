//! The program itself: its commands, their sentences, and how it ends.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use engine::store::DatabaseUrl;
use engine::test_support::TestDb;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::support::TestApp;

/// Longest a test waits for the program.
const PATIENCE: Duration = Duration::from_secs(30);

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crm-mind"));
    command.args(arguments).arg("--data-dir").arg(folder).stdin(Stdio::null()).env_remove("DATABASE_URL");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder, arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_person_and_a_token_are_added_and_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let person = ["--email", "ana@lipa.example", "--workspace", "Lipa"];
    let added =
        run(folder.path(), &[&["user", "add", "--name", "Ana", "--role", "owner"][..], &person].concat());
    assert!(added.status.success(), "{}", text(&added.stderr));
    assert!(text(&added.stdout).contains("Password (shown only now): "), "{}", text(&added.stdout));
    let token = run(folder.path(), &[&["token", "add", "--name", "kit"][..], &person].concat());
    assert!(token.status.success() && text(&token.stdout).starts_with("cmk_"), "{}", text(&token.stderr));
    let twice = run(folder.path(), &[&["user", "add", "--name", "Ana"][..], &person].concat());
    assert!(!twice.status.success());
    assert_eq!(text(&twice.stderr).trim().lines().count(), 1, "one sentence: {}", text(&twice.stderr));
}

#[test]
fn doctor_shows_the_settings_but_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let key = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ=";
    let output = program(folder.path(), &["doctor", "--lease-seconds", "20"])
        .env("CRM_MIND_KEY", key)
        .output()
        .unwrap();
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(shown.contains("lease-seconds") && shown.contains("20  [seconds; flag"), "{shown}");
    assert!(shown.contains("(set, not shown)") && !shown.contains(key), "{shown}");
}

async fn no_new_key_is_made_while_another_one_is_needed(db: TestDb) {
    let database = match &db.url {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    TestApp::on(&db).await.end().await;
    let folder = tempfile::tempdir().unwrap();
    let doctor = |key: Option<&str>| {
        let mut command = program(folder.path(), &["doctor"]);
        command.env("DATABASE_URL", &database).envs(key.map(|key| ("CRM_MIND_KEY", key)));
        command.output().unwrap()
    };
    let without = doctor(None);
    assert!(!without.status.success() && text(&without.stderr).contains("there is no key file"));
    assert!(!folder.path().join("key").exists());
    let wrong = doctor(Some("c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ="));
    assert!(!wrong.status.success() && text(&wrong.stderr).contains("sealed with another key"));
}

engine::each_engine!(no_new_key_is_made_while_another_one_is_needed);

#[test]
fn a_wrong_setting_is_one_sentence_and_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["serve", "--lease-seconds", "0"]);
    assert!(!output.status.success());
    let sentence = text(&output.stderr);
    assert!(sentence.contains("lease-seconds") && sentence.trim().lines().count() == 1, "{sentence}");
}

#[test]
fn a_busy_address_is_one_sentence_and_a_failure() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["serve", "--log", "off", "--listen", &address]);
    assert!(!output.status.success());
    let sentence = text(&output.stderr);
    assert!(sentence.contains(&address) && sentence.trim().lines().count() == 1, "{sentence}");
}

#[tokio::test]
async fn sigterm_ends_the_server_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::from(program(
        folder.path(),
        &["serve", "--listen", "127.0.0.1:0", "--log-format", "json"],
    ));
    let mut server = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut log = BufReader::new(server.stderr.take().unwrap()).lines();
    let listening = async {
        while let Some(line) = log.next_line().await.unwrap() {
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            if line["message"] == "listening" {
                return;
            }
        }
        panic!("the server did not start");
    };
    tokio::time::timeout(PATIENCE, listening).await.unwrap();
    let pid = server.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let status = tokio::time::timeout(PATIENCE, server.wait()).await.expect("it goes on").unwrap();
    assert!(status.success(), "{status}");
}
