//! How an intent ends.

use serde::{Deserialize, Serialize};

use super::{Alarm, Command, Effect, Lookup, Move, Refusal, State};
use crate::record::{ContentHash, ExternalId};

/// How an intent ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The remote has it and it was read back.
    Confirmed {
        /// Its id.
        id: ExternalId,
    },
    /// The remote will not have it; cleared by an edit, a change there, a changed mapping or a redrive
    /// (policy row 5).
    Refused(Refusal),
    /// The remote has it not; it is planned again.
    NotStored(NotStored),
}

impl Ended {
    pub(super) fn settled_error(&self) -> Option<(ContentHash, String)> {
        match self {
            Self::NotStored(NotStored::LookedUp { error }) => error.clone(),
            _ => None,
        }
    }

    pub(super) fn wordless(self) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(Refusal { sentence: String::new(), ..refusal }),
            Self::NotStored(NotStored::LookedUp { .. }) => {
                Self::NotStored(NotStored::LookedUp { error: None })
            }
            ended => ended,
        }
    }

    pub(super) fn confirmed(
        id: ExternalId,
        lookup: Option<Lookup>,
        foreign: Vec<String>,
        lost: Vec<String>,
    ) -> Move {
        let effect = Effect::Confirm { id: id.clone() };
        let mut moved = Move::to(State::Ended(Self::Confirmed { id: id.clone() }), effect);
        if !foreign.is_empty() {
            moved = moved.alarm(Alarm::ForeignChange { what: foreign });
        }
        if !lost.is_empty() {
            moved = moved.alarm(Alarm::LostField { fields: lost });
        }
        if let Some(lookup) = lookup {
            moved = moved.then(Command::Prove { lookup, id });
        }
        moved.then(Command::PlanAgain)
    }

    /// Planned again from what was read. What somebody changed meanwhile may have been overwritten by
    /// ours before it was overwritten once more, so it is shown.
    pub(super) fn mixed(foreign: Vec<String>) -> Move {
        let mut moved = Move::to(State::Ended(Self::NotStored(NotStored::Mixed)), Effect::Mirror);
        if !foreign.is_empty() {
            moved = moved.alarm(Alarm::ForeignChange { what: foreign });
        }
        moved.then(Command::PlanAgain)
    }

    pub(super) fn refused(refusal: Refusal) -> Move {
        let effect = match &refusal.customer {
            Some(customer) => Effect::KeepCustomer { customer: customer.clone() },
            None => Effect::None,
        };
        Move::to(State::Ended(Self::Refused(refusal)), effect).then(Command::PlanAgain)
    }
}

/// Why it is sure that the remote has it not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotStored {
    /// A look-up after the horizon found nothing, or the record as it was before.
    LookedUp {
        /// The payload and the text of the internal error that was the answer, if it was one: the same
        /// once more is a refusal.
        error: Option<(ContentHash, String)>,
    },
    /// The look-up before the request found a record that has to be matched first; nothing was sent.
    FoundBefore,
    /// The record there is neither as before nor as wanted.
    Mixed,
    /// What was to be changed is gone there.
    Gone,
    /// A person said so, and one more look-up agreed.
    PersonSaid,
    /// It was cancelled before it left.
    Cancelled,
}

impl NotStored {
    pub(super) fn end(why: Self, effect: Effect) -> Move {
        Move::to(State::Ended(Ended::NotStored(why)), effect).then(Command::PlanAgain)
    }
}
