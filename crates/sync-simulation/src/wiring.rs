//! How an executor is wired to the machines. The trait's own bodies are the right wiring; a deliberate
//! bug is a wrapper that overrides one of them. The machines themselves have no switches.

use std::time::Duration;

use sync_core::discovery::{WriteTimes, may_apply};
use sync_core::intent::{Dormant, Hit, Lookup, Query, Refusal, Reply, Slot, Unclear, Unfinished};
use sync_core::plan::OpenIntent;
use sync_core::three_way::{Fields, base_after_write};
use sync_core::time::UtcMicros;

use crate::model::{Changes, HORIZON, WriteReply, external};

/// What an executor does at each place where it could do something else.
pub trait Wiring: Sync {
    /// The class of a reply (design §5.4).
    fn class(&self, reply: &WriteReply) -> Reply {
        class(reply)
    }

    /// The settle horizon.
    fn horizon(&self) -> Duration {
        HORIZON
    }

    /// The queries of a look-up that are really asked.
    fn queries(&self, lookup: &Lookup) -> Vec<Query> {
        lookup.queries.clone()
    }

    /// The hits of a look-up as they are handed on.
    fn hits(&self, hits: Vec<Hit>) -> Vec<Hit> {
        hits
    }

    /// The base that the planner gets.
    fn base(&self, base: &Fields, _local: &Fields, _remote: Option<&Fields>) -> Fields {
        base.clone()
    }

    /// The base after a write.
    fn base_after_write(&self, base: Option<&Fields>, sent: &Changes, read_back: &Fields) -> Fields {
        base_after_write(base, sent, read_back)
    }

    /// Whether what is to be written is committed before its commands are executed.
    fn commits_first(&self) -> bool {
        true
    }

    /// Whether outcome and link are written in one transaction.
    fn links_in_one_transaction(&self) -> bool {
        true
    }

    /// The place for a new intent.
    fn slot(&self, last: Option<&Dormant>) -> Result<Slot, Unfinished> {
        Slot::after(last)
    }

    /// W of the planner.
    fn open_intent(&self, row: &Dormant, refusal_stands: bool) -> OpenIntent {
        row.open_intent(false, refusal_stands)
    }

    /// Whether the database refuses a second unfinished intent of a record.
    fn one_intent_per_record(&self) -> bool {
        true
    }

    /// Whether an update is built on a fresh read.
    fn reads_first(&self) -> bool {
        true
    }

    /// Whether a replacement stops at a line that it can't send.
    fn respects_text_lines(&self) -> bool {
        true
    }

    /// Whether a watermark waits for every page.
    fn waits_for_all_pages(&self) -> bool {
        true
    }

    /// Whether absence from an unfinished scan is held to prove something.
    fn believes_partial_scans(&self) -> bool {
        false
    }

    /// Whether the lease is asked for before something is written or sent.
    fn fenced(&self) -> bool {
        true
    }

    /// Whether a read may go into the mirror.
    fn may_apply(&self, asked_at: UtcMicros, writes: WriteTimes) -> bool {
        may_apply(asked_at, writes)
    }
}

/// The right wiring.
#[derive(Debug, Clone, Copy)]
pub struct Right;

impl Wiring for Right {}

/// The class of a reply, as the client of the real remote tells it.
pub fn class(reply: &WriteReply) -> Reply {
    let refused = |sentence: &str, customer: Option<u32>| Refusal {
        customer: customer.and_then(external),
        ..Refusal::new(sentence)
    };
    match reply {
        WriteReply::Done { id, number, .. } => {
            Reply::Done { id: id.and_then(external), number: number.clone() }
        }
        WriteReply::TurnedAway(hold) => Reply::TurnedAway(*hold),
        WriteReply::Refused { customer } => Reply::Refused(refused("refused", *customer)),
        WriteReply::NumberExists(ids) => Reply::NumberExists {
            used_by: ids.iter().filter_map(|id| external(*id)).collect(),
            refusal: refused("the number exists", None),
        },
        WriteReply::CannotFind => Reply::CannotFind(refused("cannot find", None)),
        WriteReply::InternalError => Reply::Unclear(Unclear::InternalError("internal error".to_owned())),
        WriteReply::TimedOut => Reply::Unclear(Unclear::TimedOut),
        WriteReply::Cut => Reply::Unclear(Unclear::Cut),
        WriteReply::Nonsense => Reply::Unclear(Unclear::Status(502)),
    }
}
