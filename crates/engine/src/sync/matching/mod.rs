//! The first matching of two filled systems (policy F), and every later question of which record is which.
//!
//! `classes` says which remote record each record here is, `link` binds what is certain or was answered, `overview` is the
//! dry run and the owner's confirmation, `question` what a person is asked. What is decided about a record that has no
//! link is in [`super::lone`].

mod classes;
mod documents;
mod link;
pub(super) mod look_ups;
mod overview;
mod question;
mod settle;
mod shown;

pub(super) use classes::{At, Classes, Matched, classes};
pub(crate) use link::alias;
pub(super) use link::link_certain;
pub use overview::{Confirmed, MatchClass, MatchSample, Matching};
pub use question::{MatchAnswer, MatchBrief, MatchCandidate, MatchQuestion, RemoteKey};
pub(super) use settle::{Settling, claims_of, settle_parties};
pub use shown::{MatchField, MatchSide};
