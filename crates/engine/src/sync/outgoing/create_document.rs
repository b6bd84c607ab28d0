//! A sales document that is to be made in Metakocka.

use metakocka::{BillDetails, DocumentDetails, DocumentDraft, OfferDetails, OrderDetails};
use sync_core::intent::{Before, Lookup, Marker, Target};
use sync_core::record::text::given;
use sync_core::record::{
    DocumentDiscount, DocumentType, ExternalId, Line, LinkKind, LinkedDocument, ProductLine, SalesDocument,
};

use super::request::Request;
use super::words::{self, Reasons};
use super::{Prepared, Sent, SentRecord};
use crate::sync::translate::{marker as sign, spell};

/// A document to be made. `origins` are the offers and orders that it is made from.
pub(in crate::sync) fn create_document(
    document: &SalesDocument,
    origins: &[LinkedDocument],
    marker: &Marker,
    before: Before,
) -> Result<Prepared, Vec<String>> {
    let mut reasons = Reasons::default();
    let wanted = reasons.take(as_sent(document));
    let customer = document.customer.external_id.clone();
    let draft = wanted.as_ref().and_then(|wanted| draft(&mut reasons, wanted, origins, marker));
    let (Some(wanted), Some(draft), Some(customer)) = (wanted, draft, customer) else {
        return Err(reasons.into_vec());
    };
    let write = draft.prepare().map_err(|error| words::invalid(&error))?;
    // The status of a bill is written by its own update once it exists (policy H).
    let unsent: &[&str] = if wanted.doc_type.is_booked() { &["status"] } else { &[] };
    Ok(Prepared {
        request: Request::Document(write),
        target: Target::Create { lookup: lookup(&wanted, customer, marker), before },
        sent: Sent::created(SentRecord::Document(Box::new(wanted)), unsent),
    })
}

fn lookup(document: &SalesDocument, customer: ExternalId, marker: &Marker) -> Lookup {
    match document.doc_type {
        DocumentType::Order => Lookup::order(marker, given(&document.buyer_order).as_deref()),
        DocumentType::Offer | DocumentType::Proforma => Lookup::offer(customer),
        _ => Lookup::bill(customer, document.dates.document),
    }
}

fn draft(
    reasons: &mut Reasons,
    wanted: &SalesDocument,
    origins: &[LinkedDocument],
    marker: &Marker,
) -> Option<DocumentDraft> {
    no_place(reasons, wanted);
    let partner = reasons.take(spell::buyer(&wanted.customer));
    let receiver = wanted.receiver.as_ref().map(|party| reasons.take(spell::whole_party(party, "receiver")));
    let lines = reasons.take(lines(wanted));
    let is_offer = matches!(wanted.doc_type, DocumentType::Offer | DocumentType::Proforma);
    let title = if is_offer {
        reasons.take(sign::marked_title(marker, wanted.title.as_deref()).map(Some).map_err(|one| vec![one]))
    } else {
        Some(given(&wanted.title))
    };
    let details = reasons.take(details(wanted, origins, marker));
    let mut draft = DocumentDraft::new(details?, wanted.dates.document, partner?, lines?);
    draft.receiver = match receiver {
        Some(receiver) => Some(receiver?),
        None => None,
    };
    draft.title = title?;
    draft.notes = spell::given_lines(wanted.notes.as_deref());
    draft.currency = Some(wanted.currency.as_str().to_owned());
    if wanted.doc_type == DocumentType::Order {
        draft.meta_data = vec![sign::entry(marker)];
    } else if wanted.doc_type.is_booked() {
        draft.change_note = Some(marker.as_str().to_owned());
    }
    reasons.is_empty().then_some(draft)
}

/// The document as it is sent: a discount on the whole of it is the last step of each line's chain (policy C).
pub(super) fn as_sent(document: &SalesDocument) -> Result<SalesDocument, Vec<String>> {
    let Some(discount) = document.document_discount else { return Ok(document.clone()) };
    let DocumentDiscount::Percent(percent) = discount else {
        return Err(vec![
            "A discount of an amount on the whole document can't be written. Give it in percent.".to_owned(),
        ]);
    };
    let stepped = |line: &Line| match line {
        Line::Text(_) => Ok(line.clone()),
        Line::Product(line) => {
            let discount = line.discount.then(percent)?;
            Ok(Line::Product(ProductLine { discount, ..line.clone() }))
        }
    };
    let lines: Result<Vec<Line>, sync_core::record::InvalidValue> =
        document.lines.iter().map(stepped).collect();
    let lines = lines.map_err(|error| vec![format!("{error}. Correct the discount of the document.")])?;
    Ok(SalesDocument { lines, document_discount: None, ..document.clone() })
}

/// Fields that this type has no place for: they would be lost without a word.
pub(super) fn no_place(reasons: &mut Reasons, document: &SalesDocument) {
    let (dates, doc_type) = (&document.dates, document.doc_type);
    let is_offer = matches!(doc_type, DocumentType::Offer | DocumentType::Proforma);
    let booked = doc_type.is_booked();
    for (field, is_given, has_place) in [
        ("dates.service_from", dates.service_from.is_some(), booked && doc_type != DocumentType::CreditNote),
        ("dates.service_to", dates.service_to.is_some(), booked),
        ("dates.valid_to", dates.valid_to.is_some(), is_offer),
        ("dates.delivery_deadline", dates.delivery_deadline.is_some(), doc_type == DocumentType::Order),
        ("buyer_order", given(&document.buyer_order).is_some(), !is_offer),
    ] {
        if is_given && !has_place {
            let (field, kind) = (words::field(field), doc_type.as_str().replace('_', " "));
            reasons.add(format!("Metakocka has no place for “{field}” on this document ({kind}). Empty it."));
        }
    }
}

fn lines(document: &SalesDocument) -> Result<Vec<metakocka::DraftLine>, Vec<String>> {
    let mut reasons = Reasons::default();
    let mut lines = Vec::with_capacity(document.lines.len());
    for (at, line) in (1..).zip(&document.lines) {
        match line {
            Line::Product(line) => lines.extend(reasons.take(spell::line(at, line))),
            Line::Text(_) => reasons.add(no_text_lines(at)),
        }
    }
    if reasons.is_empty() { Ok(lines) } else { Err(reasons.into_vec()) }
}

/// No way to write a line without product is documented (`metakocka-api.md §4.4`).
pub(super) fn no_text_lines(at: usize) -> String {
    format!("Line {at} has no product; Metakocka takes no such line. Put its text on another line.")
}

fn details(
    wanted: &SalesDocument,
    origins: &[LinkedDocument],
    marker: &Marker,
) -> Result<DocumentDetails, Vec<String>> {
    match wanted.doc_type {
        DocumentType::Offer | DocumentType::Proforma => Ok(DocumentDetails::Offer(OfferDetails {
            status_code: status_code(wanted)?,
            due_date: wanted.dates.due,
            valid_to: wanted.dates.valid_to,
            ..OfferDetails::default()
        })),
        DocumentType::Order => Ok(DocumentDetails::Order(Box::new(OrderDetails {
            buyer_order: Some(given(&wanted.buyer_order).unwrap_or_else(|| marker.as_str().to_owned())),
            status_code: status_code(wanted)?,
            due_date: wanted.dates.due,
            delivery_deadline: wanted.dates.delivery_deadline,
            offers: numbers(origins, DocumentType::Offer),
            ..OrderDetails::default()
        }))),
        DocumentType::InvoiceDomestic | DocumentType::InvoiceForeign => bill(wanted, origins),
        DocumentType::InvoiceRetail | DocumentType::InvoicePrepaid | DocumentType::CreditNote => {
            Err(vec!["Documents of this type are made in Metakocka only.".to_owned()])
        }
    }
}

fn bill(wanted: &SalesDocument, origins: &[LinkedDocument]) -> Result<DocumentDetails, Vec<String>> {
    let mut reasons = Reasons::default();
    let mut needed = |date: Option<jiff::civil::Date>, name: &str| {
        if date.is_none() {
            reasons.add(format!("An invoice needs “{}”. Fill it in.", words::field(name)));
        }
        date
    };
    let due = needed(wanted.dates.due, "dates.due");
    let service_to = needed(wanted.dates.service_to, "dates.service_to");
    let (Some(due_date), Some(service_to)) = (due, service_to) else { return Err(reasons.into_vec()) };
    Ok(DocumentDetails::Bill(Box::new(BillDetails {
        doc_type: spell::remote_type(wanted.doc_type),
        due_date,
        service_from: wanted.dates.service_from,
        service_to,
        location_of_service: None,
        buyer_order: given(&wanted.buyer_order),
        warehouse: None,
        delivery_type: None,
        offers: numbers(origins, DocumentType::Offer),
        orders: numbers(origins, DocumentType::Order),
    })))
}

fn numbers(origins: &[LinkedDocument], doc_type: DocumentType) -> Vec<String> {
    let of_type = origins.iter().filter(|link| link.kind == LinkKind::Sales(doc_type));
    of_type.map(|link| link.number.clone()).filter(|number| !number.is_empty()).collect()
}

/// The code of the status; a label alone cannot be written (policy H).
pub(super) fn status_code(document: &SalesDocument) -> Result<Option<String>, Vec<String>> {
    let Some(status) = &document.status else { return Ok(None) };
    match given(&status.code) {
        Some(code) => Ok(Some(code)),
        None if given(&Some(status.label.clone())).is_none() => Ok(None),
        None => Err(vec![format!(
            "Metakocka's code of the status “{}” is not known. Choose another status.",
            status.label
        )]),
    }
}
