//! Paging and filters of `search` (metakocka-api.md §5).

use crate::support::{ids, lab, lab_of, object, rows};
use metakocka_simulator::{CompanySpec, Settings};
use serde_json::json;

#[tokio::test]
async fn the_short_form_has_number_and_code_and_the_label_on_request() {
    let lab = lab().await;
    let page = lab.search(json!({"doc_type": "sales_order", "limit": "50"})).await;
    for row in rows(&page) {
        let keys: Vec<&String> = object(&row).keys().collect();
        assert_eq!(keys, ["count_code", "mk_id", "opr_code"]);
    }
    let page =
        lab.search(json!({"doc_type": "sales_order", "limit": "50", "show_status_code": "true"})).await;
    let labels: Vec<_> = rows(&page).iter().filter_map(|r| r.get("status_code").cloned()).collect();
    assert!(!labels.is_empty() && labels.len() < rows(&page).len(), "some orders have no status");
    assert!(labels.iter().all(|label| label != "new_order"), "labels, not codes");
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_and_an_empty_one_has_no_result() {
    let lab = lab().await;
    let mut seen = Vec::new();
    loop {
        let page = lab.search(json!({"doc_type": "sales_order", "limit": "7", "offset": seen.len()})).await;
        assert_eq!(page["result_all_records"], "90");
        if page.get("result").is_none() {
            assert_eq!(page["result_count"], "90");
            break;
        }
        seen.extend(ids(&page));
    }
    assert_eq!(seen.len(), 90);
    assert!(seen.is_sorted());
}

#[tokio::test]
async fn the_direction_works_for_orders_and_is_ignored_elsewhere() {
    let lab = lab().await;
    let order = lab.search(json!({"doc_type": "sales_order", "limit": "9", "order_direction": "desc"})).await;
    assert!(ids(&order).iter().rev().is_sorted() && ids(&order).len() == 9);
    let rising = async |direction: &str| {
        let offer = json!({"doc_type": "sales_offer", "limit": "9", "order_direction": direction});
        let ids = ids(&lab.search(offer).await);
        assert!(ids.len() == 9 && (ids.is_sorted() || ids.iter().rev().is_sorted()), "{ids:?}");
        ids.is_sorted()
    };
    let set = |settings: Settings| lab.simulator.set_settings(settings).unwrap();
    assert_eq!((rising("asc").await, rising("desc").await, rising("").await), (false, false, false));
    set(Settings { descending_elsewhere: false, ..Settings::default() });
    assert_eq!((rising("asc").await, rising("desc").await, rising("").await), (true, true, true));
    set(Settings { order_direction_everywhere: true, ..Settings::default() });
    assert_eq!((rising("asc").await, rising("desc").await, rising("").await), (true, false, false));
}

#[tokio::test]
async fn a_limit_above_100_is_refused() {
    let lab = lab().await;
    let page = lab.search(json!({"doc_type": "sales_order", "limit": "101"})).await;
    assert_eq!(page["opr_code"], "2");
    assert_eq!(page["opr_desc"], "Paramether 'limit' is in wrong form");
}

#[tokio::test]
async fn a_short_page_of_bills_echoes_its_rows_as_limit() {
    let lab = lab().await;
    let page = lab.search(json!({"doc_type": "sales_bill_prepaid", "limit": "100"})).await;
    assert_eq!(page["limit"], "6");
}

#[tokio::test]
async fn the_count_of_a_page_is_the_total_unless_the_settings_say_that_it_is_not() {
    let lab = lab().await;
    let counted = async || {
        let page = lab.search(json!({"doc_type": "sales_order", "limit": "3"})).await;
        assert_eq!(rows(&page).len(), 3);
        page["result_count"].as_str().unwrap().to_owned()
    };
    assert_eq!(counted().await, "90");
    lab.simulator.set_settings(Settings { result_count_is_total: false, ..Settings::default() }).unwrap();
    assert_eq!(counted().await, "3");
}

#[tokio::test]
async fn unknown_types_and_missing_ones_are_code_2() {
    let lab = lab().await;
    let unknown = lab.search(json!({"doc_type": "sales_bills"})).await;
    assert_eq!(unknown["opr_desc"], "Unknown document type : sales_bills");
    let missing = lab.search(json!({})).await;
    assert_eq!(missing["opr_desc"], "Paramether 'doc_type' is required paramether");
    assert_eq!((&unknown["opr_code"], &missing["opr_code"]), (&json!("2"), &json!("2")));
}

#[tokio::test]
async fn an_unsupported_filter_is_refused_and_never_ignored() {
    let lab = lab().await;
    for (doc_type, filter) in [
        ("sales_offer", "doc_date_from"),
        ("sales_offer", "last_change_from"),
        ("sales_bill_domestic", "last_change_from"),
        ("sales_bill_domestic", "status_list"),
        ("sales_bill_credit_note", "customer_order"),
        ("sales_order", "payment_status"),
        ("purchase_product", "doc_date_from"),
        ("sales_order", "buyer_order"),
    ] {
        let page = lab.filtered(doc_type, filter, "01.01.2026").await;
        assert_eq!(page["opr_code"], "1", "{doc_type} {filter}");
        let text = format!("Internet error - cannot get beQueryParam for : {filter}");
        assert_eq!(page["opr_desc"], text.as_str());
    }
}

#[tokio::test]
async fn discovery_tells_the_filters_and_settings_change_both() {
    let lab = lab().await;
    let map = lab.call("v1/search_query_advance_discovery", json!({})).await;
    assert!(map.get("opr_code").is_none());
    assert_eq!(object(&map).len(), 8);
    let types = |map: &serde_json::Value, doc_type: &str| -> Vec<String> {
        map[doc_type].as_array().unwrap().iter().map(|f| f["type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(types(&map, "sales_offer"), ["partner_mk_id"]);
    assert!(types(&map, "sales_order").contains(&"last_change_from".to_owned()));
    let mut settings = Settings::default();
    let filters = vec!["doc_date_from".to_owned(), "last_change_from".to_owned()];
    settings.filters.insert("sales_offer".to_owned(), filters.clone());
    lab.simulator.set_settings(settings).unwrap();
    let map = lab.call("v1/search_query_advance_discovery", json!({"doc_type": "sales_offer"})).await;
    assert_eq!((types(&map, "sales_offer"), object(&map).len()), (filters, 1));
    assert_eq!(lab.filtered("sales_offer", "doc_date_from", "01.01.2026").await["opr_code"], "0");
    assert_eq!(lab.filtered("sales_offer", "partner_mk_id", "1").await["opr_code"], "1");
}

#[tokio::test]
async fn date_filters_are_inclusive_and_refuse_other_offsets() {
    let lab = lab().await;
    let all = lab.all("sales_bill_domestic", json!({})).await;
    let day = all[20]["doc_date"].as_str().unwrap()[..10].to_owned();
    let expected = all.iter().filter(|d| d["doc_date"].as_str().unwrap()[..10] >= *day).count();
    let dotted = format!("{}.{}.{}", &day[8..], &day[5..7], &day[..4]);
    for value in [dotted, format!("{day}+02:00")] {
        let page = lab.filtered("sales_bill_domestic", "doc_date_from", &value).await;
        assert_eq!(rows(&page).len(), expected, "{value}");
    }
    let refused = lab.filtered("sales_bill_domestic", "doc_date_from", &day).await;
    let text = format!("Not valid date for doc_date_from : {day}");
    assert_eq!((refused["opr_desc_app"].as_str(), refused.get("opr_desc")), (Some(text.as_str()), None));
    for value in [day.clone(), format!("{day}+01:00"), format!("{day}Z")] {
        assert_eq!(
            lab.filtered("sales_bill_domestic", "doc_date_from", &value).await["opr_code"],
            "6",
            "{value}"
        );
    }
}

#[tokio::test]
async fn last_change_is_compared_as_ljubljana_wall_time_with_inclusive_bounds() {
    let lab = lab().await;
    // 12:00 UTC in January is 13:00 in Ljubljana, written with +02:00 all the same.
    lab.simulator.clock().set(Some("2027-01-15T12:00:00Z".parse().unwrap()));
    let first = lab.all("sales_order", json!({})).await[0].clone();
    let edit =
        json!({"kind": "document", "docType": "sales_order", "id": first["mk_id"], "set": {"title": "nov"}});
    lab.post("edit", edit).await;
    for (value, found) in
        [("2027-01-15T13:00:00+02:00", 1), ("2027-01-15T13:00:01+02:00", 0), ("2027-01-15T12:59:59+02:00", 1)]
    {
        let page = lab.filtered("sales_order", "last_change_from", value).await;
        assert_eq!(rows(&page).len(), found, "{value}");
    }
    assert_eq!(
        lab.filtered("sales_order", "last_change_from", "2027-01-15T13:00:00+01:00").await["opr_code"],
        "6"
    );
    let to = lab.filtered("sales_order", "last_change_to", "2027-01-15T13:00:00+02:00").await;
    assert_eq!(to["result_all_records"], "90");
}

#[tokio::test]
async fn filters_of_orders_select_what_they_name() {
    let lab = lab().await;
    let all = lab.all("sales_order", json!({})).await;
    let with_status = all.iter().find(|d| d.get("status_desc").is_some()).unwrap();
    let web = all.iter().find(|d| d.get("eshop_name").is_some()).unwrap();
    let line = all
        .iter()
        .find_map(|d| d["product_list"][0].get("code").map(|c| (c, &d["product_list"][0]["mk_id"])));
    let (code, product) = line.unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let checks = [
        ("status_list", text(&with_status["status_desc"])),
        ("customer_order", text(&web["buyer_order"])),
        ("partner_mk_id", text(&web["partner"]["mk_id"])),
        ("partner_country", "Hrvaška".to_owned()),
        ("partner_recipient_email", text(&web["partner"]["partner_contact"]["email"])),
        ("partner_recipient_name", text(&web["partner"]["customer"])),
        ("delivery_type", "gls".to_owned()),
        ("profit_center", "Spletna trgovina".to_owned()),
        ("product_code_list", text(code)),
        ("product_id_list", text(product)),
    ];
    for (filter, value) in checks {
        let found = rows(&lab.filtered("sales_order", filter, &value).await).len();
        assert!(found > 0 && found < all.len(), "{filter} {value}: {found}");
    }
    let by_label =
        lab.filtered("sales_order", "status_list", with_status["status_code"].as_str().unwrap()).await;
    assert!(by_label.get("result").is_none(), "the filter takes the code, not the label");
}

#[tokio::test]
async fn a_profit_centre_is_named_by_its_description_or_by_its_code_and_never_by_both() {
    let lab = lab().await;
    let found = async |value: &str| rows(&lab.filtered("sales_order", "profit_center", value).await).len();
    let by_label = (found("Spletna trgovina").await, found("ST").await);
    lab.simulator.set_settings(Settings { profit_center_by_code: true, ..Settings::default() }).unwrap();
    let by_code = (found("Spletna trgovina").await, found("ST").await);
    assert!(by_label.0 > 0 && by_label == (by_code.1, by_code.0), "{by_label:?} {by_code:?}");
}

#[tokio::test]
async fn products_are_named_by_id_or_by_code_and_not_by_both() {
    let lab = lab().await;
    let filters =
        json!([{"type": "product_id_list", "value": "1"}, {"type": "product_code_list", "value": "DOSTAVA"}]);
    let page = lab.search(json!({"doc_type": "sales_order", "query_advance": filters})).await;
    assert_eq!(page["opr_code"], "2", "{page}");
}

#[tokio::test]
async fn status_change_needs_its_three_parts() {
    let lab = lab().await;
    let part = |kind: &str, value: &str| json!({"type": kind, "value": value});
    let from = part("status_change_from", "2025-01-01T00:00:00+02:00");
    let to = part("status_change_to", "2026-12-01T00:00:00+02:00");
    let list = part("status_change_list", "shipped,cancelled");
    let search = async |filters: serde_json::Value| {
        lab.search(json!({"doc_type": "sales_order", "limit": "100", "query_advance": filters})).await
    };
    assert_eq!(search(json!([from, to])).await["opr_code"], "2");
    let found = rows(&search(json!([from, to, list])).await).len();
    assert!(found > 0 && found < 90, "{found}");
}

#[tokio::test]
async fn filters_of_bills_select_what_they_name_and_are_anded() {
    let lab = lab().await;
    let all = lab.all("sales_bill_domestic", json!({})).await;
    let unpaid = rows(&lab.filtered("sales_bill_domestic", "payment_status", "false").await);
    let paid = rows(&lab.filtered("sales_bill_domestic", "payment_status", "true").await);
    assert_eq!(unpaid.len() + paid.len(), all.len());
    assert!(paid.iter().all(|d| d.get("sum_full_paid_when").is_some()));
    assert!(unpaid.iter().all(|d| d.get("sum_full_paid_when").is_none()));
    let partner = unpaid[0]["partner"].clone();
    for (filter, value) in
        [("partner_tax_num", &partner["tax_id_number"]), ("partner_code", &partner["count_code"])]
    {
        let found = rows(&lab.filtered("sales_bill_domestic", filter, value.as_str().unwrap()).await);
        assert!(
            !found.is_empty() && found.iter().all(|d| d["partner"]["mk_id"] == partner["mk_id"]),
            "{filter}"
        );
    }
    let both = json!({"doc_type": "sales_bill_domestic", "limit": 100, "query_advance": [
        {"type": "payment_status", "value": "false"}, {"type": "partner_mk_id", "value": partner["mk_id"]}]});
    let found = rows(&lab.search(both).await).len();
    assert!(found > 0 && found < unpaid.len());
    assert_eq!(rows(&lab.filtered("sales_bill_domestic", "status_id_list", "-2").await).len(), all.len());
}

#[tokio::test]
async fn the_free_text_is_fuzzy() {
    let lab = lab().await;
    let all = lab.all("sales_order", json!({})).await;
    let number = all[30]["count_code"].as_str().unwrap().to_lowercase();
    let page = lab.search(json!({"doc_type": "sales_order", "query": number, "limit": 100})).await;
    assert!(rows(&page).iter().any(|row| row["mk_id"] == all[30]["mk_id"]));
}

#[tokio::test]
async fn ids_of_two_types_may_collide() {
    let lab = lab().await;
    let spec = CompanySpec { colliding_ids: true, ..CompanySpec::new("16", crate::support::KEY, 7, 200) };
    lab.simulator.add_company(spec).unwrap();
    let orders = ids(&lab.search(json!({"doc_type": "sales_order", "limit": 100})).await);
    let bills = ids(&lab.search(json!({"doc_type": "sales_bill_domestic", "limit": 100})).await);
    assert!(bills.iter().all(|id| orders.contains(id)));
}

#[tokio::test]
async fn new_documents_append_at_the_ascending_end() {
    let lab = lab_of(60).await;
    let before = ids(&lab.search(json!({"doc_type": "sales_order", "limit": 100})).await);
    let copy = json!({"kind": "document", "docType": "sales_order", "copyOf": before[3].to_string()});
    let made = lab.post("create", copy).await;
    let after = ids(&lab.search(json!({"doc_type": "sales_order", "limit": 100})).await);
    assert_eq!(after[..before.len()], before);
    assert_eq!(after.last().unwrap().to_string(), made["id"].as_str().unwrap());
}

#[tokio::test]
async fn types_that_the_company_has_none_of_are_searched_with_their_filters() {
    let lab = lab().await;
    let found = async |doc_type: &str, filter: &str| {
        let body = json!({"doc_type": doc_type, "query_advance": [{"type": filter, "value": "01.01.2026"}]});
        lab.search(body).await
    };
    for (doc_type, filter, code) in [
        ("warehouse_packing_list", "doc_date_from", "0"),
        ("warehouse_packing_list", "write_off", "0"),
        ("warehouse_delivery_note", "write_off", "1"),
        ("purchase_bill_domestic", "payment_status", "0"),
        ("purchase_order", "doc_date_from", "1"),
        ("complaint", "doc_date_from", "1"),
        ("complaint", "last_change_from", "6"),
        ("sales_thing", "doc_date_from", "2"),
    ] {
        let page = found(doc_type, filter).await;
        assert_eq!(page["opr_code"], code, "{doc_type} {filter}: {page}");
    }
    let empty = found("warehouse_packing_list", "doc_date_from").await;
    assert_eq!((&empty["result_all_records"], empty.get("result")), (&json!("0"), None));
}

#[tokio::test]
async fn the_free_text_looks_at_titles_only_when_the_settings_say_so() {
    let lab = lab().await;
    let body = crate::kit::order(&lab, &json!({"title": "Čisto svojstven"}));
    crate::kit::stored(&lab, body).await.unwrap();
    let found =
        async || rows(&lab.search(json!({"doc_type": "sales_order", "query": "svojstven"})).await).len();
    assert_eq!(found().await, 0);
    lab.simulator.set_settings(Settings { query_finds_titles: true, ..Settings::default() }).unwrap();
    assert_eq!(found().await, 1);
}
