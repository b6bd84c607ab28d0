//! Partners (metakocka-api.md §3).

use crate::kit::{get, many, order, partner_data, stored, with};
use crate::support::{COMPANY, lab_of};
use serde_json::{Value, json};

#[tokio::test]
async fn a_partner_needs_a_name_and_an_address_and_fields_have_their_lengths() {
    let lab = lab_of(20).await;
    let before = lab.simulator.partners(COMPANY).unwrap().len();
    for more in [
        json!({"customer": null}),
        json!({"street": ""}),
        json!({"post_number": null}),
        json!({"place": null, "city": "Ljubljana"}),
        json!({"country": null}),
        json!({"country": "Atlantida"}),
        json!({"customer": "x".repeat(101)}),
        json!({"tax_id_number": "x".repeat(51)}),
        json!({"business_entity": "da"}),
        json!({"partner_delivery_address": {"street": "S", "post_number": "1", "place": "P", "country": "SI"}}),
        json!({"partner_delivery_address": {"address_type": "Dom", "street": "S", "post_number": "1", "city": "P", "country": "SI"}}),
    ] {
        let reply = lab.call("v1/add_partner", json!({"partner": with(partner_data(), &more)})).await;
        assert_eq!(reply["opr_code"], "2", "{more}: {reply}");
    }
    assert_eq!(lab.simulator.partners(COMPANY).unwrap().len(), before);
    assert_eq!(lab.call("v1/add_partner", json!({})).await["opr_code"], "2");
}

#[tokio::test]
async fn adding_never_looks_whether_the_partner_is_there() {
    let lab = lab_of(20).await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(lab.call("v1/add_partner", json!({"partner": partner_data()})).await["mk_id"].clone());
    }
    assert_ne!(ids[0], ids[1]);
    let found = lab.call("v1/get_partner", json!({"partner_tax_number": "SI12345678"})).await;
    assert_eq!(many(&found["partner_list"]).len(), 2);
}

#[tokio::test]
async fn an_update_changes_what_is_sent_and_a_street_only_in_its_row() {
    let lab = lab_of(20).await;
    let made = lab
        .call(
            "v1/add_partner",
            json!({"partner": with(partner_data(), &json!({"partner_contact": {"contact": "Ana"}}))}),
        )
        .await;
    let update = async |more: Value| {
        let partner = with(json!({"mk_id": made["mk_id"]}), &more);
        lab.call("v1/update_partner", json!({"partner": partner})).await
    };
    let main = &made["mk_address_id_list"][0]["mk_id"];
    let read = update(json!({"customer": "Preimenovan", "street": "Druga 2", "tax_id_number": ""})).await["partner_list"][0].clone();
    assert_eq!((&read["customer"], &read["tax_id_number"]), (&json!("Preimenovan"), &json!("SI12345678")));
    assert_eq!(read["partner_delivery_address_list"][0]["street"], "Nova 1");
    assert_eq!(read["partner_contact_list"][0]["name"], "Ana");
    let row = json!({"partner_delivery_address_list": {"mk_id": main, "street": "Druga 2", "country": "AT"},
        "partner_contact_list": [{"mk_id": made["mk_contact_id"], "email": "ana@x.example"}]});
    let read = update(row).await["partner_list"][0].clone();
    let address = &read["partner_delivery_address_list"][0];
    assert_eq!((&address["street"], &address["country"]), (&json!("Druga 2"), &json!("Avstrija")));
    assert_eq!(read["partner_contact_list"][0]["email"], "ana@x.example");
    for more in [
        json!({"customer": "Zavrnjen", "partner_contact_list": [{"name": "Brez naslova"}]}),
        json!({"customer": "Zavrnjen", "partner_delivery_address_list": [{"mk_id": "1", "street": "x"}]}),
        json!({"customer": "Zavrnjen", "partner_contact_list": [{"mk_address_id": "1", "name": "x"}]}),
    ] {
        assert_eq!(update(more).await["opr_code"], "2");
    }
    assert_eq!(
        update(json!({})).await["partner_list"][0]["customer"],
        "Preimenovan",
        "a refusal changes nothing"
    );
    let unknown = lab.call("v1/update_partner", json!({"partner": {"mk_id": "1"}})).await;
    assert_eq!(unknown["opr_desc"], "No partner with such properties.");
}

#[tokio::test]
async fn a_document_links_the_address_and_the_person_that_it_names() {
    let lab = lab_of(20).await;
    let data = with(
        partner_data(),
        &json!({"partner_contact": {"name": "Ana", "email": "ana@x.example"},
        "partner_delivery_address": {"address_type": "Poslovna enota", "street": "Enota 3", "post_number": "2000",
            "city": "Maribor", "country": "SI"}}),
    );
    let made = lab.call("v1/add_partner", json!({"partner": data})).await;
    let second = made["mk_address_id_list"][1]["mk_id"].clone();
    let partner = async |partner: Value| {
        let made = stored(&lab, order(&lab, &json!({"partner": partner}))).await.unwrap();
        get(&lab, "sales_order", &made["mk_id"]).await["partner"].clone()
    };
    let linked =
        partner(json!({"mk_id": made["mk_id"], "mk_address_id": second, "partner_contact": {"name": "Ana"}}))
            .await;
    assert_eq!(
        (&linked["street"], &linked["partner_contact"]["email"]),
        (&json!("Enota 3"), &json!("ana@x.example"))
    );
    let by_street =
        partner(json!({"mk_id": made["mk_id"], "customer": "Drugo ime", "street": "Enota 3"})).await;
    assert_eq!(
        (&by_street["customer"], &by_street["mk_address_id"]),
        (&json!("Nova stranka d.o.o."), &second)
    );
    assert!(by_street.get("partner_contact").is_none());
}
