//! Writes sums and payments of a document (`metakocka-api.md` §4.3, §4.6).

use super::flags::{Flag, Flags};
use super::write_date;
use crate::api::Call;
use crate::api::json_text::{JsonText, slovenian_money};
use crate::company::{Company, DocType, Document, Malformation, Payment};
use crate::quirks::Quirk;
use rust_decimal::Decimal;

pub(super) fn write_payments(json: &mut JsonText, payments: &[Payment]) {
    if payments.is_empty() {
        return;
    }
    json.key("mark_paid");
    json.open_list();
    for payment in payments {
        json.open();
        json.field("payment_type", &payment.kind);
        json.number("date", payment.date.strftime("%d.%m.%Y"));
        if json.hold(Quirk::LocalNumbers) {
            json.field("amount", &slovenian_money(payment.amount));
        } else {
            json.decimal("amount", payment.amount);
        }
        json.field("payment_tip", payment.tip.name());
        json.optional("cashRegister", payment.cash_register.as_deref());
        json.optional("notes", payment.notes.as_deref());
        json.close();
    }
    json.close_list();
}

pub(super) fn write_sums(
    json: &mut JsonText,
    company: &Company,
    document: &Document,
    flags: Flags,
    call: Call<'_>,
) {
    let sums = &document.sums;
    let negative = call.settings.credit_notes_negative || !json.hold(Quirk::DocumentDiscount);
    let negative = negative && document.doc_type == DocType::SalesBillCreditNote;
    let signed = |sum: Decimal| if negative { -sum } else { sum };
    json.decimal("sum_basic", signed(sums.basic));
    if !sums.discount.is_zero() {
        json.decimal("sum_discount", signed(sums.discount));
    }
    for part in &sums.taxes {
        json.decimal(&part.code.sum_key(), signed(part.tax));
    }
    if document.malformed == Some(Malformation::Total) {
        json.field("sum_all", "NaN");
    } else {
        json.decimal("sum_all", signed(sums.total));
    }
    write_paid(json, document, flags);
    if !document.credited.is_zero() {
        json.decimal("sum_creditnote", document.credited);
    }
    if flags.has(Flag::SumCredit) && document.doc_type == DocType::SalesOrder {
        write_credit(json, company, document);
    }
}

fn write_paid(json: &mut JsonText, document: &Document, flags: Flags) {
    let paid = document.paid();
    if !paid.is_zero() {
        json.decimal("sum_paid", paid);
    } else if document.doc_type.is_bill() && document.id.0.is_multiple_of(4) && json.hold(Quirk::LooseShapes)
    {
        // Left out or "0": both are seen (§1.5).
        json.field("sum_paid", "0");
    }
    let last = document.payments.iter().max_by_key(|payment| payment.date);
    if document.is_paid() {
        write_date(json, "sum_full_paid_when", last.map(|payment| payment.date));
    }
    if let (true, Some(last)) = (flags.has(Flag::LastPayment), last) {
        json.number("last_paid_date", last.date.strftime("%d.%m.%Y"));
        json.decimal("last_paid_sum", last.amount);
    }
}

/// What credit notes took off the invoices of an order: a positive total.
fn write_credit(json: &mut JsonText, company: &Company, order: &Document) {
    let bills = order.links.iter().filter_map(|link| company.document(link.doc_type, link.id));
    let credited: Decimal = bills.map(|bill| bill.credited).sum();
    if !credited.is_zero() {
        json.decimal("sum_credit", credited);
    }
}
