//! How the engine reaches Metakocka: one HTTP client, one pacer for each company, and the addresses that are allowed.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use metakocka::{
    BaseUrl, Client, ClientConfig, CompanyId, HttpClient, HttpConfig, HttpSetupError, Limits, Pacer,
    SecretKey,
};
use secrecy::ExposeSecret;
use tokio::sync::watch;

use super::failure::Failure;
use super::pulse::Pulse;
use crate::EngineError;
use crate::access::TenantScope;
use crate::store::connections::ConnectionRow;
use crate::vault::{SealedFor, Vault};

/// How long one call may take: longer than the slowest answer that was ever seen (48 s, `metakocka-api.md §1.6`).
pub const CALL_TIMEOUT: Duration = Duration::from_mins(1);

/// The port of an https address that names none.
const HTTPS: u16 = 443;

/// Which addresses a connection may name, so that the server cannot be used to reach inside the network.
#[derive(Clone, Debug)]
pub struct AllowedHosts {
    hosts: Vec<String>,
    plain: Vec<String>,
}

impl AllowedHosts {
    /// Metakocka's own hosts (`metakocka-api.md §1.1`), and those that the operator names. An entry with a port,
    /// `127.0.0.1:3001`, allows plain http to exactly that place; one without a port allows https.
    #[must_use]
    pub fn new(named: &[String]) -> Self {
        let (plain, hosts): (Vec<String>, Vec<String>) =
            named.iter().cloned().partition(|entry| entry.contains(':'));
        let own = ["main.metakocka.si", "devmainsi.metakocka.si"].map(str::to_owned);
        Self { hosts: own.into_iter().chain(hosts).collect(), plain }
    }

    /// Reads an address that somebody entered.
    pub fn parse(&self, text: &str) -> Result<BaseUrl, EngineError> {
        let refused = |sentence: String| EngineError::invalid("apiEndpoint", sentence);
        let url = BaseUrl::parse_allowing_http(text.trim()).map_err(|error| refused(format!("{error}.")))?;
        let place =
            format!("{}:{}", url.host(), url.port().map_or_else(String::new, |port| port.to_string()));
        let allowed = if url.is_encrypted() && url.port() == Some(HTTPS) {
            self.hosts.iter().any(|host| host.eq_ignore_ascii_case(url.host()))
        } else {
            self.plain.iter().any(|entry| entry.eq_ignore_ascii_case(&place))
        };
        if allowed {
            Ok(url)
        } else {
            Err(refused(format!(
                "The address {text} is not on this installation's list of Metakocka addresses. The operator can add it."
            )))
        }
    }
}

/// Speaks to Metakocka for all workspaces.
#[derive(Debug)]
pub struct Remote {
    http: HttpClient,
    allowed: AllowedHosts,
    calls_an_hour: Option<u64>,
    pacers: Mutex<HashMap<String, Pacer>>,
    /// Changes whenever events were written or work was queued in this process.
    pub(crate) wake: watch::Sender<u64>,
    /// Of the worker in this process.
    pub(super) pulse: Pulse,
}

impl Remote {
    /// Makes the HTTP client too; `ca_pem` holds certificates trusted beside the public ones.
    pub fn open(allowed: AllowedHosts, ca_pem: Option<Vec<u8>>) -> Result<Self, HttpSetupError> {
        let config = HttpConfig { extra_ca_pem: ca_pem, ..HttpConfig::default() };
        Ok(Self::new(HttpClient::new(&config)?, allowed))
    }

    /// Puts the parts together. Does no I/O.
    #[must_use]
    pub fn new(http: HttpClient, allowed: AllowedHosts) -> Self {
        Self {
            http,
            allowed,
            calls_an_hour: None,
            pacers: Mutex::default(),
            wake: watch::Sender::new(0),
            pulse: Pulse::default(),
        }
    }

    /// The same with at most so many calls of each company in a clock hour, all instances together; none: nothing limits
    /// them.
    #[must_use]
    pub fn within_calls_an_hour(mut self, calls: Option<u64>) -> Self {
        self.calls_an_hour = calls;
        self
    }

    pub(super) fn calls_an_hour(&self) -> Option<u64> {
        self.calls_an_hour
    }

    /// The addresses that a connection may name.
    #[must_use]
    pub fn allowed(&self) -> &AllowedHosts {
        &self.allowed
    }

    pub(crate) fn wake(&self) {
        self.wake.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// A client for the workspace's connection.
    pub(super) fn client(
        &self,
        vault: &Vault,
        scope: &TenantScope,
        connection: &ConnectionRow,
    ) -> Result<Client, Failure> {
        let unusable = |sentence: &str| Failure::Settings { sentence: sentence.to_owned() };
        let sealed =
            vault.open(sealed_for(scope, &connection.id), &connection.secret_sealed).map_err(|_| {
                unusable("The stored key cannot be opened with this installation's key. Enter it again.")
            })?;
        let key = SecretKey::parse(sealed.expose_secret())
            .map_err(|_| unusable("The stored key is not usable. Enter it again in the settings."))?;
        self.client_of(&connection.base_url, &connection.company_id, key)
    }

    /// A client for values that somebody entered.
    pub(super) fn client_of(&self, base_url: &str, company: &str, key: SecretKey) -> Result<Client, Failure> {
        let settings = |sentence: String| Failure::Settings { sentence };
        let url = self.allowed.parse(base_url).map_err(|error| settings(error.to_string()))?;
        let company = CompanyId::parse(company).map_err(|error| settings(error.to_string()))?;
        let pacer = self.pacer(&format!("{base_url} {}", company.as_str()));
        let limits = Limits { call_timeout: CALL_TIMEOUT, ..Limits::default() };
        let config = ClientConfig::new(url, company, key).paced_by(pacer).within(limits);
        Ok(Client::new(config, self.http.clone()))
    }

    fn pacer(&self, company: &str) -> Pacer {
        let mut pacers = self.pacers.lock().unwrap_or_else(PoisonError::into_inner);
        pacers.entry(company.to_owned()).or_default().clone()
    }
}

/// What a sealed key is bound to: it cannot be moved to another workspace or connection.
pub(super) fn sealed_for<'a>(scope: &'a TenantScope, connection: &'a str) -> SealedFor<'a> {
    SealedFor { tenant: scope.tenant(), row: connection }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metakockas_own_hosts_are_allowed_by_https_only() {
        let allowed = AllowedHosts::new(&["erp.example".to_owned(), "127.0.0.1:3001".to_owned()]);
        for address in [
            "https://main.metakocka.si",
            "https://devmainsi.metakocka.si/rest/eshop/v1/",
            "https://erp.example",
        ] {
            assert!(allowed.parse(address).is_ok(), "{address}");
        }
        for address in [
            "http://main.metakocka.si",
            "https://main.metakocka.si:8443",
            "https://other.example",
            "http://127.0.0.1",
        ] {
            assert!(allowed.parse(address).is_err(), "{address}");
        }
    }

    #[test]
    fn plain_http_is_allowed_where_host_and_port_are_named() {
        let allowed = AllowedHosts::new(&["127.0.0.1:3001".to_owned()]);
        assert!(allowed.parse("http://127.0.0.1:3001").is_ok());
        assert!(allowed.parse("http://127.0.0.1:3002").is_err());
    }
}
