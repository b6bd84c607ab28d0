//! The address by which browsers reach the server: what `Origin` and `Host` are compared with.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

/// Scheme, host and port, without path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    https: bool,
    /// Host, and the port unless it is the scheme's own; lower case, as browsers write `Host`.
    authority: String,
}

/// Names of the machine itself. They are one place: whoever reaches one reaches all.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl PublicUrl {
    /// What a browser on this machine has to open to reach a listener.
    #[must_use]
    pub fn of_listener(address: SocketAddr) -> Self {
        let host = if address.ip().is_unspecified() {
            "127.0.0.1".to_owned()
        } else if address.is_ipv6() {
            format!("[{}]", address.ip())
        } else {
            address.ip().to_string()
        };
        Self::of_parts(false, &host, Some(address.port()))
    }

    fn of_parts(https: bool, host: &str, port: Option<u16>) -> Self {
        let own = if https { 443 } else { 80 };
        let authority = match port {
            Some(port) if port != own => format!("{host}:{port}"),
            _ => host.to_owned(),
        };
        Self { https, authority: authority.to_ascii_lowercase() }
    }

    /// Whether browsers come by https: then cookies are Secure.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Whether a `Host` header names this server.
    #[must_use]
    pub fn has_host(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        host == self.authority || self.loopback_port().is_some_and(|port| Some(port) == loopback_port(&host))
    }

    /// Whether an `Origin` header, or the origin of a `Referer`, is this server.
    #[must_use]
    pub fn has_origin(&self, origin: &str) -> bool {
        let scheme = if self.https { "https://" } else { "http://" };
        origin.strip_prefix(scheme).is_some_and(|host| self.has_host(host))
    }

    /// The path and query of an absolute address when it points here; a way back that leads nowhere else.
    #[must_use]
    pub fn local_part<'a>(&self, address: &'a str) -> Option<&'a str> {
        let after_scheme = address.find("://")? + 3;
        let path = address[after_scheme..].find('/').map_or(address.len(), |at| after_scheme + at);
        let (origin, path) = address.split_at(path);
        self.has_origin(origin).then_some(if path.is_empty() { "/" } else { path })
    }

    fn loopback_port(&self) -> Option<&str> {
        loopback_port(&self.authority)
    }
}

/// The port (empty: the scheme's own) when the authority is a name of the machine itself.
fn loopback_port(authority: &str) -> Option<&str> {
    LOOPBACK.iter().find_map(|name| match authority.strip_prefix(name)? {
        "" => Some(""),
        rest => rest.strip_prefix(':'),
    })
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.https { "https" } else { "http" }, self.authority)
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "it is written as https://name or http://name:port, without a path";
        let (https, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(FORM),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.is_empty() || rest.contains(['/', '@', '?', '#', ' ']) {
            return Err(FORM);
        }
        match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                Ok(Self::of_parts(https, host, Some(port.parse().map_err(|_| FORM)?)))
            }
            _ => Ok(Self::of_parts(https, rest, None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> PublicUrl {
        text.parse().unwrap()
    }

    #[test]
    fn the_schemes_own_port_is_left_out() {
        assert_eq!(url("https://crm.example:443").to_string(), "https://crm.example");
        assert_eq!(url("http://crm.example:8080/").to_string(), "http://crm.example:8080");
    }

    #[test]
    fn only_its_own_host_and_origin_belong_to_it() {
        let crm = url("https://crm.example");
        assert!(crm.has_host("CRM.example") && crm.has_origin("https://crm.example"));
        for origin in ["http://crm.example", "https://crm.example.evil", "https://crm.example:8443", "null"] {
            assert!(!crm.has_origin(origin), "{origin}");
        }
    }

    #[test]
    fn the_names_of_the_machine_itself_are_one_place() {
        let demo = url("http://127.0.0.1:3000");
        assert!(demo.has_host("localhost:3000") && demo.has_origin("http://[::1]:3000"));
        assert!(!demo.has_host("localhost:3001") && !demo.has_host("localhost.evil:3000"));
        assert!(!url("https://crm.example").has_host("localhost"));
    }

    #[test]
    fn a_way_back_never_leads_to_another_site() {
        let crm = url("https://crm.example");
        assert_eq!(crm.local_part("https://crm.example/a?b=c"), Some("/a?b=c"));
        assert_eq!(crm.local_part("https://crm.example"), Some("/"));
        for address in ["https://evil/a", "/a", "https://crm.example@evil/a", "javascript:alert(1)"] {
            assert_eq!(crm.local_part(address), None, "{address}");
        }
    }
}
