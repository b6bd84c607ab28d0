//! The table parsed from its layers.

use super::*;

fn from_environment(pairs: &[(&str, &str)]) -> Result<Configuration, ConfigurationError> {
    let mut layers = Layers::default();
    layers.read_environment(|name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.to_owned()));
    Configuration::parse(&layers)
}

#[test]
fn the_defaults_are_usable() {
    let configuration = from_environment(&[]).unwrap();
    assert_eq!(configuration.public_url.to_string(), "http://127.0.0.1:3000");
    assert_eq!(configuration.database, DatabaseUrl::Sqlite("data/crm-mind.db".into()));
    assert!(configuration.metakocka_hosts.is_empty());
    assert_eq!(configuration.wait, Duration::from_secs(25));
}

#[test]
fn the_environment_wins_over_the_file_and_a_flag_over_both() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm-mind.toml");
    std::fs::write(&path, "listen = \"127.0.0.1:1\"\nlease-seconds = 10\nlog = \"debug\"").unwrap();
    let command = <Flags as clap::Args>::augment_args(clap::Command::new("test"));
    let matches = command.get_matches_from(["test", "--listen", "127.0.0.1:3"]);
    let flags = <Flags as clap::FromArgMatches>::from_arg_matches(&matches).unwrap();
    let mut layers = Layers::default();
    layers.read_file(&path).unwrap();
    layers.read_environment(|name| match name {
        "CRM_MIND_LISTEN" => Some("127.0.0.1:2".to_owned()),
        "CRM_MIND_LEASE_SECONDS" => Some("20".to_owned()),
        _ => None,
    });
    layers.read_flags(&flags);
    let configuration = Configuration::parse(&layers).unwrap();
    assert_eq!(configuration.listen.port(), 3);
    assert_eq!(configuration.worker.lease, Duration::from_secs(20));
    assert_eq!(configuration.log, "debug");
}

#[test]
fn a_wrong_value_is_named_with_its_origin_but_never_shown() {
    let error = from_environment(&[("DATABASE_URL", "mysql://name:hunter2@host")]).unwrap_err().to_string();
    assert!(error.contains("database-url") && error.contains("environment"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    assert!(from_environment(&[("CRM_MIND_LEASE_SECONDS", "0")]).is_err());
}

#[test]
fn an_unknown_setting_in_the_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm-mind.toml");
    std::fs::write(&path, "lisen = \"127.0.0.1:1\"").unwrap();
    assert!(
        matches!(Layers::default().read_file(&path), Err(LayerError::Unknown { name, .. }) if name == "lisen")
    );
}

#[test]
fn the_report_names_every_setting_and_shows_no_secret() {
    let mut layers = Layers::default();
    layers.read_environment(|name| Some(format!("value of {name}")));
    let report = report(&layers);
    for setting in &SETTINGS {
        assert!(report.contains(setting.name), "{}", setting.name);
        let shown = report.contains(&format!("value of {}", setting.environment));
        assert_eq!(shown, !setting.secret, "{}", setting.name);
    }
}
