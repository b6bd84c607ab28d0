//! The budget of calls of a company: it holds whichever instance asks, it is told as a limit with the time of the next try,
//! and what the calls were made for is counted.

use std::time::Duration;

use engine::sync::{Cause, Purpose, RunState, WorkerSettings};
use engine::test_support::TestDb;
use sync_core::state::ButtonState;
use tokio_util::sync::CancellationToken;

use crate::house::{House, KIND, company, patient, thrifty};
use crate::pushes::{order, push};

/// Fewer than a look on the company needs.
const LIMIT: u64 = 4;
const DOCUMENTS: usize = 400;

engine::each_engine!(the_budget_holds_across_instances, what_calls_were_made_for_is_counted);

fn made(house: &House) -> u64 {
    house.simulator.request_counts().values().sum()
}

async fn the_budget_holds_across_instances(db: TestDb) {
    let house = House::beside(db, company(DOCUMENTS)).await;
    let instances = [2, 3].map(|seed| {
        thrifty(house.db.clone(), &house.simulator.url(), house.clock.clone(), seed, Some(LIMIT))
    });
    for (later, most) in [(Duration::ZERO, LIMIT), (Duration::from_secs(3_610), 2 * LIMIT)] {
        house.advance(later);
        let run = instances[0].start_look(&house.scope, KIND, Cause::Manual).await.unwrap();
        let stop = CancellationToken::new();
        let work = |at: usize| {
            let (slice, idle) = (Duration::ZERO, Duration::from_millis(1));
            let settings = WorkerSettings { owner: at.to_string(), slice, idle, jobs: 2, ..patient() };
            let (instance, stop) = (&instances[at], &stop);
            async move { instance.work(&settings, stop).await }
        };
        let ended = async {
            let ended = instances[0].wait_for_run(&house.scope, &run, Duration::from_mins(1)).await.unwrap();
            stop.cancel();
            ended
        };
        let ((), (), ended) = tokio::join!(work(0), work(1), ended);
        assert_eq!(
            (ended.state, ended.error_code.as_deref()),
            (RunState::Failed, Some("quota")),
            "{ended:?}"
        );
        assert!(ended.error.as_deref().is_some_and(|said| said.contains("this installation allows itself")));
        assert_eq!(made(&house), most, "not one more, whoever asked");
        let calls = instances[1].calls_made(&house.scope).await.unwrap().unwrap();
        assert_eq!((calls.this_hour, calls.limit), (LIMIT, Some(LIMIT)));
        let button = instances[1].button(&house.scope, KIND).await.unwrap();
        let ButtonState::Quota { until } = button.state else { panic!("{button:?}") };
        assert!(until.0 >= calls.renewed_at.as_microsecond(), "{until:?} {:?}", calls.renewed_at);
    }
}

async fn what_calls_were_made_for_is_counted(db: TestDb) {
    let house = House::synced(db, 30).await;
    let input = order(&house).await;
    let id = house.engine.create_sales_document(&house.scope, &input).await.unwrap();
    assert_eq!(push(&house, KIND, &id).await.outcome, "created");
    let calls = house.engine.calls_made(&house.scope).await.unwrap().unwrap();
    let purposes: Vec<Purpose> = calls.purposes.iter().map(|(purpose, _)| *purpose).collect();
    for purpose in [Purpose::Look(KIND), Purpose::Pull(KIND), Purpose::Push(KIND)] {
        assert!(purposes.contains(&purpose), "{calls:?}");
    }
    assert_eq!(calls.purposes.iter().map(|(_, calls)| calls).sum::<u64>(), made(&house), "{calls:?}");
    assert_eq!((calls.this_hour, calls.limit), (made(&house), None));
}
