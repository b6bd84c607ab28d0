//! `get_partner` (metakocka-api.md §3.1).

use crate::support::{lab, lab_of};
use serde_json::{Value, json};

fn list(answer: &Value) -> &Vec<Value> {
    answer["partner_list"].as_array().unwrap()
}

#[tokio::test]
async fn a_success_has_no_code_and_no_match_is_code_2() {
    let lab = lab().await;
    lab.list_partners();
    let found = lab.call("v1/get_partner", json!({"limit": "3"})).await;
    assert!(found.get("opr_code").is_none());
    assert_eq!((found["partner_list_count"].as_str(), list(&found).len()), (Some("3"), 3));
    let none = lab.call("v1/get_partner", json!({"partner_id": "1"})).await;
    assert_eq!(
        (&none["opr_code"], &none["opr_desc"]),
        (&json!("2"), &json!("No partner with such properties."))
    );
    let beyond = lab.call("v1/get_partner", json!({"offset": "100000"})).await;
    assert_eq!(beyond["opr_code"], "2");
}

#[tokio::test]
async fn the_tax_number_is_compared_as_stored() {
    let lab = lab().await;
    lab.list_partners();
    let all = lab.call("v1/get_partner", json!({})).await;
    let numbers: Vec<&str> = list(&all).iter().filter_map(|p| p["tax_id_number"].as_str()).collect();
    let prefixed = numbers.iter().find(|number| number.starts_with("SI")).unwrap();
    assert!(numbers.iter().any(|number| number.bytes().all(|b| b.is_ascii_digit())), "some have no prefix");
    let found = lab.call("v1/get_partner", json!({"partner_tax_number": prefixed})).await;
    assert!(list(&found).iter().all(|p| p["tax_id_number"] == **prefixed));
    let other = lab.call("v1/get_partner", json!({"partner_tax_number": &prefixed[2..]})).await;
    assert!(
        other.get("partner_list").is_none_or(|rows| {
            rows.as_array().unwrap().iter().all(|p| p["tax_id_number"] == prefixed[2..])
        })
    );
}

#[tokio::test]
async fn some_partners_exist_twice_by_tax_number_and_some_people_once_per_order() {
    let lab = lab_of(600).await;
    lab.list_partners();
    let all = lab.call("v1/get_partner", json!({})).await;
    let mut numbers: Vec<&str> = list(&all)
        .iter()
        .filter_map(|p| p["tax_id_number"].as_str())
        .map(|n| n.trim_start_matches("SI"))
        .collect();
    let total = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert!(numbers.len() < total);
    let people = list(&all).iter().filter(|p| p["business_entity"] == "false");
    let emails: Vec<&str> = people.map(|p| p["partner_contact_list"][0]["email"].as_str().unwrap()).collect();
    let distinct: std::collections::BTreeSet<&&str> = emails.iter().collect();
    assert!(distinct.len() < emails.len(), "the same shopper is several partners");
}

#[tokio::test]
async fn names_match_in_part_and_e_mails_fuzzily() {
    let lab = lab().await;
    lab.list_partners();
    let all = lab.call("v1/get_partner", json!({})).await;
    let partner = list(&all).iter().find(|p| p["partner_contact_list"][0].get("email").is_some()).unwrap();
    let name = partner["customer"].as_str().unwrap().to_lowercase();
    let by_name = lab.call("v1/get_partner", json!({"partner_name": name})).await;
    assert!(list(&by_name).iter().any(|p| p["mk_id"] == partner["mk_id"]));
    let local = partner["partner_contact_list"][0]["email"].as_str().unwrap().split('@').next().unwrap();
    let by_email =
        lab.call("v1/get_partner", json!({"partner_email": format!("{local}@elsewhere.example")})).await;
    assert!(list(&by_email).iter().any(|p| p["mk_id"] == partner["mk_id"]), "another host matches too");
    let two = lab.call("v1/get_partner", json!({"partner_name": "a", "partner_email": "b"})).await;
    assert_eq!(two["opr_code"], "2");
}

#[tokio::test]
async fn addresses_have_a_city_here_and_a_place_in_documents() {
    let lab = lab().await;
    let order = lab.all("sales_order", json!({})).await[0].clone();
    assert!(order["partner"].get("place").is_some() && order["partner"].get("city").is_none());
    let found = lab.call("v1/get_partner", json!({"partner_id": order["partner"]["mk_id"]})).await;
    let address = &list(&found)[0]["partner_delivery_address_list"][0];
    assert_eq!(address["city"], order["partner"]["place"]);
    assert_eq!(address["address_type"], "Račun");
}

#[tokio::test]
async fn without_a_condition_nobody_is_found_unless_the_settings_list_all() {
    let lab = lab().await;
    assert_eq!(lab.call("v1/get_partner", json!({})).await["opr_code"], "2");
    lab.list_partners();
    assert_ne!(list(&lab.call("v1/get_partner", json!({})).await).len(), 0);
}

#[tokio::test]
async fn some_documents_leave_out_ids_and_the_address_of_the_receiver() {
    let lab = lab_of(600).await;
    let orders = lab.all("sales_order", json!({})).await;
    let terse: Vec<&Value> = orders.iter().filter(|d| d["partner"].get("mk_address_id").is_none()).collect();
    assert!(!terse.is_empty() && terse.len() < orders.len() / 4);
    assert!(terse.iter().filter_map(|d| d.get("receiver")).all(|receiver| receiver.get("street").is_none()));
    assert!(orders.iter().any(|d| d.get("receiver").is_none()));
    let other =
        |d: &&Value| d.get("receiver").is_some_and(|r| r["mk_address_id"] != d["partner"]["mk_address_id"]);
    assert!(orders.iter().any(|d| other(&d)));
}
