//! Writes what is known of an order's parcel (`metakocka-api.md` §4.5): its stickers, what its carrier said, and
//! what that comes to. The shapes are those of the vendor's samples.

use super::flags::{Flag, Flags};
use super::write_date;
use crate::api::json_text::JsonText;
use crate::company::{DeliveryEvent, DeliveryStage, Document, DocumentExtra, Moment};

/// Writes all that was asked for; nothing for an order without a parcel.
pub(super) fn write_parcel(json: &mut JsonText, document: &Document, extra: &DocumentExtra, flags: Flags) {
    if let Some(code) = extra.tracking_code.as_ref().filter(|_| flags.has(Flag::Stickers)) {
        write_stickers(json, code, document.last_change);
    }
    if flags.has(Flag::DeliveryEvents) {
        write_events(json, extra);
    }
    if flags.has(Flag::DeliveryStats) {
        write_stats(json, document, &extra.events);
    }
}

fn write_stickers(json: &mut JsonText, code: &str, until: Moment) {
    json.key("sticker_list");
    json.open_list();
    json.open();
    json.field("url", &format!("https://files.metakocka.example/stickers/{code}.pdf"));
    json.field("valid_until", &until.shown());
    json.close();
    json.close_list();
}

/// One event alone comes as an object, as clients have met it.
fn write_events(json: &mut JsonText, extra: &DocumentExtra) {
    if extra.events.is_empty() {
        return;
    }
    json.key("delivery_service_events");
    json.open_loose_list(extra.events.len());
    for event in &extra.events {
        json.open();
        json.field("event_code", event.stage.code());
        json.field("event_date", &event.at.shown());
        let words = event.stage.words();
        match extra.tracking_code.as_ref().filter(|_| event.stage == DeliveryStage::CodeAdded) {
            Some(code) => json.field("event_status", &format!("{words}: {code}")),
            None => json.field("event_status", words),
        }
        json.close();
    }
    json.close_loose_list(extra.events.len());
}

fn write_stats(json: &mut JsonText, document: &Document, events: &[DeliveryEvent]) {
    let Some(last) = events.last() else { return };
    let first = |stage: DeliveryStage| {
        events.iter().find(|event| event.stage == stage).map(|event| event.at.wall.date())
    };
    let delivery = first(DeliveryStage::Delivering);
    json.key("delivery_stats");
    json.open();
    write_date(json, "order_create_ts", Some(document.created.wall.date()));
    write_date(json, "date_delivery_service_accepted", first(DeliveryStage::Accepted));
    write_date(json, "date_first_delivery", delivery);
    write_date(json, "date_delivery_finished", first(DeliveryStage::Delivered));
    write_date(json, "first_delivery_date", delivery);
    json.field("last_delivery_service_event_code", last.stage.code());
    write_date(json, "last_delivery_service_event_date", Some(last.at.wall.date()));
    json.optional("last_delivery_service_event_place", last.place.as_deref());
    let stops = events.iter().filter_map(|event| Some((event.at.wall.date(), event.place.as_deref()?)));
    let places: Vec<String> =
        stops.map(|(date, place)| format!("{},{place}", date.strftime("%d.%m.%Y"))).collect();
    json.optional(
        "all_delivery_service_place",
        Some(places.join(";")).as_deref().filter(|all| !all.is_empty()),
    );
    json.field("tracking_last_event", &last.at.shown());
    json.close();
}
