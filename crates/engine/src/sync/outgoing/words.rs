//! Why something is not sent, in sentences with what to do about it.

use metakocka::InvalidRequest;
use sync_core::capabilities::NoWay;
use sync_core::validate::Problem;

/// Reasons, all of them at once.
#[derive(Debug, Default)]
pub(super) struct Reasons(Vec<String>);

impl Reasons {
    pub(super) fn add(&mut self, reason: impl Into<String>) {
        self.0.push(reason.into());
    }

    /// What came of a step; its reasons are kept.
    pub(super) fn take<T>(&mut self, made: Result<T, Vec<String>>) -> Option<T> {
        made.map_err(|reasons| self.0.extend(reasons)).ok()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_vec(self) -> Vec<String> {
        self.0
    }
}

/// A problem of policy G with its remedy.
pub(super) fn problem(problem: &Problem) -> String {
    format!("{problem} {}", problem.remedy())
}

/// A change without a way, named as people know the field.
pub(super) fn no_way(no_way: &NoWay) -> String {
    format!("{}: {}", capital(&field(&no_way.field)), no_way.remedy())
}

/// What the client refuses to send, because Metakocka would refuse or cut it.
pub(super) fn invalid(invalid: &InvalidRequest) -> Vec<String> {
    let each = invalid.problems.iter();
    each.map(|problem| format!("{}: {}.", capital(&theirs(&problem.field)), problem.sentence)).collect()
}

/// A field of ours as people know it.
pub(super) fn field(name: &str) -> String {
    let words = match name {
        "title" => "subject",
        "buyer_order" => "customer's order number",
        "dates.document" => "date",
        "dates.due" => "due date",
        "dates.service_from" => "first day of the service",
        "dates.service_to" => "last day of the service",
        "dates.valid_to" => "valid until",
        "dates.delivery_deadline" => "delivery deadline",
        "tax_number" => "tax number",
        "registration_number" => "registration number",
        "person" => "contact person",
        "delivery_addresses" => "delivery addresses",
        "company" => "company or person",
        "taxpayer" => "liable for VAT",
        other => other,
    };
    words.to_owned()
}

/// A place of a record as people know it: `line 2 amount` as it is, a field of the head by its words.
pub(in crate::sync) fn field_words(place: &str) -> String {
    capital(&field(place))
}

/// A field of Metakocka's, with its place: `product_list[2].amount` is the amount of line 3.
fn theirs(path: &str) -> String {
    let (place, name) = path.rsplit_once('.').unwrap_or(("", path));
    let words = match name {
        "" => "request",
        "doc_date" => "date",
        "duo_payment" => "due date",
        "service_from_date" => "first day of the service",
        "service_to_date" => "last day of the service",
        "valid_to" => "valid until",
        "title" => "subject",
        "buyer_order" => "customer's order number",
        "currency_code" => "currency",
        "status_code" => "status",
        "customer" => "name",
        "place" | "city" => "town",
        "tax_id_number" => "tax number",
        "gsm" => "mobile phone",
        "name_desc" => "description",
        "doc_desc" => "text",
        "price_with_tax" => "price",
        "product_list" => "lines",
        other => other,
    };
    let words = words.replace('_', " ");
    let line = place.strip_prefix("product_list[").or_else(|| place.strip_prefix("product_add["));
    match line.and_then(|at| at.strip_suffix(']')).and_then(|at| at.parse::<usize>().ok()) {
        Some(at) => format!("{words} of line {}", at.saturating_add(1)),
        None if place == "receiver" => format!("{words} of the receiver"),
        None => words,
    }
}

/// The text with a capital in front.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
