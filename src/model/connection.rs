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
