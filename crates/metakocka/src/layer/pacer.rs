//! The pace of one company: how many calls at once, how far apart, and how many there were. It counts and
//! holds back; it knows nothing of what is called.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep};

use super::budget::{BudgetUse, CallBudget, Spent, Window};
use crate::endpoint::Endpoint;

/// How many endpoints are counted.
const ENDPOINTS: usize = Endpoint::ALL.len();
/// The most searches at once: far more queues than support sets up for anybody (`metakocka-api.md §1.6`).
const MAX_SEARCHES: usize = 64;

/// How fast a company may be asked. The quota's size is unknown, searches are queued by Metakocka
/// (`metakocka-api.md §1.6`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Calls in flight at once, at least one.
    pub calls_in_flight: usize,
    /// Searches among them, between 1 and 64. More than one only on a server of one's own where support has
    /// set up as many queues (`REST_MAX_SEARCH_LOCK_GROUP_PER_COMPANY` is one less): each search in flight
    /// then names a queue of its own in the header `searchGroup`, the first none (`metakocka-api.md §1.6`).
    pub searches_in_flight: usize,
    /// The least time between the beginnings of two calls; zero for none.
    pub min_interval: Duration,
    /// How many calls in a period; none: as many as there is time for.
    pub budget: Option<CallBudget>,
}

impl Default for Pace {
    /// Two calls, one of them a search, no pause, no budget: what other clients do (`metakocka-api.md §1.6`).
    fn default() -> Self {
        Self { calls_in_flight: 2, searches_in_flight: 1, min_interval: Duration::ZERO, budget: None }
    }
}

/// Keeps the pace of one company. Clones share it: give the same one to every client of the company.
#[derive(Clone, Debug)]
pub struct Pacer {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    calls: Arc<Semaphore>,
    searches: Arc<Semaphore>,
    /// Queues of Metakocka's that no search is in; as many as the semaphore has permits.
    free_groups: Arc<StdMutex<BTreeSet<usize>>>,
    min_interval: Duration,
    last_start: Mutex<Option<Instant>>,
    budget: Option<StdMutex<Window>>,
    counts: [AtomicU64; ENDPOINTS],
}

/// The right to make one call, until dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    // Given back in this order: whoever gets the permit finds a group.
    group: Option<SearchGroup>,
    _search: Option<OwnedSemaphorePermit>,
    _call: Option<OwnedSemaphorePermit>,
}

/// The place of a search in one of Metakocka's queues, until dropped.
#[derive(Debug)]
struct SearchGroup {
    number: usize,
    free: Arc<StdMutex<BTreeSet<usize>>>,
}

impl SearchGroup {
    /// The first free one; there is one for every permit.
    fn of(free: &Arc<StdMutex<BTreeSet<usize>>>) -> Self {
        let first = free.lock().unwrap_or_else(PoisonError::into_inner).pop_first();
        Self { number: first.unwrap_or(0), free: Arc::clone(free) }
    }
}

impl Drop for SearchGroup {
    fn drop(&mut self) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).insert(self.number);
    }
}

impl Turn {
    /// What the header `searchGroup` says; the common queue needs none.
    pub(crate) fn search_group(&self) -> Option<NonZeroUsize> {
        self.group.as_ref().and_then(|group| NonZeroUsize::new(group.number))
    }
}

/// How many calls were begun, by endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallCounts([u64; ENDPOINTS]);

impl Pacer {
    /// A pacer for one company.
    pub fn new(pace: Pace) -> Self {
        let calls = pace.calls_in_flight.clamp(1, Semaphore::MAX_PERMITS);
        let searches = pace.searches_in_flight.clamp(1, MAX_SEARCHES);
        Self {
            shared: Arc::new(Shared {
                calls: Arc::new(Semaphore::new(calls)),
                searches: Arc::new(Semaphore::new(searches)),
                free_groups: Arc::new(StdMutex::new((0..searches).collect())),
                min_interval: pace.min_interval,
                last_start: Mutex::new(None),
                budget: pace.budget.map(|budget| StdMutex::new(Window::new(budget))),
                counts: std::array::from_fn(|_| AtomicU64::new(0)),
            }),
        }
    }

    /// How many calls were begun since the pacer was made.
    pub fn counts(&self) -> CallCounts {
        CallCounts(std::array::from_fn(|place| self.shared.counts[place].load(Ordering::Relaxed)))
    }

    /// How much of the budget is used; none without one.
    pub fn budget(&self) -> Option<BudgetUse> {
        let window = self.shared.budget.as_ref()?;
        Some(window.lock().unwrap_or_else(PoisonError::into_inner).in_use(Instant::now()))
    }

    /// Waits for a turn, and takes it out of the budget. A search waits for its search before it takes a
    /// place among the calls, so that waiting searches hold nothing up. Both semaphores are never closed, so a permit is always given.
    pub(crate) async fn turn(&self, endpoint: Endpoint) -> Result<Turn, Spent> {
        let search = if endpoint.is_search() {
            Arc::clone(&self.shared.searches).acquire_owned().await.ok()
        } else {
            None
        };
        let group = search.is_some().then(|| SearchGroup::of(&self.shared.free_groups));
        let call = Arc::clone(&self.shared.calls).acquire_owned().await.ok();
        self.shared.wait_for_interval().await;
        self.shared.take_from_budget()?;
        self.shared.counts[endpoint.index()].fetch_add(1, Ordering::Relaxed);
        Ok(Turn { group, _search: search, _call: call })
    }
}

impl Default for Pacer {
    fn default() -> Self {
        Self::new(Pace::default())
    }
}

impl Shared {
    /// Sleeps until the interval since the last beginning is over. The lock is held meanwhile, so that
    /// those who wait begin one after another.
    async fn wait_for_interval(&self) {
        if self.min_interval.is_zero() {
            return;
        }
        let mut last_start = self.last_start.lock().await;
        if let Some(start) = *last_start {
            // An interval may be longer than any clock counts: nothing is added to a moment.
            sleep(self.min_interval.saturating_sub(start.elapsed())).await;
        }
        *last_start = Some(Instant::now());
    }
}

impl Shared {
    fn take_from_budget(&self) -> Result<(), Spent> {
        match &self.budget {
            Some(window) => window.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now()),
            None => Ok(()),
        }
    }
}

impl CallCounts {
    /// The calls of one endpoint.
    pub fn of(&self, endpoint: Endpoint) -> u64 {
        self.0[endpoint.index()]
    }

    /// The calls of all endpoints.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// What was begun after an earlier count.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self(std::array::from_fn(|place| self.0[place].saturating_sub(earlier.0[place])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(seconds: u64) -> Pacer {
        Pacer::new(Pace { min_interval: Duration::from_secs(seconds), ..Pace::default() })
    }

    #[tokio::test(start_paused = true)]
    async fn calls_begin_at_least_the_interval_apart() {
        let pacer = interval(3);
        let begin = Instant::now();
        for call in 0_u64..4 {
            drop(pacer.turn(Endpoint::GetDocument).await.unwrap());
            assert_eq!(begin.elapsed().as_secs(), 3 * call);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_search_and_two_calls_are_in_flight() {
        let pacer = Pacer::default();
        let second = Duration::from_secs(1);
        let search = pacer.turn(Endpoint::Search).await.unwrap();
        assert!(tokio::time::timeout(second, pacer.turn(Endpoint::Search)).await.is_err());
        let call = pacer.turn(Endpoint::GetPartner).await.unwrap();
        assert!(tokio::time::timeout(second, pacer.turn(Endpoint::GetPartner)).await.is_err());
        drop(search);
        let search = tokio::time::timeout(second, pacer.turn(Endpoint::Search)).await;
        assert!(search.is_ok());
        drop(call);
        assert_eq!((pacer.counts().of(Endpoint::Search), pacer.counts().total()), (2, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_search_that_waits_takes_no_place_from_other_calls() {
        let pacer = Pacer::default();
        let _search = pacer.turn(Endpoint::Search).await.unwrap();
        let waiting = tokio::spawn({
            let pacer = pacer.clone();
            async move { pacer.turn(Endpoint::Search).await }
        });
        tokio::task::yield_now().await;
        let call = tokio::time::timeout(Duration::from_secs(1), pacer.turn(Endpoint::GetDocument)).await;
        assert!(call.is_ok());
        waiting.abort();
    }

    #[tokio::test]
    async fn counts_tell_what_came_after_an_earlier_count() {
        let pacer = Pacer::default();
        drop(pacer.turn(Endpoint::Search).await.unwrap());
        let earlier = pacer.counts();
        drop(pacer.clone().turn(Endpoint::Search).await.unwrap());
        drop(pacer.turn(Endpoint::ProductList).await.unwrap());
        let later = pacer.counts().since(&earlier);
        assert_eq!((later.of(Endpoint::Search), later.of(Endpoint::ProductList), later.total()), (1, 1, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_spent_budget_holds_calls_back_until_the_period_has_passed() {
        let per = Duration::from_mins(1);
        let pacer = Pacer::new(Pace { budget: Some(CallBudget { calls: 2, per }), ..Pace::default() });
        drop(pacer.turn(Endpoint::Search).await.unwrap());
        tokio::time::advance(Duration::from_secs(20)).await;
        drop(pacer.turn(Endpoint::PutDocument).await.unwrap());
        let spent = pacer.turn(Endpoint::Search).await.unwrap_err();
        assert_eq!(spent.again_after, Duration::from_secs(40));
        assert_eq!(pacer.counts().total(), 2, "what was held back was not begun");
        assert_eq!(pacer.budget().unwrap().used, 2);
        tokio::time::advance(Duration::from_secs(40)).await;
        assert!(pacer.turn(Endpoint::Search).await.is_ok());
        assert_eq!(Pacer::default().budget(), None);
    }
}
