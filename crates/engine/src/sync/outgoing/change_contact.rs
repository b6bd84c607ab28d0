//! A contact that is to be changed in Metakocka: changed attributes, and rows of addresses and people by their ids. A new
//! row is added only where the fresh read shows that it is not there: repeated, it would be added again (`metakocka-api.md
//! §3.3`).

use metakocka::{
    AddressKind, ContactRow, DraftAddress, MkId, Partner, PartnerAddress, PartnerChange, PartnerContact,
    PartnerFields, PartnerKey,
};
use sync_core::capabilities::Subject;
use sync_core::intent::Target;
use sync_core::record::text::{given, normalise};
use sync_core::record::{Address, AddressRow, Contact, Person};
use sync_core::three_way::FieldName;
use sync_core::time::UtcMicros;

use super::change::{NotMade, Sides, cannot_be_emptied};
use super::change_document::{external_id, unreadable};
use super::compare::contact_like;
use super::fields;
use super::request::Request;
use super::words::{self, Reasons};
use super::{Prepared, Sent, SentRecord};
use crate::sync::translate::spell;

/// Our names of the fields that are rows there.
const ADDRESS: &str = "address";
const DELIVERIES: &str = "delivery_addresses";
const PERSON: &str = "person";

/// A contact to be changed; see [`super::change_document()`] for `base`.
pub(in crate::sync) fn change_contact(
    fresh: &Partner,
    read_at: UtcMicros,
    base: &Contact,
    wanted: &Contact,
) -> Result<Prepared, NotMade> {
    let now = contact_like(fresh, wanted).map_err(|why| unreadable(&why))?;
    let sides = Sides {
        base: fields::of_contact(base),
        now: fields::of_contact(&now),
        wanted: fields::of_contact(wanted),
    };
    let names = sides.to_send()?;
    sides.ways(Subject::Contact, None, &names)?;
    let target = fields::with_fields(&now, wanted, &names);
    let changes = |name: &str| names.contains(&FieldName::new(name));
    let mut reasons = Reasons::default();
    let mut change = PartnerChange::of(PartnerKey::Id(fresh.mk_id.clone()));
    change.fields = attributes(&target, &changes);
    if changes(ADDRESS) {
        change.addresses.extend(reasons.take(main_address(fresh, &now, &target)).flatten());
    }
    if changes(DELIVERIES) {
        change.addresses.extend(reasons.take(deliveries(fresh, &target)).into_iter().flatten());
    }
    if changes(PERSON) {
        change.contacts.extend(reasons.take(person(fresh, &now, &target)).flatten());
    }
    if !reasons.is_empty() {
        return Err(NotMade::Blocked(reasons.into_vec()));
    }
    let write = change.prepare().map_err(|error| words::invalid(&error))?;
    let before = names.iter().filter_map(|name| Some((name.clone(), sides.now.get(name)?.clone())));
    Ok(Prepared {
        request: Request::ContactChange(write),
        sent: Sent {
            fields: fields::values(&fields::of_contact(&target), &names),
            before: before.collect(),
            record: SentRecord::Contact(Box::new(target)),
            kept: std::collections::BTreeMap::new(),
            log: None,
        },
        target: Target::Update { id: external_id(&fresh.mk_id)?, read_at },
    })
}

/// What changes beside the rows. The country of the main address decides whether it is abroad.
fn attributes(target: &Contact, changes: &impl Fn(&str) -> bool) -> PartnerFields {
    let flag = |name: &str, value: Option<bool>| value.filter(|_| changes(name));
    let abroad = target.country().map(|country| !country.is_slovenia());
    PartnerFields {
        name: changes("name").then(|| normalise(&target.name)),
        business_entity: flag("company", target.company),
        taxpayer: flag("taxpayer", target.taxpayer),
        foreign: flag(ADDRESS, abroad),
        buyer: flag("buyer", target.buyer),
        supplier: flag("supplier", target.supplier),
        // The prefix follows the taxpayer, and is never rewritten for itself (policy C).
        tax_number: changes("tax_number").then(|| spell::tax_number(target)).flatten(),
        registration_number: given(&target.registration_number).filter(|_| changes("registration_number")),
        ..PartnerFields::default()
    }
}

/// The main address by its row; one is added where there is none.
fn main_address(
    fresh: &Partner,
    now: &Contact,
    target: &Contact,
) -> Result<Option<DraftAddress>, Vec<String>> {
    let Some(wanted) = &target.address else { return Ok(None) };
    let row = fresh.main_address().and_then(|row| row.mk_id.clone());
    if let Some(old) = &now.address {
        check_parts(ADDRESS, &old.address, &wanted.address)?;
    }
    Ok(Some(DraftAddress { mk_id: row, kind: AddressKind::Main, address: spell::postal(&wanted.address) }))
}

/// Each delivery address by its row, else by what it says, else by its place; what is left is new. None is removed.
fn deliveries(fresh: &Partner, target: &Contact) -> Result<Vec<DraftAddress>, Vec<String>> {
    let mut left: Vec<&PartnerAddress> =
        fresh.addresses.iter().filter(|row| row.kind == AddressKind::Delivery).collect();
    let mut open: Vec<&AddressRow> = target.delivery_addresses.iter().collect();
    let mut changed: Vec<(&AddressRow, &PartnerAddress)> = Vec::new();
    open.retain(|wanted| match take(&mut left, |row| is_row(wanted, row)) {
        Some(row) => {
            changed.push((wanted, row));
            false
        }
        None => true,
    });
    open.retain(|wanted| take(&mut left, |row| says(row) == wanted.address.canonical()).is_none());
    if left.len() > open.len() {
        return Err(vec![cannot_be_emptied(DELIVERIES)]);
    }
    let added = open.split_off(left.len());
    changed.extend(open.into_iter().zip(left));
    let mut drafts = Vec::new();
    for (wanted, row) in changed {
        let old = says(row);
        if old != wanted.address.canonical() {
            check_parts(DELIVERIES, &old, &wanted.address)?;
            drafts.push(delivery(row.mk_id.clone(), wanted));
        }
    }
    drafts.extend(added.into_iter().map(|wanted| delivery(None, wanted)));
    Ok(drafts)
}

fn delivery(mk_id: Option<MkId>, wanted: &AddressRow) -> DraftAddress {
    DraftAddress { mk_id, kind: AddressKind::Delivery, address: spell::postal(&wanted.address) }
}

fn take<'a>(
    rows: &mut Vec<&'a PartnerAddress>,
    is_it: impl Fn(&PartnerAddress) -> bool,
) -> Option<&'a PartnerAddress> {
    rows.iter().position(|row| is_it(row)).map(|at| rows.remove(at))
}

fn is_row(wanted: &AddressRow, row: &PartnerAddress) -> bool {
    let ids = (wanted.row.as_ref(), row.mk_id.as_ref());
    matches!(ids, (Some(mine), Some(theirs)) if mine.as_str() == theirs.as_str())
}

fn says(row: &PartnerAddress) -> Address {
    crate::sync::translate::address(&row.address).canonical()
}

/// The bound person by its row; the first is added at the main address.
fn person(fresh: &Partner, now: &Contact, target: &Contact) -> Result<Option<ContactRow>, Vec<String>> {
    let Some(wanted) = &target.person else { return Ok(None) };
    if let Some(old) = &now.person {
        check_person(old, wanted)?;
    }
    let row = bound(fresh, now);
    let address_id = match row {
        Some(row) => row.address_id.clone(),
        None => Some(main_id(fresh)?),
    };
    let fax = row.and_then(|row| row.person.fax.clone());
    let person = metakocka::ContactPerson { fax, ..spell::person(wanted) };
    Ok(Some(ContactRow { mk_id: row.and_then(|row| row.mk_id.clone()), address_id, person }))
}

fn bound<'a>(fresh: &'a Partner, now: &Contact) -> Option<&'a PartnerContact> {
    let row = now.person.as_ref()?.row.as_ref()?;
    fresh.contacts.iter().find(|one| one.mk_id.as_ref().is_some_and(|id| id.as_str() == row.as_str()))
}

fn main_id(fresh: &Partner) -> Result<MkId, Vec<String>> {
    fresh.main_address().and_then(|row| row.mk_id.clone()).ok_or_else(|| {
        vec!["A contact person needs the contact's address first. Add the address in Metakocka.".to_owned()]
    })
}

/// A part of a row that was there and is to be empty has no way (policy E).
fn check_parts(field: &str, old: &Address, new: &Address) -> Result<(), Vec<String>> {
    let (old, new) = (old.canonical(), new.canonical());
    let country = |address: &Address| address.country.is_some() || address.country_name.is_some();
    let emptied = gone(old.street.as_ref(), new.street.as_ref())
        || gone(old.post_number.as_ref(), new.post_number.as_ref())
        || gone(old.place.as_ref(), new.place.as_ref())
        || gone(old.province.as_ref(), new.province.as_ref())
        || (country(&old) && !country(&new));
    if emptied { Err(vec![cannot_be_emptied(field)]) } else { Ok(()) }
}

fn check_person(old: &Person, new: &Person) -> Result<(), Vec<String>> {
    let emptied = gone(old.name.as_ref(), new.name.as_ref())
        || gone(old.email.as_ref(), new.email.as_ref())
        || gone(old.phone.as_ref(), new.phone.as_ref())
        || gone(old.mobile.as_ref(), new.mobile.as_ref());
    if emptied { Err(vec![cannot_be_emptied(PERSON)]) } else { Ok(()) }
}

fn gone(old: Option<&String>, new: Option<&String>) -> bool {
    let says = |text: Option<&String>| text.is_some_and(|text| !text.trim().is_empty());
    says(old) && !says(new)
}
