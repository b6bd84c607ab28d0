//! Checks of quirks of writing documents.

use super::Verdict;
use crate::kit::{bill, by_number, ensure, get, is_nothing, many, order, put, service, stored, with};
use crate::support::{COMPANY, Lab};
use metakocka_simulator::{DocType, EditRequest, Settings, UniqueBuyerOrder};
use serde_json::json;

pub(super) async fn the_same_request_makes_a_second_document(lab: &Lab) -> Verdict {
    let first = stored(lab, order(lab, &json!({"title": "Enkrat"}))).await?;
    let second = stored(lab, order(lab, &json!({"title": "Enkrat"}))).await?;
    ensure!(first["mk_id"] != second["mk_id"], "the second is the first: {second}");
    Ok(())
}

pub(super) async fn a_replacement_loses_lines_and_notes(lab: &Lab) -> Verdict {
    let two = json!([service("1", "10"), {"code": "MONTAZA", "amount": "1", "price": "5", "tax": "EX4"}]);
    let made = stored(lab, order(lab, &json!({"notes": "Opomba", "product_list": two}))).await?;
    let again = stored(lab, order(lab, &json!({"mk_id": made["mk_id"]}))).await?;
    ensure!(
        again["mk_id"] == made["mk_id"] && again["count_code"] == made["count_code"],
        "not the same: {again}"
    );
    let read = get(lab, "sales_order", &made["mk_id"]).await;
    ensure!(
        many(&read["product_list"]).len() == 1 && is_nothing(&read["notes"]),
        "it lost too little: {read}"
    );
    let without = json!({"mk_id": made["mk_id"], "product_list": null});
    stored(lab, order(lab, &without)).await?;
    let read = get(lab, "sales_order", &made["mk_id"]).await;
    ensure!(many(&read["product_list"]).is_empty(), "lines survive their absence: {read}");
    Ok(())
}

pub(super) async fn get_reads_doc_id_and_delete_reads_mk_id(lab: &Lab) -> Verdict {
    let made = stored(lab, order(lab, &json!({}))).await?;
    let by_mk_id = json!({"doc_type": "sales_order", "mk_id": made["mk_id"]});
    let got = lab.call("v1/get_document", by_mk_id).await;
    ensure!(got["opr_code"] == "2", "get_document reads mk_id: {got}");
    let by_doc_id = json!({"doc_type": "sales_order", "doc_id": made["mk_id"]});
    let deleted = lab.call("v1/delete_document", by_doc_id).await;
    ensure!(deleted["opr_code"] == "2", "delete_document reads doc_id: {deleted}");
    let untyped = lab.call("v1/delete_document", json!({"mk_id": made["mk_id"]})).await;
    ensure!(untyped["opr_code"] == "1", "delete_document needs no type: {untyped}");
    Ok(())
}

pub(super) async fn the_number_is_written_as_buyer_order_and_found_as_customer_order(lab: &Lab) -> Verdict {
    let made = stored(lab, order(lab, &json!({"customer_order": "KN-1"}))).await?;
    let read = get(lab, "sales_order", &made["mk_id"]).await;
    ensure!(read.get("buyer_order").is_none(), "customer_order is written: {read}");
    stored(lab, order(lab, &json!({"buyer_order": "KN-2"}))).await?;
    let found = by_number(lab, "customer_order", "KN-2").await;
    ensure!(many(&found["result"]).len() == 1, "customer_order does not find: {found}");
    let found = by_number(lab, "buyer_order", "KN-2").await;
    ensure!(many(&found["result"]).len() != 1, "buyer_order is a filter: {found}");
    Ok(())
}

pub(super) async fn unknown_warehouses_and_delivery_types_vanish(lab: &Lab) -> Verdict {
    let body = order(lab, &json!({"warehouse": "nikjer", "delivery_type": "Raketa"}));
    let reply = put(lab, body).await;
    ensure!(reply["opr_code"] == "0", "an unknown warehouse is refused: {reply}");
    let read = get(lab, "sales_order", &reply["mk_id"]).await;
    ensure!(read["warehouse"] == "glavno" && read.get("delivery_type").is_none(), "it is kept: {read}");
    Ok(())
}

pub(super) async fn a_status_is_written_as_code_and_read_as_label(lab: &Lab) -> Verdict {
    let made = stored(lab, order(lab, &json!({"status_code": "created"}))).await?;
    let read = get(lab, "sales_order", &made["mk_id"]).await;
    ensure!(read["status_code"] == "Izdelan" && read["status_desc"] == "created", "wrong status: {read}");
    let label = put(lab, order(lab, &json!({"status_code": "Izdelan"}))).await;
    ensure!(label["opr_code"] == "2", "a label is written: {label}");
    let made = stored(lab, order(lab, &json!({}))).await?;
    let read = get(lab, "sales_order", &made["mk_id"]).await;
    ensure!(read.get("status_code").is_none() && read.get("status_desc").is_none(), "a status: {read}");
    Ok(())
}

pub(super) async fn dates_in_other_forms_are_refused(lab: &Lab) -> Verdict {
    for day in ["01.09.2026", "2026-01-15+02:00"] {
        stored(lab, order(lab, &json!({"doc_date": day}))).await?;
    }
    for day in ["2026-09-01", "2026-01-15+01:00", "2026-09-01Z", "2026-09-01T10:00:00+02:00"] {
        let reply = put(lab, order(lab, &json!({"doc_date": day}))).await;
        ensure!(reply["opr_code"] == "6", "{day} is accepted: {reply}");
    }
    Ok(())
}

pub(super) async fn empty_payments_keep_and_zero_clears(lab: &Lab) -> Verdict {
    let paid = |amount: &str| json!([{"payment_type": "Transakcijski račun", "date": "01.09.2026", "amount": amount}]);
    let made = stored(lab, order(lab, &json!({"mark_paid": paid("5")}))).await?;
    let replace = |payments| order(lab, &json!({"mk_id": made["mk_id"], "mark_paid": payments}));
    stored(lab, replace(json!([]))).await?;
    let read = get(lab, "sales_order", &made["mk_id"]).await;
    ensure!(read["sum_paid"] == "5", "an empty list clears: {read}");
    stored(lab, replace(paid("0.00"))).await?;
    let read = get(lab, "sales_order", &made["mk_id"]).await;
    ensure!(is_nothing(&read["sum_paid"]), "0.00 keeps: {read}");
    Ok(())
}

pub(super) async fn a_bill_is_a_draft(lab: &Lab) -> Verdict {
    let made = stored(lab, bill(lab, &json!({}))).await?;
    let read = get(lab, "sales_bill_domestic", &made["mk_id"]).await;
    ensure!(read.get("publish_ts").is_none(), "it is issued: {read}");
    Ok(())
}

pub(super) async fn a_deleted_document_is_only_missing(lab: &Lab) -> Verdict {
    let made = stored(lab, order(lab, &json!({"buyer_order": "IZBRIS-1"}))).await?;
    let delete = json!({"doc_type": "sales_order", "mk_id": made["mk_id"]});
    let reply = lab.call("v1/delete_document", delete.clone()).await;
    ensure!(reply["opr_code"] == "0", "an order is not deleted: {reply}");
    let read = get(lab, "sales_order", &made["mk_id"]).await;
    ensure!(read["opr_code"] == "2", "its deletion is reported: {read}");
    let again = lab.call("v1/delete_document", delete).await;
    ensure!(again["opr_code"] == "2", "it is deleted twice: {again}");
    let found = by_number(lab, "customer_order", "IZBRIS-1").await;
    ensure!(many(&found["result"]).is_empty(), "it is found: {found}");
    Ok(())
}

pub(super) async fn a_taken_number_makes_a_document_with_another(lab: &Lab) -> Verdict {
    let first = stored(lab, order(lab, &json!({"title": "A", "count_code": "MOJA-1"}))).await?;
    ensure!(first["count_code"] == "MOJA-1", "a free number is not used: {first}");
    let second = put(lab, order(lab, &json!({"title": "B", "count_code": "MOJA-1"}))).await;
    ensure!(
        second["opr_code"] == "0" && second["count_code"] != "MOJA-1",
        "it is refused or shared: {second}"
    );
    Ok(())
}

pub(super) async fn a_known_order_number_is_refused_where_the_company_wants_it(lab: &Lab) -> Verdict {
    let numbered = |title: &str| order(lab, &json!({"title": title, "buyer_order": "DVOJNIK"}));
    let first = stored(lab, numbered("A")).await?;
    let second = stored(lab, numbered("B")).await?;
    let unique_buyer_order = [(COMPANY.to_owned(), UniqueBuyerOrder::Orders)].into();
    lab.simulator
        .set_settings(Settings { unique_buyer_order, ..Settings::default() })
        .map_err(|e| e.to_string())?;
    let third = put(lab, numbered("C")).await;
    ensure!(third["opr_code"] == "6" && third["opr_code_app"] == "7", "it is accepted: {third}");
    let ids: Vec<_> = many(&third["duplicate_doc_list"]).iter().map(|row| row["mk_id"].clone()).collect();
    ensure!(ids == [first["mk_id"].clone(), second["mk_id"].clone()], "other documents are named: {third}");
    let own = with(numbered("D"), &json!({"mk_id": first["mk_id"]}));
    let others = put(lab, own).await;
    ensure!(many(&others["duplicate_doc_list"]).len() == 1, "a document is its own duplicate: {others}");
    Ok(())
}

pub(super) async fn a_write_moves_the_last_change_and_bounds_are_inclusive(lab: &Lab) -> Verdict {
    let made = stored(lab, order(lab, &json!({}))).await?;
    lab.simulator.clock().set(Some("2026-09-01T10:00:00Z".parse().unwrap()));
    let note = json!({"doc_type": "sales_order", "mk_id": made["mk_id"], "notes": "Novo"});
    lab.call("v1/update_document", note).await;
    let body = json!({"doc_type": "sales_order", "query_advance": [
        {"type": "last_change_from", "value": "2026-09-01T12:00:00+02:00"},
        {"type": "last_change_to", "value": "2026-09-01T12:00:00+02:00"}]});
    let found = lab.search(body).await;
    let ids: Vec<_> = many(&found["result"]).iter().map(|row| row["mk_id"].clone()).collect();
    ensure!(ids == [made["mk_id"].clone()], "the change is not found at its second: {found}");
    Ok(())
}

pub(super) async fn offers_are_not_updated_and_not_deleted(lab: &Lab) -> Verdict {
    let made = stored(lab, order(lab, &json!({"doc_type": "sales_offer"}))).await?;
    let update = json!({"doc_type": "sales_offer", "mk_id": made["mk_id"], "notes": "Novo"});
    let updated = lab.call("v1/update_document", update).await;
    ensure!(updated["opr_code"] == "2", "an offer is updated: {updated}");
    let delete = json!({"doc_type": "sales_offer", "mk_id": made["mk_id"]});
    let deleted = lab.call("v1/delete_document", delete).await;
    ensure!(deleted["opr_code"] == "6", "an offer is deleted: {deleted}");
    Ok(())
}

pub(super) async fn an_issued_bill_is_not_replaced(lab: &Lab) -> Verdict {
    let made = stored(lab, bill(lab, &json!({}))).await?;
    let id = made["mk_id"].as_str().unwrap_or_default();
    let issue = EditRequest::document(DocType::SalesBillDomestic, id, json!({"issued": true}));
    lab.simulator.edit(&issue).map_err(|refusal| refusal.to_string())?;
    let reply = put(lab, bill(lab, &json!({"mk_id": made["mk_id"]}))).await;
    ensure!(reply["opr_code"] == "6", "it is replaced: {reply}");
    Ok(())
}

pub(super) async fn a_replacement_keeps_payments_and_loses_status_and_links(lab: &Lab) -> Verdict {
    let paid = json!([{"payment_type": "Transakcijski račun", "date": "01.09.2026", "amount": "5"}]);
    let body = json!({"status_code": "created", "mark_paid": paid, "create_invoice": "true"});
    let made = stored(lab, order(lab, &body)).await?;
    let invoiced = get(lab, "sales_order", &made["mk_id"]).await;
    ensure!(
        invoiced["doc_link_list"][0]["mk_id"] == made["attachment_list"][0]["bill_mk_id"],
        "no link: {invoiced}"
    );
    stored(lab, order(lab, &json!({"mk_id": made["mk_id"]}))).await?;
    let read = get(lab, "sales_order", &made["mk_id"]).await;
    ensure!(read["sum_paid"] == "5", "its payments are lost: {read}");
    ensure!(read.get("status_desc").is_none() && read.get("doc_link_list").is_none(), "more is kept: {read}");
    Ok(())
}

pub(super) async fn a_discount_goes_off_the_net_total_and_credit_notes_are_positive(lab: &Lab) -> Verdict {
    let body = json!({"discount_value": "50", "product_list": [service("1", "100")]});
    let made = stored(lab, order(lab, &body)).await?;
    let read = get(lab, "sales_order", &made["mk_id"]).await;
    let sums = ["sum_basic", "sum_discount", "sum_all"].map(|key| read[key].clone());
    ensure!(sums == ["50", "50", "61"].map(|sum| json!(sum)), "wrong sums: {read}");
    let gross = json!({"code": "DOSTAVA", "amount": "1", "price_with_tax": "122", "tax": "EX4"});
    let made = stored(lab, order(lab, &json!({"discount_value": "22", "product_list": [gross]}))).await?;
    ensure!(made["total_price"] == "100.00", "not off the gross total: {made}");
    let note = json!({"doc_type": "sales_bill_credit_note", "credit_note_type": "standalone"});
    let note = stored(lab, bill(lab, &note)).await?;
    let read = get(lab, "sales_bill_credit_note", &note["mk_id"]).await;
    ensure!(read["sum_all"] == "12.2", "not positive: {read}");
    Ok(())
}

pub(super) async fn a_long_text_is_refused(lab: &Lab) -> Verdict {
    let reply = put(lab, order(lab, &json!({"buyer_order": "x".repeat(31)}))).await;
    ensure!(reply["opr_code"] == "2", "it is accepted: {reply}");
    stored(lab, order(lab, &json!({"buyer_order": "x".repeat(30)}))).await?;
    Ok(())
}
