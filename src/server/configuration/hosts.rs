//! Hosts that a connection may point to beside Metakocka's own, so that the server cannot be used to reach inside the
//! network.

use std::fmt;
use std::str::FromStr;

/// A host of the operator's list. Without a port it is reached by https; with one, plain http to exactly that port is
/// allowed too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    /// Name or address, lower case.
    pub host: String,
    /// The port, as the operator wrote it.
    pub port: Option<u16>,
}

impl FromStr for AllowedHost {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().map_err(|_| "a port is a number up to 65535")?)),
            None => (text, None),
        };
        if host.is_empty()
            || !host.chars().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-'))
        {
            return Err("a host is written as name or name:port");
        }
        Ok(Self { host: host.to_ascii_lowercase(), port })
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_with_or_without_a_port() {
        let host: AllowedHost = "Erp.Example".parse().unwrap();
        assert_eq!(host, AllowedHost { host: "erp.example".into(), port: None });
        assert_eq!("127.0.0.1:3001".parse::<AllowedHost>().unwrap().to_string(), "127.0.0.1:3001");
    }

    #[test]
    fn paths_credentials_and_wildcards_are_refused() {
        for text in ["", ":1", "a/b", "u@a", "*.metakocka.si", "a:99999", "https://a"] {
            assert!(text.parse::<AllowedHost>().is_err(), "{text}");
        }
    }
}
