//! What goes wrong at Metakocka, and what people are told: never a number that nobody counted (issue 3, *Shows* 6).

use std::time::Duration;

use engine::sync::{CALL_TIMEOUT, Cause, ConnectionState, RunState, WorkerSettings};
use engine::test_support::TestDb;
use metakocka_simulator::{Clock, DocType, Effect, FaultRule, Quota, Settings, Simulator, SimulatorOptions};
use serde_json::json;
use sync_core::state::{ButtonState, Counts};
use tokio_util::sync::CancellationToken;

use crate::house::{COMPANY, House, KEY, KIND, START, company, connection, patient, simulator, state_code};
use crate::truth;

const DOCUMENTS: usize = 100;
/// How long a test waits for what has to happen by itself.
const PATIENCE: Duration = Duration::from_secs(30);

engine::each_engine!(
    every_fault_is_told_and_none_hides_what_waits,
    a_company_that_nobody_has_looked_into_stays_so_through_every_fault,
    a_stopped_metakocka_is_told_and_looked_into_again_by_itself,
    a_slow_metakocka_is_being_checked_and_then_answers,
    a_fault_that_passes_within_the_retries_is_not_told,
    a_wish_of_metakockas_to_wait_is_honoured,
    looks_that_end_badly_are_repeated_less_and_less_often,
);

/// What goes wrong.
enum Fault {
    /// An effect on every call.
    Always(Effect),
    /// An effect in the midst of a look.
    Midst(Effect),
    Quota,
    WrongKey,
}

/// A fault, and what is to be seen of it.
struct Case {
    fault: Fault,
    /// Code of the run that failed (contract §7).
    code: &'static str,
    /// `data-state` of the button.
    button: &'static str,
    /// Part of the sentence.
    sentence: &'static str,
    /// How often the look was tried.
    tries: i64,
    /// Whether it is looked again without anybody's doing.
    again: bool,
}

fn cases() -> Vec<Case> {
    let case =
        |fault, code, button, sentence, tries, again| Case { fault, code, button, sentence, tries, again };
    let no_answer =
        |effect, sentence| case(Fault::Always(effect), "unreachable", "no_answer", sentence, 3, true);
    let nonsense = |fault| {
        case(fault, "bad_answer", "bad_answer", "Metakocka's answer could not be understood.", 1, false)
    };
    let refused = |code: &str, text: &str| Effect::OprCode { code: code.to_owned(), text: text.to_owned() };
    let unavailable = Effect::HttpStatus { status: 503, retry_after: None };
    vec![
        no_answer(unavailable, "not available at the moment (HTTP status 503)"),
        no_answer(Effect::DropBeforeStore, "was lost before its answer was complete"),
        no_answer(Effect::CutBody, "was lost before its answer was complete"),
        nonsense(Fault::Always(Effect::Html404)),
        nonsense(Fault::Always(Effect::Garbage)),
        nonsense(Fault::Always(Effect::Truncated)),
        nonsense(Fault::Midst(Effect::Garbage)),
        case(
            Fault::Always(refused("2", "Parameter missing")),
            "bad_answer",
            "bad_answer",
            "Parameter missing",
            1,
            false,
        ),
        case(Fault::Quota, "quota", "quota", "is used up for now", 1, true),
        case(Fault::WrongKey, "key_refused", "key_refused", "refused the key", 1, false),
        case(
            Fault::Always(refused("4", "IP not allowed")),
            "key_refused",
            "key_refused",
            "IP not allowed",
            1,
            false,
        ),
    ]
}

impl Case {
    async fn arm(&self, house: &House) {
        let simulator = &house.simulator;
        match &self.fault {
            Fault::Always(effect) => simulator.add_fault(FaultRule::always("*", effect.clone())).unwrap(),
            Fault::Midst(effect) => simulator.add_fault(FaultRule::nth("search", 3, effect.clone())).unwrap(),
            Fault::Quota => {
                let quota = Some(Quota { calls: 0, per_ms: 3_600_000 });
                simulator.set_settings(Settings { quota, ..Settings::default() }).unwrap();
            }
            Fault::WrongKey => enter(house, "ni-pravi-kljuc").await,
        }
    }

    async fn clear(&self, house: &House) {
        house.simulator.clear_faults();
        house.simulator.set_settings(Settings::default()).unwrap();
        if self.button == "key_refused" {
            enter(house, KEY).await;
        }
    }

    /// Looks under the fault and checks everything that is told of it.
    async fn strike(&self, house: &House) {
        self.arm(house).await;
        house.simulator.clear_requests();
        let run = house.look().await;
        let what = format!("{} {}: {run:?}", self.code, self.sentence);
        assert_eq!((run.state, run.error_code.as_deref()), (RunState::Failed, Some(self.code)), "{what}");
        assert!(run.error.as_deref().is_some_and(|error| error.contains(self.sentence)), "{what}");
        assert!(run.reference.is_some(), "{what}");
        let tries: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM job_attempts a JOIN jobs j ON j.tenant_id = a.tenant_id AND j.id = a.job_id \
             WHERE j.tenant_id = $1 AND j.run_id = $2",
        )
        .bind(house.scope.tenant())
        .bind(run.id.as_str())
        .fetch_one(house.db.reader())
        .await
        .unwrap();
        assert_eq!(tries, self.tries, "{what}");
        assert_eq!(
            run.calls.unsigned_abs(),
            house.simulator.request_counts().values().sum::<u64>(),
            "{what}"
        );
        self.check_button(house, &run.reference.unwrap(), &what).await;
    }

    async fn check_button(&self, house: &House, logged_as: &str, what: &str) {
        let button = house.button().await;
        assert_eq!(button.data_state(), self.button, "{what}");
        match button {
            ButtonState::NoAnswer { reason, next_try } => {
                assert!(reason.contains(self.sentence), "{what}: {reason}");
                assert_eq!(next_try.is_some(), self.again, "{what}");
            }
            ButtonState::BadAnswer { reason, reference } => {
                assert!(reason.contains(self.sentence), "{what}: {reason}");
                assert_eq!(reference, logged_as, "{what}");
            }
            ButtonState::Quota { until } => assert!(until.0 > START.as_microsecond(), "{what}"),
            ButtonState::KeyRefused { .. } => {
                let view = house.engine.connection(&house.scope).await.unwrap().unwrap();
                assert_eq!(view.state, ConnectionState::KeyRefused, "{what}");
                assert!(view.reason.unwrap().contains(self.sentence), "{what}");
                let again = house.engine.start_look(&house.scope, KIND, Cause::Manual).await;
                assert_eq!(state_code(again), "key_refused");
            }
            other => panic!("{what}: {other:?}"),
        }
    }
}

async fn enter(house: &House, key: &str) {
    let input = connection(&house.simulator.url(), key);
    house.engine.save_connection(&house.scope, &input).await.unwrap();
}

/// Lets a worker run until the button shows what is waited for; nobody asks for anything.
async fn wait_for_the_button(house: &House, wanted: impl Fn(&ButtonState) -> bool) {
    let cancel = CancellationToken::new();
    let settings = WorkerSettings { idle: Duration::from_millis(10), ..patient() };
    let mut signal = house.engine.event_signal();
    let watch = async {
        while !wanted(&house.button().await) {
            signal.changed().await.unwrap();
        }
        cancel.cancel();
    };
    let both = async { tokio::join!(house.engine.work(&settings, &cancel), watch) };
    tokio::time::timeout(PATIENCE, both).await.expect("it happens by itself");
}

async fn every_fault_is_told_and_none_hides_what_waits(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let order = house.find(DocType::SalesOrder, |_| true);
    house.edit_there(&order, json!({ "title": "Čaka" }));
    house.look().await;
    let waits = Counts { n_changed: 1, ..Counts::default() };
    let is_ready =
        |button: &ButtonState| matches!(button, ButtonState::Ready { counts, .. } if *counts == waits);

    for case in cases() {
        assert!(is_ready(&house.button().await));
        let before = house.engine.waiting(&house.scope, KIND, None, 10).await.unwrap();
        assert_eq!((before.total, &before.last_error), (Some(1), &None));
        case.strike(&house).await;
        // What was known is known: the number, the record, and when it was counted.
        let under = house.engine.waiting(&house.scope, KIND, None, 10).await.unwrap();
        assert_eq!((under.total, &under.rows, under.checked_at), (Some(1), &before.rows, before.checked_at));
        if case.button != "key_refused" {
            assert!(under.last_error.is_some_and(|error| error.contains(case.sentence)));
        }
        case.clear(&house).await;
        if case.again {
            wait_for_the_button(&house, is_ready).await;
            let waits =
                "SELECT COUNT(*) FROM jobs WHERE tenant_id = $1 AND state <> 'done' AND state <> 'dead'";
            assert_eq!(truth::number(&house.db, &house.scope, waits).await, 0, "the try was started twice");
        } else {
            assert_eq!(house.look().await.state, RunState::Done);
        }
        let after = house.engine.waiting(&house.scope, KIND, None, 10).await.unwrap();
        assert!(after.checked_at > before.checked_at);
        assert_eq!((after.total, after.last_error), (Some(1), None));
        house.advance(Duration::from_mins(1));
    }
    assert_eq!(house.pull().await.updated, 1);
}

async fn a_company_that_nobody_has_looked_into_stays_so_through_every_fault(db: TestDb) {
    let house = House::beside(db, company(DOCUMENTS)).await;
    assert_eq!(house.button().await, ButtonState::NotLooked);
    for case in cases() {
        case.strike(&house).await;
        let page = house.engine.waiting(&house.scope, KIND, None, 10).await.unwrap();
        assert_eq!((page.total, page.checked_at, page.rows.len()), (None, None, 0));
        case.clear(&house).await;
    }
    assert_eq!(house.look().await.state, RunState::Done);
    let (rows, total) = house.waiting().await;
    assert_eq!((rows.len(), total), (DOCUMENTS, i64::try_from(DOCUMENTS).ok()));
    assert_eq!(house.pull().await.created, i64::try_from(DOCUMENTS).unwrap());
}

async fn a_stopped_metakocka_is_told_and_looked_into_again_by_itself(db: TestDb) {
    let mut house = House::synced(db, DOCUMENTS).await;
    let listen = house.simulator.url().trim_start_matches("http://").parse().unwrap();
    let elsewhere = simulator(company(1)).await;
    std::mem::replace(&mut house.simulator, elsewhere).stop().await;

    let run = house.look().await;
    assert_eq!((run.state, run.error_code.as_deref()), (RunState::Failed, Some("unreachable")), "{run:?}");
    let ButtonState::NoAnswer { reason, next_try: Some(next_try) } = house.button().await else {
        panic!("{:?}", house.button().await)
    };
    assert_eq!(reason, "Metakocka could not be reached.");
    assert!(
        next_try.0 <= engine::clock::Clock::now(&*house.clock).as_microsecond(),
        "finish() let the minute pass"
    );

    let clock = Clock::fixed(START);
    let companies = vec![company(DOCUMENTS)];
    let options = SimulatorOptions { listen, clock, companies, ..SimulatorOptions::default() };
    house.simulator = Simulator::start(options).await.unwrap();
    wait_for_the_button(&house, |button| matches!(button, ButtonState::AllSynced { .. })).await;
    let scheduled =
        "SELECT COUNT(*) FROM sync_runs WHERE tenant_id = $1 AND cause = 'schedule' AND state = 'done'";
    assert_eq!(truth::number(&house.db, &house.scope, scheduled).await, 1);
}

async fn a_slow_metakocka_is_being_checked_and_then_answers(db: TestDb) {
    // An answer that takes half a minute is an answer: calls may take longer than that.
    assert!(CALL_TIMEOUT > Duration::from_secs(48), "the slowest answer that was ever seen took 48 s");
    let house = House::beside(db, company(DOCUMENTS)).await;
    house.simulator.add_fault(FaultRule::nth("search", 1, Effect::DelayMs { ms: 1_000 })).unwrap();
    let run = house.engine.start_look(&house.scope, KIND, Cause::Manual).await.unwrap();
    let checked = async {
        while !house.simulator.request_counts().contains_key("search") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        house.button().await
    };
    let (_, during) = tokio::join!(house.finish(&run), checked);
    assert!(matches!(during, ButtonState::Looking { .. }), "{during:?}");
    assert!(matches!(house.button().await, ButtonState::Ready { .. }));
    assert_eq!(house.simulator.documents(COMPANY).unwrap().len(), DOCUMENTS);
}

async fn a_fault_that_passes_within_the_retries_is_not_told(db: TestDb) {
    let house = House::beside(db, company(DOCUMENTS)).await;
    for n in [1, 2] {
        house.simulator.add_fault(FaultRule::nth("search", n, Effect::CutBody)).unwrap();
    }
    let look = house.look().await;
    assert_eq!((look.state, look.error_code), (RunState::Done, None));
    assert_eq!(house.waiting().await.1, i64::try_from(DOCUMENTS).ok());
}

fn unavailable(retry_after: Option<u64>) -> Effect {
    Effect::HttpStatus { status: 503, retry_after }
}

async fn a_wish_of_metakockas_to_wait_is_honoured(db: TestDb) {
    let house = House::beside(db, company(DOCUMENTS)).await;
    let now = || house.engine.now().as_microsecond();
    // A short one by the next attempt.
    house.simulator.add_fault(FaultRule::nth("search", 1, unavailable(Some(4)))).unwrap();
    let run = house.engine.start_look(&house.scope, KIND, Cause::Manual).await.unwrap();
    house.engine.run_pending_jobs(&patient()).await.unwrap();
    let due = "SELECT due_at FROM jobs WHERE tenant_id = $1 AND state = 'queued'";
    assert!(truth::number(&house.db, &house.scope, due).await - now() >= 4_000_000);
    assert_eq!(house.finish(&run).await.state, RunState::Done);

    // A long one by the next look: nobody waits for it.
    house.simulator.clear_faults();
    house.simulator.add_fault(FaultRule::always("*", unavailable(Some(3_600)))).unwrap();
    house.simulator.clear_requests();
    let before = now();
    let run = house.look().await;
    assert_eq!((run.state, run.error_code.as_deref()), (RunState::Failed, Some("unreachable")), "{run:?}");
    assert_eq!(run.calls, 1, "{run:?}");
    let ButtonState::NoAnswer { next_try: Some(next), .. } = house.button().await else {
        panic!("{:?}", house.button().await)
    };
    assert_eq!(next.0 - before, 3_600_000_000);
}

async fn looks_that_end_badly_are_repeated_less_and_less_often(db: TestDb) {
    let house = House::beside(db, company(DOCUMENTS)).await;
    let wait = async || {
        assert_eq!(house.look().await.state, RunState::Failed);
        let sql = "SELECT next_try_at - check_at FROM connection_kinds WHERE tenant_id = $1 AND kind = 'sales_document'";
        let wait = truth::number(&house.db, &house.scope, sql).await;
        let ButtonState::NoAnswer { next_try, .. } = house.button().await else { panic!("no answer") };
        assert!(next_try.is_some());
        Duration::from_micros(wait.unsigned_abs())
    };
    house.simulator.add_fault(FaultRule::always("*", unavailable(None))).unwrap();
    let mut waits = Vec::new();
    for _ in 0..10 {
        waits.push(wait().await);
    }
    let minute = Duration::from_mins(1);
    for (wait, ceiling) in waits.iter().zip([1, 2, 4, 8, 15, 15, 15, 15, 15, 15]) {
        assert!((minute / 2..=ceiling * minute).contains(wait), "{waits:?}");
    }
    assert!(waits[4..].iter().sum::<Duration>() > 10 * minute, "{waits:?}");
    // One that ends well makes the next one patient with the first failure again.
    house.simulator.clear_faults();
    assert_eq!(house.look().await.state, RunState::Done);
    house.simulator.add_fault(FaultRule::always("*", unavailable(None))).unwrap();
    assert!(wait().await <= minute);
}
