//! A draft made from a document that was read: the beginning of every replacement, because what is not sent
//! again may be lost (Q4).

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::document::{
    BillDetails, CreditNoteDetails, CreditNoteKind, DocumentDetails, DocumentDraft, DraftDiscount,
    OfferDetails, OrderDetails,
};
use super::line::{DraftLine, DraftPrice, DraftTax};
use super::party::{DraftParty, InlineParty};
use super::payment::Payments;
use crate::document::{
    Document, DocumentType, Line, LineContent, LinePrice, NamedValue, PartnerBlock, PricedLine,
};

/// Why a document that was read cannot be written as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct NotWritable {
    /// What would be lost or cannot be said, for people.
    pub sentence: String,
}

/// Fields without a place in [`Document`] that a write takes back as they were read
/// (`metakocka-api.md §4.3`). Any other that is not read only is a reason to refuse.
const CARRIED: [&str; 10] = [
    "finish_date",
    "link_to_web_store",
    "location_of_service",
    "pariteta",
    "parcel_shop_id",
    "priority",
    "purchase_pricelist_code",
    "salesOrderTrackingType",
    "shipped_date_expected_seller",
    "webshop_eshop_sync_id",
];

/// Fields that Metakocka makes itself, and keeps or makes again.
const READ_ONLY: [&str; 11] = [
    "attachment_list",
    "bank_ref_number",
    "count_code_foreign_country",
    "document_type_short",
    "eshop_name",
    "last_change_ts",
    "last_paid_sum",
    "packlist_accform_list",
    "profit_center_desc",
    "split_orders",
    "sticker_list",
];

/// Rows of `extra_column` that Metakocka adds to what it returns.
const READ_ONLY_COLUMNS: [&str; 6] = [
    "associated_tracking_numbers",
    "ip",
    "store_url",
    "tracking_number",
    "tracking_page_url",
    "tracking_url",
];

/// The same for a line (`metakocka-api.md §4.4`).
const CARRIED_IN_LINES: [&str; 4] =
    ["expiration_date_value", "lot_number_value", "microlocation", "serial_number_value"];
const READ_ONLY_IN_LINES: [&str; 9] = [
    "allocated_code_purchase",
    "allocated_cost_list",
    "allocated_cost_sales",
    "compounds",
    "price_purchase",
    "purchase_price_list",
    "service",
    "tax_desc",
    "warehouse",
];

impl DocumentDraft {
    /// The draft that says the same as a document. Its payments are left as they are; what is marked as read
    /// only is left out. Lines of words alone, which no call can write, are a reason to refuse, as is a
    /// line without a tax.
    ///
    /// A credit note does not say which bill it credits: `credited` does.
    pub fn from_document(document: &Document, credited: Option<CreditNoteKind>) -> Result<Self, NotWritable> {
        let partner = document.partner.as_ref().map(party).transpose()?;
        let lines = document.lines.iter().enumerate().map(line).collect::<Result<Vec<_>, _>>()?;
        let mut other = carried(&document.other, &CARRIED, &READ_ONLY, "the document")?;
        carry_terms(document, &mut other)?;
        Ok(Self {
            details: details(document, credited)?,
            date: document.date,
            partner,
            receiver: document.receiver.as_ref().map(party).transpose()?,
            number: None,
            title: document.title.clone(),
            currency: document.currency.clone(),
            price_list: document.price_list.clone(),
            discount: match (document.discount.percent, document.discount.value) {
                (Some(percent), _) => Some(DraftDiscount::Percent(percent)),
                (None, value) => value.map(DraftDiscount::Value),
            },
            terms_of_delivery: None,
            notes: document.notes.clone(),
            notes_header: document.notes_header.clone(),
            created_by_email: document.created_by_email.clone(),
            change_note: None,
            lines,
            payments: Payments::Leave,
            extra_columns: writable_columns(document),
            meta_data: document.meta_data.clone(),
            other,
        })
    }
}

/// The fields that a write takes back; an error names one that it would lose.
fn carried(
    other: &Map<String, Value>,
    writable: &[&str],
    read_only: &[&str],
    owner: &str,
) -> Result<Map<String, Value>, NotWritable> {
    let mut carried = Map::new();
    for (name, value) in other.iter().filter(|(name, _)| !read_only.contains(&name.as_str())) {
        let says_nothing = value.is_null() || value.as_str().is_some_and(str::is_empty);
        if writable.contains(&name.as_str()) {
            carried.insert(name.clone(), value.clone());
        } else if !says_nothing {
            return Err(NotWritable {
                sentence: format!("{owner} has the field {name}, which would be lost"),
            });
        }
    }
    Ok(carried)
}

/// Prepayment and days until it is due, which a draft has no place for.
fn carry_terms(document: &Document, other: &mut Map<String, Value>) -> Result<(), NotWritable> {
    let lost = |what: &str| NotWritable { sentence: format!("the document has {what}, which would be lost") };
    let prepayment = &document.prepayment;
    let has_prepayment = prepayment.percent.is_some() || prepayment.value.is_some();
    if has_prepayment && !matches!(document.doc_type, DocumentType::Order | DocumentType::Offer) {
        return Err(lost("a prepayment"));
    }
    // One of them is written; the other is its consequence.
    match (prepayment.percent, prepayment.value) {
        (Some(percent), _) => {
            other.insert("prepayment_percent".to_owned(), percent.normalize().to_string().into());
        }
        (None, Some(value)) => {
            other.insert("prepayment_value".to_owned(), value.normalize().to_string().into());
        }
        (None, None) => {}
    }
    if let (Some(days), None) = (document.due_days, document.due_date) {
        if document.doc_type != DocumentType::Order {
            return Err(lost("days until it is due"));
        }
        other.insert("duo_payment_days".to_owned(), days.to_string().into());
    }
    Ok(())
}

fn writable_columns(document: &Document) -> Vec<NamedValue> {
    let columns = document.extra_columns.iter();
    columns.filter(|column| !READ_ONLY_COLUMNS.contains(&column.name.as_str())).cloned().collect()
}

/// Numbers of the orders that a bill was made from.
fn orders_of(bill: &Document) -> Result<Vec<String>, NotWritable> {
    let orders = bill.links.iter().filter(|link| link.sales_type() == Some(DocumentType::Order));
    let nameless = || NotWritable {
        sentence: "the bill is linked to an order without a number to name it by".to_owned(),
    };
    orders.map(|order| order.number.clone().ok_or_else(nameless)).collect()
}

/// A price as it is written again. Of two that do not say the same one would be lost.
fn price(line: &PricedLine) -> Option<DraftPrice> {
    match line.price {
        LinePrice::Net(price) => Some(DraftPrice::Net(price)),
        LinePrice::Gross(price) => Some(DraftPrice::Gross(price)),
        LinePrice::Both { net, gross } => {
            let with_tax = net * (Decimal::ONE + line.tax_factor?);
            (with_tax.round_dp(2) == gross.round_dp(2)).then_some(DraftPrice::Net(net))
        }
        LinePrice::Absent => None,
    }
}

fn details(document: &Document, credited: Option<CreditNoteKind>) -> Result<DocumentDetails, NotWritable> {
    let missing = |what: &str| NotWritable { sentence: format!("the document has no {what}") };
    let status_code = document.status.code.clone();
    if status_code.is_none() && document.status.label.is_some() {
        return Err(missing("code of its status: its host is older than August 2025"));
    }
    Ok(match document.doc_type {
        DocumentType::Offer => DocumentDetails::Offer(OfferDetails {
            status_code,
            due_date: document.due_date,
            valid_days: document.valid_days.and_then(|days| u32::try_from(days).ok()),
            valid_to: document.valid_to,
            inquiry_number: None,
            method_of_payment: document.method_of_payment.clone(),
        }),
        DocumentType::Order => DocumentDetails::Order(Box::new(OrderDetails {
            buyer_order: document.buyer_order.clone(),
            status_code,
            due_date: document.due_date,
            delivery_deadline: document.delivery_deadline,
            ordered_at: document.ordered_at,
            warehouse: document.warehouse.clone(),
            profit_center: document.profit_center.clone(),
            delivery_type: document.delivery_type.clone(),
            method_of_payment: document.method_of_payment.clone(),
            salesperson_email: document.salesperson_email.clone(),
            offers: document.offer_numbers.clone(),
            create_invoice: false,
        })),
        DocumentType::CreditNote => DocumentDetails::CreditNote(CreditNoteDetails {
            kind: credited.ok_or_else(|| missing("word about the bill it credits"))?,
            due_date: document.due_date.ok_or_else(|| missing("due date"))?,
            service_to: document.service_to.ok_or_else(|| missing("end of service"))?,
        }),
        _ if status_code.is_some() => {
            let sentence = "the bill has a status, which no replacement can write and which would be lost";
            return Err(NotWritable { sentence: sentence.to_owned() });
        }
        doc_type => DocumentDetails::Bill(Box::new(BillDetails {
            doc_type,
            due_date: document.due_date.ok_or_else(|| missing("due date"))?,
            service_from: document.service_from,
            service_to: document.service_to.ok_or_else(|| missing("end of service"))?,
            location_of_service: None,
            buyer_order: document.buyer_order.clone(),
            warehouse: document.warehouse.clone(),
            delivery_type: document.delivery_type.clone(),
            offers: document.offer_numbers.clone(),
            orders: orders_of(document)?,
        })),
    })
}

fn party(block: &PartnerBlock) -> Result<DraftParty, NotWritable> {
    let no_ids = || NotWritable { sentence: "the document's partner has no ids to name it by".to_owned() };
    let name = block.name.clone().unwrap_or_default();
    let details = InlineParty {
        business_entity: block.business_entity,
        taxpayer: block.taxpayer,
        foreign: block.foreign,
        tax_number: block.tax_number.clone(),
        address: block.address.clone(),
        contact: block.contact.clone(),
        other: Map::new(),
        name,
    };
    let is_complete = !details.name.is_empty() && details.address.street.is_some();
    Ok(DraftParty::Linked {
        mk_id: block.mk_id.clone().ok_or_else(no_ids)?,
        address_id: block.address_id.clone().ok_or_else(no_ids)?,
        details: is_complete.then(|| Box::new(details)),
    })
}

fn line((place, line): (usize, &Line)) -> Result<DraftLine, NotWritable> {
    let refuse =
        |what: &str| NotWritable { sentence: format!("line {} {what} and would be lost", place + 1) };
    let LineContent::Priced(priced) = &line.content else { return Err(refuse("has only words")) };
    let tax = match (&priced.tax, priced.tax_factor) {
        (Some(code), _) => DraftTax::Code(code.clone()),
        (None, Some(factor)) => DraftTax::Factor(factor),
        (None, None) => return Err(refuse("has no tax")),
    };
    let owner = format!("line {}", place + 1);
    let other = carried(&line.other, &CARRIED_IN_LINES, &READ_ONLY_IN_LINES, &owner)?;
    Ok(DraftLine {
        product: priced.product.clone().ok_or_else(|| refuse("has no product"))?,
        amount: priced.amount,
        price: price(priced).ok_or_else(|| refuse("has no price, or two that differ,"))?,
        discount: priced.discount.clone(),
        tax,
        doc_desc: line.doc_desc.clone(),
        service: priced.kind.as_deref() == Some("service"),
        make_product: None,
        meta_data: line.meta_data.clone(),
        other,
    })
}
