//! How often a sign-in may be tried: guessing passwords has to be hopeless, and typing one wrong harmless.
//!
//! Counted in the memory of this process: a restart forgets, and several instances each count for themselves.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Tries of all accounts that one address has at once, as a multiple of those for one account: an office shares one.
const PER_ADDRESS: NonZeroU32 = NonZeroU32::new(6).unwrap();
/// Tries for one account from all addresses, likewise: above what people do, so that strangers lock nobody out soon.
const PER_ACCOUNT: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// After this long there is one more try for an account from one address.
const SLOW: Duration = Duration::from_secs(15);
/// After this long there is one more try for an account from anywhere.
const STEADY: Duration = Duration::from_secs(5);
/// After this long there is one more try from an address.
const FAST: Duration = Duration::from_secs(1);

/// The limits. Each try counts, right or wrong, so that the answer to a limited try tells nothing about the password.
#[derive(Debug)]
pub struct SignInLimits {
    pairs: DefaultKeyedRateLimiter<(Option<IpAddr>, String)>,
    accounts: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<Option<IpAddr>>,
}

impl SignInLimits {
    /// `at_once` tries for one account from one address without waiting.
    #[must_use]
    pub fn new(at_once: NonZeroU32) -> Self {
        let quota = |one_more_after, times: NonZeroU32| {
            let quota = Quota::with_period(one_more_after).unwrap_or(Quota::per_second(NonZeroU32::MIN));
            quota.allow_burst(at_once.saturating_mul(times))
        };
        Self {
            pairs: RateLimiter::keyed(quota(SLOW, NonZeroU32::MIN)),
            accounts: RateLimiter::keyed(quota(STEADY, PER_ACCOUNT)),
            addresses: RateLimiter::keyed(quota(FAST, PER_ADDRESS)),
        }
    }

    /// Counts a try for the account named `email` from `address`. False: it is one too many, do not even look.
    #[must_use]
    pub fn allow(&self, email: &str, address: Option<IpAddr>) -> bool {
        let account = email.trim().to_lowercase();
        self.addresses.check_key(&address).is_ok()
            && self.pairs.check_key(&(address, account.clone())).is_ok()
            && self.accounts.check_key(&account).is_ok()
    }

    /// Forgets who has all tries again. Housekeeping, once in a while.
    pub fn forget(&self) {
        self.pairs.retain_recent();
        self.accounts.retain_recent();
        self.addresses.retain_recent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
    const THERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::BROADCAST));

    fn limits(at_once: u32) -> SignInLimits {
        SignInLimits::new(NonZeroU32::new(at_once).unwrap())
    }

    fn allowed(limits: &SignInLimits, email: impl Fn(usize) -> String, address: Option<IpAddr>) -> usize {
        (0..200).filter(|at| limits.allow(&email(*at), address)).count()
    }

    #[test]
    fn an_account_has_its_tries_and_other_accounts_theirs() {
        let limits = limits(5);
        assert_eq!(allowed(&limits, |_| "ana@example.si".to_owned(), HERE), 5);
        assert!(!limits.allow(" Ana@Example.si ", HERE), "the same account");
        assert!(limits.allow("marko@example.si", THERE));
        assert!(limits.allow("ana@example.si", THERE), "she herself is not locked out");
    }

    #[test]
    fn an_address_that_tries_many_accounts_is_stopped() {
        assert_eq!(allowed(&limits(5), |at| format!("{at}@example.si"), HERE), 30);
    }

    #[test]
    fn an_account_that_many_addresses_try_is_stopped() {
        let limits = limits(2);
        let from = |at: u8| Some(IpAddr::from([10, 0, 0, at]));
        assert_eq!((0..=200).filter(|at| limits.allow("ana@example.si", from(*at))).count(), 20);
    }
}
