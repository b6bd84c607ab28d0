//! A thousand bodies that make no sense for every endpoint, the same ones each time: each is answered as
//! metakocka-api.md §1.4 has it or with a clear HTTP error, nothing panics, and the simulator is well after.

use crate::support::{COMPANY, KEY, Lab, lab_of};
use futures::{StreamExt, stream};
use rand::Rng;
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

/// Every endpoint by its path.
const PATHS: [&str; 20] = [
    "v1/search",
    "v1/get_document",
    "v1/put_document",
    "v1/update_document",
    "v1/change_document_status",
    "v1/delete_document",
    "v1/get_partner",
    "v1/add_partner",
    "v1/update_partner",
    "v1/json/product_list",
    "v1/json/product_add",
    "v1/json/product_update",
    "v1/json/product_delete",
    "v1/search_query_advance_discovery",
    "v1/json/warehouse_list",
    "v1/json/warehouse_stock",
    "v1/put_transaction",
    "v1/mark_orders_as_shipped",
    "v1/search_tracking_code",
    "v1/report",
];

/// Bodies for each endpoint.
const BODIES: usize = 1_000;

/// Keys that endpoints read, each of which a body may get with a value of the wrong kind.
const KEYS: [&str; 62] = [
    "doc_type",
    "mk_id",
    "doc_id",
    "doc_date",
    "partner",
    "receiver",
    "product_list",
    "mark_paid",
    "buyer_order",
    "title",
    "notes",
    "status_code",
    "currency_code",
    "duo_payment",
    "duo_payment_days",
    "service_to_date",
    "discount_value",
    "discount_percent",
    "count_code",
    "code",
    "name",
    "unit",
    "name_desc",
    "barcode",
    "pricelist",
    "categories",
    "compounds",
    "localization",
    "extra_column",
    "meta_data",
    "attachment_list",
    "offer_list",
    "sales_order_list",
    "credit_note_type",
    "credit_note_bill",
    "query_advance",
    "query",
    "limit",
    "offset",
    "order_direction",
    "result_type",
    "partner_id",
    "partner_name",
    "partner_tax_number",
    "mk_id_list",
    "sales_order_id_list",
    "customer_order_list",
    "country",
    "payment_mode",
    "payment_type",
    "date",
    "price",
    "report_id",
    "params",
    "tracking_code",
    "product_add",
    "product_remove",
    "clear",
    "count_code_new",
    "supplier_info",
    "file_name",
    "we\"ird\\key\n",
];

/// Texts that have broken readers before.
const TEXTS: [&str; 24] = [
    "",
    " ",
    "0",
    "-1",
    "1e999",
    "NaN",
    "10%",
    "999999999999999999999999999999",
    "31.02.2026",
    "99.99.9999",
    "2026-09-03",
    "2026-09-03+02:00",
    "-9999-01-01+02:00",
    "sales_order",
    "sales_bill_domestic",
    "true",
    "null",
    "\u{0}",
    "č\u{301}š🧨",
    "'; DROP TABLE documents; --",
    "$REMOVE_STRING_VALUE$",
    "a;b;c",
    "1,2,3",
    "COUNT_CODE_SELECT#",
];

/// What a body is.
enum Body {
    Json(Value),
    /// Text that is no JSON object.
    Raw(Vec<u8>),
}

fn value(rng: &mut ChaCha8Rng, depth: u32) -> Value {
    match rng.random_range(0..if depth > 3 { 7 } else { 10 }) {
        0 => Value::Null,
        1 => json!(rng.random_bool(0.5)),
        2 => json!(rng.random_range(-1_000_000_000_i64..1_000_000_000)),
        3 => json!(rng.random_range(-1e12..1e12)),
        4 => json!("9".repeat(rng.random_range(1..40))),
        5 => json!("x".repeat(rng.random_range(0..300))),
        6 => json!(TEXTS.choose(rng).unwrap()),
        7 => Value::Array((0..rng.random_range(0..4)).map(|_| value(rng, depth + 1)).collect()),
        _ => object(rng, depth + 1),
    }
}

fn object(rng: &mut ChaCha8Rng, depth: u32) -> Value {
    let fields = (0..rng.random_range(0..6)).map(|_| {
        let key = *KEYS.choose(rng).unwrap();
        (key.to_owned(), value(rng, depth))
    });
    Value::Object(fields.collect())
}

/// A request that would be right, to be spoilt.
fn right(path: &str) -> Value {
    let line = json!({"code": "DOSTAVA", "amount": "1", "price": "10", "tax": "EX4"});
    let partner =
        json!({"customer": "K", "street": "S 1", "post_number": "1000", "place": "L", "country": "SI"});
    match path {
        "v1/put_document" => json!({"doc_type": "sales_order", "doc_date": "01.09.2026", "partner": partner,
            "product_list": [line]}),
        "v1/add_partner" => json!({"partner": partner}),
        "v1/json/product_add" => json!({"code": "N", "name": "N", "unit": "kos"}),
        "v1/search" => json!({"doc_type": "sales_order", "limit": "3", "query_advance": []}),
        _ => json!({"doc_type": "sales_order", "mk_id": "400000701", "status_code": "created"}),
    }
}

/// Replaces some value somewhere in a body by another.
fn spoil(body: &mut Value, rng: &mut ChaCha8Rng) {
    match body {
        Value::Object(fields) if !fields.is_empty() => {
            let keys: Vec<String> = fields.keys().cloned().collect();
            let key = keys.choose(rng).unwrap();
            let place = fields.get_mut(key).unwrap();
            let is_leaf = !place.is_object() && !place.is_array();
            if is_leaf || rng.random_bool(0.3) {
                *place = value(rng, 0);
            } else {
                spoil(place, rng);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let at = rng.random_range(0..items.len());
            spoil(&mut items[at], rng);
        }
        other => *other = value(rng, 0),
    }
}

fn with_key(body: Value, company: &str) -> Value {
    let mut fields = match body {
        Value::Object(fields) => fields,
        other => Map::from_iter([("doc_type".to_owned(), other)]),
    };
    fields.insert("secret_key".to_owned(), json!(KEY));
    fields.insert("company_id".to_owned(), json!(company));
    Value::Object(fields)
}

fn body(path: &str, at: usize, rng: &mut ChaCha8Rng) -> Body {
    match at {
        0 => return Body::Raw(vec![b'x'; 10 * 1024 * 1024]),
        1 => {
            let line = json!({"code": "DOSTAVA", "amount": "1", "price": "10", "tax": "EX4"});
            let mut body = right(path);
            body["product_list"] = json!(vec![line; 1_000]);
            return Body::Json(with_key(body, COMPANY));
        }
        2 => return Body::Json(with_key(right(path), "no such company")),
        3 => return Body::Raw([b"[".repeat(50_000), b"]".repeat(50_000)].concat()),
        4 => {
            let mut body = right(path);
            body["title"] = json!("x".repeat(10 * 1024 * 1024));
            return Body::Json(with_key(body, COMPANY));
        }
        _ => {}
    }
    match rng.random_range(0..10) {
        0 => {
            let mut bytes = with_key(right(path), COMPANY).to_string().into_bytes();
            bytes.truncate(rng.random_range(0..bytes.len()));
            Body::Raw(bytes)
        }
        1 => Body::Raw((0..rng.random_range(0..200)).map(|_| rng.random_range(0..=255)).collect()),
        2 => Body::Raw(value(rng, 0).to_string().into_bytes()),
        3..6 => Body::Json(with_key(object(rng, 0), COMPANY)),
        _ => {
            let mut body = right(path);
            for _ in 0..rng.random_range(1..4) {
                spoil(&mut body, rng);
            }
            Body::Json(with_key(body, COMPANY))
        }
    }
}

/// What one body was answered with, or what is wrong with the answer.
async fn answer(lab: &Lab, path: &str, body: Body) -> Result<&'static str, String> {
    let url = format!("{}/rest/eshop/{path}", lab.simulator.url());
    let bytes = match body {
        Body::Json(value) => value.to_string().into_bytes(),
        Body::Raw(bytes) => bytes,
    };
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(500)]).into_owned();
    let large = bytes.len() > 1024 * 1024;
    let request = lab.http.post(url).header("content-type", "application/json").body(bytes);
    let response = request.send().await.map_err(|error| format!("{path}: {error} for {shown}"))?;
    let status = response.status().as_u16();
    let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap_or("").to_owned());
    let text = response.bytes().await.map_err(|error| format!("{path}: {error} for {shown}"))?;
    if large {
        let said: Option<Value> = serde_json::from_slice(&text).ok();
        let clear = said.is_some_and(|said| said["error"].as_str().is_some_and(|why| why.contains("bytes")));
        return if status == 413 && clear {
            Ok("too large")
        } else {
            Err(format!("{path}: {status} {text:?}"))
        };
    }
    if status == 200 && kind.as_deref() == Some("application/pdf") {
        return Ok("a file");
    }
    let reply: Option<Value> = serde_json::from_slice(&text).ok();
    let reply =
        reply.filter(|_| status == 200).ok_or_else(|| format!("{path}: status {status} for {shown}"))?;
    match reply.get("opr_code").map(|code| code.as_str().unwrap_or("")) {
        // Some successes have no code (§1.3).
        None | Some("0") => Ok("done"),
        Some("1" | "2" | "3" | "6" | "8") => {
            let text = reply.get("opr_desc").or(reply.get("opr_desc_app")).and_then(Value::as_str);
            if text.is_some_and(|text| !text.is_empty()) {
                Ok("refused")
            } else {
                Err(format!("{path}: {reply}"))
            }
        }
        Some(_) => Err(format!("{path}: {reply} for {shown}")),
    }
}

#[tokio::test]
async fn a_thousand_malformed_bodies_for_every_endpoint_are_answered_and_leave_it_well() {
    let lab = lab_of(30).await;
    let unknown = json!({"endpoint": "nowhere", "effect": "garbage"});
    let (_, refusal) = lab.control(reqwest::Method::POST, "faults", unknown).await;
    for path in PATHS {
        assert!(
            refusal["error"].as_str().unwrap().contains(path.rsplit('/').next().unwrap()),
            "{path}: {refusal}"
        );
    }
    assert_eq!(
        refusal["error"].as_str().unwrap().split(", ").count(),
        PATHS.len(),
        "an endpoint is left out: {refusal}"
    );
    let mut answers = std::collections::BTreeMap::new();
    for (seed, path) in (0..).zip(PATHS) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let bodies: Vec<Body> = (0..BODIES).map(|at| body(path, at, &mut rng)).collect();
        let lab = &lab;
        let calls = stream::iter(bodies).map(|body| answer(lab, path, body)).buffered(16);
        for result in calls.collect::<Vec<_>>().await {
            *answers.entry(result.unwrap()).or_insert(0) += 1;
        }
    }
    assert_eq!(answers["too large"], 2 * PATHS.len(), "{answers:?}");
    println!("{} bodies: {answers:?}", PATHS.len() * BODIES);
    assert!(answers["refused"] > PATHS.len() * BODIES / 3, "the bodies are too right: {answers:?}");

    let page = lab.search(json!({"doc_type": "sales_order", "limit": "1"})).await;
    assert_eq!(page["opr_code"], "0");
    let state = lab.simulator.documents(COMPANY).unwrap();
    assert!(state.len() >= 30);
    let order = json!({"doc_type": "sales_order", "doc_date": "01.09.2026", "partner": crate::kit::known_partner(&lab),
        "product_list": [{"code": "DOSTAVA", "amount": "1", "price": "10", "tax": "EX4"}]});
    assert_eq!(lab.call("v1/put_document", order).await["total_price"], "12.20");
}
