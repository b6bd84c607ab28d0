//! Credit notes (metakocka-api.md §4.3).

use crate::kit::{bill, get, many, put, service, stored, with};
use crate::support::{Lab, lab_of};
use serde_json::{Value, json};

fn note(lab: &Lab, kind: &str, number: &Value, lines: &Value) -> Value {
    bill(
        lab,
        &json!({"doc_type": "sales_bill_credit_note", "credit_note_type": kind, "credit_note_bill": number,
        "product_list": lines}),
    )
}

#[tokio::test]
async fn a_credit_note_is_never_more_than_its_invoice() {
    let lab = lab_of(20).await;
    let made = stored(&lab, bill(&lab, &json!({"product_list": [service("3", "10")]}))).await.unwrap();
    let number = &made["count_code"];
    let half = note(&lab, "goods", number, &json!([service("2", "10")]));
    let first = stored(&lab, half.clone()).await.unwrap();
    assert_eq!(
        first.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["count_code", "mk_id", "opr_code", "opr_time_ms"]
    );
    assert_eq!(put(&lab, half.clone()).await["opr_code"], "6", "four of three would be credited");
    let read = get(&lab, "sales_bill_domestic", &made["mk_id"]).await;
    assert_eq!(read["sum_creditnote"], "24.4");
    let smaller =
        with(note(&lab, "goods", number, &json!([service("1", "10")])), &json!({"mk_id": first["mk_id"]}));
    stored(&lab, smaller).await.unwrap();
    assert_eq!(
        get(&lab, "sales_bill_domestic", &made["mk_id"]).await["sum_creditnote"],
        "12.2",
        "a replacement counts once"
    );
    stored(&lab, half).await.unwrap();
    let body = json!({"doc_type": "sales_bill_domestic", "doc_id": made["mk_id"], "return_credit_note_for_invoice": "true"});
    assert_eq!(many(&lab.call("v1/get_document", body).await["credit_note_list"]).len(), 2);
}

#[tokio::test]
async fn each_kind_of_credit_note_has_its_rules() {
    let lab = lab_of(20).await;
    let goods =
        lab.simulator.products(crate::support::COMPANY).unwrap().into_iter().find(|p| !p.service).unwrap();
    let line = |amount: &str| json!({"code": goods.code, "amount": amount, "price": "10", "tax": "EX4"});
    let made = stored(&lab, bill(&lab, &json!({"product_list": [line("2")]}))).await.unwrap();
    let number = &made["count_code"];
    for (body, code) in [
        (note(&lab, "gratis", number, &json!([line("1")])), "2"),
        (note(&lab, "goods", &json!(null), &json!([line("1")])), "2"),
        (note(&lab, "goods", &json!("R00-0"), &json!([line("1")])), "2"),
        (note(&lab, "goods", number, &json!([service("1", "1")])), "6"),
        (note(&lab, "goods", number, &json!([line("3")])), "6"),
        (note(&lab, "financial", number, &json!([line("1")])), "6"),
        (note(&lab, "financial", number, &json!([service("1", "5")])), "0"),
        (with(note(&lab, "standalone", number, &json!([line("9")])), &json!({"partner": null})), "2"),
        (note(&lab, "standalone", number, &json!([line("9")])), "0"),
    ] {
        let reply = put(&lab, body).await;
        assert_eq!(reply["opr_code"], code, "{reply}");
    }
}
