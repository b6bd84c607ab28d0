//! The key of Metakocka is nowhere but sealed: not in a file, not in a log line, not in an answer, whatever goes wrong.
//! And whatever goes wrong, its reference is found once in the log, however much is logged.

use std::path::Path;

use metakocka_simulator::{CompanySpec, FaultRule, RunningSimulator, Simulator, SimulatorOptions};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Actor, Answer, PULL, Program, RUNS, SECRET, WAITING, add_owner};

const OWNER: &str = "ana@lipa.example";
/// The key in base64, without the signs at the end that depend on what follows.
const ENCODED: &str = "dGhlLXNlY3JldC1rZXktb2YtdGhlLXRlc3";
/// Every page and everything that answers with data.
const READS: [&str; 12] = [
    "/",
    "/sales-documents",
    "/sales-documents/waiting",
    "/settings/metakocka",
    "/sales-documents/019ab000-0000-7000-8000-000000000000",
    "/no-such-page",
    "/_ui/me",
    "/_ui/connection",
    "/_ui/sync-button",
    "/_ui/waiting",
    WAITING,
    "/api/nothing",
];

/// A program that logs all it can, and all that it ever answered.
struct Session {
    program: Program,
    simulator: RunningSimulator,
    owner: Actor,
    answers: Vec<String>,
    references: Vec<String>,
}

impl Session {
    async fn start(folder: &TempDir) -> Self {
        let simulator = Simulator::start(SimulatorOptions {
            companies: vec![CompanySpec::new("16", SECRET, 7, 30)],
            ..SimulatorOptions::default()
        })
        .await
        .unwrap();
        add_owner(folder.path(), None, OWNER, "Lipa").await;
        let host = simulator.url().trim_start_matches("http://").to_owned();
        let program =
            Program::serve(folder.path(), None, &["--metakocka-hosts", &host, "--log", "trace"]).await;
        let owner = program.anonymous().signed_in(OWNER).await;
        Self { program, simulator, owner, answers: Vec::new(), references: Vec::new() }
    }

    fn keep(&mut self, answer: Answer) {
        if let Ok(body) = serde_json::from_str::<Value>(&answer.text)
            && let Some(reference) = body["reference"].as_str().filter(|reference| !reference.is_empty())
        {
            self.references.push(reference.to_owned());
        }
        self.answers.push(format!("{:?}\n{}", answer.headers, answer.text));
    }

    async fn get(&mut self, path: &str) {
        let answer = self.owner.page(path).await;
        self.keep(answer);
    }

    async fn connect(&mut self, secret: &str, address: &str, deed: &str, plain: bool) {
        let fields = [
            ("company", "16"),
            ("secret", secret),
            ("address", address),
            ("deed", deed),
            ("back", "/settings/metakocka"),
        ];
        let answer = match plain {
            true => self.owner.form("save-connection", &fields).await,
            false => self.owner.script("save-connection", &fields).await,
        };
        self.keep(answer);
        if plain {
            self.get("/settings/metakocka").await;
        }
    }

    async fn read_all(&mut self) {
        for path in READS {
            self.get(path).await;
        }
    }

    async fn look_and_pull(&mut self) -> Option<String> {
        let looked = self.owner.get(&format!("{WAITING}?refresh=true")).await;
        self.keep(looked);
        let pulled = self.owner.post(PULL, "").await;
        let run = pulled.json()["runId"].as_str().map(ToOwned::to_owned);
        self.keep(pulled);
        run
    }

    /// What has been told to every tab so far.
    async fn listen(&mut self, until: &str) {
        let request = self.owner.request(reqwest::Method::GET, "/api/events").header("last-event-id", "0");
        let mut stream = request.send().await.unwrap();
        let mut heard = String::new();
        while !heard.contains(until) {
            heard.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
        }
        self.answers.push(heard);
    }
}

/// The key as it is, and as it could hide.
fn shapes() -> [Vec<u8>; 3] {
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    [SECRET.as_bytes().to_vec(), ENCODED.into(), hex.into_bytes()]
}

fn holds_the_key(bytes: &[u8]) -> bool {
    shapes().iter().any(|shape| bytes.windows(shape.len()).any(|window| window == shape))
}

/// Every file below a folder, with how many bytes were searched.
fn search_files(folder: &Path, found: &mut Vec<String>, searched: &mut (usize, usize)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search_files(&path, found, searched);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        *searched = (searched.0 + 1, searched.1 + bytes.len());
        if holds_the_key(&bytes) {
            found.push(path.display().to_string());
        }
    }
}

/// Connects in every way, looks, pulls, and lets Metakocka send the key back in its refusals.
async fn full_run(session: &mut Session) {
    let address = session.simulator.url();
    session.connect(SECRET, "http://nowhere.example", "save", true).await;
    session.connect(SECRET, "not an address", "test", false).await;
    session.connect(SECRET, &address, "test", true).await;
    session.connect(SECRET, &address, "save", true).await;
    session.connect("", &address, "test", false).await;
    session.read_all().await;
    for (code, text) in [("6", format!("wrong: {SECRET}")), ("1", format!("failed for {SECRET}"))] {
        let rule = json!({"effect": "opr_code", "code": code, "text": text});
        session.simulator.add_fault(FaultRule::parse(&rule).unwrap()).unwrap();
        session.look_and_pull().await;
        session.read_all().await;
        session.simulator.clear_faults();
    }
    let run = session.look_and_pull().await.expect("a run");
    session.get(&format!("{RUNS}/{run}")).await;
    session.read_all().await;
    session.listen(&run).await;
    let rule = json!({"effect": "opr_code", "code": "3", "text": format!("no such key: {SECRET}")});
    session.simulator.add_fault(FaultRule::parse(&rule).unwrap()).unwrap();
    session.look_and_pull().await;
    session.connect(SECRET, &address, "test", true).await;
    session.read_all().await;
}

#[tokio::test]
async fn the_key_is_in_no_file_no_log_line_and_no_answer_and_each_reference_once_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::start(&folder).await;
    full_run(&mut session).await;
    let (mut found, mut searched) = (Vec::new(), (0, 0));
    search_files(folder.path(), &mut found, &mut searched);
    assert!(std::fs::metadata(folder.path().join("crm-mind.db-wal")).is_ok_and(|wal| wal.len() > 0));
    let (answers, references) =
        (std::mem::take(&mut session.answers), std::mem::take(&mut session.references));
    let log = session.program.end().await;
    search_files(folder.path(), &mut found, &mut searched);
    assert!(found.is_empty(), "{found:?}");
    let told: Vec<&String> = answers.iter().filter(|answer| holds_the_key(answer.as_bytes())).collect();
    assert!(told.is_empty(), "{told:?}");
    let logged: Vec<&String> = log.iter().filter(|line| holds_the_key(line.as_bytes())).collect();
    assert!(logged.is_empty(), "{logged:?}");
    assert!(log.iter().any(|line| line.contains("\"TRACE\"")) && references.len() > 5, "{references:?}");
    for reference in &references {
        let lines: Vec<&String> = log.iter().filter(|line| line.contains(reference.as_str())).collect();
        assert_eq!(lines.len(), 1, "{reference}: {lines:#?}");
    }
    println!(
        "no key in {} files ({} bytes), {} log lines, {} answers; {} references",
        searched.0,
        searched.1,
        log.len(),
        answers.len(),
        references.len()
    );
}
