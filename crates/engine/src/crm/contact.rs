//! One contact: its page, and what people do with it.

use jiff::Timestamp;
use sync_core::record::{AddressRow, Contact, Person, RecordKind, TaxNumber};

use super::check::{LINE, Reasons, address_input, blocking};
use super::input::{ContactInput, PersonInput};
use super::record::{self, Change};
use super::{SyncView, history};
use crate::access::{Role, TenantScope};
use crate::error::{Reason, StateCode};
use crate::ids::is_id;
use crate::store::contacts::{self, ContactFields, NewContact, StoredContact};
use crate::store::history::Deed;
use crate::store::{Connection, StoreError, records};
use crate::sync::{Edited, after_edit, what_blocks};
use crate::{Engine, EngineError};

const KIND: RecordKind = RecordKind::Contact;

/// One contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactView {
    /// UUIDv7.
    pub id: String,
    /// Raised by every edit.
    pub revision: i64,
    /// What can be edited.
    pub form: ContactInput,
    /// Metakocka's visible code.
    pub remote_code: Option<String>,
    /// Days until an invoice is due, as Metakocka says.
    pub payment_days: Option<u32>,
    /// Why it can't be sent as it is; empty when it can.
    pub blocking: Vec<Reason>,
    /// State towards Metakocka.
    pub sync: SyncView,
    /// When it came into the CRM.
    pub created_at: Timestamp,
    /// When it was written last.
    pub updated_at: Timestamp,
    /// For people here; never sent.
    pub internal_notes: Option<String>,
    /// When its content was erased.
    pub erased_at: Option<Timestamp>,
    /// Since when it waits to be erased.
    pub erase_asked_at: Option<Timestamp>,
}

impl Engine {
    /// One contact. Not found when it does not exist, was deleted, or belongs to another workspace.
    pub async fn contact(&self, scope: &TenantScope, id: &str) -> Result<ContactView, EngineError> {
        let mut connection = self.db().read().await?;
        let stored = live(&mut connection, scope, id).await?;
        let shown = records::shown(&mut connection, scope, KIND, id).await?.ok_or(EngineError::NotFound)?;
        let problems = what_blocks(&mut connection, scope, KIND, id).await?;
        let internal_notes = records::internal_notes(&mut connection, scope, KIND, id).await?;
        let contact = stored.fields.contact()?;
        Ok(ContactView {
            id: stored.id,
            revision: stored.revision,
            remote_code: contact.remote_code.clone(),
            payment_days: contact.payment_days,
            form: form(&contact),
            blocking: blocking(&problems),
            sync: shown.into(),
            created_at: stored.created_at,
            updated_at: stored.updated_at,
            internal_notes,
            erased_at: stored.erased_at,
            erase_asked_at: stored.erase_asked_at,
        })
    }

    /// Makes a contact; returns its id. Staff. [`EngineError::Blocked`] tells everything that is wrong with the form.
    pub async fn create_contact(
        &self,
        scope: &TenantScope,
        input: &ContactInput,
    ) -> Result<String, EngineError> {
        scope.require(Role::Staff)?;
        let fields = ContactFields::of(&parse(input, None)?);
        let (id, now) = (self.new_id(), self.now());
        let mut tx = self.db().begin().await?;
        let new = NewContact { id: id.clone(), fields };
        contacts::insert_contacts(&mut tx, scope, &[new], now).await?;
        let change = Change::plain(&id, 1, Deed::Created);
        record::finish(self, tx, scope, KIND, change).await?;
        Ok(id)
    }

    /// Replaces what can be edited of a contact that still has the expected revision; returns the new one. Staff.
    /// [`EngineError::Stale`]: somebody was faster, and nothing was changed.
    pub async fn edit_contact(
        &self,
        scope: &TenantScope,
        id: &str,
        expected_revision: i64,
        input: &ContactInput,
    ) -> Result<i64, EngineError> {
        scope.require(Role::Staff)?;
        let mut tx = self.db().begin().await?;
        let stored = live(&mut tx, scope, id).await?;
        record::is_current(stored.revision, expected_revision)?;
        is_kept(&stored)?;
        let before = stored.fields.contact()?;
        let after = parse(input, Some(&before))?;
        if form(&after) == form(&before) {
            return Ok(stored.revision);
        }
        let fields = ContactFields::of(&after);
        let updated =
            contacts::update_contact(&mut tx, scope, id, expected_revision, &fields, self.now()).await?;
        let revision = updated.ok_or(EngineError::Stale { revision: stored.revision })?;
        let change = Change::fields(id, revision, &history::of(&before)?, &history::of(&after)?);
        record::finish(self, tx, scope, KIND, change).await?;
        Ok(revision)
    }

    /// Deletes a contact that still has the expected revision. Staff. It stays as a tombstone, so that a look does not bring
    /// it back; in Metakocka nothing is deleted.
    pub async fn delete_contact(
        &self,
        scope: &TenantScope,
        id: &str,
        expected_revision: i64,
    ) -> Result<(), EngineError> {
        scope.require(Role::Staff)?;
        let mut tx = self.db().begin().await?;
        let stored = live(&mut tx, scope, id).await?;
        record::delete(self, tx, scope, KIND, (id, stored.revision), expected_revision).await
    }

    /// Lets one contact take the place of another: its documents and its links to Metakocka move, the other becomes a
    /// tombstone. Fields are not mixed. Staff. Both have to have the expected revision; returns the new one of the contact
    /// that stays.
    pub async fn merge_contacts(
        &self,
        scope: &TenantScope,
        (keep, keep_revision): (&str, i64),
        (other, other_revision): (&str, i64),
    ) -> Result<i64, EngineError> {
        scope.require(Role::Staff)?;
        let mut tx = self.db().begin().await?;
        let kept = live(&mut tx, scope, keep).await?;
        let gone = live(&mut tx, scope, other).await?;
        if keep == other {
            let mut reasons = Reasons::default();
            reasons.add("contactId", "A contact can't be merged with itself.", "Choose another.");
            return reasons.done(0);
        }
        record::is_current(kept.revision, keep_revision)?;
        record::is_current(gone.revision, other_revision)?;
        is_kept(&kept)?;
        is_kept(&gone)?;
        let now = self.now();
        let moved = contacts::move_documents(&mut tx, scope, other, keep, now).await?;
        contacts::merge_links(&mut tx, scope, other, keep, crate::sync::alias(&kept.fields.name)).await?;
        let tombstone = records::delete(&mut tx, scope, KIND, other, other_revision, now).await?;
        let tombstone = tombstone.ok_or(EngineError::Stale { revision: gone.revision })?;
        contacts::set_merged_into(&mut tx, scope, other, keep).await?;
        let updated =
            contacts::update_contact(&mut tx, scope, keep, keep_revision, &kept.fields, now).await?;
        let revision = updated.ok_or(EngineError::Stale { revision: kept.revision })?;
        let handed: Vec<Change<'_>> =
            moved.iter().map(|(id, revision)| Change::customer(id, *revision, other, keep)).collect();
        record::note(self, &mut tx, scope, RecordKind::SalesDocument, handed).await?;
        let notes = vec![
            Change { other: Some(keep), ..Change::plain(other, tombstone, Deed::Merged) },
            Change { other: Some(other), ..Change::plain(keep, revision, Deed::Absorbed) },
        ];
        record::note(self, &mut tx, scope, KIND, notes).await?;
        after_edit(self, &mut tx, scope, Edited { kind: KIND, id: keep, old_key: None }).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.remote().wake();
        Ok(revision)
    }
}

/// A contact that exists and was not deleted.
async fn live(
    connection: &mut Connection,
    scope: &TenantScope,
    id: &str,
) -> Result<StoredContact, EngineError> {
    if !is_id(id) {
        return Err(EngineError::NotFound);
    }
    let stored = contacts::contact(connection, scope, id).await?;
    stored.filter(|stored| stored.deleted_at.is_none()).ok_or(EngineError::NotFound)
}

/// Refuses what cannot be done with an erased contact, or one that is about to be.
pub(super) fn is_kept(stored: &StoredContact) -> Result<(), EngineError> {
    if stored.erased_at.is_none() && stored.erase_asked_at.is_none() {
        return Ok(());
    }
    let sentence =
        "This contact was erased, or will be as soon as what is on its way to Metakocka is settled.";
    Err(EngineError::state(StateCode::Erased, sentence))
}

/// The form that a contact has now.
fn form(contact: &Contact) -> ContactInput {
    ContactInput {
        name: contact.name.clone(),
        company: contact.company,
        taxpayer: contact.taxpayer,
        buyer: contact.buyer,
        supplier: contact.supplier,
        tax_number: contact.tax_number.as_ref().map(|number| number.number().to_owned()),
        registration_number: contact.registration_number.clone(),
        person: contact.person.as_ref().map(|person| PersonInput {
            name: person.name.clone(),
            email: person.email.clone(),
            phone: person.phone.clone(),
            mobile: person.mobile.clone(),
        }),
        address: contact.address.as_ref().map(|row| address_input(&row.address)),
        delivery_addresses: contact
            .delivery_addresses
            .iter()
            .map(|row| address_input(&row.address))
            .collect(),
    }
}

/// The contact that a form describes; ids of Metakocka's rows stay with what they belong to.
fn parse(input: &ContactInput, stored: Option<&Contact>) -> Result<Contact, EngineError> {
    let mut reasons = Reasons::default();
    let name = reasons.required("name", &input.name, LINE);
    let address = input.address.as_ref().map(|address| AddressRow {
        row: stored.and_then(|stored| stored.address.as_ref()).and_then(|row| row.row.clone()),
        address: reasons.address("address", address),
    });
    let tax_number = tax_number(&mut reasons, input, stored, address.as_ref());
    let contact = Contact {
        name,
        company: input.company,
        taxpayer: input.taxpayer,
        buyer: input.buyer,
        supplier: input.supplier,
        tax_number,
        registration_number: reasons.text("registrationNumber", input.registration_number.as_deref(), LINE),
        person: person(&mut reasons, input.person.as_ref(), stored),
        address: address.filter(|row| row.row.is_some() || !row.address.is_empty()),
        delivery_addresses: deliveries(&mut reasons, input, stored),
        remote_code: stored.and_then(|stored| stored.remote_code.clone()),
        payment_days: stored.and_then(|stored| stored.payment_days),
    };
    reasons.done(contact)
}

/// A number that was not touched stays as it is, whatever country the form names now.
fn tax_number(
    reasons: &mut Reasons,
    input: &ContactInput,
    stored: Option<&Contact>,
    address: Option<&AddressRow>,
) -> Option<TaxNumber> {
    let typed = input.tax_number.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
    let known = stored.and_then(|stored| stored.tax_number.clone());
    if let Some(known) = known.filter(|known| known.number() == typed) {
        return Some(known);
    }
    let country = address.and_then(|row| row.address.country.as_ref());
    let number = reasons.parsed("taxNumber", TaxNumber::parse(typed, country), "Correct it.")?;
    if !number.is_valid() {
        reasons.add("taxNumber", "The check digit of this tax number is wrong.", "Correct it.");
    }
    Some(number)
}

fn person(reasons: &mut Reasons, input: Option<&PersonInput>, stored: Option<&Contact>) -> Option<Person> {
    let input = input?;
    let email = reasons.text("person.email", input.email.as_deref(), LINE);
    if email.as_deref().is_some_and(|email| !email.contains('@') || email.contains(char::is_whitespace)) {
        reasons.add("person.email", "This is no e-mail address.", "Correct it.");
    }
    let person = Person {
        row: stored.and_then(|stored| stored.person.as_ref()).and_then(|person| person.row.clone()),
        name: reasons.text("person.name", input.name.as_deref(), LINE),
        email,
        phone: reasons.text("person.phone", input.phone.as_deref(), LINE),
        mobile: reasons.text("person.mobile", input.mobile.as_deref(), LINE),
    };
    (person != Person::default()).then_some(person)
}

/// Rows are told apart by what they say, else by their place when none came or went.
fn deliveries(reasons: &mut Reasons, input: &ContactInput, stored: Option<&Contact>) -> Vec<AddressRow> {
    let known = stored.map_or(&[][..], |stored| stored.delivery_addresses.as_slice());
    let same_number = known.len() == input.delivery_addresses.len();
    let row = |(at, input): (usize, &super::input::AddressInput)| {
        let address = reasons.address(&format!("deliveryAddresses[{}]", at + 1), input);
        let equal = known.iter().find(|row| row.address.canonical() == address.canonical());
        let row = equal.or_else(|| known.get(at).filter(|_| same_number)).and_then(|row| row.row.clone());
        AddressRow { row, address }
    };
    let rows: Vec<AddressRow> = input.delivery_addresses.iter().enumerate().map(row).collect();
    rows.into_iter().filter(|row| row.row.is_some() || !row.address.is_empty()).collect()
}
