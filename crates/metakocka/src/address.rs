//! The address of a Metakocka host. It parses; which hosts may be called is the caller's decision.

use std::fmt;

use reqwest::Url;

use crate::endpoint::Endpoint;

/// The longest address accepted, in bytes: far above any real one, so that it is safe to show and store.
const MAX_LENGTH: usize = 300;

/// The address of a Metakocka host, without the path of an endpoint.
///
/// Given in any of the forms people copy (`https://main.metakocka.si`, `…/rest/eshop/v1/`,
/// `…/rest/eshop/v1/json/`); the three path families are added per endpoint (`metakocka-api.md §1.2`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BaseUrl(Url);

/// Why an address was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidBaseUrl {
    /// It is not an absolute address.
    #[error("this is not a web address such as https://main.metakocka.si")]
    NotAnAddress,
    /// It is longer than any real address.
    #[error("a web address has at most {MAX_LENGTH} characters")]
    TooLong,
    /// It would send the secret key unencrypted.
    #[error("the address must begin with https://, because the secret key travels in every request")]
    NotHttps,
    /// It carries a user name or password.
    #[error("the address must not contain a user name or a password")]
    Credentials,
    /// It carries a query or a fragment.
    #[error("the address must end with its path, without ? or #")]
    QueryOrFragment,
}

impl BaseUrl {
    /// The production host (`metakocka-api.md §1.1`).
    pub const PRODUCTION: &'static str = "https://main.metakocka.si/rest/eshop/v1/";
    /// The vendor's development host (`metakocka-api.md §1.1`).
    pub const DEVELOPMENT: &'static str = "https://devmainsi.metakocka.si/rest/eshop/v1/";

    /// Parses an https address.
    pub fn parse(text: &str) -> Result<Self, InvalidBaseUrl> {
        let parsed = Self::parse_allowing_http(text)?;
        if parsed.is_encrypted() { Ok(parsed) } else { Err(InvalidBaseUrl::NotHttps) }
    }

    /// Parses an https or a plain http address. Only for hosts that an operator named, such as a simulator
    /// on the same machine: the secret key is readable on the way.
    pub fn parse_allowing_http(text: &str) -> Result<Self, InvalidBaseUrl> {
        let text = text.trim();
        if text.len() > MAX_LENGTH {
            return Err(InvalidBaseUrl::TooLong);
        }
        let mut url = Url::parse(text).map_err(|_| InvalidBaseUrl::NotAnAddress)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidBaseUrl::NotHttps);
        }
        if !url.has_host() {
            return Err(InvalidBaseUrl::NotAnAddress);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidBaseUrl::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidBaseUrl::QueryOrFragment);
        }
        let root = root_path(url.path());
        url.set_path(&root);
        Ok(Self(url))
    }

    /// Whether calls to this address are encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host's name or number, for an allow-list.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The port, the scheme's own when none was written.
    pub fn port(&self) -> Option<u16> {
        self.0.port_or_known_default()
    }

    /// The full address of an endpoint.
    pub(crate) fn endpoint(&self, endpoint: Endpoint) -> Url {
        let mut url = self.0.clone();
        let path = format!("{}rest/eshop/{}", self.0.path(), endpoint.path());
        url.set_path(&path);
        url
    }
}

/// Cuts the path families off, so that every form of the address leads to the same host.
fn root_path(path: &str) -> String {
    let mut root = path.trim_end_matches('/');
    for family in ["/rest/eshop/v1/json", "/rest/eshop/v1", "/rest/eshop"] {
        if let Some(shorter) = root.strip_suffix(family) {
            root = shorter;
            break;
        }
    }
    format!("{root}/")
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_address_leads_to_the_same_endpoint() {
        for form in [
            "https://main.metakocka.si",
            "https://main.metakocka.si/",
            " https://main.metakocka.si/rest/eshop ",
            "https://main.metakocka.si/rest/eshop/v1/",
            "https://main.metakocka.si/rest/eshop/v1/json",
        ] {
            let url = BaseUrl::parse(form).unwrap().endpoint(Endpoint::Search);
            assert_eq!(url.as_str(), "https://main.metakocka.si/rest/eshop/v1/search", "{form}");
        }
    }

    #[test]
    fn a_path_of_ones_own_is_kept() {
        let url = BaseUrl::parse("https://erp.example/mk/rest/eshop/v1").unwrap();
        assert_eq!(url.to_string(), "https://erp.example/mk/");
        let endpoint = url.endpoint(Endpoint::ProductList);
        assert_eq!(endpoint.as_str(), "https://erp.example/mk/rest/eshop/v1/json/product_list");
        assert_eq!(BaseUrl::parse("https://erp.example/mk").unwrap(), url);
    }

    #[test]
    fn plain_http_needs_an_explicit_allowance() {
        assert_eq!(BaseUrl::parse("http://127.0.0.1:3001"), Err(InvalidBaseUrl::NotHttps));
        let url = BaseUrl::parse_allowing_http("http://127.0.0.1:3001").unwrap();
        assert!(!url.is_encrypted());
        assert_eq!((url.host(), url.port()), ("127.0.0.1", Some(3001)));
    }

    #[test]
    fn what_is_no_plain_https_address_is_refused_with_its_reason() {
        for (text, reason) in [
            ("", InvalidBaseUrl::NotAnAddress),
            ("main.metakocka.si", InvalidBaseUrl::NotAnAddress),
            ("ftp://main.metakocka.si", InvalidBaseUrl::NotHttps),
            ("file:///etc/passwd", InvalidBaseUrl::NotHttps),
            ("https://ana:geslo@main.metakocka.si", InvalidBaseUrl::Credentials),
            ("https://main.metakocka.si/?a=b", InvalidBaseUrl::QueryOrFragment),
            ("https://main.metakocka.si/#a", InvalidBaseUrl::QueryOrFragment),
        ] {
            assert_eq!(BaseUrl::parse(text), Err(reason), "{text}");
        }
        let long = format!("https://{}.si", "a".repeat(MAX_LENGTH));
        assert_eq!(BaseUrl::parse(&long), Err(InvalidBaseUrl::TooLong));
    }
}
