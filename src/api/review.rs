//! What a person is asked: the list, one question, its answer.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;
use sync_core::record::RecordKind;

use super::error::ApiError;
use super::flash::Done;
use crate::model::{PlaceAnswer, ReviewPage, ReviewQuestion};

/// A page of the list; of one reason, when it is named.
#[server(endpoint = "review", input = server_fn::codec::GetUrl)]
pub async fn load_review(reason: Option<String>, after: Option<String>) -> Result<ReviewPage, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    on_server::page(&engine, &scope, reason, after).await
}

/// How many questions there are.
#[server(endpoint = "review-count", input = server_fn::codec::GetUrl)]
pub async fn count_questions() -> Result<u64, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    count_of(&engine, &scope).await
}

/// The same, of somebody who is known already.
#[cfg(feature = "ssr")]
pub(super) async fn count_of(
    engine: &engine::Engine,
    scope: &engine::access::TenantScope,
) -> Result<u64, ApiError> {
    Ok(engine.question_counts(scope).await?.iter().map(|one| one.count).sum())
}

/// What is asked about a linked record.
#[server(endpoint = "review-question", input = server_fn::codec::GetUrl)]
pub async fn load_question(kind: RecordKind, id: String) -> Result<ReviewQuestion, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let question = engine.question(&scope, kind, &id).await?;
    Ok(on_server::question(question, engine.now()))
}

/// Answers it: place by place, or with what becomes of the record as a whole. What can be sent then is sent at once.
#[server(endpoint = "answer-question")]
pub async fn answer_question(
    kind: RecordKind,
    id: String,
    #[server(default)] version: String,
    #[server(default)] answers: Vec<PlaceAnswer>,
    #[server(default)] step: String,
) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    scope.require(engine::access::Role::Staff)?;
    engine.question(&scope, kind, &id).await?;
    let answer = on_server::answer(answers, &step)?;
    let run = engine.answer(&scope, (kind, &id), &version, &answer).await?;
    on_server::done(&engine, &scope, (kind, id), run).await
}

#[cfg(feature = "ssr")]
mod on_server {
    use engine::Engine;
    use engine::access::TenantScope;
    use engine::sync::{
        Answer, Counts, Disagreement, LastChange, PlaceChange, Question, QuestionCursor, QuestionFilter,
        QuestionView, Step,
    };
    use jiff::Timestamp;
    use sync_core::record::RecordKind;
    use sync_core::state::{Pending, Review, SyncState};

    use crate::api::error::{ApiError, ErrorCode};
    use crate::api::flash::Done;
    use crate::api::push;
    use crate::api::review_value::value;
    use crate::api::translate::when;
    use crate::i18n::{chosen, td_string};
    use crate::model::{
        NoticeKind, PlaceAnswer, ReviewBy, ReviewChange, ReviewCount, ReviewPage, ReviewPart, ReviewQuestion,
        ReviewRow, ReviewStep, question_path,
    };

    /// Rows of a page.
    const ROWS: u32 = 50;

    pub(super) async fn page(
        engine: &Engine,
        scope: &TenantScope,
        reason: Option<String>,
        after: Option<String>,
    ) -> Result<ReviewPage, ApiError> {
        let reason = reason.as_deref().and_then(Review::parse);
        let after = after.as_deref().and_then(QuestionCursor::parse);
        let filter = QuestionFilter { kind: None, reason };
        let page = engine.questions(scope, filter, after.as_ref(), ROWS).await?;
        let mut counts: Vec<ReviewCount> = Vec::new();
        for one in &page.counts {
            let state = SyncState::NeedsReview(one.reason);
            match counts.iter_mut().find(|known| known.state == state) {
                Some(known) => known.count += one.count,
                None => counts.push(ReviewCount { state, count: one.count }),
            }
        }
        Ok(ReviewPage {
            rows: page.rows.into_iter().map(|question| row(question, engine.now())).collect(),
            counts,
            only: reason.map(SyncState::NeedsReview),
            next: page.next.map(|cursor| cursor.to_text()),
        })
    }

    /// Number or name, and who it is about.
    fn names(number: String, name: String) -> (String, Option<String>) {
        if number.is_empty() { (name, None) } else { (number, Some(name).filter(|name| !name.is_empty())) }
    }

    fn row(question: Question, now: Timestamp) -> ReviewRow {
        let href = href(&question);
        let (title, about) = names(question.number, question.name);
        ReviewRow {
            kind: question.kind,
            state: SyncState::NeedsReview(question.reason),
            title,
            about,
            sentence: question.sentence,
            since: when(question.since, now),
            href,
        }
    }

    fn href(question: &Question) -> Option<String> {
        if let Some(intent) = &question.intent_id {
            return Some(format!("/review/unknown/{intent}"));
        }
        let id = question.record_id.as_deref()?;
        // Until it is linked, a conflict is a question of what belongs together.
        let review = if question.plan_row == 14 { Review::Match } else { question.reason };
        Some(question_path(question.kind, id, review))
    }

    pub(super) fn question(view: QuestionView, now: Timestamp) -> ReviewQuestion {
        let (title, about) = names(view.number, view.name);
        let by = |change: LastChange| ReviewBy { at: when(change.at, now), name: change.by };
        let places = |changes: Vec<PlaceChange>| changes.into_iter().map(|change| change.place).collect();
        ReviewQuestion {
            kind: view.kind,
            id: view.record_id,
            state: view.reason.map(SyncState::NeedsReview),
            title,
            about,
            sentence: view.sentence,
            version: view.version,
            parts: view.parts.into_iter().map(part).collect(),
            taken: places(view.taken),
            sent: places(view.sent),
            unsent: view.unsent.into_iter().map(change).collect(),
            news: view.news.into_iter().map(change).collect(),
            steps: view.steps.into_iter().map(step).collect(),
            here: view.changed_here.map(by),
            there: view.changed_there.map(by),
        }
    }

    fn part(part: Disagreement) -> ReviewPart {
        ReviewPart {
            before: value(&part.place, part.base),
            here: value(&part.place, part.here),
            there: value(&part.place, part.there),
            place: part.place,
            sends: part.sends,
            takes: part.takes,
            notes: part.notes,
        }
    }

    fn change(change: PlaceChange) -> ReviewChange {
        ReviewChange {
            from: value(&change.place, change.from),
            to: value(&change.place, change.to),
            place: change.place,
        }
    }

    fn step(step: Step) -> ReviewStep {
        match step {
            Step::KeepHere => ReviewStep::KeepHere,
            Step::CreateAgain => ReviewStep::CreateAgain,
            Step::DeleteHere => ReviewStep::DeleteHere,
            Step::Restore => ReviewStep::Restore,
            Step::LeaveDeleted => ReviewStep::LeaveDeleted,
        }
    }

    pub(super) fn answer(answers: Vec<PlaceAnswer>, step: &str) -> Result<Answer, ApiError> {
        if !step.is_empty() {
            let unknown = || ApiError::plain(ErrorCode::Invalid, "There is no such answer. Reload the page.");
            return Step::parse(step).map(Answer::Whole).ok_or_else(unknown);
        }
        let said = |one: PlaceAnswer| match one.counts.as_str() {
            "here" => Some((one.place, Counts::Here)),
            "there" => Some((one.place, Counts::There)),
            "note" => Some((one.place, Counts::ThereWithNote)),
            _ => None,
        };
        let parts: Vec<(String, Counts)> = answers.into_iter().filter_map(said).collect();
        if parts.is_empty() {
            return Err(ApiError::plain(ErrorCode::Invalid, td_string!(chosen(), review.choose)));
        }
        Ok(Answer::Parts(parts))
    }

    /// What is said of an answer, after what follows from it was done.
    pub(super) async fn done(
        engine: &Engine,
        scope: &TenantScope,
        (kind, id): (RecordKind, String),
        run: Option<String>,
    ) -> Result<Done, ApiError> {
        if let Some(run) = run {
            return push::ended(engine, scope, &run).await;
        }
        let status = engine.sync_status(scope, kind, &id).await?;
        let state = status.and_then(|now| SyncState::from_strs(&now.status, now.reason.as_deref()).ok());
        let lang = chosen();
        match state {
            Some(SyncState::NeedsReview(_)) => {
                Ok(Done::saying(NoticeKind::Done, td_string!(lang, review.partly)))
            }
            Some(SyncState::Pending(Pending::ToSend | Pending::ToMerge)) => {
                match push::push_record(kind, id, false).await {
                    // The decision stands; only sending it has to wait.
                    Err(_) => Ok(Done::saying(NoticeKind::Problem, td_string!(lang, review.sent_later))),
                    done => done,
                }
            }
            _ => Ok(Done::saying(NoticeKind::Done, td_string!(lang, review.decided))),
        }
    }
}
