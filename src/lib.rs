//! CRM Mind: the application around the engine. Pages and components run on both sides; the rest only on the server.

pub mod api;
pub mod app;
pub mod components;
mod i18n;
pub mod model;
pub mod pages;
