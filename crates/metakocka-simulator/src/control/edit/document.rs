//! Changes of documents.

use super::missing;
use crate::company::{
    Article, Change, Company, DocType, Document, Line, LineContent, MkId, Moment, Operation, PartnerRef,
    Payment, PricedLine, TaxCode, UnitPrice, codes, entry,
};
use crate::world::Refusal;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Lines of a document, as many as the setting `maxLines` may allow.
const MAX_LINES: usize = 10_000;

/// Fields of a document to change; an inner null clears.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct DocumentSet {
    /// `count_code`; people may choose any, also one that is taken (§4.8).
    number: Option<String>,
    title: Field,
    notes: Field,
    buyer_order: Field,
    status_code: Field,
    warehouse: Field,
    receiver: Field,
    partner: Option<String>,
    currency: Option<String>,
    date: Option<Date>,
    due: Option<Date>,
    issued: Option<bool>,
    lines: Vec<LineSet>,
    add_lines: Vec<NewLine>,
    pay: Vec<NewPayment>,
}

/// Changes of one line, named by its row id or its place from 0.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct LineSet {
    row_id: Option<String>,
    index: Option<usize>,
    remove: bool,
    #[serde(deserialize_with = "decimal")]
    amount: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    price: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    price_with_tax: Option<Decimal>,
    discount: Option<String>,
    tax: Option<String>,
    description: Field,
}

/// A line to add: a product by its code, a free name, or a text.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct NewLine {
    product: Option<String>,
    name: Option<String>,
    text: Option<String>,
    #[serde(deserialize_with = "decimal")]
    amount: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    price: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    price_with_tax: Option<Decimal>,
    discount: Option<String>,
    tax: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewPayment {
    #[serde(default, deserialize_with = "decimal")]
    amount: Option<Decimal>,
    date: Option<Date>,
    payment_type: Option<String>,
}

/// A text to change: absent keeps it, null clears it.
#[derive(Debug, Default)]
enum Field {
    #[default]
    Keep,
    Clear,
    To(String),
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::To))
    }
}

impl Field {
    fn apply(&self, place: &mut Option<String>) {
        match self {
            Self::Keep => {}
            Self::Clear => *place = None,
            Self::To(text) => *place = Some(text.clone()),
        }
    }
}

/// A decimal as text or number, within the bounds of the API: what people enter must add up too.
pub(super) fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    let text = match Value::deserialize(deserializer)? {
        Value::Null => return Ok(None),
        Value::String(text) => text,
        other => other.to_string(),
    };
    crate::api::parse_decimal(&text).map(Some).ok_or_else(|| {
        let most = crate::api::MAX_NUMBER;
        serde::de::Error::custom(format!("\"{text}\" is no decimal between -{most} and {most}"))
    })
}

impl DocumentSet {
    /// Whether the change is a payment and nothing else.
    fn only_pays(&self) -> bool {
        let texts =
            [&self.title, &self.notes, &self.buyer_order, &self.status_code, &self.warehouse, &self.receiver];
        let texts_kept = texts.into_iter().all(|field| matches!(field, Field::Keep));
        let rest_kept =
            self.number.is_none() && self.partner.is_none() && self.currency.is_none() && self.date.is_none();
        let bill_kept = self.due.is_none() && self.issued.is_none();
        let lines_kept = self.lines.is_empty() && self.add_lines.is_empty();
        texts_kept && rest_kept && bill_kept && lines_kept && !self.pay.is_empty()
    }
}

/// Applies the whole change or nothing.
pub(super) fn edit(
    company: &mut Company,
    (doc_type, id): (DocType, MkId),
    set: &DocumentSet,
    now: Moment,
    payments_bump: bool,
) -> Result<(), Refusal> {
    let mut document = company.document(doc_type, id).ok_or_else(|| missing(doc_type, id))?.clone();
    let operation = apply(company, &mut document, set, now)?;
    document.history.push(Change::new(now, operation));
    if payments_bump || !set.only_pays() {
        document.last_change = now;
    }
    if let Some(place) = company.document_mut(doc_type, id) {
        *place = document;
    }
    Ok(())
}

/// A document with nothing but a partner.
pub(super) fn new_document(
    company: &mut Company,
    doc_type: DocType,
    set: &DocumentSet,
    now: Moment,
) -> Result<Document, Refusal> {
    let partner = set.partner.as_deref().ok_or_else(|| Refusal("a new document needs partner".to_owned()))?;
    let partner = partner_ref(company, partner)?;
    let date = now.wall.date();
    let number = company.next_number(doc_type, date);
    let id = company.next_document_id(doc_type);
    let mut document = Document::blank((doc_type, id), number, now, partner);
    document.due = doc_type.is_bill().then_some(date);
    document.service_to = doc_type.is_bill().then_some(date);
    Ok(document)
}

/// The same document again, unpaid, as a draft, with a number of its own.
pub(super) fn copy_of(
    company: &mut Company,
    (doc_type, id): (DocType, MkId),
    now: Moment,
) -> Result<Document, Refusal> {
    let mut copy = company.document(doc_type, id).ok_or_else(|| missing(doc_type, id))?.clone();
    copy.id = company.next_document_id(doc_type);
    copy.date = now.wall.date();
    copy.number = company.next_number(doc_type, copy.date);
    copy.created = now;
    copy.published = None;
    copy.buyer_order = None;
    copy.credited = Decimal::ZERO;
    copy.payments.clear();
    copy.links.clear();
    copy.history.clear();
    for line in &mut copy.lines {
        line.row_id = company.next_row_id();
    }
    Ok(copy)
}

pub(super) fn add(
    company: &mut Company,
    mut document: Document,
    set: &DocumentSet,
    now: Moment,
) -> Result<MkId, Refusal> {
    apply(company, &mut document, set, now)?;
    document.history.insert(0, Change::new(now, Operation::New));
    document.last_change = now;
    let id = document.id;
    company.documents_mut(document.doc_type).push(document);
    Ok(id)
}

/// Whether a line is of this product.
pub(super) fn is_of(line: &Line, id: MkId) -> bool {
    matches!(&line.content, LineContent::Priced(PricedLine { article: Article::Product(of), .. }) if *of == id)
}

fn apply(
    company: &mut Company,
    document: &mut Document,
    set: &DocumentSet,
    now: Moment,
) -> Result<Operation, Refusal> {
    let mut operation = Operation::Change;
    if let Some(number) = &set.number {
        document.number = renumbered(number)?;
    }
    set.title.apply(&mut document.title);
    set.notes.apply(&mut document.notes);
    set.buyer_order.apply(&mut document.buyer_order);
    set.warehouse.apply(&mut document.warehouse);
    let before = document.status.clone();
    match &set.status_code {
        Field::Keep => {}
        Field::Clear => document.status = None,
        Field::To(code) => document.status = Some(status(company, document.doc_type, code)?),
    }
    if document.status != before {
        operation = Operation::Status { before, after: document.status.clone() };
    }
    apply_people_and_dates(company, document, set, now)?;
    for change in &set.lines {
        change_line(company, &mut document.lines, change)?;
    }
    if document.lines.len() + set.add_lines.len() > MAX_LINES {
        return Err(Refusal(format!("a document has at most {MAX_LINES} lines")));
    }
    for line in &set.add_lines {
        let content = new_line(company, line)?;
        document.lines.push(Line { row_id: company.next_row_id(), content });
    }
    document.sum_up();
    for payment in &set.pay {
        pay(document, payment, now);
    }
    Ok(operation)
}

/// A number as Metakocka takes it: 1 to 30 characters (§4.3).
fn renumbered(number: &str) -> Result<String, Refusal> {
    const MAX_CHARS: usize = 30;
    let length = number.chars().count();
    if (1..=MAX_CHARS).contains(&length) && !number.trim().is_empty() {
        Ok(number.to_owned())
    } else {
        Err(Refusal(format!("a number has 1 to {MAX_CHARS} characters, not {length}")))
    }
}

fn apply_people_and_dates(
    company: &Company,
    document: &mut Document,
    set: &DocumentSet,
    now: Moment,
) -> Result<(), Refusal> {
    if let Some(partner) = &set.partner {
        document.partner = partner_ref(company, partner)?;
    }
    match &set.receiver {
        Field::Keep => {}
        Field::Clear => document.receiver = None,
        Field::To(id) => document.receiver = Some(partner_ref(company, id)?),
    }
    if let Some(currency) = &set.currency {
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(Refusal(format!("\"{currency}\" is no currency code")));
        }
        document.currency.clone_from(currency);
    }
    document.date = set.date.unwrap_or(document.date);
    document.due = set.due.or(document.due);
    if let Some(issued) = set.issued {
        if !document.doc_type.is_bill() {
            return Err(Refusal("only bills are issued".to_owned()));
        }
        document.published = issued.then_some(now);
    }
    Ok(())
}

fn status(company: &Company, doc_type: DocType, code: &str) -> Result<String, Refusal> {
    let register = company.statuses(doc_type);
    let known = || Refusal(format!("there is no status {code}; there are {}", codes(register)));
    entry(register, code).map(|status| status.code.clone()).ok_or_else(known)
}

fn partner_ref(company: &Company, id: &str) -> Result<PartnerRef, Refusal> {
    let partner = super::parse_id(id).ok().and_then(|id| company.partner(id));
    let found = partner.and_then(|p| {
        let contact = p.contacts.first().map(|contact| contact.id);
        Some(PartnerRef { partner: p.id, address: p.main_address()?.id, contact })
    });
    found.ok_or_else(|| Refusal(format!("there is no partner {id} with an address")))
}

fn change_line(company: &Company, lines: &mut Vec<Line>, change: &LineSet) -> Result<(), Refusal> {
    let at = match (&change.row_id, change.index) {
        (Some(row_id), None) => lines.iter().position(|line| line.row_id.to_string() == *row_id),
        (None, Some(index)) => (index < lines.len()).then_some(index),
        _ => return Err(Refusal("name a line by rowId or by index".to_owned())),
    };
    let at = at.ok_or_else(|| Refusal("the document has no such line".to_owned()))?;
    if change.remove {
        lines.remove(at);
        return Ok(());
    }
    match &mut lines[at].content {
        LineContent::DocDesc(text) | LineContent::NameDesc(text) => {
            let Field::To(new) = &change.description else {
                return Err(Refusal("a text line has only description".to_owned()));
            };
            text.clone_from(new);
            Ok(())
        }
        LineContent::Priced(line) => change_priced(company, line, change),
    }
}

fn change_priced(company: &Company, line: &mut PricedLine, change: &LineSet) -> Result<(), Refusal> {
    line.amount = change.amount.unwrap_or(line.amount);
    line.price = unit_price(change.price, change.price_with_tax)?.unwrap_or(line.price);
    if let Some(discount) = &change.discount {
        line.discounts = discounts(discount)?;
    }
    if let Some(code) = &change.tax {
        line.tax = tax(company, code)?;
    }
    change.description.apply(&mut line.description);
    Ok(())
}

fn new_line(company: &Company, line: &NewLine) -> Result<LineContent, Refusal> {
    if let Some(text) = &line.text {
        return Ok(LineContent::DocDesc(text.clone()));
    }
    let given_price = unit_price(line.price, line.price_with_tax)?;
    let given_tax = line.tax.as_deref().map(|code| tax(company, code)).transpose()?;
    let (article, price, tax) = match (&line.product, &line.name) {
        (Some(code), _) => {
            let product = company.products.iter().find(|product| product.code == *code);
            let product = product.ok_or_else(|| Refusal(format!("there is no product {code}")))?;
            (Article::Product(product.id), UnitPrice::Net(product.net_price()), product.tax())
        }
        (None, Some(name)) => {
            let price = given_price.ok_or_else(|| Refusal("a free line needs a price".to_owned()))?;
            (Article::Free { name: name.clone() }, price, TaxCode::EX4)
        }
        (None, None) => return Err(Refusal("a line needs product, name or text".to_owned())),
    };
    Ok(LineContent::Priced(PricedLine {
        article,
        amount: line.amount.unwrap_or(Decimal::ONE),
        price: given_price.unwrap_or(price),
        discounts: line.discount.as_deref().map(discounts).transpose()?.unwrap_or_default(),
        tax: given_tax.unwrap_or(tax),
        description: None,
        extra: None,
    }))
}

fn unit_price(net: Option<Decimal>, gross: Option<Decimal>) -> Result<Option<UnitPrice>, Refusal> {
    match (net, gross) {
        (None, None) => Ok(None),
        (Some(net), None) => Ok(Some(UnitPrice::Net(net))),
        (None, Some(gross)) => Ok(Some(UnitPrice::Gross(gross))),
        (Some(_), Some(_)) => Err(Refusal("a line has price or priceWithTax, not both".to_owned())),
    }
}

fn discounts(chain: &str) -> Result<Vec<Decimal>, Refusal> {
    if chain.trim().is_empty() {
        return Ok(Vec::new());
    }
    let refusal = || Refusal(format!("\"{chain}\" is no discount: at most ten percentages such as 10;20"));
    crate::api::discount_chain(chain).ok_or_else(refusal)
}

fn tax(company: &Company, code: &str) -> Result<TaxCode, Refusal> {
    company.registers.tax(code).ok_or_else(|| Refusal(format!("there is no tax code {code}")))
}

fn pay(document: &mut Document, payment: &NewPayment, now: Moment) {
    let kind = payment.payment_type.clone().unwrap_or_else(|| crate::company::BANK_TRANSFER.to_owned());
    let amount = payment.amount.unwrap_or(document.sums.total.saturating_sub(document.paid()));
    let date = payment.date.unwrap_or(now.wall.date());
    let cash_register = (kind == crate::company::CASH).then(|| "Blagajna 1".to_owned());
    document.payments.push(Payment::new(kind, date, amount, cash_register));
}
