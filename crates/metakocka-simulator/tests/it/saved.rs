//! The state in a file, saved and taken up again.

use crate::support::{COMPANY, KEY, Lab, clock, http, lab};
use metakocka_simulator::{PeopleRequest, Simulator, SimulatorOptions, StateError};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("metakocka-simulator-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left over lies among temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn empty_lab(folder: Option<PathBuf>) -> Lab {
    let options = SimulatorOptions { clock: clock(), state_folder: folder, ..SimulatorOptions::default() };
    Lab { simulator: Simulator::start(options).await.unwrap(), http: http() }
}

fn advance(lab: &Lab, seconds: i64) {
    let now = lab.simulator.clock().now() + jiff::SignedDuration::from_secs(seconds);
    lab.simulator.clock().set(Some(now));
}

/// What the simulator answers and holds, as text.
async fn everything(lab: &Lab) -> String {
    let mut all = Vec::new();
    for doc_type in ["sales_order", "sales_offer", "sales_bill_domestic", "sales_bill_credit_note"] {
        all.push(json!(lab.all(doc_type, json!({"show_payment_detail": "true"})).await));
    }
    all.push(lab.call("v1/get_partner", json!({"partner_name": "a", "limit": "1000"})).await);
    all.push(lab.call("v1/json/product_list", json!({"return_pricelist": "true"})).await);
    for path in ["settings", "faults", "people", "clock"] {
        all.push(lab.control(Method::GET, path, json!(null)).await.1);
    }
    Value::Array(all).to_string()
}

#[tokio::test]
async fn what_was_saved_is_taken_up_byte_for_byte_and_goes_on_alike() {
    let folder = Folder::new("whole");
    let file = folder.0.join("state.json");
    let lab = lab().await;
    lab.control(Method::PUT, "settings", json!({"pageDefault": 7, "quota": {"calls": 100_000, "perMs": 9}}))
        .await;
    lab.post(
        "faults",
        json!({"endpoint": "get_document", "effect": "html_503", "probability": 0.5, "seed": 2}),
    )
    .await;
    lab.post("people", json!({"seed": 6, "rate": 20})).await;
    lab.simulator.people(&PeopleRequest { acts: 60, seed: 9, ..PeopleRequest::default() }).unwrap();
    let body = json!({"afterMs": 90_000, "delete": {"kind": "partner", "id": "1"}});
    lab.post("people", json!({"script": [body]})).await;
    advance(&lab, 60);
    lab.simulator.save(&file).unwrap();

    let other = empty_lab(None).await;
    other.simulator.load(&file).unwrap();
    assert_eq!(everything(&other).await, everything(&lab).await);
    for lab in [&lab, &other] {
        advance(lab, 120);
    }
    assert!(lab.simulator.deeds().iter().any(|deed| deed.action == "scripted delete"));
    assert_eq!(everything(&other).await, everything(&lab).await, "and two minutes later");
    assert_eq!(other.simulator.documents(COMPANY).unwrap(), lab.simulator.documents(COMPANY).unwrap());
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_keys_in_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("mode");
    let file = folder.0.join("state.json");
    lab().await.simulator.save(&file).unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(&file).unwrap().contains(KEY));
}

#[tokio::test]
async fn a_file_that_is_no_state_changes_nothing() {
    let folder = Folder::new("broken");
    let file = folder.0.join("state.json");
    let lab = lab().await;
    lab.simulator.save(&file).unwrap();
    let whole = std::fs::read_to_string(&file).unwrap();
    let before = lab.simulator.documents(COMPANY).unwrap();
    let cut = whole[..whole.len() - 300].to_owned();
    let newer = whole.replacen("\"version\":2", "\"version\":99", 1);
    let longer = format!("{whole}\n{{}}");
    for (text, part) in
        [("{}", "no state"), (&cut, "no state"), (&newer, "version 99"), (&longer, "no state")]
    {
        std::fs::write(&file, text).unwrap();
        let error = lab.simulator.load(&file).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
        assert_eq!(lab.simulator.documents(COMPANY).unwrap(), before);
    }
    let missing = lab.simulator.load(&folder.0.join("nothing.json")).unwrap_err();
    assert!(matches!(missing, StateError::File { .. }));
}

#[tokio::test]
async fn over_http_states_have_names_in_the_folder_of_the_start() {
    let folder = Folder::new("http");
    let lab = empty_lab(Some(folder.0.clone())).await;
    lab.post("companies", json!({"companyId": COMPANY, "secretKey": KEY, "seed": 7, "documents": 50})).await;
    lab.post("save", json!({"name": "before"})).await;
    let order = lab.all("sales_order", json!({})).await[0]["mk_id"].clone();
    lab.post("delete", json!({"kind": "document", "docType": "sales_order", "id": order})).await;
    assert_eq!(lab.simulator.documents(COMPANY).unwrap().len(), 49);
    lab.post("load", json!({"name": "before"})).await;
    assert_eq!(lab.simulator.documents(COMPANY).unwrap().len(), 50);
    assert!(folder.0.join("before.json").exists());
    for name in ["../before", "", "a/b"] {
        let (status, answer) = lab.control(Method::POST, "save", json!({"name": name})).await;
        assert!(status == 400 && answer["error"].as_str().unwrap().contains("letters"), "{answer}");
    }
    let (status, _) = lab.control(Method::POST, "load", json!({"name": "never"})).await;
    assert_eq!(status, 400);
    let (status, answer) = empty_lab(None).await.control(Method::POST, "save", json!({})).await;
    assert!(status == 400 && answer["error"].as_str().unwrap().contains("folder"), "{answer}");
}

/// A saved state whose header was changed.
fn with_header(file: &Path, change: impl Fn(&mut Value)) {
    let whole = std::fs::read_to_string(file).unwrap();
    let (header, companies) = whole.split_once('\n').unwrap();
    let mut header = serde_json::from_str(header).unwrap();
    change(&mut header);
    std::fs::write(file, format!("{header}\n{companies}")).unwrap();
}

#[tokio::test]
async fn a_damaged_state_is_refused_or_taken_up_and_never_hangs() {
    let folder = Folder::new("damaged");
    let file = folder.0.join("state.json");
    let lab = lab().await;
    lab.post("faults", json!({"effect": "garbage", "probability": 0.5, "endpoint": "report"})).await;
    lab.post("people", json!({"rate": 20})).await;
    lab.simulator.save(&file).unwrap();
    with_header(&file, |header| header["faults"][0]["seen"] = json!(i64::MAX));
    lab.simulator.load(&file).unwrap();

    for (place, value, part) in [
        ("/agenda/people/0/rate", json!(1e-300), "rate"),
        ("/faults/0/seen", json!(-1), "seen"),
        ("/faults/0/probability", json!(7), "probability"),
    ] {
        lab.simulator.save(&file).unwrap();
        with_header(&file, |header| *header.pointer_mut(place).unwrap() = value.clone());
        let error = lab.simulator.load(&file).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }

    lab.simulator.save(&file).unwrap();
    with_header(&file, |header| header["companies"] = json!(2));
    let twice = std::fs::read_to_string(&file).unwrap();
    let company = twice.split_once('\n').unwrap().1;
    std::fs::write(&file, format!("{twice}\n{company}")).unwrap();
    let error = lab.simulator.load(&file).unwrap_err().to_string();
    assert!(error.contains("company 16 twice"), "{error}");
}

#[tokio::test]
async fn saves_under_one_name_at_a_time_each_leave_a_whole_state() {
    let folder = Folder::new("crowd");
    let file = folder.0.join("state.json");
    let lab = lab().await;
    let save = || {
        for _ in 0..10 {
            lab.simulator.save(&file).unwrap();
            let text = std::fs::read_to_string(&file).unwrap();
            assert_eq!(text.lines().count(), 2);
            for line in text.lines() {
                serde_json::from_str::<Value>(line).unwrap();
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(save);
        }
    });
    let left: Vec<_> =
        std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["state.json"]);
}

#[tokio::test]
async fn calls_are_answered_while_a_state_is_written() {
    let folder = Folder::new("aside");
    let lab = crate::support::lab_of(10_000).await;
    let is_written = || {
        let mut names = std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().path());
        names.any(|path| path.extension().is_some_and(|extension| extension == "new"))
    };
    let answered = std::thread::scope(|scope| {
        let saved = scope.spawn(|| lab.simulator.save(&folder.0.join("state.json")).unwrap());
        let mut answered = 0;
        while !saved.is_finished() {
            if is_written() {
                // It looks at what is due, as every call does.
                drop(lab.simulator.deeds());
                answered += 1;
            }
        }
        answered
    });
    assert!(answered > 100, "{answered} while it was written");
}

#[tokio::test]
async fn what_a_loaded_state_has_waiting_happens_by_its_own_clock_only() {
    let folder = Folder::new("clock");
    let file = folder.0.join("state.json");
    let lab = crate::support::lab_of(1).await;
    let start = lab.simulator.clock().now();
    let step = json!({"afterMs": 3_600_000, "delete": {"kind": "partner", "id": "1"}});
    lab.post("people", json!({"script": [step]})).await;
    lab.simulator.save(&file).unwrap();
    let over = AtomicBool::new(false);
    let early = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                drop(lab.simulator.deeds());
            }
        });
        let mut early = 0;
        for _ in 0..200 {
            lab.simulator.reset();
            lab.simulator.clock().set(Some(start + jiff::SignedDuration::from_hours(24)));
            lab.simulator.load(&file).unwrap();
            early += lab.simulator.deeds().len();
        }
        over.store(true, Ordering::Relaxed);
        early
    });
    assert_eq!(early, 0);
}
