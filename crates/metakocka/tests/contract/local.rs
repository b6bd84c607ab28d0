//! The simulator on a winter and on a summer clock, and with bugs.

use jiff::Timestamp;
use metakocka_simulator::{Clock, CompanySpec, Quirk, Quirks, RunningSimulator, Simulator, SimulatorOptions};

use crate::bugs::Bug;
use crate::case::Suite;
use crate::ledger::Made;
use crate::moments::Now;
use crate::own;
use crate::report::Report;
use crate::run;
use crate::target::Target;

/// The least number of cases: fewer would mean that files were lost.
const LEAST_CASES: usize = 120;
const COMPANY: &str = "16";
const KEY: &str = "contract-secret";
/// Enough that every type, discounts, gross prices, text lines, payments and drafts occur.
const DOCUMENTS: usize = 300;
const SEED: u64 = 7;

/// Clocks: the offset that is shown is right in one of them only.
const SEASONS: [(&str, &str); 2] = [("winter", "2026-01-20T09:30:00Z"), ("summer", "2026-07-15T09:30:00Z")];

/// Quirks that no exchange of calls, one after another, can tell from their absence, and why.
const UNTOLD: [(Quirk, &str); 4] = [
    (Quirk::SearchesQueue, "two searches at once would be needed"),
    (Quirk::LostReplies, "a reply would have to be lost"),
    (Quirk::CollidingIds, "a company may count its ids so or so"),
    (Quirk::CodesVary, "the reference allows both codes everywhere"),
];

pub(crate) async fn run(suite: &Suite, with_bugs: bool) -> Report {
    let mut report = Report::default();
    for (season, instant) in SEASONS {
        let (simulator, now) = simulator(instant).await;
        let before = records(&simulator);
        let (told, left) = run::run(suite, &target(&simulator, now), season).await;
        report.check(
            &format!("{season}: what is left behind is told, and no order is"),
            own::only_told(&before, &records(&simulator), &left),
        );
        report.note(format!("{season}: {} records left behind that cannot be deleted", left.len()));
        if with_bugs {
            report.check(&format!("{season}: every case is tried"), none(told.not_tried()));
        }
        report.note(format!(
            "{season}: {} held, {} did not, {} not tried",
            told.held(),
            told.failed(),
            told.not_tried()
        ));
        report.append(told);
    }
    if with_bugs {
        let count = suite.count();
        let enough = if count >= LEAST_CASES { Ok(()) } else { Err(format!("only {count}")) };
        report.check("there are at least 120 cases", enough);
        own::check(&mut report).await;
        plant_bugs(suite, &mut report).await;
    }
    report
}

/// Bugs on the way to the simulator, and quirks that it has lost.
async fn plant_bugs(suite: &Suite, report: &mut Report) {
    let mut found = 0;
    for bug in Bug::ALL {
        let (simulator, now) = simulator(SEASONS[0].1).await;
        let failure = run::first_failure(suite, &target(&simulator, now).with(bug)).await;
        found += usize::from(failure.is_some());
        check_found(report, bug.name(), failure);
    }
    report.note(format!("planted bugs found: {found} of {}", Bug::ALL.len()));
    let (mut found, mut tried) = (0, 0);
    for quirk in Quirk::ALL.iter().filter(|quirk| !UNTOLD.iter().any(|(untold, _)| untold == *quirk)) {
        let (simulator, now) = simulator_with(SEASONS[0].1, Quirks::default().without(*quirk)).await;
        let failure = run::first_failure(suite, &target(&simulator, now)).await;
        tried += 1;
        found += usize::from(failure.is_some());
        check_found(report, &quirk.to_string(), failure);
    }
    report.note(format!("lost quirks found: {found} of {tried}"));
    for (quirk, why) in UNTOLD {
        report.note(format!("not planted: {quirk}: {why}"));
    }
}

fn check_found(report: &mut Report, name: &str, failure: Option<String>) {
    if let Some(failure) = &failure {
        report.note(format!("planted: {name}: found by {failure}"));
    }
    let result = failure.map(|_| ()).ok_or_else(|| "no case fails".to_owned());
    report.check(&format!("a planted bug is found: {name}"), result);
}

async fn simulator(instant: &str) -> (RunningSimulator, Now) {
    simulator_with(instant, Quirks::default()).await
}

async fn simulator_with(instant: &str, quirks: Quirks) -> (RunningSimulator, Now) {
    let at: Timestamp = instant.parse().expect("the instants above are instants");
    let options = SimulatorOptions {
        clock: Clock::fixed(at),
        companies: vec![CompanySpec::new(COMPANY, KEY, SEED, DOCUMENTS)],
        ..SimulatorOptions::default()
    };
    (Simulator::start_with(options, quirks).await.expect("the simulator starts"), Now(at))
}

/// Every record of the company.
fn records(simulator: &RunningSimulator) -> Vec<Made> {
    let documents = simulator.documents(COMPANY).expect("the company is there").into_iter();
    let documents =
        documents.map(|one| Made::Document { doc_type: one.doc_type.name().to_owned(), id: one.id });
    let products = simulator.products(COMPANY).expect("the company is there").into_iter();
    let partners = simulator.partners(COMPANY).expect("the company is there").into_iter();
    let products = products.map(|product| Made::Product(product.id));
    documents.chain(products).chain(partners.map(|partner| Made::Partner(partner.id))).collect()
}

fn target(simulator: &RunningSimulator, now: Now) -> Target {
    Target::simulator(&simulator.url(), COMPANY, KEY, now)
}

fn none(count: usize) -> Result<(), String> {
    if count == 0 { Ok(()) } else { Err(format!("{count} are not")) }
}
