//! `put_document` (`metakocka-api.md` §4.2): without `mk_id` an insert, always; with it a full replacement
//! that loses what was not sent.
//!
//! The order of the checks is what a refusal leaves behind: forms first, then the partner, which stays even
//! when a later check refuses the document (Q8), then code lists, duplicates, products, payments.

mod credit_note;
pub(super) mod insert;
mod replace;

use super::json_text::JsonText;
use super::params::Params;
use super::writing::header::Header;
use super::writing::lines::{DraftLine, parse_lines};
use super::writing::payments::MarkPaid;
use super::writing::{doc_type, id, not_found, people, text};
use super::{Call, MkError};
use crate::company::{
    Company, DocType, Document, DocumentDiscount, Link, MkId, PartnerRef, PriceReading, UnitPrice, cents,
    priced_line_total,
};
use crate::quirks::Quirk;
use crate::settings::UniqueBuyerOrder;
use credit_note::Credit;
use rust_decimal::Decimal;

/// A document that passed every check.
struct Draft {
    doc_type: DocType,
    partner: PartnerRef,
    receiver: Option<people::Who>,
    header: Header,
    lines: Vec<DraftLine>,
    payments: MarkPaid,
    credit: Option<Credit>,
    /// Orders that an invoice is for.
    orders: Vec<MkId>,
    create_invoice: bool,
    /// What was sent at all, for a replacement that loses nothing (Q4 switched off).
    sent: Sent,
}

/// Which fields a request has.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent fields of the request")]
struct Sent {
    status: bool,
    notes: bool,
    title: bool,
    buyer_order: bool,
}

pub(super) fn answer(company: &mut Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let doc_type = doc_type(params)?;
    let target = target(company, doc_type, params, call)?;
    let header = Header::parse(doc_type, params, call)?;
    let credit = credit_note::parse(company, doc_type, params)?;
    let partners_before = company.partners.len();
    let partner = match &credit {
        Some(credit) => credit.partner(),
        None => people::partner(company, params, call)?.store(company),
    };
    let stored = draft(company, (doc_type, target), (partner, header, credit), params, call)
        .map(|draft| store(company, draft, target, call));
    match stored {
        Ok(stored) => Ok(stored.reply(company, call)),
        Err(error) if call.quirks.hold(Quirk::RefusedKeepsPartner) => {
            Err(error.with_partner(Some(partner.partner)))
        }
        Err(error) => {
            company.partners.truncate(partners_before);
            Err(error)
        }
    }
}

/// The document to replace; an issued invoice never is (§9).
fn target(
    company: &Company,
    doc_type: DocType,
    params: &Params,
    call: Call<'_>,
) -> Result<Option<MkId>, MkError> {
    let Some(id) = id(params, "mk_id")? else { return Ok(None) };
    let document = company.document(doc_type, id).ok_or_else(|| not_found(doc_type, id))?;
    if document.published.is_some() && call.quirks.hold(Quirk::IssuedIsFinal) {
        return Err(MkError::application(format!(
            "Document {} is issued and cannot be changed.",
            document.number
        )));
    }
    Ok(Some(id))
}

/// Everything that can still be refused when the partner exists.
fn draft(
    company: &Company,
    (doc_type, target): (DocType, Option<MkId>),
    (partner, mut header, credit): (PartnerRef, Header, Option<Credit>),
    params: &Params,
    call: Call<'_>,
) -> Result<Draft, MkError> {
    header.check_registers(company, doc_type, call)?;
    check_buyer_order(company, (doc_type, target), partner, header.buyer_order.as_deref(), call)?;
    check_number(company, (doc_type, target), header.count_code.as_deref(), call)?;
    let receiver = receiver(company, doc_type, params, partner, call)?;
    let mut lines = parse_lines(company, params, "product_list", call)?;
    if lines.is_empty() && target.is_none() {
        // A replacement without lines just has none (§4.2).
        return Err(super::params::required("product_list"));
    }
    if !call.quirks.hold(Quirk::DiscountsNotApplied) {
        let discount = company.partner(partner.partner).and_then(super::partner::discount_of);
        for line in &mut lines {
            line.discount_if_none(discount);
        }
    }
    if let Some(credit) = &credit {
        credit.check(company, target, &lines)?;
    }
    let is_offer = doc_type == DocType::SalesOffer;
    let payments = if is_offer { MarkPaid::Keep } else { MarkPaid::parse(company, params, call)? };
    check_offers(company, params)?;
    let draft = Draft {
        orders: linked_orders(company, doc_type, params)?,
        create_invoice: doc_type == DocType::SalesOrder && params.flag("create_invoice"),
        sent: Sent {
            status: params.has("status_code"),
            notes: params.has("notes"),
            title: params.has("title"),
            buyer_order: params.has("buyer_order"),
        },
        doc_type,
        partner,
        receiver,
        header,
        lines,
        payments,
        credit,
    };
    draft.check_discount()?;
    Ok(draft)
}

/// Left out it is the buyer; offers and credit notes have none (§10).
fn receiver(
    company: &Company,
    doc_type: DocType,
    params: &Params,
    buyer: PartnerRef,
    call: Call<'_>,
) -> Result<Option<people::Who>, MkError> {
    let none = matches!(doc_type, DocType::SalesOffer | DocType::SalesBillCreditNote);
    if none && !params.has("receiver") {
        return Ok(None);
    }
    people::receiver(company, params, buyer, call).map(Some)
}

/// With the company's switch a known number is refused (§4.8).
fn check_buyer_order(
    company: &Company,
    (doc_type, target): (DocType, Option<MkId>),
    partner: PartnerRef,
    number: Option<&str>,
    call: Call<'_>,
) -> Result<(), MkError> {
    let switch = call.settings.unique_buyer_order_of(call.company_id);
    let (Some(switch), Some(number)) = (switch, number) else { return Ok(()) };
    let applies = doc_type == DocType::SalesOrder || switch == UniqueBuyerOrder::OrdersAndBills;
    if !applies || !call.quirks.hold(Quirk::UniqueBuyerOrder) {
        return Ok(());
    }
    let country = |who: PartnerRef| Some(company.partner(who.partner)?.main_address()?.country);
    let is_other = |document: &&Document| {
        document.buyer_order.as_deref() == Some(number)
            && (document.doc_type, Some(document.id)) != (doc_type, target)
            && (switch != UniqueBuyerOrder::OrdersByCountry || country(document.partner) == country(partner))
    };
    let bills = DocType::ALL
        .into_iter()
        .filter(|other| other.is_bill() && switch == UniqueBuyerOrder::OrdersAndBills);
    let types = [DocType::SalesOrder].into_iter().chain(bills);
    let found: Vec<(MkId, String)> = types
        .flat_map(|doc_type| company.documents(doc_type))
        .filter(is_other)
        .map(|document| (document.id, document.number.clone()))
        .collect();
    if found.is_empty() { Ok(()) } else { Err(MkError::duplicate_buyer_order(found)) }
}

/// Only where it is switched off that a taken number is replaced without a word (§9).
fn check_number(
    company: &Company,
    (doc_type, target): (DocType, Option<MkId>),
    number: Option<&str>,
    call: Call<'_>,
) -> Result<(), MkError> {
    let taken = |document: &Document| Some(document.number.as_str()) == number;
    let checked = target.is_none() && !call.quirks.hold(Quirk::TakenNumber);
    if checked && company.documents(doc_type).iter().any(taken) {
        return Err(super::params::wrong_form("count_code"));
    }
    Ok(())
}

/// `offer_list` names offers that exist.
fn check_offers(company: &Company, params: &Params) -> Result<(), MkError> {
    for row in params.objects("offer_list")? {
        let number = text(&row, "count_code")?.unwrap_or_default();
        if !company.documents(DocType::SalesOffer).iter().any(|offer| offer.number == number) {
            return Err(not_found(DocType::SalesOffer, number));
        }
    }
    Ok(())
}

/// `sales_order_list`: the orders that an invoice is for.
fn linked_orders(company: &Company, doc_type: DocType, params: &Params) -> Result<Vec<MkId>, MkError> {
    if !doc_type.is_bill() {
        return Ok(Vec::new());
    }
    let orders = company.documents(DocType::SalesOrder);
    let rows = params.objects("sales_order_list")?;
    rows.iter()
        .map(|row| {
            let (number, buyer_order) = (text(row, "count_code")?, text(row, "buyer_order")?);
            let found = orders.iter().find(|order| match (&number, &buyer_order) {
                (Some(number), _) => order.number == *number,
                (None, Some(_)) => order.buyer_order == buyer_order,
                (None, None) => false,
            });
            let name = number.clone().or(buyer_order.clone()).unwrap_or_default();
            let missing =
                || MkError::documented(format!("Cannot find sales order with buyer order '{name}'"));
            found.map(|order| order.id).ok_or_else(missing)
        })
        .collect()
}

impl Draft {
    /// A discount cannot be more than the document.
    fn check_discount(&self) -> Result<(), MkError> {
        let DocumentDiscount::Value(value) = self.header.discount() else { return Ok(()) };
        let whole: Decimal = self.lines.iter().map(|line| priced_line_total(&line.priced())).sum();
        if value > whole { Err(super::writing::header::not_valid_value()) } else { Ok(()) }
    }

    /// Gross prices that came with a rate instead of a code are read back net (§4.3).
    fn price_reading(&self) -> PriceReading {
        let net = |line: &DraftLine| line.by_factor && matches!(line.priced().price, UnitPrice::Gross(_));
        if self.lines.iter().any(net) { PriceReading::Net } else { PriceReading::AsEntered }
    }
}

/// What was stored, for the reply.
struct Stored {
    doc_type: DocType,
    id: MkId,
    invoice: Option<MkId>,
}

fn store(company: &mut Company, draft: Draft, target: Option<MkId>, call: Call<'_>) -> Stored {
    let doc_type = draft.doc_type;
    let create_invoice = draft.create_invoice;
    let id = match target {
        None => insert::insert(company, draft, call),
        Some(id) => replace::replace(company, id, draft, call),
    };
    let invoice = if create_invoice { insert::invoice_of(company, id, call) } else { None };
    Stored { doc_type, id, invoice }
}

impl Stored {
    fn reply(&self, company: &Company, call: Call<'_>) -> String {
        let mut json = JsonText::new(call.quirks);
        json.open();
        json.field("opr_code", "0");
        json.number("opr_time_ms", call.time_ms);
        if self.doc_type == DocType::SalesOrder {
            json.field("document_type_short", "PR_SO");
        }
        if let Some(document) = company.document(self.doc_type, self.id) {
            let short = self.doc_type == DocType::SalesBillCreditNote;
            if !short {
                json.key("partner");
                json.open();
                json.number("mk_id", document.partner.partner);
                json.close();
            }
            json.number("mk_id", document.id);
            json.field("count_code", &document.number);
            if !short {
                json.number("total_price", format_args!("{:.2}", cents(document.sums.total)));
            }
        }
        if let Some(invoice) = self.invoice {
            json.key("attachment_list");
            json.open_list();
            json.open();
            json.number("bill_mk_id", invoice);
            json.close();
            json.close_list();
        }
        json.close();
        json.into_text()
    }
}

/// Shows a bill on an order, once.
fn link(company: &mut Company, order: MkId, bill: (DocType, MkId), number: &str, call: Call<'_>) {
    if let Some(order) = company.document_mut(DocType::SalesOrder, order) {
        order.links.retain(|link| (link.doc_type, link.id) != bill);
        order.links.push(Link { id: bill.1, number: number.to_owned(), doc_type: bill.0 });
        order.last_change = call.now;
    }
}
