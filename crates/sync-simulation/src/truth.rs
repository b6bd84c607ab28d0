//! What really happened, seen from above: every value and what became of it, every request and what
//! it did. Here the promises are checked; nothing of it is known to those who act.

use crate::model::{HORIZON, Kind, SECOND};

/// Longest time between the answer of a fresh read and the arrival of the write that was built on it;
/// what people change there inside it is the documented window (policy E).
pub const WINDOW: i64 = 8 * SECOND;

/// Who wrote a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// It was there from the start.
    Start,
    /// People in the CRM.
    Staff,
    /// People in the remote.
    People,
}

/// A value and where it has been.
#[derive(Debug, Clone, Copy)]
struct Life {
    by: By,
    in_crm: Option<i64>,
    in_remote: Option<i64>,
    /// Somebody was shown it: a conflict, an alarm.
    shown: bool,
}

/// A request that left.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    /// For which CRM record.
    pub record: u32,
    /// It makes one.
    pub creates: bool,
    /// When it left.
    pub left_at: i64,
    /// When the remote carries it out, if ever.
    pub stored_at: Option<i64>,
    /// It was on its way when the database was restored from a copy that knows nothing of it.
    pub forgotten: bool,
}

impl Sent {
    /// Stored so late that no horizon covers it.
    fn is_beyond(self) -> bool {
        self.stored_at.is_some_and(|at| at - self.left_at > micros(HORIZON))
    }
}

/// A broken promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub what: &'static str,
    /// The CRM record or remote id that it concerns.
    pub about: u64,
    /// A value, a second record.
    pub detail: u64,
}

/// Edits and duplicates that a client is judged by; the naive one breaks promises without end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Records that were made twice although no request was beyond the horizon.
    pub doubled: u64,
    /// Edits that nobody will ever see again.
    pub lost: u64,
    /// Edits of people that fell into the window in which the remote tells nothing.
    pub in_window: u64,
    /// Edits of people that a request overwrote which a restored database knew nothing of.
    pub by_forgotten: u64,
}

impl Score {
    /// Adds the score of another run.
    pub fn add(&mut self, other: Self) {
        self.doubled += other.doubled;
        self.lost += other.lost;
        self.in_window += other.in_window;
        self.by_forgotten += other.by_forgotten;
    }
}

/// What really happened.
#[derive(Debug, Default)]
pub struct Truth {
    lives: Vec<Option<Life>>,
    /// Every request that left.
    pub sent: Vec<Sent>,
    owed: Vec<Owed>,
    /// The first broken promise.
    pub violation: Option<Violation>,
    /// How the client did.
    pub score: Score,
    next_value: u64,
}

/// An edit that our write replaced before the CRM had it: somebody has to be shown it.
#[derive(Debug, Clone, Copy)]
struct Owed {
    value: u64,
    about: u64,
    ext: u32,
}

impl Truth {
    /// A value that was never written before.
    pub fn new_value(&mut self, by: By) -> u64 {
        self.next_value += 1;
        let life = Life { by, in_crm: None, in_remote: None, shown: false };
        self.lives.push(Some(life));
        self.next_value - 1
    }

    fn life(&mut self, value: u64) -> Option<&mut Life> {
        self.lives.get_mut(usize::try_from(value).unwrap_or(usize::MAX))?.as_mut()
    }

    /// Breaks a promise; the first one counts.
    pub fn violate(&mut self, what: &'static str, about: u64, detail: u64) {
        self.violation.get_or_insert(Violation { what, about, detail });
    }

    /// A value came into the CRM.
    pub fn in_crm(&mut self, value: u64, now: i64) {
        if let Some(life) = self.life(value) {
            life.in_crm.get_or_insert(now);
        }
    }

    /// A value came into the remote.
    pub fn in_remote(&mut self, value: u64, now: i64) {
        if let Some(life) = self.life(value) {
            life.in_remote.get_or_insert(now);
        }
    }

    /// What staff wrote since then went with the database; nobody promised to keep it.
    pub fn forget_staff_since(&mut self, then: i64) {
        for life in self.lives.iter_mut().flatten() {
            if life.by == By::Staff && life.in_crm.is_some_and(|at| at > then) {
                life.by = By::Start;
            }
        }
    }

    /// A database that knows nothing of what left since then takes the place of the other one. What is still on its way
    /// comes whatever anybody does; that it will, nobody can know.
    pub fn forget_requests_since(&mut self, then: i64, now: i64) {
        for sent in &mut self.sent {
            sent.forgotten |= sent.left_at > then && sent.stored_at.is_some_and(|at| at > now);
        }
    }

    /// A person was shown a value.
    pub fn show(&mut self, value: u64) {
        if let Some(life) = self.life(value) {
            life.shown = true;
        }
    }

    /// The engine replaced a value of the CRM by one of the remote: right only when the remote had the
    /// old one before it got the new one, or somebody was shown it.
    pub fn taken_over(&mut self, old: u64, new: Option<u64>, about: u64) {
        let came = new.and_then(|new| self.life(new).and_then(|life| life.in_remote));
        let Some(life) = self.life(old).copied() else { return };
        let agreed = match (life.in_remote, came, new) {
            (Some(before), Some(after), _) => before < after,
            (Some(_), None, None) => true,
            _ => false,
        };
        if life.by == By::Staff && !life.shown && !agreed {
            self.score.lost += 1;
            self.violate("an edit in the CRM was overwritten", about, old);
        }
    }

    /// A write of ours replaced a value of the remote: right when the CRM had it, or somebody is shown
    /// it. `logged`: the remote tells who changed what, so there is no blind window.
    pub fn written_over(&mut self, old: u64, sent: Sent, ext: u32, logged: bool) {
        let (left_at, about) = (sent.left_at, u64::from(sent.record));
        let Some(life) = self.life(old).copied() else { return };
        if life.by != By::People || life.in_crm.is_some() || life.shown {
            return;
        }
        let in_window = life.in_remote.is_some_and(|at| at >= left_at - WINDOW);
        if sent.forgotten {
            self.score.by_forgotten += 1;
        } else if in_window && !logged || sent.is_beyond() {
            self.score.in_window += 1;
        } else {
            self.owed.push(Owed { value: old, about, ext });
        }
    }

    /// At the end nothing may be owed, but for records that people have deleted since.
    pub fn settle_debts(&mut self, is_there: impl Fn(u32) -> bool) {
        for Owed { value, about, ext } in std::mem::take(&mut self.owed) {
            let Some(life) = self.life(value).copied() else { continue };
            if life.in_crm.is_none() && !life.shown && is_there(ext) {
                self.score.lost += 1;
                self.violate("an edit in the remote was overwritten", about, value);
            }
        }
    }

    /// A request leaves while an earlier one of the record may still be carried out.
    pub fn leaves(&mut self, sent: Sent) -> usize {
        let earlier = || self.sent.iter().filter(|other| other.record == sent.record);
        let pending = earlier().any(|other| other.stored_at.is_some_and(|at| at > sent.left_at));
        // A request beyond the horizon that turned up may have ended the wait for a later one.
        if pending && !earlier().any(|other| other.is_beyond()) {
            self.violate("two writes of one record at once", u64::from(sent.record), 0);
        }
        self.sent.push(sent);
        self.sent.len() - 1
    }

    /// A second living record was made for a CRM record; excused when a request was carried out beyond
    /// the horizon. Says whether it is excused: then somebody has to be told.
    pub fn doubled(&mut self, record: u32, id: u32) -> bool {
        let excused = self.sent.iter().any(|sent| sent.record == record && sent.creates && sent.is_beyond());
        if !excused {
            self.score.doubled += 1;
            self.violate("a record was made twice", u64::from(record), u64::from(id));
        }
        excused
    }

    /// Whether a request of a record is carried out beyond the horizon.
    pub fn is_beyond(&self, record: u32) -> bool {
        self.sent.iter().any(|sent| sent.record == record && sent.is_beyond())
    }

    /// Whether the remote tells about changes of this kind.
    pub(crate) fn is_logged(kind: Kind) -> bool {
        kind == Kind::Order
    }
}

/// A length of time in microseconds.
pub fn micros(length: std::time::Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}
