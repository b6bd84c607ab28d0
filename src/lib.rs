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
