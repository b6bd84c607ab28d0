//! The button that brings records from the remote, contract §3: which of its thirteen states holds,
//! whether it can be pressed and what a click does.

use serde::{Deserialize, Serialize};

use crate::time::UtcMicros;

/// What somebody may do in a workspace (contract §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks.
    ReadOnly,
    /// Edits, pulls, pushes and resolves.
    Staff,
    /// Also decides about connection, matching, scope and members.
    Owner,
}

/// How things stand with the connection to the remote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "connection", rename_all = "snake_case")]
pub enum Connection {
    /// No credentials.
    NotConnected,
    /// The remote refused the key.
    KeyRefused {
        /// Since when.
        since: UtcMicros,
    },
    /// Nothing is sent or fetched until somebody ends the pause.
    Paused {
        /// Why.
        cause: PauseCause,
        /// Since when.
        since: UtcMicros,
        /// Who paused it; nobody when the program did.
        by: Option<String>,
    },
    /// It works, as far as is known.
    Connected,
}

/// Why a connection is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseCause {
    /// A person wanted it.
    ByHand,
    /// Somebody disconnected; records and links are kept.
    Disconnected,
    /// So many linked records are missing that it may be another company (policy A).
    AnotherCompany,
    /// The database was restored or copied (design §5).
    Restored,
}

impl PauseCause {
    /// Every cause.
    pub const ALL: [Self; 4] = [Self::ByHand, Self::Disconnected, Self::AnotherCompany, Self::Restored];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ByHand => "by_hand",
            Self::Disconnected => "disconnected",
            Self::AnotherCompany => "another_company",
            Self::Restored => "restored",
        }
    }
}

/// Whether the owner has confirmed what belongs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matching {
    /// Yes, or there was nothing to confirm.
    Confirmed,
    /// Not yet.
    Open {
        /// Records to compare.
        records: u64,
    },
}

/// How the last look ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum LastLook {
    /// There was none.
    Never,
    /// The remote answered.
    Answered {
        /// When.
        at: UtcMicros,
    },
    /// The remote could not be reached.
    NoAnswer {
        /// Why, in words for people.
        reason: String,
        /// The next automatic try.
        next_try: Option<UtcMicros>,
    },
    /// The remote answered nonsense.
    BadAnswer {
        /// Why, in words for people.
        reason: String,
        /// Where the log tells more.
        reference: String,
    },
}

/// The run that brings records now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Id of the run.
    pub run: String,
    /// Records done.
    pub done: u64,
    /// Records in all.
    pub total: u64,
    /// Created so far.
    pub created: u64,
    /// Updated so far.
    pub updated: u64,
    /// Failed so far.
    pub failed: u64,
}

/// How many records stand in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Would be created by a pull (row 12).
    pub n_new: u64,
    /// Would be changed by a pull (rows 20, and 14, 22 when they merge).
    pub n_changed: u64,
    /// Remote records that wait for a person or can't be read.
    pub k_review: u64,
    /// Not sent yet.
    pub s_not_sent: u64,
    /// Unknown.
    pub u_unknown: u64,
}

impl Counts {
    /// N: what a pull takes now.
    pub fn takes(self) -> u64 {
        self.n_new.saturating_add(self.n_changed)
    }
}

/// Everything the button depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ButtonInputs {
    /// The connection.
    pub connection: Connection,
    /// The matching of the kind.
    pub matching: Matching,
    /// The run that brings records of this kind, if one is under way.
    pub progress: Option<Progress>,
    /// Since when a look is under way.
    pub looking_since: Option<UtcMicros>,
    /// Until when the remote's call limit holds us back.
    pub quota_until: Option<UtcMicros>,
    /// How the last look ended.
    pub last_look: LastLook,
    /// What waits.
    pub counts: Counts,
    /// Who looks at the button.
    pub role: Role,
    /// Whom to ask about the connection.
    pub owner: Option<String>,
}

/// What the button says; the first that holds, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ButtonState {
    /// Connect first.
    NotConnected {
        /// Whom to ask; nobody when the reader is the owner.
        ask: Option<String>,
    },
    /// The key was refused.
    KeyRefused {
        /// Since when.
        since: UtcMicros,
        /// Whom to ask; nobody when the reader is the owner.
        ask: Option<String>,
    },
    /// Paused.
    Paused {
        /// Why.
        cause: PauseCause,
        /// Since when.
        since: UtcMicros,
        /// By whom.
        by: Option<String>,
    },
    /// Confirm the matching first.
    Matching {
        /// Records to compare.
        records: u64,
    },
    /// A run brings records.
    Syncing(Progress),
    /// A look is under way.
    Looking {
        /// Since when.
        since: UtcMicros,
    },
    /// The remote's limit is reached.
    Quota {
        /// When it tries again.
        until: UtcMicros,
    },
    /// The last look got no answer.
    NoAnswer {
        /// Why.
        reason: String,
        /// The next automatic try.
        next_try: Option<UtcMicros>,
    },
    /// The last look got nonsense.
    BadAnswer {
        /// Why.
        reason: String,
        /// Where the log tells more.
        reference: String,
    },
    /// Nobody has looked yet.
    NotLooked,
    /// N > 0.
    Ready {
        /// What waits.
        counts: Counts,
        /// When it was looked for.
        looked_at: UtcMicros,
    },
    /// N = 0, k > 0.
    Review {
        /// What waits.
        counts: Counts,
        /// When it was looked for.
        looked_at: UtcMicros,
    },
    /// N = k = 0.
    AllSynced {
        /// What waits to be sent or is unknown.
        counts: Counts,
        /// When it was looked for.
        looked_at: UtcMicros,
    },
}

/// What a click does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Click {
    /// Looks in the remote.
    Look,
    /// Pulls what waits, in a run.
    Pull,
    /// Opens the list of what waits for a person.
    OpenReview,
    /// Opens the settings of the connection.
    OpenSettings,
    /// Opens the matching page.
    OpenMatching,
    /// Nothing.
    None,
}

/// The button as it is to be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What it says.
    pub state: ButtonState,
    /// Whether it can be pressed.
    pub enabled: bool,
    /// What a click does.
    pub click: Click,
}

/// The button for these inputs.
pub fn button(inputs: &ButtonInputs) -> Button {
    let state = state(inputs);
    let click = click(&state, inputs.role);
    Button { state, enabled: click != Click::None, click }
}

fn state(inputs: &ButtonInputs) -> ButtonState {
    let ask = if inputs.role == Role::Owner { None } else { inputs.owner.clone() };
    match &inputs.connection {
        Connection::NotConnected => return ButtonState::NotConnected { ask },
        Connection::KeyRefused { since } => return ButtonState::KeyRefused { since: *since, ask },
        Connection::Paused { cause, since, by } => {
            return ButtonState::Paused { cause: *cause, since: *since, by: by.clone() };
        }
        Connection::Connected => {}
    }
    if let Matching::Open { records } = inputs.matching {
        return ButtonState::Matching { records };
    }
    if let Some(progress) = &inputs.progress {
        return ButtonState::Syncing(progress.clone());
    }
    if let Some(since) = inputs.looking_since {
        return ButtonState::Looking { since };
    }
    if let Some(until) = inputs.quota_until {
        return ButtonState::Quota { until };
    }
    after_look(&inputs.last_look, inputs.counts)
}

fn after_look(last_look: &LastLook, counts: Counts) -> ButtonState {
    match last_look {
        LastLook::NoAnswer { reason, next_try } => {
            ButtonState::NoAnswer { reason: reason.clone(), next_try: *next_try }
        }
        LastLook::BadAnswer { reason, reference } => {
            ButtonState::BadAnswer { reason: reason.clone(), reference: reference.clone() }
        }
        LastLook::Never => ButtonState::NotLooked,
        LastLook::Answered { at } if counts.takes() > 0 => ButtonState::Ready { counts, looked_at: *at },
        LastLook::Answered { at } if counts.k_review > 0 => ButtonState::Review { counts, looked_at: *at },
        LastLook::Answered { at } => ButtonState::AllSynced { counts, looked_at: *at },
    }
}

fn click(state: &ButtonState, role: Role) -> Click {
    let owner = |click| if role == Role::Owner { click } else { Click::None };
    let staff = |click| if role == Role::ReadOnly { Click::None } else { click };
    match state {
        ButtonState::NotConnected { .. } | ButtonState::KeyRefused { .. } | ButtonState::Paused { .. } => {
            owner(Click::OpenSettings)
        }
        ButtonState::Matching { .. } => owner(Click::OpenMatching),
        ButtonState::Syncing(_) | ButtonState::Looking { .. } | ButtonState::Quota { .. } => Click::None,
        ButtonState::NotLooked
        | ButtonState::NoAnswer { .. }
        | ButtonState::BadAnswer { .. }
        | ButtonState::AllSynced { .. } => staff(Click::Look),
        ButtonState::Ready { .. } => staff(Click::Pull),
        ButtonState::Review { .. } => staff(Click::OpenReview),
    }
}

impl ButtonState {
    /// The name in `data-state` and in translations.
    pub fn data_state(&self) -> &'static str {
        match self {
            Self::NotConnected { .. } => "not_connected",
            Self::KeyRefused { .. } => "key_refused",
            Self::Paused { .. } => "paused",
            Self::Matching { .. } => "matching",
            Self::Syncing(_) => "syncing",
            Self::Looking { .. } => "looking",
            Self::Quota { .. } => "quota",
            Self::NoAnswer { .. } => "no_answer",
            Self::BadAnswer { .. } => "bad_answer",
            Self::NotLooked => "not_looked",
            Self::Ready { .. } => "ready",
            Self::Review { .. } => "review",
            Self::AllSynced { .. } => "all_synced",
        }
    }
}

#[cfg(test)]
mod tests;
