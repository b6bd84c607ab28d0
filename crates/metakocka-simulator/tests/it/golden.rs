//! The worked exchanges of metakocka-api.md §10, all fourteen groups, replayed as requests in the order in
//! which their company would have lived them: every field of a sample is in the answer with its value, and
//! the answer has no field that the reference does not name for it.

use crate::support::{COMPANY, KEY, Lab, http};
use metakocka_simulator::{
    Clock, CompanySpec, DocType, EditRequest, Quota, Settings, Simulator, SimulatorOptions, UniqueBuyerOrder,
};
use serde_json::{Value, json};

/// Fields that answers have or lack at will (§1.3, §1.5, §2.1, §4.3, §4.4): samples show them elsewhere.
const OPTIONAL: [&str; 8] = [
    "opr_time_no_lock_ms",
    "last_change_user",
    "notes",
    "unit",
    "count_code",
    "name",
    "warehouse",
    "receiver",
];

async fn sample_lab() -> Lab {
    let clock = Clock::fixed("2026-09-01T08:00:00Z".parse().unwrap());
    let companies = vec![CompanySpec::sample(COMPANY, KEY)];
    let options = SimulatorOptions { clock, companies, ..SimulatorOptions::default() };
    Lab { simulator: Simulator::start(options).await.unwrap(), http: http() }
}

/// Where an answer differs from a sample: paths of fields that lack, differ, or should not be there.
fn differences(sample: &Value, answer: &Value, path: &str, found: &mut Vec<String>) {
    match (sample, answer) {
        (Value::Object(sample), Value::Object(answer)) => {
            for (key, value) in sample {
                match answer.get(key) {
                    Some(_) if key == "opr_time_ms" => {}
                    Some(answer) => differences(value, answer, &format!("{path}.{key}"), found),
                    None => found.push(format!("{path}.{key} is missing")),
                }
            }
            let more = answer.iter().filter(|(key, value)| {
                // "0" is as good as nothing (§1.5).
                !sample.contains_key(*key) && !OPTIONAL.contains(&key.as_str()) && **value != "0"
            });
            found.extend(more.map(|(key, _)| format!("{path}.{key} is not in the sample")));
        }
        (Value::Array(sample), Value::Array(answer)) if sample.len() == answer.len() => {
            for (at, (sample, answer)) in sample.iter().zip(answer).enumerate() {
                differences(sample, answer, &format!("{path}[{at}]"), found);
            }
        }
        (sample, answer) if sample == answer => {}
        (sample, answer) => found.push(format!("{path} is {answer}, not {sample}")),
    }
}

fn assert_like(group: &str, answer: &Value, sample: &Value) {
    let mut found = Vec::new();
    differences(sample, answer, group, &mut found);
    assert!(found.is_empty(), "{}\n{answer:#}", found.join("\n"));
}

fn at(lab: &Lab, time: &str) {
    lab.simulator.clock().set(Some(time.parse().unwrap()));
}

/// The blocks that the samples name by capitals.
struct Blocks {
    p1: Value,
    r1: Value,
    c1: Value,
    a1: Value,
    a2: Value,
}

fn with(mut base: Value, more: Value) -> Value {
    let (Value::Object(fields), Value::Object(more)) = (&mut base, more) else { panic!("objects") };
    fields.extend(more);
    base
}

fn blocks() -> Blocks {
    let p1 = json!({"mk_id": "1600710", "business_entity": "true", "taxpayer": "true", "foreign_county": "false",
        "tax_id_number": "SI12345678", "customer": "Kupec d.o.o.", "street": "Cesta 1", "post_number": "1000",
        "place": "Ljubljana", "country": "Slovenia", "count_code": "120", "useCustomerAsContact": "false",
        "mk_address_id": "1600711", "country_iso_2": "SI"});
    let person = json!({"name": "Ana", "gsm": "041000000", "email": "ana@kupec.example"});
    let r1 = with(
        p1.clone(),
        json!({"street": "Polje 5", "mk_address_id": "1600713", "partner_contact": person.clone()}),
    );
    let c1 =
        with(person, json!({"mk_id": "1600712", "mk_address_id": "1600711", "contact_address": "Cesta 1"}));
    let a1 = json!({"mk_id": "1600711", "address_type": "Račun", "street": "Cesta 1", "post_number": "1000",
        "city": "Ljubljana", "country": "Slovenija", "payment_due_days": "15", "language": "Slovenski",
        "currency_id": "65", "currency": "EUR"});
    let a2 = json!({"mk_id": "1600713", "address_type": "Dobava", "street": "Polje 5", "post_number": "1000",
        "city": "Ljubljana", "country": "Slovenija", "language": "Slovenski"});
    Blocks { p1, r1, c1, a1, a2 }
}

fn pb() -> Value {
    json!({"mk_id": "1600710", "mk_address_id": "1600711"})
}

#[tokio::test]
async fn the_fourteen_groups_of_worked_exchanges_are_answered_as_they_stand() {
    let lab = sample_lab().await;
    let blocks = blocks();
    groups_11_and_12_make_and_find_the_partner(&lab, &blocks).await;
    groups_3_and_9_read_products(&lab).await;
    group_10_changes_products(&lab).await;
    group_7_orders_and_groups_1_and_2_find_them(&lab, &blocks).await;
    group_7_offers_and_group_4_reads_one(&lab, &blocks).await;
    group_7_bills_and_group_5_reads_one(&lab, &blocks).await;
    group_7_credits_and_group_6_reads_it(&lab, &blocks).await;
    group_14_refuses(&lab).await;
    group_8_changes_orders(&lab).await;
    group_13_changes_the_partner(&lab, &blocks).await;
}

fn listed_partner(blocks: &Blocks, contacts: &Value, addresses: &Value) -> Value {
    let mut partner = json!({"partner_contact_list": contacts, "partner_delivery_address_list": addresses});
    for key in
        ["mk_id", "business_entity", "taxpayer", "foreign_county", "tax_id_number", "customer", "count_code"]
    {
        partner[key] = blocks.p1[key].clone();
    }
    json!({"partner_list_count": "1", "partner_list": [partner]})
}

async fn groups_11_and_12_make_and_find_the_partner(lab: &Lab, blocks: &Blocks) {
    let body = json!({"partner": {"business_entity": "true", "taxpayer": "true", "foreign_county": "false",
        "buyer": "true", "tax_id_number": "SI12345678", "customer": "Kupec d.o.o.", "street": "Cesta 1",
        "post_number": "1000", "place": "Ljubljana", "country": "Slovenija",
        "partner_contact": {"name": "Ana", "gsm": "041000000", "email": "ana@kupec.example"},
        "partner_delivery_address": {"address_type": "Dobava", "street": "Polje 5", "post_number": "1000",
            "city": "Ljubljana", "country": "Slovenija"}}});
    let sample = json!({"mk_id": "1600710", "mk_contact_id": "1600712",
        "mk_address_id_list": [{"mk_id": "1600711", "street": "Cesta 1"}, {"mk_id": "1600713", "street": "Polje 5"}]});
    assert_like("12", &lab.call("v1/add_partner", body).await, &sample);
    let found = lab.call("v1/get_partner", json!({"partner_tax_number": "SI12345678"})).await;
    let sample = listed_partner(blocks, &json!([blocks.c1]), &json!([blocks.a1, blocks.a2]));
    assert_like("11", &found, &sample);
}

async fn groups_3_and_9_read_products(lab: &Lab) {
    let body = json!({"doc_type": "purchase_product", "result_type": "doc", "limit": "2",
        "query_advance": [{"type": "eshop_sync", "value": "true"}]});
    let sample = json!({"opr_code": "0", "opr_time_ms": "40", "result_all_records": "1", "result_count": "1",
        "offset": "0", "limit": "2", "result_product": [{"count_code": "4451", "mk_id": "1600551",
            "code": "VIJAK-M6", "name": "Vijak M6", "unit": "kos", "service": "false", "sales": "true",
            "purchasing": "true", "weight": "0,01"}]});
    assert_like("3", &lab.search(body).await, &sample);
    let body = json!({"sales": "true", "return_pricelist": "true", "show_tax_factor": "true",
        "return_warehause_stock": "true", "offset": "0", "limit": "2"});
    let tier = |def: Value| {
        let def = with(def, json!({"tax": "EX4", "tax_desc": "22", "tax_factor": "0.22"}));
        json!({"count_code": "MPC", "price_def": def, "title": "Osnovni", "sales_purchase": "sales",
            "currency_code": "EUR"})
    };
    let prices = json!([
        tier(json!({"amount_to": "100", "price": "1.2"})),
        tier(json!({"amount_from": "100", "price": "1.08"}))
    ]);
    let sample = json!({"opr_code": "0", "opr_time_ms": "210", "sales": "true", "return_warehause_stock": "true",
        "limit": "2", "offset": "0", "product_list_count": "2", "product_list": [
            {"count_code": "4451", "mk_id": "1600551", "code": "VIJAK-M6", "name": "Vijak M6", "unit": "kos",
                "service": "false", "sales": "true", "activated": "true", "purchasing": "true",
                "eshop_sync": "true", "weight": "0,01", "pricelist": prices, "amount": "250",
                "amount_detail": [{"warehouse_mark": "glavno", "warehouse_name": "Glavno", "amount": "250"}]},
            {"count_code": "4453", "mk_id": "1600553", "code": "DOSTAVA", "name": "Dostava", "unit": "kos",
                "service": "true", "sales": "true", "activated": "true", "purchasing": "false",
                "eshop_sync": "false", "amount": "0"}]});
    assert_like("9", &lab.call("v1/json/product_list", body).await, &sample);
}

async fn group_10_changes_products(lab: &Lab) {
    let sample = json!({"opr_code": "0", "opr_time_ms": "33", "mk_id": "1600554", "count_code": "4454"});
    let add = json!({"code": "PODL-M6", "name": "Podložka M6", "unit": "kos", "sales": "true",
        "pricelist": [{"count_code": "MPC", "price_def": [
            {"amount_from": "0", "amount_to": null, "tax_factor": "0.22", "price": "0.1"}]}]});
    assert_like("10 add", &lab.call("v1/json/product_add", add).await, &sample);
    let update = json!({"mk_id": "1600554", "name": "Podložka M6 A2", "barcode": "$REMOVE_STRING_VALUE$"});
    assert_like("10 update", &lab.call("v1/json/product_update", update).await, &sample);
    assert_like("10 delete", &lab.call("v1/json/product_delete", json!({"mk_id": "1600554"})).await, &sample);
}

async fn group_7_offers_and_group_4_reads_one(lab: &Lab, blocks: &Blocks) {
    let body = json!({"doc_type": "sales_offer", "doc_date": "01.09.2026", "duo_payment": "15.09.2026",
        "status_code": "open", "valid_days": "30", "title": "APP-77", "partner": pb(), "product_list": [
            {"code": "VIJAK-M6", "amount": "100", "price": "1.2", "tax": "EX4"},
            {"code": "DOSTAVA", "amount": "1", "price_with_tax": "12.2", "tax": "EX4", "doc_desc": "hitra"}]});
    lab.call("v1/put_document", body).await;
    let body = json!({"doc_type": "sales_offer", "doc_date": "01.09.2026", "title": "APP-78", "partner": pb(),
        "product_list": [{"code": "VIJAK-M6", "amount": "100", "price": "1.2", "tax": "EX4"}]});
    let sample = json!({"opr_code": "0", "opr_time_ms": "104", "partner": {"mk_id": "1600710"},
        "mk_id": "400000802", "count_code": "PON-42", "total_price": "146.40"});
    assert_like("7 offer", &lab.call("v1/put_document", body).await, &sample);
    let read = lab.call("v1/get_document", json!({"doc_type": "sales_offer", "doc_id": "400000801"})).await;
    let sample = json!({"mk_id": "400000801", "doc_type": "sales_offer", "opr_code": "0", "count_code": "PON-41",
        "doc_date": "2026-09-01+02:00", "partner": blocks.p1, "duo_payment": "2026-09-15+02:00",
        "currency_code": "EUR", "status_code": "Odprta", "status_desc": "open", "valid_days": "30",
        "valid_to": "2026-10-01+02:00", "title": "APP-77", "product_list": [
            {"mk_id": "1600551", "code": "VIJAK-M6", "name": "Vijak M6", "amount": "100", "price": "1.2", "tax": "EX4"},
            {"mk_id": "1600553", "code": "DOSTAVA", "name": "Dostava", "amount": "1", "price_with_tax": "12.2",
                "tax": "EX4", "doc_desc": "hitra"}],
        "sum_basic": "130", "sum_tax_ex4": "28.6", "sum_all": "158.6"});
    assert_like("4", &read, &sample);
    assert!(read.get("receiver").is_none(), "offers name no receiver");
}

async fn group_7_orders_and_groups_1_and_2_find_them(lab: &Lab, blocks: &Blocks) {
    at(lab, "2026-09-03T08:15:00Z");
    let body = json!({"doc_type": "sales_order", "doc_date": "03.09.2026", "buyer_order": "APP-000123",
        "title": "Web order 123", "status_code": "created", "partner": pb(), "product_list": [
            {"code": "VIJAK-M6", "count_code": "4451", "mk_id": "1600551", "amount": "10", "price": "1.20",
                "discount": "5", "tax": "EX4"},
            {"code": "DOSTAVA", "amount": "1", "price_with_tax": "4.88", "tax": "EX4"}]});
    let sample = json!({"opr_code": "0", "opr_time_ms": "118", "document_type_short": "PR_SO",
        "partner": {"mk_id": "1600710"}, "mk_id": "400000701", "count_code": "PP-301", "total_price": "18.79"});
    assert_like("7 order", &lab.call("v1/put_document", body).await, &sample);
    at(lab, "2026-09-04T08:15:00Z");
    for day in ["04.09.2026", "10.09.2026", "20.09.2026", "30.09.2026"] {
        let body = json!({"doc_type": "sales_order", "doc_date": day, "partner": pb(), "product_list": [
            {"code": "VIJAK-M6", "amount": "1", "price": "1.2", "tax": "EX4"}]});
        lab.call("v1/put_document", body).await;
    }
    let body = json!({"doc_type": "sales_order", "limit": "2", "offset": "0", "show_status_code": "true",
        "query_advance": [{"type": "doc_date_from", "value": "01.09.2026"}, {"type": "doc_date_to", "value": "30.09.2026"}]});
    let sample = json!({"opr_code": "0", "opr_time_ms": "31", "result_all_records": "5", "result_count": "2",
        "offset": "0", "limit": "2", "result": [
            {"mk_id": "400000701", "opr_code": "0", "count_code": "PP-301", "status_code": "Izdelan"},
            {"mk_id": "400000702", "opr_code": "0", "count_code": "PP-302"}]});
    // The worse reading of another sample, where it counts everything, is the default.
    lab.simulator.set_settings(Settings { result_count_is_total: false, ..Settings::default() }).unwrap();
    assert_like("1", &lab.search(body).await, &sample);
    let body = json!({"doc_type": "sales_order", "result_type": "doc", "limit": "100", "offset": "0",
        "order_direction": "asc", "show_product_detail": "true", "query_advance": [
            {"type": "last_change_from", "value": "2026-09-03T08:00:00+02:00"},
            {"type": "last_change_to", "value": "2026-09-03T12:00:00+02:00"}]});
    let order = json!({"mk_id": "400000701", "doc_type": "sales_order", "opr_code": "0", "count_code": "PP-301",
        "doc_date": "2026-09-03+02:00", "partner": blocks.p1, "receiver": blocks.r1, "currency_code": "EUR",
        "status_code": "Izdelan", "status_desc": "created", "title": "Web order 123", "buyer_order": "APP-000123",
        "warehouse": "glavno", "product_list": [
            {"count_code": "4451", "mk_id": "1600551", "code": "VIJAK-M6", "name": "Vijak M6", "unit": "kos",
                "amount": "10", "price": "1.2", "discount": "5", "tax": "EX4", "type": "material",
                "mk_row_id": "1600991"},
            {"count_code": "4453", "mk_id": "1600553", "code": "DOSTAVA", "name": "Dostava", "unit": "kos",
                "amount": "1", "price_with_tax": "4.88", "tax": "EX4", "type": "service", "mk_row_id": "1600992"}],
        "sum_basic": "15.4", "sum_discount": "0.6", "sum_tax_ex4": "3.39", "sum_all": "18.79",
        "created_ts": "2026-09-03T10:15:00+02:00"});
    let sample = json!({"opr_code": "0", "opr_time_ms": "95", "result_all_records": "1", "result_count": "1",
        "offset": "0", "limit": "100", "result": [order]});
    assert_like("2", &lab.search(body).await, &sample);
}

async fn group_7_bills_and_group_5_reads_one(lab: &Lab, blocks: &Blocks) {
    at(lab, "2026-09-05T07:00:00Z");
    let bill = |lines: Value| {
        json!({"doc_type": "sales_bill_domestic", "doc_date": "05.09.2026", "service_to_date": "05.09.2026",
            "duo_payment": "20.09.2026", "partner": pb(), "product_list": lines})
    };
    let mut first = bill(json!([
        {"code": "VIJAK-M6", "amount": "1000", "price": "1.2", "discount": "10", "tax": "EX4"},
        {"code": "KNJIGA-1", "amount": "3", "price": "15.5", "tax": "EX3"}]));
    first["mark_paid"] = json!([
        {"payment_type": "Transakcijski račun", "date": "08.09.2026", "amount": "1000"},
        {"payment_type": "Gotovina", "date": "10.09.2026", "amount": "368.52", "cashRegister": "Blagajna 1"}]);
    lab.call("v1/put_document", first).await;
    let second = bill(json!([{"code": "KNJIGA-1", "amount": "4", "price": "15.5", "tax": "EX3"}]));
    let sample = json!({"opr_code": "0", "opr_time_ms": "131", "partner": {"mk_id": "1600710"},
        "mk_id": "1600902", "count_code": "R26-56", "total_price": "67.89"});
    assert_like("7 bill", &lab.call("v1/put_document", second).await, &sample);
    at(lab, "2026-09-05T07:12:00Z");
    let issue = EditRequest::document(DocType::SalesBillDomestic, "1600901", json!({"issued": true}));
    lab.simulator.edit(&issue).unwrap();
    let body = json!({"doc_type": "sales_bill_domestic", "doc_id": "1600901", "show_payment_detail": "true"});
    let sample = json!({"mk_id": "1600901", "doc_type": "sales_bill_domestic", "opr_code": "0",
        "count_code": "R26-55", "doc_date": "2026-09-05+02:00", "publish_ts": "2026-09-05T09:12:00+02:00",
        "partner": blocks.p1, "receiver": blocks.r1, "service_to_date": "2026-09-05+02:00",
        "duo_payment": "2026-09-20+02:00", "currency_code": "EUR", "warehouse": "glavno", "product_list": [
            {"mk_id": "1600551", "code": "VIJAK-M6", "amount": "1000", "price": "1.2", "discount": "10", "tax": "EX4"},
            {"mk_id": "1600552", "code": "KNJIGA-1", "amount": "3", "price": "15.5", "tax": "EX3"}],
        "mark_paid": [
            {"payment_type": "Transakcijski račun", "date": "08.09.2026", "amount": "1.000", "payment_tip": "Prejemek"},
            {"payment_type": "Gotovina", "date": "10.09.2026", "amount": "368,52", "payment_tip": "Prejemek",
                "cashRegister": "Blagajna 1"}],
        "sum_basic": "1126.5", "sum_discount": "120", "sum_tax_ex3": "4.42", "sum_tax_ex4": "237.6",
        "sum_all": "1368.52", "sum_paid": "1368.52", "sum_full_paid_when": "2026-09-10+02:00"});
    assert_like("5", &lab.call("v1/get_document", body).await, &sample);
}

async fn group_7_credits_and_group_6_reads_it(lab: &Lab, blocks: &Blocks) {
    at(lab, "2026-09-12T08:00:00Z");
    let body = json!({"doc_type": "sales_bill_credit_note", "doc_date": "12.09.2026",
        "service_to_date": "12.09.2026", "duo_payment": "12.09.2026", "credit_note_type": "goods",
        "credit_note_bill": "R26-55", "product_list": [
            {"code": "KNJIGA-1", "amount": "1", "price": "15.5", "tax": "EX3"}]});
    let sample = json!({"opr_code": "0", "opr_time_ms": "140", "mk_id": "1600950", "count_code": "D26-3"});
    assert_like("7 credit note", &lab.call("v1/put_document", body).await, &sample);
    let body = json!({"doc_type": "sales_bill_credit_note", "doc_id": "1600950"});
    let sample = json!({"mk_id": "1600950", "doc_type": "sales_bill_credit_note", "opr_code": "0",
        "count_code": "D26-3", "doc_date": "2026-09-12+02:00", "partner": blocks.p1,
        "service_to_date": "2026-09-12+02:00", "duo_payment": "2026-09-12+02:00", "currency_code": "EUR",
        "product_list": [{"mk_id": "1600552", "code": "KNJIGA-1", "amount": "1", "price": "15.5", "tax": "EX3"}],
        "sum_basic": "15.5", "sum_tax_ex3": "1.47", "sum_all": "16.97"});
    assert_like("6", &lab.call("v1/get_document", body).await, &sample);
}

async fn group_14_refuses(lab: &Lab) {
    let order = |lines: Value| json!({"doc_type": "sales_order", "doc_date": "12.09.2026", "partner": pb(), "product_list": lines});
    let lines = json!([{"code": "X1", "amount": "1", "price": "5", "tax": "EX4"},
        {"code": "X2", "amount": "2", "price": "7", "tax": "EX4"}]);
    let sample = json!({"opr_code": "2", "opr_desc": "Product with code X2 not found - unit must be set to add new product",
        "opr_time_ms": "58", "partner": {"mk_id": "1600710"}, "product_not_found_list": lines});
    assert_like("14 products", &lab.call("v1/put_document", order(lines.clone())).await, &sample);

    let url = format!("{}/rest/eshop/v1/search", lab.simulator.url());
    let body = json!({"company_id": COMPANY, "secret_key": "wrong", "doc_type": "sales_order"});
    let answer: Value = lab.http.post(url).json(&body).send().await.unwrap().json().await.unwrap();
    let sample = json!({"opr_code": "3", "opr_desc": "Invalid value for secret_key and company_id", "opr_time_ms": "2"});
    assert_like("14 key", &answer, &sample);

    let quota = Some(Quota { calls: 0, per_ms: 1_000 });
    lab.simulator.set_settings(Settings { quota, ..Settings::default() }).unwrap();
    let sample = json!({"opr_code": "5", "opr_desc": "Quote exceeds", "opr_time_ms": "1"});
    assert_like("14 quota", &lab.search(json!({"doc_type": "sales_order"})).await, &sample);

    let unique_buyer_order = [(COMPANY.to_owned(), UniqueBuyerOrder::Orders)].into();
    lab.simulator.set_settings(Settings { unique_buyer_order, ..Settings::default() }).unwrap();
    let mut body = order(json!([{"code": "VIJAK-M6", "amount": "1", "price": "1.2", "tax": "EX4"}]));
    body["buyer_order"] = json!("APP-000123");
    let sample = json!({"opr_code": "6", "opr_code_app": "7", "opr_time_ms": "840",
        "opr_desc_app": "Documents with some buyer order already exist", "partner": {"mk_id": "1600710"},
        "duplicate_doc_list": [{"count_code": "PP-301", "mk_id": "400000701"}]});
    assert_like("14 buyer_order", &lab.call("v1/put_document", body).await, &sample);
    lab.simulator.set_settings(Settings::default()).unwrap();
}

async fn group_8_changes_orders(lab: &Lab) {
    let done = json!({"opr_code": "0", "opr_time_ms": "5210"});
    // A tracking code needs an invoice (§4.7).
    let invoice = json!({"doc_type": "sales_order", "mk_id": "400000701", "create_invoice": "true"});
    assert_like("8 invoice", &lab.call("v1/update_document", invoice).await, &done);
    let update = json!({"doc_type": "sales_order", "buyer_order": "APP-000123", "status_code": "shipped",
        "shipped_date": "2026-09-06+02:00", "tracking_code": "SI2001"});
    assert_like("8 update", &lab.call("v1/update_document", update).await, &done);
    let found = lab.call("v1/search_tracking_code", json!({"tracking_code": "SI2001"})).await;
    assert_eq!(found["mk_id"], "400000701");
    let status = json!({"doc_type": "sales_order", "status_code": "created", "mk_id_list": ["400000701", "400000702"]});
    assert_like("8 status", &lab.call("v1/change_document_status", status).await, &done);
    let delete = json!({"doc_type": "sales_order", "mk_id": "400000702"});
    assert_like("8 delete", &lab.call("v1/delete_document", delete).await, &done);
}

async fn group_13_changes_the_partner(lab: &Lab, blocks: &Blocks) {
    let row = json!({"mk_id": "1600713", "address_type": "Dobava", "street": "Polje 5", "post_number": "2000",
        "city": "Maribor", "country": "Slovenija"});
    let body = json!({"partner": {"mk_id": "1600710",
        "partner_contact_list": [{"mk_address_id": "1600713", "name": "Sklad", "gsm": "040333444"}],
        "partner_delivery_address_list": [row.clone()]}});
    let contact = json!({"mk_id": "1600714", "mk_address_id": "1600713", "contact_address": "Polje 5",
        "name": "Sklad", "gsm": "040333444"});
    let address = with(row, json!({"language": "Slovenski"}));
    let sample = listed_partner(blocks, &json!([blocks.c1, contact]), &json!([blocks.a1, address]));
    assert_like("13", &lab.call("v1/update_partner", body).await, &sample);
}
