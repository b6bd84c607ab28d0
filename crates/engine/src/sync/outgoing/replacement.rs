//! A whole document that takes the place of the one that was just read: built from that read, never echoed (policy E).
//!
//! What we don't know how to send back, and what would be lost, is a reason against it.

use std::collections::BTreeMap;

use metakocka::{Document, DocumentDetails, DocumentDraft, DraftLine, DraftParty};
use serde_json::Value;
use sync_core::record::text::given;
use sync_core::record::{Line, SalesDocument, content_hash};
use sync_core::replace::{self, Fresh, Obstacle};

use super::change::NotMade;
use super::change_document::Changing;
use super::create_document::{no_text_lines, status_code};
use super::fields::{LINES, same_line};
use super::order_lines;
use super::request::Request;
use super::words::{self, Reasons};
use crate::sync::translate::{marker as sign, spell};

/// The web shop that an order came from, by its name (`metakocka-api.md §4.3`).
const SHOP: &str = "eshop_name";
/// How it is written; a draft carries them when a reply has them.
const SHOP_IDS: [&str; 2] = ["link_to_web_store", "webshop_eshop_sync_id"];

/// The request that puts it.
pub(super) fn request(changing: &Changing<'_>) -> Result<Request, NotMade> {
    let built = built(changing)?;
    let mut draft = DocumentDraft::from_document(changing.fresh, None)
        .map_err(|why| vec![format!("{}. Change it in Metakocka.", words::capital(&why.sentence))])?;
    let mut reasons = Reasons::default();
    head(&mut reasons, &mut draft, changing);
    reasons.take(details(&mut draft.details, changing));
    if changing.changes(LINES) {
        draft.lines = reasons.take(lines(changing, &draft.lines)).unwrap_or_default();
    }
    if built.doc_type.is_booked() {
        draft.change_note = Some(changing.marker.as_str().to_owned());
    }
    if !reasons.is_empty() {
        return Err(NotMade::Blocked(reasons.into_vec()));
    }
    let write = draft.prepare_replacement(&changing.fresh.mk_id);
    Ok(Request::Document(write.map_err(|error| words::invalid(&error))?))
}

/// Every obstacle of the machine's own rules, at once. The read is the one that the change is made on, so it is not stale.
fn built(changing: &Changing<'_>) -> Result<SalesDocument, NotMade> {
    let guard = content_hash(&changing.now.document);
    let fresh = Fresh {
        guard: guard.clone(),
        document: changing.now.document.clone(),
        extras: changing.now.extras.clone(),
        unmapped: unmapped(changing.fresh),
    };
    match replace::build(&guard, fresh, |_| changing.target.clone()) {
        Ok(replacement) => Ok(replacement.document().clone()),
        Err(obstacles) if obstacles.contains(&Obstacle::Stale) => Err(NotMade::Stale),
        Err(obstacles) => Err(NotMade::Blocked(obstacles.iter().map(ToString::to_string).collect())),
    }
}

/// What shows that something would be lost which no reply spells in a form that can be sent: the shop that an order came
/// from. Any other field without a place is named by the client when it makes the draft.
fn unmapped(fresh: &Document) -> BTreeMap<String, Value> {
    let is_carried = SHOP_IDS.iter().any(|name| fresh.other.contains_key(*name));
    let shop = fresh.other.get(SHOP).filter(|shop| shop.as_str().is_some_and(|name| !name.trim().is_empty()));
    shop.filter(|_| !is_carried).map(|shop| (SHOP.to_owned(), shop.clone())).into_iter().collect()
}

/// The fields that every type has. A field that does not change stays as it was read.
fn head(reasons: &mut Reasons, draft: &mut DocumentDraft, changing: &Changing<'_>) {
    let target = changing.target;
    if changing.changes("dates.document") {
        draft.date = target.dates.document;
    }
    if changing.changes("title") {
        draft.title = if sign::is_in_title(changing.fresh.title.as_deref()) {
            let title = sign::marked_title(changing.marker, target.title.as_deref());
            reasons.take(title.map_err(|reason| vec![reason]))
        } else {
            given(&target.title)
        };
    }
    if changing.changes("notes") {
        draft.notes = spell::given_lines(target.notes.as_deref());
    }
    if changing.changes("currency") {
        draft.currency = Some(target.currency.as_str().to_owned());
    }
    if changing.changes("customer") {
        draft.partner = reasons.take(spell::buyer(&target.customer));
    }
    match &target.receiver {
        Some(receiver) if changing.changes("receiver") => {
            draft.receiver = reasons.take(spell::whole_party(receiver, "receiver"));
        }
        Some(_) => {}
        None => draft.receiver = buyer_as_receiver(draft, changing),
    }
}

/// A receiver that is left out becomes the buyer at its delivery address: nobody stays the receiver only when the buyer is
/// sent as one. Offers have none (`metakocka-api.md §3.4`, §10).
fn buyer_as_receiver(draft: &DocumentDraft, changing: &Changing<'_>) -> Option<DraftParty> {
    if matches!(draft.details, DocumentDetails::Offer(_)) {
        return None;
    }
    let as_read =
        draft.receiver.clone().filter(|_| !changing.changes("customer") && !changing.changes("receiver"));
    as_read.or_else(|| spell::whole_party(&changing.target.customer, "customer").ok())
}

/// The fields that only some types have.
fn details(details: &mut DocumentDetails, changing: &Changing<'_>) -> Result<(), Vec<String>> {
    let (target, dates) = (changing.target, &changing.target.dates);
    match details {
        DocumentDetails::Offer(offer) => {
            (offer.due_date, offer.valid_to) = (dates.due, dates.valid_to);
            // The days follow from the date; sent beside it they would count instead (`metakocka-api.md §4.3`).
            if dates.valid_to.is_some() || changing.changes("dates.valid_to") {
                offer.valid_days = None;
            }
            if changing.changes("status") {
                offer.status_code = status_code(target)?;
            }
        }
        DocumentDetails::Order(order) => {
            (order.due_date, order.delivery_deadline) = (dates.due, dates.delivery_deadline);
            if changing.changes("buyer_order") {
                order.buyer_order = buyer_order(changing);
            }
            if changing.changes("status") {
                order.status_code = status_code(target)?;
            }
        }
        DocumentDetails::Bill(bill) => {
            let missing =
                |name: &str| vec![format!("An invoice needs “{}”. Fill it in.", words::field(name))];
            bill.due_date = dates.due.ok_or_else(|| missing("dates.due"))?;
            bill.service_to = dates.service_to.ok_or_else(|| missing("dates.service_to"))?;
            bill.service_from = dates.service_from;
            bill.buyer_order = given(&target.buyer_order);
        }
        // A credit note is issued when it is made: it is always locked (policy E).
        DocumentDetails::CreditNote(_) => {}
    }
    Ok(())
}

/// A number of the customer's own takes the place of our marker, and the marker comes back when it is emptied.
fn buyer_order(changing: &Changing<'_>) -> Option<String> {
    let ours = sign::marker_on(changing.fresh).is_some();
    let marker = || ours.then(|| changing.marker.as_str().to_owned());
    given(&changing.target.buyer_order).or_else(marker)
}

/// The lines as wanted. One that stays as it is is written as it was read; of one that changes, what has no place here
/// (lot, serial number, free data) is carried along.
fn lines(changing: &Changing<'_>, read: &[DraftLine]) -> Result<Vec<DraftLine>, Vec<String>> {
    let (wanted, before) = (changing.target, &changing.now.document);
    let pairs = order_lines::pairs(wanted, before);
    let mut reasons = Reasons::default();
    let mut lines = Vec::with_capacity(wanted.lines.len());
    for (at, line) in wanted.lines.iter().enumerate() {
        let there = pairs.iter().find(|(here, _)| *here == Some(at)).and_then(|(_, there)| *there);
        let old = there.and_then(|there| Some((before.lines.get(there)?, read.get(there)?)));
        lines.extend(reasons.take(one_line(at.saturating_add(1), line, old)));
    }
    if reasons.is_empty() { Ok(lines) } else { Err(reasons.into_vec()) }
}

fn one_line(at: usize, line: &Line, old: Option<(&Line, &DraftLine)>) -> Result<DraftLine, Vec<String>> {
    let Line::Product(new) = line else { return Err(vec![no_text_lines(at)]) };
    match old {
        Some((before, draft)) if same_line(line, before) => Ok(draft.clone()),
        Some((Line::Product(before), draft)) if new.product.is_same(&before.product) => {
            let (meta_data, other) = (draft.meta_data.clone(), draft.other.clone());
            Ok(DraftLine { meta_data, other, ..spell::line(at, new)? })
        }
        _ => spell::line(at, new),
    }
}
