//! Replacing a document (`metakocka-api.md` §4.2): id, number and payments stay, everything else is what
//! was sent. Status and links are lost unless they are sent again (§9).

use super::{Draft, insert, link};
use crate::api::Call;
use crate::company::{
    Article, Change, Company, DocType, Document, Line, LineContent, Link, MkId, Operation, PricedLine,
};
use crate::quirks::Quirk;
use rust_decimal::Decimal;

/// The document stays where it is; the caller found it.
pub(super) fn replace(company: &mut Company, id: MkId, draft: Draft, call: Call<'_>) -> MkId {
    let doc_type = draft.doc_type;
    let Some(old) = company.document(doc_type, id).cloned() else { return id };
    let (orders, sent) = (draft.orders.clone(), draft.sent);
    let new_credit = draft.credit.as_ref().map(|credit| credit.bill);
    let keeps_payments = matches!(draft.payments, crate::api::writing::payments::MarkPaid::Keep);
    let mut new = insert::build(company, draft, (doc_type, id), old.number.clone(), call);
    new.created = old.created;
    new.published = old.published;
    new.credited = old.credited;
    if keeps_payments {
        new.payments.clone_from(&old.payments);
    }
    let change = Change {
        notes: new.history.pop().and_then(|row| row.notes),
        ..Change::new(call.now, Operation::Change)
    };
    new.history.clone_from(&old.history);
    new.history.push(change);
    if !call.quirks.hold(Quirk::EveryWriteBumps) {
        new.last_change = old.last_change;
    }
    keep_what_a_switch_keeps(&mut new, &old, sent, call);
    move_credit(company, &old, new_credit, new.sums.total, call);
    if let Some(place) = company.document_mut(doc_type, id) {
        *place = new;
    }
    relink(company, (doc_type, id), &old.number, &orders, call);
    id
}

/// Only where a quirk is switched off: what Metakocka would have lost.
fn keep_what_a_switch_keeps(new: &mut Document, old: &Document, sent: super::Sent, call: Call<'_>) {
    if !call.quirks.hold(Quirk::ReplacementKeepsPayments) {
        new.links.clone_from(&old.links);
        if !sent.status {
            new.status.clone_from(&old.status);
        }
    }
    if call.quirks.hold(Quirk::ReplacementLoses) {
        return;
    }
    for (was_sent, place, value) in [
        (sent.notes, &mut new.notes, &old.notes),
        (sent.title, &mut new.title, &old.title),
        (sent.buyer_order, &mut new.buyer_order, &old.buyer_order),
    ] {
        if !was_sent {
            place.clone_from(value);
        }
    }
    let sent: Vec<MkId> = new.lines.iter().filter_map(product_of).collect();
    let unsent = |line: &&Line| product_of(line).is_none_or(|id| !sent.contains(&id));
    let kept: Vec<Line> = old.lines.iter().filter(unsent).cloned().collect();
    new.lines.extend(kept);
    new.sum_up();
}

fn product_of(line: &Line) -> Option<MkId> {
    match &line.content {
        LineContent::Priced(PricedLine { article: Article::Product(id), .. }) => Some(*id),
        _ => None,
    }
}

/// Takes the credit of a credit note from one invoice and gives it to the other, perhaps the same.
fn move_credit(
    company: &mut Company,
    old: &Document,
    bill: Option<(DocType, MkId)>,
    total: Decimal,
    call: Call<'_>,
) {
    if old.doc_type != DocType::SalesBillCreditNote {
        return;
    }
    if let Some(number) = &old.credit_of {
        let bills = DocType::ALL.into_iter().filter(|t| t.is_bill() && *t != DocType::SalesBillCreditNote);
        let place =
            bills.flat_map(|doc_type| company.documents(doc_type)).find(|bill| bill.number == *number);
        if let Some(place) = place.map(|bill| (bill.doc_type, bill.id)) {
            credit(company, place, -old.sums.total, call);
        }
    }
    if let Some(bill) = bill {
        credit(company, bill, total, call);
    }
}

/// Adds to what credit notes took off an invoice.
pub(super) fn credit(
    company: &mut Company,
    (doc_type, id): (DocType, MkId),
    amount: Decimal,
    call: Call<'_>,
) {
    if let Some(bill) = company.document_mut(doc_type, id) {
        bill.credited += amount;
        bill.last_change = call.now;
    }
}

/// An invoice that is replaced is linked to the orders that were sent again, and to no others.
fn relink(company: &mut Company, bill: (DocType, MkId), number: &str, orders: &[MkId], call: Call<'_>) {
    if !bill.0.is_bill() {
        return;
    }
    if call.quirks.hold(Quirk::ReplacementKeepsPayments) {
        let points = |link: &Link| (link.doc_type, link.id) == bill;
        for order in company.documents_mut(DocType::SalesOrder) {
            if order.links.iter().any(points) {
                order.links.retain(|link| !points(link));
                order.last_change = call.now;
            }
        }
    }
    for order in orders {
        link(company, *order, bill, number, call);
    }
}
