//! Hosts that a connection may point to, so that the server cannot be used to reach inside the network.

use std::fmt;
use std::str::FromStr;

/// A host of the operator's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    /// Name or address, lower case.
    pub host: String,
    /// The port; none: the scheme's own.
    pub port: Option<u16>,
    /// Plain http is allowed too. Only with an explicit port, as the operator wrote it.
    pub plain_http: bool,
}

impl FromStr for AllowedHost {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (plain_http, rest) = match (text.strip_prefix("http://"), text.strip_prefix("https://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => (false, text),
        };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && !port.ends_with(']') => {
                (host, Some(port.parse().map_err(|_| "a port is a number up to 65535")?))
            }
            _ => (rest, None),
        };
        if host.is_empty() || host.contains(['/', '@', '?', '#', ' ', '*']) {
            return Err("a host is written as name, name:port or http://name:port");
        }
        if plain_http && port.is_none() {
            return Err("plain http needs a port: http://name:port");
        }
        Ok(Self { host: host.to_ascii_lowercase(), port, plain_http })
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.plain_http { "http://" } else { "https://" })?;
        f.write_str(&self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_means_https_only() {
        let host: AllowedHost = "Main.Metakocka.si".parse().unwrap();
        assert_eq!(host, AllowedHost { host: "main.metakocka.si".into(), port: None, plain_http: false });
    }

    #[test]
    fn plain_http_is_allowed_only_where_a_port_is_named() {
        assert!("http://127.0.0.1:3001".parse::<AllowedHost>().unwrap().plain_http);
        assert!("http://127.0.0.1".parse::<AllowedHost>().is_err());
    }

    #[test]
    fn paths_credentials_and_wildcards_are_refused() {
        for text in ["", "a/b", "u@a", "*.metakocka.si", "a:99999"] {
            assert!(text.parse::<AllowedHost>().is_err(), "{text}");
        }
    }
}
