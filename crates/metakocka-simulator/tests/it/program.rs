//! The simulator as a program.

use crate::support::http;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

/// Ends the program when a test fails before it ended it.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already, which is what the tests want.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metakocka-simulator"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn it_prints_one_ready_line_serves_and_ends_when_asked() {
    let arguments = ["--port", "0", "--documents", "30", "--company-id", "21", "--secret-key", "k-21"];
    let mut program = Program(program(&arguments).spawn().unwrap());
    let mut output = BufReader::new(program.0.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let url =
        line.split_whitespace().find_map(|word| word.strip_suffix(',').filter(|w| w.starts_with("http")));
    let url = format!("{}/rest/eshop/v1/search", url.unwrap());
    let body = json!({"company_id": "21", "secret_key": "k-21", "doc_type": "sales_order", "limit": "1"});
    let page: Value = http().post(url).json(&body).send().await.unwrap().json().await.unwrap();
    assert_eq!(page["opr_code"], "0");

    let ended = Command::new("kill").arg(program.0.id().to_string()).status().unwrap();
    assert!(ended.success());
    assert!(program.0.wait().unwrap().success(), "SIGTERM is a good end");
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "one line only");
    assert!(!line.contains("k-21"), "the key is not printed");
}

#[test]
fn a_busy_port_is_one_sentence_and_a_failure() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = program(&["--port", &port, "--documents", "1"]).output().unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("cannot listen on") && text.contains("choose another port"), "{text}");
}

#[test]
fn its_help_names_the_api_the_control_side_and_every_option() {
    let output = program(&["--help"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let options = [
        "--port",
        "--listen",
        "--token",
        "--seed",
        "--documents",
        "--partners",
        "--products",
        "--company-id",
        "--secret-key",
        "--malformed",
        "--today",
        "--latency-factor",
        "--state-folder",
        "--load",
    ];
    for part in options.into_iter().chain(["/rest/eshop/v1/search", "/_sim/", "Examples:"]) {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn off_loopback_it_wants_a_token_that_is_not_guessed() {
    let without = program(&["--listen", "0.0.0.0", "--port", "0"]).output().unwrap();
    assert!(!without.status.success());
    assert!(String::from_utf8(without.stderr).unwrap().contains("only with a control token"));
    let weak = program(&["--listen", "0.0.0.0", "--port", "0", "--token", "weak"]).output().unwrap();
    assert!(!weak.status.success());
    assert!(String::from_utf8(weak.stderr).unwrap().contains("at least 16"));
}

#[test]
fn a_state_that_is_missing_is_one_sentence_and_a_failure() {
    let output = program(&["--port", "0", "--load", "no-such-state.json"]).output().unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("no-such-state.json cannot be used"), "{text}");
}

#[tokio::test]
async fn a_program_that_loads_a_state_meets_nobody_before_it_has_loaded() {
    let lab = crate::support::lab_of(5_000).await;
    let file = std::env::temp_dir().join(format!("metakocka-simulator-{}-load.json", std::process::id()));
    lab.simulator.save(&file).unwrap();
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port().to_string()
    };
    let mut command = program(&["--port", &port, "--load", file.to_str().unwrap()]);
    let _program = Program(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let url = format!("http://127.0.0.1:{port}/rest/eshop/v1/search");
    let key = crate::support::KEY;
    let body = json!({"company_id": "16", "secret_key": key, "doc_type": "sales_order", "limit": "1"});
    let http = http();
    let mut first = None;
    for _ in 0..6_000 {
        if let Ok(answer) = http.post(&url).json(&body).send().await {
            first = Some(answer.json::<Value>().await.unwrap());
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    std::fs::remove_file(&file).unwrap();
    assert_eq!(first.unwrap()["opr_code"], "0");
}
