//! Discovery, pull, and the use cases that every caller shares.
//!
//! A run is asked for ([`Engine::start_look`](crate::Engine::start_look) and its siblings), queued as a job, and worked on
//! by a [`worker`](WorkerSettings): `look` (with `walk` and `lists`) and `pull` bring pages, `page` settles them, `decide` asks the planner, `take`
//! and `parties` write records, `outgoing` makes, sends and judges what is written to Metakocka. `asked` lists what a person
//! is asked, `conflict` and `answer` take what a person says. `translate` is the only place here that knows how Metakocka
//! spells things.

mod alarms;
mod answer;
mod asked;
mod budget;
mod cancel;
mod conflict;
mod decide;
mod erase;
mod failure;
mod gone;
mod inbox;
mod lists;
mod log;
mod lone;
mod look;
mod matching;
mod meet;
mod merge;
mod moved;
mod notes;
mod outbound;
mod outgoing;
mod page;
mod pair;
mod parties;
mod preview;
mod pull;
mod pulse;
mod push;
mod questions;
mod reading;
mod remote;
mod replan;
mod run;
mod schedule;
mod seen;
mod sendable;
mod service;
mod settings;
mod start;
mod starts;
mod status;
mod take;
mod take_party;
mod translate;
mod views;
mod walk;
mod whole;
mod worker;
mod writing;

pub use alarms::{AlarmKind, AlarmView, LookedAgain, Twin, Twins};
pub use answer::{Answer, Step};
pub use asked::{
    LastChange, Question, QuestionCount, QuestionCursor, QuestionFilter, QuestionView, QuestionsPage,
};
pub use budget::{CallsMade, Purpose};
pub use conflict::{Conflict, Counts, Disagreement, PlaceChange};
pub use erase::{Erasing, Erasure};
pub use inbox::{Again, Failed, FailureKind, FailurePage, UnknownDetail, WriteStep};
pub use log::{LOG_FILE_LINES, LogFilter, LogLevel, LogLine, LogPage};
pub(crate) use matching::alias;
pub use matching::{
    Confirmed, MatchAnswer, MatchBrief, MatchCandidate, MatchClass, MatchField, MatchQuestion, MatchSample,
    MatchSide, Matching, RemoteKey,
};
pub use metakocka::HttpSetupError;
pub use preview::{
    Applied, PlanAction, PlanDirection, PlanItem, PlanRequest, PlanSide, PlanView, PlanWish, PlannedChange,
};
pub use questions::{Settlement, UnknownWrite};
pub use remote::{AllowedHosts, CALL_TIMEOUT, Remote};
pub(crate) use replan::{Edited, after_edit};
pub(crate) use sendable::what_blocks;
pub use settings::{ConnectionInput, TestAnswer};
pub use starts::{CountError, Lineage};
pub use status::{Mapping, SyncStatus};
pub use views::{
    Cause, ConnectionState, ConnectionView, Cursor, ExternalKey, Moved, Outgoing, RunItem, RunState, RunView,
    Selection, Waiting, WaitingPage, WaitingReason,
};
pub use worker::WorkerSettings;
