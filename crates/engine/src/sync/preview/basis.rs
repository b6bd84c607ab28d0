//! Whether a plan still stands: what each item was made from is kept beside it, and compared with what is true now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use blake2::digest::consts::U16;
use blake2::{Blake2b, Digest};
use serde::{Deserialize, Serialize};
use sync_core::record::RecordKind;

use super::views::PlanDirection;
use crate::access::TenantScope;
use crate::store::plans::{self, Basis, Named, PlanRow, Standing, Takeable};
use crate::store::{Connection, StoreError};

/// Why the job of an applied plan leaves a record alone that is not what it was.
pub(in crate::sync) const CHANGED_THERE: &str =
    "Changed in Metakocka since the plan was made; nothing was sent.";
/// Items whose trees are read at once: few statements, and few values in each of them.
pub(super) const AT_ONCE: i64 = 100;
/// Records that a sentence names; the others are counted.
const NAMED: usize = 5;

/// Everything that an item was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StandsOn {
    /// The three trees of the record; none: neither side has it.
    pub basis: Option<Basis>,
    /// Of a document: who and what it names.
    pub names: Vec<Named>,
}

impl StandsOn {
    pub(super) fn to_text(&self) -> String {
        // Plain structs always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }

    fn of_text(text: &str) -> Result<Self, StoreError> {
        serde_json::from_str(text).map_err(|_| StoreError::Corrupt { column: "plan_items.stands_on" })
    }

    /// What moved of the record itself, for people; none: nothing.
    fn own_moved(&self, now: &Self) -> Option<&'static str> {
        let (Some(then), Some(now)) = (&self.basis, &now.basis) else {
            return (self.basis.is_some() != now.basis.is_some()).then_some("not there any more");
        };
        let is_settled = now.status.as_deref() == Some("synced") && then.status != now.status;
        if now.deleted != then.deleted {
            Some("deleted here since")
        } else if now.gone != then.gone {
            Some("gone in Metakocka since")
        } else if is_settled {
            Some("settled meanwhile")
        } else if now.content_hash != then.content_hash {
            Some("changed in Metakocka since")
        } else if now.revision != then.revision {
            Some("edited here since")
        } else if now.external_id != then.external_id || now.mode != then.mode {
            Some("linked otherwise since")
        } else if (&now.base_hash, &now.remote_hash, &now.differences)
            != (&then.base_hash, &then.remote_hash, &then.differences)
        {
            Some("settled meanwhile")
        } else {
            None
        }
    }

    /// The same, with what it names and what was decided.
    fn moved(&self, now: &Self) -> Option<&'static str> {
        let decided =
            |one: &Self| one.basis.as_ref().map(|one| (one.plan_row, one.status.clone(), one.reason.clone()));
        if let Some(why) = self.own_moved(now) {
            Some(why)
        } else if self.names != now.names {
            Some("its customer or a product was edited since")
        } else if decided(self) != decided(now) {
            Some("decided otherwise since")
        } else {
            None
        }
    }

    /// Whether those that were in Metakocka already when the plan was made are as they were then.
    fn names_stand(&self, now: &Self) -> bool {
        let was_there = |one: &&Named| one.external_id.is_some();
        self.names.iter().filter(was_there).all(|one| now.names.contains(one))
    }
}

/// What these records of one kind are made of now, by id.
pub(super) async fn of_records(
    connection: &mut Connection,
    scope: &TenantScope,
    kind: RecordKind,
    ids: &[String],
) -> Result<HashMap<String, StandsOn>, StoreError> {
    let rows = plans::of_records(connection, scope, kind, ids).await?;
    let mut found: HashMap<String, StandsOn> = HashMap::new();
    for basis in rows {
        let id = basis.record_id.clone().unwrap_or_default();
        found.insert(id, StandsOn { basis: Some(basis), names: Vec::new() });
    }
    if kind == RecordKind::SalesDocument {
        for named in plans::named_by(connection, scope, ids).await? {
            if let Some(one) = found.get_mut(&named.document_id) {
                // The document is the item itself.
                one.names.push(Named { document_id: String::new(), ..named });
            }
        }
    }
    Ok(found)
}

/// What these remote records are made of now, by type and id.
pub(super) async fn of_remote(
    connection: &mut Connection,
    scope: &TenantScope,
    (connection_id, kind): (&str, RecordKind),
    keys: &[Takeable],
) -> Result<HashMap<Takeable, StandsOn>, StoreError> {
    let mut by_type: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for key in keys {
        by_type.entry(&key.remote_type).or_default().push(key.external_id.clone());
    }
    let mut found = HashMap::new();
    for (remote_type, ids) in by_type {
        for basis in plans::of_remote(connection, scope, (connection_id, kind, remote_type), &ids).await? {
            let external_id = basis.external_id.clone().unwrap_or_default();
            let key = Takeable { remote_type: remote_type.to_owned(), external_id };
            found.insert(key, StandsOn { basis: Some(basis), names: Vec::new() });
        }
    }
    Ok(found)
}

/// What an item of a plan that is taken is known by.
pub(super) fn key_of(item: &Standing) -> Takeable {
    Takeable { remote_type: item.remote_type.clone(), external_id: item.external_id.clone() }
}

/// What some items of a plan are made of now, by position.
pub(super) async fn now(
    connection: &mut Connection,
    scope: &TenantScope,
    connection_id: &str,
    items: &[Standing],
) -> Result<HashMap<i64, StandsOn>, StoreError> {
    let mut found = HashMap::new();
    for kind in [RecordKind::Contact, RecordKind::Product, RecordKind::SalesDocument] {
        let of_kind = || items.iter().filter(|item| item.kind == kind.as_str());
        let sent = of_kind().filter(|item| item.side == "there");
        let sent: Vec<(i64, String)> =
            sent.filter_map(|item| Some((item.position, item.record_id.clone()?))).collect();
        let ids: Vec<String> = sent.iter().map(|(_, id)| id.clone()).collect();
        let records = of_records(connection, scope, kind, &ids).await?;
        found.extend(sent.into_iter().map(|(at, id)| (at, records.get(&id).cloned().unwrap_or_default())));
        let taken: Vec<&Standing> = of_kind().filter(|item| item.side == "here").collect();
        let keys: Vec<Takeable> = taken.iter().map(|item| key_of(item)).collect();
        let remote = of_remote(connection, scope, (connection_id, kind), &keys).await?;
        found.extend(
            taken
                .into_iter()
                .map(|item| (item.position, remote.get(&key_of(item)).cloned().unwrap_or_default())),
        );
    }
    Ok(found)
}

/// What moved since a plan was made.
#[derive(Default)]
pub(super) struct Moves {
    items: Vec<(String, &'static str)>,
    /// Records that would be in a plan of everything now and are not in this one.
    more: usize,
    policy: bool,
}

impl Moves {
    /// For people; none: nothing moved.
    pub(super) fn sentence(&self) -> Option<String> {
        let mut parts = Vec::new();
        if self.policy {
            parts.push("The settings of the connection were changed since.".to_owned());
        }
        if !self.items.is_empty() {
            let named: Vec<String> =
                self.items.iter().take(NAMED).map(|(label, why)| format!("{label} ({why})")).collect();
            let rest = self.items.len().saturating_sub(NAMED);
            let rest = if rest == 0 { String::new() } else { format!(" and {rest} more") };
            parts.push(format!("Moved: {}{rest}.", named.join(", ")));
        }
        if self.more > 0 {
            let records = if self.more == 1 { "record is" } else { "records are" };
            parts.push(format!("{} {records} new since.", self.more));
        }
        (!parts.is_empty()).then(|| format!("This plan is out of date. {} Make a new plan.", parts.join(" ")))
    }
}

/// Compares everything that a plan was made from with what is true now.
pub(super) async fn moves(
    connection: &mut Connection,
    scope: &TenantScope,
    plan: &PlanRow,
) -> Result<Moves, StoreError> {
    let policy = plans::policy(connection, scope, &plan.connection_id).await?;
    let mut moves = Moves { policy: policy != plan.policy, ..Moves::default() };
    let (mut from, mut known) = (0, BTreeSet::new());
    loop {
        let items = plans::standing(connection, scope, &plan.id, from, AT_ONCE).await?;
        let Some(last) = items.last() else { break };
        from = last.position + 1;
        let now = now(connection, scope, &plan.connection_id, &items).await?;
        for item in &items {
            let then = StandsOn::of_text(&item.stands_on)?;
            let now = now.get(&item.position).cloned().unwrap_or_default();
            moves.items.extend(then.moved(&now).map(|why| (item.label.clone(), why)));
        }
        known.extend(items.iter().filter(|item| item.brought == 0).map(own_key));
    }
    if plan.whole == 1 {
        let all = everything(connection, scope, plan).await?;
        moves.more = all.difference(&known).count();
    }
    Ok(moves)
}

/// What tells the records of a plan apart: our id of what is sent, type and id of what is taken.
type OwnKey = (bool, String, String);

fn own_key(item: &Standing) -> OwnKey {
    match (item.side.as_str(), &item.record_id) {
        ("there", Some(id)) => (true, String::new(), id.clone()),
        _ => (false, item.remote_type.clone(), item.external_id.clone()),
    }
}

async fn everything(
    connection: &mut Connection,
    scope: &TenantScope,
    plan: &PlanRow,
) -> Result<BTreeSet<OwnKey>, StoreError> {
    let direction = PlanDirection::of_stored(&plan.direction)?;
    let kind = plan.kind.parse().map_err(|_| StoreError::Corrupt { column: "plans.kind" })?;
    let mut all = BTreeSet::new();
    if direction.sends() {
        let ids = plans::sendable(connection, scope, kind, i64::MAX).await?;
        all.extend(ids.into_iter().map(|id| (true, String::new(), id)));
    }
    if direction.takes() {
        let keys = plans::takeable(connection, scope, (&plan.connection_id, kind), i64::MAX).await?;
        all.extend(keys.into_iter().map(|key| (false, key.remote_type, key.external_id)));
    }
    Ok(all)
}

/// Whether a record is what the plan shows that a run carries out.
pub(in crate::sync) enum Planned {
    /// It is; a change is built on this content of the mirror.
    On(Option<String>),
    /// It moved since the plan was applied, in these words.
    Moved(String),
}

/// Whether a record that is to be sent is what the plan shows. What the plan brings first may have been brought since.
pub(in crate::sync) async fn planned(
    reader: &mut Connection,
    scope: &TenantScope,
    plan: &str,
    (kind, id): (RecordKind, &str),
) -> Result<Planned, StoreError> {
    let Some(item) = plans::standing_of(reader, scope, plan, (kind, id)).await? else {
        return Ok(Planned::Moved("The plan does not speak of it; nothing was sent.".to_owned()));
    };
    let then = StandsOn::of_text(&item.stands_on)?;
    let now = of_records(reader, scope, kind, &[id.to_owned()]).await?.remove(id).unwrap_or_default();
    Ok(match then.own_moved(&now) {
        Some(why) => Planned::Moved(format!("It was {why}, after the plan was made; nothing was sent.")),
        None if !then.names_stand(&now) => Planned::Moved(
            "Its customer or a product was edited after the plan was made; nothing was sent.".to_owned(),
        ),
        None => Planned::On(item.built_on),
    })
}

/// The remote records that moved since the plan was applied that takes them, with what to say of each.
pub(in crate::sync) async fn moved_there(
    reader: &mut Connection,
    scope: &TenantScope,
    (plan, connection_id): (&str, &str),
    ids: &[String],
) -> Result<BTreeMap<(String, String), String>, StoreError> {
    let items = plans::standing_there(reader, scope, plan, ids).await?;
    let now = now(reader, scope, connection_id, &items).await?;
    let mut moved = BTreeMap::new();
    for item in items {
        let then = StandsOn::of_text(&item.stands_on)?;
        let now = now.get(&item.position).cloned().unwrap_or_default();
        if let Some(why) = then.own_moved(&now) {
            let sentence = format!("It was {why}, after the plan was made; nothing was taken.");
            moved.insert((item.remote_type, item.external_id), sentence);
        }
    }
    Ok(moved)
}

/// The hash of a plan: everything that its items were made from, and what the owner had chosen.
pub(super) struct PlanHash(Blake2b<U16>);

impl PlanHash {
    pub(super) fn of(policy: &str) -> Self {
        Self(Blake2b::<U16>::new_with_prefix(format!("{policy}\n")))
    }

    pub(super) fn add(&mut self, stands_on: &str) {
        self.0.update(format!("{stands_on}\n"));
    }

    pub(super) fn into_text(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands_on(change: impl FnOnce(&mut Basis)) -> StandsOn {
        let mut basis = Basis {
            record_id: Some("a".to_owned()),
            revision: Some(1),
            status: Some("pending".to_owned()),
            content_hash: Some("there".to_owned()),
            base_hash: Some("base".to_owned()),
            ..Basis::default()
        };
        change(&mut basis);
        StandsOn { basis: Some(basis), names: Vec::new() }
    }

    #[test]
    fn what_moved_is_told_in_words() {
        let then = stands_on(|_| ());
        assert_eq!(then.moved(&then.clone()), None);
        for (now, why) in [
            (stands_on(|one| one.revision = Some(2)), "edited here since"),
            (stands_on(|one| one.content_hash = None), "changed in Metakocka since"),
            (stands_on(|one| one.deleted = 1), "deleted here since"),
            (stands_on(|one| one.gone = 1), "gone in Metakocka since"),
            (stands_on(|one| one.status = Some("synced".to_owned())), "settled meanwhile"),
            (stands_on(|one| one.base_hash = None), "settled meanwhile"),
            (stands_on(|one| one.mode = Some("detached".to_owned())), "linked otherwise since"),
            (stands_on(|one| one.plan_row = Some(5)), "decided otherwise since"),
            (StandsOn::default(), "not there any more"),
        ] {
            assert_eq!(then.moved(&now), Some(why), "{now:?}");
        }
    }

    #[test]
    fn a_sentence_names_the_first_and_counts_the_others() {
        let items = (1..=7).map(|at| (format!("SO-{at}"), "edited here since")).collect();
        let moves = Moves { items, more: 1, policy: true };
        let said = moves.sentence().unwrap();
        assert!(said.contains("SO-5 (edited here since) and 2 more."), "{said}");
        assert!(said.contains("1 record is new since.") && !said.contains("SO-6"), "{said}");
        assert!(Moves::default().sentence().is_none());
    }
}
