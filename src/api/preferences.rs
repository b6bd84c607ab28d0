//! What a person prefers: the theme. Kept in a cookie, because it belongs to the screen and not to the account.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;

use super::error::ApiError;
use super::flash::Done;
use crate::model::ThemeChoice;

#[cfg(feature = "ssr")]
pub use on_server::theme_of_request;

#[cfg(feature = "ssr")]
mod on_server {
    use axum::http::header::COOKIE;
    use axum::http::request::Parts;
    use leptos::prelude::use_context;

    use crate::model::ThemeChoice;

    /// Name of the cookie.
    pub(super) const THEME: &str = "theme";
    /// How long the cookie is kept, in seconds: a year, then the system's wish holds again.
    pub(super) const KEPT_SECONDS: u32 = 365 * 24 * 60 * 60;

    /// The theme that the request's cookie names.
    #[must_use]
    pub fn theme_of_request() -> ThemeChoice {
        use_context::<Parts>().and_then(|parts| read(&parts)).unwrap_or_default()
    }

    fn read(parts: &Parts) -> Option<ThemeChoice> {
        let cookies = parts.headers.get(COOKIE)?.to_str().ok()?;
        cookies
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(name, value)| (name == THEME).then(|| ThemeChoice::parse(value)).flatten())
    }
}

/// Keeps the chosen theme.
#[server(endpoint = "set-theme")]
pub async fn set_theme(theme: ThemeChoice) -> Result<Done, ApiError> {
    super::signed_in().await?;
    let cookie = format!(
        "{}={}; Path=/; Max-Age={}; SameSite=Lax; HttpOnly",
        on_server::THEME,
        theme.as_str(),
        on_server::KEPT_SECONDS
    );
    if let (Some(answer), Ok(cookie)) = (use_context::<leptos_axum::ResponseOptions>(), cookie.parse()) {
        answer.append_header(axum::http::header::SET_COOKIE, cookie);
    }
    Ok(Done::default())
}
