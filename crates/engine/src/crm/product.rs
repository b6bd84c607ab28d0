//! One product: its page, and what people do with it.

use jiff::Timestamp;
use sync_core::record::{Product, RecordKind};

use super::check::{LINE, PAGES, Reasons, blocking};
use super::input::ProductInput;
use super::record::{self, Change};
use super::{SyncView, history};
use crate::access::{Role, TenantScope};
use crate::error::Reason;
use crate::ids::is_id;
use crate::store::history::Deed;
use crate::store::products::{self, NewProduct, ProductFields, StoredProduct};
use crate::store::{Connection, records};
use crate::sync::what_blocks;
use crate::{Engine, EngineError};

const KIND: RecordKind = RecordKind::Product;
/// Most characters of a code: Metakocka takes no more (`metakocka-api.md §2.2`).
const MAX_CODE_CHARS: usize = 50;

/// One product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductView {
    /// UUIDv7.
    pub id: String,
    /// Raised by every edit.
    pub revision: i64,
    /// What can be edited.
    pub form: ProductInput,
    /// Metakocka's visible number.
    pub remote_code: Option<String>,
    /// Why it can't be sent as it is; empty when it can.
    pub blocking: Vec<Reason>,
    /// State towards Metakocka.
    pub sync: SyncView,
    /// When it came into the CRM.
    pub created_at: Timestamp,
    /// When it was written last.
    pub updated_at: Timestamp,
    /// For people here; never sent.
    pub internal_notes: Option<String>,
}

impl Engine {
    /// One product. Not found when it does not exist, was deleted, or belongs to another workspace.
    pub async fn product(&self, scope: &TenantScope, id: &str) -> Result<ProductView, EngineError> {
        let mut connection = self.db().read().await?;
        let stored = live(&mut connection, scope, id).await?;
        let shown = records::shown(&mut connection, scope, KIND, id).await?.ok_or(EngineError::NotFound)?;
        let problems = what_blocks(&mut connection, scope, KIND, id).await?;
        let internal_notes = records::internal_notes(&mut connection, scope, KIND, id).await?;
        Ok(ProductView {
            id: stored.id,
            revision: stored.revision,
            form: form(&stored.fields.product()),
            remote_code: stored.fields.remote_code,
            blocking: blocking(&problems),
            sync: shown.into(),
            created_at: stored.created_at,
            updated_at: stored.updated_at,
            internal_notes,
        })
    }

    /// Makes a product; returns its id. Staff. [`EngineError::Blocked`] tells everything that is wrong with the form.
    pub async fn create_product(
        &self,
        scope: &TenantScope,
        input: &ProductInput,
    ) -> Result<String, EngineError> {
        scope.require(Role::Staff)?;
        let fields = ProductFields::of(&parse(input, None)?);
        let (id, now) = (self.new_id(), self.now());
        let mut tx = self.db().begin().await?;
        let new = NewProduct { id: id.clone(), fields };
        products::insert_products(&mut tx, scope, &[new], now).await?;
        record::finish(self, tx, scope, KIND, Change::plain(&id, 1, Deed::Created)).await?;
        Ok(id)
    }

    /// Replaces what can be edited of a product that still has the expected revision; returns the new one. Staff.
    /// [`EngineError::Stale`]: somebody was faster, and nothing was changed.
    pub async fn edit_product(
        &self,
        scope: &TenantScope,
        id: &str,
        expected_revision: i64,
        input: &ProductInput,
    ) -> Result<i64, EngineError> {
        scope.require(Role::Staff)?;
        let mut tx = self.db().begin().await?;
        let stored = live(&mut tx, scope, id).await?;
        record::is_current(stored.revision, expected_revision)?;
        let before = stored.fields.product();
        let after = parse(input, Some(&before))?;
        if after == before {
            return Ok(stored.revision);
        }
        let fields = ProductFields::of(&after);
        let updated =
            products::update_product(&mut tx, scope, id, expected_revision, &fields, self.now()).await?;
        let revision = updated.ok_or(EngineError::Stale { revision: stored.revision })?;
        let change = Change::fields(id, revision, &history::of(&before)?, &history::of(&after)?);
        record::finish(self, tx, scope, KIND, change).await?;
        Ok(revision)
    }

    /// Deletes a product that still has the expected revision. Staff. It stays as a tombstone; in Metakocka nothing is
    /// deleted.
    pub async fn delete_product(
        &self,
        scope: &TenantScope,
        id: &str,
        expected_revision: i64,
    ) -> Result<(), EngineError> {
        scope.require(Role::Staff)?;
        let mut tx = self.db().begin().await?;
        let stored = live(&mut tx, scope, id).await?;
        record::delete(self, tx, scope, KIND, (id, stored.revision), expected_revision).await
    }
}

/// A product that exists and was not deleted.
async fn live(
    connection: &mut Connection,
    scope: &TenantScope,
    id: &str,
) -> Result<StoredProduct, EngineError> {
    if !is_id(id) {
        return Err(EngineError::NotFound);
    }
    let stored = products::products(connection, scope, &[id]).await?.pop();
    stored.filter(|stored| stored.deleted_at.is_none()).ok_or(EngineError::NotFound)
}

/// The form that a product has now.
fn form(product: &Product) -> ProductInput {
    ProductInput {
        code: product.code.clone(),
        name: product.name.clone(),
        description: product.description.clone(),
        unit: product.unit.clone(),
        barcode: product.barcode.clone(),
        service: product.service,
        sold: product.sold,
        active: product.active,
    }
}

fn parse(input: &ProductInput, stored: Option<&Product>) -> Result<Product, EngineError> {
    let mut reasons = Reasons::default();
    let product = Product {
        code: reasons.required("code", &input.code, MAX_CODE_CHARS),
        name: reasons.required("name", &input.name, LINE),
        description: reasons.text("description", input.description.as_deref(), PAGES),
        unit: reasons.text("unit", input.unit.as_deref(), LINE),
        barcode: reasons.text("barcode", input.barcode.as_deref(), LINE),
        service: input.service,
        sold: input.sold,
        active: input.active,
        price: stored.and_then(|stored| stored.price.clone()),
        remote_code: stored.and_then(|stored| stored.remote_code.clone()),
    };
    reasons.done(product)
}
