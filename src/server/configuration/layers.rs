//! Gathers the values of the table from file, environment and flags. The later one wins; each value keeps where it
//! came from, so that a wrong one can be named and `doctor` can say it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches};

use super::table::{self, SETTINGS, Setting};

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// The configuration file.
    File,
    /// An environment variable.
    Environment,
    /// The command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment => "environment",
            Self::Flag => "flag",
        })
    }
}

/// Why the layers could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// The file is not there or not readable.
    #[error("the configuration file {} cannot be read", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    /// The file is not TOML.
    #[error("the configuration file {} is not valid TOML", .0.display())]
    Syntax(PathBuf, #[source] Box<toml::de::Error>),
    /// The file names something that is no setting.
    #[error("the configuration file {} has an unknown setting {name}", .path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What it names.
        name: String,
    },
    /// The file holds a list or a table where one value belongs.
    #[error("the setting {name} in {} has to be one value", .path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The setting.
        name: String,
    },
}

/// The values that were said, by name.
#[derive(Debug, Default, Clone)]
pub struct Layers {
    values: BTreeMap<&'static str, (String, Origin)>,
}

impl Layers {
    /// Sets a value unless a later layer already did.
    pub fn set(&mut self, setting: &'static Setting, value: String, origin: Origin) {
        self.values.insert(setting.name, (value, origin));
    }

    /// The value in force and its origin.
    #[must_use]
    pub fn get(&self, setting: &'static Setting) -> (&str, Origin) {
        self.values
            .get(setting.name)
            .map_or((setting.default, Origin::Default), |(value, origin)| (value.as_str(), *origin))
    }

    /// Adds what the file says.
    pub fn read_file(&mut self, path: &Path) -> Result<(), LayerError> {
        let text = std::fs::read_to_string(path).map_err(|error| LayerError::Read(path.to_owned(), error))?;
        let table: toml::Table =
            text.parse().map_err(|error| LayerError::Syntax(path.to_owned(), Box::new(error)))?;
        for (name, value) in table {
            let Some(setting) = table::find(&name) else {
                return Err(LayerError::Unknown { path: path.to_owned(), name });
            };
            let Some(text) = scalar(&value) else {
                return Err(LayerError::Shape { path: path.to_owned(), name });
            };
            self.set(setting, text, Origin::File);
        }
        Ok(())
    }

    /// Adds what the environment says; `lookup` is `std::env::var` outside tests. An empty variable counts as unset.
    pub fn read_environment(&mut self, lookup: impl Fn(&str) -> Option<String>) {
        for setting in &SETTINGS {
            if let Some(value) = lookup(setting.environment).filter(|value| !value.is_empty()) {
                self.set(setting, value, Origin::Environment);
            }
        }
    }

    /// Adds what the command line says.
    pub fn read_flags(&mut self, flags: &Flags) {
        for (setting, value) in &flags.values {
            self.set(setting, value.clone(), Origin::Flag);
        }
    }
}

fn scalar(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Array(items) => {
            items.iter().map(|item| item.as_str()).collect::<Option<Vec<_>>>().map(|items| items.join(","))
        }
        _ => None,
    }
}

/// The settings as flags of a command: one for each row of the table that is not secret.
#[derive(Debug, Default, Clone)]
pub struct Flags {
    /// The configuration file.
    pub config: Option<PathBuf>,
    values: Vec<(&'static Setting, String)>,
}

impl clap::Args for Flags {
    fn augment_args(command: clap::Command) -> clap::Command {
        let config = Arg::new("config")
            .long("config")
            .env("CRM_MIND_CONFIG")
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .help("Configuration file (TOML)");
        SETTINGS.iter().filter(|setting| !setting.secret).fold(command.arg(config), |command, setting| {
            command.arg(Arg::new(setting.name).long(setting.name).value_name(setting.unit).help(setting.help))
        })
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.config = matches.get_one::<PathBuf>("config").cloned();
        self.values = SETTINGS
            .iter()
            .filter(|setting| !setting.secret)
            .filter_map(|setting| {
                matches.get_one::<String>(setting.name).map(|value| (setting, value.clone()))
            })
            .collect();
        Ok(())
    }
}
