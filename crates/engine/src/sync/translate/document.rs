//! A sales document, from what Metakocka sends to what both sides compare (policy H).

use std::collections::BTreeMap;

use metakocka::{DocumentFlags, LineContent, LinePrice, PartnerBlock, PostalAddress, PricedLine};
use rust_decimal::Decimal;
use sync_core::record::{
    Address, Amount, Booked, Currency, Dates, Discount, DocumentDiscount, DocumentExtras, DocumentType,
    FiscalNumbers, Line, LinkKind, LinkedDocument, Party, Person, Price, ProductLine, ProductRef,
    SalesDocument, Status, Tax, TaxCode, TaxRate, TextLine, Unreadable,
};

use super::country::country;
use super::{external_id, marker, row_id, tax_number};

/// A document with what refreshes the display and never conflicts.
#[derive(Debug)]
pub(crate) struct Translated {
    /// What both sides compare.
    pub document: SalesDocument,
    /// Payments, links, issue.
    pub extras: DocumentExtras,
}

/// The CRM's word for Metakocka's type. A proforma is an offer there; which of the two it is, only the CRM knows.
#[must_use]
pub(crate) fn document_type(remote: metakocka::DocumentType) -> DocumentType {
    match remote {
        metakocka::DocumentType::Offer => DocumentType::Offer,
        metakocka::DocumentType::Order => DocumentType::Order,
        metakocka::DocumentType::BillDomestic => DocumentType::InvoiceDomestic,
        metakocka::DocumentType::BillForeign => DocumentType::InvoiceForeign,
        metakocka::DocumentType::BillRetail => DocumentType::InvoiceRetail,
        metakocka::DocumentType::BillPrepaid => DocumentType::InvoicePrepaid,
        metakocka::DocumentType::CreditNote => DocumentType::CreditNote,
    }
}

/// The flags under which every read is made, so that search and get bring the same fields.
#[must_use]
pub(crate) fn usual_flags(remote: metakocka::DocumentType) -> DocumentFlags {
    DocumentFlags::usual(remote)
}

/// Translates one document, or says which field can't be read.
pub(crate) fn document(from: &metakocka::Document) -> Result<Translated, Unreadable> {
    let rates = rates(from);
    let lines: Result<Vec<Line>, Unreadable> =
        from.lines.iter().enumerate().map(|(at, one)| line(at, one, &rates)).collect();
    let partner = from.partner.as_ref();
    let document = SalesDocument {
        doc_type: document_type(from.doc_type),
        number: from.number.clone(),
        dates: dates(from),
        customer: partner.map(party).transpose()?.unwrap_or_default(),
        receiver: from
            .receiver
            .as_ref()
            .filter(|receiver| !is_same(partner, receiver))
            .map(party)
            .transpose()?,
        title: marker::without_in_title(from.title.as_deref()),
        buyer_order: marker::without_in_buyer_order(from.buyer_order.as_deref()),
        notes: from.notes.clone(),
        currency: match from.currency.as_deref() {
            None => Currency::euro(),
            Some(text) => Currency::parse(text).map_err(|error| error.at("currency"))?,
        },
        status: status(&from.status),
        lines: lines?,
        document_discount: match (from.discount.percent, from.discount.value) {
            (Some(percent), _) => Some(DocumentDiscount::Percent(percent)),
            (None, Some(value)) => Some(DocumentDiscount::Value(value)),
            (None, None) => None,
        },
        booked: Some(booked(from)?),
    };
    Ok(Translated { document, extras: extras(from)? })
}

fn dates(from: &metakocka::Document) -> Dates {
    Dates {
        document: from.date,
        due: from.due_date,
        service_from: from.service_from,
        service_to: from.service_to,
        valid_to: from.valid_to,
        delivery_deadline: from.delivery_deadline,
    }
}

fn status(from: &metakocka::DocumentStatus) -> Option<Status> {
    let label = from.label.clone().or_else(|| from.code.clone())?;
    Some(Status { code: from.code.clone(), label })
}

/// An omitted receiver is the buyer (`metakocka-api.md §3.4`), so one that names the same address is none.
fn is_same(partner: Option<&PartnerBlock>, receiver: &PartnerBlock) -> bool {
    partner.is_some_and(|partner| {
        partner.mk_id == receiver.mk_id
            && (receiver.address_id.is_none() || partner.address_id == receiver.address_id)
            && (receiver.address.street.is_none() || partner.address.street == receiver.address.street)
    })
}

fn party(from: &PartnerBlock) -> Result<Party, Unreadable> {
    let address = address(&from.address);
    Ok(Party {
        external_id: from.mk_id.as_ref().map(|id| external_id(id, "customer")).transpose()?,
        address_id: from.address_id.as_ref().map(|id| row_id(id.as_str(), "customer.address")).transpose()?,
        remote_code: from.count_code.clone(),
        name: from.name.clone().unwrap_or_default(),
        tax_number: tax_number(from.tax_number.as_deref(), address.country.as_ref()),
        person: from.contact.as_ref().map(|contact| Person {
            row: None,
            name: contact.name.clone(),
            email: contact.email.clone(),
            phone: contact.phone.clone(),
            mobile: contact.mobile.clone(),
        }),
        address,
    })
}

/// A postal address.
pub(crate) fn address(from: &PostalAddress) -> Address {
    Address {
        street: from.street.clone(),
        post_number: from.post_number.clone(),
        place: from.town.clone(),
        province: from.province.clone(),
        country: country(from.country_iso.as_deref(), from.country.as_deref()),
        country_name: from.country.clone(),
    }
}

/// The rate of each tax code that the document tells.
type Rates = BTreeMap<String, TaxRate>;

/// Rates come with the lines (`show_tax_factor`). A code without one anywhere in the document has the rate that is
/// proposed for it (`metakocka-api.md §2.4`: EX4 is 22 %, EX3 is 9.5 %).
fn rates(from: &metakocka::Document) -> Rates {
    let mut rates: Rates = [("EX4", Decimal::new(22, 2)), ("EX3", Decimal::new(95, 3))]
        .into_iter()
        .filter_map(|(code, rate)| Some((code.to_owned(), TaxRate::from_fraction(rate).ok()?)))
        .collect();
    for line in &from.lines {
        if let LineContent::Priced(priced) = &line.content
            && let (Some(code), Some(factor)) = (&priced.tax, &priced.tax_factor)
            && let Ok(rate) = TaxRate::from_fraction(*factor)
        {
            rates.insert(code.as_str().to_ascii_uppercase(), rate);
        }
    }
    rates
}

fn line(at: usize, from: &metakocka::Line, rates: &Rates) -> Result<Line, Unreadable> {
    let field = |name: &str| format!("lines[{}].{name}", at + 1);
    let row = from.row_id.as_ref().map(|id| row_id(id.as_str(), &field("row"))).transpose()?;
    let LineContent::Priced(priced) = &from.content else {
        let text = [&from.doc_desc, &from.name_desc, &from.name].into_iter().flatten().next();
        return Ok(Line::Text(TextLine { row, text: text.cloned().unwrap_or_default() }));
    };
    Ok(Line::Product(ProductLine {
        row,
        product: product_ref(priced, &field("product"))?,
        name: from.name.clone().unwrap_or_default(),
        unit: priced.unit.clone(),
        amount: Amount(priced.amount),
        price: price(priced.price),
        discount: Discount::chain(priced.discount.percents().iter().copied())
            .map_err(|error| error.at(field("discount")))?,
        tax: tax(priced, rates, &field("tax"))?,
        text: from.doc_desc.clone(),
    }))
}

fn product_ref(from: &PricedLine, field: &str) -> Result<ProductRef, Unreadable> {
    let Some(product) = &from.product else { return Ok(ProductRef::default()) };
    Ok(ProductRef {
        code: product.code.clone(),
        remote_code: product.count_code.clone(),
        external_id: product.mk_id.as_ref().map(|id| external_id(id, field)).transpose()?,
    })
}

/// Reads return either, sometimes both (`metakocka-api.md §4.4`); then the net one is what the sums are made of.
fn price(from: LinePrice) -> Price {
    match from {
        LinePrice::Absent => Price::Net(Decimal::ZERO),
        LinePrice::Net(net) | LinePrice::Both { net, .. } => Price::Net(net),
        LinePrice::Gross(gross) => Price::Gross(gross),
    }
}

fn tax(from: &PricedLine, rates: &Rates, field: &str) -> Result<Tax, Unreadable> {
    let code = from.tax.as_ref().ok_or_else(|| Unreadable::new(field, "the line has no tax code"))?;
    let code = TaxCode::parse(code.as_str()).map_err(|error| error.at(field))?;
    let rate = rates
        .get(code.folded().as_str())
        .ok_or_else(|| Unreadable::new(field, format!("the rate of tax code {code} is not told")))?;
    Ok(Tax { code, rate: *rate })
}

/// The sums as booked. Credit notes are positive here whatever sign the remote shows (policy C).
fn booked(from: &metakocka::Document) -> Result<Booked, Unreadable> {
    let positive = |value: Decimal| {
        if from.doc_type == metakocka::DocumentType::CreditNote { value.abs() } else { value }
    };
    let mut taxes = BTreeMap::new();
    for (code, tax) in &from.sums.taxes {
        let code = TaxCode::parse(code.as_str()).map_err(|error| error.at("taxes"))?;
        taxes.insert(code.folded(), positive(*tax));
    }
    Ok(Booked {
        net: positive(from.sums.basic),
        discount: positive(from.sums.discount),
        taxes,
        gross: positive(from.sums.all),
    })
}

fn extras(from: &metakocka::Document) -> Result<DocumentExtras, Unreadable> {
    let mut links = Vec::new();
    for link in &from.links {
        let Some(id) = &link.mk_id else { continue };
        links.push(LinkedDocument {
            kind: link_kind(link),
            external_id: external_id(id, "links")?,
            number: link.number.clone().unwrap_or_default(),
        });
    }
    let given = |value: Decimal| Some(value).filter(|value| !value.is_zero());
    Ok(DocumentExtras {
        paid: given(from.sums.paid),
        paid_in_full_on: from.sums.paid_in_full_on,
        credited: given(from.sums.credit_notes),
        issued_at: from.published_at.map(metakocka::WallTime::shown),
        shipped_on: from.shipped_date,
        links,
        fiscal: (from.furs_zoi.is_some() || from.furs_eor.is_some()).then(|| FiscalNumbers {
            issuer_mark: from.furs_zoi.clone(),
            unique_number: from.furs_eor.clone(),
        }),
    })
}

fn link_kind(link: &metakocka::DocumentLink) -> LinkKind {
    match (link.sales_type(), link.doc_type.as_deref()) {
        (Some(sales), _) => LinkKind::Sales(document_type(sales)),
        (None, Some("warehouse_packing_list")) => LinkKind::PackingList,
        (None, other) => LinkKind::Other(other.unwrap_or_default().to_owned()),
    }
}
