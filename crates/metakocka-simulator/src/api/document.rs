//! Writes one document as Metakocka shows it (`metakocka-api.md` §4.3, §4.4, §10): the same in
//! `search` and `get_document`.

use super::Params;
use super::json_text::{JsonText, slovenian_money};
use super::partner::write_in_document;
use crate::company::{
    Article, Change, Company, DocType, Document, Line, LineContent, Malformation, Operation, PROFIT_CENTRES,
    PriceReading, PricedLine, TaxCode, UnitPrice,
};
use crate::settings::Settings;
use rust_decimal::{Decimal, RoundingStrategy};

/// The switches of a read (§4.5).
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the request")]
pub(super) struct Flags {
    product_detail: bool,
    tax_factor: bool,
    payments: bool,
    last_payment: bool,
    document_info: bool,
    sum_credit: bool,
    bill_payment_method: bool,
    /// From the settings, not from the request.
    credit_notes_negative: bool,
}

impl Flags {
    pub(super) fn parse(params: &Params, settings: &Settings) -> Self {
        Self {
            product_detail: params.flag("show_product_detail"),
            tax_factor: params.flag("show_tax_factor"),
            payments: params.flag("show_payment_detail"),
            last_payment: params.flag("show_last_payment_date"),
            document_info: params.flag("return_document_info"),
            sum_credit: params.flag("show_sum_credit"),
            bill_payment_method: params.flag("show_sales_order_method_of_payment"),
            credit_notes_negative: settings.credit_notes_negative,
        }
    }
}

pub(super) fn write_document(json: &mut JsonText, company: &Company, document: &Document, flags: Flags) {
    json.open();
    json.number("mk_id", document.id);
    json.field("doc_type", document.doc_type.name());
    json.field("opr_code", "0");
    json.field("count_code", &document.number);
    if document.malformed == Some(Malformation::DocDate) {
        json.field("doc_date", "2026-02-31+02:00");
    } else {
        date(json, "doc_date", Some(document.date));
    }
    json.optional("publish_ts", document.published.map(crate::company::Moment::shown).as_deref());
    write_in_document(json, company, "partner", document.partner, document.terse_partner, false);
    if let Some(receiver) = document.receiver {
        write_in_document(
            json,
            company,
            "receiver",
            receiver,
            document.terse_partner,
            document.terse_partner,
        );
    }
    header(json, document, flags);
    json.key("product_list");
    json.open_list();
    for (at, line) in document.lines.iter().enumerate() {
        let spoiled = at == 0 && document.malformed == Some(Malformation::Amount);
        write_line(json, company, document, line, flags, spoiled);
    }
    json.close_list();
    if flags.payments && !document.payments.is_empty() {
        payments(json, document);
    }
    links(json, document);
    sums(json, document, flags);
    if document.doc_type == DocType::SalesOrder {
        json.field("created_ts", &document.created.shown());
    }
    if flags.document_info && document.doc_type != DocType::SalesOffer {
        history(json, &document.history);
    }
    json.close();
}

fn date(json: &mut JsonText, key: &str, date: Option<jiff::civil::Date>) {
    if let Some(date) = date {
        json.number(key, format_args!("{date}+02:00"));
    }
}

fn header(json: &mut JsonText, document: &Document, flags: Flags) {
    date(json, "service_to_date", document.service_to);
    date(json, "duo_payment", document.due);
    json.field("currency_code", &document.currency);
    json.optional("sales_pricelist_code", document.pricelist);
    if let Some(status) = document.status {
        json.field("status_code", status.label);
        json.field("status_desc", status.code);
    }
    if let Some(days) = document.valid_days {
        json.number("valid_days", days);
        date(json, "valid_to", Some(document.date.saturating_add(jiff::Span::new().days(i64::from(days)))));
    }
    date(json, "delivery_deadline", document.delivery_deadline);
    json.optional("title", document.title.as_deref());
    json.optional("buyer_order", document.buyer_order.as_deref());
    json.optional("warehouse", document.warehouse.as_deref());
    json.optional("delivery_type", document.delivery_type);
    if !document.doc_type.is_bill() || flags.bill_payment_method {
        json.optional("method_of_payment", document.method_of_payment);
    }
    if let Some(code) = document.profit_center {
        json.field("profit_center", code);
        let found = PROFIT_CENTRES.iter().find(|(_, known)| *known == code);
        json.optional("profit_center_desc", found.map(|(name, _)| *name));
    }
    if document.web_shop {
        json.field("order_create_ts", &document.created.shown());
        json.field("eshop_name", "Spletna trgovina");
        extra_column(json);
    }
    if document.doc_type.is_bill() {
        json.field("last_change_user", "Ana Pisarna");
    }
    if document.doc_type == DocType::SalesBillRetail && document.published.is_some() {
        // The cash register's marks of an issued retail bill (§4.3).
        json.number("furs_zoi", format_args!("{:032x}", u128::from(document.id.0) * 0x9e37_79b9_7f4a_7c15));
        json.number("furs_eor", format_args!("{:08x}-sim", document.id.0));
    }
    match &document.notes {
        Some(notes) => json.field("notes", notes),
        // Absent and empty are the same to Metakocka, and it shows both (§1.5).
        None if document.id.0.is_multiple_of(5) => json.field("notes", ""),
        None => {}
    }
}

/// Custom fields of the company.
fn extra_column(json: &mut JsonText) {
    json.key("extra_column");
    json.open_list();
    json.open();
    json.field("name", "izvor");
    json.field("value", "splet");
    json.close();
    json.close_list();
}

fn write_line(
    json: &mut JsonText,
    company: &Company,
    document: &Document,
    line: &Line,
    flags: Flags,
    spoiled: bool,
) {
    json.open();
    match &line.content {
        LineContent::DocDesc(text) => json.field("doc_desc", text),
        LineContent::NameDesc(html) => json.field("name_desc", html),
        LineContent::Priced(priced) => {
            let kind = article(json, company, &priced.article);
            if spoiled {
                json.field("amount", "dva");
            } else {
                json.decimal("amount", priced.amount);
            }
            price(json, priced, document.price_reading);
            discounts(json, &priced.discounts, line.row_id.0);
            json.field("tax", priced.tax.code());
            if flags.tax_factor {
                json.decimal("tax_factor", priced.tax.factor());
                json.field("tax_desc", priced.tax.percent_text());
            }
            json.optional("doc_desc", priced.description.as_deref());
            if flags.product_detail {
                json.optional("type", kind);
            }
        }
    }
    if flags.product_detail {
        json.number("mk_row_id", line.row_id);
    }
    json.close();
}

/// Writes what identifies the article; gives its type for `show_product_detail`.
fn article(json: &mut JsonText, company: &Company, article: &Article) -> Option<&'static str> {
    match article {
        Article::Free { name } => {
            json.field("name", name);
            None
        }
        Article::Product(id) => {
            json.number("mk_id", *id);
            let product = company.product(*id)?;
            json.field("count_code", &product.number);
            json.field("code", &product.code);
            json.field("name", &product.name);
            json.field("unit", &product.unit);
            Some(if product.service { "service" } else { "material" })
        }
    }
}

/// A gross price comes back net in some documents, rounded to cents: 209 as 171.31 (§4.3).
fn price(json: &mut JsonText, line: &PricedLine, reading: PriceReading) {
    match (line.price, reading) {
        (UnitPrice::Net(net), _) => json.decimal("price", net),
        (UnitPrice::Gross(gross), PriceReading::AsEntered) => json.decimal("price_with_tax", gross),
        (UnitPrice::Gross(gross), PriceReading::Net) => json.decimal("price", net_of(gross, line.tax)),
        (UnitPrice::Gross(gross), PriceReading::Both) => {
            json.decimal("price", net_of(gross, line.tax));
            json.decimal("price_with_tax", gross);
        }
    }
}

fn net_of(gross: Decimal, tax: TaxCode) -> Decimal {
    (gross / (Decimal::ONE + tax.factor())).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// A chain is joined by semicolons; no discount is absent or "0" (§1.5, §4.4).
fn discounts(json: &mut JsonText, discounts: &[Decimal], row_id: u64) {
    match discounts {
        [] if row_id.is_multiple_of(7) => json.field("discount", "0"),
        [] => {}
        [one] => json.decimal("discount", *one),
        chain => {
            let texts: Vec<String> = chain.iter().map(|discount| discount.normalize().to_string()).collect();
            json.field("discount", &texts.join(";"));
        }
    }
}

fn payments(json: &mut JsonText, document: &Document) {
    json.key("mark_paid");
    json.open_list();
    for payment in &document.payments {
        json.open();
        json.field("payment_type", &payment.kind);
        json.number("date", payment.date.strftime("%d.%m.%Y"));
        json.field("amount", &slovenian_money(payment.amount));
        json.field("payment_tip", "Prejemek");
        if payment.kind == crate::company::CASH {
            json.field("cashRegister", "Blagajna 1");
        }
        json.close();
    }
    json.close_list();
}

fn links(json: &mut JsonText, document: &Document) {
    if document.links.is_empty() {
        return;
    }
    json.key("doc_link_list");
    json.open_list();
    for link in &document.links {
        json.open();
        json.number("mk_id", link.id);
        json.field("count_code", &link.number);
        json.field("doc_type", link.doc_type.name());
        json.close();
    }
    json.close_list();
}

fn sums(json: &mut JsonText, document: &Document, flags: Flags) {
    let sums = &document.sums;
    let negative = flags.credit_notes_negative && document.doc_type == DocType::SalesBillCreditNote;
    let signed = |sum: Decimal| if negative { -sum } else { sum };
    json.decimal("sum_basic", signed(sums.basic));
    if !sums.discount.is_zero() {
        json.decimal("sum_discount", signed(sums.discount));
    }
    for part in &sums.taxes {
        json.decimal(part.code.sum_key(), signed(part.tax));
    }
    if document.malformed == Some(Malformation::Total) {
        json.field("sum_all", "NaN");
    } else {
        json.decimal("sum_all", signed(sums.total));
    }
    let paid = document.paid();
    if !paid.is_zero() {
        json.decimal("sum_paid", paid);
    } else if document.doc_type.is_bill() && document.id.0.is_multiple_of(4) {
        // Left out or "0": both are seen (§1.5).
        json.field("sum_paid", "0");
    }
    if !document.credited.is_zero() {
        json.decimal("sum_creditnote", document.credited);
        if flags.sum_credit {
            json.decimal("sum_credit", document.credited);
        }
    }
    let last = document.payments.iter().max_by_key(|payment| payment.date);
    if document.is_paid() {
        date(json, "sum_full_paid_when", last.map(|payment| payment.date));
    }
    if let (true, Some(last)) = (flags.last_payment, last) {
        json.number("last_paid_date", last.date.strftime("%d.%m.%Y"));
        json.decimal("last_paid_sum", last.amount);
    }
}

fn history(json: &mut JsonText, changes: &[Change]) {
    json.key("document_info");
    json.open_list();
    for change in changes {
        json.open();
        json.field("user_email", "pisarna@podjetje.example");
        json.field("name", "Ana");
        json.field("surname", "Pisarna");
        let operation = match &change.operation {
            Operation::New => "NEW",
            Operation::Change => "CHANGE",
            Operation::Status { .. } => "DOCUMENT_STATUS_CHANGE",
        };
        json.field("operation_type", operation);
        json.field("operation_time", &change.at.shown());
        if let Operation::Status { before, after } = &change.operation {
            json.optional("value_previous", before.map(|status| status.label));
            json.optional("value_new", after.map(|status| status.label));
        }
        json.close();
    }
    json.close_list();
}
