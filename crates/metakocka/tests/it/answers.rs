//! Answers about another record than the write was about: something was done, nobody knows what.

use metakocka::{
    DocumentType, PartnerChange, PartnerKey, ProductChange, ProductDeletion, ProductDraft, ProductFields,
    ProductKey, WriteOutcome,
};
use serde_json::{Value, json};

use crate::support::{Answer, Server};
use crate::writes::{id, order};

/// What became of a write that was answered so, and the field that the reason names.
async fn told<R: metakocka::WriteReply>(write: metakocka::Write<R>, reply: &Value) -> (&'static str, String) {
    let server = Server::always(Answer::json(reply.to_string())).await;
    let outcome = server.client().send(write).await;
    let field = match &outcome {
        WriteOutcome::Unknown(unknown) => match &unknown.reason {
            metakocka::Error::UnexpectedReply { field, .. } => field.clone(),
            other => panic!("{other:?}"),
        },
        _ => String::new(),
    };
    (outcome.kind(), field)
}

fn stored() -> (&'static str, String) {
    ("stored", String::new())
}

fn unknown(field: &str) -> (&'static str, String) {
    ("unknown", field.to_owned())
}

#[tokio::test]
async fn a_partner_that_was_not_asked_for_is_no_success() {
    let change = |partner| {
        let mut change = PartnerChange::of(partner);
        change.fields.name = Some("Kupec".to_owned());
        change.prepare().unwrap()
    };
    let by_id = || change(PartnerKey::Id(id("5")));
    let by_code = || change(PartnerKey::CountCode("120".to_owned()));
    let reply = |partner: Value| json!({ "partner_list_count": "1", "partner_list": [partner] });
    let good = reply(json!({ "mk_id": "5", "count_code": "120", "customer": "Kupec" }));
    let other = reply(json!({ "mk_id": "6", "count_code": "121", "customer": "Kupec" }));
    assert_eq!((told(by_id(), &good).await, told(by_code(), &good).await), (stored(), stored()));
    assert_eq!(told(by_id(), &other).await, unknown("mk_id"));
    assert_eq!(told(by_code(), &other).await, unknown("count_code"));
    let unreadable = reply(json!({ "mk_id": "6", "business_entity": "da" }));
    assert_eq!(told(by_id(), &unreadable).await, unknown("mk_id"));
    let renumbered = reply(json!({ "mk_id": "5", "count_code": "999" }));
    assert_eq!(told(by_id(), &renumbered).await, stored());
    assert_eq!(told(by_code(), &reply(json!({ "mk_id": "5" }))).await, stored());
}

#[tokio::test]
async fn a_product_that_was_not_asked_for_is_no_success() {
    let reply = |id: &str, code: &str| json!({ "opr_code": "0", "mk_id": id, "count_code": code });
    let change = |product| {
        let mut change = ProductChange::of(product);
        change.name = Some("Vijak".to_owned());
        change.prepare().unwrap()
    };
    let by_id = || ProductKey::Id(id("5"));
    let by_code = || ProductKey::CountCode("4451".to_owned());
    for (id, code, by_its_id, by_its_code) in [
        ("5", "4451", stored(), stored()),
        ("5", "4452", stored(), unknown("count_code")),
        ("6", "4451", unknown("mk_id"), stored()),
    ] {
        let reply = reply(id, code);
        let deletion = |product| ProductDeletion { product }.prepare().unwrap();
        assert_eq!(told(change(by_id()), &reply).await, by_its_id);
        assert_eq!(told(deletion(by_id()), &reply).await, by_its_id);
        assert_eq!(told(change(by_code()), &reply).await, by_its_code);
        assert_eq!(told(deletion(by_code()), &reply).await, by_its_code);
    }
    let draft = |count_code: Option<&str>| {
        let draft = ProductDraft {
            code: "VIJAK-M6".to_owned(),
            count_code: count_code.map(ToOwned::to_owned),
            name: "Vijak".to_owned(),
            unit: "kos".to_owned(),
            fields: ProductFields::default(),
        };
        draft.prepare().unwrap()
    };
    assert_eq!(told(draft(None), &reply("9", "4451")).await, stored());
    assert_eq!(told(draft(Some("4451")), &reply("9", "4451")).await, stored());
    assert_eq!(told(draft(Some("4451")), &reply("9", "4452")).await, unknown("count_code"));
}

#[tokio::test]
async fn a_document_that_was_replaced_keeps_its_id() {
    let mut payload: Value = serde_json::from_str(&order().prepare().unwrap().payload().to_json()).unwrap();
    payload["fields"]["mk_id"] = json!("5");
    assert_eq!(payload["fields"]["doc_type"], DocumentType::Order.wire());
    let replacement = || {
        let kept = metakocka::KeptWrite::parse(&payload.to_string()).unwrap();
        kept.never_sent::<metakocka::StoredDocument>().unwrap()
    };
    let reply = |id: &str| json!({ "opr_code": "0", "mk_id": id, "count_code": "PP-1" });
    assert_eq!(told(replacement(), &reply("5")).await, stored());
    assert_eq!(told(replacement(), &reply("6")).await, unknown("mk_id"));
    assert_eq!(told(order().prepare().unwrap(), &reply("6")).await, stored());
}
