//! Payments (metakocka-api.md §4.6).

use crate::kit::{bill, get, is_nothing, many, order, put, stored, with};
use crate::support::{Lab, lab_of};
use metakocka_simulator::Settings;
use serde_json::{Value, json};

async fn pay(lab: &Lab, more: Value) -> Value {
    let base = json!({"doc_type": "sales_order", "payment_mode": "payment", "payment_type": "Transakcijski račun",
        "date": "2026-09-01", "price": "5.10"});
    lab.call("v1/put_transaction", with(base, &more)).await
}

#[tokio::test]
async fn a_repeated_transaction_is_a_second_payment_and_a_return_takes_back() {
    let lab = lab_of(20).await;
    let made = stored(&lab, order(&lab, &json!({"buyer_order": "PLAČAJ"}))).await.unwrap();
    let once = pay(&lab, json!({"buyer_order": "PLAČAJ"})).await;
    assert_eq!(once.as_object().unwrap().keys().collect::<Vec<_>>(), ["opr_code", "opr_time_ms"]);
    pay(&lab, json!({"mk_id": made["mk_id"], "date": "2026-09-02"})).await;
    pay(
        &lab,
        json!({"count_code": made["count_code"], "payment_mode": "return", "price": "1", "notes": "Preveč"}),
    )
    .await;
    let body = json!({"doc_type": "sales_order", "doc_id": made["mk_id"], "show_payment_detail": "true"});
    let read = lab.call("v1/get_document", body).await;
    assert_eq!(read["sum_paid"], "9.2");
    let amounts: Vec<Value> = many(&read["mark_paid"]).iter().map(|row| row["amount"].clone()).collect();
    assert_eq!(amounts, ["5,10", "5,10", "-1"]);
    assert_eq!(
        (&read["mark_paid"][2]["payment_tip"], &read["mark_paid"][2]["notes"]),
        (&json!("Vračilo"), &json!("Preveč"))
    );
}

#[tokio::test]
async fn a_transaction_names_one_document_one_known_type_and_a_positive_price() {
    let lab = lab_of(20).await;
    let made = stored(&lab, order(&lab, &json!({}))).await.unwrap();
    let id = &made["mk_id"];
    for (more, code) in [
        (json!({}), "2"),
        (json!({"mk_id": id, "count_code": made["count_code"]}), "2"),
        (json!({"mk_id": "1"}), "2"),
        (json!({"mk_id": id, "payment_type": "Zlato"}), "2"),
        (json!({"mk_id": id, "payment_mode": "gift"}), "2"),
        (json!({"mk_id": id, "price": "0"}), "2"),
        (json!({"mk_id": id, "price": "-5"}), "2"),
        (json!({"mk_id": id, "date": "2026-09-01Z"}), "6"),
        (json!({"mk_id": id, "date": "02.09.2026"}), "6"),
        (json!({"mk_id": id, "date": "2026-09-02+02:00"}), "6"),
        (json!({"mk_id": id, "notes": "x".repeat(101)}), "2"),
        (json!({"mk_id": id, "doc_type": "sales_bill_credit_note"}), "2"),
        (json!({"mk_id": id, "doc_type": "purchase_bill_domestic"}), "2"),
        (json!({"buyer_order": "X", "doc_type": "bill"}), "2"),
    ] {
        let reply = pay(&lab, more.clone()).await;
        assert_eq!(reply["opr_code"], code, "{more}: {reply}");
    }
    assert!(is_nothing(&get(&lab, "sales_order", id).await["sum_paid"]));
    let invoice = stored(&lab, bill(&lab, &json!({}))).await.unwrap();
    let paid = pay(
        &lab,
        json!({"doc_type": "bill", "mk_id": invoice["mk_id"], "payment_type": "Gotovina", "price": "12.20"}),
    )
    .await;
    assert_eq!(paid["opr_code"], "0", "the only cash register is taken: {paid}");
    assert_eq!(
        get(&lab, "sales_bill_domestic", &invoice["mk_id"]).await["sum_full_paid_when"],
        "2026-09-01+02:00"
    );
}

#[tokio::test]
async fn marked_payments_replace_earlier_ones_and_one_without_amount_pays_the_rest() {
    let lab = lab_of(20).await;
    let mark = |rows: Value| json!({"mark_paid": rows});
    let row =
        |amount: Value| with(json!({"payment_type": "Transakcijski račun", "date": "01.09.2026"}), &amount);
    let made =
        stored(&lab, order(&lab, &mark(json!([row(json!({"amount": "2"})), row(json!({"amount": "3"}))]))))
            .await
            .unwrap();
    let paid = async || get(&lab, "sales_order", &made["mk_id"]).await["sum_paid"].clone();
    assert_eq!(paid().await, "5");
    let again = |rows: Value| order(&lab, &with(mark(rows), &json!({"mk_id": made["mk_id"]})));
    stored(&lab, again(row(json!({})))).await.unwrap();
    assert_eq!(paid().await, "12.2");
    let cash = |more: Value| {
        json!([with(json!({"payment_type": "Gotovina", "date": "01.09.2026", "amount": "1"}), &more)])
    };
    assert_eq!(put(&lab, again(cash(json!({})))).await["opr_code"], "6", "cash needs its register");
    assert_eq!(put(&lab, again(cash(json!({"cashRegister": "Blagajna 9"})))).await["opr_code"], "6");
    stored(&lab, again(cash(json!({"cashRegister": "Blagajna 1"})))).await.unwrap();
    assert_eq!(paid().await, "1");
}

#[tokio::test]
async fn a_payment_moves_the_last_change_unless_the_settings_say_that_it_does_not() {
    let lab = lab_of(20).await;
    let made = stored(&lab, order(&lab, &json!({}))).await.unwrap();
    let changed = async |time: &str| {
        lab.simulator.clock().set(Some(format!("2026-09-01T{time}:00Z").parse().unwrap()));
        pay(&lab, json!({"mk_id": made["mk_id"], "price": "1"})).await;
        let document = lab.simulator.document(
            "16",
            metakocka_simulator::DocType::SalesOrder,
            made["mk_id"].as_str().unwrap(),
        );
        document.unwrap().last_change.to_string()
    };
    assert_eq!(changed("10:00").await, "2026-09-01T10:00:00Z");
    lab.simulator.set_settings(Settings { payments_bump_last_change: false, ..Settings::default() }).unwrap();
    assert_eq!(changed("11:00").await, "2026-09-01T10:00:00Z");
}

#[tokio::test]
async fn a_transaction_takes_the_dates_of_other_calls_where_the_setting_says_so() {
    let lab = lab_of(20).await;
    let made = stored(&lab, order(&lab, &json!({}))).await.unwrap();
    let settings = Settings { lenient_transaction_dates: true, ..Settings::default() };
    lab.simulator.set_settings(settings).unwrap();
    for day in ["02.09.2026", "2026-09-02+02:00", "2026-09-02"] {
        let reply = pay(&lab, json!({"mk_id": made["mk_id"], "date": day})).await;
        assert_eq!(reply["opr_code"], "0", "{day}: {reply}");
    }
}
