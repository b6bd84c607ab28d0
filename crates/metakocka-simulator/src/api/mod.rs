//! The endpoints of Metakocka, one file each. Takes a parsed body, gives the text of the answer;
//! knows nothing of HTTP, faults or delays.

mod add_partner;
mod change_document_status;
mod change_product;
mod delete_document;
mod discovery;
mod document;
mod error;
mod get_document;
mod get_partner;
mod json_text;
mod mark_orders_as_shipped;
mod params;
mod partner;
mod product;
mod product_list;
mod put_document;
mod put_transaction;
mod report;
mod search;
mod search_empty;
mod search_filter;
mod search_tracking_code;
mod update_document;
mod update_partner;
mod warehouse_list;
mod warehouse_stock;
mod writing;

pub(crate) use error::{MkError, error_body};
pub(crate) use params::Params;
pub(crate) use writing::lines::discount_chain;
pub(crate) use writing::{MAX_NUMBER, parse_decimal};

use crate::company::{Company, Moment};
use crate::quirks::Quirks;
use crate::settings::Settings;
use crate::world::Refusal;

macro_rules! endpoints {
    ($($variant:ident $path:literal,)*) => {
        /// The endpoints.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Endpoint { $($variant,)* }

        impl Endpoint {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The path below `/rest/eshop/v1/`; its family matters (`metakocka-api.md` §1.2).
            const fn path(self) -> &'static str {
                match self { $(Self::$variant => $path,)* }
            }
        }
    };
}

endpoints! {
    Search "search",
    GetDocument "get_document",
    PutDocument "put_document",
    UpdateDocument "update_document",
    ChangeStatus "change_document_status",
    DeleteDocument "delete_document",
    GetPartner "get_partner",
    AddPartner "add_partner",
    UpdatePartner "update_partner",
    ProductList "json/product_list",
    ProductAdd "json/product_add",
    ProductUpdate "json/product_update",
    ProductDelete "json/product_delete",
    Discovery "search_query_advance_discovery",
    WarehouseList "json/warehouse_list",
    WarehouseStock "json/warehouse_stock",
    PutTransaction "put_transaction",
    MarkShipped "mark_orders_as_shipped",
    TrackingCode "search_tracking_code",
    Report "report",
}

impl Endpoint {
    /// The path decides.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let path = path.strip_prefix("/rest/eshop/v1/")?;
        Self::ALL.iter().copied().find(|endpoint| endpoint.path() == path)
    }

    /// The endpoint with this name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|endpoint| endpoint.name() == name)
    }

    /// The name that faults, latencies and the request log use.
    pub(crate) fn name(self) -> &'static str {
        let path = self.path();
        path.strip_prefix("json/").unwrap_or(path)
    }

    /// Whether a call may change the company. A fault that stores late lets [`Endpoint::answer`] of such a
    /// call run later, with the time that it is then.
    pub(crate) const fn writes(self) -> bool {
        match self {
            Self::Search
            | Self::GetDocument
            | Self::GetPartner
            | Self::ProductList
            | Self::Discovery
            | Self::WarehouseList
            | Self::WarehouseStock
            | Self::TrackingCode
            | Self::Report => false,
            Self::PutDocument
            | Self::UpdateDocument
            | Self::ChangeStatus
            | Self::DeleteDocument
            | Self::AddPartner
            | Self::UpdatePartner
            | Self::ProductAdd
            | Self::ProductUpdate
            | Self::ProductDelete
            | Self::PutTransaction
            | Self::MarkShipped => true,
        }
    }

    /// The answer to a call whose key was accepted.
    pub(crate) fn answer(
        self,
        company: &mut Company,
        params: &Params,
        call: Call<'_>,
    ) -> Result<Reply, MkError> {
        let text = match self {
            Self::Search => search::answer(company, params, call),
            Self::GetDocument => get_document::answer(company, params, call),
            Self::PutDocument => put_document::answer(company, params, call),
            Self::UpdateDocument => update_document::answer(company, params, call),
            Self::ChangeStatus => change_document_status::answer(company, params, call),
            Self::DeleteDocument => delete_document::answer(company, params, call),
            Self::GetPartner => get_partner::answer(company, params, call),
            Self::AddPartner => add_partner::answer(company, params, call),
            Self::UpdatePartner => update_partner::answer(company, params, call),
            Self::ProductList => product_list::answer(company, params, call),
            Self::ProductAdd => change_product::add(company, params, call),
            Self::ProductUpdate => change_product::update(company, params, call),
            Self::ProductDelete => change_product::delete(company, params, call),
            Self::Discovery => discovery::answer(params, call),
            Self::WarehouseList => warehouse_list::answer(company, params, call),
            Self::WarehouseStock => warehouse_stock::answer(company, params, call),
            Self::PutTransaction => put_transaction::answer(company, params, call),
            Self::MarkShipped => mark_orders_as_shipped::answer(company, params, call),
            Self::TrackingCode => search_tracking_code::answer(company, params, call),
            Self::Report => return report::answer(company, params, call).map(Reply::Pdf),
        };
        text.map(Reply::Json)
    }
}

/// The answer of a call that gives nothing back: code and time.
fn done(call: Call<'_>) -> String {
    let mut json = json_text::JsonText::new(call.quirks);
    json.open();
    json.field("opr_code", "0");
    json.number("opr_time_ms", call.time_ms);
    json.close();
    json.into_text()
}

/// What a call is answered with; a refusal is JSON too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    Json(String),
    Pdf(Vec<u8>),
}

impl Reply {
    /// The code of the answer as a whole. It stands at the start or after the first ids; rows have codes of
    /// their own, which are not looked at.
    pub(crate) fn opr_code(&self) -> Option<&str> {
        const KEY: &str = "\"opr_code\":\"";
        /// Bytes that may stand before the code.
        const WITHIN: usize = 200;
        let Self::Json(body) = self else { return None };
        let from = body.find(KEY).filter(|at| *at < WITHIN)? + KEY.len();
        body[from..].split('"').next()
    }
}

/// A scalar of a body as text, whether it was sent as a string or not.
pub(crate) fn scalar_text(value: &serde_json::Value) -> Option<String> {
    params::scalar(value).map(std::borrow::Cow::into_owned)
}

/// The names of all endpoints.
pub(crate) fn endpoint_names() -> Vec<&'static str> {
    Endpoint::ALL.iter().map(|endpoint| endpoint.name()).collect()
}

/// Whether faults and latencies may name this endpoint.
pub(crate) fn check_endpoint_name(name: &str) -> Result<(), Refusal> {
    if name == "*" || Endpoint::ALL.iter().any(|endpoint| endpoint.name() == name) {
        return Ok(());
    }
    let known = endpoint_names().join(", ");
    Err(Refusal(format!("there is no endpoint {name}; there are {known} and *")))
}

/// What an answer needs besides the body.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) quirks: Quirks,
    /// `company_id` of the call.
    pub(crate) company_id: &'a str,
    /// When the call is worked on, by the simulator's clock.
    pub(crate) now: Moment,
    /// Reported as `opr_time_ms`: the configured delay, so that equal calls give equal bytes.
    pub(crate) time_ms: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_found_near_the_start_only() {
        let json = |body: &str| Reply::Json(body.to_owned());
        assert_eq!(json("{\"opr_code\":\"0\",\"x\":\"1\"}").opr_code(), Some("0"));
        assert_eq!(json("{\"mk_id\":\"1\",\"opr_code\":\"6\"}").opr_code(), Some("6"));
        assert_eq!(json("{\"partner_list_count\":\"1\"}").opr_code(), None);
        let far = format!("{{\"a\":\"{}\",\"opr_code\":\"0\"}}", "b".repeat(300));
        assert_eq!(json(&far).opr_code(), None);
        assert_eq!(Reply::Pdf(Vec::new()).opr_code(), None);
    }
}
