//! One walk over one list of the remote.
//!
//! Pages overlap by one row. The remote has no snapshots: rows come and go between two requests. When
//! the row that both pages share is the same one at the same place, then as many rows stand before
//! it as before, and nothing that was there all the time can have slipped from an unread page into a
//! read one. If it is another row, or the list got shorter, the pass starts again.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::order::{Order, order_of};
use super::{Command, Fetch, Filter, MAX_RESTARTS, Page, Walk};
use crate::record::ExternalId;
use crate::time::UtcMicros;

/// Pages that may be accepted and not yet written while the next is asked for: one is being written,
/// the request for the one behind it is out. More would only fill the memory.
const UNSTORED_PAGES: u32 = 1;

/// Fewest rows of a page: one is shared with the page before.
const MIN_LIMIT: u32 = 2;

/// The pass can't be brought to an end; the next look begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassError {
    /// The list moved under every attempt.
    #[error("the list kept changing while it was read ({restarts} times); the next look reads it again")]
    Restless {
        /// How often it started again.
        restarts: u32,
    },
    /// A page came that nobody asked for.
    #[error("a page arrived without a request; the look is started again")]
    Unasked,
}

/// What is to be done with a page that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Store the rows of this range, which may be empty; the others came with the page before. Then
    /// call [`Pass::stored`].
    Accept {
        /// Places in the page.
        fresh: Range<usize>,
    },
    /// Drop the page: the list moved, the pass starts again. Rows stored so far are right as they are.
    Restart,
}

/// Where the walk stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// The first page is to be asked for.
    First,
    /// The next page, and the row that it shares with the one before.
    Next { offset: u64, limit: u32, shared: Option<ExternalId> },
    /// All pages were accepted.
    Done,
}

/// How pages follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Direction {
    /// Every row from the start.
    Whole,
    /// Newest first, until a page is wholly known.
    NewestFirst,
    /// The remote sorts oldest first whatever it is asked: from the end, until a page is wholly known.
    Backwards,
}

/// A walk over one list.
///
/// It can be kept as text when every accepted page is written, or when the one that is being written will be before the
/// text is: it then goes on, in another process too, with the page behind the last accepted one. The request that was
/// under way is sent again. The row that both pages share, the total and the start of the first request are kept, so a
/// list that moved in between is noticed, and the watermark is what it would have been.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    filter: Filter,
    walk: Walk,
    limit: u32,
    begin: Direction,
    direction: Direction,
    step: Step,
    #[serde(skip)]
    asked: Option<Fetch>,
    started: Option<UtcMicros>,
    last_total: Option<u64>,
    #[serde(skip)]
    unstored: u32,
    restarts: u32,
}

impl Pass {
    /// A pass over a list in pages of `limit` rows (at least 2).
    pub fn new(filter: Filter, walk: Walk, limit: u32) -> Self {
        Self {
            filter,
            walk,
            limit: limit.max(MIN_LIMIT),
            begin: Direction::of(walk),
            direction: Direction::of(walk),
            step: Step::First,
            asked: None,
            started: None,
            last_total: None,
            unstored: 0,
            restarts: 0,
        }
    }

    /// What to do now. A fetch that it names counts as sent at `now`.
    pub fn next(&mut self, now: UtcMicros) -> Command {
        if self.asked.is_some() {
            return Command::AwaitPage;
        }
        if self.step == Step::Done {
            return match self.started {
                Some(watermark) if self.unstored == 0 => Command::Finish { watermark },
                _ => Command::AwaitStore,
            };
        }
        if self.unstored > UNSTORED_PAGES {
            return Command::AwaitStore;
        }
        self.started.get_or_insert(now);
        let (offset, limit) = match self.step {
            Step::Next { offset, limit, .. } => (offset, limit),
            Step::First | Step::Done => (0, self.limit),
        };
        let newest_first = self.walk == Walk::NewestUntilKnown;
        let fetch = Fetch { offset, limit, filter: self.filter, newest_first };
        self.asked = Some(fetch);
        Command::Fetch(fetch)
    }

    /// The request that is under way, to be sent again when it got no answer.
    pub fn under_way(&self) -> Option<Fetch> {
        self.asked
    }

    /// Takes the page that was asked for. `known` says whether an earlier, *finished* pass had stored
    /// an id: rows of a pass that was broken off do not count, else the hole that it left would never
    /// be filled.
    pub fn page(
        &mut self,
        page: Page<'_>,
        known: impl Fn(&ExternalId) -> bool,
    ) -> Result<Verdict, PassError> {
        let asked = self.asked.take().ok_or(PassError::Unasked)?;
        let shared = match std::mem::replace(&mut self.step, Step::First) {
            Step::Next { shared, .. } => shared,
            Step::First | Step::Done => None,
        };
        let order = order_of(page.ids);
        if self.direction == Direction::Backwards && !order.may_be(Order::OldestFirst) {
            self.begin = Direction::Whole;
            return self.restart();
        }
        if self.moved(asked, page, shared.as_ref()) {
            return self.restart();
        }
        self.last_total = Some(page.total);
        let fresh = self.fresh(page.ids, shared.is_some());
        let all_known = page.ids[fresh.clone()].iter().all(known);
        let turned = self.learn(asked, order);
        self.step = if turned { self.end_first(page) } else { self.following(asked, page, all_known) };
        self.unstored += 1;
        Ok(Verdict::Accept { fresh })
    }

    /// The oldest accepted page is written.
    pub fn stored(&mut self) {
        self.unstored = self.unstored.saturating_sub(1);
    }

    /// How often the pass started again.
    pub fn restarts(&self) -> u32 {
        self.restarts
    }

    /// Whether the list moved, as far as this page can tell.
    fn moved(&self, asked: Fetch, page: Page<'_>, shared: Option<&ExternalId>) -> bool {
        let end = asked.offset + rows(page);
        let shrank = self.last_total.is_some_and(|before| page.total < before);
        let stuck = rows(page) <= u64::from(shared.is_some()) && end < page.total;
        let at_edge = if self.direction == Direction::Backwards { page.ids.last() } else { page.ids.first() };
        let other_row = shared.is_some_and(|row| at_edge != Some(row));
        let starts_backwards = self.direction == Direction::Backwards && shared.is_none();
        shrank || stuck || other_row || (starts_backwards && end != page.total)
    }

    fn restart(&mut self) -> Result<Verdict, PassError> {
        self.restarts += 1;
        if self.restarts > MAX_RESTARTS {
            return Err(PassError::Restless { restarts: self.restarts });
        }
        self.step = Step::First;
        self.started = None;
        self.last_total = None;
        self.direction = self.begin;
        Ok(Verdict::Restart)
    }

    fn fresh(&self, ids: &[ExternalId], shares: bool) -> Range<usize> {
        match (shares, self.direction) {
            (false, _) => 0..ids.len(),
            (true, Direction::Backwards) => 0..ids.len().saturating_sub(1),
            (true, _) => 1..ids.len(),
        }
    }

    /// Finds out how the remote sorts, and says whether the walk turns to begin at the end. Without
    /// an order that helps, every row is walked.
    fn learn(&mut self, asked: Fetch, order: Order) -> bool {
        if self.direction != Direction::NewestFirst || order.may_be(Order::NewestFirst) {
            return false;
        }
        let turns = asked.offset == 0 && order == Order::OldestFirst;
        self.direction = if turns { Direction::Backwards } else { Direction::Whole };
        turns
    }

    fn following(&self, asked: Fetch, page: Page<'_>, all_known: bool) -> Step {
        let end = asked.offset + rows(page);
        match self.direction {
            Direction::Whole | Direction::NewestFirst if end >= page.total => Step::Done,
            Direction::NewestFirst | Direction::Backwards if all_known => Step::Done,
            Direction::Whole | Direction::NewestFirst => {
                Step::Next { offset: end - 1, limit: self.limit, shared: page.ids.last().cloned() }
            }
            Direction::Backwards if asked.offset == 0 => Step::Done,
            Direction::Backwards => {
                let offset = (asked.offset + 1).saturating_sub(u64::from(self.limit));
                let limit = u32::try_from(asked.offset + 1 - offset).unwrap_or(self.limit);
                Step::Next { offset, limit, shared: page.ids.first().cloned() }
            }
        }
    }

    /// The first page from the end, unless the one at the start was all.
    fn end_first(&self, page: Page<'_>) -> Step {
        if rows(page) >= page.total {
            return Step::Done;
        }
        let offset = page.total.saturating_sub(u64::from(self.limit));
        Step::Next { offset, limit: self.limit, shared: None }
    }
}

impl Direction {
    fn of(walk: Walk) -> Self {
        match walk {
            Walk::Whole => Self::Whole,
            Walk::NewestUntilKnown => Self::NewestFirst,
        }
    }
}

fn rows(page: Page<'_>) -> u64 {
    u64::try_from(page.ids.len()).unwrap_or(u64::MAX)
}
