//! The table of settings: the only place that names them. Layers, command line, `doctor` and the parser read it;
//! it reads nothing itself.

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Name in the file and of the flag.
    pub name: &'static str,
    /// Environment variable.
    pub environment: &'static str,
    /// What is assumed when nobody says anything; empty: not set.
    pub default: &'static str,
    /// What a value is, for people: `seconds`, `address:port`.
    pub unit: &'static str,
    /// Never printed, and not accepted as a flag, because other users of the machine could read it there.
    pub secret: bool,
    /// One sentence for people.
    pub help: &'static str,
}

const fn plain(
    name: &'static str,
    environment: &'static str,
    default: &'static str,
    unit: &'static str,
    help: &'static str,
) -> Setting {
    Setting { name, environment, default, unit, secret: false, help }
}

const fn secret(
    name: &'static str,
    environment: &'static str,
    unit: &'static str,
    help: &'static str,
) -> Setting {
    Setting { name, environment, default: "", unit, secret: true, help }
}

/// Every setting, in the order in which `doctor` prints them.
pub const SETTINGS: [Setting; 19] = [
    plain("listen", "CRM_MIND_LISTEN", "127.0.0.1:3000", "address:port", "Where the server listens."),
    plain(
        "public-url",
        "CRM_MIND_PUBLIC_URL",
        "",
        "address",
        "How browsers reach the server; empty: http:// and the listen address. Under https cookies are Secure.",
    ),
    plain(
        "data-dir",
        "CRM_MIND_DATA_DIR",
        "data",
        "folder",
        "Where the database file and the key file live.",
    ),
    secret(
        "database-url",
        "DATABASE_URL",
        "address",
        "postgres://… when several instances share the work; empty: an SQLite file in the data folder.",
    ),
    secret(
        "key",
        "CRM_MIND_KEY",
        "base64 of 32 bytes",
        "The installation's key, which seals Metakocka keys; empty: the file `key` in the data folder, made at \
         the first start.",
    ),
    plain(
        "trusted-proxies",
        "CRM_MIND_TRUSTED_PROXIES",
        "",
        "IP addresses, separated by commas",
        "Proxies whose forwarded addresses count.",
    ),
    plain(
        "metakocka-hosts",
        "CRM_MIND_METAKOCKA_HOSTS",
        "",
        "hosts, separated by commas",
        "Where a connection may point beside Metakocka's own hosts. A bare name means https; name:port allows plain \
         http to that port.",
    ),
    plain("ca-file", "CRM_MIND_CA_FILE", "", "file (PEM)", "Further certificates trusted for Metakocka."),
    plain("log-format", "CRM_MIND_LOG_FORMAT", "text", "text or json", "How log lines are written."),
    plain(
        "log",
        "CRM_MIND_LOG",
        "info,sqlx=warn,tower_sessions=warn,tower_sessions_core=off",
        "filter",
        "What is logged.",
    ),
    plain("workers", "CRM_MIND_WORKERS", "4", "jobs", "Jobs worked on at the same time by this instance."),
    plain(
        "lease-seconds",
        "CRM_MIND_LEASE_SECONDS",
        "15",
        "seconds",
        "How long a job belongs to an instance that no longer says that it is alive.",
    ),
    plain(
        "settle-horizon-seconds",
        "CRM_MIND_SETTLE_HORIZON_SECONDS",
        "600",
        "seconds",
        "How long a write without an answer may still arrive in Metakocka: before, nothing proves that it did not.",
    ),
    plain(
        "calls-per-hour",
        "CRM_MIND_CALLS_PER_HOUR",
        "10000",
        "calls",
        "Calls to Metakocka in a clock hour for one company, all instances together; 0: no limit.",
    ),
    plain(
        "wait-seconds",
        "CRM_MIND_WAIT_SECONDS",
        "25",
        "seconds",
        "How long an API call waits for its run.",
    ),
    plain("body-limit-kilobytes", "CRM_MIND_BODY_LIMIT_KILOBYTES", "1000", "kB", "Longest request body."),
    plain(
        "streams-per-session",
        "CRM_MIND_STREAMS_PER_SESSION",
        "4",
        "streams",
        "Event streams of one session at a time.",
    ),
    plain(
        "sign-in-tries",
        "CRM_MIND_SIGN_IN_TRIES",
        "10",
        "tries",
        "Sign-ins for one account from one address without waiting; afterwards one every 15 seconds.",
    ),
    plain(
        "shutdown-seconds",
        "CRM_MIND_SHUTDOWN_SECONDS",
        "30",
        "seconds",
        "After SIGTERM the process has ended within this time.",
    ),
];

/// The setting of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_variables_are_unique() {
        for (at, one) in SETTINGS.iter().enumerate() {
            for other in &SETTINGS[at + 1..] {
                assert_ne!(one.name, other.name);
                assert_ne!(one.environment, other.environment);
            }
        }
    }

    #[test]
    fn no_secret_has_a_default() {
        assert!(SETTINGS.iter().filter(|setting| setting.secret).all(|setting| setting.default.is_empty()));
    }
}
