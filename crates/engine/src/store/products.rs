//! What is sold.

mod list;

pub use list::{Criteria, ListedProduct, Sort, SortBy, count_by_status, list};

use jiff::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use sync_core::record::Product;

use super::filter::{Column, Select};
use super::matching::ProductKeys;
use super::rows::{Cell, Records};
use super::values::{instant, instant_or_none, micros, text, text_or_none, truth, whole};
use super::{StoreError, keys};
use crate::access::TenantScope;

/// What an edit or a pull may set. `search_text` and `sort_key` are derived from it when it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductFields {
    /// SKU.
    pub code: String,
    /// Name.
    pub name: String,
    /// Longer text.
    pub description: String,
    /// Unit of measure.
    pub unit: String,
    /// Barcode, or empty.
    pub barcode: String,
    /// True for a service.
    pub service: bool,
    /// True when it is sold.
    pub sold: bool,
    /// False when it is no longer in use.
    pub active: bool,
    /// Number that the remote shows.
    pub remote_code: Option<String>,
    /// Folded code that matching looks up.
    pub match_code: String,
    /// Barcode that matching looks up.
    pub match_barcode: Option<String>,
    /// Folded name that matching looks up.
    pub match_name: Option<String>,
}

impl ProductFields {
    /// The columns of a product.
    #[must_use]
    pub fn of(product: &Product) -> Self {
        let keys = ProductKeys::of(product);
        Self {
            code: product.code.clone(),
            name: product.name.clone(),
            description: product.description.clone().unwrap_or_default(),
            unit: product.unit.clone().unwrap_or_default(),
            barcode: product.barcode.clone().unwrap_or_default(),
            service: product.service,
            sold: product.sold,
            active: product.active,
            remote_code: product.remote_code.clone(),
            match_code: keys.code,
            match_barcode: keys.barcode,
            match_name: keys.name,
        }
    }

    /// The product that the columns hold. The price on a price list is taken once the owner has chosen one.
    #[must_use]
    pub fn product(&self) -> Product {
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        Product {
            code: self.code.clone(),
            name: self.name.clone(),
            description: given(&self.description),
            unit: given(&self.unit),
            barcode: given(&self.barcode),
            service: self.service,
            sold: self.sold,
            active: self.active,
            price: None,
            remote_code: self.remote_code.clone(),
        }
    }
}

/// A product to be written for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProduct {
    /// UUIDv7.
    pub id: String,
    /// Its values; the revision becomes 1.
    pub fields: ProductFields,
}

/// A product as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredProduct {
    /// UUIDv7.
    pub id: String,
    /// Raised by every edit, from 1.
    pub revision: i64,
    /// Its values.
    pub fields: ProductFields,
    /// When it was written first.
    pub created_at: Timestamp,
    /// When it was written last.
    pub updated_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

const RECORDS: Records = Records {
    table: "products",
    columns: "code, name, description, unit, barcode, service, sold, active, remote_code, match_code, \
        match_barcode, match_name, search_text, sort_key",
};

/// In the order of the columns.
fn cells(fields: &ProductFields) -> Vec<Cell> {
    vec![
        fields.code.clone().into(),
        fields.name.clone().into(),
        fields.description.clone().into(),
        fields.unit.clone().into(),
        fields.barcode.clone().into(),
        i64::from(fields.service).into(),
        i64::from(fields.sold).into(),
        i64::from(fields.active).into(),
        fields.remote_code.clone().into(),
        fields.match_code.clone().into(),
        fields.match_barcode.clone().into(),
        fields.match_name.clone().into(),
        search_text(fields).into(),
        keys::sort_key(&fields.name).into(),
    ]
}

const SELECT: &str = "SELECT d.id, d.revision, d.code, d.name, d.description, d.unit, d.barcode, d.service, d.sold, \
     d.active, d.remote_code, d.match_code, d.match_barcode, d.match_name, d.created_at, d.updated_at, d.deleted_at FROM products d";

/// Writes products that did not exist, in as few statements as possible.
pub async fn insert_products(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    products: &[NewProduct],
    now: Timestamp,
) -> Result<(), StoreError> {
    let records = products.iter().map(|product| (product.id.clone(), cells(&product.fields)));
    RECORDS.insert(connection, scope, records, now).await
}

/// Replaces a product's values when it still has the expected revision; returns the new revision, or `None` when
/// somebody was faster, or it is deleted or not in this workspace.
pub async fn update_product(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    expected_revision: i64,
    fields: &ProductFields,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    RECORDS.update(connection, scope, (id, expected_revision), cells(fields), now).await
}

/// A document of which lines found their product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// The document.
    pub document: String,
    /// Its new revision.
    pub revision: i64,
    /// The places of the lines, from 0.
    pub lines: Vec<i64>,
}

/// Gives a product to the lines that name its remote one and have none here: who it is was not decided when they came. Which
/// product here a line belongs to is no field that both sides compare: the revision is raised, and the base covers it.
pub async fn adopt_lines(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    external_id: &str,
    product: &str,
    now: Timestamp,
) -> Result<Vec<Adopted>, StoreError> {
    let theirs = "SELECT s.document_id FROM sales_document_lines s WHERE s.tenant_id = $1 \
         AND s.product_external_id = $2 AND s.product_id IS NULL";
    let covered = format!(
        "UPDATE links SET base_revision = base_revision + 1 WHERE tenant_id = $1 AND document_id IN \
         (SELECT d.id FROM sales_documents d WHERE d.tenant_id = $1 AND d.revision = links.base_revision \
          AND d.id IN ({theirs}))"
    );
    sqlx::query(sqlx::AssertSqlSafe(covered))
        .bind(scope.tenant())
        .bind(external_id)
        .execute(&mut *tx)
        .await?;
    let raised = format!(
        "UPDATE sales_documents SET revision = revision + 1, updated_at = $3 \
         WHERE tenant_id = $1 AND id IN ({theirs}) RETURNING id, revision"
    );
    let raised: Vec<(String, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(raised))
        .bind(scope.tenant())
        .bind(external_id)
        .bind(micros(now))
        .fetch_all(&mut *tx)
        .await?;
    let lines: Vec<(String, i64)> = sqlx::query_as(
        "UPDATE sales_document_lines SET product_id = $3 \
         WHERE tenant_id = $1 AND product_external_id = $2 AND product_id IS NULL RETURNING document_id, position",
    )
    .bind(scope.tenant())
    .bind(external_id)
    .bind(product)
    .fetch_all(tx)
    .await?;
    let of = |document: &String| lines.iter().filter(|(of, _)| of == document).map(|(_, at)| *at).collect();
    let adopted =
        raised.into_iter().map(|(document, revision)| Adopted { lines: of(&document), document, revision });
    Ok(adopted.collect())
}

/// Whether lines here name a remote product that is none here.
pub async fn is_named(
    tx: &mut AnyConnection,
    scope: &TenantScope,
    external_id: &str,
) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM sales_document_lines \
         WHERE tenant_id = $1 AND product_external_id = $2 AND product_id IS NULL LIMIT 1",
    )
    .bind(scope.tenant())
    .bind(external_id)
    .fetch_optional(tx)
    .await?;
    Ok(found.is_some())
}

/// Several products, deleted or not, in no particular order; ids that do not exist are left out.
pub async fn products<I: AsRef<str>>(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    ids: &[I],
) -> Result<Vec<StoredProduct>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(super::filter::MAX_VALUES) {
        let mut select = Select::new(SELECT);
        select.equals(Column::RecordTenant, scope.tenant())?.any_of(Column::RecordId, ids)?;
        for row in select.fetch_all(&mut *connection).await? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

fn read(row: &AnyRow) -> Result<StoredProduct, StoreError> {
    Ok(StoredProduct {
        id: text(row, "id")?,
        revision: whole(row, "revision")?,
        fields: ProductFields {
            code: text(row, "code")?,
            name: text(row, "name")?,
            description: text(row, "description")?,
            unit: text(row, "unit")?,
            barcode: text(row, "barcode")?,
            service: truth(row, "service")?,
            sold: truth(row, "sold")?,
            active: truth(row, "active")?,
            remote_code: text_or_none(row, "remote_code")?,
            match_code: text(row, "match_code")?,
            match_barcode: text_or_none(row, "match_barcode")?,
            match_name: text_or_none(row, "match_name")?,
        },
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
        deleted_at: instant_or_none(row, "deleted_at")?,
    })
}

fn search_text(fields: &ProductFields) -> String {
    keys::search_text([
        Some(fields.code.as_str()),
        Some(fields.name.as_str()),
        Some(fields.barcode.as_str()),
        fields.remote_code.as_deref(),
    ])
}
