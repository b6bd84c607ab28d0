//! Looks up local records by the keys that matching uses.

use std::collections::HashSet;

use sqlx::AnyConnection;
use sync_core::record::text::fold;
use sync_core::record::{Contact, Product, SalesDocument};

use super::rows::list;
use super::{Db, StoreError};
use crate::access::TenantScope;

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

/// What a product is recognised by: its code.
#[must_use]
pub fn product_key(product: &Product) -> String {
    fold(&product.code)
}

/// What a document is recognised by (policy F): type, number, date and total.
#[must_use]
pub fn document_key(document: &SalesDocument) -> String {
    let number = document.number.as_deref().map(fold).unwrap_or_default();
    let gross =
        document.booked.as_ref().map(|booked| booked.gross.normalize().to_string()).unwrap_or_default();
    format!("{}|{number}|{}|{gross}", document.doc_type.as_str(), document.dates.document)
}

/// Keys that local contacts carry.
#[derive(Debug, Default)]
pub struct TakenKeys {
    tax: HashSet<String>,
    email: HashSet<String>,
    address: HashSet<String>,
}

impl TakenKeys {
    /// True when a contact carries one of these keys.
    #[must_use]
    pub fn holds(&self, keys: &ContactKeys) -> bool {
        let has =
            |set: &HashSet<String>, key: &Option<String>| key.as_ref().is_some_and(|key| set.contains(key));
        has(&self.tax, &keys.tax) || has(&self.email, &keys.email) || has(&self.address, &keys.address)
    }

    /// A contact with these keys exists from now on.
    pub fn add(&mut self, keys: &ContactKeys) {
        self.tax.extend(keys.tax.clone());
        self.email.extend(keys.email.clone());
        self.address.extend(keys.address.clone());
    }
}

/// Which of these keys local contacts carry.
pub async fn contacts_with(
    db: &Db,
    scope: &TenantScope,
    keys: &[ContactKeys],
) -> Result<TakenKeys, StoreError> {
    let of = |pick: fn(&ContactKeys) -> &Option<String>| -> Vec<&str> {
        keys.iter().filter_map(|keys| pick(keys).as_deref()).collect()
    };
    Ok(TakenKeys {
        tax: carried(db, scope, "contacts", "match_tax", &of(|keys| &keys.tax)).await?,
        email: carried(db, scope, "contacts", "match_email", &of(|keys| &keys.email)).await?,
        address: carried(db, scope, "contacts", "match_address", &of(|keys| &keys.address)).await?,
    })
}

/// Which of these folded codes local products carry.
pub async fn products_with(
    db: &Db,
    scope: &TenantScope,
    codes: &[String],
) -> Result<HashSet<String>, StoreError> {
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    carried(db, scope, "products", "match_code", &codes).await
}

/// Which of these keys local documents without a link carry.
pub async fn lone_documents_with(
    db: &Db,
    scope: &TenantScope,
    keys: &[&str],
) -> Result<HashSet<String>, StoreError> {
    if keys.is_empty() {
        return Ok(HashSet::new());
    }
    let sql = format!(
        "SELECT d.match_key FROM sales_documents d WHERE d.tenant_id = $1 AND d.deleted_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id) \
         AND d.match_key IN ({})",
        list(2, keys.len())
    );
    let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(scope.tenant());
    for key in keys {
        query = query.bind(*key);
    }
    let rows: Vec<String> = query.fetch_all(db.reader()).await?;
    Ok(rows.into_iter().collect())
}

/// How many living local records of this table carry a key in this column, as the transaction sees it.
async fn count_in(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    (table, column): (&'static str, &'static str),
    key: &str,
) -> Result<i64, StoreError> {
    let sql =
        format!("SELECT COUNT(*) FROM {table} WHERE tenant_id = $1 AND deleted_at IS NULL AND {column} = $2");
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(scope.tenant()).bind(key).fetch_one(tx).await?)
}

/// How many living contacts carry this tax number.
pub async fn contacts_with_tax(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    key: &str,
) -> Result<i64, StoreError> {
    count_in(tx, scope, ("contacts", "match_tax"), key).await
}

/// How many living products carry this folded code.
pub async fn products_with_code(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    key: &str,
) -> Result<i64, StoreError> {
    count_in(tx, scope, ("products", "match_code"), key).await
}

/// Whether a living document without a link carries this key, as the transaction sees it.
pub async fn is_lone_key(tx: &mut AnyConnection, scope: &TenantScope, key: &str) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM sales_documents d WHERE d.tenant_id = $1 AND d.deleted_at IS NULL \
         AND d.match_key = $2 AND NOT EXISTS (SELECT 1 FROM links l WHERE l.tenant_id = d.tenant_id \
             AND l.document_id = d.id) LIMIT 1",
    )
    .bind(scope.tenant())
    .bind(key)
    .fetch_optional(tx)
    .await?;
    Ok(found.is_some())
}

/// True when the workspace has records of its own.
pub async fn any_record(db: &Db, scope: &TenantScope) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT 1 FROM contacts WHERE tenant_id = $1 UNION ALL SELECT 1 FROM products WHERE tenant_id = $1 \
         UNION ALL SELECT 1 FROM sales_documents WHERE tenant_id = $1 LIMIT 1",
    )
    .bind(scope.tenant())
    .fetch_optional(db.reader())
    .await?;
    Ok(found.is_some())
}

async fn carried(
    db: &Db,
    scope: &TenantScope,
    table: &'static str,
    column: &'static str,
    keys: &[&str],
) -> Result<HashSet<String>, StoreError> {
    if keys.is_empty() {
        return Ok(HashSet::new());
    }
    let sql = format!(
        "SELECT {column} FROM {table} WHERE tenant_id = $1 AND deleted_at IS NULL AND {column} IN ({})",
        list(2, keys.len())
    );
    let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(scope.tenant());
    for key in keys {
        query = query.bind(*key);
    }
    let rows: Vec<String> = query.fetch_all(db.reader()).await?;
    Ok(rows.into_iter().collect())
}
