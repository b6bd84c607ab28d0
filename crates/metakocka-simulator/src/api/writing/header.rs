//! The header of a document in a request (`metakocka-api.md` §4.3).

use super::lines::COUNT_CODE;
use super::{attachments, date, decimal, limited, pairs, parse_decimal, registered, text};
use crate::api::params::{Params, parse_time, required, wrong_form};
use crate::api::{Call, MkError};
use crate::company::{
    Company, DateField, DocType, Document, DocumentDiscount, DocumentExtra, Moment, TextField,
};
use crate::quirks::Quirk;
use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Longest customer's order number, characters.
const BUYER_ORDER: usize = 30;
/// Longest note for the change log, characters.
const CHANGE_NOTE: usize = 50;
/// Offers are valid for at most so many days; more is a typing error.
const MAX_DAYS: u16 = 3_650;

/// Everything but people, lines and payments.
pub(in crate::api) struct Header {
    pub(in crate::api) count_code: Option<String>,
    pub(in crate::api) buyer_order: Option<String>,
    pub(in crate::api) change_note: Option<String>,
    status: Option<String>,
    date: Date,
    title: Option<String>,
    notes: Option<String>,
    currency: String,
    due: Option<Date>,
    service_to: Option<Date>,
    valid_days: Option<u32>,
    delivery_deadline: Option<Date>,
    warehouse: Option<String>,
    delivery_type: Option<String>,
    method_of_payment: Option<String>,
    profit_center: Option<String>,
    pricelist: Option<String>,
    discount: DocumentDiscount,
    texts: BTreeMap<TextField, String>,
    dates: BTreeMap<DateField, Date>,
    extra: DocumentExtra,
}

impl Header {
    /// Reads dates and other forms; the code lists come in [`check_registers`](Self::check_registers).
    pub(in crate::api) fn parse(doc_type: DocType, params: &Params, call: Call<'_>) -> Result<Self, MkError> {
        let is_order = doc_type == DocType::SalesOrder;
        let is_offer = doc_type == DocType::SalesOffer;
        let day = date(params, "doc_date", call)?
            .ok_or_else(|| MkError::parameter("Value is require for doc_date"))?;
        let only = |wanted: bool, key: &str| if wanted { text(params, key) } else { Ok(None) };
        let header = Self {
            count_code: limited(params, "count_code", COUNT_CODE, call)?,
            buyer_order: buyer_order(doc_type, params, call)?,
            change_note: limited(params, "document_change_log_notes", CHANGE_NOTE, call)?,
            status: only(!doc_type.is_bill(), "status_code")?,
            date: day,
            title: text(params, "title")?,
            notes: text(params, "notes")?,
            currency: currency(params)?,
            due: due(doc_type, params, day, call)?,
            service_to: if doc_type.is_bill() { date(params, "service_to_date", call)? } else { None },
            valid_days: if is_offer { valid_days(params, day, call)? } else { None },
            delivery_deadline: if is_order { date(params, "delivery_deadline", call)? } else { None },
            warehouse: only(!is_offer, "warehouse")?,
            delivery_type: only(!is_offer, "delivery_type")?,
            method_of_payment: only(!doc_type.is_bill(), "method_of_payment")?,
            profit_center: only(is_order, "profit_center")?,
            pricelist: text(params, "sales_pricelist_code")?,
            discount: discount(params)?,
            texts: texts(doc_type, params)?,
            dates: dates(doc_type, params, call)?,
            extra: extra(doc_type, params, call)?,
        };
        header.check_required(doc_type)?;
        Ok(header)
    }

    fn check_required(&self, doc_type: DocType) -> Result<(), MkError> {
        if doc_type.is_bill() {
            self.due.ok_or_else(|| required("duo_payment"))?;
            self.service_to.ok_or_else(|| required("service_to_date"))?;
        }
        Ok(())
    }

    /// Looks the codes up: some unknown ones are refused, some replaced or dropped without a word (Q10).
    pub(in crate::api) fn check_registers(
        &mut self,
        company: &Company,
        doc_type: DocType,
        call: Call<'_>,
    ) -> Result<(), MkError> {
        if let Some(code) = &self.status {
            registered(company.statuses(doc_type), "status_code", code)?;
        }
        let lists = &company.registers;
        if let Some(code) = &self.profit_center
            && crate::company::entry(&lists.profit_centers, code).is_none()
        {
            return Err(MkError::application(format!("Profit center '{code}' doesn't exist.")));
        }
        if let Some(code) = &self.pricelist
            && lists.price_list(code).is_none()
        {
            return Err(MkError::application(format!("Price list '{code}' doesn't exist.")));
        }
        for email in [TextField::CreatedEmail, TextField::Salesman] {
            check_user(company, email.name(), self.texts.get(&email).map(String::as_str))?;
        }
        if doc_type == DocType::SalesOrder && self.profit_center.is_none() {
            self.profit_center.clone_from(&lists.default_profit_center);
        }
        let has_warehouse = !matches!(doc_type, DocType::SalesOffer | DocType::SalesBillCreditNote);
        self.warehouse = warehouse(company, self.warehouse.take(), call)?.filter(|_| has_warehouse);
        self.delivery_type = delivery_type(company, self.delivery_type.take(), call)?;
        Ok(())
    }

    pub(in crate::api) const fn discount(&self) -> DocumentDiscount {
        self.discount
    }

    /// Writes the header into a document that has none of these fields.
    pub(in crate::api) fn apply(self, document: &mut Document) {
        document.date = self.date;
        document.title = self.title;
        document.notes = self.notes;
        document.buyer_order = self.buyer_order;
        document.currency = self.currency;
        document.status = self.status;
        document.due = self.due;
        document.service_to = self.service_to;
        document.valid_days = self.valid_days;
        document.delivery_deadline = self.delivery_deadline;
        document.warehouse = self.warehouse;
        document.delivery_type = self.delivery_type;
        document.method_of_payment = self.method_of_payment;
        document.profit_center = self.profit_center;
        document.pricelist = self.pricelist;
        document.discount = self.discount;
        document.texts = self.texts;
        document.dates = self.dates;
        let empty = self.extra == DocumentExtra::default();
        document.extra = (!empty).then(|| Box::new(self.extra));
    }
}

/// The customer's order number; what the search filter is called is not read (Q6).
fn buyer_order(doc_type: DocType, params: &Params, call: Call<'_>) -> Result<Option<String>, MkError> {
    if doc_type == DocType::SalesOffer {
        return Ok(None);
    }
    let sent = limited(params, "buyer_order", BUYER_ORDER, call)?;
    if sent.is_some() || call.quirks.hold(Quirk::OrderNumberNames) {
        return Ok(sent);
    }
    limited(params, "customer_order", BUYER_ORDER, call)
}

fn currency(params: &Params) -> Result<String, MkError> {
    let Some(code) = text(params, "currency_code")? else { return Ok("EUR".to_owned()) };
    let valid = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if valid { Ok(code) } else { Err(wrong_form("currency_code")) }
}

/// A date, or on orders a number of days.
fn due(doc_type: DocType, params: &Params, day: Date, call: Call<'_>) -> Result<Option<Date>, MkError> {
    if let Some(due) = date(params, "duo_payment", call)? {
        return Ok(Some(due));
    }
    if doc_type != DocType::SalesOrder {
        return Ok(None);
    }
    Ok(days(params, "duo_payment_days")?.map(|days| day.saturating_add(i64::from(days).days())))
}

fn days(params: &Params, key: &str) -> Result<Option<u16>, MkError> {
    let Some(text) = text(params, key)? else { return Ok(None) };
    text.parse().ok().filter(|days| *days <= MAX_DAYS).map(Some).ok_or_else(|| wrong_form(key))
}

/// `valid_days`, or what `valid_to` comes to.
fn valid_days(params: &Params, day: Date, call: Call<'_>) -> Result<Option<u32>, MkError> {
    if let Some(days) = days(params, "valid_days")? {
        return Ok(Some(days.into()));
    }
    let Some(to) = date(params, "valid_to", call)? else { return Ok(None) };
    u32::try_from((to - day).get_days()).map(Some).map_err(|_| wrong_form("valid_to"))
}

/// A percentage, or an amount off the total; `10%` is refused (§4.3).
fn discount(params: &Params) -> Result<DocumentDiscount, MkError> {
    if let Some(text) = text(params, "discount_value")? {
        let value = parse_decimal(&text).ok_or_else(not_valid_value)?;
        return Ok(if value.is_zero() { DocumentDiscount::None } else { DocumentDiscount::Value(value) });
    }
    let Some(percent) = decimal(params, "discount_percent")? else { return Ok(DocumentDiscount::None) };
    if percent.is_sign_negative() || percent > Decimal::ONE_HUNDRED {
        return Err(wrong_form("discount_percent"));
    }
    Ok(if percent.is_zero() { DocumentDiscount::None } else { DocumentDiscount::Percent(percent) })
}

pub(in crate::api) fn not_valid_value() -> MkError {
    MkError::application("Not valid number for discount_value")
}

fn texts(doc_type: DocType, params: &Params) -> Result<BTreeMap<TextField, String>, MkError> {
    let mut texts = BTreeMap::new();
    for field in TextField::ALL.iter().filter(|field| field.is_of(doc_type)) {
        if let Some(text) = text(params, field.name())? {
            texts.insert(*field, text);
        }
    }
    Ok(texts)
}

fn dates(doc_type: DocType, params: &Params, call: Call<'_>) -> Result<BTreeMap<DateField, Date>, MkError> {
    let mut dates = BTreeMap::new();
    for field in DateField::ALL.iter().filter(|field| field.is_of(doc_type)) {
        if let Some(day) = date(params, field.name(), call)? {
            dates.insert(*field, day);
        }
    }
    Ok(dates)
}

fn extra(doc_type: DocType, params: &Params, call: Call<'_>) -> Result<DocumentExtra, MkError> {
    let mut extra = DocumentExtra { attachments: attachments(params)?, ..DocumentExtra::default() };
    if doc_type == DocType::SalesOrder {
        extra.columns = pairs(params, "extra_column", ("name", "value"))?;
        extra.meta = pairs(params, "meta_data", ("key", "value_string"))?;
        let created = text(params, "order_create_ts")?;
        let created = created.map(|text| parse_time("order_create_ts", &text, call.quirks)).transpose()?;
        extra.order_created = created.map(Moment::of_wall);
    }
    if doc_type != DocType::SalesOffer {
        for row in params.objects("offer_list")? {
            extra.offers.push(text(&row, "count_code")?.ok_or_else(|| required("count_code"))?);
        }
    }
    Ok(extra)
}

/// A person of the company by e-mail.
pub(in crate::api) fn check_user(company: &Company, key: &str, email: Option<&str>) -> Result<(), MkError> {
    match email {
        Some(email) if !company.registers.users.iter().any(|known| known == email) => {
            Err(MkError::application(format!("Cannot find email '{email}' for paramether {key}")))
        }
        _ => Ok(()),
    }
}

/// An unknown warehouse, like none, becomes the main one (Q10).
pub(in crate::api) fn warehouse(
    company: &Company,
    mark: Option<String>,
    call: Call<'_>,
) -> Result<Option<String>, MkError> {
    let known = |mark: &String| company.registers.warehouses.iter().any(|warehouse| warehouse.mark == *mark);
    if let Some(mark) = &mark
        && !known(mark)
        && !call.quirks.hold(Quirk::UnknownIsDropped)
    {
        return Err(wrong_form("warehouse"));
    }
    let main = || company.registers.main_warehouse().map(|warehouse| warehouse.mark.clone());
    Ok(mark.filter(known).or_else(main))
}

/// An unknown delivery type is dropped (Q10).
pub(in crate::api) fn delivery_type(
    company: &Company,
    label: Option<String>,
    call: Call<'_>,
) -> Result<Option<String>, MkError> {
    let known = |label: &String| company.registers.delivery_types.iter().any(|entry| entry.label == *label);
    if label.as_ref().is_some_and(|label| !known(label)) && !call.quirks.hold(Quirk::UnknownIsDropped) {
        return Err(wrong_form("delivery_type"));
    }
    Ok(label.filter(known))
}
