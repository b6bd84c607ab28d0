//! What the switches of an order ask for (`metakocka-api.md` §4.5): parcels, attachments, free data, split orders,
//! lots of the invoice, the change log of what Metakocka did.

use super::{documents, later, some};
use crate::company::Moment;
use crate::company::model::{
    Change, DateField, DeliveryEvent, DeliveryStage, DocType, Document, LineContent, LineExtra, LineMeta,
    Link, MkId, Operation,
};
use crate::company::names::SLOVENIAN_TOWNS;
use crate::company::seed::Seed;
use crate::company::store::Company;
use jiff::ToSpan;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// One of so many shipped orders with an invoice has a parcel; a code needs an invoice (§4.7).
const PARCEL_ONE_IN: usize = 3;
/// One of so many parcels went through another carrier's hands.
const INTERMEDIATE_ONE_IN: u32 = 6;
/// One of so many orders has an attachment.
const ATTACHMENT_ONE_IN: usize = 30;
/// One of so many orders of the web shop carries its free data.
const META_ONE_IN: usize = 8;
/// One of so many regular customers' orders was split.
const SPLIT_ONE_IN: usize = 12;
/// One of so many invoices of an order has a lot that the order lacks.
const LOT_ONE_IN: usize = 20;

pub(super) fn add(company: &mut Company, seed: Seed, rng: &mut ChaCha8Rng) {
    tell_of_invoices(company);
    let shipped = documents(company, |order| {
        order.status.as_deref() == Some("shipped") && order.links.iter().any(|link| link.doc_type.is_bill())
    });
    for (_, id) in some(&shipped, PARCEL_ONE_IN, rng) {
        send(company, id, seed, rng);
    }
    let orders = documents(company, |document| document.doc_type == DocType::SalesOrder);
    for (_, id) in some(&orders, ATTACHMENT_ONE_IN, rng) {
        edit(company, id, |order| order.extra_mut().attachments.push("narocilnica.pdf".to_owned()));
    }
    let from_shop = documents(company, |document| document.web_shop);
    for (_, id) in some(&from_shop, META_ONE_IN, rng) {
        edit(company, id, add_free_data);
    }
    split_some(company, rng);
    add_lots(company, rng);
}

fn edit(company: &mut Company, id: MkId, change: impl FnOnce(&mut Document)) {
    if let Some(order) = company.document_mut(DocType::SalesOrder, id) {
        change(order);
    }
}

/// The change log of an order tells of its invoice, and the invoice knows how the order is paid.
fn tell_of_invoices(company: &mut Company) {
    for (_, id) in documents(company, |document| document.links.iter().any(|link| link.doc_type.is_bill())) {
        let Some(order) = company.document(DocType::SalesOrder, id) else { continue };
        let (links, method) = (order.links.clone(), order.method_of_payment.clone());
        for link in links {
            let Some(bill) = company.document_mut(link.doc_type, link.id) else { continue };
            bill.method_of_payment.clone_from(&method);
            let told = Change {
                notes: Some(format!("Naročilo preneseno na račun {}", link.number)),
                ..Change::new(bill.created, Operation::Custom)
            };
            edit(company, id, |order| {
                order.history.push(told);
                order.history.sort_by_key(|change| change.at.wall);
            });
        }
    }
}

/// A parcel on its way, most of them there by now.
fn send(company: &mut Company, id: MkId, seed: Seed, rng: &mut ChaCha8Rng) {
    let number = rng.random_range(100_000_000..1_000_000_000);
    let intermediate = rng.random_ratio(1, INTERMEDIATE_ONE_IN).then(|| format!("AT{}", number / 7));
    let from = SLOVENIAN_TOWNS[rng.random_range(0..SLOVENIAN_TOWNS.len())].1;
    let receiver =
        company.document(DocType::SalesOrder, id).map(|order| order.receiver.unwrap_or(order.partner));
    let partner = receiver.and_then(|who| company.partner(who.partner));
    let town = partner.and_then(|partner| Some(partner.main_address()?.city.clone()));
    let stages = [
        (DeliveryStage::CodeAdded, 0, 9, None),
        (DeliveryStage::Announced, 0, 10, None),
        (DeliveryStage::Accepted, 0, 17, Some(from.to_owned())),
        (DeliveryStage::OnTheWay, 1, 4, Some(from.to_owned())),
        (DeliveryStage::Delivering, 1, 8, town.clone()),
        (DeliveryStage::Delivered, 1, 12, town),
    ];
    let known = if rng.random_ratio(1, 5) { rng.random_range(1..stages.len()) } else { stages.len() };
    edit(company, id, |order| {
        let start = later(order.last_change.wall.date(), 1.days(), seed);
        let mut events: Vec<DeliveryEvent> = Vec::new();
        for (stage, days, hour, place) in stages.into_iter().take(known) {
            let minute = rng.random_range(0..60);
            let day = later(start, i64::from(days).days(), seed);
            let at = Moment::of_wall(day.at(hour, minute, 0, 0));
            // A day that would lie in the future ends the story.
            if events.last().is_some_and(|before| before.at.wall > at.wall) {
                break;
            }
            events.push(DeliveryEvent { at, stage, place });
        }
        order.dates.insert(DateField::Shipped, start);
        let extra = order.extra_mut();
        extra.tracking_code = Some(format!("SI{number}"));
        extra.intermediate_code = intermediate;
        extra.events = events;
    });
}

/// What shops write beside an order: where it came from, and what its first line is to be.
fn add_free_data(order: &mut Document) {
    let number = order.id.0 % 250;
    let extra = order.extra_mut();
    extra.columns.push(("ip".to_owned(), format!("192.0.2.{number}")));
    extra.columns.push(("store_url".to_owned(), "https://trgovina.example/sl/".to_owned()));
    extra.meta.push(("kampanja".to_owned(), format!("P{number}")));
    let priced = order.lines.iter_mut().find_map(|line| match &mut line.content {
        LineContent::Priced(priced) => Some(priced),
        _ => None,
    });
    if let Some(priced) = priced {
        let meta = LineMeta {
            key: "motiv".to_owned(),
            value: format!("{number:04}"),
            display_key: Some("Motiv".to_owned()),
            display_value: Some(format!("Motiv {number}")),
        };
        priced.extra.get_or_insert_default().meta.push(meta);
    }
}

/// Ties an order to a later one of the same customer, as if it had been split.
fn split_some(company: &mut Company, rng: &mut ChaCha8Rng) {
    let free: Vec<(MkId, MkId)> = company
        .documents(DocType::SalesOrder)
        .iter()
        .filter(|order| order.links.is_empty() && !order.web_shop)
        .map(|order| (order.partner.partner, order.id))
        .collect();
    let mut pairs: Vec<(MkId, MkId)> = Vec::new();
    let mut taken = std::collections::BTreeSet::new();
    for (at, (partner, id)) in free.iter().enumerate() {
        let next =
            free[at + 1..].iter().take(NEAR).find(|(other, id)| other == partner && !taken.contains(id));
        if let Some((_, other)) = next.filter(|_| !taken.contains(id)) {
            taken.extend([*id, *other]);
            pairs.push((*id, *other));
        }
    }
    for (whole, part) in some(&pairs, SPLIT_ONE_IN, rng) {
        tie(company, whole, part);
        tie(company, part, whole);
    }
}

/// How many orders later the other part comes at most.
const NEAR: usize = 200;

fn tie(company: &mut Company, from: MkId, to: MkId) {
    let Some(number) = company.document(DocType::SalesOrder, to).map(|order| order.number.clone()) else {
        return;
    };
    edit(company, from, |order| order.links.push(Link { id: to, number, doc_type: DocType::SalesOrder }));
}

/// Lots that were chosen when the invoice was made.
fn add_lots(company: &mut Company, rng: &mut ChaCha8Rng) {
    let linked: Vec<(DocType, MkId)> = company
        .documents(DocType::SalesOrder)
        .iter()
        .flat_map(|order| order.links.iter().filter(|link| link.doc_type.is_bill()))
        .map(|link| (link.doc_type, link.id))
        .collect();
    for (doc_type, id) in some(&linked, LOT_ONE_IN, rng) {
        let number = rng.random_range(10..1_000);
        let Some(bill) = company.document_mut(doc_type, id) else { continue };
        let priced = bill.lines.iter_mut().find_map(|line| match &mut line.content {
            LineContent::Priced(priced) => Some(priced),
            _ => None,
        });
        if let Some(priced) = priced {
            let extra: &mut LineExtra = priced.extra.get_or_insert_default();
            extra.lot = Some(format!("L{number}"));
        }
    }
}
