//! Toasts: one region that is announced politely and one that interrupts, both in the page from the start.

use leptos::prelude::*;

use super::{Button, Icon, IconName};
use crate::i18n::{language, td_string};
use crate::model::{Notice, NoticeKind};

/// How long a toast about something that worked stays, in seconds: long enough to read two lines.
const STAY_SECONDS: u64 = 8;

/// What a toast offers.
#[derive(Clone, Debug)]
pub enum ToastAction {
    /// Goes to another page.
    Go {
        /// The words.
        label: String,
        /// Where it leads.
        href: String,
    },
    /// Does something, and dismisses the toast.
    Press {
        /// The words.
        label: String,
        /// What it does.
        on_press: Callback<()>,
    },
}

/// A toast on the screen.
#[derive(Clone, Debug)]
pub struct Toast {
    /// What it says.
    pub notice: Notice,
    /// What it offers.
    pub action: Option<ToastAction>,
}

impl From<Notice> for Toast {
    fn from(notice: Notice) -> Self {
        Self { notice, action: None }
    }
}

/// Where toasts are put. One for the whole application, in the context.
#[derive(Clone, Copy, Debug)]
pub struct Toaster {
    shown: RwSignal<Vec<(u32, Toast)>>,
    next: StoredValue<u32>,
}

impl Default for Toaster {
    fn default() -> Self {
        Self { shown: RwSignal::new(Vec::new()), next: StoredValue::new(0) }
    }
}

impl Toaster {
    /// The application's toaster.
    #[must_use]
    pub fn expect() -> Self {
        expect_context()
    }

    /// Shows a toast. What went well leaves by itself; what did not stays until it is dismissed.
    pub fn show(self, toast: Toast) {
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        let stays = toast.notice.kind != NoticeKind::Done;
        self.shown.update(|shown| shown.push((id, toast)));
        if !stays && cfg!(feature = "hydrate") {
            set_timeout(move || self.dismiss(id), std::time::Duration::from_secs(STAY_SECONDS));
        }
    }

    fn dismiss(self, id: u32) {
        self.shown.update(|shown| shown.retain(|(known, _)| *known != id));
    }

    fn of(self, interrupting: bool) -> Vec<(u32, Toast)> {
        let mut shown = self.shown.get();
        shown.retain(|(_, toast)| (toast.notice.kind == NoticeKind::Failed) == interrupting);
        shown
    }
}

/// The two regions.
#[component]
pub fn Toasts() -> impl IntoView {
    let toaster = Toaster::expect();
    let region = move |interrupting: bool| {
        view! {
            <For each=move || toaster.of(interrupting) key=|(id, _)| *id let((id, toast))>
                <OneToast toast=toast on_dismiss=Callback::new(move |()| toaster.dismiss(id)) />
            </For>
        }
    };
    view! {
        <div class="toasts">
            <div class="toast-region" role="status">
                {region(false)}
            </div>
            <div class="toast-region" role="alert">
                {region(true)}
            </div>
        </div>
    }
}

/// A toast, drawn.
#[component]
fn OneToast(toast: Toast, on_dismiss: Callback<()>) -> impl IntoView {
    let lang = language();
    let Toast { notice, action } = toast;
    let icon = match notice.kind {
        NoticeKind::Done => IconName::Check,
        NoticeKind::Problem => IconName::Decide,
        NoticeKind::Failed => IconName::Stop,
    };
    view! {
        <div class="toast" data-kind=notice.kind.as_str()>
            <Icon name=icon />
            <b>{notice.title}</b>
            <button
                type="button"
                class="icon-btn"
                aria-label=td_string!(lang, common.dismiss)
                on:click=move |_| on_dismiss.run(())
            >
                <Icon name=IconName::Close />
            </button>
            {notice.body.map(|body| view! { <p>{body}</p> })}
            {action.map(|action| view! { <div class="acts">{drawn(action, on_dismiss)}</div> })}
        </div>
    }
}

fn drawn(action: ToastAction, on_dismiss: Callback<()>) -> AnyView {
    match action {
        ToastAction::Go { label, href } => {
            view! { <a class="btn" data-size="small" href=href>{label}</a> }.into_any()
        }
        ToastAction::Press { label, on_press } => {
            let press = move |_| {
                on_press.run(());
                on_dismiss.run(());
            };
            view! { <Button small=true on_press=Callback::new(press)>{label}</Button> }.into_any()
        }
    }
}
