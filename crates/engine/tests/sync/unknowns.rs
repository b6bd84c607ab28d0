//! What can become of a write, each with the state and the sentence that staff sees (issue 5, *Shows* 6).

use std::time::Duration;

use engine::EngineError;
use engine::crm::{AddressInput, ContactInput, DocumentInput, Edit};
use engine::sync::{Cause, Counts, MatchAnswer, Outgoing, RunState, Settlement};
use engine::test_support::TestDb;
use metakocka::{
    BaseUrl, Client, ClientConfig, CompanyId, HttpClient, HttpConfig, MkId, OrderChange, OrderKey, SecretKey,
    WriteOutcome,
};
use metakocka_simulator::{DocType, Effect, FaultRule, Quota, Settings, UniqueBuyerOrder};
use serde_json::json;
use sync_core::record::RecordKind;

use crate::house::{COMPANY, House, KEY, KIND, connection, patient};
use crate::pushes::{new_orders, order, push, status};

const DOCUMENTS: usize = 40;

engine::each_engine!(
    a_record_that_arrives_long_after_the_time_out_is_found,
    a_cut_reply_is_settled_by_a_look_up,
    a_spent_quota_sends_later_by_itself,
    a_refused_key_pauses_and_sends_after_a_new_one,
    a_taken_order_number_is_told_with_its_owner,
    a_document_that_was_deleted_there_is_asked_about,
    an_edit_there_between_write_and_read_back_is_taken,
    an_order_that_was_invoiced_meanwhile_is_blocked,
    a_time_out_of_a_change_is_settled_by_reading,
    a_candidate_is_asked_about_and_taken,
    what_was_not_stored_is_sent_again_when_a_person_says_so,
    a_conflict_is_resolved_and_both_sides_are_equal,
    disjoint_edits_merge_by_themselves,
    a_renumbered_document_keeps_its_link,
    what_could_be_on_its_way_is_not_taken_before_that_is_known,
);

/// Lets time pass, a minute at a time, and works on what is due.
pub(crate) async fn let_pass(house: &House, minutes: u64) {
    for _ in 0..minutes {
        house.advance(Duration::from_mins(1));
        house.engine.start_due_runs().await.unwrap();
        house.engine.run_pending_jobs(&patient()).await.unwrap();
    }
}

pub(crate) async fn fresh_order(house: &House) -> String {
    let input = order(house).await;
    house.engine.create_sales_document(&house.scope, &input).await.unwrap()
}

/// An order that is linked and equal.
pub(crate) async fn sent_order(house: &House) -> (String, metakocka_simulator::TruthDocument) {
    let before = house.truth();
    let id = fresh_order(house).await;
    assert_eq!(push(house, KIND, &id).await.outcome, "created");
    (id, new_orders(house, &before).remove(0))
}

pub(crate) async fn edit(house: &House, id: &str, title: Option<&str>, notes: Option<&str>) {
    let here = house.engine.sales_document(&house.scope, id).await.unwrap();
    let edit = Edit { title: title.map(str::to_owned), notes: notes.map(str::to_owned) };
    house.engine.edit_sales_document(&house.scope, id, here.revision, edit).await.unwrap();
}

pub(crate) fn fault(house: &House, endpoint: &str, effect: Effect) {
    house.simulator.add_fault(FaultRule::nth(endpoint, 1, effect)).unwrap();
}

/// What a status says, in two words.
pub(crate) async fn says(house: &House, id: &str) -> (String, String) {
    let now = status(house, id).await;
    (now.status, now.reason.unwrap_or_default())
}

pub(crate) fn words(status: &str, reason: &str) -> (String, String) {
    (status.to_owned(), reason.to_owned())
}

async fn a_record_that_arrives_long_after_the_time_out_is_found(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let before = house.truth();
    let id = fresh_order(&house).await;
    fault(&house, "put_document", Effect::DelayedCommitMs { ms: 40_000 });
    assert_eq!(push(&house, KIND, &id).await.outcome, "unknown");
    let told = status(&house, &id).await;
    assert_eq!(told.status, "unknown");
    assert!(told.next_step_at < told.asks_at, "{told:?}");
    let_pass(&house, 3).await;
    assert_eq!(says(&house, &id).await, words("synced", ""));
    let_pass(&house, 15).await;
    assert_eq!(new_orders(&house, &before).len(), 1);
}

async fn a_cut_reply_is_settled_by_a_look_up(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let before = house.truth();
    let id = fresh_order(&house).await;
    fault(&house, "put_document", Effect::CutBody);
    assert_eq!(push(&house, KIND, &id).await.outcome, "unknown");
    let_pass(&house, 15).await;
    assert_eq!(says(&house, &id).await, words("synced", ""));
    assert_eq!(new_orders(&house, &before).len(), 1);
}

async fn a_spent_quota_sends_later_by_itself(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let before = house.truth();
    let id = fresh_order(&house).await;
    let quota = Some(Quota { calls: 0, per_ms: 60_000 });
    house.simulator.set_settings(Settings { quota, ..Settings::default() }).unwrap();
    let which = Outgoing::These(vec![id.clone()]);
    let run = house.engine.start_push(&house.scope, KIND, which, Cause::Manual).await.unwrap();
    let view = house.finish(&run).await;
    assert_eq!((view.state, view.error_code.as_deref()), (RunState::Failed, Some("quota")), "{view:?}");
    house.simulator.set_settings(Settings::default()).unwrap();
    let_pass(&house, 5).await;
    assert_eq!(says(&house, &id).await, words("synced", ""));
    assert_eq!(new_orders(&house, &before).len(), 1);
}

async fn a_refused_key_pauses_and_sends_after_a_new_one(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let before = house.truth();
    let id = fresh_order(&house).await;
    let refused = Effect::OprCode { code: "3".to_owned(), text: "Wrong secret key".to_owned() };
    fault(&house, "put_document", refused);
    let which = Outgoing::These(vec![id.clone()]);
    let run = house.engine.start_push(&house.scope, KIND, which, Cause::Manual).await.unwrap();
    let view = house.finish(&run).await;
    assert_eq!((view.state, view.error_code.as_deref()), (RunState::Failed, Some("key_refused")), "{view:?}");
    let_pass(&house, 5).await;
    assert_eq!(new_orders(&house, &before).len(), 0, "nothing is sent while the key is refused");
    let told = status(&house, &id).await;
    assert_eq!((told.status.as_str(), told.reason.as_deref()), ("pending", Some("waiting")));
    assert!(told.detail.unwrap().contains("refused the key"));
    let again = connection(&house.simulator.url(), KEY);
    house.engine.save_connection(&house.scope, &again).await.unwrap();
    let_pass(&house, 5).await;
    assert_eq!(says(&house, &id).await, words("synced", ""));
    assert_eq!(new_orders(&house, &before).len(), 1);
}

async fn a_taken_order_number_is_told_with_its_owner(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let mut settings = Settings::default();
    settings.unique_buyer_order.insert(COMPANY.to_owned(), UniqueBuyerOrder::Orders);
    house.simulator.set_settings(settings).unwrap();
    let numbered =
        |input: DocumentInput| DocumentInput { customer_order: Some("NAR-77".to_owned()), ..input };
    let first = numbered(order(&house).await);
    let first = house.engine.create_sales_document(&house.scope, &first).await.unwrap();
    assert_eq!(push(&house, KIND, &first).await.outcome, "created");
    let second = numbered(order(&house).await);
    let second = house.engine.create_sales_document(&house.scope, &second).await.unwrap();
    let came = push(&house, KIND, &second).await;
    let number = house.engine.sales_document(&house.scope, &first).await.unwrap().number;
    let_pass(&house, 2).await;
    let told = status(&house, &second).await;
    assert_eq!(told.status, "error", "{came:?} {told:?}");
    assert!(told.detail.as_deref().unwrap_or_default().contains(&number), "{told:?}");
}

async fn a_document_that_was_deleted_there_is_asked_about(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = sent_order(&house).await;
    let record = serde_json::from_value(json!({
        "kind": "document", "docType": "sales_order", "id": made.id
    }));
    house.simulator.delete(&record.unwrap()).unwrap();
    edit(&house, &id, None, Some("Pokličite prej.")).await;
    assert_eq!(push(&house, KIND, &id).await.outcome, "review");
    assert_eq!(says(&house, &id).await, words("needs_review", "gone"));
}

async fn an_edit_there_between_write_and_read_back_is_taken(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = sent_order(&house).await;
    edit(&house, &id, None, Some("Pokličite prej.")).await;
    // The read-back gets no answer, so somebody can edit before the next one.
    house.simulator.add_fault(FaultRule::nth("get_document", 2, Effect::CutBody)).unwrap();
    push(&house, KIND, &id).await;
    house.edit_there(&made, json!({ "title": "Urejeno tam" }));
    let_pass(&house, 3).await;
    push(&house, KIND, &id).await;
    let here = house.engine.sales_document(&house.scope, &id).await.unwrap();
    assert_eq!((here.title.as_str(), here.head.notes.as_deref()), ("Urejeno tam", Some("Pokličite prej.")));
    assert_eq!(says(&house, &id).await, words("synced", ""));
}

/// Makes the invoice of an order, as somebody there does by a click.
pub(crate) async fn invoice(house: &House, order: &str) {
    let url = BaseUrl::parse_allowing_http(&format!("{}/rest/eshop/v1/", house.simulator.url())).unwrap();
    let config = ClientConfig::new(url, CompanyId::parse(COMPANY).unwrap(), SecretKey::parse(KEY).unwrap());
    let client = Client::new(config, HttpClient::new(&HttpConfig::default()).unwrap());
    let order = OrderKey::Id(MkId::parse(order).unwrap());
    let change = OrderChange { create_invoice: true, ..OrderChange::of(order) };
    let outcome = client.send(change.prepare().unwrap()).await;
    assert!(matches!(outcome, WriteOutcome::Stored(_)), "{outcome:?}");
}

async fn an_order_that_was_invoiced_meanwhile_is_blocked(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = sent_order(&house).await;
    invoice(&house, &made.id).await;
    edit(&house, &id, Some("Drug predmet"), None).await;
    let came = push(&house, KIND, &id).await;
    assert_eq!((came.outcome.as_str(), came.code.as_deref()), ("failed", Some("blocked")));
    let told = status(&house, &id).await;
    assert!(told.detail.as_deref().unwrap_or_default().contains("invoiced"), "{told:?}");
}

async fn a_time_out_of_a_change_is_settled_by_reading(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = sent_order(&house).await;
    for (effect, notes) in [(Effect::DropAfterStore, "Prvič."), (Effect::DropBeforeStore, "Drugič.")] {
        edit(&house, &id, None, Some(notes)).await;
        fault(&house, "update_document", effect);
        assert_eq!(push(&house, KIND, &id).await.outcome, "unknown");
        let_pass(&house, 15).await;
        assert_eq!(says(&house, &id).await, words("synced", ""), "{notes}");
        house.simulator.clear_faults();
        let there = house.truth().into_iter().find(|one| one.id == made.id).unwrap();
        assert_eq!(there.notes.as_deref(), Some(notes));
    }
}

/// A contact whose making got no answer, while somebody made another one of this name there.
async fn doubtful_contact(house: &House) -> String {
    let address = AddressInput {
        street: Some("Nova ulica 1".to_owned()),
        post_number: Some("1000".to_owned()),
        place: Some("Ljubljana".to_owned()),
        country: Some("SI".to_owned()),
        ..AddressInput::default()
    };
    let name = "Novi kupec d.o.o.".to_owned();
    let input = ContactInput { name, company: Some(true), address: Some(address), ..ContactInput::default() };
    let id = house.engine.create_contact(&house.scope, &input).await.unwrap();
    fault(house, "add_partner", Effect::DropBeforeStore);
    assert_eq!(push(house, RecordKind::Contact, &id).await.outcome, "unknown");
    let twin = json!({ "kind": "partner", "set": { "name": "Novi kupec d.o.o.", "street": "Stara 2" } });
    house.simulator.create(&serde_json::from_value(twin).unwrap()).unwrap();
    let_pass(house, 15).await;
    let now = house.engine.sync_status(&house.scope, RecordKind::Contact, &id).await.unwrap().unwrap();
    assert_eq!((now.status.as_str(), now.reason.as_deref()), ("needs_review", Some("candidates")));
    id
}

/// Answers while a worker works.
pub(crate) async fn settle(house: &House, settlement: Settlement) -> Result<(), EngineError> {
    let open = house.engine.unknown_writes(&house.scope).await.unwrap();
    assert_eq!(open.len(), 1);
    let said = house.engine.settle(&house.scope, &open[0].id, settlement, Duration::ZERO).await;
    house.engine.run_pending_jobs(&patient()).await.unwrap();
    said
}

async fn a_candidate_is_asked_about_and_taken(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let id = doubtful_contact(&house).await;
    let open = house.engine.unknown_writes(&house.scope).await.unwrap().remove(0);
    assert!(open.asks && open.candidates.len() == 1, "{open:?}");
    assert!(
        open.candidates[0].differs_in.iter().any(|what| what.to_lowercase().contains("address")),
        "{open:?}"
    );
    settle(&house, Settlement::ItIs(open.candidates[0].id.as_str().to_owned())).await.unwrap();
    let now = house.engine.sync_status(&house.scope, RecordKind::Contact, &id).await.unwrap().unwrap();
    assert_eq!(now.mapping.as_ref().unwrap().external_id, open.candidates[0].id.as_str());
    assert!(house.engine.unknown_writes(&house.scope).await.unwrap().is_empty());
    let named = house.simulator.partners(COMPANY).unwrap().into_iter();
    assert_eq!(named.filter(|one| one.name == "Novi kupec d.o.o.").count(), 1);
}

async fn what_was_not_stored_is_sent_again_when_a_person_says_so(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let id = doubtful_contact(&house).await;
    settle(&house, Settlement::NotStored).await.unwrap();
    let_pass(&house, 3).await;
    let named = house.simulator.partners(COMPANY).unwrap().into_iter();
    let now = house.engine.sync_status(&house.scope, RecordKind::Contact, &id).await.unwrap().unwrap();
    assert_eq!(now.status, "synced", "{now:?}");
    assert_eq!(named.filter(|one| one.name == "Novi kupec d.o.o.").count(), 2);
}

async fn a_conflict_is_resolved_and_both_sides_are_equal(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = sent_order(&house).await;
    edit(&house, &id, Some("Moj predmet"), Some("Moja opomba")).await;
    house.edit_there(&made, json!({ "title": "Njihov predmet", "notes": "Njihova opomba" }));
    house.look().await;
    assert_eq!(says(&house, &id).await, words("needs_review", "conflict"));
    assert_eq!(push(&house, KIND, &id).await.outcome, "review");
    let conflict = house.engine.conflict(&house.scope, KIND, &id).await.unwrap();
    let places: Vec<&str> = conflict.parts.iter().map(|part| part.place.as_str()).collect();
    assert_eq!(places, ["notes", "title"]);
    assert_eq!(conflict.parts[1].here, Some(json!("Moj predmet")));
    assert_eq!(conflict.parts[1].there, Some(json!("Njihov predmet")));
    let answers = [("title".to_owned(), Counts::Here), ("notes".to_owned(), Counts::There)];
    let stale = house.engine.resolve(&house.scope, (KIND, &id), conflict.revision + 1, &answers).await;
    assert!(matches!(stale, Err(EngineError::Stale { .. })));
    house.engine.resolve(&house.scope, (KIND, &id), conflict.revision, &answers).await.unwrap();
    assert_eq!(says(&house, &id).await, words("pending", "to_send"));
    assert_eq!(push(&house, KIND, &id).await.outcome, "updated");
    assert_eq!(says(&house, &id).await, words("synced", ""));
    let there = house.truth().into_iter().find(|one| one.id == made.id).unwrap();
    let here = house.engine.sales_document(&house.scope, &id).await.unwrap();
    assert_eq!(
        (there.title.as_deref(), there.notes.as_deref()),
        (Some("Moj predmet"), Some("Njihova opomba"))
    );
    assert_eq!((here.title.as_str(), here.head.notes.as_deref()), ("Moj predmet", Some("Njihova opomba")));
}

async fn disjoint_edits_merge_by_themselves(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = sent_order(&house).await;
    edit(&house, &id, None, Some("Moja opomba")).await;
    house.edit_there(&made, json!({ "title": "Njihov predmet" }));
    house.look().await;
    assert_eq!(says(&house, &id).await, words("pending", "to_merge"));
    push(&house, KIND, &id).await;
    assert_eq!(says(&house, &id).await, words("synced", ""));
    let there = house.truth().into_iter().find(|one| one.id == made.id).unwrap();
    let here = house.engine.sales_document(&house.scope, &id).await.unwrap();
    assert_eq!(
        (there.title.as_deref(), there.notes.as_deref()),
        (Some("Njihov predmet"), Some("Moja opomba"))
    );
    assert_eq!((here.title.as_str(), here.head.notes.as_deref()), ("Njihov predmet", Some("Moja opomba")));
}

async fn a_renumbered_document_keeps_its_link(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = sent_order(&house).await;
    house.edit_there(&made, json!({ "number": "PP-9000" }));
    edit(&house, &id, None, Some("Moja opomba")).await;
    push(&house, KIND, &id).await;
    let here = house.engine.sales_document(&house.scope, &id).await.unwrap();
    assert_eq!(here.number, "PP-9000");
    assert_eq!(says(&house, &id).await, words("synced", ""));
    assert_eq!(
        house
            .truth()
            .iter()
            .filter(|one| one.doc_type == DocType::SalesOrder && one.number == "PP-9000")
            .count(),
        1
    );
}

async fn what_could_be_on_its_way_is_not_taken_before_that_is_known(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (_, first) = sent_order(&house).await;
    let id = fresh_order(&house).await;
    fault(&house, "put_document", Effect::DropBeforeStore);
    assert_eq!(push(&house, KIND, &id).await.outcome, "unknown");
    // Somebody makes an order of the same customer there.
    let theirs = json!({
        "kind": "document", "docType": "sales_order", "copyOf": first.id,
        "set": { "buyerOrder": "NAR-1", "title": "Njihovo" }
    });
    house.simulator.create(&serde_json::from_value(theirs).unwrap()).unwrap();
    let before = house.sync().await;
    assert_eq!(before.created, 0, "{before:?}");
    let_pass(&house, 15).await;
    // It was not stored. Of the same customer, day and total, theirs could be it: it is not sent before somebody says no.
    assert_eq!(says(&house, &id).await, words("needs_review", "match"));
    let none = MatchAnswer::NoneOf(Vec::new());
    house.engine.answer_match(&house.scope, (KIND, &id), &none).await.unwrap();
    assert_eq!(push(&house, KIND, &id).await.outcome, "created");
    assert_eq!(says(&house, &id).await, words("synced", ""));
    let after = house.sync().await;
    let pulled = house.pull().await;
    let waiting = house.waiting().await;
    assert_eq!(before.created + after.created + pulled.created + waiting.1.unwrap(), 1, "{waiting:?}");
}
