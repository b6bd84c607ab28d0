//! Writes the lines of a document (`metakocka-api.md` §4.4).

use super::flags::{Flag, Flags};
use crate::api::json_text::JsonText;
use crate::company::{
    Article, Company, Document, Line, LineContent, LineExtra, Malformation, Part, PriceReading, PricedLine,
    Product, TaxCode, UnitPrice, cents,
};
use crate::quirks::Quirk;
use rust_decimal::Decimal;

/// The switches that ask what a line cost.
const COSTS: [Flag; 3] = [Flag::PurchasePrice, Flag::AllocatedCost, Flag::PurchasePrices];

pub(super) fn write_lines(json: &mut JsonText, company: &Company, document: &Document, flags: Flags) {
    json.key("product_list");
    json.open_list();
    for (at, line) in document.lines.iter().enumerate() {
        let spoiled = at == 0 && document.malformed == Some(Malformation::Amount);
        let text_only = !matches!(line.content, LineContent::Priced(_));
        if text_only && !json.hold(Quirk::LinesWithoutProduct) {
            continue;
        }
        let wanted = flags.has(Flag::InvoiceSerials);
        let lot = if wanted { invoice_lot(company, document, line) } else { None };
        write_line(json, company, (line, document.price_reading, lot), flags, spoiled);
    }
    json.close_list();
}

fn write_line(
    json: &mut JsonText,
    company: &Company,
    (line, reading, lot): (&Line, PriceReading, Option<&str>),
    flags: Flags,
    spoiled: bool,
) {
    json.open();
    match &line.content {
        LineContent::DocDesc(text) => json.field("doc_desc", text),
        LineContent::NameDesc(html) => json.field("name_desc", html),
        LineContent::Priced(priced) => {
            let product = write_article(json, company, &priced.article);
            if spoiled {
                json.field("amount", "dva");
            } else {
                json.stored_decimal("amount", priced.amount);
            }
            write_price(json, priced, reading);
            write_discounts(json, &priced.discounts, line.row_id.0);
            json.field("tax", priced.tax.code());
            if flags.has(Flag::TaxFactor) {
                json.decimal("tax_factor", priced.tax.factor());
                json.field("tax_desc", &priced.tax.percent_text());
            }
            json.optional("doc_desc", priced.description.as_deref());
            write_extra(json, priced.extra.as_deref(), lot, flags);
            let costs = COSTS.iter().any(|flag| flags.has(*flag));
            if let Some(price) = product.filter(|_| costs).and_then(Product::purchase_price) {
                write_costs(json, price, priced.amount, flags);
            }
            if flags.has(Flag::ProductDetail) {
                json.optional("type", product.map(kind_of));
            }
            if let Some(product) = product.filter(|_| flags.has(Flag::Compound)) {
                write_parts(json, company, product);
            }
        }
    }
    if flags.has(Flag::ProductDetail) {
        json.number("mk_row_id", line.row_id);
    }
    json.close();
}

/// The lot that an invoice of this order has for the product of a line; of its other serial data the vendor
/// returns nothing (`read_product_serial_from_linked_invoice`).
fn invoice_lot<'a>(company: &'a Company, document: &Document, line: &Line) -> Option<&'a str> {
    let LineContent::Priced(PricedLine { article: Article::Product(wanted), .. }) = &line.content else {
        return None;
    };
    let bills = document.links.iter().filter(|link| link.doc_type.is_bill());
    let bills = bills.filter_map(|link| company.document(link.doc_type, link.id));
    bills.flat_map(|bill| &bill.lines).find_map(|line| match &line.content {
        LineContent::Priced(PricedLine { article: Article::Product(id), extra: Some(extra), .. })
            if id == wanted =>
        {
            extra.lot.as_deref()
        }
        _ => None,
    })
}

/// What a line cost, with ten places: freight is a tenth of what the product was bought for.
fn write_costs(json: &mut JsonText, price: Decimal, amount: Decimal, flags: Flags) {
    let freight = cents(price / Decimal::TEN);
    if flags.has(Flag::PurchasePrice) {
        json.ten_places("price_purchase", price);
        json.ten_places("allocated_code_purchase", freight);
        json.ten_places("allocated_cost_sales", Decimal::ZERO);
    }
    if flags.has(Flag::AllocatedCost) {
        json.key("allocated_cost_list");
        json.open_list();
        json.open();
        json.field("type", "Prevoz");
        json.ten_places("value", freight);
        json.close();
        json.close_list();
    }
    if flags.has(Flag::PurchasePrices) {
        json.key("purchase_price_list");
        json.open_list();
        json.open();
        json.decimal("amount", amount);
        json.decimal("price", price);
        json.close();
        json.close_list();
    }
}

fn kind_of(product: &Product) -> &'static str {
    match product {
        Product { service: true, .. } => "service",
        Product { norm: true, .. } => "bills_of_materials",
        Product { compound: true, .. } => "compound",
        _ => "material",
    }
}

/// Writes what identifies the article.
fn write_article<'a>(json: &mut JsonText, company: &'a Company, article: &Article) -> Option<&'a Product> {
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
            Some(product)
        }
    }
}

/// A gross price comes back net in some documents, rounded to cents: 209 as 171.31 (§4.3).
fn write_price(json: &mut JsonText, line: &PricedLine, reading: PriceReading) {
    match (line.price, reading) {
        (UnitPrice::Net(net), _) => json.stored_decimal("price", net),
        (UnitPrice::Gross(gross), PriceReading::AsEntered) => json.stored_decimal("price_with_tax", gross),
        (UnitPrice::Gross(gross), PriceReading::Net) => json.decimal("price", net_of(gross, line.tax)),
        (UnitPrice::Gross(gross), PriceReading::Both) => {
            json.decimal("price", net_of(gross, line.tax));
            json.stored_decimal("price_with_tax", gross);
        }
    }
}

fn net_of(gross: Decimal, tax: TaxCode) -> Decimal {
    cents(gross / (Decimal::ONE + tax.factor()))
}

/// A chain is joined by semicolons; no discount is absent or "0" (§1.5, §4.4).
fn write_discounts(json: &mut JsonText, discounts: &[Decimal], row_id: u64) {
    match discounts {
        [] if row_id.is_multiple_of(7) && json.hold(Quirk::LooseShapes) => json.field("discount", "0"),
        [] => {}
        [one] => json.decimal("discount", *one),
        chain => {
            let texts: Vec<String> = chain.iter().map(|discount| discount.normalize().to_string()).collect();
            json.field("discount", &texts.join(";"));
        }
    }
}

/// A lot of the invoice stands in place of the line's own.
fn write_extra(json: &mut JsonText, extra: Option<&LineExtra>, lot: Option<&str>, flags: Flags) {
    let Some(extra) = extra else { return json.optional("lot_number_value", lot) };
    json.optional("microlocation", extra.microlocation.as_deref());
    json.optional("lot_number_value", lot.or(extra.lot.as_deref()));
    json.optional("serial_number_value", extra.serials.as_deref());
    super::write_date(json, "expiration_date_value", extra.expires);
    if extra.meta.is_empty() || !flags.has(Flag::ProductMetadata) {
        return;
    }
    json.key("meta_data");
    json.open_list();
    for meta in &extra.meta {
        json.open();
        json.field("key", &meta.key);
        json.field("value_string", &meta.value);
        json.optional("display_key", meta.display_key.as_deref());
        json.optional("display_value", meta.display_value.as_deref());
        json.close();
    }
    json.close_list();
}

fn write_parts(json: &mut JsonText, company: &Company, product: &Product) {
    let parts = product.extra.as_deref().map_or(&[][..], |extra| &extra.parts);
    if parts.is_empty() {
        return;
    }
    json.key("compounds");
    json.open_list();
    for part in parts {
        write_part(json, company, part);
    }
    json.close_list();
}

/// One row of `compounds` (§2.2).
pub(in crate::api) fn write_part(json: &mut JsonText, company: &Company, part: &Part) {
    json.open();
    json.number("mk_id", part.id);
    json.number("product_mk_id", part.product);
    if let Some(product) = company.product(part.product) {
        json.field("product_count_code", &product.number);
        json.field("product_code", &product.code);
        json.field("product_title", &product.name);
    }
    json.decimal("amount", part.amount);
    json.close();
}
