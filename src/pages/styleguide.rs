//! The style guide, in the demo only: every state of the button and of a record, and every component, in one place.

use leptos::prelude::*;
use leptos_meta::Title;
use sync_core::record::RecordKind;
use sync_core::state::{Click, PauseCause, SyncState};

use super::not_found::NotFoundPage;
use super::signed_in::Who;
use crate::components::metakocka::{
    RecordStateBadge, SyncFromMetakockaButton, WaitingReasonBadge, state_icon, state_name, state_tone,
};
use crate::components::{
    Banner, Button, ButtonKind, Chip, ChipStrip, Dialog, Empty, Field, FieldKind, IconName, Pager, Progress,
    Toast, ToastAction, Toaster, TypeTag,
};
use crate::i18n::{language, td_string};
use crate::model::{
    ButtonState, Day, Notice, NoticeKind, RecordSync, Relation, SyncButton, Tone, WaitingReason, When,
};

/// The page; where there is no demo, there is no such page.
#[component]
pub fn StyleguidePage() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                if Who::is().await.is_ok_and(|me| me.demo) {
                    view! { <Guide /> }.into_any()
                } else {
                    view! { <NotFoundPage /> }.into_any()
                }
            })}
        </Suspense>
    }
}

#[component]
fn Guide() -> impl IntoView {
    let lang = language();
    view! {
        <Title text=td_string!(lang, guide.title) />
        <div class="head">
            <h1>{td_string!(lang, guide.title)}</h1>
        </div>
        <SyncButtons />
        <Records />
        <Reasons />
        <Parts />
        <Forms />
    }
}

#[component]
fn Section(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <h2 class="section-title">{title}</h2>
        <section class="panel gallery" aria-label=title>
            {children()}
        </section>
    }
}

#[component]
fn Figure(#[prop(into)] caption: String, children: Children) -> impl IntoView {
    view! {
        <figure>
            {children()} <figcaption>{caption}</figcaption>
        </figure>
    }
}

fn at(hour: u8, minute: u8) -> When {
    When {
        day: Day { year: 2026, month: 11, day: 24 },
        hour,
        minute,
        relation: Relation::Today,
        utc: format!("2026-11-24T{hour:02}:{minute:02}:00Z"),
    }
}

/// Every state, in the order of the contract, with what an owner may do.
fn button_states() -> Vec<(ButtonState, Click)> {
    let looked = || Some(at(10, 41));
    vec![
        (ButtonState::NotLooked, Click::Look),
        (ButtonState::Looking { since: Some(at(10, 42)) }, Click::None),
        (ButtonState::Ready { new: 20, changed: 1, review: 7, looked: looked() }, Click::Pull),
        (
            ButtonState::Syncing {
                run: "run".to_owned(),
                done: 1284,
                total: 2000,
                created: 1190,
                updated: 93,
                failed: 1,
            },
            Click::None,
        ),
        (ButtonState::Review { review: 7, looked: looked() }, Click::OpenReview),
        (ButtonState::AllSynced { not_sent: 3, unknown: 1, looked: looked() }, Click::Look),
        (
            ButtonState::NoAnswer {
                reason: "Metakocka did not answer within 30 seconds".to_owned(),
                next: Some(at(10, 57)),
            },
            Click::Look,
        ),
        (
            ButtonState::BadAnswer {
                reason: "Metakocka sent a web page where data was due".to_owned(),
                reference: Some("r-8f2c-1".to_owned()),
            },
            Click::Look,
        ),
        (ButtonState::Quota { until: Some(at(11, 0)) }, Click::None),
        (
            ButtonState::Paused {
                cause: PauseCause::ByHand,
                since: Some(at(9, 15)),
                by: Some("Ana Kovač".to_owned()),
            },
            Click::OpenSettings,
        ),
        (ButtonState::Matching { records: 312 }, Click::OpenMatching),
        (ButtonState::KeyRefused { since: Some(at(9, 15)) }, Click::OpenSettings),
        (ButtonState::NotConnected, Click::OpenSettings),
    ]
}

#[component]
fn SyncButtons() -> impl IntoView {
    let lang = language();
    let shown = |button: SyncButton, caption: String, id: String| {
        view! {
            <Figure caption=caption>
                <SyncFromMetakockaButton button=button kind=RecordKind::SalesDocument id=id />
            </Figure>
        }
    };
    let states = button_states().into_iter().map(move |(state, click)| {
        let name = state.name();
        let button = SyncButton { state, click, read_only: false, ask: None };
        shown(button, name.to_owned(), format!("guide-{name}"))
    });
    let ready = ButtonState::Ready { new: 20, changed: 1, review: 7, looked: Some(at(10, 41)) };
    let read_only = SyncButton { state: ready, click: Click::None, read_only: true, ask: None };
    let refused = ButtonState::KeyRefused { since: Some(at(9, 15)) };
    let not_owner = SyncButton {
        state: refused,
        click: Click::None,
        read_only: false,
        ask: Some("Ana Kovač".to_owned()),
    };
    view! {
        <Section title=td_string!(lang, guide.button)>
            {states.collect_view()}
            {shown(read_only, td_string!(lang, guide.read_only).to_owned(), "guide-read-only".to_owned())}
            {shown(not_owner, td_string!(lang, guide.not_owner).to_owned(), "guide-not-owner".to_owned())}
        </Section>
    }
}

#[component]
fn Records() -> impl IntoView {
    let lang = language();
    let figures = SyncState::ALL.into_iter().map(|state| {
        let (status, reason) = state.as_strs();
        let caption = [Some(status), reason].into_iter().flatten().collect::<Vec<_>>().join(" / ");
        let sync = RecordSync {
            at: Some(at(10, 52)),
            asks_at: Some(at(11, 2)),
            number: Some("PP-2041".to_owned()),
            equal_at: Some(at(8, 15)),
            detail: detail(state),
            ..RecordSync::of(state)
        };
        let id = format!("guide-{status}-{}", reason.unwrap_or("plain"));
        view! {
            <Figure caption=caption>
                <RecordStateBadge sync=sync id=id with_reason=true />
            </Figure>
        }
    });
    view! { <Section title=td_string!(lang, guide.records)>{figures.collect_view()}</Section> }
}

/// A sentence where the state always has one.
fn detail(state: SyncState) -> Option<String> {
    let text = match state.reason()? {
        "waiting" => "its customer",
        "blocked" => "Product BRS-9 has no unit",
        "refused" => "Product BRS-9 not found",
        "unreadable" => "The date “31.02.2024” does not exist",
        "not_sent" => "invoices are kept in Metakocka",
        "not_taken" => "this kind goes only to Metakocka",
        _ => return None,
    };
    Some(text.to_owned())
}

#[component]
fn Reasons() -> impl IntoView {
    let lang = language();
    let reasons = [
        WaitingReason::New,
        WaitingReason::Changed,
        WaitingReason::Conflict,
        WaitingReason::Review,
        WaitingReason::Unreadable,
    ];
    let figures = reasons.map(|reason| {
        let caption = format!("{reason:?}").to_lowercase();
        view! {
            <Figure caption=caption>
                <WaitingReasonBadge reason=reason />
            </Figure>
        }
    });
    view! { <Section title=td_string!(lang, guide.reasons)>{figures.into_iter().collect_view()}</Section> }
}

#[component]
fn Parts() -> impl IntoView {
    let lang = language();
    let kinds = [
        ButtonKind::Plain,
        ButtonKind::Primary,
        ButtonKind::Quiet,
        ButtonKind::Ok,
        ButtonKind::Ask,
        ButtonKind::Bad,
        ButtonKind::Unknown,
    ];
    let buttons = kinds.map(|kind| {
        view! {
            <Figure caption=kind.as_str()>
                <Button kind=kind icon=IconName::Sync>
                    "Look now"
                </Button>
                <Button kind=kind small=true>
                    "Look now"
                </Button>
                <Button kind=kind disabled=true>
                    "Look now"
                </Button>
            </Figure>
        }
    });
    let chips = SyncState::ALL.into_iter().take(6).enumerate().map(|(index, state)| Chip {
        label: state_name(state).to_owned(),
        count: Some(21),
        href: "/styleguide".to_owned(),
        current: index == 0,
        sign: Some((state_icon(state), state_tone(state))),
    });
    view! {
        <Section title=td_string!(lang, guide.buttons)>{buttons.into_iter().collect_view()}</Section>
        <h2 class="section-title">{td_string!(lang, documents.states)}</h2>
        <ChipStrip label=td_string!(lang, guide.title) chips=chips.collect() />
        <h2 class="section-title">{td_string!(lang, guide.banners)}</h2>
        <Banner
            tone=Tone::Ask
            icon=IconName::Decide
            title="Changed on both sides: the amount of one line differs"
            body="Nothing is overwritten until you decide."
        >
            <Button kind=ButtonKind::Primary>"Decide"</Button>
        </Banner>
        <Banner
            tone=Tone::Bad
            icon=IconName::Stop
            title="Metakocka did not answer"
            body="What was here is kept."
            reference="Reference r-8f2c-1"
        />
        <Section title=td_string!(lang, guide.progress)>
            <Figure caption="64 %">
                <div style="width:100%">
                    <Progress label=td_string!(lang, guide.progress) percent=64 />
                </div>
            </Figure>
            <Figure caption="tag">
                <TypeTag text="Order" />
            </Figure>
            <Figure caption="dialog">
                <Dialog id="guide-dialog" opener=td_string!(lang, guide.dialog) title="Take 21 documents?">
                    <p>"They come with their customers and products."</p>
                </Dialog>
            </Figure>
            <Toasting />
        </Section>
        <section class="panel" aria-label=td_string!(lang, guide.empty)>
            <Empty icon=IconName::Document title=td_string!(lang, documents.empty_title) body=td_string!(
                lang,
                documents.empty_body
            ) />
            <Pager from=51 to=100 total=2014 previous=Some("/styleguide".to_owned()) next=None />
        </section>
    }
}

#[component]
fn Toasting() -> impl IntoView {
    let lang = language();
    let toaster = Toaster::expect();
    let kinds = [
        (NoticeKind::Done, td_string!(lang, toast.completed)),
        (NoticeKind::Problem, td_string!(lang, toast.with_problems)),
        (NoticeKind::Failed, td_string!(lang, toast.failed)),
    ];
    let buttons = kinds.map(|(kind, title)| {
        let show = move |_| {
            let action = (kind == NoticeKind::Problem).then(|| ToastAction::Go {
                label: td_string!(lang, toast.show).to_owned(),
                href: "/sales-documents/waiting".to_owned(),
            });
            let body = Some("Created 18, updated 3, unchanged 0".to_owned());
            toaster.show(Toast { notice: Notice { kind, title: title.to_owned(), body }, action });
        };
        view! {
            <Button small=true on_press=Callback::new(show)>
                {title}
            </Button>
        }
    });
    view! { <Figure caption=td_string!(lang, guide.toasts)>{buttons.into_iter().collect_view()}</Figure> }
}

#[component]
fn Forms() -> impl IntoView {
    let lang = language();
    view! {
        <Section title=td_string!(lang, guide.fields)>
            <Figure caption="text">
                <Field label="Company ID" name="guide_text" value="16" hint="In Metakocka under Settings › API." />
            </Figure>
            <Figure caption="error">
                <Field
                    label="E-mail"
                    name="guide_error"
                    kind=FieldKind::Email
                    value="ana"
                    error=Signal::stored(Some("Write the address with an @.".to_owned()))
                />
            </Figure>
            <Figure caption="readonly">
                <Field label="Address" name="guide_readonly" value="https://main.metakocka.si" readonly=true />
            </Figure>
        </Section>
    }
}
