//! Which remote record each of many records here is (policy F): gathers the records of both sides behind their keys and
//! has `sync_core::matching` say the class. Nothing is written in here.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sync_core::matching::{
    Class, Hit, Hits, Key, KeyKind, classify, contact_keys, document_keys, product_keys,
};
use sync_core::record::{Contact, ExternalId, Product, RecordKind, SalesDocument};

use super::documents::{self, Customers};
use crate::access::TenantScope;
use crate::store::matching::{self, There};
use crate::store::mirror::MatchKey;
use crate::store::{Connection, StoreError, contacts, products};

/// Where is matched: the workspace, its connection, a kind.
#[derive(Clone, Copy)]
pub(in crate::sync) struct At<'a> {
    pub scope: &'a TenantScope,
    pub connection: &'a str,
    pub kind: RecordKind,
}

impl At<'_> {
    pub(super) fn place(&self) -> (&str, RecordKind) {
        (self.connection, self.kind)
    }
}

/// A record here and what it may be over there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sync) struct Matched {
    /// What is certain, or has to be asked.
    pub class: Class,
    /// What each remote record that is free has in common with it.
    pub by: BTreeMap<ExternalId, BTreeSet<KeyKind>>,
}

impl Matched {
    /// The remote records that it may be.
    pub(in crate::sync) fn ids(&self) -> Vec<&ExternalId> {
        match &self.class {
            Class::None => Vec::new(),
            Class::Certain(id) => vec![id],
            Class::Candidates(ids) => ids.iter().collect(),
        }
    }
}

/// The classes of many records, and the remote records that they name.
#[derive(Default)]
pub(in crate::sync) struct Classes {
    /// By the id of the record here.
    pub matched: HashMap<String, Matched>,
    /// By [`name_of`].
    pub there: HashMap<ExternalId, There>,
}

/// By what a remote record is told apart from every other of its kind. None: its id is none that could be asked for.
pub(in crate::sync) fn name_of(there: &There) -> Option<ExternalId> {
    if there.remote_type.is_empty() {
        return ExternalId::parse(&there.external_id).ok();
    }
    ExternalId::parse(&format!("{}/{}", there.remote_type, there.external_id)).ok()
}

/// Keys by record.
type Keys = HashMap<String, Vec<Key>>;

/// Says of each of these records here which remote one it is.
pub(in crate::sync) async fn classes(
    connection: &mut Connection,
    at: At<'_>,
    ids: &[String],
) -> Result<Classes, StoreError> {
    let customers = Customers::of_records(connection, at, ids).await?;
    let own = keys_here(connection, at, ids, &customers).await?;
    let wanted: BTreeSet<&Key> = own.values().flatten().collect();
    let here = carriers_here(connection, at, &wanted, &customers).await?;
    let (there, theirs) = carriers_there(connection, at, &wanted, &customers).await?;
    let refused = matching::refused(connection, at.scope, at.place(), ids).await?;
    let is_refused = |id: &str, there: &There| {
        refused.contains(&(id.to_owned(), there.remote_type.clone(), there.external_id.clone()))
    };
    let mut classes = Classes { matched: HashMap::new(), there };
    for (id, keys) in &own {
        let hits: Vec<Hits> = keys
            .iter()
            .map(|key| Hits {
                kind: key.kind,
                here: here.get(key).map_or(1, |ids| ids.len().max(1)),
                there: theirs
                    .get(key)
                    .into_iter()
                    .flatten()
                    .filter_map(|name| {
                        let there = classes.there.get(name)?;
                        // A pair that was refused still shows that the key belongs to more than one.
                        Some(Hit { id: name.clone(), linked: there.linked == 1 || is_refused(id, there) })
                    })
                    .collect(),
            })
            .collect();
        classes.matched.insert(id.clone(), matched(&hits));
    }
    contested(connection, at, &mut classes).await?;
    Ok(classes)
}

fn matched(hits: &[Hits]) -> Matched {
    let mut by: BTreeMap<ExternalId, BTreeSet<KeyKind>> = BTreeMap::new();
    for hit in hits {
        for there in hit.there.iter().filter(|there| !there.linked) {
            by.entry(there.id.clone()).or_default().insert(hit.kind);
        }
    }
    Matched { class: classify(hits), by }
}

/// A remote record that two records here could be for certain, each by another key, is certain for neither.
async fn contested(connection: &mut Connection, at: At<'_>, classes: &mut Classes) -> Result<(), StoreError> {
    let certain: Vec<(String, ExternalId)> = classes
        .matched
        .iter()
        .filter_map(|(id, matched)| match &matched.class {
            Class::Certain(there) => Some((id.clone(), there.clone())),
            _ => None,
        })
        .collect();
    let rows: Vec<&There> = certain.iter().filter_map(|(_, name)| classes.there.get(name)).collect();
    let customers = Customers::of_remote(connection, at, &rows).await?;
    let theirs: HashMap<ExternalId, Vec<Key>> = rows
        .iter()
        .filter_map(|there| Some((name_of(there)?, keys_there(at.kind, there, &customers))))
        .collect();
    let wanted: BTreeSet<&Key> = theirs.values().flatten().filter(|key| key.kind.is_certain()).collect();
    let here = carriers_here(connection, at, &wanted, &customers).await?;
    for (id, name) in certain {
        let keys = theirs.get(&name).into_iter().flatten();
        let others = keys.filter_map(|key| here.get(key)).flatten().any(|other| *other != id);
        if let (true, Some(matched)) = (others, classes.matched.get_mut(&id)) {
            matched.class = Class::Candidates(BTreeSet::from([name]));
        }
    }
    Ok(())
}

/// The keys of records here.
async fn keys_here(
    connection: &mut Connection,
    at: At<'_>,
    ids: &[String],
    customers: &Customers,
) -> Result<Keys, StoreError> {
    let mut keys = Keys::new();
    match at.kind {
        RecordKind::Contact => {
            for stored in contacts::contacts(connection, at.scope, ids).await? {
                keys.insert(stored.id.clone(), contact_keys(&stored.fields.contact()?));
            }
        }
        RecordKind::Product => {
            for stored in products::products(connection, at.scope, ids).await? {
                keys.insert(stored.id.clone(), product_keys(&stored.fields.product()));
            }
        }
        RecordKind::SalesDocument => {
            for (id, document) in documents::load(connection, at, ids).await? {
                let marker = documents::marker(at.connection, &id);
                let found = document_keys(&document, customers.here(&id), marker.as_deref());
                keys.insert(id, found);
            }
        }
    }
    Ok(keys)
}

/// The keys of a remote record.
pub(super) fn keys_there(kind: RecordKind, there: &There, customers: &Customers) -> Vec<Key> {
    let Some(content) = there.content.as_deref() else { return Vec::new() };
    match kind {
        RecordKind::Contact => serde_json::from_str(content).map(|one: Contact| contact_keys(&one)),
        RecordKind::Product => serde_json::from_str(content).map(|one: Product| product_keys(&one)),
        RecordKind::SalesDocument => serde_json::from_str(content).map(|one: SalesDocument| {
            document_keys(&one, customers.there(there).as_deref(), there.match_marker.as_deref())
        }),
    }
    .unwrap_or_default()
}

/// The records here behind each of these keys.
pub(super) async fn carriers_here(
    connection: &mut Connection,
    at: At<'_>,
    wanted: &BTreeSet<&Key>,
    customers: &Customers,
) -> Result<HashMap<Key, HashSet<String>>, StoreError> {
    let mut ids: BTreeSet<String> = BTreeSet::new();
    for (column, values) in columns(wanted) {
        // Which record here has a sign is known by its id alone.
        if column != MatchKey::Marker {
            ids.extend(matching::here(connection, at.scope, at.kind, column, &values).await?);
        }
    }
    if at.kind == RecordKind::SalesDocument {
        ids.extend(documents::alike_here(connection, at, wanted).await?);
    }
    let ids: Vec<String> = ids.into_iter().collect();
    let known = Customers::of_records(connection, at, &ids).await?.and(customers);
    let mut carriers: HashMap<Key, HashSet<String>> = HashMap::new();
    for (id, keys) in keys_here(connection, at, &ids, &known).await? {
        for key in keys.into_iter().filter(|key| wanted.contains(key)) {
            carriers.entry(key).or_default().insert(id.clone());
        }
    }
    Ok(carriers)
}

type Theirs = (HashMap<ExternalId, There>, HashMap<Key, BTreeSet<ExternalId>>);

/// The remote records behind each of these keys.
async fn carriers_there(
    connection: &mut Connection,
    at: At<'_>,
    wanted: &BTreeSet<&Key>,
    customers: &Customers,
) -> Result<Theirs, StoreError> {
    let mut rows: HashMap<ExternalId, There> = HashMap::new();
    let named = |found: Vec<There>| found.into_iter().filter_map(|one| Some((name_of(&one)?, one)));
    for (column, values) in columns(wanted) {
        rows.extend(named(matching::there(connection, at.scope, at.place(), column, &values).await?));
    }
    if at.kind == RecordKind::SalesDocument {
        rows.extend(named(documents::alike_there(connection, at, wanted, customers).await?));
    }
    let all: Vec<&There> = rows.values().collect();
    let known = Customers::of_remote(connection, at, &all).await?;
    let mut carriers: HashMap<Key, BTreeSet<ExternalId>> = HashMap::new();
    for (name, there) in &rows {
        for key in keys_there(at.kind, there, &known).into_iter().filter(|key| wanted.contains(key)) {
            carriers.entry(key).or_default().insert(name.clone());
        }
    }
    Ok((rows, carriers))
}

/// The columns in which these keys are looked up, with the values. A column may hold more than one sort of key: what it
/// finds is compared exactly.
fn columns(wanted: &BTreeSet<&Key>) -> Vec<(MatchKey, Vec<String>)> {
    let mut found: HashMap<MatchKey, BTreeSet<String>> = HashMap::new();
    for key in wanted {
        if let Some((column, value)) = column(key) {
            found.entry(column).or_default().insert(value);
        }
    }
    found.into_iter().map(|(column, values)| (column, values.into_iter().collect())).collect()
}

fn column(key: &Key) -> Option<(MatchKey, String)> {
    let value = key.value.as_str();
    Some(match key.kind {
        KeyKind::TaxAlone => (MatchKey::Tax, value.replace('|', "")),
        // With the sort of person, or the name, behind it.
        KeyKind::Tax => (MatchKey::Tax, value.rsplit_once('|')?.0.replace('|', "")),
        KeyKind::Email => (MatchKey::Email, value.to_owned()),
        KeyKind::EmailAndName => (MatchKey::Email, value.split_once('|')?.0.to_owned()),
        KeyKind::NameAndAddress => (MatchKey::Address, value.to_owned()),
        KeyKind::Code => (MatchKey::Code, sync_core::record::text::fold(value)),
        KeyKind::CodeFolded => (MatchKey::Code, value.to_owned()),
        KeyKind::Barcode => (MatchKey::Barcode, value.to_owned()),
        KeyKind::Name => (MatchKey::Name, value.to_owned()),
        KeyKind::Marker => (MatchKey::Marker, value.rsplit_once('|')?.1.to_owned()),
        // Looked up by customer and day.
        KeyKind::DocumentNumber | KeyKind::CustomerDateTotal => return None,
    })
}
