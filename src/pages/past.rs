//! A record as it was after one step of its history (`/contacts/{id}/history/{revision}` and its siblings).

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use sync_core::record::RecordKind;

use super::live::follow;
use super::record::{Missing, deed_words};
use super::trouble::Trouble;
use crate::api::error::ErrorCode;
use crate::api::records::load_past;
use crate::components::format::when;
use crate::components::metakocka::place_words;
use crate::components::{Banner, IconName, Loading};
use crate::i18n::{language, td_string};
use crate::model::{Past, Tone, list_path};

/// `/sales-documents/:id/history/:revision`.
#[component]
pub fn PastDocumentPage() -> impl IntoView {
    view! { <PastPage kind=RecordKind::SalesDocument /> }
}

/// `/contacts/:id/history/:revision`.
#[component]
pub fn PastContactPage() -> impl IntoView {
    view! { <PastPage kind=RecordKind::Contact /> }
}

/// `/products/:id/history/:revision`.
#[component]
pub fn PastProductPage() -> impl IntoView {
    view! { <PastPage kind=RecordKind::Product /> }
}

#[component]
fn PastPage(kind: RecordKind) -> impl IntoView {
    let lang = language();
    let parameters = use_params_map();
    let asked = Memo::new(move |_| {
        parameters.with(|map| {
            let revision = map.get("revision").and_then(|text| text.parse::<i64>().ok()).unwrap_or_default();
            (map.get("id").unwrap_or_default(), revision)
        })
    });
    let loaded = Resource::new(
        move || asked.try_get().unwrap_or_default(),
        move |(id, revision)| load_past(kind, id, revision),
    );
    view! {
        <Transition fallback=Loading>
            {move || {
                let loaded = follow(loaded)?;
                Some(Suspend::new(async move {
                    match loaded.await {
                    Ok(past) => view! { <Shown kind=kind past=past /> }.into_any(),
                    Err(error) if error.code == ErrorCode::NotFound => {
                        view! { <Missing list=list_path(kind) name=td_string!(lang, record.history) /> }.into_any()
                    }
                    Err(error) => view! { <Trouble error=error /> }.into_any(),
                }
                }))
            }}
        </Transition>
    }
}

#[component]
fn Shown(kind: RecordKind, past: Past) -> impl IntoView {
    let lang = language();
    let href = format!("{}/{}", list_path(kind), past.id);
    let time = when(lang, &past.at);
    let title = td_string!(lang, record.as_it_was, name = past.name.clone(), time = time.clone()).to_string();
    let by = past.by.unwrap_or_else(|| td_string!(lang, record.application).to_owned());
    let step = format!("{} · {by} · {time}", deed_words(&past.deed));
    let step = if past.is_latest { format!("{step} · {}", td_string!(lang, record.still_so)) } else { step };
    let (before, after) = (past.revision - 1, past.revision + 1);
    let step_to = |revision: i64, name: &'static str| {
        let href = format!("{href}/history/{revision}");
        view! {
            <a class="btn" href=href>
                {name}
            </a>
        }
    };
    let earlier = (before > 0).then(|| step_to(before, td_string!(lang, record.earlier)));
    let later = (!past.is_latest).then(|| step_to(after, td_string!(lang, record.later)));
    let fields = past.fields.into_iter().map(|(place, value)| {
        view! {
            <div>
                <dt>{place_words(&place)}</dt>
                <dd>{value}</dd>
            </div>
        }
    });
    let lines = past.lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
    view! {
        <Title text=title.clone() />
        <div class="head">
            <div>
                <p class="crumb">
                    <a href=href.clone()>{past.name}</a>
                    " ›"
                </p>
                <h1>{title}</h1>
            </div>
            <div class="acts">{earlier} {later}</div>
        </div>
        <Banner tone=Tone::Off icon=IconName::Clock title=step />
        <section class="panel pad stack" aria-label=td_string!(lang, record.history)>
            <dl class="facts">{fields.collect_view()}</dl>
            {(!past.no_lines).then(|| view! { <ol>{lines}</ol> })}
        </section>
    }
}
