//! Leases with fencing: who may work on a job, until when, and who may still write. The store keeps
//! the lease in the job's row; these functions say what may be done with it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::UtcMicros;

/// How long a lease holds without a heartbeat: longer than the slowest answer of the remote that was
/// seen (48 s, `metakocka-api.md §1.6`), short enough that a killed worker is replaced while people
/// watch.
pub const LENGTH: Duration = Duration::from_mins(1);

/// How often a holder says that it lives: three may be lost before the lease is.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

/// Rises with every claim of a job; a write names the token it was made under, and the database
/// refuses an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FencingToken(pub i64);

impl FencingToken {
    /// The token of a job that nobody has claimed yet.
    pub const NONE: Self = Self(0);

    /// The token of the next claim.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The right to work on a job for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Who holds it: one process, one worker in it.
    pub holder: String,
    /// The token of this claim.
    pub token: FencingToken,
    /// When it ends unless a heartbeat comes.
    pub expires_at: UtcMicros,
}

/// The lease was taken over: stop, write nothing, somebody else has the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the lease was lost: the job is in other hands, nothing more is written here")]
pub struct LeaseLost;

/// A lease that another holds and that has not ended yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the job is held until {until}")]
pub struct Held {
    /// When it may be claimed.
    pub until: UtcMicros,
}

impl Lease {
    /// Claims a job: free when it has no lease or its lease has ended, else held. A restarted holder
    /// does not get its own lease back before that, because the old process may still be alive.
    pub fn claim(
        current: Option<&Self>,
        last_token: FencingToken,
        holder: &str,
        now: UtcMicros,
    ) -> Result<Self, Held> {
        if let Some(lease) = current.filter(|lease| lease.holds_at(now)) {
            return Err(Held { until: lease.expires_at });
        }
        let last = current.map_or(last_token, |lease| lease.token.max(last_token));
        Ok(Self { holder: holder.to_owned(), token: last.next(), expires_at: now.plus(LENGTH) })
    }

    /// Whether the lease still holds; at the very instant of its end it does not.
    pub fn holds_at(&self, now: UtcMicros) -> bool {
        now < self.expires_at
    }

    /// Prolongs the lease of whoever works under `mine`. A lease that has ended but was not taken over
    /// is prolonged too: nobody else has it.
    pub fn heartbeat(&self, mine: FencingToken, now: UtcMicros) -> Result<Self, LeaseLost> {
        self.may_write(mine)?;
        Ok(Self { expires_at: self.expires_at.max(now.plus(LENGTH)), ..self.clone() })
    }

    /// Whether a write that was made under `mine` may be stored.
    pub fn may_write(&self, mine: FencingToken) -> Result<(), LeaseLost> {
        if self.token == mine { Ok(()) } else { Err(LeaseLost) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: UtcMicros = UtcMicros(1_000_000);

    fn lease() -> Lease {
        Lease::claim(None, FencingToken::NONE, "a", START).unwrap()
    }

    #[test]
    fn a_held_job_is_not_claimed_before_its_lease_ends() {
        let first = lease();
        let just_before = UtcMicros(first.expires_at.0 - 1);
        assert_eq!(
            Lease::claim(Some(&first), first.token, "a", just_before),
            Err(Held { until: first.expires_at })
        );
        let second = Lease::claim(Some(&first), first.token, "b", first.expires_at).unwrap();
        assert!(second.token > first.token);
    }

    #[test]
    fn who_lost_the_lease_can_neither_write_nor_prolong() {
        let first = lease();
        let second = Lease::claim(Some(&first), first.token, "b", first.expires_at).unwrap();
        assert_eq!(second.may_write(first.token), Err(LeaseLost));
        assert_eq!(second.heartbeat(first.token, first.expires_at), Err(LeaseLost));
        assert_eq!(second.may_write(second.token), Ok(()));
    }

    #[test]
    fn a_heartbeat_prolongs_and_never_shortens() {
        let first = lease();
        let later = first.heartbeat(first.token, START.plus(HEARTBEAT)).unwrap();
        assert_eq!(later.expires_at, START.plus(HEARTBEAT).plus(LENGTH));
        let clock_went_back = later.heartbeat(later.token, START).unwrap();
        assert_eq!(clock_went_back.expires_at, later.expires_at);
    }

    #[test]
    fn a_token_is_never_used_twice_even_when_a_finished_job_left_no_lease() {
        let again = Lease::claim(None, FencingToken(7), "a", START).unwrap();
        assert_eq!(again.token, FencingToken(8));
    }
}
