//! Canonical values as a request to Metakocka spells them (policy H). Pure.
//!
//! What has no spelling is a reason with what to do instead. Names and units are never written in a line: an unknown
//! product with a unit is created silently (`metakocka-api.md §8`, Q9).

use metakocka::{
    ContactPerson, DiscountChain, DraftLine, DraftParty, DraftPrice, DraftTax, InlineParty, MkId,
    PostalAddress,
};
use rust_decimal::Decimal;
use serde_json::Map;
use sync_core::record::text::given;
use sync_core::record::{
    Address, Contact, DocumentType, ExternalId, Party, Person, Price, ProductLine, ProductRef, RowId,
    TaxNumber,
};

/// Metakocka's type of a document; a proforma is an offer there.
#[must_use]
pub(crate) fn remote_type(ours: DocumentType) -> metakocka::DocumentType {
    match ours {
        DocumentType::Offer | DocumentType::Proforma => metakocka::DocumentType::Offer,
        DocumentType::Order => metakocka::DocumentType::Order,
        DocumentType::InvoiceDomestic => metakocka::DocumentType::BillDomestic,
        DocumentType::InvoiceForeign => metakocka::DocumentType::BillForeign,
        DocumentType::InvoiceRetail => metakocka::DocumentType::BillRetail,
        DocumentType::InvoicePrepaid => metakocka::DocumentType::BillPrepaid,
        DocumentType::CreditNote => metakocka::DocumentType::CreditNote,
    }
}

/// An id as the client takes it; none: it is no id of Metakocka's.
pub(crate) fn mk_id(id: &ExternalId) -> Option<MkId> {
    MkId::parse(id.as_str()).ok()
}

/// The id of an address or a person.
pub(crate) fn mk_row(row: &RowId) -> Option<MkId> {
    MkId::parse(row.as_str()).ok()
}

/// A buyer by the ids of partner and address, the reliable form: the partner alone is refused
/// (`metakocka-api.md §3.4`).
pub(crate) fn buyer(party: &Party) -> Result<DraftParty, Vec<String>> {
    let (partner, address) = ids(party, "customer")?;
    Ok(DraftParty::linked(partner, address))
}

/// A receiver, or the buyer of an update, complete with its ids: a partial one becomes another partner.
pub(crate) fn whole_party(party: &Party, who: &str) -> Result<DraftParty, Vec<String>> {
    let (mk_id, address_id) = ids(party, who)?;
    let street = given(&party.address.street);
    if party.name.trim().is_empty() || street.is_none() {
        return Err(vec![format!("The {who} has no name or no street. Complete it.")]);
    }
    let details = InlineParty {
        name: party.name.clone(),
        tax_number: party.tax_number.as_ref().map(TaxNumber::with_prefix),
        address: postal(&party.address),
        contact: party.person.as_ref().map(person),
        ..InlineParty::default()
    };
    Ok(DraftParty::Linked { mk_id, address_id, details: Some(Box::new(details)) })
}

fn ids(party: &Party, who: &str) -> Result<(MkId, MkId), Vec<String>> {
    let partner = party.external_id.as_ref().and_then(mk_id);
    let address = party.address_id.as_ref().and_then(mk_row);
    match (partner, address) {
        (Some(partner), Some(address)) => Ok((partner, address)),
        (None, _) => Err(vec![format!("The {who} is not in Metakocka yet. Send the contact first.")]),
        (Some(_), None) => Err(vec![format!(
            "It is not known which address of the {who} Metakocka has. Fetch the contact from Metakocka first."
        )]),
    }
}

/// An address. The country goes by its letters where they are known, which both places take (`metakocka-api.md §3.4`).
pub(crate) fn postal(address: &Address) -> PostalAddress {
    PostalAddress {
        street: given(&address.street),
        street_number: None,
        post_number: given(&address.post_number),
        town: given(&address.place),
        province: given(&address.province),
        country: match &address.country {
            Some(letters) => Some(letters.as_str().to_owned()),
            None => given(&address.country_name),
        },
        country_iso: None,
    }
}

/// A person at a contact.
pub(crate) fn person(person: &Person) -> ContactPerson {
    ContactPerson {
        name: given(&person.name),
        email: given(&person.email),
        phone: given(&person.phone),
        mobile: given(&person.mobile),
        fax: None,
    }
}

/// A tax number as it is written: the prefix of a Slovenian one follows whether somebody pays VAT (policy C).
pub(crate) fn tax_number(contact: &Contact) -> Option<String> {
    let number = contact.tax_number.as_ref()?;
    Some(if contact.taxpayer == Some(true) { number.with_prefix() } else { number.number().to_owned() })
}

/// A line with its product, amount, one price with its basis, discount chain, tax by code, and text. `at` counts from
/// one. Whether a negative amount is a service's was checked with the product, before.
pub(crate) fn line(at: usize, line: &ProductLine) -> Result<DraftLine, Vec<String>> {
    let mut reasons = Vec::new();
    let product = product(&line.product);
    if product.code.is_none() && product.count_code.is_none() {
        reasons.push(format!("Line {at} has no product that Metakocka knows. Choose one."));
    }
    let discount = DiscountChain::parse(&line.discount.to_string());
    if discount.is_err() {
        reasons.push(format!("The discount of line {at} can't be written. Correct it."));
    }
    let Some(discount) = discount.ok().filter(|_| reasons.is_empty()) else { return Err(reasons) };
    Ok(DraftLine {
        product,
        amount: line.amount.0.normalize(),
        price: match line.price.canonical() {
            Price::Net(net) => DraftPrice::Net(net),
            Price::Gross(gross) => DraftPrice::Gross(gross),
        },
        discount,
        tax: DraftTax::Code(metakocka::TaxCode::new(line.tax.code.as_str())),
        doc_desc: given_lines(line.text.as_deref()),
        service: line.amount.0 < Decimal::ZERO,
        make_product: None,
        meta_data: Vec::new(),
        other: Map::new(),
    })
}

/// A product by all three of its names, as last read (policy H).
pub(crate) fn product(product: &ProductRef) -> metakocka::ProductRef {
    metakocka::ProductRef {
        mk_id: product.external_id.as_ref().and_then(mk_id),
        code: given(&product.code),
        count_code: given(&product.remote_code),
    }
}

/// A text that may have several lines; absent for blank.
pub(crate) fn given_lines(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}
