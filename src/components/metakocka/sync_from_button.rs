//! "Sync from Metakocka": one button whose label, tooltip and deed follow its state (contract §3).

use leptos::prelude::*;
use sync_core::record::RecordKind;
use sync_core::state::{Click, PauseCause};

use crate::components::format::{Style, when};
use crate::components::{Button, ButtonKind, Icon, IconName, Tooltip};
use crate::i18n::{Locale, language, td_string};
use crate::model::{ButtonState, SyncButton, When};

/// Where a click leads that leaves the page; none: it does not.
fn target(click: Click, kind: RecordKind) -> Option<&'static str> {
    match click {
        Click::OpenSettings => Some("/settings/metakocka"),
        Click::OpenMatching => Some("/settings/metakocka/matching"),
        Click::OpenReview if kind == RecordKind::SalesDocument => Some("/sales-documents/waiting"),
        Click::OpenReview => Some("/review"),
        Click::Look | Click::Pull | Click::None => None,
    }
}

/// The button. Put it into the form that looks or pulls; it sends the form where its deed is one of these.
#[component]
pub fn SyncFromMetakockaButton(
    /// State, and what the person may do.
    button: SyncButton,
    /// What it brings.
    kind: RecordKind,
    /// Id for the tooltip's text; must be the only one on the page.
    #[prop(into)]
    id: String,
) -> impl IntoView {
    let lang = language();
    let tip = tooltip(lang, &button, kind);
    let SyncButton { state, click, .. } = button;
    let words = label(lang, &state);
    let look = appearance(&state);
    let name = state.name();
    let described = id.clone();
    let content = match (click, target(click, kind)) {
        (_, Some(href)) => view! {
            <a class="btn" data-kind=look.kind.as_str() data-state=name href=href aria-describedby=described>
                <Icon name=look.icon />
                <span>{words}</span>
            </a>
        }
        .into_any(),
        // Stays focusable although it does nothing now, so that its tooltip can be read with the keyboard.
        (Click::None, None) => view! {
            <Button
                kind=look.kind
                icon=look.icon
                spin=look.busy
                attr:aria-disabled="true"
                attr:aria-describedby=described
                attr:data-state=name
                attr:data-progress=look.percent.map(|percent| percent.to_string())
                attr:style=look.percent.map(|percent| format!("--p:{percent}%"))
            >
                {words}
            </Button>
        }
        .into_any(),
        (_, None) => view! {
            <Button kind=look.kind icon=look.icon submit=true attr:aria-describedby=described attr:data-state=name>
                {words}
            </Button>
        }
        .into_any(),
    };
    view! {
        <Tooltip id=id text=tip end=true>
            {content}
        </Tooltip>
    }
}

struct Appearance {
    kind: ButtonKind,
    icon: IconName,
    busy: bool,
    percent: Option<u64>,
}

fn appearance(state: &ButtonState) -> Appearance {
    let plain = |kind, icon| Appearance { kind, icon, busy: false, percent: None };
    match state {
        ButtonState::NotConnected => plain(ButtonKind::Primary, IconName::Plus),
        ButtonState::KeyRefused { .. } | ButtonState::NoAnswer { .. } | ButtonState::BadAnswer { .. } => {
            plain(ButtonKind::Bad, IconName::Stop)
        }
        ButtonState::Paused { .. } => plain(ButtonKind::Plain, IconName::Clock),
        ButtonState::Matching { .. } => plain(ButtonKind::Ask, IconName::Merge),
        ButtonState::Syncing { done, total, .. } => {
            let percent = done.saturating_mul(100).checked_div(*total).unwrap_or(0).min(100);
            Appearance {
                kind: ButtonKind::Plain,
                icon: IconName::Running,
                busy: true,
                percent: Some(percent),
            }
        }
        ButtonState::Looking { .. } => {
            Appearance { kind: ButtonKind::Plain, icon: IconName::Running, busy: true, percent: None }
        }
        ButtonState::Quota { .. } => plain(ButtonKind::Unknown, IconName::Clock),
        ButtonState::NotLooked => plain(ButtonKind::Plain, IconName::Sync),
        ButtonState::Ready { .. } => plain(ButtonKind::Primary, IconName::Down),
        ButtonState::Review { .. } => plain(ButtonKind::Ask, IconName::Decide),
        ButtonState::AllSynced { .. } => plain(ButtonKind::Ok, IconName::Check),
    }
}

/// The label of a state.
fn label(lang: Locale, state: &ButtonState) -> String {
    let style = Style::of(lang);
    match state {
        ButtonState::NotConnected => td_string!(lang, button.not_connected).to_owned(),
        ButtonState::KeyRefused { .. } => td_string!(lang, button.key_refused).to_owned(),
        ButtonState::Paused { .. } => td_string!(lang, button.paused).to_owned(),
        ButtonState::Matching { .. } => td_string!(lang, button.matching).to_owned(),
        ButtonState::Syncing { done, total, .. } => {
            td_string!(lang, button.syncing, done = style.count(*done), total = style.count(*total))
                .to_string()
        }
        ButtonState::Looking { .. } => td_string!(lang, button.looking).to_owned(),
        ButtonState::Quota { .. } => td_string!(lang, button.quota).to_owned(),
        ButtonState::NoAnswer { .. } => td_string!(lang, button.no_answer).to_owned(),
        ButtonState::BadAnswer { .. } => td_string!(lang, button.bad_answer).to_owned(),
        ButtonState::NotLooked => td_string!(lang, button.not_looked).to_owned(),
        ButtonState::Ready { new, changed, .. } => {
            td_string!(lang, button.ready, n = style.count(new + changed)).to_string()
        }
        ButtonState::Review { review, .. } => {
            td_string!(lang, button.review, count = *review, n = style.count(*review)).to_string()
        }
        ButtonState::AllSynced { .. } => td_string!(lang, button.all_synced).to_owned(),
    }
}

/// The tooltip of a state, for this person.
fn tooltip(lang: Locale, button: &SyncButton, kind: RecordKind) -> String {
    let text = state_tooltip(lang, &button.state, kind);
    let is_about_connection = matches!(
        button.state,
        ButtonState::NotConnected | ButtonState::KeyRefused { .. } | ButtonState::Paused { .. }
    );
    match &button.ask {
        Some(owner) if is_about_connection => {
            join(&text, &td_string!(lang, tip.ask_owner, owner = owner.clone()).to_string())
        }
        _ if button.read_only => join(&text, td_string!(lang, tip.read_only)),
        _ => text,
    }
}

/// What a look is for.
fn not_looked(lang: Locale, kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::SalesDocument => td_string!(lang, tip.not_looked),
        RecordKind::Contact => td_string!(lang, tip.not_looked_contacts),
        RecordKind::Product => td_string!(lang, tip.not_looked_products),
    }
}

fn state_tooltip(lang: Locale, state: &ButtonState, kind: RecordKind) -> String {
    let style = Style::of(lang);
    let time = |at: &Option<When>| at.as_ref().map(|at| when(lang, at));
    let or_never = |at: &Option<When>| time(at).unwrap_or_else(|| td_string!(lang, time.never).to_owned());
    match state {
        ButtonState::NotConnected => td_string!(lang, tip.not_connected).to_owned(),
        ButtonState::KeyRefused { since } => since_text(lang, since.as_ref()),
        ButtonState::Paused { cause, since, by } => {
            let why = pause(lang, *cause).to_owned();
            let by = by.as_ref().map(|by| td_string!(lang, tip.by, name = by.clone()).to_string());
            let since =
                since.as_ref().map(|at| td_string!(lang, tip.since, time = when(lang, at)).to_string());
            let parts: Vec<String> = [Some(why), since, by].into_iter().flatten().collect();
            parts.join(" · ")
        }
        ButtonState::Matching { records } => {
            td_string!(lang, tip.matching, count = *records, n = style.count(*records)).to_string()
        }
        ButtonState::Syncing { created, updated, failed, .. } => td_string!(
            lang,
            tip.syncing,
            created = style.count(*created),
            updated = style.count(*updated),
            failed = style.count(*failed)
        )
        .to_string(),
        ButtonState::Looking { since } => match time(since) {
            Some(time) => td_string!(lang, tip.looking_since, time = time).to_string(),
            None => td_string!(lang, tip.looking).to_owned(),
        },
        ButtonState::Quota { until } => match time(until) {
            Some(time) => td_string!(lang, tip.quota, time = time).to_string(),
            None => td_string!(lang, tip.quota_open).to_owned(),
        },
        ButtonState::NoAnswer { reason, next } => match time(next) {
            Some(time) => join(reason, &td_string!(lang, tip.next_try, time = time).to_string()),
            None => reason.clone(),
        },
        ButtonState::BadAnswer { reason, reference } => match reference {
            Some(reference) => {
                join(reason, &td_string!(lang, common.reference, reference = reference.clone()).to_string())
            }
            None => reason.clone(),
        },
        ButtonState::NotLooked => not_looked(lang, kind).to_owned(),
        ButtonState::Ready { new, changed, review, looked } => td_string!(
            lang,
            tip.ready,
            new = style.count(*new),
            changed = style.count(*changed),
            review = style.count(*review),
            time = or_never(looked)
        )
        .to_string(),
        ButtonState::Review { review, looked } => {
            td_string!(lang, tip.review, count = *review, n = style.count(*review), time = or_never(looked))
                .to_string()
        }
        ButtonState::AllSynced { not_sent, unknown, looked } => td_string!(
            lang,
            tip.all_synced,
            not_sent = style.count(*not_sent),
            unknown = style.count(*unknown),
            time = or_never(looked)
        )
        .to_string(),
    }
}

fn pause(lang: Locale, cause: PauseCause) -> &'static str {
    match cause {
        PauseCause::ByHand => td_string!(lang, pause.by_hand),
        PauseCause::Disconnected => td_string!(lang, pause.disconnected),
        PauseCause::AnotherCompany => td_string!(lang, pause.another_company),
        PauseCause::Restored => td_string!(lang, pause.restored),
    }
}

fn since_text(lang: Locale, since: Option<&When>) -> String {
    match since {
        Some(at) => td_string!(lang, tip.since, time = when(lang, at)).to_string(),
        None => td_string!(lang, tip.key_refused).to_owned(),
    }
}

fn join(first: &str, second: &str) -> String {
    if first.is_empty() { second.to_owned() } else { format!("{first} · {second}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> ButtonState {
        ButtonState::Ready { new: 20, changed: 1, review: 2, looked: None }
    }

    fn button(state: ButtonState, read_only: bool, ask: Option<&str>) -> SyncButton {
        SyncButton { state, click: Click::None, read_only, ask: ask.map(str::to_owned) }
    }

    #[test]
    fn the_label_counts_new_and_changed_records_but_not_those_for_review() {
        assert_eq!(label(Locale::en, &ready()), "Sync 21 from Metakocka");
    }

    #[test]
    fn one_record_for_review_is_spoken_of_in_the_singular() {
        assert_eq!(label(Locale::en, &ButtonState::Review { review: 1, looked: None }), "1 needs review");
        assert_eq!(label(Locale::en, &ButtonState::Review { review: 7, looked: None }), "7 need review");
    }

    #[test]
    fn a_read_only_person_is_told_why_the_button_does_nothing() {
        let tip = tooltip(Locale::en, &button(ready(), true, None), RecordKind::SalesDocument);
        assert_eq!(tip, "20 new, 1 changed, 2 need review; last looked never · Your role can look, not sync");
    }

    #[test]
    fn people_who_cannot_repair_the_connection_are_told_whom_to_ask() {
        let refused = ButtonState::KeyRefused { since: None };
        assert!(
            tooltip(
                Locale::en,
                &button(refused.clone(), false, Some("Ana Kovač")),
                RecordKind::SalesDocument
            )
            .ends_with("Ask Ana Kovač")
        );
        assert_eq!(
            tooltip(Locale::en, &button(refused, false, None), RecordKind::SalesDocument),
            "Enter the key again"
        );
    }

    #[test]
    fn a_failed_check_never_reads_all_synced() {
        for state in [
            ButtonState::NoAnswer { reason: "No answer".to_owned(), next: None },
            ButtonState::BadAnswer { reason: "Nonsense".to_owned(), reference: Some("r-1".to_owned()) },
        ] {
            assert_ne!(label(Locale::en, &state), label(Locale::en, &all_synced()));
        }
    }

    #[test]
    fn progress_is_counted_from_the_run_and_never_divides_by_zero() {
        let syncing = |done, total| ButtonState::Syncing {
            run: "r".to_owned(),
            done,
            total,
            created: 0,
            updated: 0,
            failed: 0,
        };
        assert_eq!(appearance(&syncing(1284, 2000)).percent, Some(64));
        assert_eq!(appearance(&syncing(0, 0)).percent, Some(0));
        assert_eq!(label(Locale::en, &syncing(1284, 2000)), "Syncing 1,284 of 2,000…");
    }

    fn all_synced() -> ButtonState {
        ButtonState::AllSynced { not_sent: 0, unknown: 0, looked: None }
    }
}
