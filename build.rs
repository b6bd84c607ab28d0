//! Turns `locales/*.json` into typed keys. A language more is one file more and its name in [`LOCALES`].

use std::error::Error;
use std::path::PathBuf;

use leptos_i18n_build::{Config, ParseOptions, TranslationsInfos};

/// Languages with a file in `locales/`; the first is what the others fall back to.
const LOCALES: [&str; 1] = ["en"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?).join("i18n");
    let config = LOCALES
        .iter()
        .skip(1)
        .try_fold(Config::new(LOCALES[0])?, |config, locale| config.add_locale(locale))?
        .parse_options(ParseOptions::new().interpolate_display(true));
    let texts = TranslationsInfos::parse(config)?;
    texts.emit_diagnostics();
    texts.rerun_if_locales_changed();
    texts.generate_i18n_module(out)?;
    Ok(())
}
