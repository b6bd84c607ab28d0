//! From the form of a document to what is stored. A draft may be incomplete; what can't be meant is refused, with every
//! reason at once.

use std::collections::HashMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use sync_core::money::{TotalCheck as Compared, compare_totals, document_totals};
use sync_core::record::{
    Canonical, Contact, Currency, Dates, DocumentType, ExternalId, Party, RecordKind, SalesDocument, Status,
};

use super::check::{LINE, PAGES, Reasons, address_input};
use super::draft_lines;
use super::input::{DocumentInput, LineInput, ReceiverInput};
use super::sales_document::lines_input;
use crate::EngineError;
use crate::access::TenantScope;
use crate::store::contacts::StoredContact;
use crate::store::matching::document_key;
use crate::store::products::StoredProduct;
use crate::store::sales_documents::{self, DocumentFields, LineRow, StoredDocument, TaxRow, TotalCheck};
use crate::store::{Connection, StoreError, contacts, links, products};

/// Most characters of a subject: longer ones could not be sent (policy F).
const MAX_TITLE_CHARS: usize = 80;
/// Most lines of a document: more than can ever be sent (policy G allows 200) is no draft of one.
const MAX_LINES: usize = 500;

/// A document as it is to be stored.
pub(super) struct Draft {
    pub(super) fields: DocumentFields,
    pub(super) lines: Vec<LineRow>,
    pub(super) taxes: Vec<TaxRow>,
}

/// A document as it is stored.
pub(super) struct Standing<'a> {
    pub(super) document: &'a StoredDocument,
    pub(super) lines: &'a [LineRow],
    pub(super) taxes: &'a [TaxRow],
}

/// What a form names.
struct Named {
    contact: Option<StoredContact>,
    /// The partner in Metakocka that the contact is.
    partner: Option<ExternalId>,
    products: HashMap<String, StoredProduct>,
}

/// Makes what is stored from a form; `today` is the day of a new document without one.
pub(super) async fn build(
    connection: &mut Connection,
    scope: &TenantScope,
    input: &DocumentInput,
    stored: Option<Standing<'_>>,
    today: Date,
) -> Result<Draft, EngineError> {
    let mut reasons = Reasons::default();
    let named = load(connection, scope, input, &mut reasons).await?;
    let before = match &stored {
        Some(standing) => Some(sales_documents::record(&standing.document.fields.head, standing.lines)?),
        None => None,
    };
    let own = stored.as_ref().map(|standing| &standing.document.fields);
    let head = head(&mut reasons, input, (before.as_ref(), own), &named, today);
    let old_lines = stored.as_ref().map_or(&[][..], |standing| standing.lines);
    if input.lines.len() > MAX_LINES {
        reasons.add("lines", format!("At most {MAX_LINES} lines fit here."), "Split the document.");
    }
    let lines = if stored.is_some() && is_untouched(&input.lines, old_lines) {
        Some(old_lines.to_vec())
    } else {
        draft_lines::build(&mut reasons, &input.lines, old_lines, &named.products)
    };
    let (head, lines) = reasons.made(head.zip(lines))?;
    finish(&head, lines, input, stored.as_ref())
}

/// Lines that were sent back as they are keep everything that a form does not show.
fn is_untouched(input: &[LineInput], stored: &[LineRow]) -> bool {
    lines_input(stored).is_ok_and(|known| known == input)
}

async fn load(
    connection: &mut Connection,
    scope: &TenantScope,
    input: &DocumentInput,
    reasons: &mut Reasons,
) -> Result<Named, StoreError> {
    let mut named = Named { contact: None, partner: None, products: HashMap::new() };
    if let Some(id) = reasons.id("contactId", input.contact_id.as_deref()) {
        named.contact = contacts::contact(connection, scope, id).await?;
        if named.contact.is_none() {
            reasons.unknown("contactId");
        }
        let link = links::of_record(connection, scope, RecordKind::Contact.as_str(), id).await?;
        named.partner = link.and_then(|(_, _, link)| ExternalId::parse(&link.external_id).ok());
    }
    let mut ids: Vec<String> = Vec::new();
    for (at, line) in (1..).zip(&input.lines) {
        ids.extend(
            reasons.id(&format!("lines[{at}].productId"), line.product_id.as_deref()).map(str::to_owned),
        );
    }
    ids.sort_unstable();
    ids.dedup();
    let found = products::products(connection, scope, &ids).await?;
    named.products = found.into_iter().map(|product| (product.id.clone(), product)).collect();
    Ok(named)
}

fn head(
    reasons: &mut Reasons,
    input: &DocumentInput,
    (before, own): (Option<&SalesDocument>, Option<&DocumentFields>),
    named: &Named,
    today: Date,
) -> Option<SalesDocument> {
    let doc_type = doc_type(reasons, input.doc_type, before);
    let date = input.date.or_else(|| before.is_none().then_some(today));
    if date.is_none() {
        reasons.add("date", "It is missing.", "Enter the date of the document.");
    }
    let currency = match input.currency.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        None => Some(Currency::euro()),
        Some(text) => {
            reasons.parsed("currency", Currency::parse(text), "Enter the three letters, such as EUR.")
        }
    };
    let customer = customer(reasons, input, (before, own), named);
    let receiver = receiver(reasons, input.receiver.as_ref(), before);
    let kept =
        |old: Option<&Option<String>>, new: &Option<String>| old.filter(|old| *old == new).cloned().flatten();
    let mut text = |field: &str, new: &Option<String>, old: Option<&Option<String>>, most: usize| {
        kept(old, new).or_else(|| reasons.text(field, new.as_deref(), most))
    };
    let title = text("title", &input.title, before.map(|b| &b.title), MAX_TITLE_CHARS);
    let buyer_order = text("customerOrder", &input.customer_order, before.map(|b| &b.buyer_order), LINE);
    let notes = text("notes", &input.notes, before.map(|b| &b.notes), PAGES);
    let label = text("status", &input.status, None, LINE);
    let dates = Dates {
        document: date?,
        due: input.due,
        service_from: input.service_from,
        service_to: input.service_to,
        valid_to: input.valid_to,
        delivery_deadline: input.delivery_deadline,
    };
    Some(SalesDocument {
        doc_type: doc_type?,
        number: before.and_then(|before| before.number.clone()),
        dates,
        customer,
        receiver,
        title,
        buyer_order,
        notes,
        currency: currency?,
        status: status(label, before),
        lines: Vec::new(),
        document_discount: before.and_then(|before| before.document_discount),
        booked: before.and_then(|before| before.booked.clone()),
    })
}

/// Retail and prepayment invoices are Metakocka's: they are shown, not made or edited (policy D).
fn doc_type(
    reasons: &mut Reasons,
    asked: Option<DocumentType>,
    before: Option<&SalesDocument>,
) -> Option<DocumentType> {
    let is = before.map(|before| before.doc_type);
    let doc_type = is.or(asked);
    match doc_type {
        None => reasons.add("type", "It is missing.", "Say what kind of document it is."),
        Some(DocumentType::InvoiceRetail | DocumentType::InvoicePrepaid) => reasons.add(
            "type",
            "Retail and prepayment invoices are made and changed in Metakocka.",
            "Change it in Metakocka.",
        ),
        Some(is) if asked.is_some_and(|asked| asked != is) => {
            reasons.add("type", "The type of a document does not change.", "Make a new document.");
        }
        Some(_) => {}
    }
    doc_type
}

/// The status keeps its code while its label is the same.
fn status(label: Option<String>, before: Option<&SalesDocument>) -> Option<Status> {
    let known = before.and_then(|before| before.status.clone());
    match (label, known) {
        (Some(label), Some(known)) if known.label.trim() == label => Some(known),
        (Some(label), _) => Some(Status { code: None, label }),
        (None, _) => None,
    }
}

/// The customer stays as the document shows it while the contact is the same.
fn customer(
    reasons: &mut Reasons,
    input: &DocumentInput,
    (before, own): (Option<&SalesDocument>, Option<&DocumentFields>),
    named: &Named,
) -> Party {
    let given = input.contact_id.as_deref().filter(|id| !id.is_empty());
    if let (Some(before), Some(own)) = (before, own)
        && own.contact_id.as_deref() == given
    {
        return before.customer.clone();
    }
    let Some(stored) = &named.contact else { return Party::default() };
    if stored.deleted_at.is_some() {
        reasons.unknown("contactId");
    }
    if stored.erased_at.is_some() || stored.erase_asked_at.is_some() {
        reasons.add("contactId", "This contact was erased.", "Choose or make another one.");
    }
    match stored.fields.contact() {
        Ok(contact) => party(&contact, named.partner.clone()),
        Err(_) => Party { name: stored.fields.name.clone(), ..Party::default() },
    }
}

/// A contact as a document shows it.
fn party(contact: &Contact, partner: Option<ExternalId>) -> Party {
    let address = contact.address.as_ref();
    Party {
        address_id: address.and_then(|row| row.row.clone()).filter(|_| partner.is_some()),
        external_id: partner,
        remote_code: contact.remote_code.clone(),
        name: contact.name.clone(),
        tax_number: contact.tax_number.clone(),
        address: address.map(|row| row.address.clone()).unwrap_or_default(),
        person: contact.person.clone(),
    }
}

fn receiver(
    reasons: &mut Reasons,
    input: Option<&ReceiverInput>,
    before: Option<&SalesDocument>,
) -> Option<Party> {
    let input = input?;
    let known = before.and_then(|before| before.receiver.as_ref());
    if let Some(known) = known.filter(|known| receiver_input(known) == *input) {
        return Some(known.clone());
    }
    let address = reasons.address("receiver.address", &input.address);
    if address.is_empty() && input.name.trim().is_empty() {
        return None;
    }
    let name = reasons.required("receiver.name", &input.name, LINE);
    Some(Party { name, address, ..Party::default() })
}

/// The form of a receiver.
pub(super) fn receiver_input(party: &Party) -> ReceiverInput {
    ReceiverInput { name: party.name.clone(), address: address_input(&party.address) }
}

/// Adds up, and derives what lists and matching look at.
fn finish(
    head: &SalesDocument,
    lines: Vec<LineRow>,
    input: &DocumentInput,
    stored: Option<&Standing<'_>>,
) -> Result<Draft, EngineError> {
    let encoded = serde_json::to_string(head).map_err(|_| StoreError::Corrupt { column: "head" })?;
    let document = sales_documents::record(&encoded, &lines)?;
    let given = |id: &Option<String>| id.clone().filter(|id| !id.is_empty());
    let old = stored.map(|standing| &standing.document.fields);
    let mut fields = DocumentFields {
        doc_type: document.doc_type.as_str().to_owned(),
        number: document.number.clone().unwrap_or_default(),
        doc_date: document.dates.document,
        contact_id: given(&input.contact_id),
        customer_name: document.customer.name.clone(),
        customer_city: document.customer.address.place.clone(),
        currency: document.currency.as_str().to_owned(),
        status_label: document.status.as_ref().map(|status| status.label.clone()),
        title: document.title.clone().unwrap_or_default(),
        head: encoded,
        net: Decimal::ZERO,
        discount: Decimal::ZERO,
        gross: Decimal::ZERO,
        total_check: TotalCheck::Exact,
        total_difference: Decimal::ZERO,
        paid: old.and_then(|old| old.paid),
        issued_at: old.and_then(|old| old.issued_at.clone()),
        // Without a number nothing tells it from another document of the same day and sum.
        match_key: document.number.as_ref().map(|_| document_key(&document)),
    };
    let same_lines = match stored {
        Some(standing) => {
            let before = sales_documents::record(&standing.document.fields.head, standing.lines)?;
            before.canonical().lines == document.canonical().lines
        }
        None => false,
    };
    let taxes = match stored {
        Some(standing) if same_lines => {
            let old = &standing.document.fields;
            (fields.net, fields.discount, fields.gross) = (old.net, old.discount, old.gross);
            (fields.total_check, fields.total_difference) = (old.total_check, old.total_difference);
            standing.taxes.to_vec()
        }
        _ => add_up(&mut fields, &document)?,
    };
    Ok(Draft { fields, lines, taxes })
}

/// Sets the totals that the lines come to; Metakocka's count where they are the same but for rounding.
fn add_up(fields: &mut DocumentFields, document: &SalesDocument) -> Result<Vec<TaxRow>, EngineError> {
    let Ok(totals) = document_totals(document) else {
        let mut reasons = Reasons::default();
        reasons.add("lines", "The amounts are too large to add up.", "Correct the amounts and prices.");
        return reasons.made(None);
    };
    (fields.net, fields.discount, fields.gross) = (totals.net, totals.discount, totals.gross);
    if let Some(booked) = &document.booked {
        let booked_counts = match compare_totals(&totals, booked, &document.lines) {
            Ok(Compared::Exact) => Some((TotalCheck::Exact, Decimal::ZERO)),
            Ok(Compared::Rounding { difference }) => Some((TotalCheck::Rounding, -difference)),
            Ok(Compared::Different { .. }) | Err(_) => None,
        };
        if let Some(check) = booked_counts {
            (fields.net, fields.discount, fields.gross) = (booked.net, booked.discount, booked.gross);
            (fields.total_check, fields.total_difference) = check;
        }
    }
    let row = |tax: sync_core::record::TaxTotal| TaxRow {
        tax_code: tax.code.as_str().to_owned(),
        rate: Some(tax.rate.percent()),
        tax: tax.tax,
    };
    Ok(totals.taxes.into_iter().map(row).collect())
}
