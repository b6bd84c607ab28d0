//! Sending to Metakocka: one record, everything of a kind, and what that would do.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;
use sync_core::record::RecordKind;

use super::error::ApiError;
use super::flash::Done;
use crate::model::{PushButton, PushPreview};

/// What "Sync M to Metakocka" says; none: there is no connection, or this person only looks.
#[server(endpoint = "push-button", input = server_fn::codec::GetUrl)]
pub async fn load_push_button(kind: RecordKind) -> Result<Option<PushButton>, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let may_send = scope.require(engine::access::Role::Staff).is_ok();
    if !may_send || engine.connection(&scope).await?.is_none() {
        return Ok(None);
    }
    let sending = on_server::sending(&engine, &scope, kind).await?;
    let ready = on_server::ready(&engine, &scope, kind).await?;
    Ok(Some(PushButton { ready, sending }))
}

/// What sending everything of a kind would do.
#[server(endpoint = "push-preview", input = server_fn::codec::GetUrl)]
pub async fn load_push_preview(kind: RecordKind) -> Result<PushPreview, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    on_server::preview(&engine, &scope, kind).await
}

/// Sends one record and says what came of it; `again` sends what was refused as it is.
#[server(endpoint = "push-record")]
pub async fn push_record(
    kind: RecordKind,
    id: String,
    #[server(default)] again: bool,
) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    if again {
        engine.redrive(&scope, kind, std::slice::from_ref(&id)).await?;
    }
    let cause = engine::sync::Cause::Manual;
    let moved = engine.push_one(&scope, kind, &id, cause, on_server::PATIENCE).await?;
    Ok(on_server::came_to(moved))
}

/// Sends everything of a kind that can be sent. A page without a script waits for the end, one with a script hears it.
#[server(endpoint = "push-all")]
pub async fn push_all(kind: RecordKind, #[server(default)] wait: bool) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let all = engine::sync::Outgoing::All;
    let run = engine.start_push(&scope, kind, all, engine::sync::Cause::Manual).await?;
    if !wait {
        return Ok(Done { run: Some(run), ..Done::default() });
    }
    let run = engine.wait_for_run(&scope, &run, on_server::PATIENCE).await?;
    Ok(on_server::ended(run))
}

/// Waits for a run that another form started, and says how it ended.
#[cfg(feature = "ssr")]
pub(super) async fn ended(
    engine: &engine::Engine,
    scope: &engine::access::TenantScope,
    run: &str,
) -> Result<Done, ApiError> {
    let run = engine.wait_for_run(scope, run, on_server::PATIENCE).await?;
    Ok(on_server::ended(run))
}

#[cfg(feature = "ssr")]
mod on_server {
    use std::time::Duration;

    use engine::Engine;
    use engine::access::TenantScope;
    use engine::crm::{Chip, ContactQuery, ListQuery, ProductQuery, SyncView};
    use engine::sync::{Moved, RunItem, RunView};
    use sync_core::record::RecordKind;
    use sync_core::state::{ButtonState, Pending, SyncState};

    use crate::api::error::ApiError;
    use crate::api::flash::Done;
    use crate::api::translate::run as run_of;
    use crate::i18n::{Locale, chosen, td_string};
    use crate::model::{
        Notice, NoticeKind, PushPreview, Run, RunState, StateCount, is_left_out, sends_at_once,
    };

    /// How long a form waits for its run: as long as somebody looks at a page that loads.
    pub(super) const PATIENCE: Duration = Duration::from_secs(20);
    /// Rows that are counted at once.
    const ROWS: u32 = 200;

    /// The run that sends now.
    pub(super) async fn sending(
        engine: &Engine,
        scope: &TenantScope,
        kind: RecordKind,
    ) -> Result<Option<Run>, ApiError> {
        let ButtonState::Syncing(progress) = engine.button(scope, kind).await?.state else { return Ok(None) };
        let run = engine.run(scope, &progress.run).await?;
        Ok(run.pushes.then(|| run_of(run)))
    }

    pub(super) async fn ready(
        engine: &Engine,
        scope: &TenantScope,
        kind: RecordKind,
    ) -> Result<u64, ApiError> {
        let page = listed(engine, scope, kind, Asked { state: None, page: 1, per_page: 1 }).await?;
        Ok(page.chips.iter().filter(|chip| sends_at_once(chip.state)).map(|chip| chip.count).sum())
    }

    pub(super) async fn preview(
        engine: &Engine,
        scope: &TenantScope,
        kind: RecordKind,
    ) -> Result<PushPreview, ApiError> {
        let chips = listed(engine, scope, kind, Asked { state: None, page: 1, per_page: 1 }).await?.chips;
        let count = |state| chips.iter().find(|chip| chip.state == state).map_or(0, |chip| chip.count);
        let to_send = SyncState::Pending(Pending::ToSend);
        let created = unlinked(engine, scope, kind, to_send).await?;
        let left = chips.iter().filter(|chip| is_left_out(chip.state));
        Ok(PushPreview {
            created,
            updated: count(to_send).saturating_sub(created),
            merged: count(SyncState::Pending(Pending::ToMerge)),
            left_out: left.map(|chip| StateCount { state: chip.state, count: chip.count }).collect(),
        })
    }

    /// How many records in this state are not in Metakocka yet.
    async fn unlinked(
        engine: &Engine,
        scope: &TenantScope,
        kind: RecordKind,
        state: SyncState,
    ) -> Result<u64, ApiError> {
        let mut found = 0;
        for page in 1.. {
            let listed =
                listed(engine, scope, kind, Asked { state: Some(state), page, per_page: ROWS }).await?;
            found += listed.rows.iter().filter(|row| row.external_id.is_none()).count() as u64;
            if u64::from(page) * u64::from(ROWS) >= listed.total {
                break;
            }
        }
        Ok(found)
    }

    struct Asked {
        state: Option<SyncState>,
        page: u32,
        per_page: u32,
    }

    /// A page of a list, as far as sending cares.
    struct Listed {
        rows: Vec<SyncView>,
        chips: Vec<Chip>,
        total: u64,
    }

    async fn listed(
        engine: &Engine,
        scope: &TenantScope,
        kind: RecordKind,
        Asked { state, page, per_page }: Asked,
    ) -> Result<Listed, ApiError> {
        Ok(match kind {
            RecordKind::Contact => {
                let query = ContactQuery { state, page, per_page, ..ContactQuery::default() };
                let found = engine.contacts(scope, &query).await?;
                let rows = found.rows.into_iter().map(|row| row.sync).collect();
                Listed { rows, chips: found.chips, total: found.total }
            }
            RecordKind::Product => {
                let query = ProductQuery { state, page, per_page, ..ProductQuery::default() };
                let found = engine.products(scope, &query).await?;
                let rows = found.rows.into_iter().map(|row| row.sync).collect();
                Listed { rows, chips: found.chips, total: found.total }
            }
            RecordKind::SalesDocument => {
                let query = ListQuery { state, page, per_page, ..ListQuery::default() };
                let found = engine.sales_documents(scope, &query).await?;
                let rows = found.rows.into_iter().map(|row| row.sync).collect();
                Listed { rows, chips: found.chips, total: found.total }
            }
        })
    }

    /// What is said of one record that was sent.
    pub(super) fn came_to(moved: Moved) -> Done {
        let run = run_of(moved.run);
        match moved.item {
            Some(item) if run.ended() => {
                Done { notice: Some(notice(chosen(), &run, &item)), ..Done::default() }
            }
            _ => goes_on(run),
        }
    }

    /// What is said of a run that a form waited for.
    pub(super) fn ended(view: RunView) -> Done {
        let run = run_of(view);
        match words(chosen(), &run) {
            Some(notice) => Done { notice: Some(notice), ..Done::default() },
            None => goes_on(run),
        }
    }

    /// How a run that sent ended, as its toast says it; none: it has not, or somebody cancelled it.
    fn words(lang: Locale, run: &Run) -> Option<Notice> {
        let says = |kind, title: &str, body| Some(Notice { kind, title: title.to_owned(), body: Some(body) });
        match run.state {
            RunState::Queued | RunState::Running | RunState::Cancelled => None,
            RunState::Failed => {
                let no_reason = || td_string!(lang, toast.no_reason).to_owned();
                let sentence = run.error.clone().unwrap_or_else(no_reason);
                says(NoticeKind::Failed, td_string!(lang, toast.failed), sentence)
            }
            RunState::Done if run.clean() => {
                says(NoticeKind::Done, td_string!(lang, toast.completed), counts(lang, run))
            }
            RunState::Done => {
                says(NoticeKind::Problem, td_string!(lang, toast.with_problems), problems(lang, run))
            }
        }
    }

    /// "Created a, updated b, unchanged c".
    fn counts(lang: Locale, run: &Run) -> String {
        let (created, updated, unchanged) =
            (run.created.to_string(), run.updated.to_string(), run.unchanged.to_string());
        td_string!(lang, toast.counts, created = created, updated = updated, unchanged = unchanged)
            .to_string()
    }

    /// "d failed, u unknown, k need review", zero parts left out.
    fn problems(lang: Locale, run: &Run) -> String {
        let (failed, unknown, review) =
            (run.failed.to_string(), run.unknown.to_string(), run.review.to_string());
        let parts: Vec<String> = [
            (run.failed > 0).then(|| td_string!(lang, toast.n_failed, n = failed).to_string()),
            (run.unknown > 0).then(|| td_string!(lang, toast.n_unknown, n = unknown).to_string()),
            (run.review > 0)
                .then(|| td_string!(lang, toast.n_review, count = run.review, n = review).to_string()),
        ]
        .into_iter()
        .flatten()
        .collect();
        parts.join(", ")
    }

    fn goes_on(run: Run) -> Done {
        let notice = Notice {
            kind: NoticeKind::Done,
            title: td_string!(chosen(), push.goes_on).to_owned(),
            body: Some(td_string!(chosen(), push.goes_on_body).to_owned()),
        };
        Done { notice: Some(notice), run: Some(run.id), ..Done::default() }
    }

    /// Of a record that did not go through, its own sentence says more than a count of one.
    fn notice(lang: Locale, run: &Run, item: &RunItem) -> Notice {
        let words = words(lang, run);
        let own: Vec<&str> =
            [item.sentence.as_deref(), item.advice.as_deref()].into_iter().flatten().collect();
        let own = Some(own.join(" ")).filter(|text| !text.is_empty());
        let skipped = run.state == RunState::Done && item.outcome == "skipped";
        let nothing = || td_string!(lang, push.nothing_sent).to_owned();
        match words {
            Some(notice) if skipped => {
                Notice { kind: NoticeKind::Problem, title: nothing(), body: own.or(notice.body) }
            }
            Some(notice) if notice.kind == NoticeKind::Problem => {
                Notice { body: own.or(notice.body), ..notice }
            }
            Some(notice) => notice,
            None => Notice { kind: NoticeKind::Problem, title: nothing(), body: own },
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn run(failed: u64, skipped: u64) -> Run {
            let created = 1 - failed - skipped;
            Run {
                id: "r".to_owned(),
                kind: "contact".to_owned(),
                pulls: false,
                pushes: true,
                state: RunState::Done,
                total: 1,
                created,
                updated: 0,
                unchanged: 0,
                failed,
                unknown: 0,
                review: 0,
                skipped,
                error: None,
                reference: None,
            }
        }

        fn item(outcome: &str, sentence: Option<&str>) -> RunItem {
            RunItem {
                remote_type: String::new(),
                external_id: String::new(),
                label: "PP-1".to_owned(),
                record_id: None,
                outcome: outcome.to_owned(),
                code: None,
                sentence: sentence.map(str::to_owned),
                advice: None,
            }
        }

        #[test]
        fn a_record_that_went_through_is_counted_as_in_a_run_of_many() {
            let notice = notice(Locale::en, &run(0, 0), &item("created", None));
            assert_eq!(notice.title, "Sync completed");
            assert_eq!(notice.body.as_deref(), Some("Created 1, updated 0, unchanged 0"));
        }

        #[test]
        fn a_record_that_did_not_says_why_in_its_own_words() {
            let refused = notice(Locale::en, &run(1, 0), &item("failed", Some("Product BRS-9 not found.")));
            assert_eq!(refused.title, "Sync completed with problems");
            assert_eq!(refused.body.as_deref(), Some("Product BRS-9 not found."));
            let waits = notice(Locale::en, &run(0, 1), &item("skipped", Some("Waits for its customer.")));
            assert_eq!((waits.kind, waits.title.as_str()), (NoticeKind::Problem, "Nothing was sent"));
            assert_eq!(waits.body.as_deref(), Some("Waits for its customer."));
        }
    }
}
