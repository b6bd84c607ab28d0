//! Takes the content of a contact out of every table that holds some of it, and keeps it out (policy B, *Erase*). What a
//! document shows of its customer belongs to the document and stays.
//!
//! A new column that may hold content of a contact belongs into this file; the test `erasing` reads every text of the
//! database.

use std::collections::HashSet;

use jiff::Timestamp;
use sqlx::AnyConnection;
use sync_core::record::Contact;

use super::contacts::ContactFields;
use super::rows::list;
use super::values::micros;
use super::{StoreError, keys};
use crate::access::TenantScope;

/// The name that an erased contact has.
pub const ERASED: &str = "Erased contact";

/// How it stands with erasing a contact.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    /// Its revision.
    pub revision: i64,
    /// Its name.
    pub name: String,
    /// Set when it was deleted.
    pub deleted_at: Option<i64>,
    /// Set when it was erased.
    pub erased_at: Option<i64>,
    /// Set when it will be, as soon as the write under way is settled.
    pub erase_asked_at: Option<i64>,
    /// Who asked for that.
    pub erase_asked_by: Option<String>,
    /// The decision while it has no link: row of the policy's table B.
    pub plan_row: Option<i64>,
    /// Documents that name it.
    pub documents: i64,
    /// Records of the remote that it is.
    pub links: i64,
}

/// How it stands with a contact, deleted or not; none: there is no such contact.
pub async fn standing(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
) -> Result<Option<Standing>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT c.revision, c.name, c.deleted_at, c.erased_at, c.erase_asked_at, c.erase_asked_by, c.plan_row, \
         (SELECT COUNT(*) FROM sales_documents d WHERE d.tenant_id = c.tenant_id AND d.contact_id = c.id \
             AND d.deleted_at IS NULL) AS documents, \
         (SELECT COUNT(*) FROM links l WHERE l.tenant_id = c.tenant_id AND l.contact_id = c.id) AS links \
         FROM contacts c WHERE c.tenant_id = $1 AND c.id = $2",
    )
    .bind(scope.tenant())
    .bind(id)
    .fetch_optional(connection)
    .await?)
}

/// A contact and those whose place it took: all of them are about the same person.
pub async fn family(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "WITH RECURSIVE family (id) AS (SELECT c.id FROM contacts c WHERE c.tenant_id = $1 AND c.id = $2 \
         UNION SELECT m.id FROM contacts m JOIN family f ON m.merged_into = f.id WHERE m.tenant_id = $1) \
         SELECT id FROM family",
    )
    .bind(scope.tenant())
    .bind(id)
    .fetch_all(connection)
    .await?)
}

/// The contact that is to be erased with this one: it, or one that took its place; none: nobody asked for that.
pub async fn asked(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "WITH RECURSIVE up (id, next, asked) AS (SELECT c.id, c.merged_into, c.erase_asked_at FROM contacts c \
             WHERE c.tenant_id = $1 AND c.id = $2 \
         UNION SELECT m.id, m.merged_into, m.erase_asked_at FROM contacts m JOIN up u ON m.id = u.next \
             WHERE m.tenant_id = $1) \
         SELECT id FROM up WHERE asked IS NOT NULL LIMIT 1",
    )
    .bind(scope.tenant())
    .bind(id)
    .fetch_optional(connection)
    .await?)
}

/// Those of these records that are erased contacts.
pub(super) async fn among(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    ids: &[&str],
) -> Result<HashSet<String>, StoreError> {
    let mut found = HashSet::new();
    for ids in ids.chunks(super::filter::MAX_VALUES) {
        let sql = format!(
            "SELECT id FROM contacts WHERE tenant_id = $1 AND erased_at IS NOT NULL AND id IN ({})",
            list(2, ids.len())
        );
        let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(scope.tenant());
        for id in ids {
            query = query.bind(*id);
        }
        let rows: Vec<String> = query.fetch_all(&mut *connection).await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Notes that a contact is to be erased as soon as it can be.
pub async fn ask(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE contacts SET erase_asked_at = $3, erase_asked_by = $4 \
         WHERE tenant_id = $1 AND id = $2 AND erase_asked_at IS NULL",
    )
    .bind(scope.tenant())
    .bind(id)
    .bind(micros(now))
    .bind(scope.user().map(|user| user.as_str().to_owned()))
    .execute(tx)
    .await?;
    Ok(())
}

/// Where sentences lie that may name somebody.
const SENTENCES: [&str; 7] = [
    "UPDATE sync_run_items SET sentence = REPLACE(sentence, $2, $3) WHERE tenant_id = $1 AND sentence IS NOT NULL",
    "UPDATE sync_runs SET error = REPLACE(error, $2, $3) WHERE tenant_id = $1 AND error IS NOT NULL",
    "UPDATE intents SET said = REPLACE(said, $2, $3) WHERE tenant_id = $1 AND said IS NOT NULL",
    "UPDATE intent_steps SET said = REPLACE(said, $2, $3) WHERE tenant_id = $1 AND said IS NOT NULL",
    "UPDATE jobs SET last_error = REPLACE(last_error, $2, $3) WHERE tenant_id = $1 AND last_error IS NOT NULL",
    "UPDATE job_attempts SET error = REPLACE(error, $2, $3) WHERE tenant_id = $1 AND error IS NOT NULL",
    "UPDATE connection_kinds SET check_sentence = REPLACE(check_sentence, $2, $3) \
     WHERE tenant_id = $1 AND check_sentence IS NOT NULL",
];

/// Takes a word of a contact out of every sentence that the sync has said.
pub async fn unsay(tx: &mut AnyConnection, scope: &TenantScope, word: &str) -> Result<(), StoreError> {
    for sql in SENTENCES {
        // Only rows that say it are written.
        let column = sql.split("SET ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        let sql = format!("{sql} AND {column} LIKE $4{}", keys::LIKE_ESCAPE);
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(scope.tenant())
            .bind(word)
            .bind(ERASED)
            .bind(keys::like_pattern(word))
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// The mirror row of a link of the contact $2.
const OF_THEIR_LINK: &str = "EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = t.tenant_id AND l.connection_id = t.connection_id \
     AND l.kind = t.kind AND l.remote_type = t.remote_type AND l.external_id = t.external_id AND l.contact_id = $2)";

/// What is blanked of contact $2 besides its own row and the mirror's.
const BLANKS: [&str; 10] = [
    // A link keeps the external id, so that a look knows whom it does not bring back.
    "UPDATE links SET mode = 'erased', base = NULL, base_hash = NULL, base_extras = NULL, base_revision = NULL, \
     remote_hash = NULL, differences = NULL, accepted_total = NULL, plan_row = 1, sync_status = 'excluded', \
     sync_reason = 'erased', sync_detail = NULL WHERE tenant_id = $1 AND contact_id = $2",
    "UPDATE intents SET request = '{}', sent = '{}', said = NULL, person_said = NULL, refused_on = NULL \
     WHERE tenant_id = $1 AND kind = 'contact' AND record_id = $2",
    "UPDATE intent_steps SET said = NULL WHERE tenant_id = $1 AND intent_id IN \
     (SELECT i.id FROM intents i WHERE i.tenant_id = $1 AND i.kind = 'contact' AND i.record_id = $2)",
    // What was sent of a document is a log, and not the document.
    "UPDATE intents SET request = '{}', sent = '{}' WHERE tenant_id = $1 AND kind = 'sales_document' \
     AND state IN ('confirmed', 'refused', 'not_stored') \
     AND record_id IN (SELECT d.id FROM sales_documents d WHERE d.tenant_id = $1 AND d.contact_id = $2)",
    "UPDATE alarms SET detail = '[]', dismissed_at = COALESCE(dismissed_at, at) \
     WHERE tenant_id = $1 AND kind = 'contact' AND record_id = $2",
    "UPDATE sync_run_items SET label = 'Erased contact', sentence = NULL, advice = NULL \
     WHERE tenant_id = $1 AND record_id = $2",
    "UPDATE sync_run_items SET label = 'Erased contact', sentence = NULL, advice = NULL \
     WHERE tenant_id = $1 AND remote_type = '' AND EXISTS (SELECT 1 FROM sync_runs r JOIN links l \
         ON l.tenant_id = r.tenant_id AND l.connection_id = r.connection_id AND l.kind = r.kind \
         WHERE r.tenant_id = sync_run_items.tenant_id AND r.id = sync_run_items.run_id AND r.kind = 'contact' \
         AND l.external_id = sync_run_items.external_id AND l.contact_id = $2)",
    // A document that had no number was known by its customer.
    "UPDATE sync_run_items SET label = COALESCE((SELECT d.number FROM sales_documents d WHERE d.tenant_id = $1 \
         AND d.id = sync_run_items.record_id AND d.number <> ''), 'Erased contact') WHERE tenant_id = $1 \
     AND record_id IN (SELECT d.id FROM sales_documents d WHERE d.tenant_id = $1 AND d.contact_id = $2)",
    "UPDATE history SET changes = '[]' \
     WHERE tenant_id = $1 AND kind = 'contact' AND side = 'here' AND record_id = $2",
    "UPDATE history SET changes = '[]' WHERE tenant_id = $1 AND kind = 'contact' AND side = 'there' \
     AND EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = history.tenant_id \
         AND l.connection_id = history.connection_id AND l.kind = history.kind \
         AND l.remote_type = history.remote_type AND l.external_id = history.external_id AND l.contact_id = $2)",
];

/// Blanks everything that is kept of a contact; returns its new revision.
pub async fn blank(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    now: Timestamp,
) -> Result<i64, StoreError> {
    blank_mirror(tx, scope, id, now).await?;
    for sql in BLANKS {
        sqlx::query(sql).bind(scope.tenant()).bind(id).execute(&mut *tx).await?;
    }
    let nothing = ContactFields::of(&Contact { name: ERASED.to_owned(), ..Contact::default() });
    Ok(sqlx::query_scalar(
        "UPDATE contacts SET revision = revision + 1, name = $4, is_company = 0, taxpayer = 0, tax_number = NULL, \
         record = $5, country = NULL, city = NULL, email = NULL, remote_code = NULL, payment_days = NULL, \
         match_tax = NULL, match_email = NULL, match_address = NULL, internal_notes = NULL, search_text = $6, sort_key = $7, plan_row = 1, \
         sync_status = 'excluded', sync_reason = 'erased', sync_detail = NULL, erase_asked_at = NULL, \
         erase_asked_by = NULL, erased_at = $3, updated_at = $3 WHERE tenant_id = $1 AND id = $2 RETURNING revision",
    )
    .bind(scope.tenant())
    .bind(id)
    .bind(micros(now))
    .bind(nothing.name.as_str())
    .bind(nothing.record.as_str())
    .bind(keys::search_text([Some(ERASED)]))
    .bind(keys::sort_key(ERASED))
    .fetch_one(tx)
    .await?)
}

/// An erased row of the mirror is never written over. One that was never read is made, so that the first read is not kept.
async fn blank_mirror(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let missing = "INSERT INTO mirror (tenant_id, connection_id, kind, remote_type, external_id, number, name, detail, raw, \
         content_hash, extras_hash, open, read_at, first_seen_at, changed_at, list_key) \
         SELECT l.tenant_id, l.connection_id, l.kind, l.remote_type, l.external_id, '', '', '{}', '{}', '', '', 0, $3, \
         $3, $3, '' FROM links l WHERE l.tenant_id = $1 AND l.contact_id = $2 ON CONFLICT DO NOTHING";
    let blank = format!(
        "UPDATE mirror AS t SET number = '', name = '', detail = '{{}}', match_tax = NULL, match_email = NULL, \
         match_address = NULL, match_name = NULL, raw = '{{}}', content = NULL, content_hash = '', extras_hash = '', \
         unreadable = NULL, plan_row = NULL, sync_status = NULL, sync_reason = NULL, sync_detail = NULL, \
         erased_at = $3 WHERE t.tenant_id = $1 AND t.kind = 'contact' AND {OF_THEIR_LINK}"
    );
    for sql in [missing.to_owned(), blank] {
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(scope.tenant())
            .bind(id)
            .bind(micros(now))
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}
