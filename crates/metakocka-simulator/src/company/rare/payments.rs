//! Payments that are no plain receipt: refunds of what was paid too much, credit notes that were paid out, notes.

use super::{documents, later, some};
use crate::company::Moment;
use crate::company::model::{Document, Payment, PaymentTip};
use crate::company::registers::BANK_TRANSFER;
use crate::company::seed::Seed;
use crate::company::store::Company;
use jiff::ToSpan;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rust_decimal::Decimal;

/// One of so many bills that were paid at once was paid too much first.
const REFUND_ONE_IN: usize = 40;
/// One of so many issued credit notes was paid out.
const EXPENSE_ONE_IN: usize = 8;
/// One of so many documents with payments has notes in them.
const NOTES_ONE_IN: usize = 15;

const NOTES: [&str; 4] =
    ["Plačano po predračunu", "Delno plačilo", "Plačal kupec osebno", "Sklic 00 2024-17"];

pub(super) fn add(company: &mut Company, seed: Seed, rng: &mut ChaCha8Rng) {
    let paid = documents(company, |document| document.doc_type.is_bill() && is_paid_at_once(document));
    for (doc_type, id) in some(&paid, REFUND_ONE_IN, rng) {
        let extra = Decimal::from(rng.random_range(1..20) * 5);
        if let Some(bill) = company.document_mut(doc_type, id) {
            refund(bill, extra, seed);
        }
    }
    let notes = documents(company, |document| document.credit_of.is_some() && document.published.is_some());
    for (doc_type, id) in some(&notes, EXPENSE_ONE_IN, rng) {
        if let Some(note) = company.document_mut(doc_type, id) {
            pay_out(note, seed);
        }
    }
    let with_payments = documents(company, |document| !document.payments.is_empty());
    for (doc_type, id) in some(&with_payments, NOTES_ONE_IN, rng) {
        let text = NOTES[rng.random_range(0..NOTES.len())];
        let document = company.document_mut(doc_type, id);
        if let Some(payment) = document.and_then(|document| document.payments.first_mut()) {
            payment.notes = Some(text.to_owned());
        }
    }
}

fn is_paid_at_once(document: &Document) -> bool {
    matches!(&document.payments[..], [only] if only.kind == BANK_TRANSFER && only.amount == document.sums.total)
}

/// More than the bill came in, and what was too much went back: together they pay it.
fn refund(bill: &mut Document, extra: Decimal, seed: Seed) {
    let Some(first) = bill.payments.first_mut() else { return };
    first.amount += extra;
    let day = later(first.date, 4.days(), seed);
    let back = Payment::new(BANK_TRANSFER.to_owned(), day, -extra, None);
    bill.payments.push(Payment { notes: Some("Vračilo preplačila".to_owned()), ..back });
    move_to(bill, day);
}

fn pay_out(note: &mut Document, seed: Seed) {
    let day = later(note.date, 3.days(), seed);
    let out = Payment::new(BANK_TRANSFER.to_owned(), day, note.sums.total, None);
    note.payments.push(Payment { tip: PaymentTip::Expense, ..out });
    move_to(note, day);
}

/// Nothing changes before the last payment.
fn move_to(document: &mut Document, day: jiff::civil::Date) {
    let at = Moment::of_wall(day.at(20, 0, 0, 0));
    if at.wall > document.last_change.wall {
        document.last_change = at;
    }
}
