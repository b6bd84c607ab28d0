//! What somebody has to see of a record that no state shows, and late duplicates: a record there that carries the sign of
//! one here which is linked to another (policy B 8, F). Nothing is linked or taken by itself: a person deletes one of the
//! two in Metakocka and has it looked at again, or says that it is a record of its own.

use jiff::Timestamp;
use metakocka::DocumentType;
use serde_json::Value;
use sync_core::capabilities::Subject;
use sync_core::record::{ExternalId, RecordKind, SalesDocument};
use sync_core::time::UtcMicros;

use super::outgoing::{self, ReadBack, fields_of_document};
use super::page::Arrived;
use super::service::not_connected;
use super::translate;
use super::views::{Cause, ConnectionState, ExternalKey, Selection, instant};
use super::{page, replan};
use crate::access::{Role, TenantScope};
use crate::error::StateCode;
use crate::ids::is_id;
use crate::store::connections::{self, ConnectionRow};
use crate::store::intents::{self, AlarmRow, NewAlarm, TwinAnswer};
use crate::store::mirror::{self, Place};
use crate::store::{StoreError, Tx, links};
use crate::{Engine, EngineError};

const KIND: RecordKind = RecordKind::SalesDocument;

/// What somebody has to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmView {
    /// By which it is dismissed.
    pub id: String,
    /// What happened.
    pub what: AlarmKind,
    /// When it was noticed.
    pub at: Timestamp,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlarmKind {
    /// Somebody changed the record in Metakocka while it was replaced: what the change log says.
    ForeignChange(Vec<String>),
    /// Fields that a replacement lost.
    LostField(Vec<String>),
    /// Another record there carries the sign of this one.
    LateDuplicate(ExternalKey),
}

/// A record here that is there twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twins {
    /// The one that it is linked to.
    pub linked: Twin,
    /// The others that carry its sign.
    pub others: Vec<Twin>,
}

/// One of them, as it was last read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twin {
    /// The remote's document type.
    pub remote_type: String,
    /// The remote's id.
    pub external_id: String,
    /// What people know it by.
    pub number: String,
    /// When what is shown was read.
    pub read_at: Timestamp,
    /// Its fields.
    pub fields: Vec<(String, Value)>,
}

/// What looking at a duplicate again has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookedAgain {
    /// Metakocka has it no more: nothing is asked any longer.
    Gone,
    /// It is still there.
    StillThere,
    /// Metakocka did not say; the sentence is for people.
    NoAnswer(String),
}

impl Engine {
    /// What somebody has to see of a record, the oldest first.
    pub async fn alarms(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        id: &str,
    ) -> Result<Vec<AlarmView>, EngineError> {
        if !is_id(id) {
            return Ok(Vec::new());
        }
        let mut reader = self.db().read().await?;
        let rows = intents::open_alarms(&mut reader, scope, kind.as_str(), id).await?;
        Ok(rows.into_iter().map(alarm).collect::<Result<_, _>>()?)
    }

    /// Dismisses an alarm: somebody has seen it. Staff. A duplicate is not dismissed but decided.
    pub async fn dismiss_alarm(&self, scope: &TenantScope, id: &str) -> Result<(), EngineError> {
        scope.require(Role::Staff)?;
        let mut tx = self.db().begin().await?;
        if !is_id(id) || !intents::dismiss(&mut tx, scope, id, self.now().as_microsecond()).await? {
            return Err(EngineError::NotFound);
        }
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    /// The records there that carry the sign of a record, with the one that it is linked to.
    /// [`EngineError::NotFound`]: there is no such question.
    pub async fn twins(&self, scope: &TenantScope, id: &str) -> Result<Twins, EngineError> {
        let keys = self.twin_keys(scope, id).await?;
        let mut reader = self.db().read().await?;
        let link = links::of_record(&mut reader, scope, KIND.as_str(), id).await?;
        let (connection, remote_type, link) = link.ok_or(EngineError::NotFound)?;
        let linked = twin(&mut reader, scope, &connection, (&remote_type, &link.external_id)).await?;
        let mut others = Vec::with_capacity(keys.len());
        for (_, key) in keys {
            let remote_type = key.remote_type.unwrap_or_default();
            others.extend(twin(&mut reader, scope, &connection, (&remote_type, &key.id)).await?);
        }
        Ok(Twins { linked: linked.ok_or(EngineError::NotFound)?, others })
    }

    /// Reads a duplicate again by its id: once it is gone, the question ends. Staff.
    pub async fn look_at_twin(
        &self,
        scope: &TenantScope,
        record: &str,
        external_id: &str,
    ) -> Result<LookedAgain, EngineError> {
        scope.require(Role::Staff)?;
        let (connection, remote_type) = self.asked_twin(scope, record, external_id).await?;
        let told = |failure: super::failure::Failure| {
            EngineError::state(StateCode::NotConnected, failure.told().sentence)
        };
        let client = self.remote().client(self.vault(), scope, &connection).map_err(told)?;
        let doc_type = DocumentType::from_wire(&remote_type).ok_or(EngineError::NotFound)?;
        let of_ours = sync_core::record::DocumentType::ALL.into_iter();
        let ours = of_ours.into_iter().find(|ours| translate::spell::remote_type(*ours) == doc_type);
        let subject = Subject::Document(ours.ok_or(EngineError::NotFound)?);
        let id = ExternalId::parse(external_id).map_err(|_| EngineError::NotFound)?;
        let asked_at = UtcMicros(self.now().as_microsecond());
        match outgoing::read_by_id(&client, subject, &id, None, asked_at).await {
            ReadBack::Found(_) => Ok(LookedAgain::StillThere),
            ReadBack::Unanswered(unanswered) => Ok(LookedAgain::NoAnswer(unanswered.sentence)),
            ReadBack::Missing => {
                self.twin_is_gone(scope, &connection, (&remote_type, external_id)).await?;
                Ok(LookedAgain::Gone)
            }
        }
    }

    /// A person says that a duplicate is a record of its own, as after somebody copied it there: it is taken like any other.
    /// Staff. Returns the run that takes it.
    pub async fn adopt_twin(
        &self,
        scope: &TenantScope,
        record: &str,
        external_id: &str,
        cause: Cause,
    ) -> Result<String, EngineError> {
        scope.require(Role::Staff)?;
        let (_, remote_type) = self.asked_twin(scope, record, external_id).await?;
        let now = self.now().as_microsecond();
        let mut tx = self.db().begin().await?;
        let detail = detail_of(&remote_type, external_id);
        intents::end_duplicate(&mut tx, scope, &detail, TwinAnswer::Separate, now).await?;
        replan::alone(self, &mut tx, scope, (&remote_type, external_id)).await?;
        replan::tell(self, &mut tx, scope, KIND).await?;
        tx.commit().await.map_err(StoreError::from)?;
        let key = ExternalKey { remote_type: Some(remote_type), id: external_id.to_owned() };
        self.start_pull(scope, KIND, Selection::These(vec![key]), cause).await
    }

    /// The open questions about duplicates of a record.
    async fn twin_keys(
        &self,
        scope: &TenantScope,
        id: &str,
    ) -> Result<Vec<(String, ExternalKey)>, EngineError> {
        let alarms = self.alarms(scope, KIND, id).await?.into_iter();
        let keys: Vec<(String, ExternalKey)> = alarms
            .filter_map(|alarm| match alarm.what {
                AlarmKind::LateDuplicate(key) => Some((alarm.id, key)),
                AlarmKind::ForeignChange(_) | AlarmKind::LostField(_) => None,
            })
            .collect();
        if keys.is_empty() { Err(EngineError::NotFound) } else { Ok(keys) }
    }

    /// The connection, when it works, and the type of a duplicate about which a person is asked.
    async fn asked_twin(
        &self,
        scope: &TenantScope,
        record: &str,
        external_id: &str,
    ) -> Result<(ConnectionRow, String), EngineError> {
        let keys = self.twin_keys(scope, record).await?;
        let key = keys.into_iter().map(|(_, key)| key).find(|key| key.id == external_id);
        let remote_type = key.and_then(|key| key.remote_type).ok_or(EngineError::NotFound)?;
        let connection = connections::connection(self.db(), scope).await?.ok_or_else(not_connected)?;
        if ConnectionState::parse(&connection.state)? != ConnectionState::Active {
            let sentence = "The connection to Metakocka is paused; nothing is looked up there.";
            return Err(EngineError::state(StateCode::Paused, sentence));
        }
        Ok((connection, remote_type))
    }

    async fn twin_is_gone(
        &self,
        scope: &TenantScope,
        connection: &ConnectionRow,
        (remote_type, id): (&str, &str),
    ) -> Result<(), EngineError> {
        let now = self.now().as_microsecond();
        let place = Place { connection: &connection.id, kind: KIND.as_str(), remote_type };
        let mut tx = self.db().begin().await?;
        mirror::set_gone(&mut tx, scope, place, id, now).await?;
        mirror::decide(&mut tx, scope, place, &[id.to_owned()], None).await?;
        intents::end_duplicate(&mut tx, scope, &detail_of(remote_type, id), TwinAnswer::Gone, now).await?;
        replan::tell(self, &mut tx, scope, KIND).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.remote().wake();
        Ok(())
    }
}

/// Names a record there in an alarm.
pub(super) fn detail_of(remote_type: &str, id: &str) -> String {
    serde_json::json!([remote_type, id]).to_string()
}

/// Raises the alarm about a document that carries the sign of a record which is linked to another one. Asked once.
pub(super) async fn ask_about_twin(
    engine: &Engine,
    tx: &mut Tx,
    scope: &TenantScope,
    place: Place<'_>,
    arrived: &Arrived,
) -> Result<(), StoreError> {
    let marker = arrived.what.as_ref().ok().and_then(|read| read.marker.as_ref());
    let Some(marker) = marker else { return Ok(()) };
    let detail = detail_of(place.remote_type, &arrived.id);
    if intents::is_asked(tx, scope, &detail).await? {
        return Ok(());
    }
    let made = intents::maker(tx, scope, (place.connection, marker.as_str())).await?;
    let Some((intent, record)) = made else { return Ok(()) };
    let alarm = NewAlarm {
        id: &engine.new_id(),
        kind: KIND.as_str(),
        record: &record,
        intent: &intent,
        what: "late_duplicate",
        detail: &detail,
        now: engine.now().as_microsecond(),
    };
    tracing::warn!(
        category = "sync",
        tenant = scope.tenant(),
        record,
        external_id = arrived.id,
        "a record is there twice"
    );
    intents::raise(tx, scope, &alarm).await
}

fn alarm(row: AlarmRow) -> Result<AlarmView, StoreError> {
    let corrupt = StoreError::Corrupt { column: "alarms.detail" };
    let list: Vec<String> = serde_json::from_str(&row.detail).map_err(|_| corrupt)?;
    let what = match row.what.as_str() {
        "foreign_change" => AlarmKind::ForeignChange(list),
        "lost_field" => AlarmKind::LostField(list),
        _ => {
            let [remote_type, id] =
                <[String; 2]>::try_from(list).map_err(|_| StoreError::Corrupt { column: "alarms.detail" })?;
            AlarmKind::LateDuplicate(ExternalKey { remote_type: Some(remote_type), id })
        }
    };
    Ok(AlarmView { id: row.id, what, at: instant(row.at, "alarms.at")? })
}

async fn twin(
    reader: &mut crate::store::Connection,
    scope: &TenantScope,
    connection: &str,
    (remote_type, id): (&str, &str),
) -> Result<Option<Twin>, StoreError> {
    let place = Place { connection, kind: KIND.as_str(), remote_type };
    let Some(doc_type) = DocumentType::from_wire(remote_type) else { return Ok(None) };
    let Some(seen) = mirror::seen(reader, scope, place, id).await? else { return Ok(None) };
    let arrived = Arrived::of_raw(doc_type, id.to_owned(), seen.raw, seen.read_at);
    let fields = arrived.what.as_ref().map_or_else(|_| Vec::new(), |read| shown(read));
    Ok(Some(Twin {
        remote_type: remote_type.to_owned(),
        external_id: id.to_owned(),
        number: arrived.number,
        read_at: instant(seen.read_at, "mirror.read_at")?,
        fields,
    }))
}

fn shown(read: &page::Read) -> Vec<(String, Value)> {
    let document: &SalesDocument = &read.document;
    let fields = fields_of_document(document).into_iter();
    let mut shown: Vec<(String, Value)> =
        fields.map(|(name, value)| (name.as_str().to_owned(), value.json().clone())).collect();
    let total = document.booked.as_ref().map(|booked| booked.gross.to_string());
    shown.extend(total.map(|total| ("total".to_owned(), Value::String(total))));
    shown
}
