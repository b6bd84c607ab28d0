//! The stream of events of a browser tab (design §3): `GET /api/events?topics=run,button`.
//!
//! Events come from the database in the order of their numbers, so any instance can go on where another stopped. The
//! engine's signal only wakes the stream earlier. It ends at shutdown and when its session or token is revoked.
//!
//! A program can listen to one run alone (contract §2): the same events, as far as they are about it, and the stream ends
//! with the run.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use engine::EngineError;
use engine::error::chain;
use engine::sync::RunView;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::identity::{Caller, SignedInBy};
use super::refusal::Refusal;
use super::state::AppState;
use crate::api::error::ErrorCode;

/// A comment so often keeps proxies from closing a silent stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long an event of another instance may stay unseen, and how long a revoked session may go on listening.
const POLL: Duration = Duration::from_secs(2);
/// Events read at once.
const BATCH: u32 = 100;
/// What there is to listen to.
const TOPICS: [&str; 3] = ["run", "button", "documents"];

/// How many streams each caller has open.
#[derive(Clone, Debug)]
pub struct Streams {
    limit: usize,
    open: Arc<Mutex<HashMap<String, usize>>>,
}

/// A place among the open streams; given back when dropped.
#[derive(Debug)]
struct Ticket {
    streams: Streams,
    key: String,
}

impl Streams {
    /// At most `limit` for each caller.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, open: Arc::default() }
    }

    fn enter(&self, key: String) -> Option<Ticket> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(key.clone()).or_default();
        if *count >= self.limit {
            return None;
        }
        *count += 1;
        Some(Ticket { streams: self.clone(), key })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.key);
            }
        }
    }
}

/// What a tab wants to hear.
#[derive(Debug, Deserialize)]
pub struct Wish {
    topics: Option<String>,
}

/// Opens a stream.
pub async fn events(
    State(state): State<AppState>,
    caller: Caller,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let topics = topics(wish.topics.as_deref())
        .map_err(|sentence| Refusal::field(&caller.references, "topics", sentence))?;
    let feed = open(state, caller, Wanted::Topics(topics), &headers).await?;
    Ok(answer(feed))
}

/// `GET ~/runs/{id}/events`: how the run goes on, from where it is now or from behind `Last-Event-ID`, to its end.
pub async fn of_run(
    State(state): State<AppState>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let run = async {
        let Path(id) = id.map_err(|_| EngineError::NotFound)?;
        state.engine().run(&caller.scope, &id).await
    };
    let run = run.await.map_err(|error| Refusal::of_engine(&error, &caller.references))?;
    let resumes = resumed_from(&headers).is_some();
    let mut feed = open(state, caller, Wanted::Run { id: run.id, told_end: false }, &headers).await?;
    if !resumes {
        feed.tell_how_it_stands()
            .await
            .map_err(|error| Refusal::of_engine(&error, &feed.caller.references))?;
    }
    Ok(answer(feed))
}

async fn open(state: AppState, caller: Caller, wanted: Wanted, headers: &HeaderMap) -> Result<Feed, Refusal> {
    let Some(ticket) = state.streams().enter(key(&caller.by)) else {
        let sentence =
            "Too many tabs listen at the same time. This one refreshes by itself from time to time.";
        return Err(Refusal::new(&caller.references, ErrorCode::TooManyRequests, sentence));
    };
    let after = match resumed_from(headers) {
        Some(seq) => seq,
        None => state
            .engine()
            .last_event(&caller.scope)
            .await
            .map_err(|error| Refusal::of_engine(&error, &caller.references))?,
    };
    Ok(Feed { state, caller, wanted, after, pending: VecDeque::new(), _ticket: ticket })
}

fn answer(feed: Feed) -> Response {
    let stream = futures::stream::unfold(feed, Feed::next);
    Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

fn topics(wish: Option<&str>) -> Result<BTreeSet<&'static str>, String> {
    let Some(wish) = wish else { return Ok(TOPICS.into()) };
    let named = wish.split(',').map(str::trim).filter(|name| !name.is_empty());
    named
        .map(|name| {
            let known = TOPICS.into_iter().find(|topic| *topic == name);
            known.ok_or_else(|| format!("There is no topic of that name; there are {}.", TOPICS.join(", ")))
        })
        .collect()
}

fn resumed_from(headers: &HeaderMap) -> Option<i64> {
    headers.get("last-event-id")?.to_str().ok()?.trim().parse().ok()
}

fn key(by: &SignedInBy) -> String {
    match by {
        SignedInBy::Session { id, .. } => format!("session {id}"),
        SignedInBy::Token(token) => format!("token {}", token.expose_secret()),
    }
}

/// What a stream tells.
enum Wanted {
    /// Everything of these topics.
    Topics(BTreeSet<&'static str>),
    /// One run, until it has ended.
    Run { id: String, told_end: bool },
}

impl Wanted {
    /// Whether an event is among it.
    fn takes(&mut self, topic: &str, payload: &str) -> bool {
        match self {
            Self::Topics(topics) => topics.contains(topic),
            Self::Run { id, told_end } => {
                let run = (topic == "run").then(|| serde_json::from_str::<RunView>(payload).ok()).flatten();
                let Some(run) = run.filter(|run| run.id == *id && !*told_end) else { return false };
                *told_end = run.is_ended();
                true
            }
        }
    }
}

/// One open stream.
struct Feed {
    state: AppState,
    caller: Caller,
    wanted: Wanted,
    after: i64,
    pending: VecDeque<Event>,
    _ticket: Ticket,
}

impl Feed {
    /// The next event, as soon as there is one; none when the stream has to end.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        let mut signal = self.state.engine().event_signal();
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some((Ok(event), self));
            }
            if let Err(error) = self.refill().await {
                tracing::error!(category = "api", error = %chain(&error), "an event stream ended early");
                return None;
            }
            if !self.pending.is_empty() {
                continue;
            }
            match self.is_over().await {
                Ok(true) if self.pending.is_empty() => return None,
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(category = "api", error = %chain(&error), "an event stream ended early");
                    return None;
                }
            }
            tokio::select! {
                () = self.state.stop().cancelled() => return None,
                _ = signal.changed() => {}
                () = tokio::time::sleep(POLL) => {}
            }
            if !self.may_go_on().await {
                return None;
            }
        }
    }

    async fn refill(&mut self) -> Result<(), EngineError> {
        for event in self.state.engine().events_after(&self.caller.scope, self.after, BATCH).await? {
            self.after = event.seq;
            if self.wanted.takes(&event.topic, &event.payload) {
                let event = Event::default().id(event.seq.to_string()).event(event.topic).data(event.payload);
                self.pending.push_back(event);
            }
        }
        Ok(())
    }

    /// Whether everything was told: the run has ended. Its last event may have been removed, or been told to an earlier
    /// stream; then how it ended is told once more.
    async fn is_over(&mut self) -> Result<bool, EngineError> {
        let Wanted::Run { id, told_end } = &self.wanted else { return Ok(false) };
        if *told_end {
            return Ok(true);
        }
        if self.state.engine().run(&self.caller.scope, id).await?.is_ended() {
            // What was written between the two questions has come with the run's end.
            self.refill().await?;
            if self.pending.is_empty() {
                self.tell_how_it_stands().await?;
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// The run as it is now, as an event.
    async fn tell_how_it_stands(&mut self) -> Result<(), EngineError> {
        let Wanted::Run { id, told_end } = &mut self.wanted else { return Ok(()) };
        let run = self.state.engine().run(&self.caller.scope, id).await?;
        *told_end = run.is_ended();
        // A view is a plain struct and always serialises.
        let payload = serde_json::to_string(&run).unwrap_or_default();
        self.pending.push_back(Event::default().id(self.after.to_string()).event("run").data(payload));
        Ok(())
    }

    /// Whether the session or token still counts.
    async fn may_go_on(&self) -> bool {
        let engine = self.state.engine();
        let live = match &self.caller.by {
            SignedInBy::Session { id, user } => engine
                .session_load(&id.to_string())
                .await
                .map(|row| row.is_some_and(|row| row.user.as_ref() == Some(user))),
            SignedInBy::Token(token) => engine.scope_for_token(token.expose_secret()).await.map(|_| true),
        };
        live.unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_back_when_its_stream_ends() {
        let streams = Streams::new(2);
        let first = streams.enter("a".into()).unwrap();
        let _second = streams.enter("a".into()).unwrap();
        assert!(streams.enter("a".into()).is_none());
        assert!(streams.enter("b".into()).is_some());
        drop(first);
        assert!(streams.enter("a".into()).is_some());
    }

    #[test]
    fn a_tab_hears_only_topics_that_exist() {
        assert_eq!(topics(None).unwrap().len(), 3);
        assert_eq!(topics(Some("run, button")).unwrap(), ["button", "run"].into());
        assert!(topics(Some("run,secrets")).is_err());
    }
}
