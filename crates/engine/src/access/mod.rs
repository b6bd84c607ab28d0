//! People, members, roles, tokens and sessions: who may do what. The only place that makes a [`TenantScope`].

mod scope;

pub use scope::{Role, TenantScope, UserId};
