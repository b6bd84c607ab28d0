//! CRM Mind: the application around the engine. Pages and components run on both sides; the rest only on the server.

pub mod api;
pub mod app;
pub mod components;
#[cfg(all(feature = "ssr", feature = "demo"))]
pub mod demo;
mod i18n;
pub mod model;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod server;

/// Takes over the page that the server sent: the client's whole start.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
