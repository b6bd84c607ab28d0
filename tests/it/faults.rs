//! What goes wrong in Metakocka, as people and programs are told: button, reason, next try, statuses. No fault ever
//! shows a zero or "All synced".

use engine::test_support::TestDb;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::{Actor, Answer, ButtonSeen, PULL, SECRET, TestApp, WAITING, unescaped};

/// When exactly it is tried again is drawn by chance; at the latest after this.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);

/// One fault and what has to be seen of it.
struct Case {
    /// As the simulator's control takes it; null: it is stopped.
    fault: Value,
    state: &'static str,
    label: &'static str,
    /// What the tooltip and the API say.
    reason: &'static str,
    /// What stands before the time of the next automatic try; none: there is no such try.
    next: Option<&'static str>,
    status: u16,
    code: &'static str,
}

fn refused(code: &str, text: &str, reason: &'static str) -> Case {
    Case {
        fault: json!({"effect": "opr_code", "code": code, "text": text}),
        state: "key_refused",
        label: "Metakocka refused the key",
        reason,
        next: None,
        status: 409,
        code: "key_refused",
    }
}

fn nonsense(fault: Value) -> Case {
    Case {
        fault,
        state: "bad_answer",
        label: "Check failed",
        reason: "Metakocka's answer could not be understood.",
        next: None,
        status: 502,
        code: "bad_answer",
    }
}

fn no_answer(fault: Value, reason: &'static str) -> Case {
    Case {
        fault,
        state: "no_answer",
        label: "Can't reach Metakocka",
        reason,
        next: Some("next automatic try"),
        status: 503,
        code: "unreachable",
    }
}

fn quota() -> Case {
    Case {
        fault: json!({"effect": "opr_code", "code": "5", "text": "Quote exceeds"}),
        state: "quota",
        label: "Metakocka limit reached",
        reason: "The number of calls that Metakocka allows is used up for now.",
        next: Some("Tries again"),
        status: 503,
        code: "quota",
    }
}

/// All of them; the simulator does not come back after the last one.
fn cases() -> Vec<Case> {
    vec![
        refused("3", "Invalid value", "Metakocka refused the key and said: “Invalid value”."),
        refused("4", "IP address", "Metakocka refused the key and said: “IP address”."),
        nonsense(json!({"effect": "html_404"})),
        quota(),
        nonsense(json!({"effect": "garbage"})),
        nonsense(json!({"effect": "truncated"})),
        no_answer(
            json!({"effect": "http_status", "status": 503}),
            "Metakocka's server is not available at the moment (HTTP status 503).",
        ),
        no_answer(
            json!({"effect": "cut_body"}),
            "The connection to Metakocka was lost before its answer was complete.",
        ),
        no_answer(Value::Null, "Metakocka could not be reached."),
    ]
}

async fn arm(app: &TestApp, case: &Case) {
    if case.fault.is_null() {
        app.stop_simulator().await;
    } else {
        app.simulator(metakocka_simulator::RunningSimulator::clear_faults);
        app.fault(&case.fault);
    }
}

/// The owner enters the key again, which ends a refusal and the wait for the quota.
async fn reconnect(app: &TestApp, owner: &mut Actor) {
    let fields = [("company", "16"), ("secret", SECRET), ("address", app.simulator_url()), ("deed", "save")];
    let answer = owner.script("save-connection", &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

async fn button(actor: &mut Actor) -> ButtonSeen {
    let page = actor.page("/sales-documents").await;
    assert_eq!(page.status, 200, "{}", page.text);
    ButtonSeen::on(&page.text)
}

/// The answer of the API: status, code, sentence, and for 503 when to come again.
fn check_answer(case: &Case, answer: &Answer) {
    assert_eq!((answer.status, answer.error().0.as_str()), (case.status, case.code), "{}", answer.text);
    let again = answer.header("retry-after").parse::<u64>().ok();
    match case.status {
        503 => {
            let least = if case.code == "quota" { 50 } else { 1 };
            assert!(
                again.is_some_and(|seconds| (least..=900).contains(&seconds)),
                "{again:?}: {}",
                answer.text
            );
        }
        _ => assert_eq!(again, None),
    }
}

/// What the button says: state, label, reason, next automatic try between the two instants, and no zero.
fn check_button(case: &Case, seen: &ButtonSeen, looked: (Timestamp, Timestamp)) {
    assert_eq!((seen.state.as_str(), seen.label.as_str()), (case.state, case.label), "{seen:?}");
    if let Some(next) = case.next {
        let zone = TimeZone::get("Europe/Ljubljana").unwrap();
        let time = |at: Timestamp| zone.to_datetime(at).strftime("%H:%M").to_string();
        let minutes = std::iter::successors(Some(looked.0), |at| Some(*at + SignedDuration::from_mins(1)));
        let last = looked.1 + LONGEST_WAIT;
        let times: Vec<String> = minutes.take_while(|at| *at < last).chain([last]).map(time).collect();
        let told = seen.tip.split(next).nth(1).unwrap_or_else(|| panic!("no next try: {seen:?}"));
        assert!(times.iter().any(|time| told.ends_with(time)), "{times:?}: {seen:?}");
    }
    match case.state {
        "key_refused" => assert!(seen.tip.starts_with("Since "), "{seen:?}"),
        "quota" => {}
        _ => assert!(seen.tip.starts_with(case.reason), "{seen:?}"),
    }
    if case.state == "bad_answer" {
        assert!(seen.tip.contains("Reference "), "{seen:?}");
    }
    assert_eq!(seen.enabled, case.state != "quota", "{seen:?}");
}

async fn each_fault_is_told_as_it_is_before_anybody_ever_looked(db: TestDb) {
    let app = TestApp::on(&db).await;
    let (mut owner, mut program) = (app.owner().await, app.token().await);
    for case in cases() {
        arm(&app, &case).await;
        let begun = app.engine.now();
        let looked = program.get(&format!("{WAITING}?refresh=true")).await;
        check_answer(&case, &looked);
        check_button(&case, &button(&mut owner).await, (begun, app.engine.now()));
        let list = program.get(WAITING).await;
        assert_eq!(list.status, 200);
        assert!(list.json()["total"].is_null() && list.json()["checkedAt"].is_null(), "{}", list.text);
        if case.state != "key_refused" {
            assert_eq!(list.json()["lastError"], case.reason);
        }
        check_answer(&case, &program.post(PULL, "").await);
        if matches!(case.state, "key_refused" | "quota") {
            reconnect(&app, &mut owner).await;
        }
    }
    app.end().await;
}

async fn a_fault_keeps_the_list_of_the_look_before_it_and_says_why_it_is_old(db: TestDb) {
    let app = TestApp::on(&db).await;
    let (mut owner, mut program) = (app.owner().await, app.token().await);
    let before = program.get(&format!("{WAITING}?refresh=true")).await.json();
    assert_eq!(before["total"], 30);
    // One of each kind is enough here, and the last one stops the simulator: what is tried again takes its time.
    let told = |case: &Case| case.fault["effect"] != "cut_body" && case.fault["status"] != 503;
    for case in cases().into_iter().filter(told) {
        arm(&app, &case).await;
        check_answer(&case, &program.get(&format!("{WAITING}?refresh=true")).await);
        let list = program.get(WAITING).await;
        assert_eq!(list.status, 200);
        let mut list = list.json();
        if case.state == "key_refused" {
            reconnect(&app, &mut owner).await;
        } else {
            assert_eq!(list["lastError"], case.reason);
            let page = unescaped(&owner.page("/sales-documents/waiting").await.text);
            for text in
                ["The last look did not work; this is the older list", case.reason, "30 documents there"]
            {
                assert!(page.contains(text), "{text} is not on the page of {:?}", case.fault);
            }
            assert_eq!(button(&mut owner).await.label, case.label);
        }
        if case.state == "quota" {
            let calls = app.simulator(metakocka_simulator::RunningSimulator::request_counts);
            check_answer(&case, &program.get(&format!("{WAITING}?refresh=true")).await);
            let after = app.simulator(metakocka_simulator::RunningSimulator::request_counts);
            assert_eq!(after, calls, "nobody is asked before the time is over");
            reconnect(&app, &mut owner).await;
        }
        list["lastError"] = Value::Null;
        assert_eq!(list, before, "the older list, unchanged");
    }
    app.end().await;
}

async fn an_answer_that_takes_half_a_minute_is_shown_as_checking_and_then_taken(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut staff = app.staff().await;
    app.fault(&json!({"endpoint": "search", "effect": "delay_ms", "ms": 30_000, "count": 1}));
    let started = staff.script("sync-from-metakocka", &[("deed", "look"), ("kind", "sales_document")]).await;
    assert_eq!(started.status, 200, "{}", started.text);
    let meanwhile = button(&mut staff).await;
    assert_eq!((meanwhile.state.as_str(), meanwhile.label.as_str()), ("looking", "Checking…"));
    assert!(!meanwhile.enabled && meanwhile.tip.starts_with("Looking in Metakocka… since "), "{meanwhile:?}");
    let joined = staff.get(&format!("{WAITING}?refresh=true")).await;
    assert_eq!((joined.status, &joined.json()["status"]), (202, &json!("running")), "{}", joined.text);
    assert_eq!(button(&mut staff).await.state, "looking");
    let looked = staff.get(&format!("{WAITING}?refresh=true")).await;
    assert_eq!((looked.status, &looked.json()["total"]), (200, &json!(30)), "{}", looked.text);
    let after = button(&mut staff).await;
    assert_eq!((after.state.as_str(), after.label.as_str()), ("ready", "Sync 30 from Metakocka"));
    assert!(
        after.enabled && after.tip.starts_with("30 new, 0 changed, 0 need review; last looked "),
        "{after:?}"
    );
    app.end().await;
}

async fn one_malformed_document_is_reported_alone_and_the_others_arrive(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut staff = app.staff().await;
    let bad = app.simulator(|simulator| {
        let bad = simulator.documents("16").unwrap().remove(4);
        let malformed = Some(metakocka_simulator::Malformation::DocDate);
        simulator.malform("16", bad.doc_type, &bad.id, malformed).unwrap();
        bad
    });
    let found = staff.get(&format!("{WAITING}?refresh=true&limit=200")).await.json();
    assert_eq!(found["total"], 30);
    let rows = found["documents"].as_array().unwrap();
    let unreadable: Vec<&Value> = rows.iter().filter(|row| row["reason"] == "unreadable").collect();
    assert_eq!((unreadable.len(), unreadable[0]["mk_id"].as_str()), (1, Some(bad.id.as_str())), "{found}");
    let seen = button(&mut staff).await;
    assert_eq!(seen.label, "Sync 29 from Metakocka");
    assert!(seen.tip.starts_with("29 new, 0 changed, 1 need review"), "{seen:?}");
    let taken = staff.post(PULL, "").await.json();
    assert_eq!(
        (&taken["created"], &taken["failed"], &taken["success"]),
        (&json!(29), &json!(0), &json!(true))
    );
    let seen = button(&mut staff).await;
    assert_eq!((seen.state.as_str(), seen.label.as_str()), ("review", "1 needs review"));
    let page = unescaped(&staff.page("/sales-documents/waiting").await.text);
    assert!(page.contains("Can't be read") && page.contains("1 document there"), "{page}");
    app.end().await;
}

engine::each_engine!(
    each_fault_is_told_as_it_is_before_anybody_ever_looked,
    a_fault_keeps_the_list_of_the_look_before_it_and_says_why_it_is_old,
    an_answer_that_takes_half_a_minute_is_shown_as_checking_and_then_taken,
    one_malformed_document_is_reported_alone_and_the_others_arrive,
);
