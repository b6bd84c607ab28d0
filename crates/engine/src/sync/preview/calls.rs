//! How many calls the executor makes for a write: the look-up before it, the write, the read-back, and once for each type
//! the look-up that shows that what was made is found.

use std::collections::HashSet;

use sync_core::intent::{Before, Lookup, Query, Target};
use sync_core::record::RecordKind;

use super::super::writing::Writing;
use crate::access::TenantScope;
use crate::store::plans;
use crate::store::{Connection, StoreError, intents};

/// A write and its read-back.
pub(super) const WRITE: i64 = 2;
/// The read that a change is built on.
pub(super) const READ: i64 = 1;
/// Documents of one page of a search.
const PAGE: i64 = 100;

/// Counts the calls of one plan.
#[derive(Default)]
pub(super) struct Calls {
    /// Types whose look-up is proven by something that the plan makes before.
    proven: HashSet<String>,
}

impl Calls {
    /// Of a record that is made.
    pub(super) async fn creating(
        &mut self,
        reader: &mut Connection,
        scope: &TenantScope,
        connection: &str,
        (kind, writing): (RecordKind, &Writing),
    ) -> Result<i64, StoreError> {
        let Target::Create { lookup, before } = &writing.prepared.target else { return Ok(WRITE) };
        let subject =
            if writing.remote_type.is_empty() { kind.as_str() } else { writing.remote_type.as_str() };
        let looking = looking(reader, scope, (connection, &writing.remote_type), lookup).await?;
        let before = if matches!(before, Before::Look { .. }) { looking } else { 0 };
        let stored = intents::control(reader, scope, (connection, subject)).await?;
        let is_new = stored.as_deref() != Some("proven") && self.proven.insert(subject.to_owned());
        Ok(before + WRITE + if is_new { looking } else { 0 })
    }
}

/// The calls of one look-up. Bills are not made from here yet, so none of its hits is read by itself.
async fn looking(
    reader: &mut Connection,
    scope: &TenantScope,
    place: (&str, &str),
    lookup: &Lookup,
) -> Result<i64, StoreError> {
    let mut calls = 0;
    for query in &lookup.queries {
        calls += match query {
            Query::CustomerDocuments { customer, on: None } => {
                1 + plans::documents_of(reader, scope, place, customer.as_str()).await? / PAGE
            }
            Query::These(ids) => i64::try_from(ids.len()).unwrap_or(i64::MAX),
            _ => 1,
        };
    }
    Ok(calls)
}
