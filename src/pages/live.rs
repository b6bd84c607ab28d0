//! What happens while a page is open: runs, the button, the list. One stream of events for the whole application,
//! closed while the tab is hidden.
//!
//! The server draws pages without it; everything here begins when the client has taken the page over.

use leptos::prelude::*;
use sync_core::record::RecordKind;

use crate::api::error::ApiError;
use crate::api::flash::Done;
use crate::api::push::push_all;
use crate::api::sync::{SyncDeed, load_run, load_sync_button, sync_from_metakocka, take_from_metakocka};
use crate::components::metakocka::{RunOffer, run_words};
use crate::components::{Toast, ToastAction, Toaster};
use crate::i18n::{language, td_string};
use crate::model::{ButtonState, Notice, NoticeKind, Run, list_path};

/// A run that this tab hears of.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Followed {
    run: Run,
    /// Since the run ended: the reading of the button that knows its end.
    known_by: Option<u32>,
}

/// What the events said last.
#[derive(Clone, Copy)]
pub(super) struct Live {
    /// The last run of each kind, as far as this tab knows.
    runs: RwSignal<Vec<Followed>>,
    /// Grows when the button has to be read anew: the number of the reading.
    pub button: RwSignal<u32>,
    /// Grows when lists have to be read anew.
    pub documents: RwSignal<u32>,
    /// Runs that were started in this tab and have not been spoken of.
    started: StoredValue<Vec<(String, Deed)>>,
    toaster: Toaster,
}

/// What a run was started for: *Retry* does the same again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// Looks, or takes everything of a kind.
    From(SyncDeed, RecordKind),
    /// Takes these.
    Take {
        /// Those that are ticked.
        keys: Vec<String>,
        /// The one whose own button was pressed.
        only: Option<String>,
    },
    /// Sends everything of a kind.
    Send(RecordKind),
}

impl Live {
    /// Puts it into the context and, on the client, begins to listen.
    pub(super) fn provide() {
        let live = Self {
            runs: RwSignal::new(Vec::new()),
            button: RwSignal::new(0),
            documents: RwSignal::new(0),
            started: StoredValue::new(Vec::new()),
            toaster: Toaster::expect(),
        };
        provide_context(live);
        Effect::new(move |_| stream::listen(live));
    }

    /// The application's.
    pub(super) fn expect() -> Self {
        expect_context()
    }

    /// This tab started or joined a run: its end is spoken of here.
    pub(super) fn started(self, run: String, deed: Deed) {
        self.started.update_value(|known| {
            if !known.iter().any(|(started, _)| *started == run) {
                known.push((run.clone(), deed));
            }
        });
        self.button.update(|version| *version += 1);
        // It may have ended before the answer to the click arrived.
        self.ask(run);
    }

    /// How far a run is. What was asked for earlier and answered late changes nothing.
    fn heard(self, run: Run) {
        let ended = run.ended();
        if ended && let Some(deed) = self.forget(&run.id) {
            leptos::task::spawn_local(self.speak_of(run.clone(), deed));
        }
        if self.runs.with_untracked(|known| known.iter().any(|known| known.is_ahead_of(&run))) {
            return;
        }
        if ended {
            self.reload();
        }
        let known_by = ended.then(|| self.button.get_untracked());
        self.runs.update(|known| {
            known.retain(|known| known.run.kind != run.kind);
            known.push(Followed { run, known_by });
        });
    }

    /// Asks how a run is.
    fn ask(self, run: String) {
        leptos::task::spawn_local(async move {
            if let Ok(run) = load_run(run).await {
                self.heard(run);
            }
        });
    }

    /// After a time without a stream: what happened meanwhile was not heard.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the client has a stream"))]
    fn catch_up(self) {
        self.reload();
        let open: Vec<String> = self.runs.with_untracked(|known| {
            known.iter().filter(|known| !known.run.ended()).map(|known| known.run.id.clone()).collect()
        });
        for run in open {
            self.ask(run);
        }
    }

    /// The run of a kind to show over the given reading of a button. One that ended stays in sight until a reading knows its
    /// end, so that nothing jumps back.
    pub(super) fn over(self, kind: RecordKind, reading: u32) -> Option<Run> {
        self.runs.with(|known| {
            let followed = known.iter().find(|known| known.run.kind == kind.as_str())?;
            followed.known_by.is_none_or(|known_by| reading < known_by).then(|| followed.run.clone())
        })
    }

    /// Button and lists are read anew.
    pub(super) fn reload(self) {
        self.button.update(|version| *version += 1);
        self.documents.update(|version| *version += 1);
    }

    /// What the run was started for, if this tab did that; only the first call for a run tells, so nothing is said twice.
    fn forget(self, run: &str) -> Option<Deed> {
        let mut found = None;
        self.started.update_value(|started| {
            let at = started.iter().position(|(started, _)| started == run);
            found = at.map(|at| started.swap_remove(at).1);
        });
        found
    }

    async fn speak_of(self, run: Run, deed: Deed) {
        let kind = run.kind.parse().unwrap_or(RecordKind::SalesDocument);
        let found_nothing = !run.pulls
            && !run.pushes
            && load_sync_button(kind)
                .await
                .is_ok_and(|button| matches!(button.state, ButtonState::AllSynced { .. }));
        let Some(words) = run_words(&run, found_nothing) else { return };
        let action = words.offer.map(|offer| self.action(offer, deed));
        self.toaster.show(Toast { notice: words.notice, action });
    }

    fn action(self, offer: RunOffer, deed: Deed) -> ToastAction {
        let label = offer.label().to_owned();
        match offer {
            RunOffer::Show => ToastAction::Go { label, href: deed.shown_at() },
            RunOffer::Retry => {
                let on_press = Callback::new(move |()| leptos::task::spawn_local(self.again(deed.clone())));
                ToastAction::Press { label, on_press }
            }
        }
    }

    /// Starts the same again.
    async fn again(self, deed: Deed) {
        match deed.start().await {
            Ok(Done { run: Some(run), .. }) => self.started(run, deed),
            Ok(_) => {}
            Err(error) => {
                let title = td_string!(language(), common.did_not_work).to_owned();
                let notice = Notice { kind: NoticeKind::Failed, title, body: Some(error.error) };
                self.toaster.show(Toast::from(notice));
            }
        }
    }
}

impl Deed {
    /// The page that shows what did not go through.
    fn shown_at(&self) -> String {
        match self {
            Self::From(_, RecordKind::SalesDocument) | Self::Take { .. } => {
                "/sales-documents/waiting".to_owned()
            }
            Self::From(_, kind) => list_path(*kind).to_owned(),
            Self::Send(kind) => format!("{}/send", list_path(*kind)),
        }
    }

    async fn start(&self) -> Result<Done, ApiError> {
        match self.clone() {
            Self::From(deed, kind) => sync_from_metakocka(deed, kind).await,
            Self::Take { keys, only } => take_from_metakocka(keys, only).await,
            Self::Send(kind) => push_all(kind, false).await,
        }
    }
}

/// Draws again whenever this changes. A `Suspend` alone listens to what it reads only once it is drawn, and misses what
/// changes before; call this where it is made. None: the page was left while it loaded, and there is nothing to draw.
pub(super) fn follow<T>(resource: Resource<T>) -> Option<Resource<T>>
where
    T: Send + Sync + 'static,
{
    if resource.is_disposed() {
        return None;
    }
    resource.track();
    Some(resource)
}

impl Followed {
    /// Whether this knows more than `other` tells of the same kind.
    fn is_ahead_of(&self, other: &Run) -> bool {
        if self.run.kind != other.kind {
            false
        } else if self.run.id == other.id {
            self.run.ended() || (!other.ended() && self.run.done() > other.done())
        } else {
            !self.run.ended() && other.ended()
        }
    }
}

#[cfg(not(feature = "hydrate"))]
mod stream {
    pub(super) fn listen(_live: super::Live) {}
}

#[cfg(feature = "hydrate")]
mod stream {
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::time::Duration;

    use leptos::ev;
    use leptos::prelude::*;
    use wasm_bindgen::JsCast as _;
    use wasm_bindgen::closure::Closure;
    use web_sys::{Event, EventSource, MessageEvent, VisibilityState};

    use super::Live;

    const ADDRESS: &str = "/api/events?topics=run,button,documents";
    /// How long until the next try when the server gives this tab no stream: it allows a few for one session.
    const WITHOUT_STREAM: Duration = Duration::from_secs(15);
    /// Lists are read anew at most this often while a run works.
    const CALM: Duration = Duration::from_secs(2);

    type Open = Rc<RefCell<Option<EventSource>>>;

    /// Opens the stream now and whenever the tab is shown again; closes it while the tab is hidden.
    pub(super) fn listen(live: Live) {
        let open: Open = Rc::default();
        begin(live, &open);
        // `visibilitychange` bubbles from the document to the window. The frame is left only with the whole page
        // (signing in and out load another one), so nothing has to be taken back.
        let shown = ev::Custom::<ev::CustomEvent>::new("visibilitychange");
        let _ = window_event_listener(shown, move |_| turn(live, &open));
    }

    fn hidden() -> bool {
        document().visibility_state() == VisibilityState::Hidden
    }

    fn turn(live: Live, open: &Open) {
        if hidden() {
            close(open);
        } else if open.borrow().is_none() {
            begin(live, open);
            live.catch_up();
        }
    }

    fn close(open: &Open) {
        if let Some(source) = open.borrow_mut().take() {
            source.close();
        }
    }

    fn begin(live: Live, open: &Open) {
        if hidden() {
            return;
        }
        let Ok(source) = EventSource::new(ADDRESS) else { return };
        on(&source, "run", move |data| {
            if let Ok(run) = serde_json::from_str(&data) {
                live.heard(run);
            }
        });
        on(&source, "button", move |_| live.button.update(|version| *version += 1));
        let changed = calmly(move || live.documents.update(|version| *version += 1));
        on(&source, "documents", move |_| changed());
        on_refusal(live, &source, open);
        *open.borrow_mut() = Some(source);
    }

    /// The browser reconnects by itself unless the server refused the stream; then what is shown is read anew and
    /// the stream asked for again after a while.
    fn on_refusal(live: Live, source: &EventSource, open: &Open) {
        let failed = Closure::<dyn Fn(Event)>::new({
            let (source, open) = (source.clone(), open.clone());
            move |_| {
                if source.ready_state() == EventSource::CLOSED {
                    close(&open);
                    let open = open.clone();
                    set_timeout(move || turn(live, &open), WITHOUT_STREAM);
                }
            }
        });
        source.set_onerror(Some(failed.as_ref().unchecked_ref()));
        // Lives as long as the page: the browser holds the function.
        failed.forget();
    }

    fn on(source: &EventSource, topic: &str, heard: impl Fn(String) + 'static) {
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(data) = event.data().as_string() {
                heard(data);
            }
        });
        // Adding a listener to a fresh source does not fail.
        let _ = source.add_event_listener_with_callback(topic, listener.as_ref().unchecked_ref());
        listener.forget();
    }

    /// Does something soon, and once for all calls that came meanwhile.
    fn calmly(what: impl Fn() + Clone + 'static) -> impl Fn() {
        let waits = Rc::new(RefCell::new(false));
        move || {
            if waits.replace(true) {
                return;
            }
            let (waits, what) = (waits.clone(), what.clone());
            set_timeout(
                move || {
                    waits.replace(false);
                    what();
                },
                CALM,
            );
        }
    }
}
