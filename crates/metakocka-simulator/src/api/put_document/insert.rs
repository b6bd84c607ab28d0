//! Inserting a document: a new one each time (Q3), under the number that was asked for if that is free.

use super::{Draft, link};
use crate::api::Call;
use crate::company::{Change, Company, DocType, Document, Line, MkId, Operation};
use crate::quirks::Quirk;
use jiff::ToSpan;

/// Picks a series of numbers for bills (§4.2).
const SERIES: &str = "COUNT_CODE_SELECT#";

pub(super) fn insert(company: &mut Company, draft: Draft, call: Call<'_>) -> MkId {
    let doc_type = draft.doc_type;
    let wanted = draft.header.count_code.clone();
    let (orders, credit_of) = (draft.orders.clone(), draft.credit.as_ref().map(|credit| credit.bill));
    let mut document = build(company, draft, (doc_type, MkId(0)), String::new(), call);
    if let Some(same) = same_as(company, &document, call) {
        return same;
    }
    document.id = company.next_document_id(doc_type);
    document.number = number(company, doc_type, wanted, &document);
    document.published = (!call.quirks.hold(Quirk::DraftsUnissued) && doc_type.is_bill()).then_some(call.now);
    let (id, number) = (document.id, document.number.clone());
    if let Some((bill_type, bill)) = credit_of {
        super::replace::credit(company, (bill_type, bill), document.sums.total, call);
    }
    company.documents_mut(doc_type).push(document);
    for order in orders {
        link(company, order, (doc_type, id), &number, call);
    }
    id
}

/// The document of a draft, with its sums and payments.
pub(super) fn build(
    company: &mut Company,
    draft: Draft,
    place: (DocType, MkId),
    number: String,
    call: Call<'_>,
) -> Document {
    let price_reading = draft.price_reading();
    let mut document = Document::blank(place, number, call.now, draft.partner);
    document.receiver = draft.receiver.map(|who| who.store(company));
    document.price_reading = price_reading;
    let note = draft.header.change_note.clone();
    draft.header.apply(&mut document);
    document.lines = draft.lines.into_iter().map(|line| line.store(company)).collect();
    document.credit_of = draft.credit.map(|credit| credit.number);
    document.history.push(Change { notes: note, ..Change::new(call.now, Operation::New) });
    document.sum_up();
    draft.payments.apply(&mut document);
    document
}

/// The number that was asked for if it is free; else Metakocka's own, without a word (§4.2).
fn number(company: &mut Company, doc_type: DocType, wanted: Option<String>, document: &Document) -> String {
    let taken = |company: &Company, number: &str| {
        company.documents(doc_type).iter().any(|document| document.number == number)
    };
    if let Some(series) = wanted.as_deref().and_then(|wanted| wanted.strip_prefix(SERIES))
        && doc_type.is_bill()
    {
        // One of them is free: there are more numbers than documents.
        let numbers = 1..=company.documents(doc_type).len() + 1;
        let next = numbers.map(|at| format!("{series}{at}")).find(|number| !taken(company, number));
        return next.unwrap_or_default();
    }
    if let Some(wanted) = wanted.filter(|wanted| !taken(company, wanted)) {
        return wanted;
    }
    loop {
        let number = company.next_number(doc_type, document.date);
        if !taken(company, &number) {
            return number;
        }
    }
}

/// Only where Q3 is switched off: the document that the same request made before.
fn same_as(company: &Company, new: &Document, call: Call<'_>) -> Option<MkId> {
    if call.quirks.hold(Quirk::RepeatInserts) {
        return None;
    }
    let same = |known: &&Document| {
        (known.partner, known.date, &known.title, &known.buyer_order, &known.status, &known.sums)
            == (new.partner, new.date, &new.title, &new.buyer_order, &new.status, &new.sums)
    };
    company.documents(new.doc_type).iter().find(same).map(|known| known.id)
}

/// `create_invoice`: an invoice by the company's settings for orders, foreign for a foreign partner (§4.2).
pub(in crate::api) fn invoice_of(company: &mut Company, order: MkId, call: Call<'_>) -> Option<MkId> {
    let order = company.document(DocType::SalesOrder, order)?.clone();
    let partner = company.partner(order.partner.partner)?;
    let days = i64::from(partner.payment_days);
    let doc_type = if partner.foreign { DocType::SalesBillForeign } else { DocType::SalesBillDomestic };
    let (date, id) = (call.now.wall.date(), company.next_document_id(doc_type));
    let number = company.next_number(doc_type, date);
    let mut bill = Document::blank((doc_type, id), number.clone(), call.now, order.partner);
    bill.receiver = order.receiver;
    bill.due = Some(date.saturating_add(days.days()));
    bill.service_to = Some(date);
    bill.title = order.title;
    bill.buyer_order = order.buyer_order;
    bill.currency = order.currency;
    bill.warehouse = order.warehouse;
    bill.delivery_type = order.delivery_type;
    bill.method_of_payment = order.method_of_payment;
    bill.profit_center = order.profit_center;
    bill.discount = order.discount;
    bill.price_reading = order.price_reading;
    let lines = order.lines.into_iter();
    bill.lines = lines.map(|line| Line { row_id: company.next_row_id(), ..line }).collect();
    bill.history.push(Change::new(call.now, Operation::New));
    bill.sum_up();
    company.documents_mut(doc_type).push(bill);
    link(company, order.id, (doc_type, id), &number, call);
    Some(id)
}
