//! Erases what is kept of a contact (policy B, *Erase*): at once, or, when a write of it is under way, in the step that
//! ends that write. Where its content lies is in `store::erase`.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;
use sync_core::intent::{Event, StateName, Turn, Waking};
use sync_core::record::RecordKind;
use sync_core::time::UtcMicros;

use super::lone::{ASKED, CERTAIN};
use super::outbound::{dormant, state_name};
use super::replan::{self, Edited};
use super::views::instant;
use crate::access::{Role, TenantScope};
use crate::error::StateCode;
use crate::ids::is_id;
use crate::store::erase::{self, Standing};
use crate::store::history::{self, Deed, Written};
use crate::store::intents::{self, Advance, IntentRow, NewStep};
use crate::store::{Connection, StoreError, Tx, contacts, plans, sessions};
use crate::{Engine, EngineError};

const KIND: RecordKind = RecordKind::Contact;
/// Fields of a contact that name somebody: a town or a country does not.
const NAMING: [&str; 7] = ["name", "email", "phone", "mobile", "street", "number", "registration_number"];
/// Entries of a history in which names are looked for: more than any contact has.
const ENTRIES: u32 = 10_000;
/// Words shorter than this are in too many sentences to be taken out of all of them.
const SHORTEST: usize = 4;

const WHICH_FIRST: &str =
    "Metakocka has a record that this contact could be. Say first whether it is the same; then erase it.";

/// What came of asking to erase a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// Nothing of it is kept any more.
    Done,
    /// It will be erased as soon as the write under way is settled.
    Waits,
}

/// What erasing a contact would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasing {
    /// The contact.
    pub id: String,
    /// The revision that is looked at.
    pub revision: i64,
    /// Its name.
    pub name: String,
    /// Documents that name it, and keep what they show.
    pub documents: u64,
    /// Records of Metakocka that it is, and that stay there.
    pub partners: u64,
    /// Whether a write of it is under way, so that erasing waits for its end.
    pub waits: bool,
    /// The intent of that write, when a person has to say what became of it.
    pub asks: Option<String>,
    /// Why it can't be erased yet.
    pub not_yet: Option<&'static str>,
    /// Since when it waits to be erased.
    pub asked_at: Option<Timestamp>,
    /// When it was erased.
    pub erased_at: Option<Timestamp>,
}

impl Engine {
    /// What erasing a contact would do; also of one that was deleted.
    pub async fn erasing(&self, scope: &TenantScope, id: &str) -> Result<Erasing, EngineError> {
        let mut reader = self.db().read().await?;
        let standing = standing(&mut reader, scope, id).await?;
        let open = unfinished(&mut reader, scope, id).await?;
        let asks = open.iter().find(|intent| intent.state == StateName::NeedsPerson.as_str());
        let at = |micros: Option<i64>| micros.map(|at| instant(at, "contacts.erased_at")).transpose();
        Ok(Erasing {
            id: id.to_owned(),
            revision: standing.revision,
            documents: u64::try_from(standing.documents).unwrap_or(0),
            partners: u64::try_from(standing.links).unwrap_or(0),
            waits: open.iter().any(|intent| intent.state != StateName::Prepared.as_str()),
            asks: asks.map(|intent| intent.id.clone()),
            not_yet: which_first(&standing),
            asked_at: at(standing.erase_asked_at)?,
            erased_at: at(standing.erased_at)?,
            name: standing.name,
        })
    }

    /// Erases what is kept of a contact that still has the expected revision. Owner. What its documents show stays with
    /// them, and Metakocka keeps what it has. What was not sent yet is taken back; a write that is under way is waited for.
    /// [`StateCode::NotYet`]: it is not known yet which record of Metakocka it is.
    pub async fn erase_contact(
        &self,
        scope: &TenantScope,
        id: &str,
        expected_revision: i64,
    ) -> Result<Erasure, EngineError> {
        scope.require(Role::Owner)?;
        let mut tx = self.db().begin().await?;
        let standing = standing(&mut tx, scope, id).await?;
        if standing.erased_at.is_some() {
            return Ok(Erasure::Done);
        }
        if standing.revision != expected_revision {
            return Err(EngineError::Stale { revision: standing.revision });
        }
        if let Some(sentence) = which_first(&standing) {
            return Err(EngineError::state(StateCode::NotYet, sentence));
        }
        erase::ask(&mut tx, scope, id, self.now()).await?;
        for intent in unfinished(&mut tx, scope, id).await? {
            take_back(self, &mut tx, scope, &intent).await?;
        }
        let erased = if_settled(self, &mut tx, scope, id).await?;
        replan::tell(self, &mut tx, scope, KIND).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.remote().wake();
        if erased {
            self.db().scrub().await?;
        }
        Ok(if erased { Erasure::Done } else { Erasure::Waits })
    }
}

async fn standing(
    connection: &mut Connection,
    scope: &TenantScope,
    id: &str,
) -> Result<Standing, EngineError> {
    let found = if is_id(id) { erase::standing(connection, scope, id).await? } else { None };
    found.ok_or(EngineError::NotFound)
}

/// A contact without a link that is a record of Metakocka, or could be: erased without knowing which, that record would
/// bring it back.
fn which_first(standing: &Standing) -> Option<&'static str> {
    let is_open = standing.deleted_at.is_none()
        && standing.erased_at.is_none()
        && standing.links == 0
        && matches!(standing.plan_row, Some(CERTAIN | ASKED));
    is_open.then_some(WHICH_FIRST)
}

/// The writes of a contact, and of those whose place it took, that are not over.
async fn unfinished(
    connection: &mut Connection,
    scope: &TenantScope,
    id: &str,
) -> Result<Vec<IntentRow>, StoreError> {
    let mut open = Vec::new();
    for record in erase::family(connection, scope, id).await? {
        let last = intents::last(connection, scope, KIND.as_str(), &record).await?;
        open.extend(last.filter(|row| !matches!(row.state.as_str(), "confirmed" | "refused" | "not_stored")));
    }
    Ok(open)
}

/// Takes back a write of which nothing has left. Whoever holds it sees that its row has moved, and sends nothing.
async fn take_back(
    engine: &Engine,
    tx: &mut Tx,
    scope: &TenantScope,
    intent: &IntentRow,
) -> Result<(), StoreError> {
    if intent.state != StateName::Prepared.as_str() {
        return Ok(());
    }
    let now = UtcMicros(engine.now().as_microsecond());
    let (prepared, _) = dormant(&intent.machine)?.wake(Waking::Due, now).committed();
    let Ok(step) = prepared.on(Event::Cancel, Turn { now, lease_until: now }) else { return Ok(()) };
    let Some(persist) = step.to_commit() else { return Ok(()) };
    let machine = serde_json::to_string(&persist.row);
    let machine = machine.map_err(|_| StoreError::Corrupt { column: "intents.machine" })?;
    let state = state_name(persist.row.state());
    let (version, now) = (intent.version, now.0);
    let advance = Advance {
        id: &intent.id,
        version,
        state,
        machine: &machine,
        due_at: None,
        refused_on: None,
        said: None,
        now,
    };
    if intents::advance(tx, scope, &advance).await? {
        let step = NewStep {
            intent: &intent.id,
            version: version + 1,
            from: Some(StateName::Prepared.as_str()),
            to: state,
            said: None,
            run: None,
            now,
        };
        intents::note_step(tx, scope, &step).await?;
    }
    Ok(())
}

/// Erases a contact that somebody asked to erase, in the transaction that ends the last write of it. True: it was erased.
pub(super) async fn if_settled(
    engine: &Engine,
    tx: &mut Tx,
    scope: &TenantScope,
    record: &str,
) -> Result<bool, StoreError> {
    let Some(id) = erase::asked(tx, scope, record).await? else { return Ok(false) };
    if !unfinished(tx, scope, &id).await?.is_empty() {
        return Ok(false);
    }
    let asked = erase::standing(tx, scope, &id).await?;
    let by = asked.and_then(|standing| standing.erase_asked_by);
    for record in erase::family(tx, scope, &id).await? {
        carry_out(engine, tx, scope, &record, by.clone()).await?;
    }
    replan::after_edit(engine, tx, scope, Edited { kind: KIND, id: &id, old_key: None }).await?;
    Ok(true)
}

async fn carry_out(
    engine: &Engine,
    tx: &mut Tx,
    scope: &TenantScope,
    id: &str,
    by: Option<String>,
) -> Result<(), StoreError> {
    let now = engine.now();
    let words = words(tx, scope, id).await?;
    for intent in intents::of_record(tx, scope, KIND.as_str(), id).await? {
        let machine = serde_json::to_string(&dormant(&intent.machine)?.wordless());
        let machine = machine.map_err(|_| StoreError::Corrupt { column: "intents.machine" })?;
        intents::forget_words(tx, scope, (&intent.id, &machine)).await?;
    }
    let revision = erase::blank(tx, scope, id, now).await?;
    for word in words {
        erase::unsay(tx, scope, &word).await?;
    }
    sessions::forget_typed(tx, scope).await?;
    plans::forget_all(tx, scope).await?;
    let written = Written {
        id: engine.new_id(),
        record: id,
        revision,
        deed: Deed::Erased,
        changes: Vec::new(),
        other: None,
    };
    history::note_by(tx, scope, KIND, (None, by), vec![written], now).await
}

/// By what a sentence could name the contact: whatever it was called by, now and in its history, the longest first, so that
/// none leaves a part of another one behind.
async fn words(tx: &mut Tx, scope: &TenantScope, id: &str) -> Result<Vec<String>, StoreError> {
    let mut found = BTreeSet::new();
    let Some(stored) = contacts::contact(tx, scope, id).await? else { return Ok(Vec::new()) };
    let record = serde_json::from_str(&stored.fields.record);
    collect(&mut found, "", &record.map_err(|_| StoreError::Corrupt { column: "contacts.record" })?);
    for entry in history::entries(tx, scope, KIND, id, None, ENTRIES).await? {
        for change in history::read_changes(&entry.changes)? {
            let name = change.path.rsplit('/').next().unwrap_or_default();
            for value in [&change.from, &change.to].into_iter().flatten() {
                collect(&mut found, name, value);
            }
        }
    }
    let mut words: Vec<String> = found.into_iter().filter(|word| word.chars().count() >= SHORTEST).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    Ok(words)
}

/// What names somebody in a value of a contact; `name` is the field that holds it.
fn collect(found: &mut BTreeSet<String>, name: &str, value: &Value) {
    match value {
        Value::String(text) if NAMING.contains(&name) => drop(found.insert(text.clone())),
        Value::Array(values) => values.iter().for_each(|value| collect(found, name, value)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| collect(found, name, value)),
        _ => {}
    }
}
