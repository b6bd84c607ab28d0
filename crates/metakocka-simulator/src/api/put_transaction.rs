//! `put_transaction` (`metakocka-api.md` §4.6): one more payment of a document each time it is called; no id
//! comes back, and nothing tells a repetition from a second payment.

use super::params::{Params, parse_date, required, wrong_form};
use super::writing::payments::check_type;
use super::writing::{decimal, doc_type, id, limited, not_found, required_text};
use super::{Call, MkError, done};
use crate::company::{Change, Company, DocType, Document, MkId, Operation, Payment};
use crate::quirks::Quirk;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// Longest payment type and note, characters.
const TEXT: usize = 100;

pub(super) fn answer(company: &mut Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let (doc_type, id) = target(company, params, call)?;
    let mode = required_text(params, "payment_mode", TEXT, call)?;
    let returns = match mode.as_str() {
        "payment" | "prepayment" => false,
        "return" => true,
        other => {
            return Err(super::writing::invalid_value("payment_mode", other, "payment,prepayment,return"));
        }
    };
    let kind = required_text(params, "payment_type", TEXT, call)?;
    let cash_register = limited(params, "cash_register", TEXT, call)?;
    // The register is needed only where there are several.
    let known =
        company.registers.cash_registers.first().filter(|_| company.registers.cash_registers.len() == 1);
    let cash_register = cash_register.or_else(|| known.cloned());
    check_type(company, &kind, cash_register.as_deref())?;
    let fiscal = company.registers.payment_types.iter().any(|known| known.label == kind && known.fiscal);
    let date = day(&required_text(params, "date", TEXT, call)?, call)?;
    let price = decimal(params, "price")?.ok_or_else(|| required("price"))?;
    if price <= Decimal::ZERO {
        return Err(wrong_form("price"));
    }
    let amount = if returns { -price } else { price };
    let payment = Payment {
        notes: limited(params, "notes", TEXT, call)?,
        ..Payment::new(kind, date, amount, cash_register.filter(|_| fiscal))
    };
    if let Some(document) = company.document_mut(doc_type, id) {
        add(document, payment, call);
    }
    Ok(done(call))
}

fn add(document: &mut Document, payment: Payment, call: Call<'_>) {
    document.payments.push(payment);
    document.history.push(Change::new(call.now, Operation::Change));
    if call.settings.payments_bump_last_change && call.quirks.hold(Quirk::EveryWriteBumps) {
        document.last_change = call.now;
    }
}

/// The table calls the date ISO (§4.6); that the forms of other calls pass is a setting.
fn day(text: &str, call: Call<'_>) -> Result<Date, MkError> {
    let iso = (text.len() == 10 && text.as_bytes()[4] == b'-').then(|| text.parse().ok()).flatten();
    match iso {
        Some(day) => Ok(day),
        None if call.settings.lenient_transaction_dates => parse_date("date", text, call.quirks),
        None => Err(MkError::application(format!("Not valid date for date : {text}"))),
    }
}

/// The document by one of `mk_id`, `count_code` and, for orders, `buyer_order`; several are refused.
fn target(company: &Company, params: &Params, call: Call<'_>) -> Result<(DocType, MkId), MkError> {
    let types = types(params)?;
    let by_id = id(params, "mk_id")?;
    let number = limited(params, "count_code", TEXT, call)?;
    let order = limited(params, "buyer_order", TEXT, call)?;
    let name = match (by_id, &number, &order) {
        (Some(id), None, None) => id.to_string(),
        (None, Some(text), None) | (None, None, Some(text)) => text.clone(),
        (None, None, None) => return Err(MkError::parameter("Paramether mk_id must be set")),
        _ => return Err(wrong_form("mk_id")),
    };
    if order.is_some() && types != [DocType::SalesOrder] {
        return Err(wrong_form("buyer_order"));
    }
    let is_it = |document: &&Document| {
        by_id == Some(document.id)
            || number.as_ref() == Some(&document.number)
            || (order.is_some() && order == document.buyer_order)
    };
    let found = types.iter().flat_map(|doc_type| company.documents(*doc_type)).find(is_it);
    let wanted = types.first().copied().unwrap_or(DocType::SalesBillDomestic);
    found.map(|document| (document.doc_type, document.id)).ok_or_else(|| not_found(wanted, name))
}

/// `bill` stands for every invoice; the simulated company buys nothing.
fn types(params: &Params) -> Result<Vec<DocType>, MkError> {
    let bills = [DocType::SalesBillDomestic, DocType::SalesBillForeign, DocType::SalesBillRetail];
    match params.text("doc_type").as_deref() {
        Some("bill") => Ok(bills.to_vec()),
        Some(name @ ("purchase_bill_domestic" | "purchase_bill_foreign")) => {
            Err(MkError::parameter(format!("Cannot find document type {name} with id = null")))
        }
        _ => {
            let doc_type = doc_type(params)?;
            let payable = bills.contains(&doc_type) || !doc_type.is_bill();
            let unknown = || MkError::parameter(format!("Unknown document type : {}", doc_type.name()));
            if payable { Ok(vec![doc_type]) } else { Err(unknown()) }
        }
    }
}
