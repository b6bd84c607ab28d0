//! Decides contacts and products after an edit here: linked ones against their mirror row, the others against what there
//! is to match.

use serde::de::DeserializeOwned;
use sync_core::plan::{
    Action, Facts, Inputs, LinkedLocal, LinkedRemote, Matches, MergeOutlook, Mode, Policy, Subject,
    UnlinkedRemote, plan,
};
use sync_core::record::content_hash;
use sync_core::state::SyncState;
use sync_core::three_way::Mergeable;

use super::decide::{self, CHANGED_THERE, Decided, GONE_THERE, Take, mode};
use super::merge;
use super::outbound::Outbound;
use super::parties::COULD_BE;
use super::sendable::Standing;
use crate::store::links::LinkRow;
use crate::store::mirror::{Seen, StoredDecision};

/// What the owner has decided for the kind.
#[derive(Clone)]
pub(super) struct Chosen {
    /// Direction and where records may be made.
    pub policy: Policy,
    /// Whether the matching is confirmed.
    pub matching_confirmed: bool,
    /// What is on its way to Metakocka, or was refused.
    pub outbound: Outbound,
}

/// Decides a linked record.
pub(super) fn linked<R: Mergeable + DeserializeOwned>(
    chosen: &Chosen,
    link: &LinkRow,
    (record, standing): (&R, &Standing),
    seen: Option<&Seen>,
) -> StoredDecision {
    let local = match link.deleted_at {
        Some(_) => LinkedLocal::Deleted,
        None if Some(content_hash(record).as_str()) != link.base_hash.as_deref() => LinkedLocal::Edited,
        None => LinkedLocal::Same,
    };
    let remote = match seen {
        None => LinkedRemote::NotSeen,
        Some(seen) if seen.gone_at.is_some() => LinkedRemote::Gone,
        Some(seen) if seen.unreadable.is_some() => LinkedRemote::Unreadable,
        Some(seen) if Some(seen.content_hash.as_str()) != link.remote_hash.as_deref() => {
            LinkedRemote::Changed
        }
        Some(_) if link.differences.is_some() => LinkedRemote::RecordedDifference,
        Some(_) => LinkedRemote::Same,
    };
    let theirs: Option<R> =
        seen.and_then(|seen| seen.content.as_deref()).and_then(|text| serde_json::from_str(text).ok());
    let writable = merge::Writable::of_party(chosen.policy.direction, R::KIND);
    let outlook = match (local, theirs) {
        (LinkedLocal::Edited, Some(theirs)) => {
            merge::outlook(merge::Agreed::of(link), record, &theirs, writable)
        }
        (LinkedLocal::Same, Some(theirs)) if link.differences.is_some() => merge::Outlook {
            merge: MergeOutlook::Takes,
            fields: merge::kept_otherwise(merge::Agreed::of(link), record, &theirs, writable),
        },
        _ => merge::Outlook { merge: MergeOutlook::Takes, fields: None },
    };
    let inputs = Inputs {
        mode: mode(link),
        ..inputs(chosen, Subject::Linked { local, remote, merge: outlook.merge }, standing)
    };
    let unreadable = seen.and_then(|seen| seen.unreadable.clone());
    decided(&inputs, standing, |row| match row {
        2..=5 => chosen.outbound.detail.clone(),
        6 => unreadable,
        18 | 22 => outlook.fields,
        23 => Some(GONE_THERE.to_owned()),
        25 => Some(CHANGED_THERE.to_owned()),
        _ => None,
    })
}

/// Decides a remote contact or product without a link that somebody asks for: whatever the scope says of others.
pub(super) fn asked_for(chosen: &Chosen, remote: UnlinkedRemote) -> Decided {
    let decision = plan(&Inputs {
        intent: chosen.outbound.intent,
        subject: Subject::RemoteOnly(remote),
        mode: Mode::Normal,
        policy: chosen.policy,
        in_scope: true,
        matching_confirmed: chosen.matching_confirmed,
        facts: Facts::CLEAR,
    });
    let row = decision.row.as_str().parse().unwrap_or_default();
    let take = if decision.action == Action::CreateLocal { Take::Create } else { Take::Nothing };
    let detail = match row {
        1 | 9 => Some("What is chosen for these records does not take them from Metakocka.".to_owned()),
        10 => Some(COULD_BE.to_owned()),
        11 => Some("Waits until the owner has confirmed the matching.".to_owned()),
        _ => None,
    };
    Decided { row, state: decision.state, detail, take }
}

/// What a record without a link may be over there.
pub(super) enum Found {
    /// Nobody has looked yet.
    NotKnown,
    /// Nothing.
    Nothing,
    /// Exactly one, for certain: canonical JSON of what it says.
    Certain(Option<String>),
    /// Some that a person has to choose from.
    Candidates,
}

impl Found {
    /// What was found counts; that nothing was, only when everything was looked at.
    pub(super) fn known(self, looked: bool) -> Self {
        match self {
            Self::Nothing if !looked => Self::NotKnown,
            found => found,
        }
    }
}

/// Decides a record without a link.
pub(super) fn lone<R: Mergeable + DeserializeOwned>(
    chosen: &Chosen,
    (record, standing): (&R, &Standing),
    found: &Found,
) -> StoredDecision {
    let (matches, fields) = match found {
        Found::NotKnown => (Matches::NotKnown, None),
        Found::Nothing => (Matches::None, None),
        Found::Candidates => (Matches::Candidates, None),
        Found::Certain(content) => {
            let theirs: Option<R> = content.as_deref().and_then(|text| serde_json::from_str(text).ok());
            let outlook = theirs.map(|theirs| {
                let writable = merge::Writable::by(chosen.policy.direction);
                merge::outlook(merge::Agreed::default(), record, &theirs, writable)
            });
            outlook.map_or((Matches::Candidates, None), |outlook| {
                (Matches::Certain(outlook.merge), outlook.fields)
            })
        }
    };
    decided(&inputs(chosen, Subject::LocalOnly(matches), standing), standing, |row| match row {
        2..=5 => chosen.outbound.detail.clone(),
        13 if !chosen.matching_confirmed => {
            Some("Waits until the owner has confirmed the matching.".to_owned())
        }
        13 => Some("Waits for the first look in Metakocka.".to_owned()),
        14 => fields.or_else(|| Some("Metakocka has this record already.".to_owned())),
        15 => Some("Metakocka has records that this one could be.".to_owned()),
        _ => None,
    })
}

fn inputs(chosen: &Chosen, subject: Subject, standing: &Standing) -> Inputs {
    Inputs {
        intent: chosen.outbound.intent,
        subject,
        mode: Mode::Normal,
        policy: chosen.policy,
        in_scope: true,
        matching_confirmed: chosen.matching_confirmed,
        facts: standing.facts(),
    }
}

/// Asks the planner and puts the decision in the form in which it is stored, with its sentence.
pub(super) fn decided(
    inputs: &Inputs,
    standing: &Standing,
    sentence: impl FnOnce(i64) -> Option<String>,
) -> StoredDecision {
    let decision = plan(inputs);
    let (status, reason) = decision.state.map_or(("excluded", Some("only_here")), SyncState::as_strs);
    let row = decision.row.as_str().parse().unwrap_or_default();
    let stopped = decision.gate.and_then(|gate| decide::stopped(gate, Some(standing)));
    StoredDecision { row, status, reason, detail: stopped.or_else(|| sentence(row)) }
}
