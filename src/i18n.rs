//! The texts of `locales/`, made into typed keys by the build script, and the language of the page.
//!
//! A text is `td_string!(lang, some.key)`, or with values `td_string!(lang, some.key, name = value)`. The language is
//! fixed for a page: the server chooses it, writes it into `<html lang>`, and the client reads it there.

use leptos::prelude::use_context;

#[expect(
    clippy::pedantic,
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "written by leptos_i18n_build; its attributes are not ours"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/i18n/mod.rs"));
}

pub(crate) use generated::i18n::{Locale, td_string};

/// The language of this page.
pub(crate) fn language() -> Locale {
    use_context::<Locale>().unwrap_or_default()
}

/// What the server decides: the person's own language, else the first one that the browser asks for and we have.
#[cfg(feature = "ssr")]
pub(crate) fn chosen() -> Locale {
    let own = use_context::<crate::api::context::RequestContext>().and_then(|request| request.person);
    if let Some(language) = own.and_then(|person| person.language.parse().ok()) {
        return language;
    }
    use_context::<axum::http::request::Parts>()
        .and_then(|parts| {
            parts.headers.get(axum::http::header::ACCEPT_LANGUAGE)?.to_str().ok().map(str::to_owned)
        })
        .and_then(|wishes| {
            wishes.split(',').find_map(|wish| wish.split([';', '-']).next()?.trim().parse().ok())
        })
        .unwrap_or_default()
}

/// What the client reads from the page that the server sent.
#[cfg(not(feature = "ssr"))]
pub(crate) fn chosen() -> Locale {
    leptos::prelude::document()
        .document_element()
        .and_then(|html| html.get_attribute("lang"))
        .and_then(|lang| lang.parse().ok())
        .unwrap_or_default()
}
