//! `update_document` (`metakocka-api.md` §4.7): many fields of orders, only the status of bills, offers not
//! at all. What is not listed there is ignored without a word.

use super::params::{Params, required};
use super::put_document::insert::invoice_of;
use super::writing::header::{delivery_type, not_valid_value, warehouse};
use super::writing::lines::{COUNT_CODE, DraftLine, change_line, parse_lines, product_of};
use super::writing::{
    self, date, decimal, doc_type, id, limited, not_found, pairs, parse_decimal, people, text,
};
use super::{Call, MkError, done};
use crate::company::{
    Article, Change, Company, DateField, DeliveryEvent, DeliveryStage, DocType, Document, DocumentDiscount,
    Line, LineContent, MkId, Operation, PricedLine, TextField, entry, priced_line_total,
};
use crate::quirks::Quirk;
use jiff::civil::Date;
use rust_decimal::Decimal;

pub(super) fn answer(company: &mut Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    match doc_type(params)? {
        DocType::SalesOrder => update_order(company, params, call)?,
        DocType::SalesOffer if call.quirks.hold(Quirk::NoUpdateOrDelete) => {
            return Err(MkError::parameter("Unknown document type : sales_offer"));
        }
        DocType::SalesOffer => {}
        bill => update_bill(company, bill, params, call)?,
    }
    Ok(done(call))
}

/// By `mk_id`, or by the customer's order number.
pub(super) fn find_order(company: &Company, params: &Params) -> Result<MkId, MkError> {
    if let Some(id) = id(params, "mk_id")? {
        let found = company.document(DocType::SalesOrder, id).map(|order| order.id);
        return found.ok_or_else(|| not_found(DocType::SalesOrder, id));
    }
    let Some(number) = text(params, "buyer_order")? else {
        return Err(MkError::parameter("Paramether mk_id must be set"));
    };
    let orders = company.documents(DocType::SalesOrder).iter();
    let found =
        orders.filter(|order| order.buyer_order.as_ref() == Some(&number)).map(|order| order.id).min();
    found.ok_or_else(|| MkError::documented(format!("Cannot find sales order with buyer order '{number}'")))
}

/// Everything that an update of an order changes, read before anything is stored.
struct OrderUpdate {
    status: Result<Option<String>, MkError>,
    number: Option<String>,
    warehouse: Option<String>,
    delivery_type: Option<String>,
    notes: Option<String>,
    texts: Vec<(TextField, String)>,
    shipped: Option<Date>,
    tracking_code: Option<String>,
    intermediate_code: Option<String>,
    discount: Option<DocumentDiscount>,
    partner: Option<people::Who>,
    receiver: Option<people::Who>,
    columns: Vec<(String, String)>,
    clear: Vec<String>,
    lines: Vec<Line>,
    new_lines: Vec<DraftLine>,
    create_invoice: bool,
}

fn update_order(company: &mut Company, params: &Params, call: Call<'_>) -> Result<(), MkError> {
    let id = find_order(company, params)?;
    let Some(order) = company.document(DocType::SalesOrder, id).cloned() else {
        return Err(not_found(DocType::SalesOrder, id));
    };
    let mut update = OrderUpdate::parse(company, &order, params, call)?;
    let refusal = std::mem::replace(&mut update.status, Ok(None));
    let refusal = refusal.map(|status| update.status = Ok(status)).err();
    if let Some(refusal) = refusal.clone().filter(|_| !call.settings.refusals_keep_parts) {
        return Err(refusal);
    }
    let create_invoice = update.create_invoice && refusal.is_none();
    let order = update.apply(company, order, call);
    if let Some(place) = company.document_mut(DocType::SalesOrder, id) {
        *place = order;
    }
    if create_invoice {
        invoice_of(company, id, call);
    }
    // Code 1 leaves open what was stored (§1.4): here all but the status.
    refusal.map_or(Ok(()), Err)
}

impl OrderUpdate {
    fn parse(company: &Company, order: &Document, params: &Params, call: Call<'_>) -> Result<Self, MkError> {
        let (lines, new_lines) = changed_lines(company, order, params, call)?;
        let sent_warehouse = text(params, "warehouse")?;
        let warehouse = match sent_warehouse {
            Some(mark) => warehouse(company, Some(mark), call)?,
            None => None,
        };
        let update = Self {
            status: status(company, DocType::SalesOrder, params),
            number: new_number(company, order, params, call)?,
            warehouse,
            delivery_type: delivery_type(company, text(params, "delivery_type")?, call)?,
            notes: text(params, "notes")?,
            texts: texts(params)?,
            shipped: date(params, DateField::Shipped.name(), call)?,
            tracking_code: tracking_code(order, params)?,
            intermediate_code: text(params, "tracking_intermediate_code")?,
            discount: discount(params)?,
            partner: whole(company, params, "partner", call)?,
            receiver: whole(company, params, "receiver", call)?,
            columns: pairs(params, "extra_column", ("name", "value"))?,
            clear: clear(params)?,
            create_invoice: params.flag("create_invoice"),
            lines,
            new_lines,
        };
        update.check_discount(order)?;
        Ok(update)
    }

    fn check_discount(&self, order: &Document) -> Result<(), MkError> {
        let DocumentDiscount::Value(value) = self.discount.unwrap_or(order.discount) else { return Ok(()) };
        let kept = self.lines.iter().filter_map(|line| match &line.content {
            LineContent::Priced(priced) => Some(priced_line_total(priced)),
            _ => None,
        });
        let added = self.new_lines.iter().map(|line| priced_line_total(&line.priced()));
        let whole: Decimal = kept.chain(added).sum();
        if value > whole { Err(not_valid_value()) } else { Ok(()) }
    }

    fn apply(self, company: &mut Company, mut order: Document, call: Call<'_>) -> Document {
        let before = order.status.clone();
        order.status = self.status.unwrap_or_default().or(order.status);
        order.number = self.number.unwrap_or(order.number);
        order.warehouse = self.warehouse.or(order.warehouse);
        order.delivery_type = self.delivery_type.or(order.delivery_type);
        order.notes = self.notes.or(order.notes);
        order.texts.extend(self.texts);
        order.dates.extend(self.shipped.map(|date| (DateField::Shipped, date)));
        order.discount = self.discount.unwrap_or(order.discount);
        order.partner = self.partner.map_or(order.partner, |who| who.store(company));
        if let Some(receiver) = self.receiver {
            order.receiver = Some(receiver.store(company));
        }
        order.lines = self.lines;
        order.lines.extend(self.new_lines.into_iter().map(|line| line.store(company)));
        if self.tracking_code.is_some() || self.intermediate_code.is_some() || !self.columns.is_empty() {
            let extra = order.extra_mut();
            // A parcel is announced to its carrier when its code is.
            let told = self.tracking_code.as_ref();
            extra.events.extend(told.map(|_| DeliveryEvent::new(call.now, DeliveryStage::CodeAdded)));
            extra.tracking_code = self.tracking_code.or(extra.tracking_code.take());
            extra.intermediate_code = self.intermediate_code.or(extra.intermediate_code.take());
            for column in self.columns {
                extra.columns.retain(|(name, _)| *name != column.0);
                extra.columns.push(column);
            }
        }
        for field in self.clear {
            clear_field(&mut order, &field);
        }
        order.sum_up();
        log_update(&mut order, before, call);
        order
    }
}

/// The change log and the last change, whatever was different (§9).
pub(super) fn log_update(document: &mut Document, before: Option<String>, call: Call<'_>) {
    let operation = if document.status == before {
        Operation::Change
    } else {
        Operation::Status { before, after: document.status.clone() }
    };
    document.history.push(Change::new(call.now, operation));
    if call.quirks.hold(Quirk::EveryWriteBumps) {
        document.last_change = call.now;
    }
}

/// An unknown status is the ambiguous code 1 here (§1.4).
fn status(company: &Company, doc_type: DocType, params: &Params) -> Result<Option<String>, MkError> {
    let Some(code) = text(params, "status_code")? else { return Ok(None) };
    if entry(company.statuses(doc_type), &code).is_none() {
        return Err(MkError::internal(format!("Dinamični šifrant {code} mora biti nastavljen")));
    }
    Ok(Some(code))
}

fn new_number(
    company: &Company,
    order: &Document,
    params: &Params,
    call: Call<'_>,
) -> Result<Option<String>, MkError> {
    let Some(number) = limited(params, "count_code_new", COUNT_CODE, call)? else { return Ok(None) };
    let is_other = |other: &Document| other.number == number && other.id != order.id;
    if company.documents(DocType::SalesOrder).iter().any(is_other) {
        return Err(MkError::application(format!("Document with count code {number} already exists.")));
    }
    Ok(Some(number))
}

fn texts(params: &Params) -> Result<Vec<(TextField, String)>, MkError> {
    let mut texts = Vec::new();
    for field in [TextField::ParcelShop, TextField::NotesHeader, TextField::TrackingType] {
        texts.extend(text(params, field.name())?.map(|text| (field, text)));
    }
    Ok(texts)
}

/// A parcel needs an invoice first (§4.7).
fn tracking_code(order: &Document, params: &Params) -> Result<Option<String>, MkError> {
    let code = text(params, "tracking_code")?;
    if code.is_some() && !order.links.iter().any(|link| link.doc_type.is_bill()) {
        return Err(MkError::application(format!("No invoice for given sales order {}", order.number)));
    }
    Ok(code)
}

fn discount(params: &Params) -> Result<Option<DocumentDiscount>, MkError> {
    let Some(text) = text(params, "discount_value")? else { return Ok(None) };
    let value = parse_decimal(&text).ok_or_else(not_valid_value)?;
    Ok(Some(if value.is_zero() { DocumentDiscount::None } else { DocumentDiscount::Value(value) }))
}

/// The whole object is required (§4.7).
fn whole(
    company: &Company,
    params: &Params,
    key: &str,
    call: Call<'_>,
) -> Result<Option<people::Who>, MkError> {
    if !params.has(key) {
        return Ok(None);
    }
    let data = params.object(key).ok_or_else(|| super::params::wrong_form(key))?;
    people::who(company, &data, call).map(Some)
}

fn clear(params: &Params) -> Result<Vec<String>, MkError> {
    let fields = writing::texts(params, "clear")?;
    let known = |field: &String| ["tracking_code", "notes", "notes_header"].contains(&field.as_str());
    match fields.iter().find(|field| !known(field)) {
        Some(field) => Err(writing::invalid_value("clear", field, "tracking_code,notes,notes_header")),
        None => Ok(fields),
    }
}

fn clear_field(order: &mut Document, field: &str) {
    match field {
        "tracking_code" => {
            if let Some(extra) = &mut order.extra {
                extra.tracking_code = None;
            }
        }
        "notes" => order.notes = None,
        _ => {
            order.texts.remove(&TextField::NotesHeader);
        }
    }
}

/// The lines after `product_remove`, `product_add` and `product_list`, and those that are new.
fn changed_lines(
    company: &Company,
    order: &Document,
    params: &Params,
    call: Call<'_>,
) -> Result<(Vec<Line>, Vec<DraftLine>), MkError> {
    let mut lines = order.lines.clone();
    for row in params.objects("product_remove")? {
        remove(company, &mut lines, &row)?;
    }
    let mut new = Vec::new();
    for key in ["product_add", "product_list"] {
        let rows = params.objects(key)?;
        for row in rows.iter().filter(|row| row.has("mk_row_id")) {
            change_row(company, &mut lines, row, call)?;
        }
        new.extend(parse_lines(
            company,
            &params.only_rows(key, |row| !row.contains_key("mk_row_id")),
            key,
            call,
        )?);
    }
    Ok((lines, new))
}

fn change_row(company: &Company, lines: &mut Vec<Line>, row: &Params, call: Call<'_>) -> Result<(), MkError> {
    let row_id = id(row, "mk_row_id")?.ok_or_else(|| required("mk_row_id"))?;
    let at = lines.iter().position(|line| line.row_id == row_id);
    let at =
        at.ok_or_else(|| MkError::parameter(format!("Cannot find product with mk_row_id = {row_id}")))?;
    if row.flag("mark_delete") {
        lines.remove(at);
        return Ok(());
    }
    match &mut lines[at].content {
        LineContent::Priced(line) => change_line(company, line, row, call),
        LineContent::DocDesc(_) | LineContent::NameDesc(_) => Ok(()),
    }
}

/// Takes an amount off all matching lines, or removes them; lines at zero or below go (§4.7).
fn remove(company: &Company, lines: &mut Vec<Line>, row: &Params) -> Result<(), MkError> {
    let row_id = id(row, "mk_row_id")?;
    let product = id(row, "mk_id")?.or(product_of(company, row)?.map(|product| product.id));
    let code = text(row, "code")?.unwrap_or_default();
    let matches = |line: &Line| match (&line.content, row_id) {
        (_, Some(row_id)) => line.row_id == row_id,
        (LineContent::Priced(PricedLine { article: Article::Product(id), .. }), None) => product == Some(*id),
        _ => false,
    };
    if !lines.iter().any(matches) {
        return Err(MkError::documented(format!("Cannot find product with code = {code}")));
    }
    let mut left = decimal(row, "amount")?;
    lines.retain_mut(|line| {
        if !matches(line) {
            return true;
        }
        let (Some(rest), LineContent::Priced(priced)) = (&mut left, &mut line.content) else { return false };
        let taken = (*rest).min(priced.amount);
        *rest -= taken;
        priced.amount -= taken;
        priced.amount > Decimal::ZERO
    });
    Ok(())
}

/// Only the status of a bill; an empty one clears it.
fn update_bill(
    company: &mut Company,
    doc_type: DocType,
    params: &Params,
    call: Call<'_>,
) -> Result<(), MkError> {
    let id = match (id(params, "mk_id")?, text(params, "count_code")?) {
        (Some(id), _) => {
            company.document(doc_type, id).map(|bill| bill.id).ok_or_else(|| not_found(doc_type, id))?
        }
        (None, Some(number)) => {
            let mut bills = company.documents(doc_type).iter();
            let found = bills.find(|bill| bill.number == number).map(|bill| bill.id);
            found.ok_or_else(|| not_found(doc_type, number))?
        }
        (None, None) => return Err(MkError::parameter("Paramether mk_id must be set")),
    };
    if !params.has("status_code") {
        return Err(required("status_code"));
    }
    let status = status(company, doc_type, params)?;
    if let Some(bill) = company.document_mut(doc_type, id) {
        let before = std::mem::replace(&mut bill.status, status);
        log_update(bill, before, call);
    }
    Ok(())
}
