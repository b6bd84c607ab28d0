//! Signing in, and what a person may enter.

use secrecy::SecretString;
use sync_core::record::text::sort_key;

use super::{Role, TenantScope, UserId, email, password};
use crate::store::StoreError;
use crate::store::people::{self, MembershipRow, PersonRow};
use crate::{Engine, EngineError};

/// Language of a person's texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Slovenian.
    Sl,
}

impl Language {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Sl => "sl",
        }
    }
}

impl std::str::FromStr for Language {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "en" => Ok(Self::En),
            "sl" => Ok(Self::Sl),
            _ => Err(()),
        }
    }
}

/// One workspace that a person may enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The workspace's id.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// What the person may do there.
    pub role: Role,
}

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Whose sessions and tokens these are.
    pub user: UserId,
    /// Shown beside what the person does.
    pub name: String,
    /// As typed when the account was made.
    pub email: String,
    /// Of texts.
    pub language: Language,
    /// By name.
    pub workspaces: Vec<Membership>,
}

/// A person whose password was right.
pub type SignedIn = Person;

impl Engine {
    /// Checks e-mail and password. Unknown e-mail, wrong password and disabled account give the same answer after
    /// the same work.
    pub async fn sign_in(&self, email: &str, password: &SecretString) -> Result<SignedIn, EngineError> {
        let row = people::person_by_email(&mut *self.db().read().await?, &email::fold(email)).await?;
        let stored = row.as_ref().map(|row| row.password_hash.clone());
        let right = password::is_right(stored, password.clone()).await?;
        match row {
            Some(row) if right => self.enabled(row).await,
            _ => Err(EngineError::NotSignedIn),
        }
    }

    /// The person of a session; refused once disabled.
    pub async fn person(&self, user: &UserId) -> Result<Person, EngineError> {
        let row = people::person_by_id(&mut *self.db().read().await?, user.as_str()).await?;
        self.enabled(row.ok_or(EngineError::NotSignedIn)?).await
    }

    /// Lets the person of a session into one of their workspaces: the one asked for, or the first by name.
    pub async fn scope_for_session(
        &self,
        user: &UserId,
        tenant: Option<&str>,
    ) -> Result<TenantScope, EngineError> {
        let person = self.person(user).await?;
        let membership = match tenant {
            Some(tenant) => person.workspaces.into_iter().find(|membership| membership.tenant == tenant),
            None => person.workspaces.into_iter().next(),
        };
        let membership = membership.ok_or(EngineError::NotSignedIn)?;
        Ok(TenantScope::new(membership.tenant, Some(person.user), membership.role))
    }

    /// Name of an owner of the workspace: whom to ask.
    pub(crate) async fn owner_name(&self, scope: &TenantScope) -> Result<Option<String>, EngineError> {
        Ok(people::owner_name(&mut *self.db().read().await?, scope).await?)
    }

    async fn enabled(&self, row: PersonRow) -> Result<Person, EngineError> {
        if row.disabled_at.is_some() {
            return Err(EngineError::NotSignedIn);
        }
        let rows = people::memberships(&mut *self.db().read().await?, &row.id).await?;
        Ok(Person {
            user: UserId(row.id),
            name: row.name,
            email: row.email,
            language: row.language.parse().map_err(|()| StoreError::Corrupt { column: "language" })?,
            workspaces: by_name(rows)?,
        })
    }
}

fn by_name(rows: Vec<MembershipRow>) -> Result<Vec<Membership>, StoreError> {
    let membership = |row: MembershipRow| {
        Ok(Membership { role: role(&row.role)?, tenant: row.workspace.id, name: row.workspace.name })
    };
    let mut memberships: Vec<_> = rows.into_iter().map(membership).collect::<Result<_, StoreError>>()?;
    memberships.sort_by_cached_key(|membership| (sort_key(&membership.name), membership.tenant.clone()));
    Ok(memberships)
}

/// Reads a stored role.
pub(super) fn role(stored: &str) -> Result<Role, StoreError> {
    stored.parse().map_err(|()| StoreError::Corrupt { column: "role" })
}
