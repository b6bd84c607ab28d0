//! Checks of quirks of partners.

use super::Verdict;
use crate::kit::{ensure, get, known_partner, many, order, partner_data, put, stored};
use crate::support::{COMPANY, Lab};
use serde_json::json;

pub(super) async fn a_success_has_no_code_and_a_refusal_has_status_200(lab: &Lab) -> Verdict {
    let found = lab.call("v1/get_partner", json!({"partner_id": known_partner(lab)["mk_id"]})).await;
    ensure!(found.get("opr_code").is_none(), "get_partner has a code: {found}");
    let made = lab.call("v1/add_partner", json!({"partner": partner_data()})).await;
    ensure!(made.get("opr_code").is_none() && made.get("mk_id").is_some(), "add_partner: {made}");
    let changed = lab.call("v1/update_partner", json!({"partner": {"mk_id": made["mk_id"]}})).await;
    ensure!(changed.get("opr_code").is_none(), "update_partner has a code: {changed}");
    let refused = lab.request("v1/add_partner", json!({})).send().await.map_err(|e| e.to_string())?;
    ensure!(refused.status() == 200, "a refusal has status {}", refused.status());
    Ok(())
}

pub(super) async fn a_partner_by_mk_id_alone_is_refused(lab: &Lab) -> Verdict {
    let id = known_partner(lab)["mk_id"].clone();
    let reply = put(lab, order(lab, &json!({"partner": {"mk_id": id}}))).await;
    ensure!(reply["opr_code"] == "2", "it is accepted: {reply}");
    Ok(())
}

pub(super) async fn a_refused_document_leaves_its_partner(lab: &Lab) -> Verdict {
    let before = lab.simulator.partners(COMPANY).unwrap().len();
    let line = json!({"code": "NEZNAN", "amount": "1", "price": "1", "tax": "EX4"});
    let body = order(lab, &json!({"partner": partner_data(), "product_list": [line]}));
    let reply = put(lab, body).await;
    let partners = lab.simulator.partners(COMPANY).unwrap();
    ensure!(reply["opr_code"] != "0" && partners.len() == before + 1, "nothing is left: {reply}");
    let left = partners.iter().any(|partner| reply["partner"]["mk_id"] == partner.id.as_str());
    ensure!(left, "the refusal does not name it: {reply}");
    Ok(())
}

pub(super) async fn a_repeated_update_adds_its_rows_again(lab: &Lab) -> Verdict {
    let id = known_partner(lab)["mk_id"].clone();
    let row = json!({"address_type": "Dobava", "street": "Dvakrat 2", "post_number": "2000", "city": "Maribor",
        "country": "Slovenija"});
    let body = json!({"partner": {"mk_id": id, "partner_delivery_address_list": [row]}});
    lab.call("v1/update_partner", body.clone()).await;
    let twice = lab.call("v1/update_partner", body).await;
    let rows = many(&twice["partner_list"][0]["partner_delivery_address_list"]);
    let added = rows.iter().filter(|row| row["street"] == "Dvakrat 2").count();
    ensure!(added == 2, "the row is there {added} times");
    Ok(())
}

pub(super) async fn a_town_is_a_city_or_a_place(lab: &Lab) -> Verdict {
    let made = stored(lab, order(lab, &json!({}))).await?;
    let read = get(lab, "sales_order", &made["mk_id"]).await;
    let partner = &read["partner"];
    ensure!(partner.get("place").is_some() && partner.get("city").is_none(), "in a document: {partner}");
    let listed = lab.call("v1/get_partner", json!({"partner_id": partner["mk_id"]})).await;
    let address = &listed["partner_list"][0]["partner_delivery_address_list"][0];
    ensure!(address.get("city").is_some() && address.get("place").is_none(), "in a list: {address}");
    Ok(())
}

pub(super) async fn the_discount_of_a_partner_is_not_applied(lab: &Lab) -> Verdict {
    let mut discounted = None;
    for _ in 0..20 {
        let made = lab.call("v1/add_partner", json!({"partner": partner_data()})).await;
        let body = json!({"partner_id": made["mk_id"], "show_partner_discount": "true"});
        let read = lab.call("v1/get_partner", body).await;
        if read["partner_list"][0].get("discounts").is_some() {
            let address = made["mk_address_id_list"][0]["mk_id"].clone();
            discounted = Some(json!({"mk_id": made["mk_id"], "mk_address_id": address}));
            break;
        }
    }
    let partner = discounted.ok_or("no partner has a discount")?;
    let made = stored(lab, order(lab, &json!({"partner": partner}))).await?;
    ensure!(made["total_price"] == "12.20", "the discount is applied: {made}");
    Ok(())
}

pub(super) async fn partner_data_makes_a_partner_each_time(lab: &Lab) -> Verdict {
    let body = || order(lab, &json!({"partner": partner_data()}));
    let (first, second) = (stored(lab, body()).await?, stored(lab, body()).await?);
    ensure!(first["partner"] != second["partner"], "the first is found again: {second}");
    Ok(())
}
