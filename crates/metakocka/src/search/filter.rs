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
        }
    }

    fn value(&self) -> String {
        match self {
            Self::DocDateFrom(date) | Self::DocDateTo(date) => write_date(*date),
            Self::LastChangeFrom(time) | Self::LastChangeTo(time) => time.to_string(),
            Self::PaymentStatusUnpaid => "false".to_owned(),
            Self::PartnerMkId(id) => id.to_string(),
            Self::PartnerCode(text) | Self::PartnerTaxNumber(text) | Self::CustomerOrder(text) => {
                text.clone()
            }
            Self::StatusCodes(list) | Self::ProductCodes(list) => list.join(","),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({ "type": self.name().wire(), "value": self.value() })
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
            assert_eq!(filter.to_json(), json!({ "type": name, "value": value }));
        }
    }
}
