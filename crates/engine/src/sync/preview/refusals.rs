//! Why nothing is done with a record: every reason at once, in words.

use metakocka::DocumentType;
use sync_core::record::RecordKind;

use super::super::seen::{Seen, Step};
use super::super::sendable;
use super::draft::Draft;
use crate::access::TenantScope;
use crate::store::mirror::{self, Place};
use crate::store::{Connection, StoreError, contacts, links};

/// Why a record is not sent.
pub(super) async fn reasons(
    reader: &mut Connection,
    scope: &TenantScope,
    seen: &Seen,
) -> Result<Vec<String>, StoreError> {
    if seen.decision.status.as_deref() == Some("error") && seen.decision.reason.as_deref() == Some("blocked")
    {
        let all = blocked(reader, scope, seen).await?;
        if !all.is_empty() {
            return Ok(all);
        }
    }
    let detail = seen.decision.detail.clone().filter(|text| !text.is_empty());
    Ok(match (seen.step(false), detail) {
        (Step::OnceMore, _) => {
            vec![
                "It is kept only here. Send it on its own page when it is to be made in Metakocka again."
                    .to_owned(),
            ]
        }
        (Step::GoOn, detail) => {
            vec![detail.unwrap_or_else(|| "A write of it is on its way already.".to_owned())]
        }
        (_, Some(detail)) => vec![detail],
        (_, None) => vec![in_words(seen).to_owned()],
    })
}

/// What is wrong with a record here, and what Metakocka would not let be changed.
async fn blocked(
    reader: &mut Connection,
    scope: &TenantScope,
    seen: &Seen,
) -> Result<Vec<String>, StoreError> {
    let id = seen.id.as_str();
    Ok(match seen.kind {
        RecordKind::SalesDocument => {
            let Some((_, standing)) = sendable::document(reader, scope, id).await? else {
                return Ok(Vec::new());
            };
            let mut all = standing.reasons();
            let link = links::of_record(reader, scope, seen.kind.as_str(), id).await?;
            if let Some((connection, remote_type, link)) = link
                && let Some(doc_type) = DocumentType::from_wire(&remote_type)
            {
                let place =
                    Place { connection: &connection, kind: seen.kind.as_str(), remote_type: &remote_type };
                let there = mirror::seen(reader, scope, place, &link.external_id).await?;
                all.extend(
                    there
                        .into_iter()
                        .flat_map(|there| standing.obstacles(doc_type, &there.raw, link.base.as_deref())),
                );
            }
            all
        }
        RecordKind::Contact => match contacts::contact(reader, scope, id).await? {
            Some(stored) => sendable::contact(&stored.fields.contact()?).reasons(),
            None => Vec::new(),
        },
        RecordKind::Product => match sendable::one_product(reader, scope, id).await? {
            Some(stored) => sendable::product(&stored.fields.product()).reasons(),
            None => Vec::new(),
        },
    })
}

fn in_words(seen: &Seen) -> &'static str {
    match (seen.decision.status.as_deref(), seen.decision.reason.as_deref()) {
        (Some("synced"), _) => "Both sides are equal.",
        (Some("pending"), Some("to_take")) => "Only Metakocka has something new. Take it from there.",
        (Some("pending"), _) => "It waits for something else.",
        (Some("needs_review"), _) => "A person has to decide about it first.",
        (Some("unknown" | "running"), _) => "A write of it is on its way already.",
        (Some("error"), _) => "It can't be sent as it is.",
        _ => "What is chosen for these records does not send it.",
    }
}

/// Why one that a document names is in the way.
pub(super) fn why_not(draft: &Draft) -> String {
    if draft.reasons.is_empty() {
        return format!("Settle first: {}.", draft.label);
    }
    format!("Settle first: {}. {}", draft.label, draft.reasons.join(" "))
}
