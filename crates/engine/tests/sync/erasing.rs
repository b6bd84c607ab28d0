//! Erasing a contact (policy B, *Erase*): afterwards no text of the database names the person but what documents show of
//! their customer, and nothing brings it back.

use std::collections::BTreeSet;

use engine::access::{Language, NewUser, Role, WorkspaceChoice};
use engine::crm::{AddressInput, ContactInput, ContactQuery, PersonInput};
use engine::store::{DatabaseUrl, Db};
use engine::sync::{Cause, Erasure, ExternalKey, Outgoing, RunState, RunView, Selection};
use engine::test_support::TestDb;
use engine::{Engine, EngineError};
use metakocka_simulator::{Effect, Quota, Settings};
use serde_json::json;
use sync_core::record::RecordKind::{Contact, SalesDocument};
use sync_core::state::{Excluded, SyncState};

use crate::house::{COMPANY, House, KIND, patient, state_code};
use crate::matching::{create, order_there, push, tax};
use crate::pushes::order_of;
use crate::tables::execute;
use crate::truth;
use crate::unknowns::{fault, let_pass};

const DOCUMENTS: usize = 12;

engine::each_engine!(
    nothing_names_an_erased_contact_but_its_documents,
    no_look_scan_or_pull_brings_an_erased_contact_back,
    a_write_under_way_is_settled_first_and_then_the_contact_is_erased,
    what_has_not_left_is_taken_back_and_the_contact_erased_at_once,
    a_contact_that_a_person_is_asked_about_is_not_erased_before,
    an_erased_contact_is_neither_edited_merged_nor_chosen,
    a_contact_that_took_anothers_place_is_erased_with_it,
    only_the_owner_erases_and_only_what_was_looked_at,
);

const ERASED: &str = "Erased contact";

/// What names the person of these tests.
struct Person {
    name: &'static str,
    email: &'static str,
    phone: &'static str,
    street: &'static str,
    tax: u32,
}

const ZEBULON: Person = Person {
    name: "Zebulon Quark",
    email: "zebulon@quark.example",
    phone: "041 777 313",
    street: "Xylofonska 313",
    tax: 7_770_313,
};
const TWIN: Person = Person {
    name: "Quarkov dvojnik",
    email: "dvojnik@twin.example",
    phone: "051 888 414",
    street: "Dvojniska 414",
    tax: 7_770_414,
};

impl Person {
    fn words(&self) -> Vec<String> {
        let number = tax(self.tax);
        [self.name, self.email, self.phone, self.street, number.as_str()].map(str::to_lowercase).to_vec()
    }

    fn input(&self) -> ContactInput {
        ContactInput {
            name: self.name.to_owned(),
            company: Some(true),
            tax_number: Some(tax(self.tax)),
            person: Some(PersonInput {
                name: Some(format!("Oseba {}", self.name)),
                email: Some(self.email.to_owned()),
                phone: Some(self.phone.to_owned()),
                ..PersonInput::default()
            }),
            address: Some(AddressInput {
                street: Some(self.street.to_owned()),
                post_number: Some("1000".to_owned()),
                place: Some("Ljubljana".to_owned()),
                country: Some("SI".to_owned()),
                ..AddressInput::default()
            }),
            ..ContactInput::default()
        }
    }
}

/// Every table and column of text.
async fn text_columns(db: &Db, url: &DatabaseUrl) -> Vec<(String, String)> {
    let sql = if matches!(url, DatabaseUrl::Sqlite(_)) {
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND c.type = 'TEXT' ORDER BY m.name, c.cid"
    } else {
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns \
         WHERE table_schema = current_schema() AND data_type = 'text' ORDER BY table_name, ordinal_position"
    };
    let columns: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(db.reader()).await.unwrap();
    assert!(columns.len() > 100, "all tables are read: {columns:?}");
    columns
}

/// Where these words lie: table and column, with the kind of the record where a table tells it.
async fn hits(house: &House, words: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let columns = text_columns(&house.db, &house.url).await;
    for (table, column) in &columns {
        let has_kind = columns.iter().any(|(of, name)| of == table && name == "kind");
        let kind = if has_kind { "kind" } else { "''" };
        let conditions: Vec<String> =
            words.iter().map(|word| format!("LOWER({column}) LIKE '%{word}%'")).collect();
        let sql = format!("SELECT DISTINCT {kind} FROM {table} WHERE {}", conditions.join(" OR "));
        let kinds: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(house.db.reader()).await.unwrap();
        found.extend(kinds.into_iter().map(|kind| format!("{table}.{column} {kind}").trim().to_owned()));
    }
    found
}

/// What documents may keep of their customer.
fn of_documents(found: &BTreeSet<String>) -> Vec<String> {
    let others = found
        .iter()
        .filter(|place| !place.starts_with("sales_documents.") && !place.ends_with(" sales_document"));
    others.cloned().collect()
}

async fn contact(house: &House, person: &Person) -> String {
    house.engine.create_contact(&house.scope, &person.input()).await.unwrap()
}

async fn product(house: &House) -> String {
    let products = house.engine.products(&house.scope, &engine::crm::ProductQuery::default()).await.unwrap();
    products.rows.into_iter().find(|row| row.sync.external_id.is_some()).unwrap().id
}

/// A contact that Metakocka has with one order, edited on both sides; returns it and its partner there.
async fn lived(house: &House, person: &Person) -> (String, String) {
    let (engine, scope) = (&house.engine, &house.scope);
    let id = contact(house, person).await;
    let order = order_of(&id, &product(house).await);
    let order = engine.create_sales_document(scope, &order).await.unwrap();
    assert_eq!(push(house, SalesDocument, &order).await.created, 1);
    let view = engine.contact(scope, &id).await.unwrap();
    let partner = view.sync.external_id.clone().unwrap();
    let mut input = view.form;
    input.name = format!("{} prej", person.name);
    engine.edit_contact(scope, &id, view.revision, &input).await.unwrap();
    push(house, Contact, &id).await;
    let set = json!({ "name": person.name, "contactName": format!("{} tam", person.name) });
    let edit = json!({ "kind": "partner", "id": partner, "set": set });
    house.simulator.edit(&serde_json::from_value(edit).unwrap()).unwrap();
    take(house, &partner).await;
    (id, partner)
}

async fn take(house: &House, partner: &str) -> RunView {
    let key = ExternalKey { remote_type: None, id: partner.to_owned() };
    let these = Selection::These(vec![key]);
    let run = house.engine.start_pull(&house.scope, Contact, these, Cause::Api).await.unwrap();
    house.finish(&run).await
}

async fn revision(house: &House, id: &str) -> i64 {
    house.engine.erasing(&house.scope, id).await.unwrap().revision
}

async fn erase(house: &House, id: &str) -> Result<Erasure, EngineError> {
    house.engine.erase_contact(&house.scope, id, revision(house, id).await).await
}

/// A write of the contact that Metakocka refuses in words that name it.
async fn refused(house: &House, id: &str, person: &Person) {
    let view = house.engine.contact(&house.scope, id).await.unwrap();
    let mut input = view.form;
    input.name = format!("{} d.o.o.", person.name);
    house.engine.edit_contact(&house.scope, id, view.revision, &input).await.unwrap();
    let text = format!("Partner {} ne sme biti spremenjen ({}).", person.name, person.email);
    fault(house, "update_partner", Effect::OprCode { code: "2".to_owned(), text });
    let run = push(house, Contact, id).await;
    assert_eq!(run.failed, 1, "{run:?}");
}

async fn nothing_names_an_erased_contact_but_its_documents(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (id, partner) = lived(&house, &ZEBULON).await;
    refused(&house, &id, &ZEBULON).await;
    let typed = json!({ "flash": { "form": "save-contact", "values": { "form[name]": ZEBULON.name } } });
    let session = format!(
        "INSERT INTO sessions (id, user_id, data, created_at, last_seen_at, expires_at) \
         SELECT 'h', u.id, '{typed}', 0, 0, 0 FROM users u"
    );
    execute(&house.db, &session).await;
    let before = hits(&house, &ZEBULON.words()).await;
    for place in [
        "contacts.record",
        "contacts.search_text",
        "contacts.match_tax",
        "links.base contact",
        "mirror.raw contact",
        "mirror.content contact",
        "mirror.match_email contact",
        "intents.request contact",
        "intents.sent contact",
        "intents.machine contact",
        "intents.said contact",
        "intent_steps.said",
        "sync_run_items.label",
        "sync_run_items.sentence",
        "history.changes contact",
        "sessions.data",
    ] {
        assert!(before.contains(place), "the test writes {place}: {before:?}");
    }

    assert_eq!(erase(&house, &id).await.unwrap(), Erasure::Done);
    let after = hits(&house, &ZEBULON.words()).await;
    assert_eq!(of_documents(&after), Vec::<String>::new());
    assert!(after.contains("sales_documents.head"), "a document holds its customer: {after:?}");
    assert!(!after.contains("intents.request sales_document"), "what was sent is a log: {after:?}");

    let view = house.engine.contact(&house.scope, &id).await.unwrap();
    assert_eq!((view.form.name.as_str(), view.form.person), (ERASED, None));
    assert_eq!(view.sync.state, Some(SyncState::Excluded(Excluded::Erased)));
    assert_eq!(view.sync.external_id.as_deref(), Some(partner.as_str()), "the link keeps the external id");
    let history = house.engine.history(&house.scope, Contact, &id, None, 50).await.unwrap().entries;
    let deeds: Vec<&str> = history.iter().map(|entry| entry.deed.as_str()).collect();
    assert_eq!(deeds.first(), Some(&"erased"), "{deeds:?}");
    assert!(history.iter().all(|entry| entry.changes.is_empty()), "{history:?}");
    assert_eq!(erase(&house, &id).await.unwrap(), Erasure::Done, "once more is nothing");
    files_hold_nothing(&house).await;
}

/// A contact without documents leaves nothing in the files of SQLite either, freed pages and log included.
async fn files_hold_nothing(house: &House) {
    let DatabaseUrl::Sqlite(path) = &house.url else { return };
    let id = contact(house, &TWIN).await;
    push(house, Contact, &id).await;
    for round in 0..12 {
        let view = house.engine.contact(&house.scope, &id).await.unwrap();
        let mut input = view.form;
        input.registration_number = Some(format!("{} {round}", TWIN.name.repeat(round)));
        house.engine.edit_contact(&house.scope, &id, view.revision, &input).await.unwrap();
    }
    let words = TWIN.words();
    let in_files = || {
        let files =
            ["", "-wal"].map(|end| std::fs::read(format!("{}{end}", path.display())).unwrap_or_default());
        let text = String::from_utf8_lossy(&files.concat()).to_lowercase();
        words.iter().filter(|word| text.contains(word.as_str())).cloned().collect::<Vec<_>>()
    };
    assert_eq!(in_files(), words, "the files hold the contact");
    assert_eq!(erase(house, &id).await.unwrap(), Erasure::Done);
    assert_eq!(in_files(), Vec::<String>::new());
}

async fn no_look_scan_or_pull_brings_an_erased_contact_back(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let settings = Settings { list_all_partners: true, ..house.simulator.settings() };
    house.simulator.set_settings(settings).unwrap();
    let (engine, scope) = (&house.engine, &house.scope);
    let (id, partner) = lived(&house, &ZEBULON).await;
    assert_eq!(erase(&house, &id).await.unwrap(), Erasure::Done);
    let all = "SELECT COUNT(*) FROM contacts WHERE tenant_id = $1";
    let contacts = truth::number(&house.db, scope, all).await;

    let set = json!({ "email": ZEBULON.email, "street": ZEBULON.street, "name": ZEBULON.name });
    let edit = json!({ "kind": "partner", "id": partner, "set": set });
    house.simulator.edit(&serde_json::from_value(edit).unwrap()).unwrap();
    let later = order_there(&house, &partner, "45");
    house.look().await;
    let look = engine.start_look(scope, Contact, Cause::Manual).await.unwrap();
    house.finish(&look).await;
    for kind in [KIND, Contact] {
        let scan = engine.start_scan(scope, kind, Cause::Schedule).await.unwrap();
        assert_eq!(house.finish(&scan).await.state, RunState::Done);
    }
    let pull = house.sync().await;
    assert_eq!(pull.state, RunState::Done, "{pull:?}");
    take(&house, &partner).await;
    push(&house, Contact, &id).await;

    assert_eq!(truth::number(&house.db, scope, all).await, contacts, "nobody new came for the partner");
    let view = engine.contact(scope, &id).await.unwrap();
    assert_eq!(
        (view.form.name.as_str(), view.sync.state),
        (ERASED, Some(SyncState::Excluded(Excluded::Erased)))
    );
    assert_eq!(of_documents(&hits(&house, &ZEBULON.words()).await), Vec::<String>::new());
    let documents = truth::documents(&house.db, scope).await;
    let (_, document) = documents.iter().find(|((_, external), _)| *external == later).unwrap();
    assert_eq!(document.contact_id.as_deref(), Some(id.as_str()), "it is the erased contact's");
    assert_eq!(document.customer_name, ZEBULON.name, "it shows its customer as Metakocka printed it");
}

async fn a_write_under_way_is_settled_first_and_then_the_contact_is_erased(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let id = contact(&house, &ZEBULON).await;
    fault(&house, "add_partner", Effect::DelayedCommitMs { ms: 40_000 });
    assert_eq!(push(&house, Contact, &id).await.unknown, 1);
    assert!(engine.erasing(scope, &id).await.unwrap().waits);
    assert_eq!(erase(&house, &id).await.unwrap(), Erasure::Waits);

    let view = engine.contact(scope, &id).await.unwrap();
    assert!(view.erase_asked_at.is_some() && view.erased_at.is_none());
    assert_eq!(state_code(engine.edit_contact(scope, &id, view.revision, &ZEBULON.input()).await), "erased");
    let_pass(&house, 15).await;
    let erased = engine.erasing(scope, &id).await.unwrap();
    assert!(erased.erased_at.is_some() && erased.asked_at.is_none(), "{erased:?}");
    assert_eq!((erased.name.as_str(), erased.partners), (ERASED, 1), "{erased:?}");
    assert_eq!(hits(&house, &ZEBULON.words()).await, BTreeSet::new());
    let named = house.simulator.partners(COMPANY).unwrap().into_iter();
    assert_eq!(named.filter(|one| one.name == ZEBULON.name).count(), 1, "it is in Metakocka once");
    let history = engine.history(scope, Contact, &id, None, 50).await.unwrap().entries;
    assert_eq!(history[0].deed, "erased");
}

async fn what_has_not_left_is_taken_back_and_the_contact_erased_at_once(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let id = contact(&house, &ZEBULON).await;
    let refused = Effect::OprCode { code: "5".to_owned(), text: "API calls quota exceeded".to_owned() };
    fault(&house, "add_partner", refused);
    let which = Outgoing::These(vec![id.clone()]);
    let run = house.engine.start_push(&house.scope, Contact, which, Cause::Manual).await.unwrap();
    house.engine.run_pending_jobs(&patient()).await.unwrap();
    let states = "SELECT state FROM intents WHERE record_id = $1";
    let state: String = sqlx::query_scalar(states).bind(&id).fetch_one(house.db.reader()).await.unwrap();
    assert_eq!(state, "prepared", "it is held: {:?}", house.engine.run(&house.scope, &run).await);
    assert_eq!(erase(&house, &id).await.unwrap(), Erasure::Done);
    assert_eq!(hits(&house, &ZEBULON.words()).await, BTreeSet::new());
    house.simulator.set_settings(Settings { quota: None::<Quota>, ..house.simulator.settings() }).unwrap();
    let_pass(&house, 90).await;
    let named = house.simulator.partners(COMPANY).unwrap().into_iter();
    assert_eq!(named.filter(|one| one.name == ZEBULON.name).count(), 0, "it was never sent");
}

async fn a_contact_that_a_person_is_asked_about_is_not_erased_before(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let settings = Settings { list_all_partners: true, ..house.simulator.settings() };
    house.simulator.set_settings(settings).unwrap();
    let set = json!({ "name": ZEBULON.name, "taxNumber": tax(ZEBULON.tax), "business": true });
    create(&house, "partner", &set);
    let look = house.engine.start_look(&house.scope, Contact, Cause::Manual).await.unwrap();
    house.finish(&look).await;
    let id = contact(&house, &ZEBULON).await;
    let erasing = house.engine.erasing(&house.scope, &id).await.unwrap();
    assert!(erasing.not_yet.is_some(), "{erasing:?}");
    assert_eq!(state_code(erase(&house, &id).await), "not_yet");
    push(&house, Contact, &id).await;
    assert_eq!(erase(&house, &id).await.unwrap(), Erasure::Done, "it is linked now");
    assert_eq!(hits(&house, &ZEBULON.words()).await, BTreeSet::new());
}

async fn an_erased_contact_is_neither_edited_merged_nor_chosen(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let (id, other) = (contact(&house, &ZEBULON).await, contact(&house, &TWIN).await);
    assert_eq!(erase(&house, &id).await.unwrap(), Erasure::Done);
    let revision = revision(&house, &id).await;
    assert_eq!(state_code(engine.edit_contact(scope, &id, revision, &TWIN.input()).await), "erased");
    assert_eq!(state_code(engine.merge_contacts(scope, (&other, 1), (&id, revision)).await), "erased");
    assert_eq!(state_code(engine.merge_contacts(scope, (&id, revision), (&other, 1)).await), "erased");
    let made = engine.create_sales_document(scope, &order_of(&id, &product(&house).await)).await;
    assert!(matches!(made, Err(EngineError::Blocked(_))), "{made:?}");
    assert_eq!(engine.contact_meant(scope, ERASED).await.unwrap(), None);
    let query = ContactQuery { search: Some("zebulon".to_owned()), ..ContactQuery::default() };
    assert_eq!(engine.contacts(scope, &query).await.unwrap().total, 0);
    let state = Some(SyncState::Excluded(Excluded::Erased));
    let query = ContactQuery { state, ..ContactQuery::default() };
    assert_eq!(engine.contacts(scope, &query).await.unwrap().rows[0].name, ERASED);
    let run = push(&house, Contact, &id).await;
    assert_eq!((run.created, run.updated), (0, 0), "{run:?}");
    engine.delete_contact(scope, &id, revision).await.unwrap();
}

async fn a_contact_that_took_anothers_place_is_erased_with_it(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let (kept, _) = lived(&house, &ZEBULON).await;
    let (gone, partner) = lived(&house, &TWIN).await;
    let (keeps, goes) = (revision(&house, &kept).await, revision(&house, &gone).await);
    engine.merge_contacts(scope, (&kept, keeps), (&gone, goes)).await.unwrap();
    assert_eq!(erase(&house, &kept).await.unwrap(), Erasure::Done);
    let words = [ZEBULON.words(), TWIN.words()].concat();
    assert_eq!(of_documents(&hits(&house, &words).await), Vec::<String>::new());
    take(&house, &partner).await;
    assert_eq!(of_documents(&hits(&house, &words).await), Vec::<String>::new(), "nor by its alias");
}

async fn only_the_owner_erases_and_only_what_was_looked_at(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let id = contact(&house, &ZEBULON).await;
    let staff = staff(&house.engine).await;
    let scope = house.engine.scope_for_operator("Lesna oprema", Some(&staff)).await.unwrap();
    let refused = house.engine.erase_contact(&scope, &id, 1).await;
    assert!(matches!(refused, Err(EngineError::Forbidden)), "{refused:?}");
    let stale = house.engine.erase_contact(&house.scope, &id, 7).await;
    assert!(matches!(stale, Err(EngineError::Stale { revision: 1 })), "{stale:?}");
    let gone = house.engine.erase_contact(&house.scope, "019ab000-0000-7000-8000-000000000000", 1).await;
    assert!(matches!(gone, Err(EngineError::NotFound)), "{gone:?}");
    house.engine.delete_contact(&house.scope, &id, 1).await.unwrap();
    assert_eq!(erase(&house, &id).await.unwrap(), Erasure::Done, "what was deleted is kept as well");
    assert_eq!(hits(&house, &ZEBULON.words()).await, BTreeSet::new());
}

async fn staff(engine: &Engine) -> String {
    let email = "roka@example.test".to_owned();
    let user = NewUser {
        email: email.clone(),
        name: "Roka".to_owned(),
        password: "geslo-geslo".to_owned().into(),
        language: Language::default(),
        role: Role::Staff,
        workspace: WorkspaceChoice::Existing("Lesna oprema".to_owned()),
    };
    engine.add_user(user).await.unwrap();
    email
}
