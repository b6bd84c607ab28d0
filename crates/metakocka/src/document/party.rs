//! Buyers and receivers inside documents (`metakocka-api.md §3.4`).

use serde_json::{Map, Value};

use crate::fields::{Fields, Read};
use crate::identity::MkId;

/// The partner as it stands in a document: a copy made when the document was written.
#[derive(Clone, Debug, PartialEq)]
pub struct PartnerBlock {
    /// The partner's id.
    pub mk_id: Option<MkId>,
    /// The id of the address used (`mk_address_id`); missing in older replies.
    pub address_id: Option<MkId>,
    /// The visible code (`count_code`).
    pub count_code: Option<String>,
    /// The name (`customer`).
    pub name: Option<String>,
    /// Whether it is a business.
    pub business_entity: Option<bool>,
    /// Whether it is registered for VAT.
    pub taxpayer: Option<bool>,
    /// Whether it is abroad (`foreign_county`, sic).
    pub foreign: Option<bool>,
    /// `tax_id_number`, with or without `SI`.
    pub tax_number: Option<String>,
    /// The address, all fields empty where the reply has none (Q30).
    pub address: PostalAddress,
    /// The contact person (`partner_contact`).
    pub contact: Option<ContactPerson>,
    /// Whether the partner itself is the contact (`useCustomerAsContact`).
    pub is_own_contact: Option<bool>,
    /// Every other field, as received.
    pub other: Map<String, Value>,
}

/// A postal address. Documents call the town `place`, partner lists `city` (Q25).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostalAddress {
    /// Street with number.
    pub street: Option<String>,
    /// The number alone (`street_number`), in documents since August 2020; `street` has it as well.
    pub street_number: Option<String>,
    /// Post code.
    pub post_number: Option<String>,
    /// Town.
    pub town: Option<String>,
    /// Province.
    pub province: Option<String>,
    /// Country in words, in any language.
    pub country: Option<String>,
    /// Country as ISO code of two letters (`country_iso_2`), in newer replies of documents.
    pub country_iso: Option<String>,
}

/// A person to talk to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactPerson {
    /// Name.
    pub name: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Mobile phone (`gsm`).
    pub mobile: Option<String>,
    /// Fax.
    pub fax: Option<String>,
}

impl PartnerBlock {
    pub(crate) fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            mk_id: f.id("mk_id")?,
            address_id: f.id("mk_address_id")?,
            count_code: f.text("count_code")?,
            name: f.text("customer")?,
            business_entity: f.flag("business_entity")?,
            taxpayer: f.flag("taxpayer")?,
            foreign: f.flag("foreign_county")?,
            tax_number: f.text("tax_id_number")?,
            address: PostalAddress::read(&mut f, "place")?,
            contact: f.object("partner_contact", |mut contact| ContactPerson::read(&mut contact))?,
            is_own_contact: f.flag("useCustomerAsContact")?,
            other: f.rest(),
        })
    }
}

impl PostalAddress {
    /// Reads the fields of an address, whose town has different names in different replies.
    pub(crate) fn read(f: &mut Fields<'_>, town: &str) -> Read<Self> {
        Ok(Self {
            street: f.text("street")?,
            street_number: f.text("street_number")?,
            post_number: f.text("post_number")?,
            town: f.text(town)?,
            province: f.text("province")?,
            country: f.text("country")?,
            country_iso: f.text("country_iso_2")?,
        })
    }
}

impl ContactPerson {
    pub(crate) fn read(f: &mut Fields<'_>) -> Read<Self> {
        Ok(Self {
            name: f.text("name")?,
            email: f.text("email")?,
            phone: f.text("phone")?,
            mobile: f.text("gsm")?,
            fax: f.text("fax")?,
        })
    }
}
