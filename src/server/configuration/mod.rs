//! Configuration: one typed table (`table`), gathered from file, environment and flags (`layers`), parsed once at
//! start into [`Configuration`]. Nothing else reads the environment. To add a setting: a row in the table, a field
//! here, a line in [`Configuration::parse`].

mod hosts;
mod layers;
mod public_url;
pub mod table;

use std::fmt::{self, Display, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use engine::store::DatabaseUrl;
use secrecy::SecretString;

pub use hosts::AllowedHost;
pub use layers::{Flags, LayerError, Layers, Origin};
pub use public_url::PublicUrl;
use table::{SETTINGS, Setting};

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("it is neither text nor json"),
        }
    }
}

/// More tries are no limit.
const MOST_TRIES: NonZeroU32 = NonZeroU32::new(10_000).unwrap();

/// Everything an operator can decide, parsed.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// How browsers reach it.
    pub public_url: PublicUrl,
    /// Where files live.
    pub data_dir: PathBuf,
    /// Where records live.
    pub database: DatabaseUrl,
    /// The installation's key; none: the key file.
    pub key: Option<SecretString>,
    /// Proxies whose forwarded addresses count.
    pub trusted_proxies: Vec<IpAddr>,
    /// Where a connection may point beside Metakocka's own hosts.
    pub metakocka_hosts: Vec<AllowedHost>,
    /// Further certificates trusted for Metakocka.
    pub ca_file: Option<PathBuf>,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// What is logged.
    pub log: String,
    /// The worker.
    pub worker: Worker,
    /// Calls to Metakocka in a clock hour for one company, all instances together; none: no limit.
    pub calls_per_hour: Option<u64>,
    /// How long an API call waits for its run.
    pub wait: Duration,
    /// Longest request body, in bytes.
    pub body_limit: usize,
    /// Event streams of one session at a time.
    pub streams_per_session: usize,
    /// Sign-ins for one account from one address without waiting.
    pub sign_in_tries: NonZeroU32,
    /// After SIGTERM the process has ended within this time.
    pub shutdown: Duration,
}

/// How the worker works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Jobs at the same time.
    pub jobs: usize,
    /// How long a job belongs to a silent instance.
    pub lease: Duration,
    /// How long a write without an answer may still arrive in Metakocka.
    pub horizon: Duration,
}

/// Why the configuration is not usable: one sentence that names the setting and where its value came from.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// A layer could not be read.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// A value does not parse.
    #[error("the setting {name} (from the {origin}) is not usable: {reason}")]
    Value {
        /// The setting.
        name: &'static str,
        /// Where the value came from.
        origin: Origin,
        /// What is wrong with it; never the value, which may be a secret.
        reason: String,
    },
}

impl Configuration {
    /// Reads all layers of this process and parses them.
    pub fn load(flags: &Flags) -> Result<(Self, Layers), ConfigurationError> {
        let mut layers = Layers::default();
        if let Some(path) = &flags.config {
            layers.read_file(path)?;
        }
        layers.read_environment(|name| std::env::var(name).ok());
        layers.read_flags(flags);
        Ok((Self::parse(&layers)?, layers))
    }

    /// Parses gathered values.
    pub fn parse(layers: &Layers) -> Result<Self, ConfigurationError> {
        let values = Values(layers);
        let listen: SocketAddr = values.parse("listen")?;
        let data_dir = PathBuf::from(values.text("data-dir"));
        Ok(Self {
            public_url: values.optional("public-url")?.unwrap_or_else(|| PublicUrl::of_listener(listen)),
            database: match values.optional("database-url")? {
                Some(url) => url,
                None => DatabaseUrl::Sqlite(data_dir.join("crm-mind.db")),
            },
            key: values.optional::<String>("key")?.map(SecretString::from),
            trusted_proxies: values.list("trusted-proxies")?,
            metakocka_hosts: values.list("metakocka-hosts")?,
            ca_file: values.optional("ca-file")?,
            log_format: values.parse("log-format")?,
            log: values.text("log").to_owned(),
            worker: Worker {
                jobs: values.number("workers", 1..=64)?,
                lease: values.seconds("lease-seconds", 5..=3_600)?,
                horizon: values.seconds("settle-horizon-seconds", 2..=86_400)?,
            },
            calls_per_hour: Some(values.number("calls-per-hour", 0..=10_000_000)?).filter(|calls| *calls > 0),
            wait: values.seconds("wait-seconds", 1..=300)?,
            body_limit: values.number::<usize>("body-limit-kilobytes", 1..=100_000)? * 1_000,
            streams_per_session: values.number("streams-per-session", 1..=100)?,
            sign_in_tries: values.number("sign-in-tries", NonZeroU32::MIN..=MOST_TRIES)?,
            shutdown: values.seconds("shutdown-seconds", 1..=600)?,
            listen,
            data_dir,
        })
    }
}

/// What `doctor` prints: every setting with value, unit and origin; of a secret only whether it is set.
#[must_use]
pub fn report(layers: &Layers) -> String {
    let mut text = String::new();
    for setting in &SETTINGS {
        let (value, origin) = layers.get(setting);
        let shown = match (setting.secret, value.is_empty()) {
            (_, true) => "(not set)",
            (true, false) => "(set, not shown)",
            (false, false) => value,
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:<22} {shown}  [{}; {origin}; {}]",
            setting.name, setting.unit, setting.environment
        );
    }
    text
}

/// Parses single values of the table.
struct Values<'a>(&'a Layers);

impl Values<'_> {
    fn setting(name: &'static str) -> &'static Setting {
        #[expect(clippy::expect_used, reason = "names are literals of this file; a test reads every setting")]
        table::find(name).expect("a setting of the table")
    }

    fn text(&self, name: &'static str) -> &str {
        self.0.get(Self::setting(name)).0
    }

    fn error(&self, name: &'static str, reason: impl Display) -> ConfigurationError {
        let (_, origin) = self.0.get(Self::setting(name));
        ConfigurationError::Value { name, origin, reason: reason.to_string() }
    }

    fn parse<T: FromStr<Err: Display>>(&self, name: &'static str) -> Result<T, ConfigurationError> {
        self.text(name).trim().parse().map_err(|reason| self.error(name, reason))
    }

    fn optional<T: FromStr<Err: Display>>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, ConfigurationError> {
        if self.text(name).trim().is_empty() { Ok(None) } else { self.parse(name).map(Some) }
    }

    fn list<T: FromStr<Err: Display>>(&self, name: &'static str) -> Result<Vec<T>, ConfigurationError> {
        let items = self.text(name).split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(|item| item.parse().map_err(|reason| self.error(name, reason))).collect()
    }

    fn number<T>(&self, name: &'static str, range: RangeInclusive<T>) -> Result<T, ConfigurationError>
    where
        T: FromStr<Err: Display> + PartialOrd + fmt::Display,
    {
        let number: T = self.parse(name)?;
        if !range.contains(&number) {
            let (least, most) = range.into_inner();
            return Err(self.error(name, format_args!("it has to be between {least} and {most}")));
        }
        Ok(number)
    }

    fn seconds(
        &self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<Duration, ConfigurationError> {
        Ok(Duration::from_secs(self.number(name, range)?))
    }
}

#[cfg(test)]
mod tests;
