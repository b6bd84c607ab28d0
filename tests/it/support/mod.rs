//! The application under test, those who use it, and the log they leave.

mod actor;
mod app;
mod log;

pub(crate) use actor::{Actor, Answer};
pub(crate) use app::TestApp;
pub(crate) use log::times_in_log;
