//! What lies there until somebody does something: unknown writes, duplicates, what did not go through, alarms.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;
use sync_core::record::RecordKind;

use super::error::ApiError;
use super::flash::Done;
use crate::model::{Alarm, Duplicate, FailurePage, UnknownWrite};

/// Everything that is known of a write of which nobody knows what became.
#[server(endpoint = "unknown-write", input = server_fn::codec::GetUrl)]
pub async fn load_unknown(id: String) -> Result<UnknownWrite, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let detail = engine.unknown_detail(&scope, &id).await?;
    Ok(on_server::unknown(detail, engine.now()))
}

/// "It is this one" (`it_is`), or, without one, "it was not stored, send again".
#[server(endpoint = "settle-unknown")]
pub async fn settle_unknown(id: String, #[server(default)] it_is: Option<String>) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    on_server::settle(&engine, &scope, &id, it_is.and_then(super::translate::given)).await
}

/// A record that Metakocka has twice.
#[server(endpoint = "twins", input = server_fn::codec::GetUrl)]
pub async fn load_twins(id: String) -> Result<Duplicate, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    on_server::duplicate(&engine, &scope, id).await
}

/// Reads the other one again: once it is gone, nothing is asked any more.
#[server(endpoint = "look-at-twin")]
pub async fn look_at_twin(id: String, other: String) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    Ok(on_server::looked(engine.look_at_twin(&scope, &id, &other).await?))
}

/// The other one is a record of its own: it is taken.
#[server(endpoint = "adopt-twin")]
pub async fn adopt_twin(id: String, other: String) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let run = engine.adopt_twin(&scope, &id, &other, engine::sync::Cause::Manual).await?;
    let run = engine.wait_for_run(&scope, &run, on_server::PATIENCE).await?;
    Ok(Done { run: Some(run.id), ..on_server::adopted() })
}

/// What did not go through.
#[server(endpoint = "failures", input = server_fn::codec::GetUrl)]
pub async fn load_failures(after: Option<String>) -> Result<FailurePage, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let page = engine.failures(&scope, None, after.as_deref(), on_server::ROWS).await?;
    Ok(on_server::failures(page, engine.now()))
}

/// Sends what did not go through again: one record, or, without one, all of the kind.
#[server(endpoint = "send-again")]
pub async fn send_again(kind: RecordKind, #[server(default)] id: Option<String>) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    on_server::send_again(&engine, &scope, kind, id.and_then(super::translate::given)).await
}

/// What somebody has to see of a record.
#[server(endpoint = "alarms", input = server_fn::codec::GetUrl)]
pub async fn load_alarms(kind: RecordKind, id: String) -> Result<Vec<Alarm>, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let alarms = engine.alarms(&scope, kind, &id).await?;
    Ok(alarms.into_iter().map(|alarm| on_server::alarm(alarm, engine.now())).collect())
}

/// Somebody has seen it.
#[server(endpoint = "dismiss-alarm")]
pub async fn dismiss_alarm(id: String) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    engine.dismiss_alarm(&scope, &id).await?;
    Ok(Done::default())
}

#[cfg(feature = "ssr")]
mod on_server {
    use std::time::Duration;

    use engine::Engine;
    use engine::access::TenantScope;
    use engine::sync::{
        Again, AlarmKind, AlarmView, Cause, Failed, FailureKind, FailurePage as EnginePage, LookedAgain,
        Settlement, Twin as EngineTwin, Twins as EngineTwins, UnknownDetail,
    };
    use jiff::Timestamp;
    use serde_json::Value;
    use sync_core::record::RecordKind;

    use crate::api::error::ApiError;
    use crate::api::flash::Done;
    use crate::api::push::ended;
    use crate::api::translate::{count, document_type, shown, when};
    use crate::i18n::{chosen, td_string};
    use crate::model::{
        Alarm, AlarmWhat, Candidate, Duplicate, Failure, FailurePage, FailureWhy, Notice, NoticeKind, Twin,
        Twins, UnknownWrite,
    };

    /// How long a form waits for what it started: as long as somebody looks at a page that loads.
    pub(super) const PATIENCE: Duration = Duration::from_secs(20);
    /// Failures of a page.
    pub(super) const ROWS: u32 = 100;

    pub(super) fn unknown(detail: UnknownDetail, now: Timestamp) -> UnknownWrite {
        let UnknownDetail { write, label, customer, sent, steps } = detail;
        let customer = customer.filter(|name| !name.is_empty());
        let sent = sent.into_iter().map(|(name, value)| match &customer {
            Some(customer) if name == "customer" => (name, customer.clone()),
            _ => (name, shown(value.as_ref())),
        });
        let at = |at: Option<Timestamp>| at.map(|at| when(at, now));
        let candidates = write.candidates.into_iter().map(|hit| Candidate {
            id: hit.id.as_str().to_owned(),
            number: hit.number,
            marked: hit.marked,
            differs_in: hit.differs_in,
        });
        UnknownWrite {
            id: write.id,
            kind: write.kind,
            record: write.record_id,
            label,
            creates: write.creates,
            asks: write.asks,
            said: write.said,
            since: when(write.since, now),
            looks: at(write.looks_at),
            not_stored_from: at(write.not_stored_from),
            may_be_sent_again: write.asks && write.not_stored_from.is_none_or(|from| from <= now),
            candidates: candidates.collect(),
            sent: sent.collect(),
            steps: steps.into_iter().map(|step| (step.to, step.said, when(step.at, now))).collect(),
        }
    }

    /// Takes the answer, waits until it was acted on, and says how the record stands then.
    pub(super) async fn settle(
        engine: &Engine,
        scope: &TenantScope,
        id: &str,
        it_is: Option<String>,
    ) -> Result<Done, ApiError> {
        let sends_again = it_is.is_none();
        let said = it_is.map_or(Settlement::NotStored, Settlement::ItIs);
        engine.settle(scope, id, said, PATIENCE).await?;
        let lang = chosen();
        let (title, body) = if sends_again {
            (td_string!(lang, unknown.sends_again), td_string!(lang, unknown.sends_again_body))
        } else {
            (td_string!(lang, unknown.settled), td_string!(lang, unknown.settled_body))
        };
        let notice = Notice { kind: NoticeKind::Done, title: title.to_owned(), body: Some(body.to_owned()) };
        Ok(Done { notice: Some(notice), ..Done::default() })
    }

    /// Two documents there, or, after one changed its type, one document there that is two records here.
    pub(super) async fn duplicate(
        engine: &Engine,
        scope: &TenantScope,
        id: String,
    ) -> Result<Duplicate, ApiError> {
        let missing = match engine.twins(scope, &id).await {
            Ok(found) => return Ok(Duplicate::Twins(twins(id, found, engine.now()))),
            Err(error) => error,
        };
        let status = engine.sync_status(scope, RecordKind::SalesDocument, &id).await?;
        let asked = status.filter(|status| status.reason.as_deref() == Some("duplicate"));
        match asked {
            Some(status) => Ok(Duplicate::TwiceHere {
                sentence: status.detail.unwrap_or_default(),
                advice: status.advice,
            }),
            None => Err(missing.into()),
        }
    }

    fn twins(record: String, twins: EngineTwins, now: Timestamp) -> Twins {
        let linked = twins.linked;
        let others = twins.others.into_iter().map(|other| twin(other, Some(&linked), now)).collect();
        Twins { record, linked: twin(linked.clone(), None, now), others }
    }

    fn twin(twin: EngineTwin, linked: Option<&EngineTwin>, now: Timestamp) -> Twin {
        let differs = linked.map_or_else(Vec::new, |linked| differences(&linked.fields, &twin.fields));
        Twin {
            kind: document_type(&twin.remote_type),
            id: twin.external_id,
            number: twin.number,
            read: when(twin.read_at, now),
            differs,
        }
    }

    /// Every field that the two have otherwise, or only one has.
    fn differences(linked: &[(String, Value)], other: &[(String, Value)]) -> Vec<(String, String, String)> {
        let value = |fields: &[(String, Value)], name: &str| {
            fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let mut names: Vec<&String> = linked.iter().chain(other).map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        let differing = names.into_iter().filter(|name| value(linked, name) != value(other, name));
        differing
            .map(|name| {
                let one = |fields| shown(value(fields, name).as_ref());
                (name.clone(), one(linked), one(other))
            })
            .collect()
    }

    pub(super) fn looked(outcome: LookedAgain) -> Done {
        let lang = chosen();
        let (kind, title, body) = match outcome {
            LookedAgain::Gone => (NoticeKind::Done, td_string!(lang, twins.gone), None),
            LookedAgain::StillThere => (
                NoticeKind::Problem,
                td_string!(lang, twins.still_there),
                Some(td_string!(lang, twins.still_there_body).to_owned()),
            ),
            LookedAgain::NoAnswer(sentence) => {
                (NoticeKind::Failed, td_string!(lang, twins.no_answer), Some(sentence))
            }
        };
        Done { notice: Some(Notice { kind, title: title.to_owned(), body }), ..Done::default() }
    }

    pub(super) fn adopted() -> Done {
        Done::saying(NoticeKind::Done, td_string!(chosen(), twins.adopted))
    }

    pub(super) fn failures(page: EnginePage, now: Timestamp) -> FailurePage {
        FailurePage { rows: page.rows.into_iter().map(|row| failure(row, now)).collect(), next: page.next }
    }

    fn failure(row: Failed, now: Timestamp) -> Failure {
        Failure {
            kind: row.kind,
            record: row.record_id,
            label: row.label,
            why: match row.what {
                FailureKind::Refused => FailureWhy::Refused,
                FailureKind::Blocked => FailureWhy::Blocked,
                FailureKind::Unreadable => FailureWhy::Unreadable,
                FailureKind::NotDone => FailureWhy::NotDone,
            },
            sentence: row.sentence,
            advice: row.advice,
            since: when(row.since, now),
            attempts: count(row.attempts),
        }
    }

    pub(super) async fn send_again(
        engine: &Engine,
        scope: &TenantScope,
        kind: RecordKind,
        id: Option<String>,
    ) -> Result<Done, ApiError> {
        let which = id.map_or(Again::All, |id| Again::These(vec![id]));
        let Some(run) = engine.send_again(scope, kind, which, Cause::Manual).await? else {
            return Ok(Done::saying(NoticeKind::Problem, td_string!(chosen(), push.nothing_sent)));
        };
        ended(engine, scope, &run).await
    }

    pub(super) fn alarm(alarm: AlarmView, now: Timestamp) -> Alarm {
        let what = match alarm.what {
            AlarmKind::ForeignChange(what) => AlarmWhat::ForeignChange(what),
            AlarmKind::LostField(fields) => AlarmWhat::LostField(fields),
            AlarmKind::LateDuplicate(_) => AlarmWhat::Duplicate,
        };
        Alarm { id: alarm.id, what, at: when(alarm.at, now) }
    }

    #[cfg(test)]
    mod tests {
        use serde_json::json;

        use super::*;

        #[test]
        fn only_what_two_records_have_otherwise_is_shown() {
            let one = [("title".to_owned(), json!("A")), ("notes".to_owned(), json!("x"))];
            let other = [("title".to_owned(), json!("B")), ("total".to_owned(), json!("7"))];
            let expected = [("notes", "x", ""), ("title", "A", "B"), ("total", "", "7")];
            let expected =
                expected.map(|(name, here, there)| (name.to_owned(), here.to_owned(), there.to_owned()));
            assert_eq!(differences(&one, &other), expected);
            assert!(differences(&one, &one).is_empty());
        }
    }
}
