//! The endpoints of Metakocka, one file each. Takes a parsed body, gives the text of the answer;
//! knows nothing of HTTP, faults or delays.

mod discovery;
mod document;
mod get_document;
mod get_partner;
mod json_text;
mod params;
mod partner;
mod product;
mod product_list;
mod search;
mod search_filter;
mod warehouse_list;

pub(crate) use params::Params;

use crate::company::{Company, Moment};
use crate::settings::Settings;
use crate::world::Refusal;
use json_text::JsonText;

/// The endpoints that exist so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Search,
    GetDocument,
    GetPartner,
    ProductList,
    Discovery,
    WarehouseList,
}

impl Endpoint {
    const ALL: [Self; 6] = [
        Self::Search,
        Self::GetDocument,
        Self::GetPartner,
        Self::ProductList,
        Self::Discovery,
        Self::WarehouseList,
    ];

    /// The path decides; its family matters (`metakocka-api.md` §1.2).
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.path() == path)
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Search => "/rest/eshop/v1/search",
            Self::GetDocument => "/rest/eshop/v1/get_document",
            Self::GetPartner => "/rest/eshop/v1/get_partner",
            Self::ProductList => "/rest/eshop/v1/json/product_list",
            Self::Discovery => "/rest/eshop/v1/search_query_advance_discovery",
            Self::WarehouseList => "/rest/eshop/v1/json/warehouse_list",
        }
    }

    /// The name that faults, latencies and the request log use.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::GetDocument => "get_document",
            Self::GetPartner => "get_partner",
            Self::ProductList => "product_list",
            Self::Discovery => "search_query_advance_discovery",
            Self::WarehouseList => "warehouse_list",
        }
    }

    /// The endpoint with this name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.name() == name)
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
            | Self::WarehouseList => false,
        }
    }

    /// The answer to a call whose key was accepted.
    pub(crate) fn answer(
        self,
        company: &mut Company,
        params: &Params,
        call: Call<'_>,
    ) -> Result<String, MkError> {
        match self {
            Self::Search => search::answer(company, params, call),
            Self::GetDocument => get_document::answer(company, params, call),
            Self::GetPartner => get_partner::answer(company, params, call),
            Self::ProductList => product_list::answer(company, params, call),
            Self::Discovery => discovery::answer(params, call),
            Self::WarehouseList => warehouse_list::answer(params, call),
        }
    }
}

/// A scalar of a body as text, whether it was sent as a string or not.
pub(crate) fn scalar_text(value: &serde_json::Value) -> Option<String> {
    params::scalar(value).map(std::borrow::Cow::into_owned)
}

/// Whether faults and latencies may name this endpoint.
pub(crate) fn check_endpoint_name(name: &str) -> Result<(), Refusal> {
    if name == "*" || Endpoint::ALL.iter().any(|endpoint| endpoint.name() == name) {
        return Ok(());
    }
    let known: Vec<_> = Endpoint::ALL.iter().map(|endpoint| endpoint.name()).collect();
    Err(Refusal(format!("there is no endpoint {name}; there are {} and *", known.join(", "))))
}

/// What an answer needs besides the body.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) settings: &'a Settings,
    /// When the call is worked on, by the simulator's clock.
    pub(crate) now: Moment,
    /// Reported as `opr_time_ms`: the configured delay, so that equal calls give equal bytes.
    pub(crate) time_ms: u64,
}

/// An error of Metakocka: HTTP 200 with an `opr_code` (§1.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MkError {
    pub(crate) code: &'static str,
    pub(crate) text: String,
}

impl MkError {
    pub(crate) fn internal(text: impl Into<String>) -> Self {
        Self { code: "1", text: text.into() }
    }

    pub(crate) fn parameter(text: impl Into<String>) -> Self {
        Self { code: "2", text: text.into() }
    }

    pub(crate) fn application(text: impl Into<String>) -> Self {
        Self { code: "6", text: text.into() }
    }

    pub(crate) fn bad_key() -> Self {
        Self { code: "3", text: "Invalid value for secret_key and company_id".to_owned() }
    }

    pub(crate) fn quota() -> Self {
        Self { code: "5", text: "Quote exceeds".to_owned() }
    }

    pub(crate) fn body(&self, time_ms: u64) -> String {
        error_body(self.code, &self.text, time_ms)
    }
}

/// The envelope of an error. Code 6 has its text in `opr_desc_app`, and no `opr_desc` (§1.3).
pub(crate) fn error_body(code: &str, text: &str, time_ms: u64) -> String {
    let mut json = JsonText::new();
    json.open();
    json.field("opr_code", code);
    json.field(if code == "6" { "opr_desc_app" } else { "opr_desc" }, text);
    json.number("opr_time_ms", time_ms);
    json.close();
    json.into_text()
}
