//! Deliberate bugs, each a wrapper that does one thing wrong. The simulation has to find every one.

use std::time::Duration;

use sync_core::discovery::WriteTimes;
use sync_core::intent::{Dormant, Hit, Hold, Lookup, Query, Refusal, Reply, Slot, Unfinished};
use sync_core::plan::OpenIntent;
use sync_core::three_way::Fields;
use sync_core::time::UtcMicros;

use crate::model::{Changes, WriteReply, external};
use crate::wiring::{Wiring, class};

/// Makes a bug: a type and what it overrides.
macro_rules! bug {
    ($name:ident, $doc:literal, $($body:item)+) => {
        #[doc = $doc]
        #[derive(Debug, Clone, Copy)]
        struct $name;

        impl Wiring for $name {
            $($body)+
        }
    };
}

bug! { RetriesACreate, "An unclear reply is taken for none.",
    fn class(&self, reply: &WriteReply) -> Reply {
        match class(reply) {
            Reply::Unclear(_) => Reply::TurnedAway(Hold::NoConnection),
            other => other,
        }
    }
}
bug! { BindsTheCustomer, "The id of the customer is taken for that of the document.",
    fn class(&self, reply: &WriteReply) -> Reply {
        match reply {
            WriteReply::Done { customer: Some(customer), number, .. } => {
                Reply::Done { id: external(*customer), number: number.clone() }
            }
            other => class(other),
        }
    }
}
bug! { SettlesAtOnce, "The first negative look-up is believed.",
    fn horizon(&self) -> Duration {
        Duration::ZERO
    }
}
bug! { IgnoresThePrefix, "Tax numbers are looked up without SI only.",
    fn queries(&self, lookup: &Lookup) -> Vec<Query> {
        let prefixed = |query: &Query| matches!(query, Query::TaxNumber(number) if number.starts_with("SI"));
        lookup.queries.iter().filter(|query| !prefixed(query)).cloned().collect()
    }
}
bug! { ForgetsTheBase, "Both sides are compared with each other only: what differs is newer there.",
    fn base(&self, _base: &Fields, local: &Fields, _remote: Option<&Fields>) -> Fields {
        local.clone()
    }
}
bug! { SendsBeforeCommit, "The request leaves, then it is written down.",
    fn commits_first(&self) -> bool {
        false
    }
}
bug! { LinksLater, "The outcome is committed, then the link.",
    fn links_in_one_transaction(&self) -> bool {
        false
    }
}
bug! { TwoIntents, "An unfinished intent is overlooked.",
    fn slot(&self, _last: Option<&Dormant>) -> Result<Slot, Unfinished> {
        Slot::after(None)
    }
    fn open_intent(&self, _row: &Dormant, _refusal_stands: bool) -> OpenIntent {
        OpenIntent::None
    }
    fn one_intent_per_record(&self) -> bool {
        false
    }
}
bug! { ReplacesOnStale, "An update is built on the mirror.",
    fn reads_first(&self) -> bool {
        false
    }
}
bug! { DropsTextLines, "Lines without a product are left out of a replacement.",
    fn respects_text_lines(&self) -> bool {
        false
    }
}
bug! { SkipsAPage, "The watermark is set although a page was not read.",
    fn waits_for_all_pages(&self) -> bool {
        false
    }
}
bug! { IgnoresTheLease, "Whoever lost the lease goes on.",
    fn fenced(&self) -> bool {
        false
    }
}
bug! { CodeOneRefuses, "An internal error is taken for a refusal.",
    fn class(&self, reply: &WriteReply) -> Reply {
        match reply {
            WriteReply::InternalError => Reply::Refused(Refusal::new("internal error")),
            other => class(other),
        }
    }
}
bug! { PartialScanProves, "What a scan that was broken off did not show is gone.",
    fn believes_partial_scans(&self) -> bool {
        true
    }
}
bug! { AdoptsTheFirst, "Of several hits the first is taken; lists come newest first.",
    fn hits(&self, hits: Vec<Hit>) -> Vec<Hit> {
        if hits.len() < 2 {
            return hits;
        }
        hits.into_iter().next_back().map(|hit| Hit { marked: true, ..hit }).into_iter().collect()
    }
}
bug! { BelievesStalePages, "A page that was answered before our write reverts it.",
    fn may_apply(&self, _asked_at: UtcMicros, _writes: WriteTimes) -> bool {
        true
    }
}
bug! { SwallowsTheReadBack, "What was read back becomes the base, whatever was sent.",
    fn base_after_write(&self, _base: Option<&Fields>, _sent: &Changes, read_back: &Fields) -> Fields {
        read_back.clone()
    }
}

/// Every bug, by the name of the issue.
pub const ALL: [(&str, &dyn Wiring); 17] = [
    ("retry a create", &RetriesACreate),
    ("bind partner.mk_id", &BindsTheCustomer),
    ("settle on the first negative look-up", &SettlesAtOnce),
    ("ignore SI", &IgnoresThePrefix),
    ("forget the base", &ForgetsTheBase),
    ("send before commit", &SendsBeforeCommit),
    ("link and outcome in two transactions", &LinksLater),
    ("two intents per record", &TwoIntents),
    ("replace on a stale read", &ReplacesOnStale),
    ("drop text lines", &DropsTextLines),
    ("watermark past an unread page", &SkipsAPage),
    ("write with a lost lease", &IgnoresTheLease),
    ("code 1 as refused", &CodeOneRefuses),
    ("partial scan marks gone", &PartialScanProves),
    ("adopt the first of several", &AdoptsTheFirst),
    ("stale page reverts our write", &BelievesStalePages),
    ("read-back swallowed as base", &SwallowsTheReadBack),
];
