//! Intents: the writes that are meant for the remote, each with the row of its machine, its steps and its alarms.
//!
//! What a row means and what may follow is decided in `sync_core::intent`; here a step is only written when the row is
//! still the one that it was made from.

mod alarms;

use std::collections::HashMap;

use sqlx::AnyConnection;

use super::rows::list;
use super::{Db, StoreError};
use crate::access::TenantScope;

pub use alarms::{
    AlarmRow, NewAlarm, TwinAnswer, control, dismiss, end_duplicate, is_asked, maker, open_alarms, raise,
    separate, set_control,
};

/// An intent as stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct IntentRow {
    /// UUIDv7.
    pub id: String,
    /// contact, product or sales_document.
    pub kind: String,
    /// The local record.
    pub record_id: String,
    /// From 1 for each record.
    pub seq: i64,
    /// The remote's document type; empty for contacts and products.
    pub remote_type: String,
    /// 1: it makes a record; 0: it changes one.
    pub creates: i64,
    /// Our sign on the remote record; empty where its kind has no place for one.
    pub marker: String,
    /// Name of the state.
    pub state: String,
    /// JSON: the row of the machine.
    pub machine: String,
    /// The exact request.
    pub request: String,
    /// JSON: what it says in our own fields.
    pub sent: String,
    /// Of the local record that it sends.
    pub revision: i64,
    /// What a refusal stands on.
    pub refused_on: Option<String>,
    /// The last answer, for people.
    pub said: Option<String>,
    /// JSON: what a person said, until the executor has heard it.
    pub person_said: Option<String>,
    /// The run that began it.
    pub run_id: Option<String>,
    /// Raised by every step.
    pub version: i64,
    /// When the executor goes on.
    pub due_at: Option<i64>,
    /// Microseconds.
    pub created_at: i64,
    /// Microseconds.
    pub updated_at: i64,
}

macro_rules! columns {
    () => {
        "i.id, i.kind, i.record_id, i.seq, i.remote_type, i.creates, i.marker, i.state, i.machine, i.request, i.sent, \
         i.revision, i.refused_on, i.said, i.person_said, i.run_id, i.version, i.due_at, i.created_at, i.updated_at"
    };
}
const SELECT: &str = concat!("SELECT ", columns!(), " FROM intents i WHERE i.tenant_id = $1 AND ");
const SELECT_WITH_TENANT: &str = concat!("SELECT i.tenant_id, ", columns!(), " FROM intents i WHERE ");
/// Unfinished, in the words of the partial index.
const UNFINISHED: &str = "i.state NOT IN ('confirmed', 'refused', 'not_stored')";

/// An intent to be stored for the first time.
#[derive(Clone, Debug)]
pub struct NewIntent<'a> {
    /// UUIDv7.
    pub id: &'a str,
    /// The connection.
    pub connection: &'a str,
    /// contact, product or sales_document.
    pub kind: &'static str,
    /// The local record.
    pub record: &'a str,
    /// The remote's document type; empty for contacts and products.
    pub remote_type: &'a str,
    /// Whether it makes a record.
    pub creates: bool,
    /// Our sign; empty where there is none.
    pub marker: &'a str,
    /// Name of the state.
    pub state: &'static str,
    /// JSON: the row of the machine.
    pub machine: &'a str,
    /// The exact request.
    pub request: &'a str,
    /// JSON: what it says in our own fields.
    pub sent: &'a str,
    /// Of the local record that it sends.
    pub revision: i64,
    /// The run that begins it.
    pub run: Option<&'a str>,
    /// When the executor goes on, if whoever begins it does not.
    pub due_at: i64,
    /// Microseconds.
    pub now: i64,
}

/// Stores a new intent. False: the record has an unfinished one, and nothing was stored.
pub async fn insert(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    new: &NewIntent<'_>,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO intents (tenant_id, id, connection_id, kind, record_id, seq, remote_type, creates, marker, state, \
         machine, request, sent, revision, run_id, version, due_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, (SELECT COALESCE(MAX(o.seq), 0) + 1 FROM intents o \
             WHERE o.tenant_id = $1 AND o.kind = $4 AND o.record_id = $5), \
         $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15, $16, $16) ON CONFLICT DO NOTHING",
    )
    .bind(scope.tenant())
    .bind(new.id)
    .bind(new.connection)
    .bind(new.kind)
    .bind(new.record)
    .bind(new.remote_type)
    .bind(i64::from(new.creates))
    .bind(new.marker)
    .bind(new.state)
    .bind(new.machine)
    .bind(new.request)
    .bind(new.sent)
    .bind(new.revision)
    .bind(new.run.map(str::to_owned))
    .bind(new.due_at)
    .bind(new.now)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A step of an intent.
#[derive(Clone, Debug)]
pub struct Advance<'a> {
    /// The intent.
    pub id: &'a str,
    /// The version that it was made from.
    pub version: i64,
    /// Name of the state that it leads to.
    pub state: &'static str,
    /// JSON: the row of the machine.
    pub machine: &'a str,
    /// When the executor goes on; none: it is over, or a person has to say.
    pub due_at: Option<i64>,
    /// What a refusal stands on.
    pub refused_on: Option<&'a str>,
    /// The answer behind it, for people.
    pub said: Option<&'a str>,
    /// Microseconds.
    pub now: i64,
}

/// Writes a step. False: somebody else has made one since, and nothing was written.
pub async fn advance(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    step: &Advance<'_>,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE intents SET state = $4, machine = $5, due_at = $6, refused_on = $7, said = COALESCE($8, said), \
         version = version + 1, updated_at = $9 WHERE tenant_id = $1 AND id = $2 AND version = $3",
    )
    .bind(scope.tenant())
    .bind(step.id)
    .bind(step.version)
    .bind(step.state)
    .bind(step.machine)
    .bind(step.due_at)
    .bind(step.refused_on.map(str::to_owned))
    .bind(step.said.map(str::to_owned))
    .bind(step.now)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Sets when the executor goes on, of an intent whose row stays as it is. False: somebody else has made a step since.
pub async fn put_off(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    (id, version): (&str, i64),
    due_at: i64,
) -> Result<bool, StoreError> {
    let done =
        sqlx::query("UPDATE intents SET due_at = $4 WHERE tenant_id = $1 AND id = $2 AND version = $3")
            .bind(scope.tenant())
            .bind(id)
            .bind(version)
            .bind(due_at)
            .execute(tx)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps what a person said about an unknown outcome, and has the executor hear it now. False: somebody has made a step
/// since.
pub async fn say(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    (id, version): (&str, i64),
    said: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE intents SET person_said = $4, due_at = $5 WHERE tenant_id = $1 AND id = $2 AND version = $3 \
         AND state IN ('needs_person', 'unknown')",
    )
    .bind(scope.tenant())
    .bind(id)
    .bind(version)
    .bind(said)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets what a person said: it was heard. One that asks nobody any more is due no longer.
pub async fn heard(tx: &mut AnyConnection, scope: &TenantScope, id: &str) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE intents SET person_said = NULL, due_at = CASE WHEN state = 'needs_person' THEN NULL ELSE due_at END \
         WHERE tenant_id = $1 AND id = $2",
    )
    .bind(scope.tenant())
    .bind(id)
    .execute(tx)
    .await?;
    Ok(())
}

/// Lets a refused write be tried again: the refusal stands on nothing any more. False: the last write was not refused.
pub async fn redrive(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    kind: &str,
    record: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE intents SET refused_on = NULL WHERE tenant_id = $1 AND kind = $2 AND record_id = $3 \
         AND state = 'refused' AND refused_on IS NOT NULL",
    )
    .bind(scope.tenant())
    .bind(kind)
    .bind(record)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// The intents of which nobody knows what became, or a person has to say, the longest waiting first.
pub async fn open_questions(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    limit: i64,
) -> Result<Vec<IntentRow>, StoreError> {
    let sql = format!("{SELECT}i.state IN ('unknown', 'needs_person') ORDER BY i.created_at, i.id LIMIT $2");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(limit)
        .fetch_all(connection)
        .await?)
}

/// Those of them behind an id, in the order in which they were begun.
pub async fn open_questions_after(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    after: &str,
    limit: i64,
) -> Result<Vec<IntentRow>, StoreError> {
    let sql = format!("{SELECT}i.state IN ('unknown', 'needs_person') AND i.id > $2 ORDER BY i.id LIMIT $3");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(after)
        .bind(limit)
        .fetch_all(connection)
        .await?)
}

/// What a step did, for its row among the steps.
#[derive(Clone, Debug)]
pub struct NewStep<'a> {
    /// The intent.
    pub intent: &'a str,
    /// The version that it made.
    pub version: i64,
    /// None: it was prepared.
    pub from: Option<&'static str>,
    /// Name of the state.
    pub to: &'static str,
    /// The answer behind it, for people.
    pub said: Option<&'a str>,
    /// The run in which it was made.
    pub run: Option<&'a str>,
    /// Microseconds.
    pub now: i64,
}

/// Notes a step.
pub async fn note_step(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    step: &NewStep<'_>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO intent_steps (tenant_id, intent_id, version, from_state, to_state, said, run_id, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(scope.tenant())
    .bind(step.intent)
    .bind(step.version)
    .bind(step.from.map(str::to_owned))
    .bind(step.to)
    .bind(step.said.map(str::to_owned))
    .bind(step.run.map(str::to_owned))
    .bind(step.now)
    .execute(tx)
    .await?;
    Ok(())
}

/// A step as stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StepRow {
    /// None: it was prepared.
    pub from_state: Option<String>,
    /// Name of the state.
    pub to_state: String,
    /// The answer behind it, for people.
    pub said: Option<String>,
    /// Microseconds.
    pub at: i64,
}

/// The steps of an intent, oldest first.
pub async fn steps(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    intent: &str,
) -> Result<Vec<StepRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT from_state, to_state, said, at FROM intent_steps WHERE tenant_id = $1 AND intent_id = $2 ORDER BY version",
    )
    .bind(scope.tenant())
    .bind(intent)
    .fetch_all(connection)
    .await?)
}

/// The intents of a record with their machines, whatever became of them.
pub async fn of_record(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: &str,
    record: &str,
) -> Result<Vec<IntentRow>, StoreError> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{SELECT}i.kind = $2 AND i.record_id = $3 ORDER BY i.seq"
    )))
    .bind(scope.tenant())
    .bind(kind)
    .bind(record)
    .fetch_all(connection)
    .await?)
}

/// Keeps only how an intent ended, and none of the words that it was told.
pub async fn forget_words(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    (id, machine): (&str, &str),
) -> Result<(), StoreError> {
    sqlx::query("UPDATE intents SET machine = $3 WHERE tenant_id = $1 AND id = $2")
        .bind(scope.tenant())
        .bind(id)
        .bind(machine)
        .execute(tx)
        .await?;
    Ok(())
}

/// One intent.
pub async fn intent(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
) -> Result<Option<IntentRow>, StoreError> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT}i.id = $2")))
        .bind(scope.tenant())
        .bind(id)
        .fetch_optional(connection)
        .await?)
}

/// The last intent of a record.
pub async fn last(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: &str,
    record: &str,
) -> Result<Option<IntentRow>, StoreError> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{SELECT}i.kind = $2 AND i.record_id = $3 ORDER BY i.seq DESC LIMIT 1"
    )))
    .bind(scope.tenant())
    .bind(kind)
    .bind(record)
    .fetch_optional(connection)
    .await?)
}

/// Unfinished intents of a connection that are due, the longest waiting first.
pub async fn due(
    db: &Db,
    scope: &TenantScope,
    connection: &str,
    now: i64,
    limit: i64,
) -> Result<Vec<IntentRow>, StoreError> {
    let sql = format!(
        "{SELECT}i.connection_id = $2 AND i.due_at <= $3 AND {UNFINISHED} ORDER BY i.due_at, i.id LIMIT $4"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(connection)
        .bind(now)
        .bind(limit)
        .fetch_all(db.reader())
        .await?)
}

/// When the next intent of a connection is due; none: none is.
pub async fn next_due(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    connection: &str,
) -> Result<Option<i64>, StoreError> {
    let sql = format!(
        "SELECT MIN(i.due_at) FROM intents i WHERE i.tenant_id = $1 AND i.connection_id = $2 AND {UNFINISHED}"
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(connection)
        .fetch_one(tx)
        .await?)
}

/// Connections that work and have due intents that nobody settles: tenant and connection.
pub async fn unattended(db: &Db, now: i64, limit: i64) -> Result<Vec<(String, String)>, StoreError> {
    let sql = format!(
        "SELECT DISTINCT i.tenant_id, i.connection_id FROM intents i \
         JOIN connections c ON c.tenant_id = i.tenant_id AND c.id = i.connection_id \
         WHERE i.due_at <= $1 AND {UNFINISHED} AND c.state = 'active' \
         AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.tenant_id = i.tenant_id AND j.connection_id = i.connection_id \
             AND j.task = 'settle' AND j.state IN ('queued', 'leased')) LIMIT $2"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(now).bind(limit).fetch_all(db.reader()).await?)
}

/// What an intent that is not over, or that was refused, says about its record.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    /// The local record.
    pub record_id: String,
    /// JSON: the row of the machine.
    pub machine: String,
    /// What a refusal stands on.
    pub refused_on: Option<String>,
    /// The last answer, for people.
    pub said: Option<String>,
    /// Microseconds.
    pub updated_at: i64,
}

/// The last intents of these records that are unfinished or were refused, by record.
pub async fn standing(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: &str,
    records: &[String],
) -> Result<HashMap<String, Standing>, StoreError> {
    let mut found = HashMap::new();
    for records in records.chunks(super::filter::MAX_VALUES) {
        let sql = format!(
            "SELECT i.record_id, i.machine, i.refused_on, i.said, i.updated_at FROM intents i \
             WHERE i.tenant_id = $1 AND i.kind = $2 AND i.state NOT IN ('confirmed', 'not_stored') \
             AND i.record_id IN ({}) \
             AND NOT EXISTS (SELECT 1 FROM intents n WHERE n.tenant_id = i.tenant_id AND n.kind = i.kind \
                 AND n.record_id = i.record_id AND n.seq > i.seq)",
            list(3, records.len())
        );
        let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).bind(kind);
        for record in records {
            query = query.bind(record.as_str());
        }
        let rows: Vec<Standing> = query.fetch_all(&mut *connection).await?;
        found.extend(rows.into_iter().map(|row| (row.record_id.clone(), row)));
    }
    Ok(found)
}

/// The record whose marker this is, with the type that was made.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Marked {
    /// The marker.
    pub marker: String,
    /// The local record.
    pub record_id: String,
    /// The remote's document type.
    pub remote_type: String,
}

/// Whose markers these are, by marker. One that no intent used is left out.
pub async fn by_marker(
    db: &Db,
    scope: &TenantScope,
    connection: &str,
    markers: &[String],
) -> Result<HashMap<String, Marked>, StoreError> {
    if markers.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT DISTINCT i.marker, i.record_id, i.remote_type FROM intents i \
         WHERE i.tenant_id = $1 AND i.connection_id = $2 AND i.creates = 1 AND i.marker IN ({})",
        list(3, markers.len())
    );
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).bind(connection);
    for marker in markers {
        query = query.bind(marker.as_str());
    }
    let rows: Vec<Marked> = query.fetch_all(db.reader()).await?;
    Ok(rows.into_iter().map(|row| (row.marker.clone(), row)).collect())
}

/// When the unfinished creates of a remote document type were begun, with what each sent.
pub async fn open_creates(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    (connection_id, remote_type): (&str, &str),
) -> Result<Vec<(i64, String)>, StoreError> {
    let sql = format!(
        "SELECT i.created_at, i.sent FROM intents i WHERE i.tenant_id = $1 AND i.connection_id = $2 \
         AND i.remote_type = $3 AND i.creates = 1 AND {UNFINISHED}"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(scope.tenant())
        .bind(connection_id)
        .bind(remote_type)
        .fetch_all(connection)
        .await?)
}

/// True when the record that is linked was made by an intent of ours.
pub async fn is_ours(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: &str,
    record: &str,
) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT 1 FROM intents WHERE tenant_id = $1 AND kind = $2 AND record_id = $3 AND creates = 1 \
         AND state IN ('stored', 'confirmed') LIMIT 1",
    )
    .bind(scope.tenant())
    .bind(kind)
    .bind(record)
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// Every unfinished intent of the installation, with its tenant.
pub async fn all_unfinished(db: &Db) -> Result<Vec<(String, IntentRow)>, StoreError> {
    #[derive(sqlx::FromRow)]
    struct Found {
        tenant_id: String,
        #[sqlx(flatten)]
        intent: IntentRow,
    }
    let sql = format!("{SELECT_WITH_TENANT}{UNFINISHED} ORDER BY i.tenant_id, i.id");
    let rows: Vec<Found> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(db.reader()).await?;
    Ok(rows.into_iter().map(|found| (found.tenant_id, found.intent)).collect())
}
