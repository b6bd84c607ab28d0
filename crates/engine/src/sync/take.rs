//! Brings documents into the CRM: rows 12 (create) and 20 (update) of the policy.

use rust_decimal::Decimal;
use sync_core::money::{TotalCheck, line_total, net_of};
use sync_core::record::{Line, ProductLine, RecordKind, SalesDocument};

use super::decide::{self, Take};
use super::failure::Failure;
use super::notes;
use super::outbound;
use super::page::{Batch, Read, Settled, place};
use super::parties::Parties;
use super::run::Slicing;
use super::sendable;
use crate::access::TenantScope;
use crate::store::links::{self, Agreement, LinkRow, NewLink};
use crate::store::matching::document_key;
use crate::store::runs::Item;
use crate::store::sales_documents::{
    self as documents, DocumentFields, LineRow, NewDocument, PriceBasis, TaxRow, TotalCheck as StoredCheck,
};
use crate::store::{StoreError, Tx, connections};

/// Takes all of them and says what came of each.
pub(super) async fn all(
    slicing: &Slicing<'_>,
    batch: &Batch,
    tx: &mut Tx,
    takes: Vec<Settled>,
    parties: &Parties,
) -> Result<Vec<Item>, Failure> {
    let working = slicing.working;
    let now = working.engine.now();
    let mut items = Vec::with_capacity(takes.len());
    let mut created: Vec<NewDocument> = Vec::new();
    let mut new_links: Vec<NewLink> = Vec::new();
    for one in &takes {
        let Ok(read) = &one.arrived.what else { continue };
        let mut item = item(batch, one, now.as_microsecond());
        match one.decided.take {
            Take::Nothing => continue,
            Take::Create => {
                let document = new_document(working.engine.new_id(), read, parties);
                new_links.push(new_link(working.engine.new_id(), &document.id, one, read));
                item.record_id = Some(document.id.clone());
                item.outcome = Some("created");
                created.push(document);
            }
            Take::Update => update(slicing, batch, tx, (one, read), parties, &mut item).await?,
        }
        items.push(item);
    }
    documents::insert_documents(tx, working.scope, &created, now).await?;
    notes::created(
        slicing.noting(),
        tx,
        RecordKind::SalesDocument,
        created.iter().map(|one| one.id.as_str()),
    )
    .await?;
    links::insert(tx, working.scope, place(slicing, batch), new_links, now.as_microsecond()).await?;
    Ok(items)
}

fn item(batch: &Batch, one: &Settled, now: i64) -> Item {
    let position = batch.positions.as_ref().and_then(|positions| positions.get(&one.arrived.id)).copied();
    Item {
        position: position.unwrap_or_default(),
        remote_type: batch.doc_type.wire().to_owned(),
        external_id: one.arrived.id.clone(),
        label: one.arrived.number.clone(),
        record_id: None,
        outcome: None,
        code: None,
        sentence: None,
        advice: None,
        finished_at: Some(now),
    }
}

/// Updates a document on the revision that was planned on; when somebody was faster, nothing is overwritten.
async fn update(
    slicing: &Slicing<'_>,
    batch: &Batch,
    tx: &mut Tx,
    (one, read): (&Settled, &Read),
    parties: &Parties,
    item: &mut Item,
) -> Result<(), Failure> {
    let (Some(link), scope) = (&one.link, slicing.working.scope) else { return Ok(()) };
    let (id, now) = (link.record_id.as_str(), slicing.working.engine.now());
    item.record_id = Some(id.to_owned());
    let planned_on = link.revision.unwrap_or_default();
    let fields = fields(read, parties);
    let before = notes::document(tx, scope, id).await?;
    let Some(revision) = documents::update_document(tx, scope, id, planned_on, &fields, now).await? else {
        item.outcome = Some("skipped");
        item.code = Some("edited_meanwhile");
        item.sentence = Some("Somebody edited it here in this moment; nothing was overwritten.".to_owned());
        item.advice = Some("Look again.".to_owned());
        decide_edited(slicing, batch, tx, (one, link)).await?;
        return Ok(());
    };
    documents::replace_lines(tx, scope, id, &lines(&read.document, parties), &taxes(&read.document)).await?;
    notes::updated(slicing.noting(), tx, (id, revision), before).await?;
    let agreement = Agreement {
        link: &link.id,
        base: &base_json(&read.document),
        base_hash: &one.content_hash,
        remote_hash: Some(&one.content_hash),
        differences: None,
        base_extras: &one.extras_hash,
        revision,
        covers: true,
        write_ended_at: None,
        decision: decide::after_taking(read),
    };
    links::agree(tx, scope, agreement, now.as_microsecond()).await?;
    item.outcome = Some("updated");
    Ok(())
}

/// What is true of a document that was edited while its page was being settled.
pub(super) async fn decide_edited(
    slicing: &Slicing<'_>,
    batch: &Batch,
    tx: &mut Tx,
    (one, link): (&Settled, &LinkRow),
) -> Result<(), StoreError> {
    let (engine, scope) = (slicing.working.engine, slicing.working.scope);
    let connection = &slicing.connection;
    let kind = connections::kind(engine.db(), scope, &connection.id, slicing.kind.as_str()).await?;
    let now = links::of_record(tx, scope, slicing.kind.as_str(), &link.record_id).await?;
    let edited = sendable::document(tx, scope, &link.record_id).await?;
    if let (Some(kind), Some((_, _, link)), Some(edited)) = (kind, now, edited) {
        let arrived = (&one.arrived, one.content_hash.as_str());
        let outbound =
            outbound::standing(tx, scope, slicing.kind, std::slice::from_ref(&link.record_id)).await?;
        let outbound = outbound.into_values().next();
        let of = (connection, &kind);
        let decided = decide::edited(engine, of, batch.doc_type, (&link, edited), arrived, outbound)?;
        links::decide(tx, scope, &link.id, link.revision, decided.stored()).await?;
    }
    Ok(())
}

/// Payments, issue and links refresh the display of a linked document whatever else is decided (policy H).
pub(super) async fn refresh_extras(
    tx: &mut Tx,
    scope: &TenantScope,
    leaves: &[Settled],
    now: i64,
) -> Result<(), StoreError> {
    for one in leaves {
        let (Some(link), Ok(read)) = (&one.link, &one.arrived.what) else { continue };
        if link.base_extras.as_deref() == Some(one.extras_hash.as_str()) {
            continue;
        }
        let (paid, issued) = (read.extras.paid, read.extras.issued_at.map(|at| at.to_string()));
        documents::refresh_extras(tx, scope, &link.record_id, paid, issued, now).await?;
        links::set_extras(tx, scope, &link.id, &one.extras_hash).await?;
    }
    Ok(())
}

fn new_document(id: String, read: &Read, parties: &Parties) -> NewDocument {
    NewDocument {
        id,
        fields: fields(read, parties),
        lines: lines(&read.document, parties),
        taxes: taxes(&read.document),
    }
}

fn new_link(id: String, document: &str, one: &Settled, read: &Read) -> NewLink {
    NewLink {
        id,
        external_id: one.arrived.id.clone(),
        record_id: document.to_owned(),
        base: base_json(&read.document),
        base_hash: one.content_hash.clone(),
        remote_hash: one.content_hash.clone(),
        base_extras: one.extras_hash.clone(),
        base_revision: 1,
        decision: decide::after_taking(read),
    }
}

/// What both sides agree on, with the ids of its rows.
fn base_json(document: &SalesDocument) -> String {
    // A record is a plain struct and always serialises.
    serde_json::to_string(&document.canonical_with_rows()).unwrap_or_default()
}

pub(super) fn fields(read: &Read, parties: &Parties) -> DocumentFields {
    let document = &read.document;
    let booked = document.booked.clone();
    let gross = booked.as_ref().map_or(Decimal::ZERO, |booked| booked.gross);
    let (total_check, total_difference) = check(read.check.as_ref());
    let head = SalesDocument { lines: Vec::new(), ..document.clone() };
    DocumentFields {
        doc_type: document.doc_type.as_str().to_owned(),
        number: document.number.clone().unwrap_or_default(),
        doc_date: document.dates.document,
        contact_id: document.customer.external_id.as_ref().and_then(|id| parties.contact(id.as_str())),
        customer_name: document.customer.name.clone(),
        customer_city: document.customer.address.place.clone(),
        currency: document.currency.as_str().to_owned(),
        status_label: document.status.as_ref().map(|status| status.label.clone()),
        title: document.title.clone().unwrap_or_default(),
        // A record is a plain struct and always serialises.
        head: serde_json::to_string(&head).unwrap_or_default(),
        net: booked.as_ref().map_or(Decimal::ZERO, |booked| booked.net),
        discount: booked.as_ref().map_or(Decimal::ZERO, |booked| booked.discount),
        gross,
        total_check,
        total_difference,
        paid: read.extras.paid,
        issued_at: read.extras.issued_at.map(|at| at.to_string()),
        match_key: Some(document_key(document)),
    }
}

/// Our sum against the booked one, and ours minus theirs.
fn check(check: Option<&TotalCheck>) -> (StoredCheck, Decimal) {
    match check {
        None | Some(TotalCheck::Exact) => (StoredCheck::Exact, Decimal::ZERO),
        Some(TotalCheck::Rounding { difference }) => (StoredCheck::Rounding, -*difference),
        Some(TotalCheck::Different { computed, booked }) => {
            (StoredCheck::Different, computed.gross - booked.gross)
        }
    }
}

pub(super) fn lines(document: &SalesDocument, parties: &Parties) -> Vec<LineRow> {
    document.lines.iter().map(|line| line_row(line, parties)).collect()
}

fn line_row(line: &Line, parties: &Parties) -> LineRow {
    let row = line.row().map(|row| row.as_str().to_owned());
    match line {
        Line::Text(text) => LineRow {
            external_row_id: row,
            product_id: None,
            product_external_id: None,
            code: String::new(),
            remote_code: String::new(),
            name: String::new(),
            unit: String::new(),
            text: text.text.clone(),
            amount: None,
            price: None,
            price_basis: None,
            discount: String::new(),
            tax_code: None,
            tax_rate: None,
            net: None,
        },
        Line::Product(line) => product_row(row, line, parties),
    }
}

fn product_row(external_row_id: Option<String>, line: &ProductLine, parties: &Parties) -> LineRow {
    let external = line.product.external_id.as_ref().map(|id| id.as_str().to_owned());
    LineRow {
        external_row_id,
        product_id: external.as_deref().and_then(|id| parties.product(id)),
        product_external_id: external,
        code: line.product.code.clone().unwrap_or_default(),
        remote_code: line.product.remote_code.clone().unwrap_or_default(),
        name: line.name.clone(),
        unit: line.unit.clone().unwrap_or_default(),
        text: line.text.clone().unwrap_or_default(),
        amount: Some(line.amount.0),
        price: Some(line.price.value()),
        price_basis: Some(if line.price.is_gross() { PriceBasis::Gross } else { PriceBasis::Net }),
        discount: line.discount.to_string(),
        tax_code: Some(line.tax.code.as_str().to_owned()),
        tax_rate: Some(line.tax.rate.percent()),
        net: line_net(line),
    }
}

/// Net of a line. The amounts were added up when the document was read, so none is out of range.
fn line_net(line: &ProductLine) -> Option<Decimal> {
    let total = line_total(line).ok()?;
    if line.price.is_gross() { net_of(total, line.tax.rate).ok() } else { Some(total) }
}

pub(super) fn taxes(document: &SalesDocument) -> Vec<TaxRow> {
    let Some(booked) = &document.booked else { return Vec::new() };
    let rate = |code: &str| {
        let of_line = |line: &ProductLine| line.tax.code.folded().as_str() == code;
        let line = document.lines.iter().filter_map(Line::as_product).find(|line| of_line(line));
        line.map(|line| line.tax.rate.percent())
    };
    booked
        .taxes
        .iter()
        .map(|(code, tax)| TaxRow {
            tax_code: code.as_str().to_owned(),
            rate: rate(code.as_str()),
            tax: *tax,
        })
        .collect()
}
