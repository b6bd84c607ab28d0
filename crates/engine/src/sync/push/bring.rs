//! Brings one record to Metakocka: looks at what was decided about it, does that, and looks again, until nothing is left
//! to be done now.

use std::future::Future;
use std::pin::Pin;

use sync_core::intent::{Ended, Hold, Marker, NotStored, StateName, Waking};
use sync_core::record::{ExternalId, RecordKind};
use sync_core::time::UtcMicros;

use super::super::failure::Failure;
use super::super::matching::{At, link_certain};
use super::super::outbound::dormant;
use super::super::outgoing::{self, Prepared, ReadBack};
use super::super::preview::{Planned, planned};
use super::super::run::check_works;
use super::super::seen::{Seen, Step, asks_to_be_made};
use super::super::writing::{self, Writing};
use super::super::{parties, replan, whole};
use super::change::{change, place, subject};
use super::drive::{self, Beginning, Rest};
use super::{Desk, again, commit, settle};
use crate::store::intents::{self, IntentRow};
use crate::store::mirror::{self, MirrorRow, StoredDecision};
use crate::store::records::{self, Decision};
use crate::store::{StoreError, connections, links};

/// How often a record is looked at again in one go: its parties, a take, a change of the fields, one of the status, and
/// what somebody did meanwhile.
const MOST_ROUNDS: usize = 8;

/// Records that could be the same and are shown to a person.
const MOST_CANDIDATES: usize = 5;

/// What came of a record.
#[derive(Debug)]
pub(super) struct Brought {
    pub outcome: &'static str,
    pub code: Option<&'static str>,
    pub sentence: Option<String>,
    pub advice: Option<String>,
    pub label: Option<String>,
    pub remote_type: String,
    pub external_id: String,
}

impl Brought {
    pub(super) fn ended(outcome: &'static str, code: Option<&'static str>, sentence: Option<String>) -> Self {
        Self {
            outcome,
            code,
            sentence,
            advice: None,
            label: None,
            remote_type: String::new(),
            external_id: String::new(),
        }
    }

    /// The record does not exist any more.
    pub(super) fn missing() -> Self {
        Self::ended("skipped", Some("not_found"), Some("It is not here any more.".to_owned()))
    }

    /// It is not what the plan shows any more.
    pub(super) fn moved(why: String) -> Self {
        let advice = Some("Make a new plan.".to_owned());
        Self { advice, ..Self::ended("skipped", Some("changed_meanwhile"), Some(why)) }
    }

    fn of(self, seen: &Seen) -> Self {
        let Some((remote_type, link)) = &seen.link else { return self };
        Self { remote_type: remote_type.clone(), external_id: link.external_id.clone(), ..self }
    }
}

/// Brings a record, and what it names before it.
pub(super) fn record<'a>(
    desk: &'a Desk<'a>,
    kind: RecordKind,
    id: &'a str,
) -> Pin<Box<dyn Future<Output = Result<Brought, Failure>> + Send + 'a>> {
    Box::pin(async move {
        let mut done = "unchanged";
        let mut planned_on = match as_planned(desk, kind, id).await? {
            Planned::On(content) => content,
            Planned::Moved(why) => return Ok(Brought::moved(why)),
        };
        for _ in 0..MOST_ROUNDS {
            let Some(seen) = load(desk, kind, id).await? else { return Ok(Brought::missing()) };
            let seen = Seen { planned_on: planned_on.clone(), ..seen };
            match Box::pin(round(desk, &seen)).await? {
                Round::Again(outcome) => {
                    done = stronger(done, outcome);
                    // What is there now was written from here.
                    planned_on = planned_on.filter(|_| outcome == "unchanged");
                }
                Round::Settled(brought) if brought.outcome == "unchanged" => {
                    let outcome = stronger(seen.did(desk.run), done);
                    return Ok(Brought { outcome, ..brought }.of(&seen));
                }
                Round::Settled(brought) => return Ok(brought.of(&seen)),
            }
        }
        let sentence = "It changed again and again while it was sent.".to_owned();
        Ok(Brought::ended("failed", Some("restless"), Some(sentence)))
    })
}

/// Whether it is still as the plan shows it that the run carries out. What the run has begun with it goes on with.
async fn as_planned(desk: &Desk<'_>, kind: RecordKind, id: &str) -> Result<Planned, StoreError> {
    let Some(plan) = &desk.plan else { return Ok(Planned::On(None)) };
    let scope = desk.working.scope;
    let mut reader = desk.working.engine.db().read().await?;
    let last = intents::last(&mut reader, scope, kind.as_str(), id).await?;
    if last.is_some_and(|last| last.run_id.as_deref() == desk.run) {
        return Ok(Planned::On(None));
    }
    planned(&mut reader, scope, plan, (kind, id)).await
}

/// A record that was made and then changed was made.
fn stronger(before: &'static str, now: &'static str) -> &'static str {
    if before == "created" || now == "unchanged" { before } else { now }
}

pub(super) enum Round {
    /// Something was done: the record is looked at again.
    Again(&'static str),
    /// Nothing more is to be done now.
    Settled(Brought),
}

async fn round(desk: &Desk<'_>, seen: &Seen) -> Result<Round, Failure> {
    let asked_for = seen.link.is_none() && is_asked_for(desk, seen).await?;
    match seen.step(asked_for) {
        Step::GoOn => go_on_with(desk, seen).await,
        Step::OnceMore => Box::pin(again::once_more(desk, seen)).await,
        Step::BringNamed => bring_named(desk, seen).await,
        Step::Link => Box::pin(link(desk, seen)).await,
        Step::Create => Box::pin(create(desk, seen)).await,
        Step::Change => Box::pin(change(desk, seen)).await,
        Step::LookAtCandidates => candidates_again(desk, seen).await,
        Step::Rest => Ok(Round::Settled(as_decided(&seen.decision))),
    }
}

async fn go_on_with(desk: &Desk<'_>, seen: &Seen) -> Result<Round, Failure> {
    let Some(intent) = seen.unfinished() else { return Ok(Round::Again("unchanged")) };
    let outcome = if intent.creates == 1 { "created" } else { "updated" };
    let rest = Box::pin(go_on(desk, intent.clone())).await?;
    rested(desk, seen, rest, outcome).await
}

async fn load(desk: &Desk<'_>, kind: RecordKind, id: &str) -> Result<Option<Seen>, StoreError> {
    let mut reader = desk.working.engine.db().read().await?;
    Seen::load(&mut reader, desk.working.scope, kind, id).await
}

async fn is_asked_for(desk: &Desk<'_>, seen: &Seen) -> Result<bool, StoreError> {
    let working = desk.working;
    asks_to_be_made(working.engine.db(), working.scope, &desk.connection.id, seen).await
}

/// What could be the record there may have turned out to be another one meanwhile: then nothing is asked any more.
async fn candidates_again(desk: &Desk<'_>, seen: &Seen) -> Result<Round, Failure> {
    decide_again(desk, seen).await?;
    Ok(match load(desk, seen.kind, &seen.id).await? {
        Some(now) if now.decision != seen.decision => Round::Again("unchanged"),
        Some(now) => Round::Settled(as_decided(&now.decision)),
        None => Round::Settled(Brought::missing()),
    })
}

/// Links a record that Metakocka has for certain (row 14); what is left to be sent is seen then.
async fn link(desk: &Desk<'_>, seen: &Seen) -> Result<Round, Failure> {
    let working = desk.working;
    let at = At { scope: working.scope, connection: &desk.connection.id, kind: seen.kind };
    let mut tx = working.begin().await?;
    let linked = link_certain(working.engine, &mut tx, at, &seen.id).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(if linked { Round::Again("unchanged") } else { Round::Settled(as_decided(&seen.decision)) })
}

/// What is said of a record that is left as it is.
fn as_decided(decision: &Decision) -> Brought {
    let detail = decision.detail.clone();
    let ended = |outcome, code| Brought::ended(outcome, Some(code), detail.clone());
    match decision.status.as_deref() {
        Some("synced") => Brought::ended("unchanged", None, None),
        Some("needs_review") => ended("review", "needs_review"),
        Some("unknown") => ended("unknown", "unknown"),
        Some("running") => ended("unknown", "running"),
        Some("error") if decision.reason.as_deref() == Some("refused") => ended("failed", "refused"),
        Some("error") => ended("failed", "blocked"),
        Some("pending") if decision.plan_row == Some(14) => ended("review", "needs_review"),
        Some("pending") if decision.reason.as_deref() == Some("to_take") => ended("skipped", "to_take"),
        Some("pending") => ended("skipped", "waiting"),
        _ => ended("skipped", "not_sent"),
    }
}

/// Goes on with an intent that is not over; what has not left and is no longer what lies here is taken back.
pub(super) async fn go_on(desk: &Desk<'_>, intent: IntentRow) -> Result<Rest, Failure> {
    let scope = desk.working.scope;
    let kind = intent.kind.parse().map_err(|_| StoreError::Corrupt { column: "intents.kind" })?;
    if let Some(said) = &intent.person_said {
        let said = settle::said(said)?;
        return Box::pin(drive::hear(desk, intent, said)).await;
    }
    let mut reader = desk.working.engine.db().read().await?;
    let revision = records::revision(&mut reader, scope, kind, &intent.record_id).await?;
    drop(reader);
    match intent.state.as_str() {
        "prepared" if revision != Some(intent.revision) => Box::pin(drive::cancel(desk, intent)).await,
        "sending" => drive::resume(desk, intent, Waking::Abandoned).await,
        _ => drive::resume(desk, intent, Waking::Due).await,
    }
}

/// What an intent came to rest with.
async fn rested(desk: &Desk<'_>, seen: &Seen, rest: Rest, outcome: &'static str) -> Result<Round, Failure> {
    match rest {
        Rest::Over { could_be } => over(desk, seen, &could_be, outcome).await,
        Rest::Held(Hold::TooLate) => Ok(Round::Again("unchanged")),
        Rest::Held(hold) => Err(Failure::Held { hold }),
        Rest::Later | Rest::Asks => {
            let now = load(desk, seen.kind, &seen.id).await?;
            let decision = now.map_or_else(|| seen.decision.clone(), |now| now.decision);
            Ok(Round::Settled(as_decided(&decision)))
        }
    }
}

/// An intent is over: its record is planned again.
async fn over(
    desk: &Desk<'_>,
    seen: &Seen,
    could_be: &[ExternalId],
    outcome: &'static str,
) -> Result<Round, Failure> {
    let mut reader = desk.working.engine.db().read().await?;
    let last = intents::last(&mut reader, desk.working.scope, seen.kind.as_str(), &seen.id).await?;
    drop(reader);
    let Some(last) = last else { return Ok(Round::Again("unchanged")) };
    if last.state == StateName::Confirmed.as_str() {
        return Ok(Round::Again(outcome));
    }
    let ended = dormant(&last.machine)?;
    if matches!(ended.ended(), Some(Ended::NotStored(NotStored::FoundBefore))) {
        let now = load(desk, seen.kind, &seen.id).await?;
        if let Some(now) = now.filter(|now| now.says(1, "erased")) {
            // Nobody is looked for who was erased in the step that ended the write.
            return Ok(Round::Settled(as_decided(&now.decision)));
        }
        meet_candidates(desk, seen, could_be).await?;
        let Some(now) = load(desk, seen.kind, &seen.id).await? else {
            return Ok(Round::Settled(Brought::missing()));
        };
        // What was found is none that it could be: it is made, and they are known then.
        let is_none = now.says(16, "to_send") || is_asked_for(desk, &now).await?;
        return Ok(if is_none {
            Round::Again("unchanged")
        } else {
            Round::Settled(as_decided(&now.decision))
        });
    }
    Ok(Round::Again("unchanged"))
}

/// Puts what the look-up found into the mirror, so that a person can decide.
async fn meet_candidates(desk: &Desk<'_>, seen: &Seen, could_be: &[ExternalId]) -> Result<(), Failure> {
    let code = code(desk, seen).await?;
    let mut rows = Vec::new();
    for id in could_be.iter().take(MOST_CANDIDATES) {
        let asked_at = UtcMicros(desk.working.now());
        let subject = subject(seen.kind, "");
        let read = outgoing::read_by_id(&desk.client, subject, id, code.as_deref(), asked_at).await;
        if let ReadBack::Found(found) = read {
            rows.push(commit::mirror_row(&found));
        }
    }
    let working = desk.working;
    let mut tx = working.begin().await?;
    let (place, now) = (place(desk, seen.kind, ""), working.now());
    let rows = rows.into_iter().map(|row| MirrorRow { decision: Some(parties::undecided()), ..row });
    mirror::put(&mut tx, working.scope, place, rows.collect(), now).await?;
    replan::again(working.engine, &mut tx, working.scope, seen.kind, &seen.id).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(())
}

/// Brings the customer and the products that a document waits for.
async fn bring_named(desk: &Desk<'_>, seen: &Seen) -> Result<Round, Failure> {
    let mut reader = desk.working.engine.db().read().await?;
    let missing = whole::unlinked(desk.working.scope, &mut reader, &seen.id).await?;
    drop(reader);
    if missing.is_empty() || seen.kind != RecordKind::SalesDocument {
        return Ok(Round::Settled(as_decided(&seen.decision)));
    }
    // Two documents that name the same customer bring it once.
    let one_at_a_time = desk.parties.lock().await;
    let mut moved = false;
    for (kind, id) in missing {
        let brought = record(desk, kind, &id).await?;
        moved |= matches!(brought.outcome, "created" | "updated" | "unchanged");
    }
    drop(one_at_a_time);
    decide_again(desk, seen).await?;
    let now = load(desk, seen.kind, &seen.id).await?;
    match now {
        Some(now) if moved && now.decision != seen.decision => Ok(Round::Again("unchanged")),
        Some(now) => Ok(Round::Settled(as_decided(&now.decision))),
        None => Ok(Round::Settled(Brought::missing())),
    }
}

async fn decide_again(desk: &Desk<'_>, seen: &Seen) -> Result<(), Failure> {
    let working = desk.working;
    let mut tx = working.begin().await?;
    replan::again(working.engine, &mut tx, working.scope, seen.kind, &seen.id).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(())
}

/// The code by which a product is read: the filter by id does not select (`metakocka-api.md §2.1`).
pub(super) async fn code(desk: &Desk<'_>, seen: &Seen) -> Result<Option<String>, StoreError> {
    Ok(match seen.kind {
        RecordKind::Product => {
            let mut reader = desk.working.engine.db().read().await?;
            Some(writing::product(&mut reader, desk.of(seen)).await?.code)
        }
        _ => None,
    })
}

/// Makes the record in Metakocka.
async fn create(desk: &Desk<'_>, seen: &Seen) -> Result<Round, Failure> {
    let mut reader = desk.working.engine.db().read().await?;
    let made = writing::creation(&mut reader, desk.of(seen)).await?;
    drop(reader);
    match made {
        None => Ok(Round::Settled(Brought::missing())),
        Some(Err(reasons)) => blocked(desk, seen, reasons).await,
        Some(Ok(Writing { prepared, remote_type, marker })) => {
            start(desk, seen, (prepared, remote_type, marker), "created").await
        }
    }
}

pub(super) async fn start(
    desk: &Desk<'_>,
    seen: &Seen,
    (prepared, remote_type, marker): (Prepared, String, Option<Marker>),
    outcome: &'static str,
) -> Result<Round, Failure> {
    let connection = connections::connection(desk.working.engine.db(), desk.working.scope).await?;
    let connection = connection.ok_or(StoreError::Corrupt { column: "jobs.connection_id" })?;
    check_works(&connection)?;
    let what = Beginning {
        kind: seen.kind,
        record: &seen.id,
        remote_type,
        marker,
        revision: seen.revision,
        last: seen.last.as_ref(),
    };
    let rest = drive::begin(desk, what, prepared).await?;
    rested(desk, seen, rest, outcome).await
}

/// Records why a record can't be sent as it is: every reason (gate g2).
pub(super) async fn blocked(desk: &Desk<'_>, seen: &Seen, reasons: Vec<String>) -> Result<Round, Failure> {
    let working = desk.working;
    let detail = reasons.join(" ");
    let row = seen.decision.plan_row.unwrap_or(if seen.link.is_some() { 21 } else { 16 });
    let decision =
        StoredDecision { row, status: "error", reason: Some("blocked"), detail: Some(detail.clone()) };
    let mut tx = working.begin().await?;
    match &seen.link {
        Some((_, link)) => {
            links::decide(&mut tx, working.scope, &link.id, Some(seen.revision), decision).await?;
        }
        None => records::decide(&mut tx, working.scope, seen.kind, &seen.id, Some(decision)).await?,
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Round::Settled(Brought::ended("failed", Some("blocked"), Some(detail))))
}
