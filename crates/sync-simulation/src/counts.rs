//! What a run covered: faults, crashes by boundary, unknown outcomes and what became of them.

/// Makes an enum of things that are counted.
macro_rules! counted {
    ($(#[$doc:meta])* $name:ident, $($variant:ident $text:literal),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = $text] $variant),+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in reports.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

counted! {
    /// What the world does to those who act in it.
    Fault,
    LostBefore "request lost",
    LostReply "reply lost",
    LateStore "stored after the time-out",
    BeyondHorizon "stored beyond the horizon",
    CodeOneNotStored "code 1, not stored",
    CodeOneStored "code 1, stored",
    Cut "reply cut",
    Nonsense "reply of a proxy",
    NoConnection "no connection",
    Quota "quota",
    Key "key refused",
    Refused "refused",
    Dropped "field dropped silently",
    ReadFailed "read not answered",
    Paused "worker slept",
    ClockJumped "clock jumped",
    Restored "database restored from a copy",
    DeliveredTwice "reply delivered twice",
    EditedThere "edited in the remote",
    Copied "copied in the remote",
    DeletedThere "deleted in the remote",
    Renumbered "renumbered in the remote",
    Invoiced "invoiced in the remote",
    TextLine "line of text added in the remote",
    MadeThere "made in the remote",
    TwinThere "same contact made in the remote",
}

counted! {
    /// Where a worker died: between which two commands.
    Boundary,
    Claimed "job claimed",
    BeforePrepared "before prepared is committed",
    BeforeSending "before sending is committed",
    BeforeSend "sending committed, not sent",
    Out "request out",
    BeforeLookup "before a look-up or read",
    Asking "look-up or read out",
    BeforeUnknown "before unknown is committed",
    BeforeStored "before stored and link are committed",
    BeforeConfirmed "before confirmed and base are committed",
    BeforeRefused "before refused is committed",
    BeforeNotStored "before not stored is committed",
    BeforeNeedsPerson "before a question is committed",
    BeforeLocal "before a change here is committed",
    BeforePage "before a page is committed",
    BeforeWatermark "before a watermark is committed",
    BeforeTaken "before a taken record is committed",
}

/// Why a person was asked about a create.
pub const ASKED: [&str; 4] = [
    "several with our marker or content",
    "only something alike",
    "look-up never proven",
    "gone before read back",
];

/// The figures of one run or many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// By fault.
    pub faults: [u64; Fault::ALL.len()],
    /// By boundary.
    pub boundaries: [u64; Boundary::ALL.len()],
    /// Things that happened.
    pub events: u64,
    /// Creates whose outcome was unknown, by kind.
    pub unknown: [u64; 4],
    /// Of these asked about, by kind and cause.
    pub asked: [[u64; ASKED.len()]; 4],
    /// Creates that were confirmed.
    pub created: u64,
    /// Updates that were confirmed.
    pub updated: u64,
    /// Runs with a store after the time-out.
    pub late_runs: u64,
    /// Duplicates by requests beyond the horizon, all of them told.
    pub told_duplicates: u64,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            faults: [0; Fault::ALL.len()],
            boundaries: [0; Boundary::ALL.len()],
            events: 0,
            unknown: [0; 4],
            asked: [[0; ASKED.len()]; 4],
            created: 0,
            updated: 0,
            late_runs: 0,
            told_duplicates: 0,
        }
    }
}

impl Counts {
    /// Counts a fault.
    pub fn fault(&mut self, fault: Fault) {
        self.faults[fault as usize] += 1;
    }

    /// How often a fault happened.
    pub fn of(&self, fault: Fault) -> u64 {
        self.faults[fault as usize]
    }

    /// Adds the figures of another run.
    pub fn add(&mut self, other: &Self) {
        let sum = |a: &mut [u64], b: &[u64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        sum(&mut self.faults, &other.faults);
        sum(&mut self.boundaries, &other.boundaries);
        sum(&mut self.unknown, &other.unknown);
        for (mine, theirs) in self.asked.iter_mut().zip(&other.asked) {
            sum(mine, theirs);
        }
        self.events += other.events;
        self.created += other.created;
        self.updated += other.updated;
        self.late_runs += other.late_runs;
        self.told_duplicates += other.told_duplicates;
    }
}
