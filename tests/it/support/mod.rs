//! The application under test, those who use it, what they see, and the log it leaves.

mod actor;
mod app;
mod html;
mod log;
mod program;
pub(crate) mod routes;

pub(crate) use actor::{Actor, Answer};
pub(crate) use app::{OTHER, SECRET, TestApp};
pub(crate) use html::{ButtonSeen, unescaped};
pub(crate) use log::times_in_log;
pub(crate) use program::{Program, add_owner};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// Where sales documents are sent and taken.
pub(crate) const SALES: &str = "/api/integrations/metakocka/sales-documents";
/// Endpoint 4.
pub(crate) const WAITING: &str = "/api/integrations/metakocka/sales-documents/sync-from-metakocka";
/// Endpoint 6.
pub(crate) const PULL: &str = "/api/integrations/metakocka/sales-documents/sync-all-from-metakocka";
/// Where runs are asked for.
pub(crate) const RUNS: &str = "/api/integrations/metakocka/runs";

/// Tells a number that somebody wants to see. Written to the stream itself: the test runner swallows what the macros
/// print.
pub(crate) fn say(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{text}");
}
