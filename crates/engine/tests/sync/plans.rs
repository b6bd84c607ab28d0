//! A plan shows what a run would do, and the run does that and nothing else (issue 5, *Deliver* 8).

use std::time::Duration;

use engine::EngineError;
use engine::access::{Language, NewUser, Role, TenantScope, WorkspaceChoice};
use engine::crm::{AddressInput, ContactInput, DocumentInput, PersonInput, ProductInput};
use engine::sync::{
    Applied, Cause, PlanAction, PlanDirection, PlanItem, PlanSide, PlanView, PlanWish, RunState, RunView,
};
use engine::test_support::TestDb;
use metakocka_simulator::{DocType, TruthDocument};
use serde_json::{Value, json};
use sync_core::record::{DocumentType, RecordKind};
use tokio::time::Instant;

use crate::house::{COMPANY, House, KEY, KIND, connection, engine as engine_at, state_code, tell};
use crate::pushes::{new_orders, order, order_of, push, status};
use crate::tables::execute;
use crate::unknowns::edit;

const DOCUMENTS: usize = 40;
/// Documents of the large plan.
const MANY: usize = 2_000;
/// Orders of another one.
const SENT: u32 = 200;
/// More than a large plan takes on a slow machine.
const LONGEST: Duration = Duration::from_mins(1);

engine::each_engine!(
    a_new_order_is_sent_as_its_plan_shows_it,
    an_offer_is_replaced_as_its_plan_shows_it,
    a_customer_and_a_product_are_brought_first_as_the_plan_shows_them,
    contacts_and_products_are_changed_as_their_plans_show,
    a_merge_takes_and_sends_what_its_plan_shows,
    what_is_taken_is_what_the_plan_shows,
    both_ways_are_one_run_and_what_is_taken_comes_first,
    a_plan_says_every_reason_why_nothing_is_done,
    what_moved_makes_a_plan_stale_and_is_told,
    a_plan_is_applied_once_and_by_staff_only,
    what_moves_after_a_plan_was_applied_is_left_alone,
    a_plan_of_another_workspace_does_not_exist,
    a_plan_of_thousands_is_made_and_checked_in_time,
    old_plans_are_removed,
);

const ALL: u32 = 10_000;

async fn plan(house: &House, direction: PlanDirection, ids: Option<&[&str]>) -> PlanView {
    plan_of(house, KIND, direction, ids).await
}

/// Makes a plan; Metakocka is not asked anything.
async fn plan_of(
    house: &House,
    kind: RecordKind,
    direction: PlanDirection,
    ids: Option<&[&str]>,
) -> PlanView {
    let before = calls(house);
    let ids = ids.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect());
    let wish = PlanWish { kind, direction, ids };
    let plan = house.engine.make_plan(&house.scope, &wish, ALL).await.unwrap();
    assert_eq!(calls(house), before, "a preview asks nothing");
    plan
}

fn calls(house: &House) -> u64 {
    house.simulator.request_counts().values().sum()
}

/// Carries a plan out; gives the run and the calls that it made.
async fn carry_out(house: &House, plan: &PlanView) -> (RunView, i64) {
    house.simulator.clear_requests();
    let applied = house.engine.apply_plan(&house.scope, &plan.id, Cause::Manual).await.unwrap();
    let Applied::By(run) = applied else { panic!("nothing to do: {plan:?}") };
    let run = house.finish(&run).await;
    assert_eq!(run.state, RunState::Done, "{run:?}");
    (run, i64::try_from(calls(house)).unwrap())
}

/// The writes that a plan shows, as path and body.
fn shown(plan: &PlanView) -> Vec<(String, Value)> {
    let requests = plan.items.iter().flat_map(|item| &item.requests);
    let mut all: Vec<(String, Value)> =
        requests.map(|request| (request.path.clone(), request.body.clone())).collect();
    all.sort_by_key(|(path, body)| format!("{path} {body}"));
    all
}

/// The writes that Metakocka received.
fn received(house: &House) -> Vec<(String, Value)> {
    let is_write = |endpoint: &str| {
        ["put_document", "update_document", "add_partner", "update_partner", "product_add", "product_update"]
            .contains(&endpoint)
    };
    let requests = house.simulator.requests(10_000).into_iter().filter(|one| is_write(&one.endpoint));
    let mut all: Vec<(String, Value)> = requests
        .map(|mut one| {
            one.body.as_object_mut().unwrap().remove("secret_key").unwrap();
            let room = if one.endpoint.starts_with("product") { "v1/json" } else { "v1" };
            (format!("/rest/eshop/{room}/{}", one.endpoint), one.body)
        })
        .collect();
    all.sort_by_key(|(path, body)| format!("{path} {body}"));
    all
}

/// Carries a plan out, and sees that it did what it shows, with as many calls.
async fn does_what_it_shows(house: &House, plan: &PlanView) -> RunView {
    let (run, made) = carry_out(house, plan).await;
    assert_eq!(received(house), shown(plan));
    assert_eq!(made, plan.calls, "{:?} {:?}", house.simulator.request_counts(), plan.items);
    run
}

fn only(plan: &PlanView) -> &PlanItem {
    assert_eq!(plan.items.len(), 1, "{:?}", plan.items);
    &plan.items[0]
}

fn change<'a>(item: &'a PlanItem, field: &str) -> &'a engine::sync::PlannedChange {
    item.changes.iter().find(|change| change.field == field).unwrap_or_else(|| panic!("{field}: {item:?}"))
}

async fn a_new_order_is_sent_as_its_plan_shows_it(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    for turn in 0..2 {
        let before = house.truth();
        let input = order(&house).await;
        let id = house.engine.create_sales_document(&house.scope, &input).await.unwrap();
        let plan = plan(&house, PlanDirection::ToRemote, None).await;
        let item = only(&plan);
        assert_eq!((item.action, item.record_id.as_deref()), (PlanAction::CreateThere, Some(id.as_str())));
        // The first one is looked up afterwards, to see that the look-up finds what was made.
        assert_eq!(plan.calls, if turn == 0 { 3 } else { 2 });
        assert_eq!(change(item, "title").new, Some(json!("Obnova skladišča")));
        assert_eq!((change(item, "title").side, change(item, "title").old.clone()), (PlanSide::There, None));
        let customer = change(item, "customer").new.clone().unwrap();
        assert!(customer["name"].as_str().is_some_and(|name| !name.is_empty()), "{customer}");
        let run = does_what_it_shows(&house, &plan).await;
        assert_eq!((run.created, run.total), (1, 1));
        assert_eq!(new_orders(&house, &before).len(), 1);
        for (notes, title) in [(Some("Pokličite prej."), None), (None, Some("Drug predmet"))] {
            edit(&house, &id, title, notes).await;
            let plan = self::plan(&house, PlanDirection::ToRemote, Some(&[&id])).await;
            let item = only(&plan);
            assert_eq!((item.action, item.calls), (PlanAction::UpdateThere, 3));
            assert!(item.requests[0].fresh_read);
            let path = if title.is_some() {
                "/rest/eshop/v1/put_document"
            } else {
                "/rest/eshop/v1/update_document"
            };
            assert_eq!(item.requests[0].path, path);
            does_what_it_shows(&house, &plan).await;
            edit(&house, &id, Some("Obnova skladišča"), Some("")).await;
            push(&house, KIND, &id).await;
        }
    }
}

async fn an_offer_is_replaced_as_its_plan_shows_it(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let input = DocumentInput { doc_type: Some(DocumentType::Offer), ..order(&house).await };
    let id = house.engine.create_sales_document(&house.scope, &input).await.unwrap();
    let made = plan(&house, PlanDirection::ToRemote, Some(&[&id])).await;
    does_what_it_shows(&house, &made).await;
    let before = house.engine.sales_document(&house.scope, &id).await.unwrap();
    edit(&house, &id, Some("Nova ponudba"), Some("Velja do konca leta.")).await;
    let changed = plan(&house, PlanDirection::ToRemote, Some(&[&id])).await;
    let item = only(&changed);
    assert_eq!(change(item, "title").old, Some(json!(before.title)));
    assert_eq!(change(item, "title").new, Some(json!("Nova ponudba")));
    assert_eq!(item.requests[0].path, "/rest/eshop/v1/put_document");
    does_what_it_shows(&house, &changed).await;
    assert_eq!(status(&house, &id).await.status, "synced");
    // One that was only ever listed: the reply of a search says enough to show what is sent.
    let theirs = house.find(DocType::SalesOffer, |one| one.linked.is_empty());
    house.edit_title_here(&theirs, "Naš predmet").await;
    let id = house.here(&theirs).await.id;
    let listed = plan(&house, PlanDirection::ToRemote, Some(&[&id])).await;
    assert_eq!(only(&listed).action, PlanAction::UpdateThere, "{listed:?}");
    does_what_it_shows(&house, &listed).await;
}

fn buyer(name: &str) -> ContactInput {
    ContactInput {
        name: name.to_owned(),
        company: Some(true),
        address: Some(AddressInput {
            street: Some("Nova ulica 1".to_owned()),
            post_number: Some("1000".to_owned()),
            place: Some("Ljubljana".to_owned()),
            country: Some("SI".to_owned()),
            ..AddressInput::default()
        }),
        ..ContactInput::default()
    }
}

fn goods(code: &str) -> ProductInput {
    ProductInput {
        code: code.to_owned(),
        name: format!("Izdelek {code}"),
        unit: Some("kos".to_owned()),
        ..ProductInput::default()
    }
}

/// Two documents name the same new customer: it is brought once, and what it is called there is told in words before.
async fn a_customer_and_a_product_are_brought_first_as_the_plan_shows_them(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    // Two that are the first of their type at the same time would both be looked up.
    let first = house.engine.create_sales_document(&house.scope, &order(&house).await).await.unwrap();
    push(&house, KIND, &first).await;
    let contact = house.engine.create_contact(&house.scope, &buyer("Novi kupec d.o.o.")).await.unwrap();
    let product = house.engine.create_product(&house.scope, &goods("NOV-1")).await.unwrap();
    for _ in 0..2 {
        house.engine.create_sales_document(&house.scope, &order_of(&contact, &product)).await.unwrap();
    }
    let before = house.truth();
    let plan = plan(&house, PlanDirection::ToRemote, None).await;
    let brought: Vec<(RecordKind, bool)> = plan.items.iter().map(|item| (item.kind, item.brought)).collect();
    let (first, named) = (RecordKind::Contact, RecordKind::Product);
    assert_eq!(brought, [(first, true), (named, true), (KIND, false), (KIND, false)]);
    assert_eq!((plan.records, plan.active), (2, 2));
    let (run, made) = carry_out(&house, &plan).await;
    assert_eq!((run.created, made), (2, plan.calls), "{run:?} {:?}", house.simulator.request_counts());
    assert_eq!(new_orders(&house, &before).len(), 2);
    let partner = house.simulator.partners(COMPANY).unwrap();
    let partner = partner.iter().find(|one| one.name == "Novi kupec d.o.o.").unwrap().clone();
    let goods = house.simulator.products(COMPANY).unwrap();
    let goods = goods.iter().find(|one| one.code == "NOV-1").unwrap().clone();
    let main = partner.addresses.iter().find(|address| address.billing).unwrap_or(&partner.addresses[0]);
    let spelling = [
        ("‹id of Novi kupec d.o.o.›", &partner.id),
        ("‹id of the address of Novi kupec d.o.o.›", &main.id),
        ("‹id of NOV-1›", &goods.id),
        ("‹Metakocka's code of NOV-1›", &goods.number),
    ];
    let spelled = |(path, body): (String, Value)| {
        let text = spelling.iter().fold(body.to_string(), |text, (words, id)| text.replace(words, id));
        (path, serde_json::from_str(&text).unwrap())
    };
    let shown: Vec<(String, Value)> = shown(&plan).into_iter().map(spelled).collect();
    assert_eq!(received(&house), shown);
    for (kind, id) in [(RecordKind::Contact, &contact), (RecordKind::Product, &product)] {
        let status = house.engine.sync_status(&house.scope, kind, id).await.unwrap().unwrap();
        assert_eq!(status.status, "synced", "{status:?}");
    }
}

async fn contacts_and_products_are_changed_as_their_plans_show(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let second = AddressInput { street: Some("Skladišče 2".to_owned()), ..buyer("").address.unwrap() };
    let first = AddressInput { street: Some("Skladišče 1".to_owned()), ..second.clone() };
    let input = ContactInput { delivery_addresses: vec![first, second], ..buyer("Kupec z naslovi d.o.o.") };
    let id = house.engine.create_contact(&house.scope, &input).await.unwrap();
    let contact = RecordKind::Contact;
    let made = plan_of(&house, contact, PlanDirection::ToRemote, Some(&[&id])).await;
    let (_, calls) = carry_out(&house, &made).await;
    assert_eq!(calls, made.calls, "{:?}", house.simulator.request_counts());
    assert_eq!(received(&house)[0], shown(&made)[0]);
    let now = house.engine.contact(&house.scope, &id).await.unwrap();
    let person = PersonInput {
        name: Some("Ana".to_owned()),
        email: Some("ana@kupec.example".to_owned()),
        ..PersonInput::default()
    };
    let edited = ContactInput { person: Some(person), ..now.form };
    house.engine.edit_contact(&house.scope, &id, now.revision, &edited).await.unwrap();
    let changed = plan_of(&house, contact, PlanDirection::Both, Some(&[&id])).await;
    assert_eq!((only(&changed).action, changed.calls), (PlanAction::UpdateThere, 3), "{changed:?}");
    does_what_it_shows(&house, &changed).await;

    let id = house.engine.create_product(&house.scope, &goods("NOV-2")).await.unwrap();
    let product = RecordKind::Product;
    let made = plan_of(&house, product, PlanDirection::ToRemote, None).await;
    assert_eq!(only(&made).action, PlanAction::CreateThere);
    does_what_it_shows(&house, &made).await;
    for code in ["NOV-2", "NOV-3"] {
        let now = house.engine.product(&house.scope, &id).await.unwrap();
        let input = ProductInput { name: format!("Drugo ime {code}"), ..goods(code) };
        house.engine.edit_product(&house.scope, &id, now.revision, &input).await.unwrap();
        let changed = plan_of(&house, product, PlanDirection::ToRemote, None).await;
        does_what_it_shows(&house, &changed).await;
    }
}

/// An order that was sent and is then changed on both sides in other fields.
async fn to_merge(house: &House) -> (String, TruthDocument) {
    let before = house.truth();
    let id = house.engine.create_sales_document(&house.scope, &order(house).await).await.unwrap();
    push(house, KIND, &id).await;
    let made = new_orders(house, &before).remove(0);
    edit(house, &id, Some("Naš predmet"), None).await;
    house.edit_there(&made, json!({ "notes": "Njihova opomba" }));
    house.look().await;
    assert_eq!(status(house, &id).await.reason.as_deref(), Some("to_merge"));
    (id, made)
}

async fn a_merge_takes_and_sends_what_its_plan_shows(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, made) = to_merge(&house).await;
    let plan = plan(&house, PlanDirection::ToRemote, None).await;
    let item = only(&plan);
    assert_eq!(item.action, PlanAction::Merge);
    assert_eq!((change(item, "notes").side, change(item, "title").side), (PlanSide::Here, PlanSide::There));
    assert_eq!(change(item, "notes").new, Some(json!("Njihova opomba")));
    does_what_it_shows(&house, &plan).await;
    let there = house.simulator.document(COMPANY, made.doc_type, &made.id).unwrap();
    assert_eq!(
        (there.title.as_deref(), there.notes.as_deref()),
        (Some("Naš predmet"), Some("Njihova opomba"))
    );
    assert_eq!(status(&house, &id).await.status, "synced");
}

async fn what_is_taken_is_what_the_plan_shows(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let order = house.find(DocType::SalesOrder, |_| true);
    let id = house.here(&order).await.id;
    house.edit_there(&order, json!({ "title": "Njihov predmet" }));
    let partner = house.simulator.partners(COMPANY).unwrap().remove(0).id;
    let new = crate::matching::order_there(&house, &partner, "25");
    house.look().await;
    let everything = plan(&house, PlanDirection::FromRemote, None).await;
    let mut actions: Vec<PlanAction> = everything.items.iter().map(|item| item.action).collect();
    actions.sort_by_key(|action| action.as_str());
    assert_eq!(actions, [PlanAction::CreateHere, PlanAction::UpdateHere]);
    let updated = everything.items.iter().find(|item| item.action == PlanAction::UpdateHere).unwrap();
    assert_eq!(change(updated, "title").new, Some(json!("Njihov predmet")));
    assert_eq!(updated.record_id.as_deref(), Some(id.as_str()));
    assert!(everything.items.iter().all(|item| item.requests.is_empty()));
    let named = plan(&house, PlanDirection::FromRemote, Some(&[&new, "987654321"])).await;
    assert_eq!((named.records, named.active), (2, 1));
    let (run, made) = carry_out(&house, &named).await;
    assert_eq!((run.created, run.updated, run.total, made), (1, 0, 1, named.calls));
    // One of two was taken meanwhile: the other plan says so, and is made again.
    let refused = house.engine.apply_plan(&house.scope, &everything.id, Cause::Manual).await;
    assert_eq!(state_code(refused), "stale_plan");
    let again = house.engine.make_plan_again(&house.scope, &everything.id, ALL).await.unwrap();
    let (run, made) = carry_out(&house, &again).await;
    assert_eq!((run.updated, run.total, made), (1, 1, 0));
    assert_eq!(house.here(&order).await.title, "Njihov predmet");
}

async fn both_ways_are_one_run_and_what_is_taken_comes_first(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let theirs = house.find(DocType::SalesOrder, |_| true);
    house.edit_there(&theirs, json!({ "title": "Njihov predmet" }));
    house.look().await;
    let ours = house.engine.create_sales_document(&house.scope, &order(&house).await).await.unwrap();
    let plan = plan(&house, PlanDirection::Both, None).await;
    assert_eq!((plan.records, plan.active), (2, 2));
    let run = does_what_it_shows(&house, &plan).await;
    assert_eq!((run.created, run.updated, run.total), (1, 1, 2));
    assert_eq!(
        (house.here(&theirs).await.title.as_str(), status(&house, &ours).await.status.as_str()),
        ("Njihov predmet", "synced")
    );
    // By our own id a record goes whichever way it has to.
    let id = house.here(&theirs).await.id;
    house.edit_there(&theirs, json!({ "title": "Spet njihov" }));
    house.look().await;
    let one = self::plan(&house, PlanDirection::Both, Some(&[&id])).await;
    assert_eq!(only(&one).action, PlanAction::UpdateHere);
    let other_way = self::plan(&house, PlanDirection::ToRemote, Some(&[&id])).await;
    assert_eq!((only(&other_way).action, other_way.active), (PlanAction::Nothing, 0));
    assert!(only(&other_way).reasons[0].contains("Metakocka"), "{other_way:?}");
    let nothing = house.engine.apply_plan(&house.scope, &other_way.id, Cause::Manual).await.unwrap();
    assert_eq!(nothing, Applied::Nothing);
}

async fn a_plan_says_every_reason_why_nothing_is_done(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let invoiced = house.find(DocType::SalesOrder, |one| !one.linked.is_empty());
    house.edit_title_here(&invoiced, "Samo tu").await;
    let locked = house.here(&invoiced).await.id;
    let empty = DocumentInput { doc_type: Some(DocumentType::Order), ..DocumentInput::default() };
    let empty = house.engine.create_sales_document(&house.scope, &empty).await.unwrap();
    let wrong = ContactInput { name: String::new(), ..buyer("") };
    assert!(house.engine.create_contact(&house.scope, &wrong).await.is_err(), "a contact has a name");
    let unknown = "019ab000-0000-7000-8000-000000000000";
    let plan = plan(&house, PlanDirection::ToRemote, Some(&[&locked, &empty, unknown])).await;
    assert_eq!((plan.records, plan.active, plan.calls), (3, 0, 0));
    let of = |id: &str| plan.items.iter().find(|item| item.record_id.as_deref() == Some(id)).unwrap();
    assert!(of(&locked).reasons.iter().any(|why| why.contains("invoiced")), "{:?}", of(&locked));
    assert!(of(&empty).reasons.len() >= 2, "{:?}", of(&empty));
    assert_eq!(of(unknown).reasons, ["There is no such record here."]);
    assert!(plan.items.iter().all(|item| item.requests.is_empty() && item.action == PlanAction::Nothing));
    tell(&format!("{:?}", of(&empty).reasons));
}

/// Refused, with the sentence.
async fn stale(house: &House, plan: &PlanView) -> String {
    let shown = house.engine.plan(&house.scope, &plan.id, 0, 1).await.unwrap().stale.unwrap();
    match house.engine.apply_plan(&house.scope, &plan.id, Cause::Manual).await {
        Err(EngineError::State(conflict)) => {
            assert_eq!((conflict.code.as_str(), conflict.sentence.as_str()), ("stale_plan", shown.as_str()));
            tell(&shown);
            shown
        }
        other => panic!("{other:?}"),
    }
}

async fn what_moved_makes_a_plan_stale_and_is_told(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let all = PlanDirection::ToRemote;
    let input = order(&house).await;
    let id = house.engine.create_sales_document(&house.scope, &input).await.unwrap();
    let edited = plan(&house, all, Some(&[&id])).await;
    edit(&house, &id, Some("Drug predmet"), None).await;
    assert!(stale(&house, &edited).await.contains("edited here since"));

    let whole = plan(&house, all, None).await;
    house.engine.create_sales_document(&house.scope, &input).await.unwrap();
    assert!(stale(&house, &whole).await.contains("1 record is new since"));

    let named = plan(&house, all, Some(&[&id])).await;
    assert!(house.engine.plan(&house.scope, &named.id, 0, 1).await.unwrap().stale.is_none());
    let contact = house.engine.sales_document(&house.scope, &id).await.unwrap().contact.unwrap().id;
    let now = house.engine.contact(&house.scope, &contact).await.unwrap();
    let renamed = ContactInput { name: "Preimenovani kupec d.o.o.".to_owned(), ..now.form };
    house.engine.edit_contact(&house.scope, &contact, now.revision, &renamed).await.unwrap();
    assert!(stale(&house, &named).await.contains("customer or a product"));

    let settled = plan(&house, all, Some(&[&id])).await;
    push(&house, KIND, &id).await;
    assert!(stale(&house, &settled).await.contains("settled meanwhile"));

    let (id, made) = to_merge(&house).await;
    let there = plan(&house, all, Some(&[&id])).await;
    house.edit_there(&made, json!({ "notes": "Še ena opomba" }));
    house.look().await;
    assert!(stale(&house, &there).await.contains("changed in Metakocka since"));

    let deleted = plan(&house, all, Some(&[&id])).await;
    let now = house.engine.sales_document(&house.scope, &id).await.unwrap();
    house.engine.delete_sales_document(&house.scope, &id, now.revision).await.unwrap();
    assert!(stale(&house, &deleted).await.contains("deleted here since"));

    let settings = plan(&house, all, None).await;
    execute(&house.db, "UPDATE connection_kinds SET create_there = 0 WHERE kind = 'product'").await;
    assert!(stale(&house, &settings).await.contains("settings"));
    let again = house.engine.make_plan_again(&house.scope, &settings.id, ALL).await.unwrap();
    assert!(again.stale.is_none() && again.hash != settings.hash);
}

async fn a_plan_is_applied_once_and_by_staff_only(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    house.engine.create_sales_document(&house.scope, &order(&house).await).await.unwrap();
    let before = house.truth();
    let plan = plan(&house, PlanDirection::ToRemote, None).await;
    let reader = NewUser {
        email: "bralec@example.test".to_owned(),
        name: "Bralec".to_owned(),
        password: "geslo-geslo".to_owned().into(),
        language: Language::default(),
        role: Role::ReadOnly,
        workspace: WorkspaceChoice::Existing("Lesna oprema".to_owned()),
    };
    house.engine.add_user(reader).await.unwrap();
    let reader = house.engine.scope_for_operator("Lesna oprema", Some("bralec@example.test")).await.unwrap();
    assert_eq!(house.engine.plan(&reader, &plan.id, 0, 1).await.unwrap().hash, plan.hash);
    let refused = house.engine.apply_plan(&reader, &plan.id, Cause::Manual).await;
    assert!(matches!(refused, Err(EngineError::Forbidden)), "{refused:?}");

    let apply = || house.engine.apply_plan(&house.scope, &plan.id, Cause::Manual);
    let (one, other) = tokio::join!(apply(), apply());
    let Applied::By(run) = one.unwrap() else { panic!() };
    assert_eq!(other.unwrap(), Applied::By(run.clone()));
    assert_eq!(house.finish(&run).await.created, 1);
    assert_eq!(apply().await.unwrap(), Applied::By(run.clone()));
    assert_eq!(new_orders(&house, &before).len(), 1);
    let shown = house.engine.plan(&house.scope, &plan.id, 0, 1).await.unwrap();
    assert_eq!((shown.run_id.as_ref(), shown.stale), (Some(&run), None));
}

/// The plan stood when it was applied; what is edited before its turn comes nobody has approved.
async fn what_moves_after_a_plan_was_applied_is_left_alone(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let mut ids = Vec::new();
    let mut made = Vec::new();
    for _ in 0..3 {
        let before = house.truth();
        let id = house.engine.create_sales_document(&house.scope, &order(&house).await).await.unwrap();
        push(&house, KIND, &id).await;
        made.extend(new_orders(&house, &before));
        edit(&house, &id, Some("Nov predmet"), None).await;
        ids.push(id);
    }
    let plan = plan(&house, PlanDirection::ToRemote, None).await;
    assert_eq!(plan.active, 3);
    let applied = house.engine.apply_plan(&house.scope, &plan.id, Cause::Manual).await.unwrap();
    edit(&house, &ids[0], Some("Spet drugače"), None).await;
    house.edit_there(&made[1], json!({ "notes": "Njihova opomba" }));
    let Applied::By(run) = applied else { panic!() };
    let run = house.finish(&run).await;
    assert_eq!((run.updated, run.skipped, run.total), (1, 2, 3), "{run:?}");
    let problems = house.engine.run_problems(&house.scope, &run.id).await.unwrap();
    assert!(problems.iter().all(|one| one.code.as_deref() == Some("changed_meanwhile")), "{problems:?}");
    let titles: Vec<String> = made
        .iter()
        .map(|one| house.simulator.document(COMPANY, one.doc_type, &one.id).unwrap().title.unwrap())
        .collect();
    assert_eq!(titles, ["Obnova skladišča", "Obnova skladišča", "Nov predmet"]);
    // Nothing is lost: what was left alone goes with the next plan.
    let next = self::plan(&house, PlanDirection::ToRemote, None).await;
    assert_eq!(next.active, 2);
    let (run, _) = carry_out(&house, &next).await;
    assert_eq!(run.updated, 2);
}

async fn a_plan_of_another_workspace_does_not_exist(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    house.engine.create_sales_document(&house.scope, &order(&house).await).await.unwrap();
    let plan = plan(&house, PlanDirection::ToRemote, None).await;
    let other = engine_at(house.db.clone(), &house.simulator.url(), house.clock.clone(), 9);
    let theirs = NewUser {
        email: "druga@example.test".to_owned(),
        name: "Druga".to_owned(),
        password: "geslo-geslo".to_owned().into(),
        language: Language::default(),
        role: Role::Owner,
        workspace: WorkspaceChoice::New("Druga hiša".to_owned()),
    };
    other.add_user(theirs).await.unwrap();
    let scope: TenantScope = other.scope_for_operator("Druga hiša", None).await.unwrap();
    let missing = |answer: &Result<PlanView, EngineError>| matches!(answer, Err(EngineError::NotFound));
    assert!(missing(&other.plan(&scope, &plan.id, 0, 1).await));
    assert!(missing(&other.make_plan_again(&scope, &plan.id, 1).await));
    let applied = other.apply_plan(&scope, &plan.id, Cause::Manual).await;
    assert!(matches!(applied, Err(EngineError::NotFound)), "{applied:?}");
    let id = plan.items[0].record_id.clone().unwrap();
    let wish = PlanWish { kind: KIND, direction: PlanDirection::ToRemote, ids: Some(vec![id]) };
    let unconnected = other.make_plan(&scope, &wish, 1).await;
    assert_eq!(state_code(unconnected), "not_connected");
    other.save_connection(&scope, &connection(&house.simulator.url(), KEY)).await.unwrap();
    let of_ours = other.make_plan(&scope, &wish, 1).await.unwrap();
    assert_eq!(of_ours.items[0].reasons, ["There is no such record here."]);
}

async fn a_plan_of_thousands_is_made_and_checked_in_time(db: TestDb) {
    let house = House::beside(db, crate::house::company(MANY)).await;
    house.look().await;
    let began = Instant::now();
    let taken = plan(&house, PlanDirection::FromRemote, None).await;
    let many = i64::try_from(MANY).unwrap();
    assert_eq!((taken.records, taken.active), (many, many));
    let read = began.elapsed();
    house.pull().await;
    let input = order(&house).await;
    for _ in 0..SENT {
        house.engine.create_sales_document(&house.scope, &input).await.unwrap();
    }
    let began = Instant::now();
    let sent = plan(&house, PlanDirection::ToRemote, None).await;
    let made = began.elapsed();
    assert_eq!(sent.active, i64::from(SENT));
    let began = Instant::now();
    assert!(house.engine.plan(&house.scope, &sent.id, 0, 1).await.unwrap().stale.is_none());
    tell(&format!("{MANY} taken: {read:?}; {SENT} sent: {made:?}; checked: {:?}", began.elapsed()));
    assert!(read + made < LONGEST);
}

async fn old_plans_are_removed(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    house.engine.create_sales_document(&house.scope, &order(&house).await).await.unwrap();
    let first = plan(&house, PlanDirection::ToRemote, None).await;
    house.advance(Duration::from_hours(7 * 24 + 1));
    plan(&house, PlanDirection::ToRemote, None).await;
    let gone = house.engine.plan(&house.scope, &first.id, 0, 1).await;
    assert!(matches!(gone, Err(EngineError::NotFound)), "{gone:?}");
    // Plans that nobody applies are kept up to a number.
    for _ in 0..60 {
        plan(&house, PlanDirection::ToRemote, None).await;
    }
    let left: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM plans").fetch_one(house.db.reader()).await.unwrap();
    assert_eq!(left, 51);
}
