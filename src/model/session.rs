//! Who is signed in.

use serde::{Deserialize, Serialize};

use super::ThemeChoice;

/// The signed-in person in the workspace in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// Their name.
    pub name: String,
    /// What they may do here.
    pub role: MyRole,
    /// The workspace in use.
    pub workspace: Workspace,
    /// All workspaces of the person, by name.
    pub workspaces: Vec<Workspace>,
    /// Metakocka's number of the connected company.
    pub company: Option<String>,
    /// The theme that they chose.
    pub theme: ThemeChoice,
    /// Whether this is a demo.
    pub demo: bool,
    /// How many questions wait for a person.
    pub questions: u64,
}

/// A workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MyRole {
    /// Looks.
    ReadOnly,
    /// Edits, pulls, pushes, resolves.
    Staff,
    /// Also the connection and members.
    Owner,
}
