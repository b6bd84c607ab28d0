//! A world for one test: an engine with a clock that the test moves, and records that are quickly made.

use std::sync::Arc;
use std::time::Duration;

use engine::access::{Language, NewUser, Role, TenantScope, UserId, WorkspaceChoice};
use engine::clock::ManualClock;
use engine::ids::Ids;
use engine::store::contacts::{ContactFields, NewContact, insert_contacts};
use engine::store::products::{NewProduct, ProductFields, insert_products};
use engine::store::sales_documents::{
    DocumentFields, LineRow, NewDocument, PriceBasis, TaxRow, TotalCheck, insert_documents,
};
use engine::store::{Db, StoreError};
use engine::sync::{AllowedHosts, Remote};
use engine::test_support::TestDb;
use engine::vault::{Vault, VaultKey};
use engine::{Engine, EngineError, Parts};
use jiff::Timestamp;
use jiff::civil::Date;
use metakocka::{HttpClient, HttpConfig};
use rust_decimal::Decimal;
use secrecy::SecretString;
use sync_core::record::{Currency, Dates, DocumentType, Party, SalesDocument};

/// What every person of the tests types.
pub(crate) const PASSWORD: &str = "pravo geslo č";

/// When every test begins.
pub(crate) fn start() -> Timestamp {
    "2026-11-24T08:00:00Z".parse().unwrap()
}

/// An engine over the test's database.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) db: Db,
    ids: Ids,
}

impl World {
    pub(crate) fn new(test: &TestDb) -> Self {
        let clock = Arc::new(ManualClock::new(start()));
        let engine = Engine::new(Parts {
            db: test.db.clone(),
            clock: clock.clone(),
            ids: Ids::seeded(7),
            vault: Vault::new(vec![VaultKey::from_bytes([7; 32])]).unwrap(),
            remote: Remote::new(HttpClient::new(&HttpConfig::default()).unwrap(), AllowedHosts::new(&[])),
        });
        Self { engine, clock, db: test.db.clone(), ids: Ids::seeded(11) }
    }

    pub(crate) fn id(&self) -> String {
        self.ids.next(start())
    }

    pub(crate) fn wait(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// A person with a workspace of their own.
    pub(crate) async fn person(&self, email: &str, workspace: &str, role: Role) -> UserId {
        let workspace = WorkspaceChoice::New(workspace.to_owned());
        self.engine.add_user(new_user(email, role, workspace)).await.unwrap()
    }

    /// A workspace, entered by its owner.
    pub(crate) async fn workspace(&self, name: &str) -> TenantScope {
        let user = self.person(&format!("owner@{name}.si"), name, Role::Owner).await;
        self.engine.scope_for_session(&user, None).await.unwrap()
    }

    /// The same workspace, entered by somebody with this role.
    pub(crate) async fn member(&self, scope: &TenantScope, role: Role) -> TenantScope {
        let email = format!("{}@{}.si", role.as_str(), scope.tenant());
        let workspace = WorkspaceChoice::Existing(scope.tenant().to_owned());
        let user = self.engine.add_user(new_user(&email, role, workspace)).await.unwrap();
        self.engine.scope_for_session(&user, None).await.unwrap()
    }

    /// Stores documents; they are numbered ids in the order given.
    pub(crate) async fn store(&self, scope: &TenantScope, documents: &[NewDocument]) {
        self.try_store(scope, documents).await.unwrap();
    }

    pub(crate) async fn try_store(
        &self,
        scope: &TenantScope,
        documents: &[NewDocument],
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        insert_documents(&mut tx, scope, documents, start()).await?;
        Ok(tx.commit().await?)
    }

    pub(crate) async fn contact(&self, scope: &TenantScope, name: &str) -> String {
        let id = self.id();
        let mut tx = self.db.begin().await.unwrap();
        let contact = NewContact { id: id.clone(), fields: contact_fields(name) };
        insert_contacts(&mut tx, scope, &[contact], start()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub(crate) async fn product(&self, scope: &TenantScope, code: &str) -> String {
        let id = self.id();
        let mut tx = self.db.begin().await.unwrap();
        let product = NewProduct { id: id.clone(), fields: product_fields(code) };
        insert_products(&mut tx, scope, &[product], start()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A document of this number, dated 24 November, for Hribar d.o.o., of 122 EUR.
    pub(crate) fn document(&self, number: &str) -> NewDocument {
        NewDocument {
            id: self.id(),
            fields: document_fields(number),
            lines: vec![line("LIP-1", "2", "50")],
            taxes: vec![TaxRow {
                tax_code: "EX4".to_owned(),
                rate: Some(decimal("22")),
                tax: decimal("22.00"),
            }],
        }
    }
}

pub(crate) fn new_user(email: &str, role: Role, workspace: WorkspaceChoice) -> NewUser {
    NewUser {
        email: email.to_owned(),
        name: "Ana Novak".to_owned(),
        password: SecretString::from(PASSWORD),
        language: Language::Sl,
        role,
        workspace,
    }
}

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn contact_fields(name: &str) -> ContactFields {
    ContactFields {
        name: name.to_owned(),
        is_company: true,
        taxpayer: true,
        tax_number: Some("12345679".to_owned()),
        record: format!("{{\"name\":\"{name}\",\"delivery_addresses\":[]}}"),
        country: Some("SI".to_owned()),
        city: Some("Škofja Loka".to_owned()),
        email: None,
        remote_code: None,
        payment_days: Some(15),
        match_tax: Some("SI12345679".to_owned()),
        match_email: None,
        match_address: None,
    }
}

pub(crate) fn product_fields(code: &str) -> ProductFields {
    ProductFields {
        code: code.to_owned(),
        name: "Lipova deska".to_owned(),
        description: String::new(),
        unit: "kos".to_owned(),
        barcode: String::new(),
        service: false,
        sold: true,
        active: true,
        remote_code: Some("000123".to_owned()),
        match_code: code.to_lowercase(),
        match_barcode: None,
        match_name: None,
    }
}

pub(crate) fn document_fields(number: &str) -> DocumentFields {
    DocumentFields {
        doc_type: DocumentType::Order.as_str().to_owned(),
        number: number.to_owned(),
        doc_date: day("2026-11-24"),
        contact_id: None,
        customer_name: "Hribar d.o.o.".to_owned(),
        customer_city: Some("Kranj".to_owned()),
        currency: "EUR".to_owned(),
        status_label: Some("Potrjeno".to_owned()),
        title: String::new(),
        head: serde_json::to_string(&head(number)).unwrap(),
        net: decimal("100.00"),
        discount: decimal("0"),
        gross: decimal("122.00"),
        total_check: TotalCheck::Exact,
        total_difference: Decimal::ZERO,
        paid: None,
        issued_at: None,
        match_key: Some(number.to_lowercase()),
    }
}

fn head(number: &str) -> SalesDocument {
    SalesDocument {
        doc_type: DocumentType::Order,
        number: Some(number.to_owned()),
        dates: Dates { due: Some(day("2026-12-09")), ..Dates::of(day("2026-11-24")) },
        customer: Party { name: "Hribar d.o.o.".to_owned(), ..Party::default() },
        receiver: None,
        title: None,
        buyer_order: Some("N-77".to_owned()),
        notes: None,
        currency: Currency::euro(),
        status: None,
        lines: Vec::new(),
        document_discount: None,
        booked: None,
    }
}

pub(crate) fn line(code: &str, amount: &str, price: &str) -> LineRow {
    LineRow {
        external_row_id: Some("9001".to_owned()),
        product_id: None,
        product_external_id: Some("1600".to_owned()),
        code: code.to_owned(),
        remote_code: "000123".to_owned(),
        name: "Lipova deska".to_owned(),
        unit: "kos".to_owned(),
        text: String::new(),
        amount: Some(decimal(amount)),
        price: Some(decimal(price)),
        price_basis: Some(PriceBasis::Net),
        discount: "10;20".to_owned(),
        tax_code: Some("EX4".to_owned()),
        tax_rate: Some(decimal("22")),
        net: Some(decimal(amount) * decimal(price)),
    }
}

pub(crate) fn text_line(text: &str) -> LineRow {
    LineRow {
        external_row_id: None,
        product_external_id: None,
        code: String::new(),
        remote_code: String::new(),
        name: String::new(),
        unit: String::new(),
        text: text.to_owned(),
        amount: None,
        price: None,
        price_basis: None,
        discount: String::new(),
        tax_code: None,
        tax_rate: None,
        net: None,
        product_id: None,
    }
}

/// What the database said, when it refused a row because it points to none.
pub(crate) fn is_foreign_key_refusal(error: &StoreError) -> bool {
    matches!(error, StoreError::Sql(sqlx::Error::Database(error)) if error.is_foreign_key_violation())
}

/// The fields that a form was refused for.
pub(crate) fn blocked<T: std::fmt::Debug>(refused: Result<T, EngineError>) -> Vec<String> {
    let Err(EngineError::Blocked(reasons)) = refused else { panic!("not refused: {refused:?}") };
    for reason in &reasons {
        assert!(!reason.sentence.is_empty() && !reason.remedy.is_empty(), "{reason:?}");
    }
    reasons.into_iter().map(|reason| reason.field).collect()
}
