//! The frame around every page of a signed-in person: navigation, workspace, person, theme, live events.

use leptos::either::Either;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::components::{A, Outlet, Redirect};
use leptos_router::hooks::use_location;

use super::form::{Back, use_form};
use super::live::{Live, follow};
use crate::api::error::{ApiError, ErrorCode};
use crate::api::preferences::SetTheme;
use crate::api::review::count_questions;
use crate::api::session::{ChooseWorkspace, SignOut, who_am_i};
use crate::components::format::Style;
use crate::components::{Button, ButtonKind, Icon, IconName};
use crate::i18n::{language, td_string};
use crate::model::{Me, REVIEW, ThemeChoice};

/// Who is signed in: pages wait for it to know what the person may do.
#[derive(Clone, Copy)]
pub(super) struct Who(pub Resource<Result<Me, ApiError>>);

impl Who {
    /// The person, once it is known.
    pub(super) async fn is() -> Result<Me, ApiError> {
        let Self(who) = expect_context();
        who.await
    }
}

/// How many questions wait for a person.
#[derive(Clone, Copy)]
struct Asked(Resource<Result<u64, ApiError>>);

/// The frame. Whoever is not signed in is led to the sign-in and back.
#[component]
pub fn SignedIn() -> impl IntoView {
    let lang = language();
    let who = Resource::new(|| (), |()| who_am_i());
    provide_context(Who(who));
    Live::provide();
    let live = Live::expect();
    let asked = Resource::new(move || live.documents.get(), |_| count_questions());
    provide_context(Asked(asked));
    view! {
        <a class="skip" href="#content" rel="external">
            {td_string!(lang, skip)}
        </a>
        <div class="app">
            <header class="side">
                <Mark />
                <Side who=who />
            </header>
            <div>
                <header class="topbar">
                    <details class="menu">
                        <summary>
                            <Icon name=IconName::Menu />
                            <span class="sr">{td_string!(lang, nav.menu)}</span>
                        </summary>
                        <div class="sheet">
                            <Side who=who />
                        </div>
                    </details>
                    <span>{td_string!(lang, app)}</span>
                </header>
                <main id="content" tabindex="-1">
                    <Outlet />
                </main>
            </div>
        </div>
    }
}

#[component]
fn Mark() -> impl IntoView {
    let lang = language();
    view! {
        <div class="mark">
            <span>
                <Icon name=IconName::Sync />
            </span>
            {td_string!(lang, app)}
        </div>
    }
}

/// Workspace, navigation and person: beside the page, or in the menu where there is no room.
#[component]
fn Side(who: Resource<Result<Me, ApiError>>) -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match who.await {
                    Ok(me) => Either::Left(view! { <Known me=me /> }),
                    Err(error) => Either::Right(view! { <Unknown error=error /> }),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Known(me: Me) -> impl IntoView {
    let demo = me.demo;
    let theme = me.theme;
    let name = me.name.clone();
    view! {
        <WorkspaceCard me=me />
        <Navigation demo=demo />
        <div class="foot">
            <Theme chosen=theme />
            <Person name=name />
        </div>
    }
}

/// Leads to the sign-in; another error leaves the frame without a person, and the page says what is wrong.
#[component]
fn Unknown(error: ApiError) -> impl IntoView {
    let location = use_location();
    let asked_for = location.pathname.get_untracked();
    (error.code == ErrorCode::NotSignedIn).then(|| {
        let path =
            if asked_for == "/" { "/sign-in".to_owned() } else { format!("/sign-in?next={asked_for}") };
        view! { <Redirect path=path /> }
    })
}

#[component]
fn WorkspaceCard(me: Me) -> impl IntoView {
    let lang = language();
    let company = match &me.company {
        Some(company) => td_string!(lang, nav.company, company = company.clone()).to_string(),
        None => td_string!(lang, nav.no_company).to_owned(),
    };
    let several = me.workspaces.len() > 1;
    let here = me.workspace.id.clone();
    let form = use_form::<ChooseWorkspace>("choose-workspace");
    let options = move || {
        me.workspaces
            .iter()
            .map(|workspace| {
                let selected = workspace.id == here;
                view! { <option value=workspace.id.clone() selected=selected>{workspace.name.clone()}</option> }
            })
            .collect_view()
    };
    view! {
        <div class="workspace">
            {me.workspace.name} <small>{company}</small>
            {several
                .then(|| {
                    view! {
                        <ActionForm action=form.action>
                            <Back />
                            <select class="control" name="tenant" aria-label=td_string!(lang, nav.workspace)>
                                {options()}
                            </select>
                            <Button small=true submit=true>
                                {td_string!(lang, nav.switch)}
                            </Button>
                        </ActionForm>
                    }
                })}
        </div>
    }
}

/// Only what exists.
#[component]
fn Navigation(demo: bool) -> impl IntoView {
    let lang = language();
    let entry = |href: &'static str, icon, words: &'static str| {
        view! {
            <A href=href>
                <Icon name=icon />
                {words}
            </A>
        }
    };
    view! {
        <nav class="nav" aria-label=td_string!(lang, nav.main)>
            {entry("/sales-documents", IconName::Document, td_string!(lang, nav.documents))}
            {entry("/contacts", IconName::Person, td_string!(lang, nav.contacts))}
            {entry("/products", IconName::Box, td_string!(lang, nav.products))}
            <A href=REVIEW>
                <Icon name=IconName::Decide />
                {td_string!(lang, nav.review)}
                <QuestionCount />
            </A>
            {entry("/settings/metakocka", IconName::Gear, td_string!(lang, nav.settings))}
            {demo.then(|| entry("/styleguide", IconName::Palette, td_string!(lang, nav.styleguide)))}
        </nav>
    }
}

/// How many decisions wait; nothing when none does.
#[component]
fn QuestionCount() -> impl IntoView {
    let Asked(asked) = expect_context();
    let style = Style::of(language());
    view! {
        <Transition>
            {move || {
                let asked = follow(asked)?;
                Some(Suspend::new(async move {
                    let count = asked.await.unwrap_or_default();
                    (count > 0).then(|| view! { <span class="count">{style.count(count)}</span> })
                }))
            }}
        </Transition>
    }
}

/// Three buttons of one form; with a script the page changes at once.
#[component]
fn Theme(chosen: ThemeChoice) -> impl IntoView {
    let lang = language();
    let form = use_form::<SetTheme>("set-theme");
    let worn = RwSignal::new(chosen);
    let words = |choice| match choice {
        ThemeChoice::System => td_string!(lang, nav.theme_system),
        ThemeChoice::Light => td_string!(lang, nav.theme_light),
        ThemeChoice::Dark => td_string!(lang, nav.theme_dark),
    };
    let buttons = ThemeChoice::ALL.map(|choice| {
        view! {
            <button
                type="submit"
                name="theme"
                value=choice.as_str()
                aria-pressed=move || if worn.get() == choice { "true" } else { "false" }
                on:click=move |_| {
                    worn.set(choice);
                    wear(choice);
                }
            >
                {words(choice)}
            </button>
        }
    });
    view! {
        <ActionForm action=form.action>
            <Back />
            <div class="theme" role="group" aria-label=td_string!(lang, nav.theme)>
                {buttons.into_iter().collect_view()}
            </div>
        </ActionForm>
    }
}

/// Sets the theme on the page; the form keeps it for the next one.
fn wear(choice: ThemeChoice) {
    let Some(root) = document().document_element() else { return };
    // The root is an element like any other: neither call fails on it.
    let _ = match choice {
        ThemeChoice::System => root.remove_attribute("data-theme"),
        chosen => root.set_attribute("data-theme", chosen.as_str()),
    };
}

#[component]
fn Person(name: String) -> impl IntoView {
    let lang = language();
    let form = use_form::<SignOut>("sign-out");
    view! {
        <div class="person">
            <Icon name=IconName::Person />
            <span>{name}</span>
            <ActionForm action=form.action>
                <Back />
                <Button kind=ButtonKind::Quiet small=true submit=true>
                    {td_string!(lang, nav.sign_out)}
                </Button>
            </ActionForm>
        </div>
    }
}
