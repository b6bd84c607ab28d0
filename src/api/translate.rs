//! From the engine's views to what pages show: decimals and instants become text and wall times.

use engine::EngineError;
use engine::crm::SyncView;
use engine::error::Reason;
use engine::sync::{RunState as EngineRunState, RunView, SyncStatus};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::Value;

use sync_core::record::DocumentType;
use sync_core::state::{Pending, SyncState};

use crate::api::error::{ApiError, Blocker, FieldError};
use crate::model::{Day, RecordSync, Relation, Run, RunState, When};

/// Where the company's clock hangs. One zone for everybody: Metakocka's own times are of this zone.
const ZONE: &str = "Europe/Ljubljana";
/// Most characters of a value that a page shows.
const VALUE: usize = 300;

/// An instant as the company's clock shows it.
pub(super) fn when(at: Timestamp, now: Timestamp) -> When {
    // The zones are compiled in; without them the times are those of Greenwich.
    let zone = TimeZone::get(ZONE).unwrap_or(TimeZone::UTC);
    let local = zone.to_datetime(at);
    let today = zone.to_datetime(now).date();
    When {
        day: day(local.date()),
        hour: local.hour().unsigned_abs(),
        minute: local.minute().unsigned_abs(),
        relation: relation(local.date(), today),
        utc: at.to_string(),
    }
}

fn relation(day: Date, today: Date) -> Relation {
    if day == today {
        Relation::Today
    } else if today.yesterday().is_ok_and(|yesterday| day == yesterday) {
        Relation::Yesterday
    } else if today.tomorrow().is_ok_and(|tomorrow| day == tomorrow) {
        Relation::Tomorrow
    } else if day.year() == today.year() {
        Relation::SameYear
    } else {
        Relation::OtherYear
    }
}

/// A calendar day.
pub(super) fn day(date: Date) -> Day {
    Day { year: date.year(), month: date.month().unsigned_abs(), day: date.day().unsigned_abs() }
}

/// A day that somebody asked for; none when its month has no such day.
pub(super) fn date(day: Day) -> Option<Date> {
    Date::new(day.year, day.month.try_into().ok()?, day.day.try_into().ok()?).ok()
}

/// A day as a form or a list sends it; none when it is no day.
pub(super) fn read_day(text: &str) -> Option<Date> {
    text.parse().ok()
}

/// An exact decimal as text.
pub(super) fn decimal(value: Decimal) -> String {
    value.to_string()
}

/// Text that was typed; none when it is empty.
pub(super) fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.trim().is_empty())
}

/// State of a record. One that only a newer version knows is shown as waiting, with its name.
pub(super) fn sync(view: SyncView, now: Timestamp) -> RecordSync {
    let unknown = view.state.is_none().then(|| match &view.reason {
        Some(reason) => format!("{} ({reason})", view.status),
        None => view.status.clone(),
    });
    RecordSync {
        state: view.state.unwrap_or(SyncState::Pending(Pending::Waiting)),
        detail: view.detail.or(unknown),
        at: None,
        asks_at: None,
        number: view.external_number,
        equal_at: view.equal_at.map(|at| when(at, now)),
        advice: None,
        write: None,
    }
}

/// Adds when what is on its way goes on, and what somebody can do.
pub(super) fn with_status(sync: RecordSync, status: Option<SyncStatus>, now: Timestamp) -> RecordSync {
    let Some(status) = status else { return sync };
    let next = if sync.state == SyncState::Running { status.since } else { status.next_step_at };
    RecordSync {
        at: next.map(|at| when(at, now)),
        asks_at: status.asks_at.map(|at| when(at, now)),
        advice: status.advice,
        write: status.intent,
        ..sync
    }
}

/// Whether a row of a list says when it goes on.
pub(super) fn says_when(sync: &RecordSync) -> bool {
    matches!(sync.state, SyncState::Running | SyncState::Unknown)
}

/// A value as people read it: text as it is, nothing as nothing, a list or record part by part, not too long.
pub(super) fn shown(value: Option<&Value>) -> String {
    let text = value.map(plain).unwrap_or_default();
    if text.chars().count() <= VALUE {
        return text;
    }
    let short: String = text.chars().take(VALUE).collect();
    format!("{short}…")
}

fn plain(value: &Value) -> String {
    let joined = |parts: Vec<String>, between: &str| {
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
    };
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(all) => joined(all.iter().map(plain).collect(), "; "),
        Value::Object(_) if value.get("product").is_some() && value.get("amount").is_some() => line(value),
        Value::Object(parts) => joined(parts.values().map(plain).collect(), ", "),
        other => other.to_string(),
    }
}

/// A line of a document: amount, product, price, tax.
fn line(line: &Value) -> String {
    let part = |name: &str| line.pointer(name).map(plain).unwrap_or_default();
    let amount = format!("{} × {}", part("/amount"), part("/product/code"));
    let parts = [amount, part("/text"), part("/price"), part("/tax/code")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The CRM's word for a type of Metakocka, as the public contract spells the types.
pub(super) fn document_type(remote_type: &str) -> Option<DocumentType> {
    Some(match remote_type {
        "sales_offer" => DocumentType::Offer,
        "sales_order" => DocumentType::Order,
        "sales_bill_domestic" => DocumentType::InvoiceDomestic,
        "sales_bill_foreign" => DocumentType::InvoiceForeign,
        "sales_bill_retail" => DocumentType::InvoiceRetail,
        "sales_bill_prepaid" => DocumentType::InvoicePrepaid,
        "sales_bill_credit_note" => DocumentType::CreditNote,
        _ => return None,
    })
}

/// How far a run is.
pub(super) fn run(view: RunView) -> Run {
    Run {
        id: view.id,
        kind: view.kind,
        pulls: view.pulls,
        pushes: view.pushes,
        state: match view.state {
            EngineRunState::Queued => RunState::Queued,
            EngineRunState::Running => RunState::Running,
            EngineRunState::Done => RunState::Done,
            EngineRunState::Failed => RunState::Failed,
            EngineRunState::Cancelled => RunState::Cancelled,
        },
        total: count(view.total),
        created: count(view.created),
        updated: count(view.updated),
        unchanged: count(view.unchanged),
        failed: count(view.failed),
        unknown: count(view.unknown),
        review: count(view.review),
        skipped: count(view.skipped),
        error: view.error,
        reference: view.reference,
        cancel_asked_at: view.cancel_asked_at.map(|at| at.to_string()),
    }
}

/// A count of the database.
pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// What blocks sending: sentence and remedy.
pub(super) fn blocking(reasons: Vec<Reason>) -> Vec<(String, String)> {
    reasons.into_iter().map(|reason| (reason.sentence, reason.remedy)).collect()
}

/// Names what is wrong as the form does; what the form has no field for stands above it.
pub(super) fn named(error: EngineError, name: impl Fn(&str) -> Option<&'static str>) -> ApiError {
    let mut error = ApiError::from(error);
    let (known, others): (Vec<Blocker>, Vec<Blocker>) =
        error.errors.into_iter().partition(|wrong| name(&wrong.field).is_some());
    error.fields.extend(known.into_iter().map(|wrong| FieldError {
        field: name(&wrong.field).unwrap_or_default().to_owned(),
        sentence: format!("{} {}", wrong.sentence, wrong.remedy),
    }));
    if !others.is_empty() {
        let all: Vec<String> = others
            .iter()
            .map(|wrong| format!("{}: {} {}", wrong.field, wrong.sentence, wrong.remedy))
            .collect();
        error.error = all.join(" ");
    }
    error.errors = others;
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_line_is_told_as_people_read_it() {
        let line = serde_json::json!([{ "amount": "2", "kind": "product", "price": { "net": "10.5" },
            "product": { "code": "BARVA-008", "external_id": "1500515" }, "tax": { "code": "EX4", "rate": "0.22" } }]);
        assert_eq!(shown(Some(&line)), "2 × BARVA-008, 10.5, EX4");
        assert_eq!(shown(Some(&serde_json::json!("x".repeat(VALUE + 1)))).chars().count(), VALUE + 1);
        assert_eq!(shown(None), "");
    }

    #[test]
    fn instants_are_shown_by_the_clock_of_ljubljana() {
        let shown = when(at("2026-07-01T22:30:00Z"), at("2026-07-02T08:00:00Z"));
        assert_eq!((shown.hour, shown.minute, shown.relation), (0, 30, Relation::Today));
        let winter = when(at("2026-01-10T08:05:00Z"), at("2026-07-02T08:00:00Z"));
        assert_eq!((winter.hour, winter.minute, winter.relation), (9, 5, Relation::SameYear));
    }

    #[test]
    fn neighbouring_days_have_names_and_other_years_are_told_apart() {
        let now = at("2026-01-01T12:00:00Z");
        assert_eq!(when(at("2025-12-31T12:00:00Z"), now).relation, Relation::Yesterday);
        assert_eq!(when(at("2026-01-02T12:00:00Z"), now).relation, Relation::Tomorrow);
        assert_eq!(when(at("2025-12-30T12:00:00Z"), now).relation, Relation::OtherYear);
    }
}
