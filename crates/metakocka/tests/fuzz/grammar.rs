//! Replies that are made up: every field that the reference names, there or not, in every form that it may
//! have.

use jiff::civil::Date;
use metakocka::DocumentType;
use metakocka::fuzz::ReplyKind;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::chance::Chance;

/// Documents, partners or products of a page.
const ROWS: usize = 4;
/// Now and then a page is as large as a real one.
const MANY_ROWS: usize = 100;

/// A reply of a kind.
pub(crate) fn reply(chance: &mut Chance) -> (ReplyKind, Value) {
    let doc_type = *chance.pick(&DocumentType::ALL);
    match chance.below(10) {
        0..4 => {
            let rows = rows(chance, |chance| document(doc_type, chance));
            (ReplyKind::Documents(doc_type), page("result", rows, chance))
        }
        4 | 5 => (ReplyKind::Document(doc_type), document(doc_type, chance)),
        6 | 7 => {
            let rows = rows(chance, partner);
            let count = rows.len().to_string();
            (
                ReplyKind::Partners,
                json!({ "partner_list_count": count, "partner_list": one_or_many(rows, chance) }),
            )
        }
        _ => {
            let rows = rows(chance, product);
            let count = rows.len().to_string();
            let list = one_or_many(rows, chance);
            (
                ReplyKind::Products,
                json!({ "opr_code": "0", "product_list_count": count, "product_list": list }),
            )
        }
    }
}

fn rows(chance: &mut Chance, mut make: impl FnMut(&mut Chance) -> Value) -> Vec<Value> {
    let count = if chance.one_in(2_000) { MANY_ROWS } else { 1 + chance.below(ROWS) };
    (0..count).map(|_| make(chance)).collect()
}

fn page(name: &str, rows: Vec<Value>, chance: &mut Chance) -> Value {
    let mut page = Map::new();
    page.insert("opr_code".to_owned(), json!("0"));
    page.insert("opr_time_ms".to_owned(), json!(chance.below(5_000).to_string()));
    page.insert("result_all_records".to_owned(), json!((rows.len() + chance.below(900)).to_string()));
    page.insert("result_count".to_owned(), json!(rows.len().to_string()));
    page.insert(name.to_owned(), one_or_many(rows, chance));
    Value::Object(page)
}

fn one_or_many(mut rows: Vec<Value>, chance: &mut Chance) -> Value {
    if rows.len() == 1 && chance.one_in(2) { rows.remove(0) } else { Value::from(rows) }
}

/// Puts a field, most of the time.
fn put(fields: &mut Map<String, Value>, chance: &mut Chance, name: &str, value: impl Into<Value>) {
    match chance.below(12) {
        0 => {}
        1 => {
            fields.insert(name.to_owned(), json!(""));
        }
        _ => {
            fields.insert(name.to_owned(), value.into());
        }
    }
}

fn document(doc_type: DocumentType, chance: &mut Chance) -> Value {
    let mut fields = Map::new();
    fields.insert("mk_id".to_owned(), json!(id(chance)));
    fields.insert("doc_type".to_owned(), json!(doc_type.wire()));
    fields.insert("doc_date".to_owned(), json!(date_text(chance)));
    for name in [
        "count_code",
        "title",
        "buyer_order",
        "currency_code",
        "status_code",
        "status_desc",
        "warehouse",
        "notes",
        "delivery_type",
        "profit_center",
        "last_change_user",
        "furs_zoi",
        "pariteta",
    ] {
        let value = text(chance);
        put(&mut fields, chance, name, value);
    }
    for name in ["duo_payment", "service_to_date", "valid_to", "shipped_date", "sum_full_paid_when"] {
        let value = date_text(chance);
        put(&mut fields, chance, name, value);
    }
    for name in ["created_ts", "publish_ts", "order_create_ts"] {
        let value = format!("{}T{:02}:{:02}:00+02:00", date(chance), chance.below(24), chance.below(60));
        put(&mut fields, chance, name, value);
    }
    for name in
        ["sum_basic", "sum_all", "sum_paid", "sum_discount", "sum_tax_ex4", "sum_tax_085", "discount_value"]
    {
        let value = number(chance);
        put(&mut fields, chance, name, value);
    }
    let (partner, receiver) = (party(chance), party(chance));
    put(&mut fields, chance, "partner", partner);
    put(&mut fields, chance, "receiver", receiver);
    let lines: Vec<Value> = (0..chance.below(5)).map(|_| line(chance)).collect();
    let lines = one_or_many(lines, chance);
    put(&mut fields, chance, "product_list", lines);
    let payments: Vec<Value> = (0..chance.below(3)).map(|_| payment(chance)).collect();
    let payments = one_or_many(payments, chance);
    put(&mut fields, chance, "mark_paid", payments);
    Value::Object(fields)
}

fn line(chance: &mut Chance) -> Value {
    let mut fields = Map::new();
    let product = id(chance);
    put(&mut fields, chance, "mk_id", product);
    for name in ["code", "count_code", "name", "doc_desc", "unit"] {
        let value = text(chance);
        put(&mut fields, chance, name, value);
    }
    let price = *chance.pick(&["price", "price_with_tax"]);
    for name in ["amount", price, "tax_factor"] {
        let value = number(chance);
        put(&mut fields, chance, name, value);
    }
    let discount = *chance.pick(&["5", "10;20", "0", "5,5"]);
    put(&mut fields, chance, "discount", discount);
    let tax = *chance.pick(&["EX4", "EX3", "085"]);
    put(&mut fields, chance, "tax", tax);
    Value::Object(fields)
}

fn payment(chance: &mut Chance) -> Value {
    let (_, money) = number_and_money(chance);
    let day = date(chance).strftime("%d.%m.%Y").to_string();
    json!({ "payment_type": "Gotovina", "date": day, "amount": money, "payment_tip": "Prejemek" })
}

fn party(chance: &mut Chance) -> Value {
    let mut fields = Map::new();
    for name in ["mk_id", "mk_address_id"] {
        let value = id(chance);
        put(&mut fields, chance, name, value);
    }
    for name in ["customer", "street", "post_number", "place", "country", "tax_id_number", "country_iso_2"] {
        let value = text(chance);
        put(&mut fields, chance, name, value);
    }
    for name in ["business_entity", "taxpayer", "foreign_county", "useCustomerAsContact"] {
        let value = *chance.pick(&["true", "false"]);
        put(&mut fields, chance, name, value);
    }
    Value::Object(fields)
}

fn partner(chance: &mut Chance) -> Value {
    let Value::Object(mut fields) = party(chance) else { return Value::Null };
    fields.insert("mk_id".to_owned(), json!(id(chance)));
    let addresses: Vec<Value> = (0..chance.below(3))
        .map(|_| json!({ "mk_id": id(chance), "address_type": "Račun", "city": text(chance), "payment_due_days": "15" }))
        .collect();
    let addresses = one_or_many(addresses, chance);
    put(&mut fields, chance, "partner_delivery_address_list", addresses);
    let contacts: Vec<Value> =
        (0..chance.below(3)).map(|_| json!({ "mk_id": id(chance), "name": text(chance) })).collect();
    let contacts = one_or_many(contacts, chance);
    put(&mut fields, chance, "partner_contact_list", contacts);
    Value::Object(fields)
}

fn product(chance: &mut Chance) -> Value {
    let mut fields = Map::new();
    fields.insert("mk_id".to_owned(), json!(id(chance)));
    for name in ["code", "count_code", "name", "unit", "barcode", "name_desc"] {
        let value = text(chance);
        put(&mut fields, chance, name, value);
    }
    for name in ["service", "sales", "purchasing", "activated", "eshop_sync"] {
        let value = *chance.pick(&["true", "false"]);
        put(&mut fields, chance, name, value);
    }
    for name in ["weight", "amount", "min_stock"] {
        let value = number(chance);
        put(&mut fields, chance, name, value);
    }
    let tiers: Vec<Value> = (0..chance.below(3))
        .map(|_| json!({ "count_code": "MPC", "price_def": { "price": number(chance), "tax": "EX4" } }))
        .collect();
    let tiers = one_or_many(tiers, chance);
    put(&mut fields, chance, "pricelist", tiers);
    Value::Object(fields)
}

fn id(chance: &mut Chance) -> String {
    (1 + chance.next() % 9_999_999_999_999).to_string()
}

fn text(chance: &mut Chance) -> &'static str {
    const TEXTS: [&str; 10] = [
        "A",
        "Kupec d.o.o.",
        "Čšž Đ",
        "<p>HTML</p>",
        "\"narekovaji\"",
        "x\ny",
        "0",
        "null",
        "Žiga & sinovi",
        "🦀",
    ];
    TEXTS[chance.below(TEXTS.len())]
}

fn number(chance: &mut Chance) -> String {
    let (number, _) = number_and_money(chance);
    let text = number.to_string();
    if chance.one_in(3) { text.replace('.', ",") } else { text }
}

/// A number with up to four decimal places, and the same in Slovenian form.
pub(crate) fn number_and_money(chance: &mut Chance) -> (Decimal, String) {
    let digits = i64::try_from(chance.next() % 10_000_000_000).unwrap_or(0);
    let scale = u32::try_from(chance.below(5)).unwrap_or(0);
    let number = Decimal::new(if chance.one_in(10) { -digits } else { digits }, scale);
    let text = number.abs().to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let mut money = String::with_capacity(text.len() + 5);
    if number.is_sign_negative() {
        money.push('-');
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            money.push('.');
        }
        money.push(digit);
    }
    if !decimals.is_empty() {
        money.push(',');
        money.push_str(decimals);
    }
    (number, money)
}

pub(crate) fn date(chance: &mut Chance) -> Date {
    let days = i32::try_from(chance.below(60_000)).unwrap_or(0);
    jiff::civil::date(1950, 1, 1).saturating_add(jiff::Span::new().days(days))
}

fn date_text(chance: &mut Chance) -> String {
    let date = date(chance);
    if chance.one_in(5) { date.strftime("%d.%m.%Y").to_string() } else { format!("{date}+02:00") }
}
