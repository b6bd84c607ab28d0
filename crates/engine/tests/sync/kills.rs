//! Workers that are killed with SIGKILL in the midst of their work: others go on where they were (issue 3, *Shows* 5).
//!
//! A killed worker has to be a process of its own. A test of this file starts its own program again, with its own name
//! as filter and [`WORKER`] in the environment: it then is that worker.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use engine::Engine;
use engine::access::TenantScope;
use engine::clock::{Clock, SystemClock};
use engine::store::{DatabaseUrl, Db};
use engine::sync::{Cause, RunState, RunView, Selection, WorkerSettings};
use engine::test_support::{TestDb, on_postgres, on_sqlite};
use metakocka_simulator::{RunningSimulator, Settings, Simulator, SimulatorOptions};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio_util::sync::CancellationToken;

use crate::house::{COMPANY, KEY, KIND, company, engine, patient, tell, workspace};
use crate::truth;

/// Tells a process that it is a worker: database, simulator and number, a line each.
const WORKER: &str = "CRM_MIND_TEST_WORKER";
/// A worker that shows no life for so long is dead. Short, because every kill waits for it.
const LEASE: Duration = Duration::from_millis(300);
/// How often the parent looks how far things are.
const GLANCE: Duration = Duration::from_millis(2);
/// How long the parent waits for a worker to get somewhere.
const PATIENCE: Duration = Duration::from_mins(1);
const SEED: u64 = 20;

/// Twenty kills in a pull, and some in a look.
const PULL: Plan = Plan { documents: 800, kills: 20, reserve: 200 };
const LOOK: Plan = Plan { documents: 400, kills: 6, reserve: 60 };

/// How many workers are killed over how many records.
#[derive(Clone, Copy)]
struct Plan {
    documents: i64,
    kills: i64,
    /// Records that shall be left when the last kill is planned: a worker goes on while it is being killed.
    reserve: i64,
}

macro_rules! killed {
    ($($engine:ident with $harness:expr),+) => {$(
        mod $engine {
            #[tokio::test]
            async fn a_pull_survives_twenty_killed_workers() {
                super::killed(super::PULL, $harness).await;
            }
            #[tokio::test]
            async fn a_look_survives_killed_workers() {
                super::killed(super::LOOK, $harness).await;
            }
        }
    )+};
}
killed!(sqlite with super::Harness::Sqlite, postgres with super::Harness::Postgres);

#[derive(Clone, Copy)]
enum Harness {
    Sqlite,
    Postgres,
}

async fn killed(plan: Plan, harness: Harness) {
    if let Ok(place) = std::env::var(WORKER) {
        return work_until_killed(&place).await;
    }
    let name = std::thread::current().name().unwrap().to_owned();
    let test = async |db: TestDb| {
        let house = Workshop::of(db, plan, name.clone()).await;
        if plan.kills == PULL.kills { house.kill_in_a_pull().await } else { house.kill_in_a_look().await }
    };
    match harness {
        Harness::Sqlite => on_sqlite(test).await,
        Harness::Postgres => on_postgres(&name, test).await,
    }
}

/// A clock that takes its time, and with it the worker that asks it for every id: else it would have ended before it
/// could be killed.
#[derive(Debug)]
struct SlowClock;

impl Clock for SlowClock {
    fn now(&self) -> jiff::Timestamp {
        std::thread::sleep(Duration::from_millis(1));
        SystemClock.now()
    }
}

async fn work_until_killed(place: &str) {
    let [database, url, number] = place.split('\n').collect::<Vec<_>>().try_into().unwrap();
    let db = Db::open(&database.parse().unwrap()).await.unwrap();
    let engine = engine(db, url, Arc::new(SlowClock), number.parse().unwrap());
    let settings = WorkerSettings {
        owner: format!("worker {number}"),
        lease: LEASE,
        idle: Duration::from_millis(10),
        slice: Duration::from_secs(5),
        jobs: 1,
        horizon: sync_core::intent::SETTLE_HORIZON,
    };
    engine.work(&settings, &CancellationToken::new()).await;
}

/// A worker in a process of its own; it does not outlive the test.
struct Worker(Child);

impl Worker {
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // An error means that it is dead already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How far a run's job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    /// Raised by every claim.
    fence: i64,
    /// Records done: items of a pull, or documents in the mirror.
    done: i64,
}

struct Workshop {
    engine: Engine,
    scope: TenantScope,
    simulator: RunningSimulator,
    db: Db,
    url: DatabaseUrl,
    plan: Plan,
    /// The test's own name.
    name: String,
}

impl Workshop {
    async fn of(db: TestDb, plan: Plan, name: String) -> Self {
        let companies = vec![company(usize::try_from(plan.documents).unwrap())];
        let simulator =
            Simulator::start(SimulatorOptions { companies, ..SimulatorOptions::default() }).await.unwrap();
        let engine = engine(db.db.clone(), &simulator.url(), Arc::new(SystemClock), 1);
        let scope = workspace(&engine, "Lesna oprema", &simulator.url(), KEY).await;
        Self { engine, scope, simulator, db: db.db, url: db.url, plan, name }
    }

    async fn kill_in_a_pull(&self) {
        let look = self.engine.start_look(&self.scope, KIND, Cause::Manual).await.unwrap();
        self.engine.run_pending_jobs(&patient()).await.unwrap();
        assert_eq!(self.engine.run(&self.scope, &look).await.unwrap().state, RunState::Done);
        let run = self.engine.start_pull(&self.scope, KIND, Selection::All, Cause::Manual).await.unwrap();
        let items = "SELECT COUNT(*) FROM sync_run_items WHERE tenant_id = $1 AND outcome IS NOT NULL";
        self.kill_them(&run, items).await;
        self.check_pull(&self.end(&run).await).await;
    }

    async fn kill_in_a_look(&self) {
        let latency_ms = [("search".to_owned(), 40)].into();
        self.simulator.set_settings(Settings { latency_ms, ..Settings::default() }).unwrap();
        let look = self.engine.start_look(&self.scope, KIND, Cause::Manual).await.unwrap();
        let mirror = "SELECT COUNT(*) FROM mirror WHERE tenant_id = $1 AND kind = 'sales_document'";
        self.kill_them(&look, mirror).await;
        let look = self.end(&look).await;
        assert_eq!(look.state, RunState::Done, "{look:?}");
        let waiting = self.engine.waiting(&self.scope, KIND, None, 1).await.unwrap();
        assert_eq!(waiting.total, Some(self.plan.documents));
        let run = self.engine.start_pull(&self.scope, KIND, Selection::All, Cause::Manual).await.unwrap();
        self.engine.run_pending_jobs(&patient()).await.unwrap();
        self.check_pull(&self.engine.run(&self.scope, &run).await.unwrap()).await;
    }

    /// Kills one worker after the other, each when a seeded number of records is done.
    async fn kill_them(&self, run: &str, done: &'static str) {
        let Plan { documents, kills, reserve } = self.plan;
        let mut chance = ChaCha8Rng::seed_from_u64(SEED);
        let mut killed_at = Vec::new();
        for kill in 0..kills {
            let before = self.standing(run, done).await;
            let room = (documents - reserve - before.done).max(0) / (2 * (kills - kill));
            let target = (before.done + chance.random_range(0..=room)).max(1);
            let worker = self.worker(kill);
            let reached = async {
                loop {
                    let now = self.standing(run, done).await;
                    if now.fence > before.fence && now.done >= target {
                        return;
                    }
                    tokio::time::sleep(GLANCE).await;
                }
            };
            tokio::time::timeout(PATIENCE, reached).await.expect("the worker gets somewhere");
            worker.kill();
            killed_at.push(self.standing(run, done).await.done);
        }
        tell(&format!("seed {SEED}, {kills} SIGKILLs, done of {documents} at each: {killed_at:?}"));
        assert!(killed_at.iter().all(|done| (1..documents).contains(done)), "{killed_at:?}");
        assert!(!self.engine.run(&self.scope, run).await.unwrap().is_ended());
    }

    fn worker(&self, number: i64) -> Worker {
        let database = match &self.url {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        };
        let place = format!("{database}\n{}\n{}", self.simulator.url(), 100 + number);
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([self.name.as_str(), "--exact", "--nocapture"]).env(WORKER, place);
        Worker(command.stdout(Stdio::null()).spawn().unwrap())
    }

    async fn standing(&self, run: &str, done: &'static str) -> Standing {
        let fence = sqlx::query_scalar("SELECT fence FROM jobs WHERE tenant_id = $1 AND run_id = $2")
            .bind(self.scope.tenant())
            .bind(run)
            .fetch_one(self.db.reader())
            .await
            .unwrap();
        Standing { fence, done: truth::number(&self.db, &self.scope, done).await }
    }

    /// Lets one more worker bring the run to its end.
    async fn end(&self, run: &str) -> RunView {
        let worker = self.worker(self.plan.kills);
        let view = self.engine.wait_for_run(&self.scope, run, PATIENCE).await.unwrap();
        worker.kill();
        view
    }

    async fn check_pull(&self, run: &RunView) {
        let all = self.plan.documents;
        assert_eq!((run.state, run.total, run.created, run.done), (RunState::Done, all, all, all), "{run:?}");
        let counts = [
            "SELECT COUNT(*) FROM sales_documents WHERE tenant_id = $1",
            "SELECT COUNT(*) FROM links WHERE tenant_id = $1 AND kind = 'sales_document'",
            "SELECT COUNT(*) FROM sync_run_items WHERE tenant_id = $1 AND outcome = 'created'",
        ];
        for sql in counts {
            assert_eq!(truth::number(&self.db, &self.scope, sql).await, all, "{sql}");
        }
        let stored = truth::documents(&self.db, &self.scope).await;
        let lines = truth::lines(&self.db, &self.scope).await;
        for truth in self.simulator.documents(COMPANY).unwrap() {
            let here =
                stored.get(&truth::key(&truth)).unwrap_or_else(|| panic!("{} is missing", truth.number));
            assert_eq!(lines.get(&here.id).map_or(0, Vec::len), truth.lines.len(), "{}", truth.number);
        }
        let lost = "SELECT COUNT(*) FROM job_attempts WHERE tenant_id = $1 AND outcome = 'lost'";
        let lost = truth::number(&self.db, &self.scope, lost).await;
        tell(&format!("{}: {lost} attempts were lost and taken over", self.name));
        assert!(lost > 0);
    }
}
