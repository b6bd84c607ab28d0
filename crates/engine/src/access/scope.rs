//! The proof that somebody may touch a workspace's data.

use std::str::FromStr;

/// A person's id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserId(pub(crate) String);

impl UserId {
    /// From the text that [`UserId::as_str`] gave. It proves nothing: whoever acts is found by
    /// [`crate::Engine::scope_for_session`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        crate::ids::is_id(text).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a member may do (contract §8). Ordered: each role may do what the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Looks.
    ReadOnly,
    /// Edits, pulls, pushes, resolves.
    Staff,
    /// Also connection, matching, scope, members.
    Owner,
}

impl Role {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::Staff => "staff",
            Self::Owner => "owner",
        }
    }
}

impl FromStr for Role {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "read_only" => Ok(Self::ReadOnly),
            "staff" => Ok(Self::Staff),
            "owner" => Ok(Self::Owner),
            _ => Err(()),
        }
    }
}

/// Permission to touch one workspace's data. Made only here: from a session, an API token, a claimed job, or the
/// operator's command line; so a store function that takes one cannot be called for a workspace by mistake.
#[derive(Clone, Debug)]
pub struct TenantScope {
    tenant: String,
    user: Option<UserId>,
    role: Role,
}

impl TenantScope {
    pub(super) fn new(tenant: String, user: Option<UserId>, role: Role) -> Self {
        Self { tenant, user, role }
    }

    /// The workspace's id: the value of every `tenant_id` column.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The person, when one acts.
    #[must_use]
    pub fn user(&self) -> Option<&UserId> {
        self.user.as_ref()
    }

    /// What the person may do; the application itself acts as owner.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Refuses when the role is lower than `needed`.
    pub fn require(&self, needed: Role) -> Result<(), crate::EngineError> {
        if self.role >= needed { Ok(()) } else { Err(crate::EngineError::Forbidden) }
    }
}

impl TenantScope {
    /// The scope of a job that a worker has claimed: the application itself acts.
    pub(crate) fn of_claim(claim: &crate::store::jobs::Claim) -> Self {
        Self::new(claim.tenant_id.clone(), None, Role::Owner)
    }

    /// The scope of something that is due by the application's own schedule.
    pub(crate) fn of_schedule(tenant: &str) -> Self {
        Self::new(tenant.to_owned(), None, Role::Owner)
    }
}
