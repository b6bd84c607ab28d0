//! Assembly: configuration, state, router, sessions, form layer, events, telemetry, assets, health. Knows HTTP and all
//! of `src/`; decides nothing about records.

pub mod assets;
pub mod body;
pub mod configuration;
pub mod csrf;
pub mod events;
pub mod forms;
pub mod headers;
pub mod health;
pub mod identity;
pub mod operator;
pub mod refusal;
pub mod router;
pub mod sessions;
pub mod start;
pub mod state;
pub mod telemetry;
