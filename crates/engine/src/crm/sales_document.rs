//! One sales document with everything that its page shows.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use sync_core::record::{Address, Discount, DocumentType, Party, RecordKind, SalesDocument};

use super::SyncView;
use super::check::blocking;
use super::draft::receiver_input;
use super::input::{DocumentInput, LineInput};
use crate::access::TenantScope;
use crate::error::Reason;
use crate::ids::is_id;
use crate::store::sales_documents::{self, LineRow, PriceBasis, StoredDocument, TaxRow, TotalCheck};
use crate::store::{Connection, StoreError, contacts, records};
use crate::sync::what_blocks;
use crate::{Engine, EngineError};

const KIND: RecordKind = RecordKind::SalesDocument;

/// One document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentView {
    /// UUIDv7.
    pub id: String,
    /// Raised by every edit.
    pub revision: i64,
    /// What it is.
    pub doc_type: DocumentType,
    /// Metakocka's number; empty until it has one.
    pub number: String,
    /// Its day.
    pub date: Date,
    /// The customer as the document shows it.
    pub customer_name: String,
    /// The customer's town.
    pub customer_city: Option<String>,
    /// The contact; `None` while a decision about duplicates is awaited.
    pub contact: Option<ContactBrief>,
    /// ISO 4217.
    pub currency: String,
    /// Status as people read it.
    pub status_label: Option<String>,
    /// Subject; may be empty.
    pub title: String,
    /// Other fields of the head.
    pub head: Head,
    /// Net total as Metakocka books it.
    pub net: Decimal,
    /// Discount in all.
    pub discount: Decimal,
    /// Gross total as Metakocka books it.
    pub gross: Decimal,
    /// Our sum of the lines against the booked total.
    pub total_check: TotalCheck,
    /// Computed minus booked gross.
    pub total_difference: Decimal,
    /// Sum paid, when Metakocka says so.
    pub paid: Option<Decimal>,
    /// Wall time of issue in Metakocka; `None`: a draft, or not an invoice.
    pub issued_at: Option<String>,
    /// What can be edited.
    pub form: DocumentInput,
    /// Why it can't be sent as it is; empty when it can, or when there is nothing to send.
    pub blocking: Vec<Reason>,
    /// Its lines in their order.
    pub lines: Vec<LineView>,
    /// Tax by code.
    pub taxes: Vec<TaxView>,
    /// State towards Metakocka.
    pub sync: SyncView,
    /// When it came into the CRM.
    pub created_at: Timestamp,
    /// When it was written last.
    pub updated_at: Timestamp,
    /// For people here; never sent.
    pub internal_notes: Option<String>,
}

/// Fields of the head that lists do not show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// When it is to be paid.
    pub due: Option<Date>,
    /// First day of the service.
    pub service_from: Option<Date>,
    /// Last day of the service.
    pub service_to: Option<Date>,
    /// Until when an offer holds.
    pub valid_to: Option<Date>,
    /// When the goods are to be there.
    pub delivery_deadline: Option<Date>,
    /// The customer's own order number.
    pub buyer_order: Option<String>,
    /// Notes; may be HTML as Metakocka keeps them.
    pub notes: Option<String>,
    /// The customer's address as the document shows it, in one line.
    pub customer_address: Option<String>,
    /// Name of the receiver, when it is somebody else.
    pub receiver_name: Option<String>,
    /// The receiver's address, in one line.
    pub receiver_address: Option<String>,
}

/// What a document's page shows of its contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactBrief {
    /// UUIDv7.
    pub id: String,
    /// Name.
    pub name: String,
    /// Tax number.
    pub tax_number: Option<String>,
    /// E-mail of the contact person.
    pub email: Option<String>,
    /// Town.
    pub city: Option<String>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineView {
    /// The product here; `None`: a text line, or a product that Metakocka no longer lists.
    pub product_id: Option<String>,
    /// SKU; empty in a text line.
    pub code: String,
    /// The product's name as the document has it; empty in a text line.
    pub name: String,
    /// Unit of measure.
    pub unit: String,
    /// The line's own text.
    pub text: String,
    /// Quantity; `None` in a text line, like the prices.
    pub amount: Option<Decimal>,
    /// Unit price on the basis below.
    pub price: Option<Decimal>,
    /// What the price contains.
    pub price_basis: Option<PriceBasis>,
    /// Percentages that are taken off one after another.
    pub discounts: Vec<Decimal>,
    /// Tax code.
    pub tax_code: Option<String>,
    /// Tax rate in percent.
    pub tax_rate: Option<Decimal>,
    /// Rounded net of the line.
    pub net: Option<Decimal>,
}

/// Tax of one code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxView {
    /// Tax code.
    pub code: String,
    /// Rate in percent, when it is told.
    pub rate: Option<Decimal>,
    /// Tax in the document's currency.
    pub tax: Decimal,
}

impl Engine {
    /// One document. Not found when it does not exist, was deleted, or belongs to another workspace.
    pub async fn sales_document(&self, scope: &TenantScope, id: &str) -> Result<DocumentView, EngineError> {
        let mut connection = self.db().read().await?;
        let stored = live(&mut connection, scope, id).await?;
        let shown = records::shown(&mut connection, scope, KIND, id).await?.ok_or(EngineError::NotFound)?;
        let lines = sales_documents::lines(&mut connection, scope, id).await?;
        let taxes = sales_documents::taxes(&mut connection, scope, id).await?;
        let contact = contact(&mut connection, scope, stored.fields.contact_id.as_deref()).await?;
        let sync = SyncView::from(shown);
        // What came from Metakocka and was not edited is not sent.
        let problems = if sync.external_id.is_none() || sync.status != "synced" {
            what_blocks(&mut connection, scope, KIND, id).await?
        } else {
            Vec::new()
        };
        let internal_notes = records::internal_notes(&mut connection, scope, KIND, id).await?;
        let view = view(stored, contact, lines, taxes, (sync, blocking(&problems)))?;
        Ok(DocumentView { internal_notes, ..view })
    }
}

/// A document that exists and was not deleted.
pub(super) async fn live(
    connection: &mut Connection,
    scope: &TenantScope,
    id: &str,
) -> Result<StoredDocument, EngineError> {
    if !is_id(id) {
        return Err(EngineError::NotFound);
    }
    let stored = sales_documents::document(connection, scope, id).await?;
    stored.filter(|stored| stored.deleted_at.is_none()).ok_or(EngineError::NotFound)
}

/// The head fields as they are compared with Metakocka's; without lines, which have a table of their own.
pub(super) fn read_head(stored: &StoredDocument) -> Result<SalesDocument, StoreError> {
    serde_json::from_str(&stored.fields.head).map_err(|_| StoreError::Corrupt { column: "head" })
}

async fn contact(
    connection: &mut Connection,
    scope: &TenantScope,
    id: Option<&str>,
) -> Result<Option<ContactBrief>, StoreError> {
    let Some(id) = id else { return Ok(None) };
    let stored = contacts::contact(connection, scope, id).await?;
    Ok(stored.map(|stored| ContactBrief {
        id: stored.id,
        name: stored.fields.name,
        tax_number: stored.fields.tax_number,
        email: stored.fields.email,
        city: stored.fields.city,
    }))
}

fn view(
    stored: StoredDocument,
    contact: Option<ContactBrief>,
    lines: Vec<LineRow>,
    taxes: Vec<TaxRow>,
    (sync, blocking): (SyncView, Vec<Reason>),
) -> Result<DocumentView, StoreError> {
    let form = form(&stored, &lines)?;
    let head = head(read_head(&stored)?);
    let fields = stored.fields;
    Ok(DocumentView {
        id: stored.id,
        revision: stored.revision,
        doc_type: fields.doc_type.parse().map_err(|_| StoreError::Corrupt { column: "doc_type" })?,
        number: fields.number,
        date: fields.doc_date,
        customer_name: fields.customer_name,
        customer_city: fields.customer_city,
        contact,
        currency: fields.currency,
        status_label: fields.status_label,
        title: fields.title,
        head,
        net: fields.net,
        discount: fields.discount,
        gross: fields.gross,
        total_check: fields.total_check,
        total_difference: fields.total_difference,
        paid: fields.paid,
        issued_at: fields.issued_at,
        form,
        blocking,
        lines: lines.into_iter().map(line).collect::<Result<_, _>>()?,
        taxes: taxes.into_iter().map(tax).collect(),
        sync,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
        internal_notes: None,
    })
}

fn head(document: SalesDocument) -> Head {
    let dates = document.dates;
    Head {
        due: dates.due,
        service_from: dates.service_from,
        service_to: dates.service_to,
        valid_to: dates.valid_to,
        delivery_deadline: dates.delivery_deadline,
        buyer_order: document.buyer_order,
        notes: document.notes,
        customer_address: address(&document.customer),
        receiver_address: document.receiver.as_ref().and_then(address),
        receiver_name: document.receiver.map(|party| party.name),
    }
}

fn address(party: &Party) -> Option<String> {
    let Address { street, post_number, place, province, country, country_name } = party.address.canonical();
    let town = [post_number, place].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let town = Some(town).filter(|town| !town.is_empty());
    let country = country.map(|code| code.as_str().to_owned()).or(country_name);
    let pieces: Vec<_> = [street, town, province, country].into_iter().flatten().collect();
    (!pieces.is_empty()).then(|| pieces.join(", "))
}

fn line(row: LineRow) -> Result<LineView, StoreError> {
    let discount = Discount::parse(&row.discount).map_err(|_| StoreError::Corrupt { column: "discount" })?;
    Ok(LineView {
        product_id: row.product_id,
        code: row.code,
        name: row.name,
        unit: row.unit,
        text: row.text,
        amount: row.amount,
        price: row.price,
        price_basis: row.price_basis,
        discounts: discount.steps().to_vec(),
        tax_code: row.tax_code,
        tax_rate: row.tax_rate,
        net: row.net,
    })
}

fn tax(row: TaxRow) -> TaxView {
    TaxView { code: row.tax_code, rate: row.rate, tax: row.tax }
}

/// The form that a document has now.
pub(super) fn form(stored: &StoredDocument, lines: &[LineRow]) -> Result<DocumentInput, StoreError> {
    let head = read_head(stored)?;
    Ok(DocumentInput {
        doc_type: Some(head.doc_type),
        date: Some(head.dates.document),
        contact_id: stored.fields.contact_id.clone(),
        receiver: head.receiver.as_ref().map(receiver_input),
        title: head.title,
        customer_order: head.buyer_order,
        notes: head.notes,
        currency: Some(head.currency.as_str().to_owned()),
        status: head.status.map(|status| status.label),
        due: head.dates.due,
        service_from: head.dates.service_from,
        service_to: head.dates.service_to,
        valid_to: head.dates.valid_to,
        delivery_deadline: head.dates.delivery_deadline,
        lines: lines_input(lines)?,
    })
}

/// The form of the lines.
pub(super) fn lines_input(rows: &[LineRow]) -> Result<Vec<LineInput>, StoreError> {
    let input = |row: &LineRow| {
        let discount =
            Discount::parse(&row.discount).map_err(|_| StoreError::Corrupt { column: "discount" })?;
        Ok(LineInput {
            row: row.external_row_id.clone(),
            product_id: row.product_id.clone(),
            text: Some(row.text.clone()).filter(|text| !text.is_empty()),
            amount: row.amount,
            price: row.price,
            price_basis: row.price_basis,
            discounts: discount.steps().to_vec(),
            tax_code: row.tax_code.clone(),
            tax_rate: row.tax_rate,
        })
    };
    rows.iter().map(input).collect()
}
