//! What merging has to know of each kind of record: its fields by name, which values agree though they are not equal,
//! and which ids are the remote's to give.

use super::fields::{Fields, contact_fields, document_fields, product_fields};
use crate::record::text::given;
use crate::record::{AddressRow, Canonical, Contact, Line, Party, Product, SalesDocument};

/// A record that can be merged field by field.
pub trait Mergeable: Canonical + Clone {
    /// The fields for which [`Self::agrees`] knows more than that equal values are equal.
    const AGREEABLE: &'static [&'static str] = &[];

    /// The fields of the head, without lines, in the form in which they are compared.
    fn head(&self) -> Fields;

    /// Puts one field of another record into this one, spelt as it is spelt there. A name that is none does nothing.
    fn copy(&mut self, field: &str, from: &Self);

    /// Whether two values of a field say the same though they are not equal.
    fn agrees(&self, _other: &Self, _field: &str) -> bool {
        false
    }

    /// A reading of the remote, with what it does not tell from what is known.
    #[must_use]
    fn completed(self, _known: &Self) -> Self {
        self
    }

    /// Takes over the ids of the remote's that another record knows of what is the same in both.
    fn adopt_ids(&mut self, _from: &Self) {}

    /// The lines, of a kind that has some.
    fn lines(&self) -> Option<&[Line]> {
        None
    }

    /// Replaces the lines, of a kind that has some.
    fn set_lines(&mut self, _lines: Vec<Line>) {}
}

impl Mergeable for SalesDocument {
    const AGREEABLE: &'static [&'static str] = &["doc_type", "customer", "receiver"];

    fn head(&self) -> Fields {
        document_fields(self)
    }

    fn copy(&mut self, field: &str, from: &Self) {
        match field {
            "doc_type" => self.doc_type = from.doc_type,
            "number" => self.number.clone_from(&from.number),
            "dates.document" => self.dates.document = from.dates.document,
            "dates.due" => self.dates.due = from.dates.due,
            "dates.service_from" => self.dates.service_from = from.dates.service_from,
            "dates.service_to" => self.dates.service_to = from.dates.service_to,
            "dates.valid_to" => self.dates.valid_to = from.dates.valid_to,
            "dates.delivery_deadline" => self.dates.delivery_deadline = from.dates.delivery_deadline,
            "customer" => self.customer.clone_from(&from.customer),
            "receiver" => self.receiver.clone_from(&from.receiver),
            "title" => self.title.clone_from(&from.title),
            "buyer_order" => self.buyer_order.clone_from(&from.buyer_order),
            "notes" => self.notes.clone_from(&from.notes),
            "currency" => self.currency.clone_from(&from.currency),
            "status" => self.status.clone_from(&from.status),
            "document_discount" => self.document_discount = from.document_discount,
            "booked" => self.booked.clone_from(&from.booked),
            _ => {}
        }
    }

    fn agrees(&self, other: &Self, field: &str) -> bool {
        match field {
            "doc_type" => self.doc_type.is_same_there(other.doc_type),
            "customer" => self.customer.is_same(&other.customer),
            "receiver" => same_receiver(self.receiver.as_ref(), other.receiver.as_ref()),
            _ => false,
        }
    }

    fn adopt_ids(&mut self, theirs: &Self) {
        adopt_party(&mut self.customer, &theirs.customer);
        if let (Some(mine), Some(theirs)) = (&mut self.receiver, &theirs.receiver) {
            adopt_party(mine, theirs);
        }
    }

    fn lines(&self) -> Option<&[Line]> {
        Some(&self.lines)
    }

    fn set_lines(&mut self, lines: Vec<Line>) {
        self.lines = lines;
    }
}

fn same_receiver(one: Option<&Party>, two: Option<&Party>) -> bool {
    matches!((one, two), (Some(one), Some(two)) if one.is_same(two))
}

fn adopt_party(mine: &mut Party, theirs: &Party) {
    if mine.is_same(theirs) {
        adopt(&mut mine.external_id, theirs.external_id.as_ref());
        adopt(&mut mine.address_id, theirs.address_id.as_ref());
        adopt(&mut mine.remote_code, theirs.remote_code.as_ref());
    }
}

impl Mergeable for Contact {
    fn head(&self) -> Fields {
        contact_fields(self)
    }

    fn copy(&mut self, field: &str, from: &Self) {
        match field {
            "name" => self.name.clone_from(&from.name),
            "company" => self.company = from.company,
            "taxpayer" => self.taxpayer = from.taxpayer,
            "buyer" => self.buyer = from.buyer,
            "supplier" => self.supplier = from.supplier,
            "tax_number" => self.tax_number.clone_from(&from.tax_number),
            "registration_number" => self.registration_number.clone_from(&from.registration_number),
            "person" => self.person.clone_from(&from.person),
            "address" => self.address.clone_from(&from.address),
            "delivery_addresses" => self.delivery_addresses.clone_from(&from.delivery_addresses),
            "remote_code" => self.remote_code.clone_from(&from.remote_code),
            "payment_days" => self.payment_days = from.payment_days,
            _ => {}
        }
    }

    /// Some of its fields no documented reply carries: they are compared only once one has (policy H).
    fn completed(self, known: &Self) -> Self {
        Self {
            company: self.company.or(known.company),
            taxpayer: self.taxpayer.or(known.taxpayer),
            buyer: self.buyer.or(known.buyer),
            supplier: self.supplier.or(known.supplier),
            registration_number: given(&self.registration_number).or(known.registration_number.clone()),
            ..self
        }
    }

    /// Person and main address are each bound to one row; of the delivery addresses the equal ones are the same row.
    fn adopt_ids(&mut self, theirs: &Self) {
        if let (Some(mine), Some(theirs)) = (&mut self.person, &theirs.person) {
            adopt(&mut mine.row, theirs.row.as_ref());
        }
        if let (Some(mine), Some(theirs)) = (&mut self.address, &theirs.address) {
            adopt(&mut mine.row, theirs.row.as_ref());
        }
        let mut free: Vec<&AddressRow> = theirs.delivery_addresses.iter().collect();
        for mine in &mut self.delivery_addresses {
            let wanted = mine.address.canonical();
            if let Some(at) = free.iter().position(|row| row.address.canonical() == wanted) {
                adopt(&mut mine.row, free.swap_remove(at).row.as_ref());
            }
        }
    }
}

/// Takes over an id that there is.
fn adopt<T: Clone>(mine: &mut Option<T>, theirs: Option<&T>) {
    if let Some(theirs) = theirs {
        *mine = Some(theirs.clone());
    }
}

impl Mergeable for Product {
    fn head(&self) -> Fields {
        product_fields(self)
    }

    fn copy(&mut self, field: &str, from: &Self) {
        match field {
            "code" => self.code.clone_from(&from.code),
            "name" => self.name.clone_from(&from.name),
            "description" => self.description.clone_from(&from.description),
            "unit" => self.unit.clone_from(&from.unit),
            "barcode" => self.barcode.clone_from(&from.barcode),
            "service" => self.service = from.service,
            "sold" => self.sold = from.sold,
            "active" => self.active = from.active,
            "price" => self.price.clone_from(&from.price),
            "remote_code" => self.remote_code.clone_from(&from.remote_code),
            _ => {}
        }
    }
}
