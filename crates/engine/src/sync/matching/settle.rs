//! Decides everything that has no link again, in pages, and links what is certain: the owner's confirmation, and the end of
//! a run that takes or sends. A page is a transaction, so that thousands of records keep nobody waiting.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sync_core::matching::{Key, KeyKind};
use sync_core::record::{ExternalId, RecordKind};

use super::classes::{At, carriers_here, keys_there, name_of};
use super::documents::Customers;
use super::link::link;
use crate::Engine;
use crate::access::TenantScope;
use crate::store::matching::{self, There};
use crate::store::mirror::{self, Place, StoredDecision};
use crate::store::{Connection, StoreError, Tx, records};
use crate::sync::failure::Failure;
use crate::sync::lone::{self, AT_ONCE, Known};
use crate::sync::parties;
use crate::sync::run::Working;

/// Row of a remote record that waits for the confirmation, of one that waits for an answer, of one that can be taken.
const WAITS: i64 = 11;
pub(super) const CLAIMED: i64 = 10;
const TAKEABLE: StoredDecision =
    StoredDecision { row: 12, status: "pending", reason: Some("to_take"), detail: None };

/// Who settles: the engine, and the job in which it happens, if there is one.
#[derive(Clone, Copy)]
pub(in crate::sync) struct Settling<'a> {
    pub engine: &'a Engine,
    pub working: Option<&'a Working<'a>>,
}

impl Settling<'_> {
    async fn begin(&self) -> Result<Tx, StoreError> {
        match self.working {
            Some(working) => working.begin().await,
            None => self.engine.db().begin().await,
        }
    }
}

/// Decides every record of the kind that has no link, and links what is certain. How many it linked.
pub(in crate::sync) async fn settle(settling: Settling<'_>, at: At<'_>) -> Result<u64, Failure> {
    let Some(known) = Known::load(settling.engine.db(), at).await? else { return Ok(0) };
    let (mut after, mut linked) = (String::new(), 0);
    loop {
        let mut tx = settling.begin().await?;
        let rows = matching::lone(&mut tx, at.scope, at.kind, &[], &after, AT_ONCE).await?;
        let Some(last) = rows.last() else { break };
        after.clone_from(&last.id);
        for pair in lone::decide_rows(&mut tx, at, &rows, &known).await? {
            let remote = (pair.remote_type.as_str(), pair.external_id.as_str());
            linked += u64::from(link(settling.engine, &mut tx, at, &pair.record, remote).await?);
        }
        tx.commit().await.map_err(StoreError::from)?;
    }
    Ok(linked)
}

/// The same of contacts and products at the end of a run that takes or sends: what came with it may be what is here. Kinds
/// whose matching is not confirmed are left alone.
pub(in crate::sync) async fn settle_parties(
    settling: Settling<'_>,
    scope: &TenantScope,
    connection: &str,
) -> Result<(), Failure> {
    for kind in [RecordKind::Contact, RecordKind::Product] {
        let at = At { scope, connection, kind };
        settle(settling, at).await?;
        release(settling, at).await?;
    }
    Ok(())
}

/// Lets go of the remote records that waited for the confirmation and that nothing here could be.
pub(super) async fn let_come(settling: Settling<'_>, at: At<'_>) -> Result<(), StoreError> {
    loop {
        let mut tx = settling.begin().await?;
        let rows =
            matching::free_there(&mut tx, at.scope, at.place(), Some(WAITS), ("", ""), AT_ONCE).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut by_type: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in rows {
            by_type.entry(row.remote_type).or_default().push(row.external_id);
        }
        for (remote_type, ids) in by_type {
            let place =
                Place { connection: at.connection, kind: at.kind.as_str(), remote_type: &remote_type };
            mirror::decide(&mut tx, at.scope, place, &ids, Some(TAKEABLE)).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
    }
}

/// Lets go of contacts or products that waited for an answer which nobody has to give any more.
pub(in crate::sync) async fn release(settling: Settling<'_>, at: At<'_>) -> Result<(), StoreError> {
    if at.kind == RecordKind::SalesDocument {
        return Ok(());
    }
    let mut after = String::new();
    loop {
        let mut tx = settling.begin().await?;
        let from = ("", after.as_str());
        let rows = matching::free_there(&mut tx, at.scope, at.place(), Some(CLAIMED), from, AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after.clone_from(&last.external_id);
        let claims = claims(&mut tx, at, &rows).await?;
        let free = rows.iter().filter(|row| name_of(row).is_none_or(|name| !claims.contains_key(&name)));
        let free: Vec<String> = free.map(|row| row.external_id.clone()).collect();
        let place = Place { connection: at.connection, kind: at.kind.as_str(), remote_type: "" };
        mirror::decide(&mut tx, at.scope, place, &free, Some(parties::comes_with_a_document())).await?;
        tx.commit().await.map_err(StoreError::from)?;
    }
}

/// Which records here each of these remote ones could be: those without a link by whatever they have in common, those with
/// one by what tells that it is the same customer or product. Pairs that were refused are none.
pub(super) async fn claims(
    connection: &mut Connection,
    at: At<'_>,
    rows: &[There],
) -> Result<HashMap<ExternalId, BTreeSet<String>>, StoreError> {
    let all: Vec<&There> = rows.iter().collect();
    let customers = Customers::of_remote(connection, at, &all).await?;
    let keys: Vec<(&There, Vec<Key>)> =
        rows.iter().map(|row| (row, keys_there(at.kind, row, &customers))).collect();
    let wanted: BTreeSet<&Key> = keys.iter().flat_map(|(_, keys)| keys).collect();
    let here = carriers_here(connection, at, &wanted, &customers).await?;
    let ids: BTreeSet<String> = here.values().flatten().cloned().collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let linked: BTreeSet<String> =
        records::linked(connection, at.scope, at.kind, &ids).await?.into_iter().collect();
    let refused = matching::refused(connection, at.scope, at.place(), &ids).await?;
    let mut claims: HashMap<ExternalId, BTreeSet<String>> = HashMap::new();
    for (there, keys) in keys {
        let Some(name) = name_of(there) else { continue };
        for (key, id) in
            keys.iter().flat_map(|key| here.get(key).into_iter().flatten().map(move |id| (key, id)))
        {
            let pair = (id.clone(), there.remote_type.clone(), there.external_id.clone());
            let counts = is_telling(at.kind, key.kind) || !linked.contains(id);
            if counts && !refused.contains(&pair) {
                claims.entry(name.clone()).or_default().insert(id.clone());
            }
        }
    }
    Ok(claims)
}

/// Which of these remote contacts or products, that are not in the mirror yet, could be a record here.
pub(in crate::sync) async fn claims_of(
    connection: &mut Connection,
    at: At<'_>,
    remote: &[(String, String)],
) -> Result<BTreeSet<String>, StoreError> {
    let row = |(id, content): &(String, String)| There {
        remote_type: String::new(),
        external_id: id.clone(),
        number: String::new(),
        name: String::new(),
        content: Some(content.clone()),
        partner_id: None,
        match_marker: None,
        plan_row: None,
        linked: 0,
    };
    let rows: Vec<There> = remote.iter().map(row).collect();
    let claims = claims(connection, at, &rows).await?;
    Ok(claims.into_keys().map(|name| name.as_str().to_owned()).collect())
}

/// Whether something in common with a record that is linked already asks for an answer: two partners of one customer, two
/// products of one code. Products of one name or barcode are many.
pub(super) fn is_telling(kind: RecordKind, key: KeyKind) -> bool {
    match kind {
        RecordKind::Contact => true,
        RecordKind::Product => matches!(key, KeyKind::Code | KeyKind::CodeFolded),
        RecordKind::SalesDocument => false,
    }
}
