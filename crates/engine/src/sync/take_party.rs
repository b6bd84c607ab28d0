//! Brings contacts and products into the CRM by themselves: rows 12 (create) and 20 (update) of the policy. Those that
//! documents name come with them, in `parties`.

use std::collections::BTreeSet;

use metakocka::{Partner, Product};
use serde::de::DeserializeOwned;
use sync_core::plan::UnlinkedRemote;
use sync_core::record::RecordKind;
use sync_core::state::SyncState;
use sync_core::three_way::Mergeable;

use super::decide::{self, Decided, Take};
use super::failure::Failure;
use super::meet::{self, Meeting, Site};
use super::outbound::Outbound;
use super::pair::{self, Chosen};
use super::parties::{self, Parties, Who};
use super::run::Slicing;
use super::start::{EVERYTHING, plan_of};
use super::{lists, page, replan, translate};
use crate::store::links::{self, LinkRow};
use crate::store::mirror::{self, Seen};
use crate::store::runs::{Counts, Item, ItemRow};
use crate::store::{StoreError, Tx, connections};

const NOT_THERE: &str = "Metakocka has no such record.";
/// An alias is read, its content is not taken (policy F).
const ALIAS: &str =
    "Its contact is linked to another row of the same customer, which is the one that is taken.";

/// Takes these items of a run.
pub(super) async fn take(slicing: &mut Slicing<'_>, items: Vec<ItemRow>) -> Result<(), Failure> {
    let (db, scope) = (slicing.working.engine.db(), slicing.working.scope);
    let ids: Vec<String> = items.iter().map(|item| item.external_id.clone()).collect();
    read_named(slicing, &ids).await?;
    let place = parties::place(slicing, slicing.kind);
    let links = links::of(db, scope, place, &ids).await?;
    let lone: BTreeSet<String> = ids.into_iter().filter(|id| !links.contains_key(id)).collect();
    let asked = pair::asked_for(&chosen(slicing).await?, UnlinkedRemote::Free);
    let parties = match asked.take {
        Take::Create => parties::alone(slicing, slicing.kind, lone).await?,
        _ => Parties::default(),
    };
    let calls = slicing.new_calls();
    let mut tx = slicing.working.begin().await?;
    parties.write(slicing, &mut tx, slicing.working.now()).await?;
    let mut settled = Vec::with_capacity(items.len());
    for item in items {
        settled.push(match links.get(&item.external_id) {
            Some(link) => linked(slicing, &mut tx, item, link).await?,
            None => alone(slicing, &mut tx, item, (&asked, &parties)).await?,
        });
    }
    let mut counts = Counts { calls, ..Counts::default() };
    page::count(&settled, &mut counts);
    replan::tell(slicing.working.engine, &mut tx, scope, slicing.kind).await?;
    page::conclude(slicing, tx, &settled, counts).await
}

/// Somebody who names records wants them as they are now: partners are read by their ids. What a plan shows is taken as it
/// was shown. A product cannot be read by its
/// id (`metakocka-api.md §2.1`): when the mirror lacks one, the list is read.
async fn read_named(slicing: &mut Slicing<'_>, ids: &[String]) -> Result<(), Failure> {
    match slicing.kind {
        _ if plan_of(&slicing.run.selection).is_some() => Ok(()),
        RecordKind::Contact if slicing.run.selection == EVERYTHING => Ok(()),
        RecordKind::Contact => lists::partners_by_id(slicing, ids).await,
        _ => {
            let (db, scope) = (slicing.working.engine.db(), slicing.working.scope);
            let known = mirror::known(db, scope, parties::place(slicing, slicing.kind), ids).await?;
            if ids.iter().all(|id| known.contains_key(id)) {
                return Ok(());
            }
            lists::scan(slicing, RecordKind::Product).await
        }
    }
}

async fn chosen(slicing: &Slicing<'_>) -> Result<Chosen, StoreError> {
    let (db, scope) = (slicing.working.engine.db(), slicing.working.scope);
    let row = connections::kind(db, scope, &slicing.connection.id, slicing.kind.as_str()).await?;
    let row = row.ok_or(StoreError::Corrupt { column: "connection_kinds" })?;
    let matching_confirmed = row.matching_confirmed_at.is_some();
    Ok(Chosen { policy: decide::chosen(&row), matching_confirmed, outbound: Outbound::NONE })
}

/// What came of a record without a link.
async fn alone(
    slicing: &Slicing<'_>,
    tx: &mut Tx,
    item: ItemRow,
    (asked, parties): (&Decided, &Parties),
) -> Result<Item, StoreError> {
    let place = parties::place(slicing, slicing.kind);
    let seen = mirror::seen(tx, slicing.working.scope, place, &item.external_id).await?;
    let who = parties.who(slicing.kind, &item.external_id);
    let unreadable = seen.as_ref().and_then(|seen| seen.unreadable.clone());
    let settling = Settling { slicing, item };
    Ok(match (who, unreadable) {
        (Who::Is(record), _) => settling.with(Some(record), "created"),
        (Who::Undecided, _) => {
            let chosen = chosen(slicing).await?;
            settling.by(None, &pair::asked_for(&chosen, UnlinkedRemote::Candidate))
        }
        (Who::Declined(said), _) => settling.failed("refused", &said),
        (Who::Nobody, Some(why)) => settling.failed("unreadable", &why),
        (Who::Nobody, None) if asked.take == Take::Create => settling.failed("not_found", NOT_THERE),
        (Who::Nobody, None) => settling.by(None, asked),
    })
}

/// Takes what is newer of a record with a link.
async fn linked(slicing: &Slicing<'_>, tx: &mut Tx, item: ItemRow, link: &LinkRow) -> Result<Item, Failure> {
    let (scope, kind, record) = (slicing.working.scope, slicing.kind, link.record_id.as_str());
    let settling = Settling { slicing, item };
    if link.role == "alias" {
        return Ok(settling.skipped(record, ALIAS));
    }
    let id = link.external_id.as_str();
    let seen = mirror::seen(tx, scope, parties::place(slicing, kind), id).await?;
    // As it is now: somebody may have edited the record since the page was begun.
    let now = links::of_record(tx, scope, kind.as_str(), record).await?;
    let (Some((_, _, link)), Some(seen)) = (now, seen) else {
        return Ok(settling.failed("not_found", NOT_THERE));
    };
    if link.plan_row == Some(20) && link.sync_reason.as_deref() == Some("to_take") {
        meet(slicing, tx, &link, &seen).await?;
        replan::again(slicing.working.engine, tx, scope, kind, record).await?;
        return Ok(settling.with(Some(record.to_owned()), "updated"));
    }
    Ok(settling.by(Some(record.to_owned()), &stored(&link)))
}

/// The decision that a link carries.
fn stored(link: &LinkRow) -> Decided {
    let status = link.sync_status.as_deref().unwrap_or_default();
    Decided {
        row: link.plan_row.unwrap_or_default(),
        state: SyncState::from_strs(status, link.sync_reason.as_deref()).ok(),
        detail: link.sync_detail.clone(),
        take: Take::Nothing,
    }
}

/// Takes over what the mirror holds.
async fn meet(slicing: &Slicing<'_>, tx: &mut Tx, link: &LinkRow, seen: &Seen) -> Result<(), Failure> {
    let working = slicing.working;
    let site = Site {
        engine: working.engine,
        scope: working.scope,
        connection: &slicing.connection.id,
        run: Some(&slicing.run.id),
    };
    if slicing.kind == RecordKind::Contact {
        let contact = Partner::from_json(&seen.raw).ok().and_then(|read| translate::contact(&read).ok());
        return match contact.map(|contact| meeting(link, contact)).transpose()?.flatten() {
            Some(meeting) => meet::meet_contact(site, tx, meeting).await,
            None => Ok(()),
        };
    }
    let product = Product::from_json(&seen.raw).ok().map(|read| translate::product(&read));
    match product.map(|product| meeting(link, product)).transpose()?.flatten() {
        Some(meeting) => meet::meet_product(site, tx, meeting).await,
        None => Ok(()),
    }
}

fn meeting<R: Mergeable + DeserializeOwned>(
    link: &LinkRow,
    remote: R,
) -> Result<Option<Meeting<'_, R>>, StoreError> {
    let Some(base) = meet::base(link)? else { return Ok(None) };
    let kept = link.differences.as_deref();
    let differences = kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let (extras_hash, write_ended_at, choices) = (String::new(), None, Vec::new());
    Ok(Some(Meeting { link, base, remote, differences, extras_hash, write_ended_at, choices, there: None }))
}

/// An item that is being settled.
struct Settling<'a> {
    slicing: &'a Slicing<'a>,
    item: ItemRow,
}

impl Settling<'_> {
    fn with(self, record_id: Option<String>, outcome: &'static str) -> Item {
        Item {
            position: self.item.position,
            remote_type: self.item.remote_type,
            external_id: self.item.external_id,
            label: self.item.label,
            record_id,
            outcome: Some(outcome),
            code: None,
            sentence: None,
            advice: None,
            finished_at: Some(self.slicing.working.now()),
        }
    }

    /// Left as it is, for the reason that was decided.
    fn by(self, record_id: Option<String>, decided: &Decided) -> Item {
        let (outcome, code) = decided.outcome();
        Item {
            code,
            sentence: decided.detail.clone(),
            advice: decided.advice().map(str::to_owned),
            ..self.with(record_id, outcome)
        }
    }

    fn skipped(self, record: &str, sentence: &str) -> Item {
        let item = self.with(Some(record.to_owned()), "skipped");
        Item { code: Some("not_taken"), sentence: Some(sentence.to_owned()), ..item }
    }

    fn failed(self, code: &'static str, sentence: &str) -> Item {
        let item = self.with(None, "failed");
        Item { code: Some(code), sentence: Some(sentence.to_owned()), ..item }
    }
}
