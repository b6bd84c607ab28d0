//! The sync with Metakocka: the button, what waits, and runs.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use sync_core::record::RecordKind;

use super::error::ApiError;
use super::flash::Done;
use crate::model::{Run, SyncButton, WaitingPage};

/// What the button asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncDeed {
    /// Look in Metakocka.
    Look,
    /// Take what can be taken.
    Pull,
}

impl SyncDeed {
    /// As the form sends it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Pull => "pull",
        }
    }
}

/// What the button of a kind says to this person.
#[server(endpoint = "sync-button", input = server_fn::codec::GetUrl)]
pub async fn load_sync_button(kind: RecordKind) -> Result<SyncButton, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let button = engine.button(&scope, kind).await?;
    Ok(on_server::button(button, &scope, engine.now()))
}

/// What a click on the button does: looks, or takes everything that can be taken.
#[server(endpoint = "sync-from-metakocka")]
pub async fn sync_from_metakocka(deed: SyncDeed, kind: RecordKind) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let cause = engine::sync::Cause::Manual;
    let run = match deed {
        SyncDeed::Look => engine.start_look(&scope, kind, cause).await?,
        SyncDeed::Pull => engine.start_pull(&scope, kind, engine::sync::Selection::All, cause).await?,
    };
    Ok(Done { run: Some(run), ..Done::default() })
}

/// One page of what waits in Metakocka; `after` is where it begins.
#[server(endpoint = "waiting", input = server_fn::codec::GetUrl)]
pub async fn load_waiting(after: Option<String>) -> Result<WaitingPage, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    if engine.connection(&scope).await?.is_none() {
        return Ok(on_server::nothing_waits());
    }
    let after = after.as_deref().and_then(engine::sync::Cursor::parse);
    let page = engine.waiting(&scope, on_server::KIND, after.as_ref(), on_server::ROWS).await?;
    Ok(on_server::waiting(page, engine.now()))
}

/// Takes the ticked records, or the one whose own button was pressed.
#[server(endpoint = "take-from-metakocka")]
pub async fn take_from_metakocka(
    #[server(default)] keys: Vec<String>,
    #[server(default)] only: Option<String>,
) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let these = on_server::selection(keys, only)?;
    let run = engine.start_pull(&scope, on_server::KIND, these, engine::sync::Cause::Manual).await?;
    Ok(Done { run: Some(run), ..Done::default() })
}

/// How far a run is.
#[server(endpoint = "run", input = server_fn::codec::GetUrl)]
pub async fn load_run(id: String) -> Result<Run, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    Ok(super::translate::run(engine.run(&scope, &id).await?))
}

#[cfg(feature = "ssr")]
mod on_server {
    use engine::access::{Role, TenantScope};
    use engine::sync::{
        ExternalKey, Selection, Waiting, WaitingPage as EnginePage, WaitingReason as EngineReason,
    };
    use jiff::Timestamp;
    use sync_core::record::{DocumentType, RecordKind};
    use sync_core::state::{Button, ButtonState as State};
    use sync_core::time::UtcMicros;

    use crate::api::error::{ApiError, ErrorCode, FieldError};
    use crate::api::translate::{count, day, read_day, when};
    use crate::model::{ButtonState, SyncButton, WaitingPage, WaitingReason, WaitingRow, When};

    /// The kind that has a page of what waits.
    pub(super) const KIND: RecordKind = RecordKind::SalesDocument;
    /// Rows of a page of what waits.
    pub(super) const ROWS: u32 = 100;
    /// Most records that one form may take: those of a page.
    const MAX_KEYS: usize = 200;

    pub(super) fn button(button: Button, scope: &TenantScope, now: Timestamp) -> SyncButton {
        let ask = match &button.state {
            State::NotConnected { ask } | State::KeyRefused { ask, .. } => ask.clone(),
            _ => None,
        };
        SyncButton {
            state: state(button.state, now),
            click: button.click,
            read_only: scope.role() == Role::ReadOnly,
            ask,
        }
    }

    fn state(state: State, now: Timestamp) -> ButtonState {
        let at = |instant: UtcMicros| time(instant, now);
        match state {
            State::NotConnected { .. } => ButtonState::NotConnected,
            State::KeyRefused { since, .. } => ButtonState::KeyRefused { since: at(since) },
            State::Paused { cause, since, by } => ButtonState::Paused { cause, since: at(since), by },
            State::Matching { records } => ButtonState::Matching { records },
            State::Syncing(progress) => ButtonState::Syncing {
                run: progress.run,
                done: progress.done,
                total: progress.total,
                created: progress.created,
                updated: progress.updated,
                failed: progress.failed,
            },
            State::Looking { since } => ButtonState::Looking { since: at(since) },
            State::Quota { until } => ButtonState::Quota { until: at(until) },
            State::NoAnswer { reason, next_try } => {
                ButtonState::NoAnswer { reason, next: next_try.and_then(at) }
            }
            State::BadAnswer { reason, reference } => {
                ButtonState::BadAnswer { reason, reference: Some(reference).filter(|text| !text.is_empty()) }
            }
            State::NotLooked => ButtonState::NotLooked,
            State::Ready { counts, looked_at } => ButtonState::Ready {
                new: counts.n_new,
                changed: counts.n_changed,
                review: counts.k_review,
                looked: at(looked_at),
            },
            State::Review { counts, looked_at } => {
                ButtonState::Review { review: counts.k_review, looked: at(looked_at) }
            }
            State::AllSynced { counts, looked_at } => ButtonState::AllSynced {
                not_sent: counts.s_not_sent,
                unknown: counts.u_unknown,
                looked: at(looked_at),
            },
        }
    }

    fn time(instant: UtcMicros, now: Timestamp) -> Option<When> {
        Timestamp::try_from(instant).ok().map(|at| when(at, now))
    }

    pub(super) fn nothing_waits() -> WaitingPage {
        WaitingPage { rows: Vec::new(), total: None, checked: None, last_error: None, next: None }
    }

    pub(super) fn waiting(page: EnginePage, now: Timestamp) -> WaitingPage {
        WaitingPage {
            rows: page.rows.into_iter().map(row).collect(),
            total: page.total.map(count),
            checked: page.checked_at.map(|at| when(at, now)),
            last_error: page.last_error,
            next: page.next.map(|cursor| cursor.to_text()),
        }
    }

    fn row(row: Waiting) -> WaitingRow {
        WaitingRow {
            key: format!("{}:{}", row.remote_type, row.external_id),
            kind: kind(&row.remote_type),
            number: row.number,
            date: row.day.as_deref().and_then(read_day).map(day),
            name: row.name,
            total: row.total,
            currency: row.currency,
            reason: match row.reason {
                EngineReason::New => WaitingReason::New,
                EngineReason::Changed => WaitingReason::Changed,
                EngineReason::Conflict => WaitingReason::Conflict,
                EngineReason::Review => WaitingReason::Review,
                EngineReason::Unreadable => WaitingReason::Unreadable,
            },
            sentence: row.sentence,
            document: row.record_id,
        }
    }

    /// The CRM's word for a remote type, as the public contract spells the types.
    fn kind(remote_type: &str) -> Option<DocumentType> {
        Some(match remote_type {
            "sales_offer" => DocumentType::Offer,
            "sales_order" => DocumentType::Order,
            "sales_bill_domestic" => DocumentType::InvoiceDomestic,
            "sales_bill_foreign" => DocumentType::InvoiceForeign,
            "sales_bill_retail" => DocumentType::InvoiceRetail,
            "sales_bill_prepaid" => DocumentType::InvoicePrepaid,
            "sales_bill_credit_note" => DocumentType::CreditNote,
            _ => return None,
        })
    }

    /// The key of a row is the remote type, a colon, the id there.
    pub(super) fn selection(keys: Vec<String>, only: Option<String>) -> Result<Selection, ApiError> {
        let wanted = only.map_or(keys, |only| vec![only]);
        if wanted.is_empty() || wanted.len() > MAX_KEYS {
            return Err(unfit("Tick at least one document first, and no more than a page holds."));
        }
        let key = |text: String| match text.split_once(':') {
            Some((remote_type, id)) if !id.is_empty() => {
                let remote_type = Some(remote_type.to_owned()).filter(|name| !name.is_empty());
                Ok(ExternalKey { remote_type, id: id.to_owned() })
            }
            _ => Err(unfit("The list is older than the application. Reload the page.")),
        };
        Ok(Selection::These(wanted.into_iter().map(key).collect::<Result<_, _>>()?))
    }

    fn unfit(sentence: &str) -> ApiError {
        let wrong = FieldError { field: "keys".to_owned(), sentence: sentence.to_owned() };
        ApiError { fields: vec![wrong], ..ApiError::plain(ErrorCode::Invalid, sentence) }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_rows_own_button_goes_before_what_is_ticked() {
            let ticked = vec!["sales_order:1".to_owned(), "sales_order:2".to_owned()];
            let key =
                |id: &str| ExternalKey { remote_type: Some("sales_order".to_owned()), id: id.to_owned() };
            assert_eq!(selection(ticked.clone(), None).unwrap(), Selection::These(vec![key("1"), key("2")]));
            let only = Some("sales_order:9".to_owned());
            assert_eq!(selection(ticked, only).unwrap(), Selection::These(vec![key("9")]));
        }

        #[test]
        fn nothing_ticked_and_nonsense_are_refused_at_the_list() {
            for wanted in [vec![], vec!["no key".to_owned()], vec!["sales_order:".to_owned()]] {
                let refused = selection(wanted, None).unwrap_err();
                assert_eq!(refused.code, ErrorCode::Invalid);
                assert!(refused.for_field("keys").is_some());
            }
        }
    }
}
