//! The connection to Metakocka, as settings show it. The key itself never comes here.

use serde::{Deserialize, Serialize};

use super::When;

/// The workspace's connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Metakocka's number of the company.
    pub company: String,
    /// The address of the API.
    pub address: String,
    /// The last four characters of the key.
    pub key_last4: String,
    /// Whether it works.
    pub state: ConnectionState,
    /// Why not.
    pub reason: Option<String>,
    /// It waits for the owner to say that work may go on with a database that was restored.
    pub is_restored: bool,
    /// Since when.
    pub since: Option<When>,
    /// Who paused it.
    pub by: Option<String>,
    /// The calls that were made through it.
    pub calls: Calls,
}

/// The calls to Metakocka.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// In this clock hour, of the whole company.
    pub this_hour: u64,
    /// How many an hour may have; none: nothing limits them.
    pub limit: Option<u64>,
    /// When the next hour begins.
    pub renewed_at: When,
    /// In the last 24 hours: what for, in words, and how many.
    pub purposes: Vec<(String, u64)>,
}

/// Whether the connection works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// It works.
    Active,
    /// Somebody or the application paused it.
    Paused,
    /// Metakocka refused the key.
    KeyRefused,
}
