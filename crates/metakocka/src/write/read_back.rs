//! A draft made from a document that was read: the beginning of every replacement, because what is not sent
//! again may be lost (Q4).

use super::document::{
    BillDetails, CreditNoteDetails, CreditNoteKind, DocumentDetails, DocumentDraft, DraftDiscount,
    OfferDetails, OrderDetails,
};
use super::line::{DraftLine, DraftPrice, DraftTax};
use super::party::{DraftParty, InlineParty};
use super::payment::Payments;
use crate::document::{Document, DocumentType, Line, LineContent, LinePrice, PartnerBlock};

/// Why a document that was read cannot be written as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct NotWritable {
    /// What would be lost or cannot be said, for people.
    pub sentence: String,
}

/// Fields of a read that a write does not take, or takes under another name.
const READ_ONLY: [&str; 8] = [
    "count_code_foreign_country",
    "eshop_name",
    "last_change_ts",
    "last_paid_sum",
    "packlist_accform_list",
    "profit_center_desc",
    "document_type_short",
    "split_orders",
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
        let mut other = document.other.clone();
        other.retain(|name, _| !READ_ONLY.contains(&name.as_str()));
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
            extra_columns: document.extra_columns.clone(),
            meta_data: document.meta_data.clone(),
            other,
        })
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
            orders: Vec::new(),
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
        other: serde_json::Map::new(),
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
    let mut other = line.other.clone();
    for read_only in ["tax_desc", "compounds", "price_purchase", "purchase_price_list"] {
        other.remove(read_only);
    }
    Ok(DraftLine {
        product: priced.product.clone().ok_or_else(|| refuse("has no product"))?,
        amount: priced.amount,
        price: match priced.price {
            LinePrice::Net(price) | LinePrice::Both { net: price, .. } => DraftPrice::Net(price),
            LinePrice::Gross(price) => DraftPrice::Gross(price),
            LinePrice::Absent => DraftPrice::Net(rust_decimal::Decimal::ZERO),
        },
        discount: priced.discount.clone(),
        tax,
        doc_desc: line.doc_desc.clone(),
        service: priced.kind.as_deref() == Some("service"),
        make_product: None,
        meta_data: line.meta_data.clone(),
        other,
    })
}
