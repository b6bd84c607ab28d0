//! A house to test in: one workspace that is connected to one simulated company. Time stands still on both sides until
//! a test moves it, so what a test sees does not depend on how fast the machine is.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use engine::access::{Language, NewUser, Role, TenantScope, WorkspaceChoice};
use engine::clock::ManualClock;
use engine::crm::{DocumentView, Edit};
use engine::ids::Ids;
use engine::store::{DatabaseUrl, Db};
use engine::sync::{
    AllowedHosts, Cause, ConnectionInput, Remote, RunState, RunView, Selection, Waiting, WorkerSettings,
};
use engine::test_support::TestDb;
use engine::vault::{Vault, VaultKey};
use engine::{Engine, EngineError, Parts};
use jiff::Timestamp;
use jiff::civil::Date;
use metakocka::{HttpClient, HttpConfig};
use metakocka_simulator::{
    Clock, CompanySpec, DocType, EditRequest, RunningSimulator, Simulator, SimulatorOptions, TruthDocument,
};
use serde_json::Value;
use sync_core::record::RecordKind;
use sync_core::state::ButtonState;

use crate::truth;

/// The kind that all of these tests bring.
pub(crate) const KIND: RecordKind = RecordKind::SalesDocument;
/// `company_id` of the simulated company.
pub(crate) const COMPANY: &str = "16";
/// Its secret key.
pub(crate) const KEY: &str = "skrivnost-7f3a";
/// The instant at which every test begins.
pub(crate) const START: Timestamp = Timestamp::constant(1_795_510_800, 0); // 2026-11-24T09:00:00Z
/// The day of [`START`].
pub(crate) const TODAY: Date = jiff::civil::date(2026, 11, 24);
/// More rounds than any run needs: one that goes on behind them would go on for ever.
const MOST_ROUNDS: usize = 40;

/// A workspace, its engine, and the company that it is connected to.
pub(crate) struct House {
    pub(crate) engine: Engine,
    pub(crate) scope: TenantScope,
    pub(crate) simulator: RunningSimulator,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) db: Db,
    pub(crate) url: DatabaseUrl,
}

/// A company of `documents` documents whose seed is 7.
pub(crate) fn company(documents: usize) -> CompanySpec {
    CompanySpec::new(COMPANY, KEY, 7, documents)
}

/// Starts a simulated Metakocka whose clock stands at [`START`].
pub(crate) async fn simulator(company: CompanySpec) -> RunningSimulator {
    let options = SimulatorOptions {
        clock: Clock::fixed(START),
        companies: vec![company],
        ..SimulatorOptions::default()
    };
    Simulator::start(options).await.unwrap()
}

/// An engine on `db` that may reach the simulator at `url`.
pub(crate) fn engine(db: Db, url: &str, clock: Arc<dyn engine::clock::Clock>, seed: u64) -> Engine {
    thrifty(db, url, clock, seed, None)
}

/// The same with at most so many calls in an hour.
pub(crate) fn thrifty(
    db: Db,
    url: &str,
    clock: Arc<dyn engine::clock::Clock>,
    seed: u64,
    calls_an_hour: Option<u64>,
) -> Engine {
    let place = url.trim_start_matches("http://").to_owned();
    let http = HttpClient::new(&HttpConfig::default()).unwrap();
    Engine::new(Parts {
        db,
        clock,
        ids: Ids::seeded(seed),
        vault: Vault::new(vec![VaultKey::from_bytes([7; 32])]).unwrap(),
        remote: Remote::new(http, AllowedHosts::new(&[place])).within_calls_an_hour(calls_an_hour),
    })
}

/// Makes a workspace with an owner, connected with `key` to the company at `url`.
pub(crate) async fn workspace(engine: &Engine, name: &str, url: &str, key: &str) -> TenantScope {
    let owner = NewUser {
        email: format!("{}@example.test", name.to_lowercase().replace(' ', ".")),
        name: "Ana Kovač".to_owned(),
        password: "geslo-geslo".to_owned().into(),
        language: Language::default(),
        role: Role::Owner,
        workspace: WorkspaceChoice::New(name.to_owned()),
    };
    engine.add_user(owner).await.unwrap();
    let scope = engine.scope_for_operator(name, None).await.unwrap();
    engine.save_connection(&scope, &connection(url, key)).await.unwrap();
    scope
}

/// What the owner enters to connect.
pub(crate) fn connection(url: &str, key: &str) -> ConnectionInput {
    ConnectionInput {
        company_id: COMPANY.to_owned(),
        base_url: format!("{url}/rest/eshop/v1/"),
        secret_key: Some(key.to_owned().into()),
    }
}

/// A worker that is not hurried.
pub(crate) fn patient() -> WorkerSettings {
    WorkerSettings::standard("test".to_owned())
}

impl House {
    /// A house beside `company`; nobody has looked yet.
    pub(crate) async fn beside(db: TestDb, company: CompanySpec) -> Self {
        let simulator = simulator(company).await;
        let clock = Arc::new(ManualClock::new(START));
        let engine = engine(db.db.clone(), &simulator.url(), clock.clone(), 1);
        let scope = workspace(&engine, "Lesna oprema", &simulator.url(), KEY).await;
        Self { engine, scope, simulator, clock, db: db.db, url: db.url }
    }

    /// A house that has brought everything from a company of `documents` documents.
    pub(crate) async fn synced(db: TestDb, documents: usize) -> Self {
        let house = Self::beside(db, company(documents)).await;
        house.look().await;
        let pull = house.pull().await;
        assert_eq!(
            (pull.state, pull.created),
            (RunState::Done, i64::try_from(documents).unwrap()),
            "{pull:?}"
        );
        house
    }

    /// Moves the clocks of both sides.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
        let now = engine::clock::Clock::now(&*self.clock);
        self.simulator.clock().set(Some(now));
    }

    /// Looks, and waits until the look has ended.
    pub(crate) async fn look(&self) -> RunView {
        let run = self.engine.start_look(&self.scope, KIND, Cause::Manual).await.unwrap();
        self.finish(&run).await
    }

    /// Takes everything, and waits until the run has ended.
    pub(crate) async fn pull(&self) -> RunView {
        self.pull_these(Selection::All).await
    }

    /// Takes these, and waits until the run has ended.
    pub(crate) async fn pull_these(&self, selection: Selection) -> RunView {
        let run = self.engine.start_pull(&self.scope, KIND, selection, Cause::Manual).await.unwrap();
        self.finish(&run).await
    }

    /// Looks and takes in one run, and waits until it has ended.
    pub(crate) async fn sync(&self) -> RunView {
        let run = self.engine.start_sync(&self.scope, KIND, Cause::Schedule).await.unwrap();
        self.finish(&run).await
    }

    /// Works until the run has ended, then lets a minute pass. Retries that are due later come at once, because the
    /// clock is moved to them.
    pub(crate) async fn finish(&self, run: &str) -> RunView {
        for _ in 0..MOST_ROUNDS {
            self.engine.run_pending_jobs(&patient()).await.unwrap();
            self.advance(Duration::from_mins(1));
            let view = self.engine.run(&self.scope, run).await.unwrap();
            if view.is_ended() {
                return view;
            }
        }
        panic!("the run does not end: {:?}", self.engine.run(&self.scope, run).await);
    }

    /// What the button says.
    pub(crate) async fn button(&self) -> ButtonState {
        self.engine.button(&self.scope, KIND).await.unwrap().state
    }

    /// Everything that waits, newest first, and its number.
    pub(crate) async fn waiting(&self) -> (Vec<Waiting>, Option<i64>) {
        let page = self.engine.waiting(&self.scope, KIND, None, 1_000).await.unwrap();
        (page.rows, page.total)
    }

    /// What the company holds.
    pub(crate) fn truth(&self) -> Vec<TruthDocument> {
        self.simulator.documents(COMPANY).unwrap()
    }

    /// The first document of a type that fits.
    pub(crate) fn find(&self, doc_type: DocType, fits: impl Fn(&TruthDocument) -> bool) -> TruthDocument {
        let all = self.truth().into_iter();
        all.filter(|one| one.doc_type == doc_type && one.malformed.is_none()).find(fits).unwrap()
    }

    /// The record here that a document in Metakocka is linked to.
    pub(crate) async fn here(&self, document: &TruthDocument) -> DocumentView {
        let all = truth::documents(&self.db, &self.scope).await;
        let id = &all[&truth::key(document)].id;
        self.engine.sales_document(&self.scope, id).await.unwrap()
    }

    /// Changes the subject of a document here.
    pub(crate) async fn edit_title_here(&self, document: &TruthDocument, title: &str) {
        let here = self.here(document).await;
        let edit = Edit { title: Some(title.to_owned()), notes: None };
        self.engine.edit_sales_document(&self.scope, &here.id, here.revision, edit).await.unwrap();
    }

    /// Changes a document in Metakocka.
    pub(crate) fn edit_there(&self, document: &TruthDocument, set: Value) {
        self.simulator.edit(&EditRequest::document(document.doc_type, &document.id, set)).unwrap();
    }
}

/// Prints a figure that people read. Written to the stream itself: the test runner swallows what the macros print.
pub(crate) fn tell(figure: &str) {
    let _ = writeln!(std::io::stderr(), "{figure}");
}

/// The public code of a use case that was refused because of the state of things.
pub(crate) fn state_code<T: std::fmt::Debug>(answer: Result<T, EngineError>) -> &'static str {
    match answer {
        Err(EngineError::State(conflict)) => conflict.code.as_str(),
        other => panic!("expected a state conflict, not {other:?}"),
    }
}
