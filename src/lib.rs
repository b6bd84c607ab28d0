//! CRM Mind: the application around the engine. Pages and components run on both sides; the rest only on the server.

pub mod api;
pub mod app;
#[cfg(all(feature = "ssr", feature = "demo"))]
pub mod demo;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod server;
