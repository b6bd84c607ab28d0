//! Trying a connection: does this address, company and key work?

use super::Client;
use crate::error::{Error, Next, RefusedBy};
use crate::search::ListLimit;

/// What trying a connection found.
#[derive(Debug)]
pub enum ConnectionCheck {
    /// Metakocka answered with this company's data.
    Working,
    /// It does not accept the secret key for this company.
    KeyRefused(Error),
    /// It does not accept calls from this network address (an allow-list on its side).
    AddressRefused(Error),
    /// It could not be reached, or did not answer.
    Unreachable(Error),
    /// Something else answers at this address.
    NotMetakocka(Error),
    /// The company's quota of calls is used up; nothing is known about the key.
    QuotaReached(Error),
    /// Metakocka answered and declined.
    Declined(Error),
}

impl Client {
    /// Tries the connection with one cheap call, and changes nothing.
    pub async fn test_connection(&self) -> ConnectionCheck {
        let smallest = ListLimit::new(1).unwrap_or_default();
        match self.warehouse_page(smallest).await {
            Ok(_) => ConnectionCheck::Working,
            Err(error) => ConnectionCheck::of(error),
        }
    }
}

impl ConnectionCheck {
    fn of(error: Error) -> Self {
        if let Error::KeyRefused { by: RefusedBy::NetworkAddress, .. } = error {
            return Self::AddressRefused(error);
        }
        match error.next() {
            Next::PauseKey => Self::KeyRefused(error),
            Next::Retry => Self::Unreachable(error),
            Next::WaitForQuota(_) => Self::QuotaReached(error),
            Next::Protocol => Self::NotMetakocka(error),
            Next::Refused | Next::Unknown => Self::Declined(error),
        }
    }
}
