//! Conditions of a search (`metakocka-api.md §5`).

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::identity::MkId;
use crate::values::{WallTime, write_date};

/// A condition. Which types of document know it is said in words; the company's own version is asked with
/// [`Client::filter_discovery`](crate::Client::filter_discovery).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SearchFilter {
    /// Dated on this day or later: bills, orders; not offers.
    DocDateFrom(Date),
    /// Dated on this day or earlier: bills, orders; not offers.
    DocDateTo(Date),
    /// Changed at this time or later: orders. Overlap by two hours at least: that the filter reads wall
    /// time is inferred (§1.5).
    LastChangeFrom(WallTime),
    /// Changed at this time or earlier: orders.
    LastChangeTo(WallTime),
    /// Not paid in full: bills.
    PaymentStatusUnpaid,
    /// Of this partner: all types.
    PartnerMkId(MkId),
    /// Of the partner with this visible code: bills.
    PartnerCode(String),
    /// Of the partner with this tax number: bills.
    PartnerTaxNumber(String),
    /// With this customer's order number, `buyer_order` elsewhere (Q6): orders.
    CustomerOrder(String),
    /// With one of these status codes: orders.
    StatusCodes(Vec<String>),
    /// With one of these products, by SKU: orders.
    ProductCodes(Vec<String>),
    /// Whose status changed between two times to one of these codes: orders. Metakocka wants all three.
    StatusChange {
        /// From this time on.
        from: WallTime,
        /// Up to this time.
        to: WallTime,
        /// The status's codes (*Opis*).
        codes: Vec<String>,
    },
    /// About this partner, in free text: bills.
    PartnerText(String),
    /// Of partners in this country, by its English name best: orders.
    PartnerCountry(String),
    /// With this receiver's name: orders.
    RecipientName(String),
    /// With this receiver's e-mail: orders.
    RecipientEmail(String),
    /// With this receiver's phone number: orders.
    RecipientPhone(String),
    /// With this delivery type's code (*Opis*): orders.
    DeliveryType(String),
    /// With this profit centre; by code, else by description (§5): orders.
    ProfitCenter(String),
    /// Whose parcel was last heard of at this time or later: orders.
    TrackingEventFrom(WallTime),
    /// Whose parcel was last heard of at this time or earlier: orders.
    TrackingEventTo(WallTime),
    /// With one of these status ids, `-2` for none: bills.
    StatusIds(Vec<String>),
    /// With one of these products, by id: orders.
    ProductIds(Vec<String>),
    /// Only open ones: warehouse documents.
    OnlyOpen,
    /// Only real acceptance notes: warehouse documents.
    OnlyRealAcceptanceNotes,
    /// Only write-offs, or none: packing lists.
    WriteOff(bool),
    /// Only what is (or is not) sent to web shops: products.
    EshopSync(bool),
}

/// The name of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FilterName {
    /// `doc_date_from`
    DocDateFrom,
    /// `doc_date_to`
    DocDateTo,
    /// `last_change_from`
    LastChangeFrom,
    /// `last_change_to`
    LastChangeTo,
    /// `payment_status`
    PaymentStatus,
    /// `partner_mk_id`
    PartnerMkId,
    /// `partner_code`
    PartnerCode,
    /// `partner_tax_num`
    PartnerTaxNumber,
    /// `customer_order`
    CustomerOrder,
    /// `status_list`
    StatusList,
    /// `product_code_list`
    ProductCodeList,
    /// `status_change_list`; it goes with `status_change_from` and `status_change_to`.
    StatusChange,
    /// `partner_query`
    PartnerText,
    /// `partner_country`
    PartnerCountry,
    /// `partner_recipient_name`
    RecipientName,
    /// `partner_recipient_email`
    RecipientEmail,
    /// `partner_recipient_phone`
    RecipientPhone,
    /// `delivery_type`
    DeliveryType,
    /// `profit_center`
    ProfitCenter,
    /// `tracking_last_event_date_from`
    TrackingEventFrom,
    /// `tracking_last_event_date_to`
    TrackingEventTo,
    /// `status_id_list`
    StatusIds,
    /// `product_id_list`
    ProductIds,
    /// `show_only_open`
    OnlyOpen,
    /// `show_only_real_acceptance_note`
    OnlyRealAcceptanceNotes,
    /// `write_off`
    WriteOff,
    /// `eshop_sync`
    EshopSync,
}

impl FilterName {
    /// The name that Metakocka uses.
    pub const fn wire(self) -> &'static str {
        match self {
            Self::DocDateFrom => "doc_date_from",
            Self::DocDateTo => "doc_date_to",
            Self::LastChangeFrom => "last_change_from",
            Self::LastChangeTo => "last_change_to",
            Self::PaymentStatus => "payment_status",
            Self::PartnerMkId => "partner_mk_id",
            Self::PartnerCode => "partner_code",
            Self::PartnerTaxNumber => "partner_tax_num",
            Self::CustomerOrder => "customer_order",
            Self::StatusList => "status_list",
            Self::ProductCodeList => "product_code_list",
            Self::StatusChange => "status_change_list",
            Self::PartnerText => "partner_query",
            Self::PartnerCountry => "partner_country",
            Self::RecipientName => "partner_recipient_name",
            Self::RecipientEmail => "partner_recipient_email",
            Self::RecipientPhone => "partner_recipient_phone",
            Self::DeliveryType => "delivery_type",
            Self::ProfitCenter => "profit_center",
            Self::TrackingEventFrom => "tracking_last_event_date_from",
            Self::TrackingEventTo => "tracking_last_event_date_to",
            Self::StatusIds => "status_id_list",
            Self::ProductIds => "product_id_list",
            Self::OnlyOpen => "show_only_open",
            Self::OnlyRealAcceptanceNotes => "show_only_real_acceptance_note",
            Self::WriteOff => "write_off",
            Self::EshopSync => "eshop_sync",
        }
    }
}

impl SearchFilter {
    /// The condition's name.
    pub const fn name(&self) -> FilterName {
        match self {
            Self::DocDateFrom(_) => FilterName::DocDateFrom,
            Self::DocDateTo(_) => FilterName::DocDateTo,
            Self::LastChangeFrom(_) => FilterName::LastChangeFrom,
            Self::LastChangeTo(_) => FilterName::LastChangeTo,
            Self::PaymentStatusUnpaid => FilterName::PaymentStatus,
            Self::PartnerMkId(_) => FilterName::PartnerMkId,
            Self::PartnerCode(_) => FilterName::PartnerCode,
            Self::PartnerTaxNumber(_) => FilterName::PartnerTaxNumber,
            Self::CustomerOrder(_) => FilterName::CustomerOrder,
            Self::StatusCodes(_) => FilterName::StatusList,
            Self::ProductCodes(_) => FilterName::ProductCodeList,
            Self::StatusChange { .. } => FilterName::StatusChange,
            Self::PartnerText(_) => FilterName::PartnerText,
            Self::PartnerCountry(_) => FilterName::PartnerCountry,
            Self::RecipientName(_) => FilterName::RecipientName,
            Self::RecipientEmail(_) => FilterName::RecipientEmail,
            Self::RecipientPhone(_) => FilterName::RecipientPhone,
            Self::DeliveryType(_) => FilterName::DeliveryType,
            Self::ProfitCenter(_) => FilterName::ProfitCenter,
            Self::TrackingEventFrom(_) => FilterName::TrackingEventFrom,
            Self::TrackingEventTo(_) => FilterName::TrackingEventTo,
            Self::StatusIds(_) => FilterName::StatusIds,
            Self::ProductIds(_) => FilterName::ProductIds,
            Self::OnlyOpen => FilterName::OnlyOpen,
            Self::OnlyRealAcceptanceNotes => FilterName::OnlyRealAcceptanceNotes,
            Self::WriteOff(_) => FilterName::WriteOff,
            Self::EshopSync(_) => FilterName::EshopSync,
        }
    }

    fn value(&self) -> String {
        match self {
            Self::DocDateFrom(date) | Self::DocDateTo(date) => write_date(*date),
            Self::LastChangeFrom(time)
            | Self::LastChangeTo(time)
            | Self::TrackingEventFrom(time)
            | Self::TrackingEventTo(time) => time.to_string(),
            Self::PaymentStatusUnpaid => "false".to_owned(),
            Self::OnlyOpen | Self::OnlyRealAcceptanceNotes => "true".to_owned(),
            Self::WriteOff(flag) | Self::EshopSync(flag) => flag.to_string(),
            Self::PartnerMkId(id) => id.to_string(),
            Self::PartnerCode(text)
            | Self::PartnerTaxNumber(text)
            | Self::CustomerOrder(text)
            | Self::PartnerText(text)
            | Self::PartnerCountry(text)
            | Self::RecipientName(text)
            | Self::RecipientEmail(text)
            | Self::RecipientPhone(text)
            | Self::DeliveryType(text)
            | Self::ProfitCenter(text) => text.clone(),
            Self::StatusCodes(list)
            | Self::ProductCodes(list)
            | Self::StatusIds(list)
            | Self::ProductIds(list)
            | Self::StatusChange { codes: list, .. } => list.join(","),
        }
    }

    /// The conditions that Metakocka gets: one, or the three that go together.
    pub(crate) fn to_json(&self) -> Vec<Value> {
        let condition = |name: &str, value: String| json!({ "type": name, "value": value });
        let mut conditions = vec![condition(self.name().wire(), self.value())];
        if let Self::StatusChange { from, to, .. } = self {
            conditions.push(condition("status_change_from", from.to_string()));
            conditions.push(condition("status_change_to", to.to_string()));
        }
        conditions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, datetime};

    #[test]
    fn conditions_are_written_as_metakocka_reads_them() {
        let noon = WallTime::new(datetime(2026, 1, 3, 12, 0, 0, 0));
        for (filter, name, value) in [
            (SearchFilter::DocDateFrom(date(2026, 9, 1)), "doc_date_from", "01.09.2026"),
            (SearchFilter::LastChangeFrom(noon), "last_change_from", "2026-01-03T12:00:00+02:00"),
            (SearchFilter::PaymentStatusUnpaid, "payment_status", "false"),
            (SearchFilter::StatusCodes(vec!["open".into(), "sent".into()]), "status_list", "open,sent"),
        ] {
            assert_eq!(filter.to_json(), [json!({ "type": name, "value": value })]);
        }
    }

    #[test]
    fn a_change_of_status_is_three_conditions() {
        let noon = WallTime::new(datetime(2026, 1, 3, 12, 0, 0, 0));
        let filter = SearchFilter::StatusChange { from: noon, to: noon, codes: vec!["shipped".to_owned()] };
        let written = filter.to_json();
        let names: Vec<_> = written.iter().map(|condition| condition["type"].as_str().unwrap()).collect();
        assert_eq!(names, ["status_change_list", "status_change_from", "status_change_to"]);
    }
}
