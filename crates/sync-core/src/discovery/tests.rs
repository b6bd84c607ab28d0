//! The walk over a list that people work on: a model list grows and shrinks between the pages.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Command, Fetch, Filter, MAX_RESTARTS, Page, Pass, PassError, Verdict, Walk};
use crate::record::ExternalId;
use crate::time::UtcMicros;

/// How the model answers a request for the newest first.
#[derive(Debug, Clone, Copy)]
enum Sorting {
    AsAsked,
    OldestFirst,
    ByHash,
}

/// What happens to the list between two requests.
#[derive(Debug, Clone, Copy)]
enum Change {
    Nothing,
    Append,
    Remove(usize),
    /// Into the middle: only a filtered list does that.
    Insert(usize),
}

/// The model of the remote: rows in the order in which they were made.
struct List {
    rows: Vec<u64>,
    sorting: Sorting,
    next_id: u64,
}

impl List {
    fn new(rows: u64, sorting: Sorting) -> Self {
        Self { rows: (1..=rows).map(|n| n * 10).collect(), sorting, next_id: rows * 10 + 5 }
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::Append => self.rows.push(self.next_id),
            Change::Remove(at) if !self.rows.is_empty() => {
                self.rows.remove(at % self.rows.len());
            }
            Change::Insert(at) => self.rows.insert(at % (self.rows.len() + 1), self.next_id),
            Change::Nothing | Change::Remove(_) => {}
        }
        self.next_id += 10;
    }

    fn answer(&self, fetch: Fetch) -> (Vec<ExternalId>, u64) {
        let mut sorted = self.rows.clone();
        match self.sorting {
            Sorting::AsAsked if fetch.newest_first => sorted.reverse(),
            Sorting::AsAsked | Sorting::OldestFirst => {}
            Sorting::ByHash => sorted.sort_by_key(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        }
        let from = usize::try_from(fetch.offset).unwrap();
        let page = sorted.iter().skip(from).take(fetch.limit as usize).map(|n| id(*n)).collect();
        (page, sorted.len() as u64)
    }
}

fn id(n: u64) -> ExternalId {
    ExternalId::parse(&n.to_string()).unwrap()
}

/// What a pass over the model came to.
struct Outcome {
    stored: BTreeSet<ExternalId>,
    /// Rows that were there from the first request of the last attempt to the end.
    always_there: BTreeSet<ExternalId>,
    watermark: UtcMicros,
    fetches: Vec<Fetch>,
}

fn run(
    list: &mut List,
    pass: Pass,
    known: &BTreeSet<ExternalId>,
    changes: &[Change],
) -> Result<Outcome, PassError> {
    run_killed(list, pass, known, changes, &[])
}

/// What a process leaves behind that is killed while a request is under way.
fn revived(pass: &Pass) -> Pass {
    serde_json::from_str(&serde_json::to_string(pass).unwrap()).unwrap()
}

/// Kills the process at those of its requests that `kills` says.
fn run_killed(
    list: &mut List,
    mut pass: Pass,
    known: &BTreeSet<ExternalId>,
    changes: &[Change],
    kills: &[bool],
) -> Result<Outcome, PassError> {
    let mut kills = kills.iter().copied().chain(std::iter::repeat(false));
    let mut changes = changes.iter().copied().chain(std::iter::repeat(Change::Nothing));
    let mut outcome = Outcome {
        stored: BTreeSet::new(),
        always_there: BTreeSet::new(),
        watermark: UtcMicros(0),
        fetches: Vec::new(),
    };
    let mut fresh_attempt = true;
    for now in 0.. {
        match pass.next(UtcMicros(now)) {
            Command::Fetch(_) if kills.next().unwrap() => {
                list.change(changes.next().unwrap());
                pass = revived(&pass);
            }
            Command::Fetch(fetch) => {
                list.change(changes.next().unwrap());
                let there: BTreeSet<ExternalId> = list.rows.iter().map(|n| id(*n)).collect();
                if std::mem::take(&mut fresh_attempt) {
                    outcome.always_there = there;
                } else {
                    outcome.always_there.retain(|id| there.contains(id));
                }
                outcome.fetches.push(fetch);
                let (ids, total) = list.answer(fetch);
                match pass.page(Page { ids: &ids, total }, |id| known.contains(id))? {
                    Verdict::Accept { fresh } => outcome.stored.extend(ids[fresh].iter().cloned()),
                    Verdict::Restart => fresh_attempt = true,
                }
            }
            Command::AwaitStore => pass.stored(),
            Command::Finish { watermark } => {
                outcome.watermark = watermark;
                return Ok(outcome);
            }
            Command::AwaitPage => unreachable!("the model answers at once"),
        }
    }
    unreachable!("the loop has no end")
}

fn whole(limit: u32) -> Pass {
    Pass::new(Filter::All, Walk::Whole, limit)
}

fn newest(limit: u32) -> Pass {
    Pass::new(Filter::All, Walk::NewestUntilKnown, limit)
}

#[test]
fn a_quiet_list_is_read_in_overlapping_pages_and_once() {
    let mut list = List::new(250, Sorting::AsAsked);
    let outcome = run(&mut list, whole(100), &BTreeSet::new(), &[]).unwrap();
    let offsets: Vec<u64> = outcome.fetches.iter().map(|fetch| fetch.offset).collect();
    assert_eq!(offsets, [0, 99, 198]);
    assert_eq!(outcome.stored.len(), 250);
    assert_eq!(outcome.watermark, UtcMicros(0));
}

#[test]
fn an_empty_list_and_a_single_page_take_one_request() {
    for rows in [0, 1, 2, 99, 100] {
        for pass in [whole(100), newest(100)] {
            let mut list = List::new(rows, Sorting::AsAsked);
            let outcome = run(&mut list, pass, &BTreeSet::new(), &[]).unwrap();
            assert_eq!((outcome.fetches.len(), outcome.stored.len() as u64), (1, rows));
        }
    }
}

#[test]
fn a_row_that_left_between_two_pages_starts_the_pass_again_and_moves_its_watermark() {
    let mut list = List::new(250, Sorting::AsAsked);
    let outcome =
        run(&mut list, whole(100), &BTreeSet::new(), &[Change::Nothing, Change::Remove(0)]).unwrap();
    assert!(outcome.stored.is_superset(&outcome.always_there));
    assert_eq!(outcome.fetches.iter().filter(|fetch| fetch.offset == 0).count(), 2);
    assert!(outcome.watermark > UtcMicros(0));
}

#[test]
fn a_row_that_left_while_another_came_is_noticed_by_the_shared_row() {
    let mut list = List::new(250, Sorting::AsAsked);
    let mut pass = whole(100);
    let Command::Fetch(first) = pass.next(UtcMicros(0)) else { panic!("a fetch comes first") };
    let (ids, total) = list.answer(first);
    pass.page(Page { ids: &ids, total }, |_| false).unwrap();
    let Command::Fetch(second) = pass.next(UtcMicros(1)) else { panic!("the second page follows") };
    list.change(Change::Remove(3));
    list.change(Change::Append);
    let (ids, total) = list.answer(second);
    assert_eq!(pass.page(Page { ids: &ids, total }, |_| false), Ok(Verdict::Restart));
}

/// Answers the next request of a pass.
fn answer(list: &List, pass: &mut Pass) -> (Fetch, Verdict) {
    let Command::Fetch(fetch) = pass.next(UtcMicros(0)) else { panic!("a fetch was due") };
    let (ids, total) = list.answer(fetch);
    let verdict = pass.page(Page { ids: &ids, total }, |_| false).unwrap();
    pass.stored();
    (fetch, verdict)
}

#[test]
fn a_smaller_total_starts_the_pass_again_even_when_the_shared_row_is_the_same() {
    let mut list = List::new(250, Sorting::AsAsked);
    let mut pass = whole(100);
    answer(&list, &mut pass);
    list.change(Change::Remove(249));
    assert_eq!(answer(&list, &mut pass).1, Verdict::Restart);
}

#[test]
fn a_row_that_came_before_the_page_from_the_end_starts_the_pass_again() {
    let mut list = List::new(250, Sorting::OldestFirst);
    let mut pass = newest(100);
    answer(&list, &mut pass);
    list.change(Change::Append);
    let (fetch, verdict) = answer(&list, &mut pass);
    assert_eq!((fetch.offset, verdict), (150, Verdict::Restart));
    answer(&list, &mut pass);
    assert_eq!(answer(&list, &mut pass).0.offset, 151);
}

#[test]
fn a_list_that_turns_out_to_be_unsorted_at_its_end_is_read_from_the_start() {
    let mut list = List::new(250, Sorting::OldestFirst);
    list.rows.swap(240, 245);
    let mut pass = newest(100);
    answer(&list, &mut pass);
    assert_eq!(answer(&list, &mut pass).1, Verdict::Restart);
    let offsets: Vec<u64> = (0..3).map(|_| answer(&list, &mut pass).0.offset).collect();
    assert_eq!(offsets, [0, 99, 198]);
}

#[test]
fn a_list_that_never_rests_is_left_to_the_next_look() {
    let mut list = List::new(250, Sorting::AsAsked);
    let changes = [Change::Remove(0); 60];
    let error = run(&mut list, whole(100), &BTreeSet::new(), &changes).err();
    assert_eq!(error, Some(PassError::Restless { restarts: MAX_RESTARTS + 1 }));
}

#[test]
fn the_next_page_is_asked_for_before_the_last_one_is_written_and_no_further() {
    let list = List::new(1_000, Sorting::AsAsked);
    let mut pass = whole(100);
    let answer = |pass: &mut Pass, now| {
        let Command::Fetch(fetch) = pass.next(UtcMicros(now)) else { panic!("a fetch was due") };
        assert_eq!(pass.next(UtcMicros(now)), Command::AwaitPage);
        assert_eq!(pass.under_way(), Some(fetch));
        let (ids, total) = list.answer(fetch);
        pass.page(Page { ids: &ids, total }, |_| false).unwrap();
    };
    answer(&mut pass, 0);
    answer(&mut pass, 1);
    assert_eq!(pass.next(UtcMicros(2)), Command::AwaitStore);
    pass.stored();
    answer(&mut pass, 3);
}

#[test]
fn nothing_is_finished_before_every_page_is_stored() {
    let list = List::new(10, Sorting::AsAsked);
    let mut pass = whole(100);
    let Command::Fetch(fetch) = pass.next(UtcMicros(7)) else { panic!("a fetch comes first") };
    let (ids, total) = list.answer(fetch);
    pass.page(Page { ids: &ids, total }, |_| false).unwrap();
    assert_eq!(pass.next(UtcMicros(8)), Command::AwaitStore);
    pass.stored();
    assert_eq!(pass.next(UtcMicros(9)), Command::Finish { watermark: UtcMicros(7) });
}

#[test]
fn a_pass_goes_on_at_its_page_in_another_process_and_keeps_its_watermark() {
    let mut list = List::new(250, Sorting::AsAsked);
    let outcome =
        run_killed(&mut list, whole(100), &BTreeSet::new(), &[], &[false, true, true, false, true]).unwrap();
    let offsets: Vec<u64> = outcome.fetches.iter().map(|fetch| fetch.offset).collect();
    assert_eq!(offsets, [0, 99, 198]);
    assert_eq!((outcome.stored.len(), outcome.watermark), (250, UtcMicros(0)));
}

#[test]
fn a_list_that_moved_while_no_process_lived_starts_the_pass_again() {
    let mut list = List::new(250, Sorting::AsAsked);
    let changes = [Change::Nothing, Change::Remove(0)];
    let outcome = run_killed(&mut list, whole(100), &BTreeSet::new(), &changes, &[false, true]).unwrap();
    assert!(outcome.stored.is_superset(&outcome.always_there));
    assert_eq!(outcome.fetches.iter().filter(|fetch| fetch.offset == 0).count(), 2);
}

#[test]
fn a_page_that_nobody_asked_for_is_refused() {
    assert_eq!(whole(100).page(Page { ids: &[], total: 0 }, |_| false), Err(PassError::Unasked));
}

#[test]
fn a_page_of_one_row_where_more_are_due_does_not_go_on_for_ever() {
    let mut pass = whole(100);
    let one = [id(1)];
    let mut verdict = Ok(Verdict::Restart);
    while verdict == Ok(Verdict::Restart) {
        assert!(matches!(pass.next(UtcMicros(0)), Command::Fetch(_)));
        verdict = pass.page(Page { ids: &[], total: 960 }, |_| false);
    }
    assert!(matches!(verdict, Err(PassError::Restless { .. })));
    let mut pass = whole(100);
    assert!(matches!(pass.next(UtcMicros(0)), Command::Fetch(_)));
    assert!(matches!(pass.page(Page { ids: &one, total: 960 }, |_| false), Ok(Verdict::Accept { .. })));
    assert!(matches!(pass.next(UtcMicros(0)), Command::Fetch(_)));
    assert_eq!(pass.page(Page { ids: &one, total: 960 }, |_| false), Ok(Verdict::Restart));
}

#[test]
fn the_newest_end_is_read_until_a_page_is_wholly_known() {
    let known: BTreeSet<ExternalId> = (1..=900).map(|n| id(n * 10)).collect();
    for (sorting, requests) in [(Sorting::AsAsked, 3), (Sorting::OldestFirst, 4)] {
        let mut list = List::new(1_000, sorting);
        let outcome = run(&mut list, newest(90), &known, &[]).unwrap();
        assert!((901..=1_000).all(|n| outcome.stored.contains(&id(n * 10))), "{sorting:?}");
        assert_eq!(outcome.fetches.len(), requests, "{sorting:?}");
    }
}

#[test]
fn without_any_order_everything_is_read() {
    let known: BTreeSet<ExternalId> = (1..=900).map(|n| id(n * 10)).collect();
    let mut list = List::new(1_000, Sorting::ByHash);
    let outcome = run(&mut list, newest(100), &known, &[]).unwrap();
    assert_eq!(outcome.stored.len(), 1_000);
}

fn change(inserts: bool) -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => Just(Change::Nothing),
        2 => Just(Change::Append),
        2 => any::<usize>().prop_map(Change::Remove),
        2 => any::<usize>().prop_map(move |at| if inserts { Change::Insert(at) } else { Change::Append }),
    ]
}

fn sorting() -> impl Strategy<Value = Sorting> {
    prop_oneof![Just(Sorting::AsAsked), Just(Sorting::OldestFirst), Just(Sorting::ByHash)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_was_there_all_the_time_is_never_missed(
        rows in 0_u64..60,
        limit in 2_u32..20,
        changes in prop::collection::vec(change(true), 0..40),
        kills in prop::collection::vec(any::<bool>(), 0..40),
    ) {
        let mut list = List::new(rows, Sorting::AsAsked);
        match run_killed(&mut list, whole(limit), &BTreeSet::new(), &changes, &kills) {
            Ok(outcome) => prop_assert!(outcome.stored.is_superset(&outcome.always_there)),
            Err(error) => prop_assert_ne!(error, PassError::Unasked),
        }
    }

    #[test]
    fn what_is_new_is_never_missed_from_the_newest_end(
        rows in 0_u64..120,
        seen in 0_u64..120,
        // A page of few rows can look sorted by chance; the real ones have a hundred.
        limit in 12_u32..24,
        sorting in sorting(),
        changes in prop::collection::vec(change(false), 0..40),
        kills in prop::collection::vec(any::<bool>(), 0..40),
    ) {
        let known: BTreeSet<ExternalId> = (1..=seen.min(rows)).map(|n| id(n * 10)).collect();
        let mut list = List::new(rows, sorting);
        match run_killed(&mut list, newest(limit), &known, &changes, &kills) {
            Ok(outcome) => {
                let new: BTreeSet<_> = outcome.always_there.difference(&known).cloned().collect();
                prop_assert!(outcome.stored.is_superset(&new));
            }
            Err(error) => prop_assert_ne!(error, PassError::Unasked),
        }
    }
}
