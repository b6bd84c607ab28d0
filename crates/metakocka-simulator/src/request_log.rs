//! What was asked of the simulator and what it answered, with secrets masked, so that tests can
//! count calls and people can watch.

use crate::api::Reply;
use crate::faults::Effect;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// Calls kept; older ones are dropped, the counts go on.
const KEPT_REQUESTS: usize = 10_000;
/// Bytes of all bodies kept, as they came: a few huge ones must not fill the memory.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

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
    /// `company_id` of the body, masked if it is a secret key.
    pub company: Option<String>,
    /// The body with every secret key masked; null when it was no JSON object.
    pub body: Value,
    /// What it was answered; none while it is worked on.
    #[serde(default)]
    pub reply: Option<LoggedReply>,
}

/// How a call was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggedReply {
    /// HTTP status; none when the connection was cut instead.
    pub status: Option<u16>,
    /// The first `opr_code` in the answer that Metakocka made, whether or not it arrived.
    pub opr_code: Option<String>,
    /// The name of the fault that struck.
    pub fault: Option<String>,
    /// Milliseconds it was delayed on purpose.
    pub time_ms: u64,
}

impl LoggedReply {
    /// An answer that is only a status.
    pub(crate) fn of_status(status: u16) -> Self {
        Self { status: Some(status), opr_code: None, fault: None, time_ms: 0 }
    }

    /// An answer of Metakocka.
    pub(crate) fn of(reply: &Reply, time_ms: u64) -> Self {
        Self { opr_code: reply.opr_code().map(str::to_owned), time_ms, ..Self::of_status(200) }
    }

    /// The same with what a fault made of it.
    pub(crate) fn spoiled(self, status: u16, effect: Option<&Effect>) -> Self {
        let cut = matches!(
            effect,
            Some(Effect::DropBeforeStore | Effect::DropAfterStore | Effect::DelayedCommitMs { .. })
        );
        let fault = effect.map(|effect| effect.name().to_owned());
        Self { status: (!cut).then_some(status), fault, ..self }
    }
}

/// A call as it came in, its secrets masked.
pub(crate) struct Arrival {
    /// By the simulator's clock.
    pub(crate) at: Timestamp,
    pub(crate) endpoint: &'static str,
    pub(crate) company: Option<String>,
    pub(crate) body: Value,
    /// Length of the body.
    pub(crate) bytes: usize,
}

/// Names a call of the log, also when the log was cleared meanwhile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket {
    epoch: u64,
    seq: u64,
}

/// The calls since the last clearing.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    kept: VecDeque<(LoggedRequest, usize)>,
    kept_bytes: usize,
    counts: BTreeMap<&'static str, u64>,
    total: u64,
    /// How often it was cleared.
    epoch: u64,
}

impl RequestLog {
    /// Notes a call.
    pub(crate) fn add(&mut self, arrival: Arrival) -> Ticket {
        let Arrival { at, endpoint, company, body, bytes } = arrival;
        self.total += 1;
        *self.counts.entry(endpoint).or_default() += 1;
        let (seq, endpoint) = (self.total, endpoint.to_owned());
        self.kept.push_back((LoggedRequest { seq, at, endpoint, company, body, reply: None }, bytes));
        self.kept_bytes += bytes;
        while self.kept.len() > KEPT_REQUESTS || self.kept_bytes > KEPT_BYTES {
            let Some((_, bytes)) = self.kept.pop_front() else { break };
            self.kept_bytes -= bytes;
        }
        Ticket { epoch: self.epoch, seq }
    }

    /// Notes what a call was answered, if it is still kept.
    pub(crate) fn answered(&mut self, ticket: Ticket, reply: LoggedReply) {
        let found = self.kept.binary_search_by_key(&ticket.seq, |(request, _)| request.seq);
        if let (Ok(at), true) = (found, ticket.epoch == self.epoch) {
            self.kept[at].0.reply = Some(reply);
        }
    }

    /// Forgets all calls and counts.
    pub(crate) fn clear(&mut self) {
        *self = Self { epoch: self.epoch + 1, ..Self::default() };
    }

    /// The newest `limit` calls, oldest first.
    pub(crate) fn newest(&self, limit: usize) -> Vec<LoggedRequest> {
        let from = self.kept.len().saturating_sub(limit);
        self.kept.range(from..).map(|(request, _)| request.clone()).collect()
    }

    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        self.counts.iter().map(|(endpoint, count)| ((*endpoint).to_owned(), *count)).collect()
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(bytes: usize) -> Arrival {
        Arrival { at: Timestamp::UNIX_EPOCH, endpoint: "search", company: None, body: Value::Null, bytes }
    }

    #[test]
    fn huge_bodies_push_out_older_calls_but_not_their_count() {
        let mut log = RequestLog::default();
        for _ in 0..5 {
            log.add(arrival(KEPT_BYTES / 3));
        }
        let kept: Vec<u64> = log.newest(10).iter().map(|request| request.seq).collect();
        assert_eq!((kept, log.total()), (vec![3, 4, 5], 5));
    }

    #[test]
    fn an_answer_after_a_clearing_is_not_given_to_another_call() {
        let mut log = RequestLog::default();
        let before = log.add(arrival(1));
        log.clear();
        let after = log.add(arrival(1));
        log.answered(before, LoggedReply::of_status(500));
        assert_eq!(log.newest(1)[0].reply, None);
        log.answered(after, LoggedReply::of_status(200));
        assert_eq!(log.newest(1)[0].reply, Some(LoggedReply::of_status(200)));
    }
}
