//! The main job against the simulator: looks, pulls, and what they leave behind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::access::{Language, NewUser, Role, TenantScope, WorkspaceChoice};
use engine::clock::SystemClock;
use engine::ids::Ids;
use engine::store::{DatabaseUrl, Db};
use engine::sync::{AllowedHosts, Cause, ConnectionInput, Remote, RunState, Selection, WorkerSettings};
use engine::vault::{Vault, VaultKey};
use engine::{Engine, Parts};
use metakocka::{HttpClient, HttpConfig};
use metakocka_simulator::{CompanySpec, RunningSimulator, Simulator, SimulatorOptions};
use sync_core::record::RecordKind;

const KIND: RecordKind = RecordKind::SalesDocument;

struct House {
    engine: Engine,
    scope: TenantScope,
    simulator: RunningSimulator,
    _dir: tempfile::TempDir,
}

impl House {
    async fn with(documents: usize) -> Self {
        let mut options = SimulatorOptions::default();
        options.companies.push(CompanySpec::new("16", "skrivnost-7f3a", 7, documents));
        let simulator = Simulator::start(options).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(&DatabaseUrl::Sqlite(dir.path().join("crm.db"))).await.unwrap();
        let place = simulator.url().trim_start_matches("http://").to_owned();
        let http = HttpClient::new(&HttpConfig::default()).unwrap();
        let engine = Engine::new(Parts {
            db,
            clock: Arc::new(SystemClock),
            ids: Ids::seeded(1),
            vault: Vault::new(vec![VaultKey::from_bytes([7; 32])]).unwrap(),
            remote: Remote::new(http, AllowedHosts::new(&[place])),
        });
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
        let input = ConnectionInput {
            company_id: "16".to_owned(),
            base_url: format!("{}/rest/eshop/v1/", simulator.url()),
            secret_key: Some("skrivnost-7f3a".to_owned().into()),
        };
        engine.save_connection(&scope, &input).await.unwrap();
        Self { engine, scope, simulator, _dir: dir }
    }

    async fn work(&self) {
        self.engine.run_pending_jobs(&WorkerSettings::standard("test".to_owned())).await.unwrap();
    }

    async fn look(&self) -> engine::sync::RunView {
        let run = self.engine.start_look(&self.scope, KIND, Cause::Manual).await.unwrap();
        self.work().await;
        self.engine.run(&self.scope, &run).await.unwrap()
    }

    async fn pull(&self) -> engine::sync::RunView {
        let run = self.engine.start_pull(&self.scope, KIND, Selection::All, Cause::Manual).await.unwrap();
        self.work().await;
        self.engine.run(&self.scope, &run).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_new_is_seen_by_the_look_and_taken_by_the_pull() {
    let house = House::with(2_000).await;
    let begin = Instant::now();
    let look = house.look().await;
    eprintln!("look {:?} {look:?}", begin.elapsed());
    assert_eq!(look.state, RunState::Done, "{look:?}");
    let waiting = house.engine.waiting(&house.scope, KIND, None, 50).await.unwrap();
    assert_eq!(waiting.total, Some(2_000));
    let begin = Instant::now();
    let pull = house.pull().await;
    eprintln!("pull {:?} {pull:?}", begin.elapsed());
    assert_eq!((pull.state, pull.created, pull.total), (RunState::Done, 2_000, 2_000), "{pull:?}");
    let after = house.engine.waiting(&house.scope, KIND, None, 50).await.unwrap();
    for row in &after.rows {
        eprintln!("{row:?}");
    }
    for row in &after.rows {
        let truth = house.simulator.documents("16").unwrap();
        eprintln!("{:?}", truth.iter().find(|d| d.id == row.external_id));
    }
    assert_eq!(after.total, Some(0));
    house.simulator.clear_requests();
    let again = house.look().await;
    eprintln!("again {again:?}");
    let counts: BTreeMap<String, u64> = house.simulator.request_counts();
    eprintln!("{counts:?}");
    let _ = Duration::ZERO;
}
