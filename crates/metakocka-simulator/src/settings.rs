//! The knobs of the simulator that are no faults. Defaults are the worse reading of
//! `metakocka-api.md` §9.

use crate::company::DocType;
use crate::latency::{Latency, MAX_LATENCY_MS};
use crate::quota::Quota;
use crate::world::Refusal;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// Among which documents a customer's order number must be unique (§4.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UniqueBuyerOrder {
    /// Sales orders.
    Orders,
    /// Sales orders and invoices.
    OrdersAndBills,
    /// Sales orders of partners of one country.
    OrdersByCountry,
}

/// What PUT `/_sim/settings` changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "independent knobs")]
pub struct Settings {
    /// Milliseconds every call takes, by endpoint name or `*`; wins over what is drawn.
    pub latency_ms: BTreeMap<String, u64>,
    /// What the drawn delays are multiplied with: 0 for tests, 1 for Metakocka's own pace (§1.6).
    pub latency_factor: f64,
    /// Same seed, same delays.
    pub latency_seed: u64,
    /// Distributions in place of the built-in ones, by endpoint name or `create_invoice`.
    pub latencies: BTreeMap<String, Latency>,
    /// None: no quota.
    pub quota: Option<Quota>,
    /// Searches of one company that run at a time; the rest queue (§1.6: 1).
    pub search_parallelism: usize,
    /// Lock groups that the header `searchGroup` may name besides the common one, each a queue of its
    /// own; only servers of one customer have them (§1.6: 0).
    pub search_lock_groups: usize,
    /// Search filters by document type, in place of those of §5.
    pub filters: BTreeMap<String, Vec<String>>,
    /// Rows of a search without `limit`; undocumented, so a client must not rely on it.
    pub page_default: usize,
    /// Whether `order_direction` works on all types; documented for orders only (§5).
    pub order_direction_everywhere: bool,
    /// Whether offers and bills come newest first where no direction is honoured; nobody knows (§5).
    pub descending_elsewhere: bool,
    /// Whether `result_count` of a search is the total, as in one sample of the documentation (§5).
    pub result_count_is_total: bool,
    /// Whether a payment alone moves an order's last change (§9).
    pub payments_bump_last_change: bool,
    /// Whether `put_transaction` takes the dates that other calls take; by default only ISO ones (§4.6).
    pub lenient_transaction_dates: bool,
    /// Whether the sums of credit notes are shown negative; unknown (§9).
    pub credit_notes_negative: bool,
    /// Whether the free text of a search looks at titles too; a source says so, nobody has tried (§5, §9.1).
    pub query_finds_titles: bool,
    /// Whether partner data without ids is matched by tax number; always a new partner is the worse case (§9).
    pub match_partners_by_tax_number: bool,
    /// Whether too long texts are cut instead of refused (§9).
    pub truncate_long_fields: bool,
    /// Lines of a document, at most; more are refused (§9).
    pub max_lines: usize,
    /// Bytes of a request's body, at most; Metakocka's own limit is unknown (§9).
    pub max_body_bytes: usize,
    /// Companies, or `*`, that refuse a customer's order number they know (§4.8).
    pub unique_buyer_order: BTreeMap<String, UniqueBuyerOrder>,
    /// Whether `delete_document` deletes drafts of bills and offers, as an earlier page had it (§4.1).
    pub delete_bills: bool,
    /// Whether a call that is refused in the middle keeps what it did until then: the fields beside an unknown
    /// status, which is the ambiguous code 1, and the orders of a list before the bad one (§1.4, §4.7).
    pub refusals_keep_parts: bool,
    /// Whether the filter `profit_center` takes the code, as a sample has it, instead of the description, as a
    /// note has it (§5).
    pub profit_center_by_code: bool,
    /// Whether `get_partner` without a filter lists all, which no source of the vendor promises (§3.1).
    pub list_all_partners: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            latency_ms: BTreeMap::new(),
            latency_factor: 0.0,
            latency_seed: 0,
            latencies: BTreeMap::new(),
            quota: None,
            search_parallelism: 1,
            search_lock_groups: 0,
            filters: BTreeMap::new(),
            page_default: 20,
            order_direction_everywhere: false,
            descending_elsewhere: true,
            result_count_is_total: true,
            payments_bump_last_change: true,
            lenient_transaction_dates: false,
            credit_notes_negative: false,
            query_finds_titles: false,
            match_partners_by_tax_number: false,
            truncate_long_fields: false,
            max_lines: 200,
            max_body_bytes: 1024 * 1024,
            unique_buyer_order: BTreeMap::new(),
            delete_bills: false,
            refusals_keep_parts: true,
            profit_center_by_code: false,
            list_all_partners: false,
        }
    }
}

impl Settings {
    /// The fixed delay of an endpoint in milliseconds.
    pub(crate) fn fixed_latency(&self, endpoint: &str) -> Option<u64> {
        self.latency_ms.get(endpoint).or_else(|| self.latency_ms.get("*")).copied()
    }

    /// The company's switch for customers' order numbers.
    pub(crate) fn unique_buyer_order_of(&self, company: &str) -> Option<UniqueBuyerOrder> {
        self.unique_buyer_order.get(company).or_else(|| self.unique_buyer_order.get("*")).copied()
    }

    /// These settings with the keys of `patch` replaced.
    pub(crate) fn patched(&self, patch: &serde_json::Value) -> Result<Self, Refusal> {
        let serde_json::Value::Object(patch) = patch else {
            return Err(Refusal("the body must be an object of settings".to_owned()));
        };
        let mut all = serde_json::to_value(self).map_err(|e| Refusal(e.to_string()))?;
        for (key, value) in patch {
            all[key] = value.clone();
        }
        let settings: Self = serde_json::from_value(all).map_err(|e| Refusal(e.to_string()))?;
        settings.check()
    }

    /// These settings if they make sense.
    pub(crate) fn check(self) -> Result<Self, Refusal> {
        if !(1..=16).contains(&self.search_parallelism) {
            return Err(Refusal("searchParallelism must be between 1 and 16".to_owned()));
        }
        if !(1..=10_000).contains(&self.max_lines) {
            return Err(Refusal("maxLines must be between 1 and 10000".to_owned()));
        }
        if !(1_024..=64 * 1024 * 1024).contains(&self.max_body_bytes) {
            return Err(Refusal("maxBodyBytes must be between 1024 and 67108864".to_owned()));
        }
        if !(1..=100).contains(&self.page_default) {
            return Err(Refusal("pageDefault must be between 1 and 100".to_owned()));
        }
        if self.latency_ms.values().any(|ms| *ms > MAX_LATENCY_MS) {
            return Err(Refusal(format!("latencyMs must not be above {MAX_LATENCY_MS}")));
        }
        self.check_latencies()?;
        if self.search_lock_groups > 16 {
            return Err(Refusal("searchLockGroups must not be above 16".to_owned()));
        }
        if let Some(name) = self.filters.keys().find(|name| DocType::of_name(name).is_none()) {
            return Err(Refusal(format!("filters names {name}, which is no sales document type")));
        }
        Ok(self)
    }

    fn check_latencies(&self) -> Result<(), Refusal> {
        if !(0.0..=100.0).contains(&self.latency_factor) {
            return Err(Refusal("latencyFactor must be between 0 and 100".to_owned()));
        }
        if let Some((name, _)) = self.latencies.iter().find(|(_, latency)| !latency.is_sane()) {
            return Err(Refusal(format!(
                "latencies.{name} must have fastMs, usualMs and slowMs in this order, none above {MAX_LATENCY_MS}"
            )));
        }
        let names = self.latency_ms.keys().chain(self.latencies.keys());
        names
            .filter(|name| *name != crate::latency::CREATE_INVOICE)
            .try_for_each(|name| crate::api::check_endpoint_name(name))
    }
}

/// Reads a text that may have been written as a number, such as a company id.
pub(crate) fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => Ok(text),
        serde_json::Value::Number(number) => Ok(number.to_string()),
        other => Err(serde::de::Error::custom(format!("expected a text or a number, not {other}"))),
    }
}
