//! One run: prepares, lets it storm, waits until it is quiet, judges.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::time::Duration;

use engine::sync::Cause;
use jiff::SignedDuration;
use metakocka_simulator::{LoggedRequest, TruthPartner};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::{Value, json};
use sync_core::record::RecordKind;

use crate::act::{self, Stage, now};
use crate::judge::{self, Left, Violation};
use crate::ledger::Ledger;
use crate::net::Trouble;
use crate::place::{COMPANY, Instance, Place};
use crate::{Arguments, settle, story, weather};

/// What runs came to.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) runs: u64,
    pub(crate) kills: u64,
    stops: u64,
    faults: BTreeMap<String, u64>,
    calls: u64,
    made: usize,
    edits_here: usize,
    edits_there: usize,
    /// Edits there that fell between our read of the record and the end of our write.
    raced: usize,
    settled_ms: i64,
    states: BTreeMap<String, u64>,
}

impl Figures {
    /// Adds another run.
    pub(crate) fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.kills += other.kills;
        self.stops += other.stops;
        self.calls += other.calls;
        self.made += other.made;
        self.edits_here += other.edits_here;
        self.edits_there += other.edits_there;
        self.raced += other.raced;
        self.settled_ms += other.settled_ms;
        for (name, count) in &other.faults {
            *self.faults.entry(name.clone()).or_default() += count;
        }
        for (name, count) in &other.states {
            *self.states.entry(name.clone()).or_default() += count;
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} kills, {} stops, {} faults {:?}, {} calls, {} made here, {} edits here, {} there ({} in the midst of a write), settled in {} ms, {:?}",
            self.kills,
            self.stops,
            self.faults.values().sum::<u64>(),
            self.faults,
            self.calls,
            self.made,
            self.edits_here,
            self.edits_there,
            self.raced,
            self.settled_ms,
            self.states
        )
    }
}

/// How a run ended.
pub(crate) struct Outcome {
    pub(crate) figures: Figures,
    pub(crate) violations: Vec<Violation>,
    pub(crate) story: String,
}

/// Runs a seed.
pub(crate) async fn run(arguments: &Arguments, seed: u64) -> (u64, Result<Outcome, Trouble>) {
    (seed, one(arguments, seed).await)
}

async fn one(arguments: &Arguments, seed: u64) -> Result<Outcome, Trouble> {
    let mut place = Place::make(arguments, seed).await?;
    let outcome = in_place(&place, arguments, seed).await;
    let good = outcome.as_ref().is_ok_and(|outcome| outcome.violations.is_empty());
    if arguments.keep || !good {
        println!("seed {seed}: kept in {}", place.folder.display());
        place.keep();
    }
    outcome
}

async fn in_place(place: &Place, arguments: &Arguments, seed: u64) -> Result<Outcome, Trouble> {
    let mut instances = Vec::new();
    for _ in 0..arguments.instances.max(1) {
        let mut instance = Place::instance()?;
        place.start(&mut instance)?;
        place.ready(&instance).await?;
        instances.push(instance);
    }
    let first = place.engine.start_sync(&place.scope, RecordKind::SalesDocument, Cause::Command).await?;
    settle::wait(place, &first, now() + SignedDuration::from_secs(90)).await?;
    let ledger = RefCell::new(Ledger::default());
    let urls = instances.iter().map(|instance| instance.url.clone()).collect();
    let stage = Stage { place, ledger: &ledger, urls, seed };
    let mut figures = storm(&stage, &mut instances, arguments).await?;
    weather::clear(place).await?;
    let (left, took) = settle::settle(place, &stage.urls[0], arguments.horizon).await?;
    figures.settled_ms = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
    let mut violations: Vec<Violation> = Vec::new();
    for instance in &mut instances {
        if instance.has_ended() {
            violations.push(Violation::new("an instance ended by itself"));
        }
    }
    let passing: Vec<Violation> = left.into_iter().map(|what| passing(&what)).collect();
    violations.extend(passing);
    settle::scan(place).await?;
    let left = look(place, &stage.urls[0]).await?;
    let ledger = ledger.into_inner();
    violations.extend(judge::judge(&left, &ledger));
    figure(&mut figures, &left, &ledger);
    let mut told = String::new();
    for violation in &violations {
        told.push_str(&story::tell(place, &left, &ledger, violation).await?);
    }
    Ok(Outcome { figures, violations, story: told })
}

fn passing(what: &str) -> Violation {
    let here = what.split(' ').nth(1).map(str::to_owned);
    Violation { here, ..Violation::new(format!("not settled: {what}")) }
}

/// Everybody works until the last kill.
async fn storm(
    stage: &Stage<'_>,
    instances: &mut [Instance],
    arguments: &Arguments,
) -> Result<Figures, Trouble> {
    let over = Cell::new(false);
    let of = |number: u64| ChaCha8Rng::seed_from_u64(stage.seed.wrapping_mul(1_000).wrapping_add(number));
    let mut weathers = of(1);
    weather::change(stage.place, &mut weathers, arguments.horizon).await?;
    let killed = async {
        let killed = kill(stage.place, instances, &mut of(2), arguments).await;
        over.set(true);
        killed
    };
    let here = async |number: u64| {
        let mut chance = of(number);
        while !over.get() {
            note(act::here(stage, &mut chance).await);
            pause(&mut chance, 50..700).await;
        }
    };
    let there = async {
        let mut chance = of(3);
        while !over.get() {
            note(act::there(stage, &mut chance).await);
            pause(&mut chance, 100..900).await;
        }
    };
    let pushes = async {
        let mut chance = of(4);
        while !over.get() {
            note(act::push(stage, &mut chance).await);
            pause(&mut chance, 100..900).await;
        }
    };
    let pulls = async {
        let mut chance = of(5);
        while !over.get() {
            let url = stage.urls[chance.random_range(0..stage.urls.len())].clone();
            note(act::pull(stage.place, &url).await);
            pause(&mut chance, 300..2_000).await;
        }
    };
    let weather = async {
        while !over.get() {
            pause(&mut weathers, 1_500..5_000).await;
            if !over.get() {
                note(weather::change(stage.place, &mut weathers, arguments.horizon).await);
            }
        }
    };
    let noise = people(stage, of(6));
    let (killed, (), (), (), (), (), (), noise) =
        tokio::join!(killed, here(7), here(8), there, pushes, pulls, weather, noise);
    noise?;
    stage.place.sim(Method::DELETE, "people", None::<&Value>).await?;
    let (kills, stops) = killed?;
    Ok(Figures { runs: 1, kills, stops, ..Figures::default() })
}

/// In some runs other people are at work in Metakocka, whose acts are only seen on the records.
async fn people(stage: &Stage<'_>, mut chance: ChaCha8Rng) -> Result<(), Trouble> {
    if !stage.seed.is_multiple_of(3) {
        return Ok(());
    }
    let body = json!({
        "company": COMPANY, "seed": chance.random::<u32>(), "rate": 60,
        "only": ["create", "pay", "issue", "editPartner", "editProduct"],
    });
    stage.place.sim(Method::POST, "people", Some(&body)).await.map(drop)
}

/// Servers die all the time: a call without an answer is what this is about.
fn note(ended: Result<(), Trouble>) {
    if let Err(Trouble::Said(sentence)) = ended {
        println!("    {}", sentence.chars().take(300).collect::<String>());
    }
}

async fn pause(chance: &mut ChaCha8Rng, ms: std::ops::Range<u64>) {
    tokio::time::sleep(Duration::from_millis(chance.random_range(ms))).await;
}

async fn kill(
    place: &Place,
    instances: &mut [Instance],
    chance: &mut ChaCha8Rng,
    arguments: &Arguments,
) -> Result<(u64, u64), Trouble> {
    let (mut kills, mut stops) = (0, 0);
    let many = instances.len() > 1;
    while kills < u64::from(arguments.kills) {
        // Mostly soon after the start, sometimes late: a lease has to run out before the work goes on.
        let most = if chance.random_bool(0.4) { 1_500 } else { 9_000 };
        pause(chance, 300..most).await;
        let at = chance.random_range(0..instances.len());
        let instance = &mut instances[at];
        if many && chance.random_bool(0.35) {
            instance.signal("STOP").await?;
            pause(chance, 1_000..9_000).await;
            instance.signal("CONT").await?;
            stops += 1;
            continue;
        }
        if instance.has_ended() {
            return Err(Trouble::said("an instance ended by itself: see its log"));
        }
        instance.kill().await?;
        kills += 1;
        pause(chance, 0..600).await;
        place.start(instance)?;
        place.ready(instance).await?;
    }
    Ok((kills, stops))
}

async fn look(place: &Place, url: &str) -> Result<Left, Trouble> {
    let rows = settle::rows(place, url).await?;
    let (mut documents, mut contacts) = (HashMap::new(), HashMap::new());
    for row in &rows {
        let (path, into) = match row.kind {
            "sales_document" => ("sales-documents", &mut documents),
            "contact" => ("contacts", &mut contacts),
            _ => continue,
        };
        into.insert(row.id.clone(), place.get(url, &format!("/{path}/{}", row.id)).await?.body);
    }
    let truth = act::documents_there(place).await?;
    let mut partners = place.sim(Method::GET, "state?kind=partner&limit=1000", None::<&Value>).await?;
    let partners: Vec<TruthPartner> = read(partners["items"].take())?;
    let phones = partners
        .into_iter()
        .map(|one| (one.id, one.contacts.into_iter().filter_map(|person| person.phone).collect()))
        .collect();
    let mut log = place.sim(Method::GET, "requests?limit=10000", None::<&Value>).await?;
    let requests: Vec<LoggedRequest> = read(log["requests"].take())?;
    let alarmed = settle::alarmed(place).await?;
    Ok(Left { rows, documents, contacts, truth, phones, alarmed, requests })
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Trouble> {
    serde_json::from_value(value).map_err(|error| Trouble::Said(error.to_string()))
}

fn figure(figures: &mut Figures, left: &Left, ledger: &Ledger) {
    figures.made = ledger.made.len();
    figures.edits_here = ledger.here.len() + ledger.phones.len();
    figures.edits_there = ledger.there.len();
    figures.raced = ledger.there.iter().filter(|edit| judge::in_flight(left, edit)).count();
    figures.calls = left.requests.len() as u64;
    for request in &left.requests {
        if let Some(fault) = request.reply.as_ref().and_then(|reply| reply.fault.clone()) {
            *figures.faults.entry(fault).or_default() += 1;
        }
    }
    for row in left.rows.iter().filter(|row| row.kind != "product") {
        *figures.states.entry(format!("{} {} {}", row.kind, row.status, row.reason)).or_default() += 1;
    }
}
