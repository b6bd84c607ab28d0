//! Inserting documents (metakocka-api.md §4.2 to §4.4).

use crate::kit::{bill, get, known_partner, many, order, partner_data, put, service, stored, with};
use crate::support::{COMPANY, Lab, lab_of};
use metakocka_simulator::{Settings, UniqueBuyerOrder};
use serde_json::{Value, json};

async fn refusal(lab: &Lab, body: Value) -> (String, String) {
    let reply = put(lab, body).await;
    let text =
        reply.get("opr_desc").or(reply.get("opr_desc_app")).and_then(Value::as_str).unwrap_or_default();
    (reply["opr_code"].as_str().unwrap().to_owned(), text.to_owned())
}

#[tokio::test]
async fn what_a_document_lacks_or_has_wrong_is_refused_in_metakockas_words() {
    let lab = lab_of(20).await;
    let line = |more: Value| json!({"product_list": [with(service("1", "10"), &more)]});
    for (more, code, text) in [
        (json!({"doc_type": null}), "2", "Paramether 'doc_type' is required paramether"),
        (json!({"doc_type": "sales_thing"}), "2", "Unknown document type : sales_thing"),
        (json!({"doc_date": null}), "2", "Value is require for doc_date"),
        (json!({"doc_date": "2026-09-01"}), "6", "Not valid date for doc_date"),
        (json!({"partner": null}), "2", "Partner data are missing"),
        (json!({"product_list": null}), "2", "Paramether 'product_list' is required paramether"),
        (json!({"product_list": []}), "2", "Paramether 'product_list' is required paramether"),
        (json!({"partner": {"mk_id": "1"}}), "2", "No partner with such properties."),
        (json!({"mk_id": "1"}), "2", "Cannot find document type sales_order with id = 1"),
        (
            json!({"status_code": "nov"}),
            "2",
            "Paramether 'status_code' has invalid value : nov. Valid values : new_order,in_progress,created,shipped,cancelled",
        ),
        (json!({"profit_center": "XX"}), "6", "Profit center 'XX' doesn't exist."),
        (json!({"discount_value": "10%"}), "6", "Not valid number for discount_value"),
        (json!({"discount_value": "10.01"}), "6", "Not valid number for discount_value"),
        (
            json!({"commercialist_email": "a@b.example"}),
            "6",
            "Cannot find email 'a@b.example' for paramether commercialist_email",
        ),
        (
            line(json!({"discount": "10%"})),
            "2",
            "Paramether discount must be valid number or numbers separate by semicolon",
        ),
        (line(json!({"amount": "0"})), "2", "Paramether 'amount' is in wrong form"),
        (line(json!({"price": null})), "2", "Paramether 'price' is required paramether"),
        (line(json!({"price_with_tax": "12.2"})), "2", "Paramether 'price_with_tax' is in wrong form"),
        (line(json!({"tax": null})), "6", "Attribute 'tax' for product with code DOSTAVA must be set."),
        (line(json!({"tax": "EX9"})), "2", "Paramether 'tax' has invalid value : EX9"),
        (
            line(json!({"code": null, "mk_id": "1500501"})),
            "8",
            "Product with code null not found - unit must be set",
        ),
    ] {
        let (refused, said) = refusal(&lab, order(&lab, &more)).await;
        assert!(refused == code && said.starts_with(text), "{more}: {refused} {said}");
    }
    for (key, text) in [("duo_payment", "duo_payment"), ("service_to_date", "service_to_date")] {
        let (code, said) = refusal(&lab, bill(&lab, &json!({key: null}))).await;
        assert_eq!((code.as_str(), said), ("2", format!("Paramether '{text}' is required paramether")));
    }
}

#[tokio::test]
async fn a_refused_document_leaves_nothing_but_its_partner() {
    let lab = lab_of(20).await;
    let counts = || {
        let simulator = &lab.simulator;
        (
            simulator.documents(COMPANY).unwrap().len(),
            simulator.products(COMPANY).unwrap().len(),
            simulator.partners(COMPANY).unwrap().len(),
        )
    };
    let before = counts();
    let new = json!({"code": "NOV", "name": "Nov", "unit": "kos", "amount": "1", "price": "1", "tax": "EX4"});
    let unknown = json!({"code": "NEZNAN", "amount": "1", "price": "1", "tax": "EX4"});
    for more in [
        json!({"product_list": [new, unknown]}),
        json!({"product_list": [new], "mark_paid": [{"payment_type": "Zlato", "date": "01.09.2026"}]}),
        json!({"product_list": [new], "offer_list": {"count_code": "PON-0"}}),
    ] {
        assert_ne!(put(&lab, order(&lab, &more)).await["opr_code"], "0");
        assert_eq!(counts(), before);
    }
    let more = json!({"partner": partner_data(), "status_code": "nov"});
    let reply = put(&lab, order(&lab, &more)).await;
    assert_eq!(counts(), (before.0, before.1, before.2 + 1));
    assert!(reply["partner"]["mk_id"].is_string(), "{reply}");
    let early = put(&lab, order(&lab, &json!({"partner": partner_data(), "doc_date": "x"}))).await;
    assert_eq!(counts().2, before.2 + 1, "forms are checked before the partner is made: {early}");
}

#[tokio::test]
async fn header_fields_are_read_back_as_they_were_written() {
    let lab = lab_of(20).await;
    let offer = stored(&lab, order(&lab, &json!({"doc_type": "sales_offer"}))).await.unwrap();
    let sent = json!({"title": "Naslov", "notes": "Opomba", "notes_header": "Glava", "priority": "visoka",
        "pariteta": "EXW", "parcel_shop_id": "PS-1", "link_to_web_store": "Moja trgovina",
        "delivery_type": "GLS", "method_of_payment": "Po povzetju",
        "warehouse": "splet", "profit_center": "ST", "currency_code": "USD", "sales_pricelist_code": "VPC",
        "extra_column": [{"name": "barva", "value": "modra"}], "meta_data": [{"key": "k", "value_string": "v"}]});
    let dates = json!({"delivery_deadline": "2026-09-10+02:00", "finish_date": "11.09.2026", "duo_payment_days": "8",
        "order_create_ts": "2026-08-31T23:59:58+02:00", "offer_list": {"count_code": offer["count_code"]}});
    let made = stored(&lab, order(&lab, &with(sent.clone(), &dates))).await.unwrap();
    let read = get(&lab, "sales_order", &made["mk_id"]).await;
    for (key, value) in sent.as_object().unwrap() {
        assert_eq!(read[key], *value, "{key}");
    }
    let dates =
        ["delivery_deadline", "finish_date", "duo_payment", "order_create_ts"].map(|key| read[key].clone());
    let expected = ["2026-09-10+02:00", "2026-09-11+02:00", "2026-09-09+02:00", "2026-08-31T23:59:58+02:00"];
    assert_eq!(dates, expected.map(|date| json!(date)));
    assert_eq!(read["offer_list"]["count_code"], offer["count_code"], "one offer comes as an object");
    assert_eq!(
        (&read["profit_center_desc"], &read["eshop_name"]),
        (&json!("Spletna trgovina"), &json!("Moja trgovina"))
    );
}

#[tokio::test]
async fn a_gross_price_sent_with_its_rate_is_read_back_net() {
    let lab = lab_of(20).await;
    let line = |tax: Value| json!({"product_list": [with(json!({"code": "DOSTAVA", "amount": "1", "price_with_tax": "209"}), &tax)]});
    let read = async |tax: Value| {
        let made = stored(&lab, order(&lab, &line(tax))).await.unwrap();
        assert_eq!(made["total_price"], "209.00");
        get(&lab, "sales_order", &made["mk_id"]).await["product_list"][0].clone()
    };
    let by_factor = read(json!({"tax_factor": "0.22"})).await;
    assert_eq!((&by_factor["price"], &by_factor["tax"]), (&json!("171.31"), &json!("EX4")));
    assert!(by_factor.get("price_with_tax").is_none());
    assert_eq!(read(json!({"tax": "EX4"})).await["price_with_tax"], "209");
}

#[tokio::test]
async fn numbers_are_taken_with_a_comma_and_without_quotes() {
    let lab = lab_of(20).await;
    let line =
        json!({"code": "DOSTAVA", "amount": 2, "price": "19,99", "discount": "10;20", "tax_factor": 0.22});
    let made = stored(&lab, order(&lab, &json!({"product_list": line}))).await.unwrap();
    let read = get(&lab, "sales_order", &made["mk_id"]).await;
    let line = &read["product_list"][0];
    assert_eq!(
        (&line["price"], &line["discount"], &read["sum_basic"]),
        (&json!("19.99"), &json!("10;20"), &json!("28.79"))
    );
}

#[tokio::test]
async fn the_receiver_is_the_one_with_ids_the_buyer_or_a_new_partner() {
    let lab = lab_of(60).await;
    let partners = lab.simulator.partners(COMPANY).unwrap();
    let other = partners.iter().rfind(|partner| partner.business).unwrap();
    let receiver = async |receiver: Value| {
        let made = stored(&lab, order(&lab, &json!({"receiver": receiver}))).await.unwrap();
        get(&lab, "sales_order", &made["mk_id"]).await["receiver"]["mk_id"].clone()
    };
    let buyer = known_partner(&lab)["mk_id"].clone();
    let ids = json!({"mk_id": other.id, "mk_address_id": other.addresses[0].id});
    assert_eq!(receiver(ids).await, other.id.as_str());
    assert_eq!(receiver(json!({"mk_id": other.id})).await, buyer, "a partial one is the buyer");
    assert_eq!(receiver(json!({"customer": "Nekdo"})).await, buyer);
    let new = receiver(partner_data()).await;
    assert!(new != buyer && !partners.iter().any(|partner| new == partner.id.as_str()), "{new}");
}

#[tokio::test]
async fn a_bill_takes_a_number_from_the_series_that_is_asked_for() {
    let lab = lab_of(20).await;
    let in_series = json!({"count_code": "COUNT_CODE_SELECT#WEB-"});
    let numbers = [
        stored(&lab, bill(&lab, &in_series)).await.unwrap()["count_code"].clone(),
        stored(&lab, bill(&lab, &in_series)).await.unwrap()["count_code"].clone(),
    ];
    assert_eq!(numbers, ["WEB-1", "WEB-2"].map(|number| json!(number)));
}

#[tokio::test]
async fn an_invoice_is_shown_on_the_orders_it_names() {
    let lab = lab_of(20).await;
    let first = stored(&lab, order(&lab, &json!({"buyer_order": "N-1"}))).await.unwrap();
    let second = stored(&lab, order(&lab, &json!({}))).await.unwrap();
    let list = json!([{"buyer_order": "N-1"}, {"count_code": second["count_code"]}]);
    let invoice = stored(&lab, bill(&lab, &json!({"sales_order_list": list}))).await.unwrap();
    for made in [first, second] {
        let read = get(&lab, "sales_order", &made["mk_id"]).await;
        assert_eq!(read["doc_link_list"][0]["mk_id"], invoice["mk_id"]);
    }
    let unknown = bill(&lab, &json!({"sales_order_list": {"buyer_order": "N-2"}}));
    let reply = put(&lab, unknown).await;
    assert_eq!(
        (&reply["opr_code"], &reply["opr_desc"]),
        (&json!("6"), &json!("Cannot find sales order with buyer order 'N-2'"))
    );
}

#[tokio::test]
async fn an_order_can_make_its_invoice() {
    let lab = lab_of(60).await;
    let foreign =
        lab.simulator.partners(COMPANY).unwrap().into_iter().find(|partner| partner.foreign).unwrap();
    let partner = json!({"mk_id": foreign.id, "mk_address_id": foreign.addresses[0].id});
    for (more, doc_type) in
        [(json!({}), "sales_bill_domestic"), (json!({"partner": partner}), "sales_bill_foreign")]
    {
        let made = stored(&lab, order(&lab, &with(more, &json!({"create_invoice": "true"})))).await.unwrap();
        let invoice = get(&lab, doc_type, &made["attachment_list"][0]["bill_mk_id"]).await;
        assert_eq!((&invoice["sum_all"], invoice.get("publish_ts")), (&json!("12.2"), None));
        assert_eq!(invoice["profit_center"], "VP", "as on the order");
    }
}

#[tokio::test]
async fn a_known_order_number_is_refused_by_country_or_on_bills_too_as_the_company_wants() {
    let lab = lab_of(60).await;
    let set = |switch| {
        let unique_buyer_order = [("*".to_owned(), switch)].into();
        lab.simulator.set_settings(Settings { unique_buyer_order, ..Settings::default() }).unwrap();
    };
    let number = json!({"buyer_order": "ENO"});
    stored(&lab, order(&lab, &number)).await.unwrap();
    let foreign =
        lab.simulator.partners(COMPANY).unwrap().into_iter().find(|partner| partner.foreign).unwrap();
    let abroad = json!({"partner": {"mk_id": foreign.id, "mk_address_id": foreign.addresses[0].id}, "buyer_order": "ENO"});
    set(UniqueBuyerOrder::Orders);
    assert_eq!(put(&lab, order(&lab, &abroad)).await["opr_code_app"], "7");
    stored(&lab, bill(&lab, &number)).await.unwrap();
    set(UniqueBuyerOrder::OrdersAndBills);
    assert_eq!(put(&lab, bill(&lab, &number)).await["opr_code_app"], "7");
    set(UniqueBuyerOrder::OrdersByCountry);
    stored(&lab, order(&lab, &abroad)).await.unwrap();
    assert_eq!(put(&lab, order(&lab, &number)).await["opr_code_app"], "7");
}

#[tokio::test]
async fn limits_and_matching_are_settings() {
    let lab = lab_of(20).await;
    let settings = Settings {
        truncate_long_fields: true,
        match_partners_by_tax_number: true,
        max_lines: 1,
        max_body_bytes: 4_096,
        ..Settings::default()
    };
    lab.simulator.set_settings(settings).unwrap();
    let long = stored(&lab, order(&lab, &json!({"buyer_order": "x".repeat(40)}))).await.unwrap();
    assert_eq!(get(&lab, "sales_order", &long["mk_id"]).await["buyer_order"], "x".repeat(30).as_str());
    let new = async || {
        stored(&lab, order(&lab, &json!({"partner": partner_data()}))).await.unwrap()["partner"].clone()
    };
    assert_eq!(new().await, new().await);
    let two = json!({"product_list": [service("1", "1"), service("1", "1")]});
    assert_eq!(put(&lab, order(&lab, &two)).await["opr_code"], "6");
    let large = order(&lab, &json!({"notes": "x".repeat(5_000)}));
    assert_eq!(lab.request("v1/put_document", large).send().await.unwrap().status(), 413);
}

#[tokio::test]
async fn attachments_are_read_by_get_document_only_and_the_same_name_replaces() {
    let lab = lab_of(20).await;
    let files = json!([{"file_name": "a.pdf", "data_b64": "QQ=="}, {"file_name": "a.pdf", "source_url": "https://x.example/a"}]);
    let made =
        stored(&lab, order(&lab, &json!({"buyer_order": "PRIP", "attachment_list": files}))).await.unwrap();
    let body = json!({"doc_type": "sales_order", "doc_id": made["mk_id"], "show_attachments": "true"});
    assert_eq!(many(&lab.call("v1/get_document", body).await["attachment_list"]).len(), 1);
    let body = json!({"doc_type": "sales_order", "result_type": "doc", "show_attachments": "true",
        "query_advance": [{"type": "customer_order", "value": "PRIP"}]});
    assert!(lab.search(body).await["result"][0].get("attachment_list").is_none());
    let strange = json!({"attachment_list": {"file_name": "\"a\\b\".pdf", "data_b64": "QQ=="}});
    let made = stored(&lab, order(&lab, &strange)).await.unwrap();
    let body = json!({"doc_type": "sales_order", "doc_id": made["mk_id"], "show_attachments": "true"});
    let url = lab.call("v1/get_document", body).await["attachment_list"][0]["source_url"].clone();
    assert!(url.as_str().unwrap().ends_with("/\"a\\b\".pdf"), "{url}");
    let line = json!({"code": "NEZNAN", "we\"ird": "1", "amount": "1"});
    let refused = put(&lab, order(&lab, &json!({"product_list": [line]}))).await;
    assert_eq!(refused["product_not_found_list"], json!([{"code": "NEZNAN", "amount": "1"}]));
    let spoilt = json!({"attachment_list": {"file_name": "a.pdf", "data_b64": "no base64"}});
    assert_eq!(put(&lab, order(&lab, &spoilt)).await["opr_code"], "2");
    let nameless = json!({"attachment_list": [{"data_b64": "QQ=="}]});
    assert_eq!(put(&lab, order(&lab, &nameless)).await["opr_desc"], "file_name is required");
}

#[tokio::test]
async fn details_of_lines_are_read_with_their_flags() {
    let lab = lab_of(60).await;
    let products = lab.simulator.products(COMPANY).unwrap();
    let goods = products.iter().find(|product| !product.service).unwrap();
    let line = json!({"code": goods.code, "amount": "2", "price": "10", "tax": "EX4"});
    let extra = json!({"serial_number_value": "s1,s2", "microlocation": "A-1", "lot_number_value": "L",
        "expiration_date_value": "01.01.2027", "meta_data": [{"key": "k", "value_string": "v", "display_key": "K"}]});
    let made = stored(&lab, order(&lab, &json!({"product_list": [line]}))).await.unwrap();
    let list =
        json!({"sales_order_list": {"count_code": made["count_code"]}, "product_list": [with(line, &extra)]});
    let invoice = stored(&lab, bill(&lab, &list)).await.unwrap();
    let read = async |doc_type: &str, id: &Value, flag: &str| {
        let body = json!({"doc_type": doc_type, "doc_id": id, flag: "true"});
        lab.call("v1/get_document", body).await["product_list"][0].clone()
    };
    let plain = read("sales_bill_domestic", &invoice["mk_id"], "nothing").await;
    assert_eq!((&plain["microlocation"], plain.get("meta_data")), (&json!("A-1"), None));
    assert_eq!(plain["expiration_date_value"], "2027-01-01+02:00");
    let meta = read("sales_bill_domestic", &invoice["mk_id"], "show_product_metadata").await;
    assert_eq!(meta["meta_data"], json!([{"key": "k", "value_string": "v", "display_key": "K"}]));
    let id = &made["mk_id"];
    assert!(read("sales_order", id, "nothing").await.get("lot_number_value").is_none());
    let lots = read("sales_order", id, "read_product_serial_from_linked_invoice").await;
    assert_eq!((&lots["lot_number_value"], lots.get("serial_number_value")), (&json!("L"), None));
    for (flag, key) in [
        ("show_purchase_price_and_allo_cost", "price_purchase"),
        ("show_allocated_cost", "allocated_cost_list"),
        ("return_purchase_price", "purchase_price_list"),
    ] {
        assert!(read("sales_order", id, flag).await.get(key).is_some(), "{flag}");
        assert!(read("sales_order", id, "nothing").await.get(key).is_none(), "{key}");
    }
}
