//! What was asked of the simulator, with secrets masked, so that tests can count calls.

use crate::clock::Clock;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// Bodies kept; older ones are dropped, the counts go on.
const KEPT_REQUESTS: usize = 10_000;

/// One call.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggedRequest {
    /// Its number, from 1.
    pub seq: u64,
    /// When it arrived, by the simulator's clock.
    pub at: Timestamp,
    /// Endpoint name; `other` for paths that do not exist.
    pub endpoint: String,
    /// `company_id` of the body.
    pub company: Option<String>,
    /// The body with `secret_key` masked; null when it was no JSON object.
    pub body: Value,
}

/// The calls since the last clearing.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    kept: VecDeque<LoggedRequest>,
    counts: BTreeMap<&'static str, u64>,
    total: u64,
}

impl RequestLog {
    pub(crate) fn add(
        &mut self,
        clock: &Clock,
        endpoint: &'static str,
        company: Option<String>,
        mut body: Value,
    ) {
        if let Some(secret) = body.get_mut("secret_key") {
            *secret = Value::String("***".to_owned());
        }
        self.total += 1;
        *self.counts.entry(endpoint).or_default() += 1;
        if self.kept.len() == KEPT_REQUESTS {
            self.kept.pop_front();
        }
        let at = clock.now();
        self.kept.push_back(LoggedRequest {
            seq: self.total,
            at,
            endpoint: endpoint.to_owned(),
            company,
            body,
        });
    }

    /// The newest `limit` calls, oldest first.
    pub(crate) fn newest(&self, limit: usize) -> Vec<LoggedRequest> {
        self.kept.range(self.kept.len().saturating_sub(limit)..).cloned().collect()
    }

    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        self.counts.iter().map(|(endpoint, count)| ((*endpoint).to_owned(), *count)).collect()
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }
}
