//! The people and workspaces of a demo.

use engine::access::{Language, NewUser, Role, WorkspaceChoice};
use engine::ids::Ids;
use engine::{Engine, EngineError};
use serde::{Deserialize, Serialize};

use super::shown;
use crate::server::operator::make_password;

/// The workspace that is connected and has records.
pub(super) const FIRST: &str = "Lipa d.o.o.";
/// The workspace that is empty and not connected.
const SECOND: &str = "Javor s.p.";
/// What the tokens are for.
const TOKEN: &str = "Demo and test kit";

/// Somebody who can sign in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Person {
    pub(super) role: String,
    pub(super) email: String,
    pub(super) password: String,
    #[serde(rename = "apiToken")]
    pub(super) token: String,
}

/// Everybody.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct People {
    /// Of the first workspace, the owner first.
    pub(super) first: Vec<Person>,
    /// The owner of the second.
    pub(super) second: Person,
    #[serde(skip)]
    nobody: Person,
}

impl People {
    /// The owner of the first workspace.
    pub(super) fn owner(&self) -> &Person {
        self.first.first().unwrap_or(&self.nobody)
    }
}

/// Makes people and workspaces.
pub(super) async fn make(engine: &Engine) -> Result<People, EngineError> {
    let new = |name: &str| WorkspaceChoice::New(name.to_owned());
    let there = || WorkspaceChoice::Existing(FIRST.to_owned());
    let first = vec![
        person(engine, ("Ana Kovač", "ana@lipa.example"), Role::Owner, new(FIRST)).await?,
        person(engine, ("Marko Novak", "marko@lipa.example"), Role::Staff, there()).await?,
        person(engine, ("Petra Zupan", "petra@lipa.example"), Role::ReadOnly, there()).await?,
    ];
    let second = person(engine, ("Jure Hribar", "jure@javor.example"), Role::Owner, new(SECOND)).await?;
    Ok(People { first, second, nobody: Person::default() })
}

async fn person(
    engine: &Engine,
    (name, email): (&str, &str),
    role: Role,
    workspace: WorkspaceChoice,
) -> Result<Person, EngineError> {
    let place = match &workspace {
        WorkspaceChoice::Existing(name) | WorkspaceChoice::New(name) => name.clone(),
    };
    let password = make_password(&Ids::from_os());
    let user = NewUser {
        email: email.to_owned(),
        name: name.to_owned(),
        password: password.clone(),
        language: Language::En,
        role,
        workspace,
    };
    engine.add_user(user).await?;
    let scope = engine.scope_for_operator(&place, Some(email)).await?;
    let token = engine.add_token(&scope, TOKEN).await?;
    Ok(Person {
        role: role.as_str().to_owned(),
        email: email.to_owned(),
        password: shown(&password),
        token: shown(&token.plain),
    })
}
