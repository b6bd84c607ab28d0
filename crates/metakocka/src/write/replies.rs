//! What Metakocka answers when it did what was asked (`metakocka-api.md §2.3`, `§3.2`, `§3.3`, `§4.2`).

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::payload::WriteReply;
use super::payload::sealed::Answers;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::fields::{FieldError, Fields, Read, read_row};
use crate::identity::MkId;
use crate::partner::Partner;
use crate::reply::{Reply, unexpected};
use crate::row::Row;

/// A document that was stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredDocument {
    /// Its id.
    pub mk_id: MkId,
    /// Its number (`count_code`): Metakocka's own when the one that was sent was taken (Q3).
    pub number: Option<String>,
    /// Its total, gross (`total_price`).
    pub total: Option<Decimal>,
    /// Its partner (`partner.mk_id`).
    pub partner_id: Option<MkId>,
    /// The type in short (`document_type_short`), for example `PR_SO`.
    pub short_type: Option<String>,
    /// The bill that was made with it (`attachment_list[].bill_mk_id`).
    pub bill_id: Option<MkId>,
    /// Every other field, as received.
    pub other: Map<String, Value>,
}

/// Something was done, and the reply says no more than that: read it back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accepted {
    /// Every field that is not about the call, as received.
    pub other: Map<String, Value>,
}

/// A partner that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredPartner {
    /// Its id.
    pub mk_id: MkId,
    /// The id of its contact person.
    pub contact_id: Option<MkId>,
    /// Its addresses, the main one first.
    pub addresses: Vec<AddressId>,
    /// Every other field, as received.
    pub other: Map<String, Value>,
}

/// An address that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressId {
    /// Its id.
    pub mk_id: Option<MkId>,
    /// Its street, to tell which one it is.
    pub street: Option<String>,
}

/// A partner that was changed.
#[derive(Clone, Debug)]
pub struct UpdatedPartner {
    /// The whole partner after the change; none where the reply has only its code.
    pub partner: Option<Row<Partner>>,
}

/// A product that was made, changed or deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredProduct {
    /// Its id.
    pub mk_id: MkId,
    /// Its visible id.
    pub count_code: Option<String>,
    /// Every other field, as received.
    pub other: Map<String, Value>,
}

impl WriteReply for StoredDocument {}
impl WriteReply for Accepted {}
impl WriteReply for StoredPartner {}
impl WriteReply for UpdatedPartner {}
impl WriteReply for StoredProduct {}

impl Answers for StoredDocument {
    const ENDPOINTS: &'static [Endpoint] = &[Endpoint::PutDocument];

    /// A full replacement keeps its id (`metakocka-api.md §4.2`); what was made has no id before.
    fn differs_in(&self, asked: &Map<String, Value>) -> Option<&'static str> {
        other_than_asked(asked, "mk_id", Some(self.mk_id.as_str()))
    }

    fn read(reply: Reply<'_>) -> Result<Self, Error> {
        with_code(reply, |f| {
            let mut f = Lenient::new(f);
            let mk_id = f.fields.required_id("mk_id")?;
            let bills = f.read("attachment_list", |f, name| {
                f.list(name, |mut attachment| attachment.id("bill_mk_id"))
            });
            Ok(Self {
                mk_id,
                number: f.read("count_code", Fields::text).flatten(),
                total: f.read("total_price", Fields::decimal).flatten(),
                partner_id: f.read("partner", read_partner_id).flatten(),
                short_type: f.read("document_type_short", Fields::text).flatten(),
                bill_id: bills.into_iter().flatten().flatten().next(),
                other: f.rest(),
            })
        })
    }
}

/// The name, if the reply says something else under it than the request. What either does not say is no
/// difference.
fn other_than_asked(
    asked: &Map<String, Value>,
    name: &'static str,
    replied: Option<&str>,
) -> Option<&'static str> {
    let wanted = asked.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())?;
    (wanted != replied?.trim()).then_some(name)
}

impl Answers for Accepted {
    const ENDPOINTS: &'static [Endpoint] = &[
        Endpoint::UpdateDocument,
        Endpoint::ChangeDocumentStatus,
        Endpoint::DeleteDocument,
        Endpoint::MarkOrdersAsShipped,
        Endpoint::PutTransaction,
    ];

    fn read(reply: Reply<'_>) -> Result<Self, Error> {
        with_code(reply, |f| Ok(Self { other: f.rest() }))
    }
}

impl Answers for StoredPartner {
    const ENDPOINTS: &'static [Endpoint] = &[Endpoint::AddPartner];

    /// The documented success has no code (`metakocka-api.md §1.3`): the id is what proves it.
    fn read(reply: Reply<'_>) -> Result<Self, Error> {
        read(reply, |f| {
            let mut f = Lenient::new(f);
            let mk_id = f.fields.required_id("mk_id")?;
            let addresses = f.read("mk_address_id_list", |f, name| {
                f.list(name, |mut address| {
                    Ok(AddressId { mk_id: address.id("mk_id")?, street: address.text("street")? })
                })
            });
            Ok(Self {
                mk_id,
                contact_id: f.read("mk_contact_id", Fields::id).flatten(),
                addresses: addresses.unwrap_or_default(),
                other: f.rest(),
            })
        })
    }
}

impl Answers for UpdatedPartner {
    const ENDPOINTS: &'static [Endpoint] = &[Endpoint::UpdatePartner];

    fn differs_in(&self, asked: &Map<String, Value>) -> Option<&'static str> {
        let (mk_id, code) = match &self.partner {
            None => return None,
            Some(Row::Read(record)) => (Some(&record.value.mk_id), record.value.count_code.as_deref()),
            Some(Row::Unreadable(row)) => (row.mk_id.as_ref(), row.number.as_deref()),
        };
        match asked.get("partner").and_then(Value::as_object) {
            // With an id the visible code is one of the fields that are changed.
            Some(asked) if asked.contains_key("mk_id") => {
                other_than_asked(asked, "mk_id", mk_id.map(MkId::as_str))
            }
            Some(asked) => other_than_asked(asked, "count_code", code),
            None => None,
        }
    }

    /// The documented success has no code: the partner is what proves it. A partner that cannot be read was
    /// changed all the same.
    fn read(reply: Reply<'_>) -> Result<Self, Error> {
        let has_code = reply.has_code;
        read(reply, |mut f| {
            let partner = match f.raw_list("partner_list") {
                Ok(partners) => partners.into_iter().next(),
                Err(_) if has_code => None,
                Err(error) => return Err(error),
            };
            if partner.is_none() && !has_code {
                return Err(FieldError::new("partner_list", "the field is missing"));
            }
            Ok(Self { partner: partner.map(|raw| read_row(raw, Partner::read)) })
        })
    }
}

impl Answers for StoredProduct {
    const ENDPOINTS: &'static [Endpoint] =
        &[Endpoint::ProductAdd, Endpoint::ProductUpdate, Endpoint::ProductDelete];

    /// What is made has the visible code that was asked for, if one was (`metakocka-api.md §2.3`).
    fn differs_in(&self, asked: &Map<String, Value>) -> Option<&'static str> {
        if asked.contains_key("mk_id") {
            // With an id the visible code is one of the fields that are changed.
            other_than_asked(asked, "mk_id", Some(self.mk_id.as_str()))
        } else {
            other_than_asked(asked, "count_code", self.count_code.as_deref())
        }
    }

    fn read(reply: Reply<'_>) -> Result<Self, Error> {
        with_code(reply, |f| {
            let mut f = Lenient::new(f);
            let mk_id = f.fields.required_id("mk_id")?;
            let count_code = f.read("count_code", Fields::text).flatten();
            Ok(Self { mk_id, count_code, other: f.rest() })
        })
    }
}

/// The fields of a reply whose id proves that something was stored: no other field may cost that proof. What
/// cannot be read is kept as it was received.
struct Lenient<'a> {
    fields: Fields<'a>,
    unread: Vec<(String, Value)>,
}

impl<'a> Lenient<'a> {
    fn new(fields: Fields<'a>) -> Self {
        Self { fields, unread: Vec::new() }
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Fields<'a>, &'static str) -> Read<T>,
    ) -> Option<T> {
        let untouched = self.fields.copy_of(&[name]);
        let value = read(&mut self.fields, name);
        if value.is_err() {
            self.unread.extend(untouched);
        }
        value.ok()
    }

    fn rest(self) -> Map<String, Value> {
        let mut rest = self.fields.rest();
        rest.extend(self.unread);
        rest
    }
}

fn read_partner_id(fields: &mut Fields<'_>, name: &'static str) -> Read<Option<MkId>> {
    Ok(fields.object(name, |mut partner| partner.id("mk_id"))?.flatten())
}

/// Reads a reply that is a success only with its code.
fn with_code<'a, T>(reply: Reply<'a>, read_fields: impl FnOnce(Fields<'a>) -> Read<T>) -> Result<T, Error> {
    if !reply.has_code {
        return Err(reply.unexpected(FieldError::new("opr_code", "the field is missing")));
    }
    read(reply, read_fields)
}

fn read<'a, T>(reply: Reply<'a>, read_fields: impl FnOnce(Fields<'a>) -> Read<T>) -> Result<T, Error> {
    let (endpoint, status) = (reply.endpoint, reply.status);
    read_fields(reply.fields).map_err(|error| unexpected(endpoint, status, error))
}
