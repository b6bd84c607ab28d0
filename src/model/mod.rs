//! What pages show: plain, serialisable values without I/O, shared by `api/` (which makes them) and `components/`
//! (which draw them). Nothing in here knows the engine, leptos or the browser.
//!
//! Amounts are decimals as text with a dot; instants are wall times of the company's zone ([`When`]), because the
//! client has no time zones.

mod button;
mod connection;
mod document;
mod erase;
mod forms;
mod history;
mod inbox;
mod log;
mod matching;
mod notice;
mod party;
mod plan;
mod push;
mod query;
mod record;
mod review;
mod run;
mod session;
mod theme;
mod waiting;
mod when;

pub use button::{ButtonState, SyncButton};
pub use connection::{Calls, Connection, ConnectionState};
pub use document::{
    Document, DocumentLine, DocumentPage, DocumentRow, DocumentSort, DocumentTax, StateCount, TotalCheck,
};
pub use erase::Erasing;
pub use forms::{ContactForm, DocumentForm, LineForm, ProductForm};
pub use history::{Happening, InternalNotes, Past, RecordRef};
pub use inbox::{
    Alarm, AlarmWhat, Candidate, Duplicate, Failure, FailurePage, FailureWhy, RunDetail, RunPage, RunProblem,
    Twin, Twins, UnknownWrite, record_path,
};
pub use log::{LogLevel, LogLine, LogPage};
pub use matching::{
    KindMatching, MatchBrief, MatchCandidate, MatchClass, MatchQuestion, MatchSample, MatchSide,
    MatchingPage, MatchingState, kind_of_path, match_path,
};
pub use notice::{Notice, NoticeKind};
pub use party::{Contact, PartyKind, PartyPage, PartyQuery, PartyRow, Product};
pub use plan::{
    Plan, PlanChange, PlanDeed, PlanItem, PlanRequest, PlanWay, new_plan_path, one_plan_path, plan_path,
};
pub use push::{PushButton, PushPreview, Sending, is_left_out, list_path, sends_at_once};
pub use query::DocumentQuery;
pub use record::{RecordSync, Tone};
pub use review::{
    PlaceAnswer, REVIEW, ReviewBy, ReviewChange, ReviewCount, ReviewLine, ReviewPage, ReviewPart,
    ReviewQuestion, ReviewRow, ReviewStep, ReviewValue, question_path,
};
pub use run::{Run, RunState};
pub use session::{Me, MyRole, Workspace};
pub use theme::ThemeChoice;
pub use waiting::{WaitingPage, WaitingReason, WaitingRow};
pub use when::{Day, Relation, When};
