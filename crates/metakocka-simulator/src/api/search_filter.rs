//! The filters of `query_advance` (`metakocka-api.md` §5): which a document type takes, how their
//! values are read, what they match. An unsupported one is an error, never ignored.

use super::params::{Params, parse_date, parse_time, required, scalar, wrong_form};
use super::{Call, MkError};
use crate::company::{
    Article, Company, Country, DocType, Document, LineContent, MkId, Operation, Partner, entry,
};
use crate::quirks::{Quirk, Quirks};
use jiff::civil::{Date, DateTime};
use serde_json::Value;

/// Filters of sales orders.
const ORDER_FILTERS: [&str; 20] = [
    "doc_date_from",
    "doc_date_to",
    "last_change_from",
    "last_change_to",
    "status_change_from",
    "status_change_to",
    "status_change_list",
    "tracking_last_event_date_from",
    "tracking_last_event_date_to",
    "status_list",
    "partner_mk_id",
    "partner_country",
    "partner_recipient_name",
    "partner_recipient_email",
    "partner_recipient_phone",
    "customer_order",
    "delivery_type",
    "profit_center",
    "product_id_list",
    "product_code_list",
];

/// Filters of invoices and credit notes.
const BILL_FILTERS: [&str; 8] = [
    "doc_date_from",
    "doc_date_to",
    "status_id_list",
    "payment_status",
    "partner_mk_id",
    "partner_code",
    "partner_query",
    "partner_tax_num",
];

/// Offers have no date filter (Q28).
const OFFER_FILTERS: [&str; 1] = ["partner_mk_id"];

/// The names of the filters that a document type takes under these settings.
pub(super) fn supported(doc_type: DocType, call: Call<'_>) -> Vec<&str> {
    if let Some(filters) = call.settings.filters.get(doc_type.name()) {
        return filters.iter().map(String::as_str).collect();
    }
    match doc_type {
        DocType::SalesOrder => {
            let mut filters = ORDER_FILTERS.to_vec();
            if !call.quirks.hold(Quirk::OrderNumberNames) {
                filters.push("buyer_order");
            }
            filters
        }
        DocType::SalesOffer if !call.quirks.hold(Quirk::OffersHaveNoDateFilter) => {
            vec!["partner_mk_id", "doc_date_from", "doc_date_to"]
        }
        DocType::SalesOffer => OFFER_FILTERS.to_vec(),
        _ => BILL_FILTERS.to_vec(),
    }
}

/// The filters of a request, as type and value.
pub(super) fn requested(params: &Params) -> Result<Vec<(String, String)>, MkError> {
    let items = params.list("query_advance").iter();
    items
        .map(|item| {
            let field = |key: &str| item.get(key).and_then(scalar).map(std::borrow::Cow::into_owned);
            let kind = field("type").ok_or_else(|| required("type"))?;
            let value = match item.get("value") {
                Some(Value::Array(_) | Value::Object(_)) => return Err(wrong_form(&kind)),
                _ => field("value").ok_or_else(|| required("value"))?,
            };
            Ok((kind, value))
        })
        .collect()
}

pub(super) fn unsupported(kind: &str) -> MkError {
    MkError::internal(format!("Internet error - cannot get beQueryParam for : {kind}"))
}

/// One parsed filter.
#[derive(Debug)]
pub(super) enum Filter {
    DateFrom(Date),
    DateTo(Date),
    ChangedFrom(DateTime),
    ChangedTo(DateTime),
    StatusChange {
        from: DateTime,
        to: DateTime,
        codes: Vec<String>,
    },
    Status(Vec<String>),
    /// The carrier's last event from, or up to, a time.
    LastEventFrom(DateTime),
    LastEventTo(DateTime),
    /// A value that nothing has.
    Nothing,
    WithoutStatus,
    Paid(bool),
    Partner(MkId),
    PartnerNumber(String),
    PartnerText(String),
    PartnerTax(String),
    PartnerCountry(Country),
    RecipientName(String),
    RecipientEmail(String),
    RecipientPhone(String),
    BuyerOrder(String),
    DeliveryType(String),
    ProfitCentre(String),
    Products(Vec<MkId>),
    ProductCodes(Vec<String>),
    /// The free text of `query`, and whether it looks at titles.
    Text(String, bool),
}

/// All filters of a search, ANDed.
pub(super) fn parse_all(
    company: &Company,
    doc_type: DocType,
    params: &Params,
    call: Call<'_>,
) -> Result<Vec<Filter>, MkError> {
    let mut requested = requested(params)?;
    let supported = supported(doc_type, call);
    if call.quirks.hold(Quirk::UnsupportedFilters) {
        if let Some((kind, _)) = requested.iter().find(|(kind, _)| !supported.contains(&kind.as_str())) {
            return Err(unsupported(kind));
        }
    } else {
        requested.retain(|(kind, _)| supported.contains(&kind.as_str()));
    }
    one_list_of_products(&requested)?;
    let mut filters = Vec::new();
    filters.extend(status_change(&requested, call.quirks)?);
    let singles = requested.iter().filter(|(kind, _)| !kind.starts_with("status_change_"));
    for (kind, value) in singles {
        filters.push(parse_one(company, kind, value, call)?);
    }
    filters.extend(
        params.text("query").map(|text| Filter::Text(text.to_lowercase(), call.settings.query_finds_titles)),
    );
    Ok(filters)
}

/// Products are named by id or by code, not both (§5).
fn one_list_of_products(requested: &[(String, String)]) -> Result<(), MkError> {
    let has = |name: &str| requested.iter().any(|(kind, _)| kind == name);
    if has("product_id_list") && has("product_code_list") {
        return Err(wrong_form("product_code_list"));
    }
    Ok(())
}

/// All three parts or none (§5).
fn status_change(requested: &[(String, String)], quirks: Quirks) -> Result<Option<Filter>, MkError> {
    let part = |name: &str| requested.iter().find(|(kind, _)| kind == name).map(|(_, value)| value);
    let (from, to, list) = (part("status_change_from"), part("status_change_to"), part("status_change_list"));
    match (from, to, list) {
        (None, None, None) => Ok(None),
        (Some(from), Some(to), Some(list)) => Ok(Some(Filter::StatusChange {
            from: parse_time("status_change_from", from, quirks)?,
            to: parse_time("status_change_to", to, quirks)?,
            codes: comma_list(list),
        })),
        (None, _, _) => Err(required("status_change_from")),
        (_, None, _) => Err(required("status_change_to")),
        (_, _, None) => Err(required("status_change_list")),
    }
}

fn parse_one(company: &Company, kind: &str, value: &str, call: Call<'_>) -> Result<Filter, MkError> {
    let quirks = call.quirks;
    let lower = || value.to_lowercase();
    Ok(match kind {
        "doc_date_from" => Filter::DateFrom(parse_date(kind, value, quirks)?),
        "doc_date_to" => Filter::DateTo(parse_date(kind, value, quirks)?),
        "last_change_from" => Filter::ChangedFrom(parse_time(kind, value, quirks)?),
        "last_change_to" => Filter::ChangedTo(parse_time(kind, value, quirks)?),
        "tracking_last_event_date_from" => Filter::LastEventFrom(parse_time(kind, value, quirks)?),
        "tracking_last_event_date_to" => Filter::LastEventTo(parse_time(kind, value, quirks)?),
        "status_list" => Filter::Status(comma_list(value)),
        "status_id_list" if comma_list(value).iter().any(|id| id == "-2") => Filter::WithoutStatus,
        "status_id_list" => Filter::Nothing,
        "payment_status" => Filter::Paid(parse_bool(kind, value)?),
        "partner_mk_id" => Filter::Partner(parse_id(kind, value)?),
        "partner_code" => Filter::PartnerNumber(value.to_owned()),
        "partner_query" => Filter::PartnerText(lower()),
        "partner_tax_num" => Filter::PartnerTax(value.to_owned()),
        "partner_country" => Country::of_text(value).map_or(Filter::Nothing, Filter::PartnerCountry),
        "partner_recipient_name" => Filter::RecipientName(lower()),
        "partner_recipient_email" => Filter::RecipientEmail(lower()),
        "partner_recipient_phone" => Filter::RecipientPhone(value.to_owned()),
        "customer_order" | "buyer_order" => Filter::BuyerOrder(value.to_owned()),
        "delivery_type" => delivery_type(company, value),
        "profit_center" => profit_centre(company, value, call),
        "product_id_list" => {
            Filter::Products(comma_list(value).iter().map(|id| parse_id(kind, id)).collect::<Result<_, _>>()?)
        }
        "product_code_list" => Filter::ProductCodes(comma_list(value)),
        // A filter that the settings allow but nobody has described.
        other => return Err(unsupported(other)),
    })
}

fn delivery_type(company: &Company, code: &str) -> Filter {
    let found = entry(&company.registers.delivery_types, code);
    found.map_or(Filter::Nothing, |entry| Filter::DeliveryType(entry.label.clone()))
}

/// The description or the code, whichever the settings say; not both.
fn profit_centre(company: &Company, value: &str, call: Call<'_>) -> Filter {
    let by_code = call.settings.profit_center_by_code;
    let mut centres = company.registers.profit_centers.iter();
    let found = centres.find(|entry| if by_code { entry.code == value } else { entry.label == value });
    found.map_or(Filter::Nothing, |entry| Filter::ProfitCentre(entry.code.clone()))
}

fn comma_list(value: &str) -> Vec<String> {
    value.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

fn parse_id(kind: &str, value: &str) -> Result<MkId, MkError> {
    value.trim().parse().map(MkId).map_err(|_| wrong_form(kind))
}

fn parse_bool(kind: &str, value: &str) -> Result<bool, MkError> {
    value.parse().map_err(|_| wrong_form(kind))
}

impl Filter {
    /// Bounds are inclusive (§9).
    pub(super) fn matches(&self, document: &Document, company: &Company) -> bool {
        let partner = || company.partner(document.partner.partner);
        let recipient = || company.partner(document.receiver.unwrap_or(document.partner).partner);
        match self {
            Self::DateFrom(from) => document.date >= *from,
            Self::DateTo(to) => document.date <= *to,
            Self::ChangedFrom(from) => document.last_change.shown_wall() >= *from,
            Self::ChangedTo(to) => document.last_change.shown_wall() <= *to,
            Self::StatusChange { from, to, codes } => status_changed(document, *from, *to, codes),
            Self::Status(codes) => document.status.as_ref().is_some_and(|code| codes.contains(code)),
            Self::LastEventFrom(from) => last_event(document).is_some_and(|event| event >= *from),
            Self::LastEventTo(to) => last_event(document).is_some_and(|event| event <= *to),
            Self::Nothing => false,
            Self::WithoutStatus => document.status.is_none(),
            Self::Paid(paid) => document.is_paid() == *paid,
            Self::Partner(id) => document.partner.partner == *id,
            Self::PartnerNumber(number) => partner().is_some_and(|p| p.number == *number),
            Self::PartnerText(text) => partner().is_some_and(|p| p.name.to_lowercase().contains(text)),
            Self::PartnerTax(number) => partner().is_some_and(|p| p.tax_number.as_ref() == Some(number)),
            Self::PartnerCountry(country) => {
                partner().and_then(|p| p.main_address()).is_some_and(|a| a.country == *country)
            }
            Self::RecipientName(text) => recipient().is_some_and(|p| p.name.to_lowercase().contains(text)),
            Self::RecipientEmail(text) => recipient().is_some_and(|p| has_email(p, text)),
            Self::RecipientPhone(text) => recipient().is_some_and(|p| has_phone(p, text)),
            Self::BuyerOrder(number) => document.buyer_order.as_ref() == Some(number),
            Self::DeliveryType(label) => document.delivery_type.as_ref() == Some(label),
            Self::ProfitCentre(code) => document.profit_center.as_ref() == Some(code),
            Self::Products(ids) => product_ids(document).any(|id| ids.contains(&id)),
            Self::ProductCodes(codes) => product_ids(document)
                .filter_map(|id| company.product(id))
                .any(|product| codes.contains(&product.code)),
            Self::Text(text, titles) => mentions(document, partner(), text, *titles),
        }
    }
}

fn last_event(document: &Document) -> Option<DateTime> {
    let events = &document.extra.as_ref()?.events;
    events.iter().map(|event| event.at.shown_wall()).max()
}

fn status_changed(document: &Document, from: DateTime, to: DateTime, codes: &[String]) -> bool {
    document.history.iter().any(|change| match &change.operation {
        Operation::Status { after: Some(after), .. } => {
            (from..=to).contains(&change.at.wall) && codes.contains(after)
        }
        _ => false,
    })
}

pub(super) fn has_email(partner: &Partner, lower: &str) -> bool {
    partner
        .contacts
        .iter()
        .filter_map(|c| c.email.as_deref())
        .any(|email| email.to_lowercase().contains(lower))
}

pub(super) fn has_phone(partner: &Partner, text: &str) -> bool {
    partner.contacts.iter().any(|c| c.gsm.as_deref() == Some(text) || c.phone.as_deref() == Some(text))
}

fn product_ids(document: &Document) -> impl Iterator<Item = MkId> + '_ {
    document.lines.iter().filter_map(|line| match &line.content {
        LineContent::Priced(priced) => match priced.article {
            Article::Product(id) => Some(id),
            Article::Free { .. } => None,
        },
        _ => None,
    })
}

/// As the search box of the user interface: number, partner, title, order number.
fn mentions(document: &Document, partner: Option<&Partner>, lower: &str, titles: bool) -> bool {
    let texts = [
        Some(document.number.as_str()),
        document.title.as_deref().filter(|_| titles),
        document.buyer_order.as_deref(),
        partner.map(|p| p.name.as_str()),
    ];
    texts.into_iter().flatten().any(|text| text.to_lowercase().contains(lower))
}
