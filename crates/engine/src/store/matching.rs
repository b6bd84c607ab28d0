//! Looks up local records by the keys that matching uses.

mod refusals;
mod sides;

use std::collections::HashSet;

use sqlx::AnyConnection;
use sync_core::record::text::{fold, normalise};
use sync_core::record::{Contact, Product, RecordKind, SalesDocument};

use super::mirror::Place;
use super::records::table;
use super::rows::list;
use super::{Db, StoreError};
use crate::access::TenantScope;

pub use refusals::{refuse, refused};
pub use sides::{
    LonePage, There, documents_here, documents_there, free_there, here, lone, lone_one, one_there,
    partners_of, there,
};

/// What a contact is recognised by, folded; none: it has no such key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactKeys {
    /// Tax number with its country.
    pub tax: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// Name, street and post number.
    pub address: Option<String>,
}

impl ContactKeys {
    /// What a contact is recognised by (policy F): tax number of one country, e-mail, name with street and post number.
    #[must_use]
    pub fn of(contact: &Contact) -> Self {
        let address = contact.address.as_ref().map(|row| &row.address);
        let place =
            address.and_then(|address| Some((address.street.as_ref()?, address.post_number.as_ref()?)));
        Self {
            tax: contact
                .tax_number
                .as_ref()
                .filter(|number| number.is_valid())
                .map(|number| format!("{}{}", number.country().as_str(), number.number())),
            email: contact.person.as_ref().and_then(|person| person.email.as_deref()).map(fold),
            address: place
                .map(|(street, post)| format!("{}|{}|{}", fold(&contact.name), fold(street), fold(post))),
        }
    }
}

/// What a product is recognised by; none: it has no such key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductKeys {
    /// Its code, folded.
    pub code: String,
    /// Barcode: a hint.
    pub barcode: Option<String>,
    /// Its name, folded: a hint.
    pub name: Option<String>,
}

impl ProductKeys {
    /// What a product is recognised by (policy F).
    #[must_use]
    pub fn of(product: &Product) -> Self {
        let given = |text: String| (!text.is_empty()).then_some(text);
        Self {
            code: fold(&product.code),
            barcode: product.barcode.as_deref().map(normalise).and_then(given),
            name: given(fold(&product.name)),
        }
    }
}

/// What a document is recognised by (policy F): type, number, date and total.
#[must_use]
pub fn document_key(document: &SalesDocument) -> String {
    let number = document.number.as_deref().map(fold).unwrap_or_default();
    let gross =
        document.booked.as_ref().map(|booked| booked.gross.normalize().to_string()).unwrap_or_default();
    format!("{}|{number}|{}|{gross}", document.doc_type.as_str(), document.dates.document)
}

/// Keys that contacts of one page carry.
#[derive(Debug, Default)]
pub struct TakenKeys {
    tax: HashSet<String>,
    email: HashSet<String>,
    address: HashSet<String>,
}

impl TakenKeys {
    /// True when one carries one of these keys.
    #[must_use]
    pub fn holds(&self, keys: &ContactKeys) -> bool {
        let has =
            |set: &HashSet<String>, key: &Option<String>| key.as_ref().is_some_and(|key| set.contains(key));
        has(&self.tax, &keys.tax) || has(&self.email, &keys.email) || has(&self.address, &keys.address)
    }

    /// One with these keys is among them from now on.
    pub fn add(&mut self, keys: &ContactKeys) {
        self.tax.extend(keys.tax.clone());
        self.email.extend(keys.email.clone());
        self.address.extend(keys.address.clone());
    }
}

/// Local documents without a link that carry one of these keys: key and document.
pub async fn lone_documents_with(
    db: &Db,
    scope: &TenantScope,
    keys: &[&str],
) -> Result<Vec<(String, String)>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT d.match_key, d.id FROM sales_documents d WHERE d.tenant_id = $1 AND d.deleted_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id) \
         AND d.match_key IN ({})",
        list(2, keys.len())
    );
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(scope.tenant());
    for key in keys {
        query = query.bind(*key);
    }
    Ok(query.fetch_all(db.reader()).await?)
}

/// Whether a living document without a link carries this key, as the transaction sees it, and nobody has said that it is
/// not this remote one.
pub async fn is_lone_key(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    place: Place<'_>,
    (key, external_id): (&str, &str),
) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM sales_documents d WHERE d.tenant_id = $1 AND d.deleted_at IS NULL \
         AND d.match_key = $2 AND NOT EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = d.tenant_id \
             AND l.document_id = d.id) \
         AND NOT EXISTS (SELECT 1 FROM match_refusals f WHERE f.tenant_id = d.tenant_id AND f.connection_id = $3 \
             AND f.kind = $4 AND f.record_id = d.id AND f.remote_type = $5 AND f.external_id = $6) LIMIT 1",
    )
    .bind(scope.tenant())
    .bind(key)
    .bind(place.connection)
    .bind(place.kind)
    .bind(place.remote_type)
    .bind(external_id)
    .fetch_optional(tx)
    .await?;
    Ok(found.is_some())
}

/// True when the workspace has living records of a kind.
pub async fn any_record(db: &Db, scope: &TenantScope, kind: RecordKind) -> Result<bool, StoreError> {
    let (table, _) = table(kind);
    let sql =
        format!("SELECT CAST(1 AS BIGINT) FROM {table} WHERE tenant_id = $1 AND deleted_at IS NULL LIMIT 1");
    let found: Option<i64> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).fetch_optional(db.reader()).await?;
    Ok(found.is_some())
}

/// How many living records of a kind have no link.
pub async fn count_lone(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
) -> Result<i64, StoreError> {
    let (table, column) = table(kind);
    let sql = format!(
        "SELECT COUNT(*) FROM {table} d WHERE d.tenant_id = $1 AND d.deleted_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = d.tenant_id AND l.{column} = d.id)"
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).fetch_one(connection).await?)
}

/// How many living records of a kind without a link a person has to be asked about (row 15).
pub async fn count_lone_asked(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    kind: RecordKind,
) -> Result<i64, StoreError> {
    let (table, column) = table(kind);
    let sql = format!(
        "SELECT COUNT(*) FROM {table} d WHERE d.tenant_id = $1 AND d.deleted_at IS NULL AND d.plan_row = 15 \
         AND NOT EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = d.tenant_id AND l.{column} = d.id)"
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).fetch_one(connection).await?)
}
