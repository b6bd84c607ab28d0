//! The database is restored from a copy, or a copy is started (design §5, adr/0007): nothing that it says about Metakocka is
//! believed, nothing is sent, and the owner is asked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::Engine;
use engine::EngineError;
use engine::store::{DatabaseUrl, Db};
use engine::sync::{Cause, ConnectionState, Lineage, Outgoing, RunState, SyncStatus};
use engine::test_support::{TestDb, on_sqlite};
use metakocka_simulator::{Effect, TruthDocument};

use crate::house::{self, House, KIND, patient, state_code};
use crate::pushes::{new_orders, push, status};
use crate::unknowns::{fault, fresh_order, let_pass, sent_order};

const DOCUMENTS: usize = 40;
/// More than another place of a shared database has to have counted within.
const LONG: Duration = Duration::from_mins(10);

engine::each_engine!(
    a_start_with_its_own_database_changes_nothing,
    a_missing_file_beside_a_used_database_pauses_until_the_owner_confirms,
    a_database_that_is_behind_its_file_is_a_restored_one,
    a_new_place_beside_a_database_at_work,
    who_is_no_owner_confirms_nothing,
);

/// A folder with a start counter.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("starts")
    }

    async fn count(&self, engine: &Engine) -> Lineage {
        engine.count_start(&self.file()).await.unwrap()
    }
}

/// Why nothing is sent or fetched.
async fn refusal(house: &House) -> String {
    let refused = house.engine.start_push(&house.scope, KIND, Outgoing::All, Cause::Manual).await;
    let Err(EngineError::State(conflict)) = &refused else { panic!("{refused:?}") };
    let sentence = conflict.sentence.clone();
    assert_eq!(state_code(refused), "paused");
    sentence
}

async fn a_start_with_its_own_database_changes_nothing(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let place = Place::new();
    for _ in 0..5 {
        assert_eq!(place.count(&house.engine).await, Lineage::Known);
        house.advance(LONG);
    }
    assert_eq!(house.look().await.state, RunState::Done);
}

async fn a_missing_file_beside_a_used_database_pauses_until_the_owner_confirms(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let place = Place::new();
    assert_eq!(place.count(&house.engine).await, Lineage::Known);
    sent_order(&house).await;
    let before = house.truth();
    let id = fresh_order(&house).await;
    let waits = fresh_order(&house).await;
    fault(&house, "put_document", Effect::DropAfterStore);
    assert_eq!(push(&house, KIND, &id).await.outcome, "unknown");
    std::fs::remove_file(place.file()).unwrap();
    house.advance(LONG);
    assert_eq!(place.count(&house.engine).await, Lineage::Restored);
    // Nothing is sent or fetched, however long it takes.
    house.simulator.clear_requests();
    let_pass(&house, 30).await;
    assert!(house.simulator.request_counts().is_empty(), "{:?}", house.simulator.request_counts());
    let paused = house.engine.connection(&house.scope).await.unwrap().unwrap();
    assert_eq!((paused.state, paused.reason.as_deref()), (ConnectionState::Paused, Some("restored")));
    let told = refusal(&house).await;
    assert!(told.contains("restored from a copy") && told.contains("in the settings"), "{told}");
    let told = status(&house, &id).await;
    assert_eq!(told.status, "unknown", "{told:?}");
    assert!(told.detail.as_deref().is_some_and(|detail| detail.contains("restored")), "{told:?}");
    let told = status(&house, &waits).await;
    assert_eq!((told.status.as_str(), told.reason.as_deref()), ("pending", Some("waiting")), "{told:?}");
    // A second start accuses nobody, and does not go on by itself either.
    assert_eq!(place.count(&house.engine).await, Lineage::Known);
    refusal(&house).await;
    house.engine.confirm_restored(&house.scope).await.unwrap();
    assert_eq!(house.look().await.state, RunState::Done);
    let_pass(&house, 15).await;
    assert_eq!(status(&house, &id).await.status, "synced");
    assert_eq!(push(&house, KIND, &waits).await.outcome, "created");
    assert_eq!(new_orders(&house, &before).len(), 2);
}

async fn a_database_that_is_behind_its_file_is_a_restored_one(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let place = Place::new();
    assert_eq!(place.count(&house.engine).await, Lineage::Known);
    assert_eq!(place.count(&house.engine).await, Lineage::Known);
    // The database as it was a minute ago.
    let back = "UPDATE starts SET count = count - 1";
    crate::tables::execute(&house.db, back).await;
    assert_eq!(place.count(&house.engine).await, Lineage::Restored);
    refusal(&house).await;
    house.engine.confirm_restored(&house.scope).await.unwrap();
    assert_eq!(place.count(&house.engine).await, Lineage::Known);
    assert_eq!(house.look().await.state, RunState::Done);
}

/// Several machines share a PostgreSQL database: one that is new is believed while another one counts. Nobody shares a file.
async fn a_new_place_beside_a_database_at_work(db: TestDb) {
    let is_shared = matches!(db.url, DatabaseUrl::Postgres(_));
    let house = House::synced(db, DOCUMENTS).await;
    let (one, other) = (Place::new(), Place::new());
    assert_eq!(one.count(&house.engine).await, Lineage::Known);
    let wanted = if is_shared { Lineage::Known } else { Lineage::Restored };
    assert_eq!(other.count(&house.engine).await, wanted);
    for _ in 0..3 {
        house.advance(Duration::from_mins(1));
        assert_eq!(one.count(&house.engine).await, Lineage::Known);
        assert_eq!(other.count(&house.engine).await, Lineage::Known);
    }
    house.advance(LONG);
    assert_eq!(Place::new().count(&house.engine).await, Lineage::Restored);
}

async fn who_is_no_owner_confirms_nothing(db: TestDb) {
    let house = House::synced(db, DOCUMENTS).await;
    let refused = house.engine.confirm_restored(&house.scope).await;
    assert_eq!(state_code(refused), "paused", "nothing waits for it");
    let place = Place::new();
    place.count(&house.engine).await;
    house.advance(LONG);
    assert_eq!(Place::new().count(&house.engine).await, Lineage::Restored);
    house.engine.confirm_restored(&house.scope).await.unwrap();
    assert!(house.engine.confirm_restored(&house.scope).await.is_err());
}

/// Copies the database of a house into a folder of its own.
async fn copy(house: &House, folder: &Path) -> DatabaseUrl {
    let file = folder.join("copy.db");
    let sql = format!("VACUUM INTO '{}'", file.display());
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(house.db.reader()).await.unwrap();
    DatabaseUrl::Sqlite(file)
}

/// The same house, on another database.
async fn on_copy(house: House, url: DatabaseUrl) -> House {
    let db = Db::open(&url).await.unwrap();
    let engine = house::engine(db.clone(), &house.simulator.url(), house.clock.clone(), 2);
    House { engine, db, url, ..house }
}

async fn started_on_a_copy(house: House, url: DatabaseUrl) -> (House, Place) {
    let house = on_copy(house, url).await;
    let place = Place::new();
    assert_eq!(place.count(&house.engine).await, Lineage::Restored);
    (house, place)
}

async fn only_one(house: &House, before: &[TruthDocument], told: &SyncStatus) {
    let made = new_orders(house, before);
    assert_eq!(made.len(), 1);
    assert_eq!(told.status, "synced", "{told:?}");
    assert_eq!(told.mapping.as_ref().map(|link| link.external_id.as_str()), Some(made[0].id.as_str()));
}

/// The original is told that it was stored; the copy knows only that it was leaving.
#[tokio::test]
async fn a_copy_that_was_made_while_a_request_was_out_looks_for_it_and_sends_nothing() {
    const ON_ITS_WAY: u64 = 1_500;
    on_sqlite(async |db: TestDb| {
        let house = House::synced(db, DOCUMENTS).await;
        Place::new().count(&house.engine).await;
        let (before, id) = (house.truth(), fresh_order(&house).await);
        let folder = tempfile::tempdir().unwrap();
        house.simulator.clear_requests();
        fault(&house, "put_document", Effect::DelayMs { ms: ON_ITS_WAY });
        let copied = async {
            while !house.simulator.request_counts().contains_key("put_document") {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            copy(&house, folder.path()).await
        };
        let (came, url) = tokio::join!(push(&house, KIND, &id), copied);
        assert_eq!(came.outcome, "created");
        let (house, _place) = started_on_a_copy(house, url).await;
        let told = status(&house, &id).await;
        assert_eq!((told.status.as_str(), told.reason.as_deref()), ("unknown", Some("settling")), "{told:?}");
        assert!(
            told.detail.as_deref().is_some_and(|detail| detail.contains("restored from a copy")),
            "{told:?}"
        );
        house.simulator.clear_requests();
        let_pass(&house, 20).await;
        assert!(house.simulator.request_counts().is_empty());
        house.engine.confirm_restored(&house.scope).await.unwrap();
        let_pass(&house, 20).await;
        only_one(&house, &before, &status(&house, &id).await).await;
        assert!(!house.simulator.request_counts().contains_key("put_document"));
    })
    .await;
}

/// The copy does not even know that the order was sent: its sign tells, which is computed and not remembered.
#[tokio::test]
async fn what_was_sent_after_the_copy_was_made_is_found_by_its_sign() {
    for pulls_first in [true, false] {
        on_sqlite(async |db: TestDb| {
            let house = House::synced(db, DOCUMENTS).await;
            Place::new().count(&house.engine).await;
            let (before, id) = (house.truth(), fresh_order(&house).await);
            let folder = tempfile::tempdir().unwrap();
            let url = copy(&house, folder.path()).await;
            assert_eq!(push(&house, KIND, &id).await.outcome, "created");
            let (house, _place) = started_on_a_copy(house, url).await;
            house.engine.confirm_restored(&house.scope).await.unwrap();
            house.simulator.clear_requests();
            if pulls_first {
                let sync = house.sync().await;
                assert_eq!((sync.state, sync.created), (RunState::Done, 0), "{sync:?}");
            } else {
                assert_eq!(push(&house, KIND, &id).await.outcome, "skipped", "nobody has looked yet");
                house.look().await;
            }
            push(&house, KIND, &id).await;
            only_one(&house, &before, &status(&house, &id).await).await;
            assert!(!house.simulator.request_counts().contains_key("put_document"));
            assert_eq!(house.sync().await.created, 0);
            house.engine.run_pending_jobs(&patient()).await.unwrap();
        })
        .await;
    }
}
