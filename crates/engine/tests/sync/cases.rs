//! What can become of a write, continued (issue 5, *Shows* 6): each case with the state and the sentence that staff sees.
//!
//! Which test shows which case:
//!
//! | case | test |
//! | --- | --- |
//! | time-out after store | `pushes::a_time_out_after_storing_ends_with_one_document` |
//! | before store | `pushes::a_time_out_before_storing_ends_with_one_document` |
//! | store 40 s after a time-out | `unknowns::a_record_that_arrives_long_after_the_time_out_is_found` |
//! | cut reply | `unknowns::a_cut_reply_is_settled_by_a_look_up` |
//! | quota | `unknowns::a_spent_quota_sends_later_by_itself` |
//! | refused for an unknown product | `a_document_with_unknown_products_is_refused_and_names_them` |
//! | partner created by a refused document | `a_customer_of_a_refused_document_is_made_once` |
//! | number exists (6/7) | `unknowns::a_taken_order_number_is_told_with_its_owner`, `an_order_number_that_our_own_late_order_has_is_adopted` |
//! | deleted in MK | `unknowns::a_document_that_was_deleted_there_is_asked_about` |
//! | issued meanwhile | `unknowns::an_order_that_was_invoiced_meanwhile_is_blocked` |
//! | renumbered | `unknowns::a_renumbered_document_keeps_its_link` |
//! | edited in MK between read and replacement | `an_edit_there_before_a_replacement_is_planned_again`, `an_edit_there_in_the_midst_of_a_replacement_is_an_alarm` |
//! | edited between write and read-back | `unknowns::an_edit_there_between_write_and_read_back_is_taken` |
//! | delivery type dropped | `a_delivery_type_that_a_replacement_loses_is_an_alarm`, `what_metakocka_did_not_keep_is_asked_about_and_not_sent_again` |
//! | time-out of an update | `unknowns::a_time_out_of_a_change_is_settled_by_reading` |
//! | time-out of a new partner row | `a_time_out_of_a_new_partner_row_adds_it_once` |
//! | two candidates | `two_documents_with_our_sign_are_asked_about_and_neither_is_taken` |
//! | not stored, then sent once | `pushes::a_time_out_before_storing_ends_with_one_document`, `unknowns::what_was_not_stored_is_sent_again_when_a_person_says_so` |
//! | key changed to another company | `companies::*` |
//! | database restored from a copy | `restores::*` |

use std::time::Duration;

use engine::crm::{AddressInput, ContactInput, DocumentInput, LineInput, ProductInput};
use engine::sync::SyncStatus;
use engine::test_support::TestDb;
use metakocka_simulator::{DocType, Effect, FaultRule, Settings, UniqueBuyerOrder};
use serde_json::{Value, json};
use sync_core::record::RecordKind;

use crate::house::{COMPANY, House, KIND};
use crate::pushes::{new_orders, order, order_of, push, status};
use crate::unknowns::{edit, fault, fresh_order, let_pass, says, sent_order, words};

const DOCUMENTS: usize = 40;

engine::each_engine!(
    a_customer_of_a_refused_document_is_made_once,
    a_document_with_unknown_products_is_refused_and_names_them,
    what_metakocka_did_not_keep_is_asked_about_and_not_sent_again,
    a_delivery_type_that_a_replacement_loses_is_an_alarm,
    a_time_out_of_a_new_partner_row_adds_it_once,
    two_documents_with_our_sign_are_asked_about_and_neither_is_taken,
    an_edit_there_before_a_replacement_is_planned_again,
    an_edit_there_in_the_midst_of_a_replacement_is_an_alarm,
    an_order_number_that_our_own_late_order_has_is_adopted,
);

fn address(street: &str) -> AddressInput {
    AddressInput {
        street: Some(street.to_owned()),
        post_number: Some("1000".to_owned()),
        place: Some("Ljubljana".to_owned()),
        country: Some("SI".to_owned()),
        ..AddressInput::default()
    }
}

/// A contact that only lies here.
fn buyer() -> ContactInput {
    ContactInput {
        name: "Novi kupec d.o.o.".to_owned(),
        company: Some(true),
        address: Some(address("Nova ulica 1")),
        ..ContactInput::default()
    }
}

/// A product that is in Metakocka.
async fn sent_product(house: &House, code: &str) -> String {
    let input = ProductInput {
        code: code.to_owned(),
        name: format!("Izdelek {code}"),
        unit: Some("kos".to_owned()),
        ..ProductInput::default()
    };
    let id = house.engine.create_product(&house.scope, &input).await.unwrap();
    assert_eq!(push(house, RecordKind::Product, &id).await.outcome, "created");
    id
}

/// Deletes a record there.
fn delete_there(house: &House, record: Value) {
    house.simulator.delete(&serde_json::from_value(record).unwrap()).unwrap();
}

fn delete_product_there(house: &House, code: &str) {
    let products = house.simulator.products(COMPANY).unwrap();
    let product = products.iter().find(|one| one.code == code).unwrap();
    delete_there(house, json!({ "kind": "product", "id": product.id }));
}

async fn status_of(house: &House, kind: RecordKind, id: &str) -> SyncStatus {
    house.engine.sync_status(&house.scope, kind, id).await.unwrap().unwrap()
}

fn partners_named(house: &House, name: &str) -> Vec<metakocka_simulator::TruthPartner> {
    house.simulator.partners(COMPANY).unwrap().into_iter().filter(|one| one.name == name).collect()
}

/// The alarms of a record: what, and in which words.
async fn alarms(house: &House, record: &str) -> Vec<(String, String)> {
    sqlx::query_as("SELECT what, detail FROM alarms WHERE tenant_id = $1 AND record_id = $2 ORDER BY at")
        .bind(house.scope.tenant())
        .bind(record)
        .fetch_all(house.db.reader())
        .await
        .unwrap()
}

/// The refusal names the customer; its id is kept with the contact, and the next try takes it from there.
async fn a_customer_of_a_refused_document_is_made_once(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let contact = house.engine.create_contact(&house.scope, &buyer()).await.unwrap();
    let product = sent_product(&house, "NOV-1").await;
    let other = sent_product(&house, "NOV-2").await;
    delete_product_there(&house, "NOV-1");
    let before = house.truth();
    let wanted = order_of(&contact, &product);
    let id = house.engine.create_sales_document(&house.scope, &wanted).await.unwrap();
    let came = push(&house, KIND, &id).await;
    assert_eq!((came.outcome.as_str(), came.code.as_deref()), ("failed", Some("refused")));
    assert_eq!(says(&house, &id).await, words("error", "refused"));
    let made = partners_named(&house, "Novi kupec d.o.o.");
    assert_eq!(made.len(), 1);
    let customer = status_of(&house, RecordKind::Contact, &contact).await;
    assert_eq!(customer.status, "synced");
    assert_eq!(customer.mapping.unwrap().external_id, made[0].id);
    let here = house.engine.sales_document(&house.scope, &id).await.unwrap();
    let mut wanted = house.engine.sales_document_form(&house.scope, &id).await.unwrap();
    wanted.lines[0].product_id = Some(other);
    house.engine.replace_sales_document(&house.scope, &id, here.revision, &wanted).await.unwrap();
    assert_eq!(push(&house, KIND, &id).await.outcome, "created");
    assert_eq!(says(&house, &id).await, words("synced", ""));
    let sent = new_orders(&house, &before);
    assert_eq!((sent.len(), &sent[0].partner_id), (1, &made[0].id));
    assert_eq!(partners_named(&house, "Novi kupec d.o.o.").len(), 1);
}

async fn a_document_with_unknown_products_is_refused_and_names_them(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let before = house.truth();
    let one = sent_product(&house, "NOV-1").await;
    let two = sent_product(&house, "NOV-2").await;
    let mut input = order(&house).await;
    let line = input.lines.remove(0);
    let with = |product: &str| LineInput { product_id: Some(product.to_owned()), ..line.clone() };
    let input = DocumentInput { lines: vec![with(&one), with(&two)], ..input };
    let id = house.engine.create_sales_document(&house.scope, &input).await.unwrap();
    delete_product_there(&house, "NOV-1");
    delete_product_there(&house, "NOV-2");
    let came = push(&house, KIND, &id).await;
    assert_eq!((came.outcome.as_str(), came.code.as_deref()), ("failed", Some("refused")));
    let told = status(&house, &id).await;
    assert_eq!((told.status.as_str(), told.reason.as_deref()), ("error", Some("refused")));
    let sentence = told.detail.unwrap();
    assert!(sentence.contains("NOV-1") && sentence.contains("NOV-2"), "{sentence}");
    // Nothing is sent again before something changes.
    assert_eq!(push(&house, KIND, &id).await.outcome, "failed");
    assert_eq!(new_orders(&house, &before).len(), 0);
    let sent = house.simulator.request_counts()["put_document"];
    let_pass(&house, 15).await;
    assert_eq!(house.simulator.request_counts()["put_document"], sent);
}

/// Whether Metakocka dropped it or a person there did, nobody can tell from a read-back: what was sent is shown beside what
/// is there, and it is not sent again.
async fn what_metakocka_did_not_keep_is_asked_about_and_not_sent_again(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = sent_order(&house).await;
    edit(&house, &id, None, Some("Pokličite prej.")).await;
    // The read-back gets no answer, and when the next one does, the notes are not there.
    house.simulator.add_fault(FaultRule::nth("get_document", 2, Effect::CutBody)).unwrap();
    push(&house, KIND, &id).await;
    house.edit_there(&made, json!({ "notes": null }));
    let_pass(&house, 3).await;
    let told = status(&house, &id).await;
    assert_eq!((told.status.as_str(), told.reason.as_deref()), ("needs_review", Some("difference")));
    assert!(told.detail.as_deref().is_some_and(|detail| detail.contains("notes")), "{told:?}");
    let question = house.engine.conflict(&house.scope, KIND, &id).await.unwrap();
    let shown: Vec<_> = question.parts.iter().map(|part| (part.here.clone(), part.there.clone())).collect();
    assert_eq!(shown, [(Some(json!("Pokličite prej.")), None)]);
    let sent = house.simulator.request_counts();
    house.look().await;
    assert_eq!(push(&house, KIND, &id).await.outcome, "review");
    let_pass(&house, 15).await;
    for write in ["put_document", "update_document"] {
        assert_eq!(house.simulator.request_counts().get(write), sent.get(write), "{write}");
    }
    assert_eq!(says(&house, &id).await, words("needs_review", "difference"));
}

/// Takes the delivery types out of the company's register, as somebody there does in its settings. Orders keep theirs.
fn forget_delivery_types(house: &House) {
    let file = tempfile::NamedTempFile::new().unwrap();
    house.simulator.save(file.path()).unwrap();
    let saved = std::fs::read_to_string(file.path()).unwrap();
    let lines =
        saved.lines().map(|line| without_delivery_types(serde_json::from_str(line).unwrap()).to_string());
    std::fs::write(file.path(), lines.map(|line| line + "\n").collect::<String>()).unwrap();
    house.simulator.load(file.path()).unwrap();
}

fn without_delivery_types(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| match name.as_str() {
                    "delivery_types" | "deliveryTypes" => (name, json!([])),
                    _ => (name, without_delivery_types(value)),
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_delivery_types).collect()),
        other => other,
    }
}

/// A replacement sends what Metakocka has, and Metakocka drops a delivery type that it does not know any more: nobody here
/// asked for that, so it is an alarm that has the field.
async fn a_delivery_type_that_a_replacement_loses_is_an_alarm(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    forget_delivery_types(&house);
    let mut lost = Vec::new();
    for (n, order) in house.truth().iter().filter(|one| is_open_order(one)).enumerate().take(8) {
        let subject = format!("Drug predmet {n}");
        house.edit_title_here(order, &subject).await;
        let id = house.here(order).await.id;
        if push(&house, KIND, &id).await.outcome != "updated" {
            continue;
        }
        let there = house.truth().into_iter().find(|one| one.id == order.id).unwrap();
        assert_eq!(there.title.as_deref(), Some(subject.as_str()));
        assert_eq!(says(&house, &id).await, words("synced", ""), "what was sent has arrived");
        lost.extend(alarms(&house, &id).await);
    }
    assert!(!lost.is_empty(), "no order with a delivery type could be replaced");
    assert!(
        lost.iter().all(|(what, detail)| what == "lost_field" && detail.contains("delivery_type")),
        "{lost:?}"
    );
}

fn is_open_order(one: &metakocka_simulator::TruthDocument) -> bool {
    one.doc_type == DocType::SalesOrder && one.linked.is_empty() && one.malformed.is_none()
}

/// Sent twice, the row would be there twice (`metakocka-api.md §3.3`): it is looked for by what it says first.
async fn a_time_out_of_a_new_partner_row_adds_it_once(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let id = house.engine.create_contact(&house.scope, &buyer()).await.unwrap();
    assert_eq!(push(&house, RecordKind::Contact, &id).await.outcome, "created");
    let mut rows = Vec::new();
    for (effect, street) in
        [(Effect::DropAfterStore, "Skladiščna ulica 2"), (Effect::DropBeforeStore, "Obrtna ulica 3")]
    {
        rows.push(address(street));
        let here = house.engine.contact(&house.scope, &id).await.unwrap();
        let input = ContactInput { delivery_addresses: rows.clone(), ..here.form };
        house.engine.edit_contact(&house.scope, &id, here.revision, &input).await.unwrap();
        fault(&house, "update_partner", effect);
        assert_eq!(push(&house, RecordKind::Contact, &id).await.outcome, "unknown", "{street}");
        let told = status_of(&house, RecordKind::Contact, &id).await;
        assert_eq!((told.status.as_str(), told.reason.as_deref()), ("unknown", Some("settling")));
        assert!(told.next_step_at.is_some() && told.next_step_at <= told.asks_at, "{told:?}");
        let_pass(&house, 15).await;
        let told = status_of(&house, RecordKind::Contact, &id).await;
        assert_eq!(told.status, "synced", "{street} {told:?}");
        house.simulator.clear_faults();
        let partner = partners_named(&house, "Novi kupec d.o.o.").remove(0);
        let deliveries = partner.addresses.iter().filter(|row| !row.billing);
        let streets: Vec<&str> = deliveries.map(|row| row.street.as_str()).collect();
        let wanted: Vec<&str> = rows.iter().filter_map(|row| row.street.as_deref()).collect();
        assert_eq!(streets, wanted);
    }
}

async fn two_documents_with_our_sign_are_asked_about_and_neither_is_taken(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let before = house.truth();
    let id = fresh_order(&house).await;
    fault(&house, "put_document", Effect::DropAfterStore);
    assert_eq!(push(&house, KIND, &id).await.outcome, "unknown");
    let made = new_orders(&house, &before).remove(0);
    // Somebody there makes another one with our sign before it is looked up.
    let sign = made.buyer_order.as_deref();
    let copy = json!({
        "kind": "document", "docType": "sales_order", "copyOf": made.id, "set": { "buyerOrder": sign }
    });
    house.simulator.create(&serde_json::from_value(copy).unwrap()).unwrap();
    let both: Vec<String> = new_orders(&house, &before).into_iter().map(|one| one.id).collect();
    assert_eq!(both.len(), 2);
    let_pass(&house, 15).await;
    assert_eq!(says(&house, &id).await, words("needs_review", "candidates"));
    let told = status(&house, &id).await;
    assert!(told.mapping.is_none(), "{told:?}");
    assert!(told.detail.is_some() && told.advice.is_some(), "{told:?}");
    let open = house.engine.unknown_writes(&house.scope).await.unwrap().remove(0);
    let mut shown: Vec<&str> = open.candidates.iter().map(|hit| hit.id.as_str()).collect();
    shown.sort_unstable();
    let mut wanted: Vec<&str> = both.iter().map(String::as_str).collect();
    wanted.sort_unstable();
    assert_eq!(shown, wanted);
    assert!(open.asks && open.candidates.iter().all(|hit| hit.marked), "{open:?}");
    // Discovery does not take them as records of their own meanwhile.
    let sync = house.sync().await;
    assert_eq!(sync.created, 0, "{sync:?}");
    assert_eq!(new_orders(&house, &before).len(), 2);
}

/// The read before the replacement shows the edit: it is taken, and the replacement is planned again from there.
async fn an_edit_there_before_a_replacement_is_planned_again(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = sent_order(&house).await;
    edit(&house, &id, Some("Drug predmet"), None).await;
    assert_eq!(says(&house, &id).await, words("pending", "to_send"));
    house.edit_there(&made, json!({ "notes": "Njihova opomba" }));
    assert_eq!(push(&house, KIND, &id).await.outcome, "updated");
    let there = house.truth().into_iter().find(|one| one.id == made.id).unwrap();
    let both = (Some("Drug predmet"), Some("Njihova opomba"));
    assert_eq!((there.title.as_deref(), there.notes.as_deref()), both);
    let here = house.engine.sales_document(&house.scope, &id).await.unwrap();
    assert_eq!((Some(here.title.as_str()), here.head.notes.as_deref()), both);
    assert_eq!(says(&house, &id).await, words("synced", ""));
    assert_eq!(alarms(&house, &id).await, []);
    // The same field: a person decides, and nothing is replaced.
    edit(&house, &id, Some("Naš predmet"), None).await;
    house.edit_there(&made, json!({ "title": "Njihov predmet" }));
    assert_eq!(push(&house, KIND, &id).await.outcome, "review");
    assert_eq!(says(&house, &id).await, words("needs_review", "conflict"));
    let there = house.truth().into_iter().find(|one| one.id == made.id).unwrap();
    assert_eq!(there.title.as_deref(), Some("Njihov predmet"));
}

/// No reply tells of an edit that falls between the last read and the replacement; the change log does afterwards.
async fn an_edit_there_in_the_midst_of_a_replacement_is_an_alarm(db: TestDb) {
    const ON_ITS_WAY: u64 = 1_000;
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = sent_order(&house).await;
    edit(&house, &id, Some("Drug predmet"), None).await;
    house.simulator.clear_requests();
    fault(&house, "put_document", Effect::DelayMs { ms: ON_ITS_WAY });
    let somebody = async {
        while !house.simulator.request_counts().contains_key("put_document") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        house.edit_there(&made, json!({ "notes": "Njihova opomba" }));
    };
    let (came, ()) = tokio::join!(push(&house, KIND, &id), somebody);
    assert_eq!(came.outcome, "updated");
    let there = house.truth().into_iter().find(|one| one.id == made.id).unwrap();
    assert_eq!((there.title.as_deref(), there.notes), (Some("Drug predmet"), None), "it was overwritten");
    let raised = alarms(&house, &id).await;
    assert!(raised.len() == 1 && raised[0].0 == "foreign_change", "{raised:?}");
    assert_eq!(says(&house, &id).await, words("synced", ""));
}

/// The number is taken by the very order that we sent long before and that arrived later than anybody waits for: it has our
/// sign, so it is ours.
async fn an_order_number_that_our_own_late_order_has_is_adopted(db: TestDb) {
    const ON_ITS_WAY: u64 = 1_000;
    const LATER_THAN_THE_HORIZON: u64 = 630_000;
    let house = House::synced(db, DOCUMENTS).await;
    let mut settings = Settings::default();
    settings.unique_buyer_order.insert(COMPANY.to_owned(), UniqueBuyerOrder::Orders);
    house.simulator.set_settings(settings).unwrap();
    // Only a look-up that was seen to find what was made proves anything when it finds nothing.
    sent_order(&house).await;
    let before = house.truth();
    let input = DocumentInput { customer_order: Some("NAR-77".to_owned()), ..order(&house).await };
    let id = house.engine.create_sales_document(&house.scope, &input).await.unwrap();
    let late = Effect::DelayedCommitMs { ms: LATER_THAN_THE_HORIZON };
    let full = Effect::OprCode { code: "5".to_owned(), text: "Quota exceeded: too many calls".to_owned() };
    house.simulator.add_fault(FaultRule::nth("put_document", 1, late)).unwrap();
    house.simulator.add_fault(FaultRule::nth("put_document", 2, full)).unwrap();
    assert_eq!(push(&house, KIND, &id).await.outcome, "unknown");
    let_pass(&house, 9).await;
    let puts = || house.simulator.request_counts()["put_document"];
    assert_eq!(
        (puts(), new_orders(&house, &before).len()),
        (3, 0),
        "not stored, and sent again into a spent quota"
    );
    // It arrives after the look-up before the next try has seen nothing of it, and before that try.
    house.clock.advance(Duration::from_mins(1));
    fault(&house, "put_document", Effect::DelayMs { ms: ON_ITS_WAY });
    let arrives = async {
        while puts() == 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        house.advance(Duration::ZERO);
    };
    let patient = crate::house::patient();
    house.engine.start_due_runs().await.unwrap();
    let (worked, ()) = tokio::join!(house.engine.run_pending_jobs(&patient), arrives);
    worked.unwrap();
    let_pass(&house, 2).await;
    assert_eq!(says(&house, &id).await, words("synced", ""));
    let made = new_orders(&house, &before);
    assert_eq!(made.len(), 1);
    assert_eq!(status(&house, &id).await.mapping.unwrap().external_id, made[0].id);
    assert_eq!(puts(), 4, "the first order, and three of this one: the last was refused, its number exists");
}
