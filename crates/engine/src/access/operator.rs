//! What the operator does on the command line: accounts, workspaces, members.

use jiff::Timestamp;
use secrecy::SecretString;

use super::email::{self, Email};
use super::{Language, Role, TenantScope, UserId, name, password};
use crate::store::people::{self, NewPerson, PersonRow, WorkspaceRow};
use crate::store::{Connection, StoreError, sessions};
use crate::{Engine, EngineError};

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// As typed.
    pub email: String,
    /// Shown beside what the person does.
    pub name: String,
    /// At least 8 characters.
    pub password: SecretString,
    /// Language of texts.
    pub language: Language,
    /// What the person may do in the workspace.
    pub role: Role,
    /// Where the person becomes a member.
    pub workspace: WorkspaceChoice,
}

/// Where a new person becomes a member.
#[derive(Clone, Debug)]
pub enum WorkspaceChoice {
    /// The workspace with this id or name.
    Existing(String),
    /// A new one with this name.
    New(String),
}

impl Engine {
    /// Makes an account and its first membership.
    pub async fn add_user(&self, user: NewUser) -> Result<UserId, EngineError> {
        let email = Email::parse(&user.email)?;
        let person = NewPerson {
            id: self.new_id(),
            email: email.text().to_owned(),
            email_key: email.key().to_owned(),
            name: name("name", &user.name)?,
            password_hash: password::hash(self.ids(), user.password).await?,
            language: user.language.as_str().to_owned(),
        };
        let now = self.now();
        let mut tx = self.db().begin().await?;
        if !people::insert_person(&mut tx, &person, now).await? {
            return Err(EngineError::invalid("email", "This e-mail address has an account already."));
        }
        let workspace = match user.workspace {
            WorkspaceChoice::Existing(id_or_name) => existing(&mut tx, &id_or_name).await?,
            WorkspaceChoice::New(typed) => self.new_workspace(&mut tx, &typed).await?,
        };
        set_member(&mut tx, workspace, &person.id, user.role, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(UserId(person.id))
    }

    /// Makes an empty workspace; returns its id.
    pub async fn add_workspace(&self, name: &str) -> Result<String, EngineError> {
        let mut tx = self.db().begin().await?;
        let workspace = self.new_workspace(&mut tx, name).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(workspace.id)
    }

    /// Makes a person a member of a workspace (by id or name), or changes the member's role.
    pub async fn add_member(&self, workspace: &str, email: &str, role: Role) -> Result<(), EngineError> {
        let mut tx = self.db().begin().await?;
        let workspace = existing(&mut tx, workspace).await?;
        let person = known(&mut tx, email).await?;
        set_member(&mut tx, workspace, &person.id, role, self.now()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    /// Ends a person's access: no sign-in, no token, no session, from now on.
    pub async fn disable_user(&self, email: &str) -> Result<(), EngineError> {
        let mut tx = self.db().begin().await?;
        let person = known(&mut tx, email).await?;
        people::disable_person(&mut tx, &person.id, self.now()).await?;
        sessions::delete_sessions_of(&mut tx, &person.id).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    /// Lets the operator act in a workspace (by id or name): as one of its members, or as nobody in particular with
    /// the rights of an owner. For the command line only: whoever can run it can read the database anyway.
    pub async fn scope_for_operator(
        &self,
        workspace: &str,
        email: Option<&str>,
    ) -> Result<TenantScope, EngineError> {
        let mut connection = self.db().read().await?;
        let workspace = existing(&mut connection, workspace).await?;
        let Some(email) = email else {
            return Ok(TenantScope::new(workspace.id, None, Role::Owner));
        };
        let person = known(&mut connection, email).await?;
        let memberships = people::memberships(&mut connection, &person.id).await?;
        let membership = memberships
            .into_iter()
            .find(|membership| membership.workspace == workspace && person.disabled_at.is_none())
            .ok_or_else(|| EngineError::invalid("email", "This person is no member of the workspace."))?;
        let role = super::people::role(&membership.role)?;
        Ok(TenantScope::new(workspace.id, Some(UserId(person.id)), role))
    }

    async fn new_workspace(
        &self,
        connection: &mut Connection,
        typed: &str,
    ) -> Result<WorkspaceRow, EngineError> {
        let workspace = WorkspaceRow { id: self.new_id(), name: name("workspace", typed)? };
        people::insert_workspace(connection, &workspace, self.now()).await?;
        Ok(workspace)
    }
}

async fn set_member(
    connection: &mut Connection,
    workspace: WorkspaceRow,
    person: &str,
    role: Role,
    now: Timestamp,
) -> Result<(), StoreError> {
    let scope = TenantScope::new(workspace.id, None, Role::Owner);
    people::set_member(connection, &scope, person, role.as_str(), now).await
}

async fn existing(connection: &mut Connection, id_or_name: &str) -> Result<WorkspaceRow, EngineError> {
    let mut found = people::workspaces_by_id_or_name(connection, id_or_name.trim()).await?;
    let workspace = found.pop();
    match workspace {
        Some(workspace) if found.is_empty() => Ok(workspace),
        Some(_) => Err(EngineError::invalid("workspace", "Several workspaces have this name: give the id.")),
        None => Err(EngineError::invalid("workspace", "There is no workspace with this name or id.")),
    }
}

async fn known(connection: &mut Connection, typed: &str) -> Result<PersonRow, EngineError> {
    let person = people::person_by_email(connection, &email::fold(typed)).await?;
    person.ok_or_else(|| EngineError::invalid("email", "Nobody has this e-mail address."))
}
