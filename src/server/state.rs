//! What every request handler shares. Made once at start; cheap to clone.

use std::sync::Arc;

use axum::extract::FromRef;
use engine::Engine;
use engine::ids::Ids;
use leptos::config::LeptosOptions;
use tokio_util::sync::CancellationToken;

use super::assets::Assets;
use super::configuration::Configuration;
use super::events::Streams;
use crate::api::sign_in_limits::SignInLimits;

/// The shared state.
#[derive(Clone, Debug)]
pub struct AppState {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    parts: StateParts,
    leptos: LeptosOptions,
    ids: Ids,
    streams: Streams,
    sign_ins: Arc<SignInLimits>,
}

/// What the state is made of.
#[derive(Debug)]
pub struct StateParts {
    /// The use cases.
    pub engine: Engine,
    /// What the operator decided.
    pub configuration: Configuration,
    /// Client, styles and public files.
    pub assets: Assets,
    /// Cancelled when the process has to end: event streams end with it.
    pub stop: CancellationToken,
    /// Whether this is a demo.
    pub demo: bool,
}

impl AppState {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: StateParts) -> Self {
        let leptos = LeptosOptions::builder()
            .output_name(super::assets::OUTPUT_NAME)
            .site_pkg_dir(parts.assets.package_dir())
            .site_addr(parts.configuration.listen)
            .build();
        let streams = Streams::new(parts.configuration.streams_per_session);
        let sign_ins = Arc::new(SignInLimits::new(parts.configuration.sign_in_tries));
        Self { inner: Arc::new(Inner { parts, leptos, ids: Ids::from_os(), streams, sign_ins }) }
    }

    /// The use cases.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.inner.parts.engine
    }

    /// What the operator decided.
    #[must_use]
    pub fn configuration(&self) -> &Configuration {
        &self.inner.parts.configuration
    }

    /// Client, styles and public files.
    #[must_use]
    pub fn assets(&self) -> &Assets {
        &self.inner.parts.assets
    }

    /// Cancelled when the process has to end.
    #[must_use]
    pub fn stop(&self) -> &CancellationToken {
        &self.inner.parts.stop
    }

    /// Whether this is a demo.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.inner.parts.demo
    }

    /// How leptos finds the client.
    #[must_use]
    pub fn leptos(&self) -> &LeptosOptions {
        &self.inner.leptos
    }

    /// Event streams that are open.
    #[must_use]
    pub fn streams(&self) -> &Streams {
        &self.inner.streams
    }

    /// How often a sign-in may be tried.
    #[must_use]
    pub fn sign_ins(&self) -> &Arc<SignInLimits> {
        &self.inner.sign_ins
    }

    /// Where request ids come from.
    pub(super) fn ids(&self) -> &Ids {
        &self.inner.ids
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos().clone()
    }
}
