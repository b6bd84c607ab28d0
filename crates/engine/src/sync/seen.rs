//! A record as it lies here, what was decided about it, and what sending it therefore begins with: the executor does that,
//! a plan shows it.

use sync_core::record::RecordKind;

use super::decide;
use super::lone::CERTAIN;
use crate::access::TenantScope;
use crate::store::intents::{self, IntentRow};
use crate::store::links::{self, LinkRow};
use crate::store::records::{self, Decision};
use crate::store::{Connection, Db, StoreError, connections};

/// A record as it lies here, and what was decided about it.
pub(super) struct Seen {
    pub kind: RecordKind,
    pub id: String,
    pub revision: i64,
    pub link: Option<(String, LinkRow)>,
    pub decision: Decision,
    pub last: Option<IntentRow>,
    /// Sent by a plan: the content of the mirror that its request was shown for; anything else is left alone.
    pub planned_on: Option<String>,
}

/// What sending a record begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// An intent of it is not over.
    GoOn,
    /// It is kept only here: it is looked for by its id once more.
    OnceMore,
    /// What it names is brought first.
    BringNamed,
    /// It is linked with the remote record that it is for certain.
    Link,
    /// It is made.
    Create,
    /// It is changed, from a fresh read.
    Change,
    /// What could be it may have turned out to be something else.
    LookAtCandidates,
    /// It is left as it was decided.
    Rest,
}

impl Seen {
    /// Loads it; none: it does not exist, or was deleted.
    pub(super) async fn load(
        reader: &mut Connection,
        scope: &TenantScope,
        kind: RecordKind,
        id: &str,
    ) -> Result<Option<Self>, StoreError> {
        let Some(decision) = records::decision(reader, scope, kind, id).await? else { return Ok(None) };
        let link = links::of_record(reader, scope, kind.as_str(), id).await?;
        let last = intents::last(reader, scope, kind.as_str(), id).await?;
        Ok(Some(Self {
            kind,
            id: id.to_owned(),
            revision: decision.revision,
            link: link.map(|(_, remote_type, link)| (remote_type, link)),
            decision,
            last,
            planned_on: None,
        }))
    }

    /// The intent that is not over.
    pub(super) fn unfinished(&self) -> Option<&IntentRow> {
        self.last
            .as_ref()
            .filter(|last| !matches!(last.state.as_str(), "confirmed" | "refused" | "not_stored"))
    }

    /// What this run did of the record before somebody else went on with it.
    pub(super) fn did(&self, run: Option<&str>) -> &'static str {
        match &self.last {
            Some(last) if run.is_some() && last.run_id.as_deref() == run && last.state == "confirmed" => {
                if last.creates == 1 {
                    "created"
                } else {
                    "updated"
                }
            }
            _ => "unchanged",
        }
    }

    pub(super) fn says(&self, row: i64, reason: &str) -> bool {
        self.decision.plan_row == Some(row) && self.decision.reason.as_deref() == Some(reason)
    }

    /// What sending it begins with; `asked_for` is [`asks_to_be_made`].
    pub(super) fn step(&self, asked_for: bool) -> Step {
        let is_lone = self.link.is_none();
        if self.unfinished().is_some() {
            Step::GoOn
        } else if self.says(1, "detached") {
            Step::OnceMore
        } else if [16, 21, 22].into_iter().any(|row| self.says(row, "waiting")) {
            Step::BringNamed
        } else if is_lone && self.decision.plan_row == Some(CERTAIN) {
            Step::Link
        } else if self.says(16, "to_send") || is_lone && asked_for {
            Step::Create
        } else if self.says(21, "to_send") || self.says(22, "to_merge") {
            Step::Change
        } else if is_lone && self.says(15, "match") {
            Step::LookAtCandidates
        } else {
            Step::Rest
        }
    }
}

/// A contact stays here until a document needs it, or somebody sends it (policy D); whoever comes here does either.
/// Where Metakocka does not list its partners, whether it is there already is looked up before it is made (policy A, M).
pub(super) async fn asks_to_be_made(
    db: &Db,
    scope: &TenantScope,
    connection: &str,
    seen: &Seen,
) -> Result<bool, StoreError> {
    if seen.kind != RecordKind::Contact || !(seen.says(16, "only_here") || seen.says(13, "waiting")) {
        return Ok(false);
    }
    let kind = connections::kind(db, scope, connection, seen.kind.as_str()).await?;
    Ok(kind.is_some_and(|kind| {
        let policy = decide::chosen(&kind);
        kind.matching_confirmed_at.is_some() && policy.may_create_there()
    }))
}
