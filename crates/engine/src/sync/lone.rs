//! Local documents without a link: decided when a look has ended, because only then it is known what there is to match
//! (rows 13 to 16).

use std::collections::HashMap;

use sync_core::plan::{
    Direction, Facts, Inputs, Matches, MergeOutlook, Mode, OpenIntent, Policy, Subject, plan,
};
use sync_core::record::DocumentType;
use sync_core::state::SyncState;

use super::decide;
use super::run::Slicing;
use crate::access::{Role, TenantScope};
use crate::store::mirror::{self, MatchKey, Place, StoredDecision};
use crate::store::sales_documents::lone::{self, LoneDocument};
use crate::store::{StoreError, Tx, links};
use crate::{Engine, EngineError};

const KIND: &str = "sales_document";
/// Lone documents that one look decides; they are few, because most documents are linked.
const MOST: i64 = 5_000;

/// Decides all of them and stores what was decided.
pub(super) async fn decide_all(slicing: &Slicing<'_>, tx: &mut Tx) -> Result<(), StoreError> {
    let (db, scope) = (slicing.working.engine.db(), slicing.working.scope);
    let documents = lone::documents(db, scope, MOST).await?;
    let keys: Vec<String> = documents.iter().filter_map(|one| one.match_key.clone()).collect();
    let found =
        mirror::carriers(db, scope, &slicing.connection.id, slicing.kind.as_str(), MatchKey::Code, &keys)
            .await?;
    for document in documents {
        let decided = decide_one(&document, &found);
        if document.plan_row != Some(decided.row) {
            lone::decide(tx, scope, &document.id, decided).await?;
        }
    }
    Ok(())
}

fn decide_one(document: &LoneDocument, found: &HashMap<String, i64>) -> StoredDecision {
    let count = document.match_key.as_ref().and_then(|key| found.get(key)).copied().unwrap_or(0);
    let matches = match count {
        0 => Matches::None,
        1 => Matches::Certain(MergeOutlook::Takes),
        _ => Matches::Candidates,
    };
    let is_booked = document.doc_type.parse::<DocumentType>().is_ok_and(DocumentType::is_booked);
    let direction = if is_booked { Direction::FromRemote } else { Direction::Both };
    let decision = plan(&Inputs {
        intent: OpenIntent::None,
        subject: Subject::LocalOnly(matches),
        mode: Mode::Normal,
        policy: Policy { direction, create_there: !is_booked, create_here: true },
        in_scope: true,
        matching_confirmed: true,
        facts: Facts::CLEAR,
    });
    let (status, reason) = decision.state.map_or(("excluded", Some("only_here")), SyncState::as_strs);
    let row = decision.row.as_str().parse().unwrap_or_default();
    StoredDecision { row, status, reason, detail: sentence(row).map(str::to_owned) }
}

fn sentence(row: i64) -> Option<&'static str> {
    match row {
        14 => Some("Metakocka has a document with the same type, number, date and total."),
        15 => Some("Metakocka has several documents that this one could be."),
        _ => None,
    }
}

impl Engine {
    /// Forgets which Metakocka document a document is; both stay as they are, and the next look asks whether they
    /// belong together. Owner. Used to set up demonstrations and tests.
    pub async fn forget_link(&self, scope: &TenantScope, document_id: &str) -> Result<(), EngineError> {
        scope.require(Role::Owner)?;
        let mut tx = self.db().begin().await?;
        let found = links::of_record(&mut tx, scope, KIND, document_id).await?;
        let (connection, remote_type, link) = found.ok_or(EngineError::NotFound)?;
        links::forget_document(&mut tx, scope, document_id).await?;
        let place = Place { connection: &connection, kind: KIND, remote_type: &remote_type };
        let asks = StoredDecision {
            row: 10,
            status: "needs_review",
            reason: Some("match"),
            detail: Some(decide::CANDIDATE.to_owned()),
        };
        // Looks read only what changed: without this nobody would ask about a document that stays as it is.
        mirror::decide(&mut tx, scope, place, std::slice::from_ref(&link.external_id), Some(asks)).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }
}
