//! Customers and suppliers as the CRM keeps them.

mod list;
mod merge;

pub use list::{Criteria, ListedContact, count_by_status, list};
pub use merge::{adopt_documents, is_named, merge_links, move_documents, set_merged_into};

use jiff::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use sync_core::record::Contact;

use super::filter::{Column, Select};
use super::matching::ContactKeys;
use super::rows::{Cell, Records};
use super::values::{instant, instant_or_none, text, text_or_none, truth, whole, whole_or_none};
use super::{StoreError, keys};
use crate::access::TenantScope;

/// What an edit or a pull may set. `search_text` and `sort_key` are derived from it when it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactFields {
    /// Company's name, or a person's first and last name joined.
    pub name: String,
    /// True for a business entity.
    pub is_company: bool,
    /// True when registered for value added tax.
    pub taxpayer: bool,
    /// Digits; with country prefix when not Slovenian.
    pub tax_number: Option<String>,
    /// JSON of the whole contact as it is compared; the other fields are derived from it.
    pub record: String,
    /// ISO 3166, two letters, of the main address.
    pub country: Option<String>,
    /// Of the main address.
    pub city: Option<String>,
    /// Of the contact person.
    pub email: Option<String>,
    /// Code that the remote shows.
    pub remote_code: Option<String>,
    /// Days until an invoice is due.
    pub payment_days: Option<i64>,
    /// Folded tax number that matching looks up.
    pub match_tax: Option<String>,
    /// Folded e-mail that matching looks up.
    pub match_email: Option<String>,
    /// Folded name and address that matching looks up.
    pub match_address: Option<String>,
}

impl ContactFields {
    /// The columns of a contact.
    #[must_use]
    pub fn of(contact: &Contact) -> Self {
        let address = contact.address.as_ref();
        let keys = ContactKeys::of(contact);
        Self {
            name: contact.name.clone(),
            is_company: contact.company.unwrap_or(false),
            taxpayer: contact.taxpayer.unwrap_or(false),
            tax_number: contact.tax_number.as_ref().map(|number| number.number().to_owned()),
            // A record is a plain struct and always serialises.
            record: serde_json::to_string(contact).unwrap_or_else(|_| "null".to_owned()),
            country: contact.country().map(|country| country.as_str().to_owned()),
            city: address.and_then(|row| row.address.place.clone()),
            email: contact.person.as_ref().and_then(|person| person.email.clone()),
            remote_code: contact.remote_code.clone(),
            payment_days: contact.payment_days.map(i64::from),
            match_tax: keys.tax,
            match_email: keys.email,
            match_address: keys.address,
        }
    }

    /// The contact that the columns hold.
    pub fn contact(&self) -> Result<Contact, StoreError> {
        serde_json::from_str(&self.record).map_err(|_| StoreError::Corrupt { column: "contacts.record" })
    }
}

/// A contact to be written for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewContact {
    /// UUIDv7.
    pub id: String,
    /// Its values; the revision becomes 1.
    pub fields: ContactFields,
}

/// A contact as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredContact {
    /// UUIDv7.
    pub id: String,
    /// Raised by every edit, from 1.
    pub revision: i64,
    /// Its values.
    pub fields: ContactFields,
    /// When it was written first.
    pub created_at: Timestamp,
    /// When it was written last.
    pub updated_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// When its content was erased.
    pub erased_at: Option<Timestamp>,
    /// When somebody asked to erase it once the write under way is settled.
    pub erase_asked_at: Option<Timestamp>,
}

const RECORDS: Records = Records {
    table: "contacts",
    columns: "name, is_company, taxpayer, tax_number, record, country, city, email, remote_code, \
        payment_days, match_tax, match_email, match_address, search_text, sort_key",
};

/// In the order of the columns.
fn cells(fields: &ContactFields) -> Vec<Cell> {
    vec![
        fields.name.clone().into(),
        i64::from(fields.is_company).into(),
        i64::from(fields.taxpayer).into(),
        fields.tax_number.clone().into(),
        fields.record.clone().into(),
        fields.country.clone().into(),
        fields.city.clone().into(),
        fields.email.clone().into(),
        fields.remote_code.clone().into(),
        fields.payment_days.into(),
        fields.match_tax.clone().into(),
        fields.match_email.clone().into(),
        fields.match_address.clone().into(),
        search_text(fields).into(),
        keys::sort_key(&fields.name).into(),
    ]
}

const SELECT: &str = "SELECT d.id, d.revision, d.name, d.is_company, d.taxpayer, d.tax_number, d.record, d.country, \
     d.city, d.email, d.remote_code, d.payment_days, d.match_tax, d.match_email, d.match_address, d.created_at, \
     d.updated_at, d.deleted_at, d.erased_at, d.erase_asked_at FROM contacts d";

/// Writes contacts that did not exist, in as few statements as possible.
pub async fn insert_contacts(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    contacts: &[NewContact],
    now: Timestamp,
) -> Result<(), StoreError> {
    let records = contacts.iter().map(|contact| (contact.id.clone(), cells(&contact.fields)));
    RECORDS.insert(connection, scope, records, now).await
}

/// Replaces a contact's values when it still has the expected revision; returns the new revision, or `None` when
/// somebody was faster, or it is deleted or not in this workspace.
pub async fn update_contact(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
    expected_revision: i64,
    fields: &ContactFields,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    RECORDS.update(connection, scope, (id, expected_revision), cells(fields), now).await
}

/// One contact, deleted or not.
pub async fn contact(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    id: &str,
) -> Result<Option<StoredContact>, StoreError> {
    Ok(contacts(connection, scope, std::slice::from_ref(&id)).await?.pop())
}

/// Several contacts, deleted or not, in no particular order; ids that do not exist are left out.
pub async fn contacts<I: AsRef<str>>(
    connection: &mut AnyConnection,
    scope: &TenantScope,
    ids: &[I],
) -> Result<Vec<StoredContact>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(super::filter::MAX_VALUES) {
        let mut select = Select::new(SELECT);
        select.equals(Column::RecordTenant, scope.tenant())?.any_of(Column::RecordId, ids)?;
        for row in select.fetch_all(&mut *connection).await? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

fn read(row: &AnyRow) -> Result<StoredContact, StoreError> {
    Ok(StoredContact {
        id: text(row, "id")?,
        revision: whole(row, "revision")?,
        fields: ContactFields {
            name: text(row, "name")?,
            is_company: truth(row, "is_company")?,
            taxpayer: truth(row, "taxpayer")?,
            tax_number: text_or_none(row, "tax_number")?,
            record: text(row, "record")?,
            country: text_or_none(row, "country")?,
            city: text_or_none(row, "city")?,
            email: text_or_none(row, "email")?,
            remote_code: text_or_none(row, "remote_code")?,
            payment_days: whole_or_none(row, "payment_days")?,
            match_tax: text_or_none(row, "match_tax")?,
            match_email: text_or_none(row, "match_email")?,
            match_address: text_or_none(row, "match_address")?,
        },
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
        deleted_at: instant_or_none(row, "deleted_at")?,
        erased_at: instant_or_none(row, "erased_at")?,
        erase_asked_at: instant_or_none(row, "erase_asked_at")?,
    })
}

fn search_text(fields: &ContactFields) -> String {
    keys::search_text([
        Some(fields.name.as_str()),
        fields.tax_number.as_deref(),
        fields.email.as_deref(),
        fields.city.as_deref(),
        fields.remote_code.as_deref(),
    ])
}
