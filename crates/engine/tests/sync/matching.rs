//! The first matching of two filled systems (policy F, issue 5, *Deliver* 7): nothing is created before the owner has
//! confirmed, what is certain is linked without a write there, the rest is asked about once.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::access::{Language, NewUser, Role, TenantScope, WorkspaceChoice};
use engine::clock::ManualClock;
use engine::crm::{ContactInput, PersonInput, ProductInput};
use engine::sync::{
    Cause, MatchAnswer, MatchQuestion, Matching, Outgoing, RemoteKey, RunState, RunView, Selection,
};
use engine::test_support::TestDb;
use engine::{Engine, EngineError};
use metakocka_simulator::{Settings, TruthPartner};
use serde_json::{Value, json};
use sync_core::matching::KeyKind;
use sync_core::record::RecordKind::{self, Contact, Product, SalesDocument};
use sync_core::state::{ButtonState, Excluded, Pending, Review, SyncState};

use crate::house::{COMPANY, House, KEY, START, company, connection, engine, simulator, state_code};
use crate::tables::Counters;
use crate::truth;

engine::each_engine!(
    nothing_is_created_on_either_side_before_the_matching_is_confirmed,
    the_dry_run_counts_every_class_and_says_what_a_match_stands_on,
    partners_that_metakocka_does_not_list_are_looked_up_one_by_one,
    what_is_certain_is_linked_without_a_write_there_and_a_second_time_nothing_happens,
    what_both_sides_say_differently_is_asked_field_by_field_after_linking,
    it_is_this_one_links_the_candidate,
    none_of_them_is_never_asked_again_and_the_record_is_new,
    another_row_of_the_same_customer_is_found_by_documents_and_not_taken,
);

/// A tax number of Slovenia with its check digit.
pub(crate) fn tax(number: u32) -> String {
    let digits: Vec<u32> = format!("{number:07}").bytes().map(|digit| u32::from(digit - b'0')).collect();
    let sum: u32 = digits.iter().zip((2..=8).rev()).map(|(digit, weight)| digit * weight).sum();
    let check = match 11 - sum % 11 {
        10 => 0,
        // No number of this form ends in eleven: the next one does for a test.
        11 => return tax(number + 1),
        digit => digit,
    };
    format!("{number:07}{check}")
}

pub(crate) fn contact(name: &str, tax_number: Option<String>, email: Option<&str>) -> ContactInput {
    let person = email.map(|email| PersonInput { email: Some(email.to_owned()), ..PersonInput::default() });
    ContactInput { name: name.to_owned(), company: Some(true), tax_number, person, ..ContactInput::default() }
}

fn product(code: &str, name: &str) -> ProductInput {
    ProductInput {
        code: code.to_owned(),
        name: name.to_owned(),
        unit: Some("kos".to_owned()),
        ..ProductInput::default()
    }
}

/// A house whose company is empty and whose owner has not connected yet.
pub(crate) async fn unconnected(db: TestDb) -> House {
    let simulator = simulator(company(0)).await;
    // Whether Metakocka lists its partners is not documented; the other way has a test of its own.
    let settings = Settings { list_all_partners: true, ..simulator.settings() };
    simulator.set_settings(settings).unwrap();
    let clock = Arc::new(ManualClock::new(START));
    let engine = engine(db.db.clone(), &simulator.url(), clock.clone(), 1);
    let owner = NewUser {
        email: "ana@example.test".to_owned(),
        name: "Ana Kovač".to_owned(),
        password: "geslo-geslo".to_owned().into(),
        language: Language::default(),
        role: Role::Owner,
        workspace: WorkspaceChoice::New("Lesna oprema".to_owned()),
    };
    engine.add_user(owner).await.unwrap();
    let scope = engine.scope_for_operator("Lesna oprema", None).await.unwrap();
    House { engine, scope, simulator, clock, db: db.db, url: db.url }
}

/// What lives here and there in most of these tests.
struct Filled {
    house: House,
    /// Records here, by a word for each.
    here: BTreeMap<&'static str, String>,
    /// Records there.
    there: BTreeMap<&'static str, String>,
}

impl Filled {
    async fn connected(db: TestDb) -> Self {
        let house = unconnected(db).await;
        let (mut here, mut there) = (BTreeMap::new(), BTreeMap::new());
        for (word, input) in [
            ("certain", contact("Alfa d.o.o.", Some(tax(1_000_001)), None)),
            ("two there", contact("Beta d.o.o.", Some(tax(1_000_002)), None)),
            ("candidate", contact("Gama trgovina d.o.o.", None, Some("info@gama.example"))),
            ("only here", contact("Delta d.o.o.", Some(tax(1_000_004)), None)),
        ] {
            here.insert(word, house.engine.create_contact(&house.scope, &input).await.unwrap());
        }
        for (word, input) in [
            ("product", product("A-1", "Vijak M4")),
            ("folded code", product("b-2", "Matica M4")),
            ("name", product("X-9", "Podložka M4")),
            ("only here too", product("Z-0", "Sornik")),
        ] {
            here.insert(word, house.engine.create_product(&house.scope, &input).await.unwrap());
        }
        for (word, set) in [
            (
                "certain",
                json!({ "name": "Alfa d.o.o.", "taxNumber": format!("SI{}", tax(1_000_001)),
                "business": true, "email": "prodaja@alfa.example" }),
            ),
            ("beta", json!({ "name": "Beta d.o.o.", "taxNumber": tax(1_000_002), "business": true })),
            (
                "beta's shop",
                json!({ "name": "Beta trgovina", "taxNumber": tax(1_000_002), "business": true }),
            ),
            ("candidate", json!({ "name": "Gama", "business": true, "email": "info@gama.example" })),
            ("only there", json!({ "name": "Epsilon", "taxNumber": tax(1_000_005), "business": true })),
        ] {
            there.insert(word, create(&house, "partner", &set));
        }
        for (word, code, name) in [
            ("product", "A-1", "Vijak M4"),
            ("folded code", "B-2", "Matica"),
            ("name", "C-3", "podložka m4"),
            ("product only there", "D-4", "Žebelj"),
        ] {
            there.insert(
                word,
                create(&house, "product", &json!({ "code": code, "name": name, "unit": "kos" })),
            );
        }
        house.engine.save_connection(&house.scope, &connection(&house.simulator.url(), KEY)).await.unwrap();
        Self { house, here, there }
    }

    /// The same; everything was looked at, and what needed it was confirmed.
    async fn confirmed(db: TestDb) -> Self {
        let filled = Self::connected(db).await;
        filled.house.look().await;
        for kind in [Contact, Product] {
            filled.house.engine.confirm_matching(&filled.house.scope, kind).await.unwrap();
        }
        filled
    }

    fn engine(&self) -> (&Engine, &TenantScope) {
        (&self.house.engine, &self.house.scope)
    }

    async fn matching(&self, kind: RecordKind) -> Matching {
        self.house.engine.matching(&self.house.scope, kind).await.unwrap()
    }

    async fn contact_state(&self, word: &str) -> Option<SyncState> {
        let (engine, scope) = self.engine();
        engine.contact(scope, &self.here[word]).await.unwrap().sync.state
    }

    async fn product_state(&self, word: &str) -> Option<SyncState> {
        let (engine, scope) = self.engine();
        engine.product(scope, &self.here[word]).await.unwrap().sync.state
    }

    async fn question(&self, kind: RecordKind, word: &str) -> MatchQuestion {
        let (engine, scope) = self.engine();
        engine.match_question(scope, kind, &self.here[word]).await.unwrap()
    }

    async fn answer(&self, kind: RecordKind, word: &str, answer: MatchAnswer) -> Result<(), EngineError> {
        let (engine, scope) = self.engine();
        engine.answer_match(scope, (kind, &self.here[word]), &answer).await
    }

    fn key(&self, word: &str) -> RemoteKey {
        RemoteKey { remote_type: String::new(), id: self.there[word].clone() }
    }

    /// The records here that are asked about.
    async fn asked(&self) -> Vec<String> {
        let (engine, scope) = self.engine();
        let questions = engine.match_questions(scope, None).await.unwrap();
        let mut names: Vec<String> = questions.into_iter().map(|one| one.record.name).collect();
        names.sort();
        names
    }

    async fn contacts(&self) -> i64 {
        let sql = "SELECT COUNT(*) FROM contacts WHERE tenant_id = $1";
        truth::number(&self.house.db, &self.house.scope, sql).await
    }
}

pub(crate) fn create(house: &House, kind: &str, set: &Value) -> String {
    let request = json!({ "kind": kind, "set": set });
    house.simulator.create(&serde_json::from_value(request).unwrap()).unwrap().to_string()
}

/// An order there for a partner.
pub(crate) fn order_there(house: &House, partner: &str, price: &str) -> String {
    let request = json!({ "kind": "document", "docType": "sales_order", "set": { "partner": partner,
        "addLines": [{ "name": "Delo", "amount": "1", "price": price, "tax": "EX4" }] } });
    house.simulator.create(&serde_json::from_value(request).unwrap()).unwrap().to_string()
}

/// Calls that write in Metakocka.
pub(crate) fn writes(house: &House) -> Vec<String> {
    let reads = ["search", "get_", "list", "report", "discovery", "warehouse"];
    let calls = house.simulator.request_counts().into_keys();
    calls.filter(|call| !reads.iter().any(|read| call.contains(read))).collect()
}

fn partners(house: &House) -> Vec<TruthPartner> {
    house.simulator.partners(COMPANY).unwrap()
}

pub(crate) async fn push(house: &House, kind: RecordKind, id: &str) -> RunView {
    let which = Outgoing::These(vec![id.to_owned()]);
    let run = house.engine.start_push(&house.scope, kind, which, Cause::Manual).await.unwrap();
    house.finish(&run).await
}

async fn nothing_is_created_on_either_side_before_the_matching_is_confirmed(db: TestDb) {
    let filled = Filled::connected(db).await;
    let (engine, scope) = filled.engine();
    order_there(&filled.house, &filled.there["only there"], "30");
    let before = (partners(&filled.house).len(), filled.contacts().await);
    assert!(matches!(filled.house.button().await, ButtonState::Matching { records: 8 }));
    let contacts = engine.button(scope, Contact).await.unwrap().state;
    assert!(matches!(contacts, ButtonState::Matching { records: 4 }), "{contacts:?}");
    assert_eq!(filled.matching(Contact).await.looked_at, None, "not known before a look");
    assert_eq!(state_code(engine.confirm_matching(scope, Contact).await), "not_yet");

    let look = filled.house.look().await;
    assert_eq!(look.state, RunState::Done, "{look:?}");
    for kind in RecordKind::ALL {
        let pull = engine.start_pull(scope, kind, Selection::All, Cause::Manual).await;
        assert_eq!(state_code(pull), "matching_not_confirmed", "{kind:?}");
        let push = engine.start_push(scope, kind, Outgoing::All, Cause::Manual).await;
        assert_eq!(state_code(push), "matching_not_confirmed", "{kind:?}");
        assert_eq!(state_code(engine.start_sync(scope, kind, Cause::Manual).await), "matching_not_confirmed");
    }
    let waits = Some(SyncState::Pending(Pending::Waiting));
    assert_eq!(filled.contact_state("certain").await, waits, "row 13");
    assert_eq!(filled.product_state("only here too").await, waits, "row 13");
    let answer = filled.answer(Contact, "candidate", MatchAnswer::ItIs(filled.key("candidate"))).await;
    assert_eq!(state_code(answer), "matching_not_confirmed");
    assert_eq!((partners(&filled.house).len(), filled.contacts().await), before);
    let links = "SELECT COUNT(*) FROM links WHERE tenant_id = $1";
    assert_eq!(truth::number(&filled.house.db, &filled.house.scope, links).await, 0);
    assert_eq!(writes(&filled.house), Vec::<String>::new());
    assert!(matches!(filled.house.button().await, ButtonState::Matching { records: 8 }));
}

async fn the_dry_run_counts_every_class_and_says_what_a_match_stands_on(db: TestDb) {
    let filled = Filled::connected(db).await;
    filled.house.look().await;
    let counters = Counters::on(&filled.house.db, &filled.house.url).await;
    let contacts = filled.matching(Contact).await;
    let counts = |found: &Matching| {
        [&found.certain, &found.candidates, &found.only_here, &found.only_there].map(|class| class.count)
    };
    let alone = partners(&filled.house).len() as u64 - 4;
    assert_eq!((counts(&contacts), contacts.differing), ([1, 2, 1, alone], 0), "{contacts:?}");
    let certain = &contacts.certain.samples[0];
    assert_eq!((certain.by.as_slice(), certain.of), (&[KeyKind::Tax][..], 1));
    assert_eq!(certain.here.as_ref().unwrap().id, filled.here["certain"]);
    assert_eq!(certain.there.as_ref().unwrap().id, filled.there["certain"]);
    let two = contacts.candidates.samples.iter().find(|sample| sample.of == 2).unwrap();
    assert_eq!(two.by, [KeyKind::Tax], "one number, two partners");
    let one = contacts.candidates.samples.iter().find(|sample| sample.of == 1).unwrap();
    assert_eq!(
        (one.by.as_slice(), one.differs.join(", ")),
        (&[KeyKind::Email][..], "the name, the contact person".to_owned())
    );
    assert!(contacts.only_there.samples.iter().all(|sample| sample.here.is_none() && sample.there.is_some()));

    let products = filled.matching(Product).await;
    let alone = filled.house.simulator.products(COMPANY).unwrap().len() as u64 - 3;
    assert_eq!(counts(&products), [1, 2, 1, alone], "{products:?}");
    assert_eq!(products.certain.samples[0].by, [KeyKind::Code, KeyKind::Name]);
    let by: Vec<_> = products.candidates.samples.iter().map(|sample| sample.by.clone()).collect();
    assert!(by.contains(&vec![KeyKind::CodeFolded]) && by.contains(&vec![KeyKind::Name]), "{by:?}");
    let documents = filled.matching(SalesDocument).await;
    assert!(documents.confirmed_at.is_some(), "a kind without records of its own needs no confirmation");
    assert_eq!(counters.take().await, BTreeMap::new(), "a dry run writes nothing");
}

async fn partners_that_metakocka_does_not_list_are_looked_up_one_by_one(db: TestDb) {
    let filled = Filled::connected(db).await;
    let settings = Settings { list_all_partners: false, ..filled.house.simulator.settings() };
    filled.house.simulator.set_settings(settings).unwrap();
    filled.house.look().await;
    let contacts = filled.matching(Contact).await;
    let counts = [contacts.certain.count, contacts.candidates.count, contacts.only_here.count];
    assert_eq!(counts, [1, 2, 1], "{contacts:?}");
    let confirmed = filled.house.engine.confirm_matching(&filled.house.scope, Contact).await.unwrap();
    assert_eq!((confirmed.linked, confirmed.asked), (1, 2));
    // Once they are confirmed no look asks for each contact again.
    filled.house.simulator.clear_requests();
    let run = filled.house.engine.start_look(&filled.house.scope, Contact, Cause::Manual).await.unwrap();
    filled.house.finish(&run).await;
    assert_eq!(
        filled.house.simulator.request_counts().get("get_partner"),
        Some(&2),
        "the list, and who is linked"
    );
}

async fn what_is_certain_is_linked_without_a_write_there_and_a_second_time_nothing_happens(db: TestDb) {
    let filled = Filled::connected(db).await;
    let (engine, scope) = filled.engine();
    filled.house.look().await;
    filled.house.simulator.clear_requests();
    let confirmed = engine.confirm_matching(scope, Contact).await.unwrap();
    assert_eq!((confirmed.linked, confirmed.asked), (1, 2));
    let button = filled.house.button().await;
    assert!(matches!(button, ButtonState::Matching { records: 4 }), "products are open: {button:?}");
    let confirmed = engine.confirm_matching(scope, Product).await.unwrap();
    assert_eq!((confirmed.linked, confirmed.asked), (1, 2));
    assert_eq!(writes(&filled.house), Vec::<String>::new());

    let alfa = engine.contact(scope, &filled.here["certain"]).await.unwrap();
    assert_eq!(alfa.sync.state, Some(SyncState::Synced), "{:?}", alfa.sync);
    assert_eq!(alfa.sync.external_id.as_ref(), Some(&filled.there["certain"]));
    let email = alfa.form.person.and_then(|person| person.email);
    assert_eq!(email.as_deref(), Some("prodaja@alfa.example"), "empty here, so it is taken");
    let asks = Some(SyncState::NeedsReview(Review::Match));
    assert_eq!(filled.contact_state("two there").await, asks);
    assert_eq!(filled.contact_state("candidate").await, asks);
    assert_eq!(filled.contact_state("only here").await, Some(SyncState::Excluded(Excluded::OnlyHere)));
    assert_eq!(filled.product_state("product").await, Some(SyncState::Synced));
    assert_eq!(filled.product_state("only here too").await, Some(SyncState::Pending(Pending::ToSend)));
    assert_eq!(filled.asked().await.len(), 4);

    let counters = Counters::on(&filled.house.db, &filled.house.url).await;
    for kind in [Contact, Product] {
        assert_eq!(engine.confirm_matching(scope, kind).await.unwrap().linked, 0);
    }
    let run = filled.house.sync().await;
    assert_eq!((run.state, run.total), (RunState::Done, 0), "{run:?}");
    let counted = counters.take().await;
    for table in crate::tables::QUIET {
        assert_eq!(crate::tables::written(&counted, table), 0, "{table}: {counted:?}");
    }
    assert_eq!(writes(&filled.house), Vec::<String>::new());
}

async fn what_both_sides_say_differently_is_asked_field_by_field_after_linking(db: TestDb) {
    let house = unconnected(db).await;
    let (engine, scope) = (&house.engine, &house.scope);
    let id = engine.create_contact(scope, &contact("Alfa", Some(tax(2_000_001)), None)).await.unwrap();
    create(
        &house,
        "partner",
        &json!({ "name": "Alfa d.o.o.", "taxNumber": tax(2_000_001), "business": true }),
    );
    engine.save_connection(scope, &connection(&house.simulator.url(), KEY)).await.unwrap();
    house.look().await;
    assert_eq!(engine.matching(scope, Contact).await.unwrap().differing, 1);
    assert_eq!(engine.confirm_matching(scope, Contact).await.unwrap().linked, 1);
    let view = engine.contact(scope, &id).await.unwrap();
    assert_eq!(view.sync.state, Some(SyncState::NeedsReview(Review::Conflict)), "{:?}", view.sync);
    assert_eq!(view.form.name, "Alfa", "nothing is overwritten");

    let conflict = engine.conflict(scope, Contact, &id).await.unwrap();
    let places: Vec<&str> = conflict.parts.iter().map(|part| part.place.as_str()).collect();
    assert_eq!((places.as_slice(), &conflict.parts[0].base), (&["name"][..], &None));
    let there = [("name".to_owned(), engine::sync::Counts::There)];
    engine.resolve(scope, (Contact, &id), conflict.revision, &there).await.unwrap();
    let view = engine.contact(scope, &id).await.unwrap();
    assert_eq!((view.sync.state, view.form.name.as_str()), (Some(SyncState::Synced), "Alfa d.o.o."));
    assert_eq!(writes(&house), Vec::<String>::new());
}

async fn it_is_this_one_links_the_candidate(db: TestDb) {
    let filled = Filled::confirmed(db).await;
    let question = filled.question(Contact, "two there").await;
    assert_eq!((question.candidates.len(), question.linked_to), (2, None));
    let shown: Vec<&str> = question.candidates.iter().map(|one| one.there.name.as_str()).collect();
    assert!(shown.contains(&"Beta d.o.o.") && shown.contains(&"Beta trgovina"), "{shown:?}");
    let fields = &question.candidates[0].fields;
    assert!(fields.iter().any(|field| field.field == "tax_number" && field.here == field.there));

    let wrong = filled.answer(Contact, "two there", MatchAnswer::ItIs(filled.key("only there"))).await;
    assert!(matches!(wrong, Err(EngineError::Invalid { field: "metakockaId", .. })), "{wrong:?}");
    filled.answer(Contact, "two there", MatchAnswer::ItIs(filled.key("beta"))).await.unwrap();
    assert_eq!(filled.contact_state("two there").await, Some(SyncState::Synced));
    // Its shop waits for the other question: the same customer, or another one?
    let twin = filled.question(Contact, "two there").await;
    assert_eq!(twin.linked_to.unwrap().id, filled.there["beta"]);
    assert_eq!(
        twin.candidates.iter().map(|one| &one.there.id).collect::<Vec<_>>(),
        [&filled.there["beta's shop"]]
    );
    assert!(filled.asked().await.contains(&"Beta d.o.o.".to_owned()));
    let again = filled.answer(Contact, "two there", MatchAnswer::ItIs(filled.key("beta's shop"))).await;
    assert!(matches!(again, Err(EngineError::Invalid { .. })), "one primary link: {again:?}");

    filled.answer(Product, "folded code", MatchAnswer::ItIs(filled.key("folded code"))).await.unwrap();
    assert_eq!(
        filled.product_state("folded code").await,
        Some(SyncState::NeedsReview(Review::Conflict)),
        "code and name are written differently"
    );
    assert_eq!(writes(&filled.house), Vec::<String>::new());
}

async fn none_of_them_is_never_asked_again_and_the_record_is_new(db: TestDb) {
    let filled = Filled::confirmed(db).await;
    filled.answer(Contact, "candidate", MatchAnswer::NoneOf(Vec::new())).await.unwrap();
    assert_eq!(
        filled.contact_state("candidate").await,
        Some(SyncState::Excluded(Excluded::OnlyHere)),
        "row 16"
    );
    filled.answer(Product, "name", MatchAnswer::NoneOf(vec![filled.key("name")])).await.unwrap();
    assert_eq!(filled.product_state("name").await, Some(SyncState::Pending(Pending::ToSend)), "row 16");
    for _ in 0..2 {
        filled.house.sync().await;
        let asked = filled.asked().await;
        assert_eq!(asked, ["Beta d.o.o.", "Matica M4"]);
    }
    assert!(filled.question(Contact, "candidate").await.candidates.is_empty());

    // Sent, it is a partner of its own, though Metakocka has one with the same e-mail.
    let before = partners(&filled.house).len();
    let mut form =
        filled.house.engine.contact(&filled.house.scope, &filled.here["candidate"]).await.unwrap().form;
    form.address = Some(engine::crm::AddressInput {
        street: Some("Glavni trg 1".to_owned()),
        post_number: Some("2000".to_owned()),
        place: Some("Maribor".to_owned()),
        country: Some("SI".to_owned()),
        ..engine::crm::AddressInput::default()
    });
    filled.house.engine.edit_contact(&filled.house.scope, &filled.here["candidate"], 1, &form).await.unwrap();
    let run = push(&filled.house, Contact, &filled.here["candidate"]).await;
    assert_eq!((run.state, run.created), (RunState::Done, 1), "{run:?}");
    assert_eq!(partners(&filled.house).len(), before + 1);
    assert_eq!(filled.contact_state("candidate").await, Some(SyncState::Synced));
}

async fn another_row_of_the_same_customer_is_found_by_documents_and_not_taken(db: TestDb) {
    let filled = Filled::confirmed(db).await;
    let early = filled.answer(Contact, "two there", MatchAnswer::AnotherRow(filled.key("beta's shop"))).await;
    assert!(matches!(early, Err(EngineError::Invalid { field: "answer", .. })), "{early:?}");
    filled.answer(Contact, "two there", MatchAnswer::ItIs(filled.key("beta"))).await.unwrap();
    filled.answer(Contact, "two there", MatchAnswer::AnotherRow(filled.key("beta's shop"))).await.unwrap();
    let id = &filled.here["two there"];
    let view = filled.house.engine.contact(&filled.house.scope, id).await.unwrap();
    assert_eq!((view.form.name.as_str(), view.sync.state), ("Beta d.o.o.", Some(SyncState::Synced)));
    assert!(!filled.asked().await.contains(&"Beta d.o.o.".to_owned()));

    order_there(&filled.house, &filled.there["beta's shop"], "55");
    let run = filled.house.sync().await;
    assert_eq!(run.created, 1, "{run:?}");
    let owner = "SELECT COUNT(*) FROM sales_documents WHERE tenant_id = $1 AND contact_id IS NOT NULL";
    assert_eq!(truth::number(&filled.house.db, &filled.house.scope, owner).await, 1);
    assert_eq!(filled.contacts().await, 4, "no contact is made of the row");
    filled.house.look().await;
    let view = filled.house.engine.contact(&filled.house.scope, id).await.unwrap();
    assert_eq!((view.form.name.as_str(), view.sync.state), ("Beta d.o.o.", Some(SyncState::Synced)));
    assert_eq!(writes(&filled.house), Vec::<String>::new());
}
