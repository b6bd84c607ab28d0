//! Metakocka's habits when it is read (`metakocka-api.md §8`), each by its number.

use metakocka::{
    Document, DocumentFlag, DocumentFlags, DocumentSearch, DocumentType, FilterName, LineContent, LinePrice,
    PartnerQuery, ProductQuery, Row,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::{Answer, Server};

/// A bill with one line, changed by a function.
fn bill(change: impl FnOnce(&mut Value)) -> Document {
    read_bill(change).unwrap()
}

fn read_bill(change: impl FnOnce(&mut Value)) -> Result<Document, (String, String)> {
    let mut bill = json!({
        "mk_id": "1600901", "doc_type": "sales_bill_domestic", "opr_code": "0", "count_code": "R26-55",
        "doc_date": "2026-09-05+02:00", "partner": { "mk_id": "1600710", "customer": "Kupec d.o.o." },
        "product_list": [{ "mk_id": "1600551", "code": "VIJAK-M6", "amount": "2", "price": "1.5", "tax": "EX4" }],
        "sum_basic": "3", "sum_tax_ex4": "0.66", "sum_all": "3.66",
    });
    change(&mut bill);
    Document::from_json(DocumentType::BillDomestic, &bill.to_string())
        .map_err(|unreadable| (unreadable.field, unreadable.sentence))
}

fn line(line: &Value) -> Document {
    bill(|bill| bill["product_list"] = line.clone())
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn q11_a_status_reads_as_label_and_code_and_may_be_missing() {
    let with = bill(|bill| {
        bill["status_code"] = json!("Novo naročilo");
        bill["status_desc"] = json!("new_order");
    });
    assert_eq!(with.status.label.as_deref(), Some("Novo naročilo"));
    assert_eq!(with.status.code.as_deref(), Some("new_order"));
    assert_eq!(bill(|_| {}).status.code, None);
}

#[test]
fn q12_the_offset_of_a_date_means_nothing() {
    for written in ["2026-12-31+02:00", "2026-12-31+01:00", "2026-12-31", "31.12.2026"] {
        let read = bill(|bill| bill["doc_date"] = json!(written));
        assert_eq!(read.date, jiff::civil::date(2026, 12, 31), "{written}");
    }
}

#[test]
fn q13_payments_are_slovenian_money_and_decimals_may_have_a_comma() {
    let paid = bill(|bill| bill["mark_paid"] = json!({ "amount": "5.985", "date": "06.09.2026" }));
    assert_eq!(paid.payments[0].amount, decimal("5985"));
    let comma = line(&json!({ "code": "A", "amount": "863,75", "price": "1,2" }));
    let LineContent::Priced(priced) = &comma.lines[0].content else { panic!("it has a price") };
    assert_eq!((priced.amount, priced.price), (decimal("863.75"), LinePrice::Net(decimal("1.2"))));
}

#[test]
fn q14_one_many_and_absent_are_all_lists() {
    let one = json!({ "code": "A", "amount": "1", "price": "1" });
    assert_eq!(line(&one).lines.len(), 1);
    assert_eq!(line(&json!([one, one])).lines.len(), 2);
    assert_eq!(line(&json!([])).lines.len(), 0);
    assert_eq!(line(&json!("")).lines.len(), 0);
    assert_eq!(line(&Value::Null).lines.len(), 0);
    assert_eq!(bill(|bill| drop(bill.as_object_mut().unwrap().remove("product_list"))).lines.len(), 0);
}

#[test]
fn q14_absent_empty_and_zero_are_the_same() {
    let absent = bill(|_| {});
    for nothing in [json!(""), json!("0"), Value::Null] {
        let said = bill(|bill| {
            bill["sum_paid"] = nothing.clone();
            bill["discount_value"] = nothing.clone();
            bill["product_list"][0]["discount"] = nothing.clone();
        });
        assert_eq!(said, absent, "{nothing}");
    }
    assert_eq!(bill(|bill| bill["notes"] = json!("")), absent);
}

#[test]
fn scalars_may_be_json_numbers_and_bools() {
    let plain = bill(|bill| {
        bill["mk_id"] = json!(1_600_901);
        bill["partner"]["taxpayer"] = json!(true);
        bill["product_list"][0]["amount"] = json!(2);
        bill["product_list"][0]["price"] = json!(1.5);
    });
    assert_eq!(plain, bill(|bill| bill["partner"]["taxpayer"] = json!("true")));
}

#[test]
fn q30_lines_may_have_no_product_and_partners_no_address() {
    let typed_in =
        line(&json!({ "name": "Montaža", "amount": "1", "price": "89.9", "discount": "15", "tax": "EX4" }));
    let LineContent::Priced(priced) = &typed_in.lines[0].content else { panic!("it has a price") };
    assert!(priced.product.is_none());
    let words = line(&json!([{ "doc_desc": "Hvala za naročilo" }, { "name_desc": "<p>Opis</p>" }]));
    assert!(words.lines.iter().all(|line| line.content == LineContent::Text));
    assert_eq!(words.lines[0].doc_desc.as_deref(), Some("Hvala za naročilo"));
    assert_eq!(words.partner.unwrap().address.street, None);
}

#[test]
fn a_line_may_have_both_prices_and_a_chain_of_discounts() {
    let both = line(
        &json!({ "code": "A", "amount": "1", "price": "200", "price_with_tax": "299", "discount": "10;20" }),
    );
    let LineContent::Priced(priced) = &both.lines[0].content else { panic!("it has a price") };
    assert_eq!(priced.price, LinePrice::Both { net: decimal("200"), gross: decimal("299") });
    assert_eq!(priced.discount.percents(), [decimal("10"), decimal("20")]);
}

#[test]
fn q26_a_bill_without_publish_ts_is_not_issued() {
    assert!(bill(|_| {}).published_at.is_none());
    assert!(bill(|bill| bill["publish_ts"] = json!("2026-09-05T09:12:00+02:00")).published_at.is_some());
}

#[test]
fn unknown_fields_are_kept_and_what_is_about_the_call_is_not() {
    let known = bill(|bill| {
        bill["opr_time_ms"] = json!("12");
        bill["nekaj_novega"] = json!({ "a": ["1"] });
        bill["product_list"][0]["microlocation"] = json!("A1");
    });
    assert_eq!(known.other.len(), 1);
    assert_eq!(known.other["nekaj_novega"], json!({ "a": ["1"] }));
    assert_eq!(known.lines[0].other["microlocation"], "A1");
}

#[test]
fn what_cannot_be_read_names_its_field_and_says_why() {
    for (pointer, value, field, sentence) in [
        ("/doc_date", json!("31.02.2026"), "doc_date", "“31.02.2026” is not a day of the calendar"),
        ("/doc_date", json!(""), "doc_date", "the date is missing"),
        ("/mk_id", json!("abc"), "mk_id", "“abc” is not an id made of digits"),
        (
            "/doc_type",
            json!("purchase_order"),
            "doc_type",
            "“purchase_order” is not a type of sales document",
        ),
        ("/sum_all", json!("1.2.3"), "sum_all", "“1.2.3” is not a number"),
        ("/product_list/0/amount", json!("dva"), "product_list[0].amount", "“dva” is not a number"),
        ("/product_list/0/amount", json!(["2"]), "product_list[0].amount", "this should be a single value"),
        ("/product_list", json!(["x"]), "product_list[0]", "this should be a record with fields"),
        ("/partner", json!("Kupec"), "partner", "this should be a record with fields"),
        ("/opr_code", json!("2"), "opr_code", "Metakocka answered 2 for this record: "),
    ] {
        let refused = read_bill(|bill| *bill.pointer_mut(pointer).unwrap() = value).unwrap_err();
        assert_eq!(refused, (field.to_owned(), sentence.to_owned()));
    }
}

#[test]
fn what_is_no_json_at_all_is_unreadable_as_well() {
    let unreadable = Document::from_json(DocumentType::Order, "{\"mk_id\":").unwrap_err();
    assert_eq!(unreadable.sentence, "this is not valid JSON");
}

fn order_rows() -> Vec<Value> {
    let order = |id: u32| json!({ "mk_id": id.to_string(), "doc_type": "sales_order", "count_code": format!("PP-{id}"), "doc_date": "2026-09-03+02:00" });
    vec![order(1), order(2), order(3)]
}

#[tokio::test]
async fn one_bad_record_does_not_cost_the_page() {
    let mut rows = order_rows();
    rows[1]["doc_date"] = json!("31.02.2026");
    let reply = json!({ "opr_code": "0", "result_all_records": "3", "result_count": "3", "result": rows });
    let client = Server::always(Answer::json(reply.to_string())).await.client();
    let search = DocumentSearch::all(DocumentType::Order);
    let page = client.search_documents(&search, &DocumentFlags::none()).await.unwrap();
    assert_eq!((page.rows.len(), page.next_offset()), (3, None));
    assert!(page.rows[0].read().is_some() && page.rows[2].read().is_some());
    let Row::Unreadable(unreadable) = &page.rows[1] else { panic!("there is no 31 February") };
    assert_eq!(unreadable.mk_id.as_ref().unwrap().as_str(), "2");
    assert_eq!((unreadable.number.as_deref(), unreadable.field.as_str()), (Some("PP-2"), "doc_date"));
    assert_eq!(serde_json::from_str::<Value>(unreadable.raw.as_str()).unwrap(), rows[1]);
}

#[tokio::test]
async fn the_raw_json_of_a_row_is_as_it_was_received() {
    let row = r#"{ "mk_id" : "1",  "doc_date":"2026-09-03+02:00", "title":"\u010dr\/ta", "x":1.50 }"#;
    let reply = format!(r#"{{"opr_code":"0","result_all_records":"1","result":[ {row} ]}}"#);
    let client = Server::always(Answer::json(reply)).await.client();
    let search = DocumentSearch::all(DocumentType::Order);
    let page = client.search_documents(&search, &DocumentFlags::none()).await.unwrap();
    assert_eq!(page.rows[0].raw().as_str(), row);
    assert_eq!(page.rows[0].read().unwrap().value.title.as_deref(), Some("čr/ta"));
}

#[tokio::test]
async fn q15_an_empty_result_may_have_no_list() {
    let client =
        Server::always(Answer::json(r#"{"opr_code":"0","result_all_records":"0","result_count":"0"}"#))
            .await
            .client();
    let page = client.search_short(&DocumentSearch::all(DocumentType::Offer)).await.unwrap();
    assert_eq!((page.total, page.rows.len(), page.next_offset()), (Some(0), 0, None));
}

#[tokio::test]
async fn q1_partners_come_without_a_code_and_a_single_one_as_object() {
    let reply = r#"{"partner_list_count":"1","partner_list":{"mk_id":"7","customer":"Ana"}}"#;
    let client = Server::always(Answer::json(reply)).await.client();
    let rows = client.get_partner(&PartnerQuery::Email("ana@kupec.example".to_owned())).await.unwrap();
    assert_eq!(rows[0].read().unwrap().value.name.as_deref(), Some("Ana"));
}

#[tokio::test]
async fn a_single_product_comes_as_object_and_its_page_is_the_last() {
    let reply = r#"{"opr_code":"0","sales":"true","product_list_count":"1","product_list":{"mk_id":"7","code":"A","unit_factor":"10,52"}}"#;
    let client = Server::always(Answer::json(reply)).await.client();
    let page = client.product_page(&ProductQuery::default()).await.unwrap();
    assert_eq!(page.next_offset(), None);
    assert_eq!(page.rows[0].read().unwrap().value.unit_factor, Some(decimal("10.52")));
}

#[tokio::test]
async fn filter_discovery_is_a_bare_map() {
    let reply = json!({
        "sales_order": [{ "type": "last_change_from", "label": "Sprememba", "value_desc": "2020-09-25T10:00:00+02:00" }],
        "sales_bill_domestic": { "type": "payment_status", "label": "Plačano" },
    });
    let server = Server::always(Answer::json(reply.to_string())).await;
    let catalogue = server.client().filter_discovery(None).await.unwrap();
    assert_eq!(server.only_question(), json!({}));
    assert!(catalogue.offers(DocumentType::Order, FilterName::LastChangeFrom));
    assert!(catalogue.offers(DocumentType::BillDomestic, FilterName::PaymentStatus));
    assert!(!catalogue.offers(DocumentType::Offer, FilterName::DocDateFrom));
    assert_eq!(catalogue.iter().count(), 2);
    let silent = Server::always(Answer::json(r#"{"opr_code":"0"}"#)).await.client();
    assert_eq!(silent.filter_discovery(None).await.unwrap_err().kind(), "unexpected_reply");
}

#[tokio::test]
async fn warehouses_are_listed() {
    let reply = r#"{"opr_code":"0","offset":"0","limit":"1000","warehouse_list_count":"2","warehouse_list":[{"mk_id":"1","mark":"glavno","name":"Glavno","active":"true","main_warehouse":"true","post":"1000"},{"mk_id":"2","mark":"staro","active":"false"}]}"#;
    let server = Server::always(Answer::json(reply)).await;
    let rows = server.client().warehouses().await.unwrap();
    assert_eq!(server.questions()[0].path, "/rest/eshop/v1/json/warehouse_list");
    let first = &rows[0].read().unwrap().value;
    assert_eq!(
        (first.mark.as_deref(), first.is_main, first.active),
        (Some("glavno"), Some(true), Some(true))
    );
    assert_eq!(first.other["post"], "1000");
}

#[tokio::test]
async fn usual_flags_are_sent_once_each() {
    let server = Server::always(Answer::json(r#"{"opr_code":"0","result_all_records":"0"}"#)).await;
    let flags = DocumentFlags::usual(DocumentType::BillRetail).with(DocumentFlag::TaxFactor);
    server.client().search_documents(&DocumentSearch::all(DocumentType::BillRetail), &flags).await.unwrap();
    let question = server.only_question();
    for flag in ["show_product_detail", "show_tax_factor", "show_payment_detail", "show_last_payment_date"] {
        assert_eq!(question[flag], "true");
    }
    assert!(server.questions()[0].head.contains("content-type: application/json"));
}
