//! Client, styles and public files: embedded in release builds, read from the disk in debug builds.
//!
//! The package lies under `/pkg/<digest>/` and never changes there, so browsers keep it for a year. Compressed forms
//! are made at build time and lie beside the files as `.br` and `.gz`. Nothing here knows a session.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};

use axum::extract::{Path, State};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::state::AppState;

/// The name of the client's files, also in `.cargo/config.toml`.
pub const OUTPUT_NAME: &str = "crm-mind";

/// The folder may be missing while the server is compiled: then pages work without a client.
#[derive(RustEmbed)]
#[folder = "target/site/pkg"]
#[allow_missing = true]
struct Package;

#[derive(RustEmbed)]
#[folder = "public"]
#[allow_missing = true]
struct Public;

/// A release build embeds what was there when this file was compiled. The variable makes cargo compile it again when
/// the build command announces another client.
const _CLIENT: Option<&str> = option_env!("CRM_MIND_CLIENT_DIGEST");

/// A year, in seconds: files under a digest never change.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Public files keep their names, so browsers ask again after an hour.
const AN_HOUR: &str = "public, max-age=3600";

/// The encodings that exist beside a file, best first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// The package as it was at start.
#[derive(Clone, Debug)]
pub struct Assets {
    digest: String,
}

impl Assets {
    /// Looks at what is there.
    #[must_use]
    pub fn load() -> Self {
        let mut names: Vec<Cow<'static, str>> = Package::iter().collect();
        names.sort();
        let mut hasher = DefaultHasher::new();
        for name in names {
            hasher.write(name.as_bytes());
            if let Some(file) = Package::get(&name) {
                hasher.write(&file.metadata.sha256_hash());
            }
        }
        Self { digest: format!("{:016x}", hasher.finish()) }
    }

    /// The folder of the package as pages name it: `pkg/<digest>`.
    #[must_use]
    pub fn package_dir(&self) -> String {
        format!("pkg/{}", self.digest)
    }

    /// Whether a client was built.
    #[must_use]
    pub fn has_client(&self) -> bool {
        Package::get(&format!("{OUTPUT_NAME}.js")).is_some()
    }
}

/// Serves a file of the package.
pub async fn package(
    State(state): State<AppState>,
    Path((digest, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if digest != state.assets().digest || is_compressed(&name) {
        return StatusCode::NOT_FOUND.into_response();
    }
    encoded::<Package>(&name, &headers, IMMUTABLE).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

/// Serves a public file, when one has that path.
#[must_use]
pub fn public(path: &str, headers: &HeaderMap) -> Option<Response> {
    let name = path.strip_prefix('/')?;
    if name.is_empty() { None } else { encoded::<Public>(name, headers, AN_HOUR) }
}

fn encoded<Files: RustEmbed>(name: &str, headers: &HeaderMap, caching: &'static str) -> Option<Response> {
    let plain = Files::get(name)?;
    let tag = etag(&plain);
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known == tag) {
        return Some((StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response());
    }
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let compressed = ENCODINGS
        .iter()
        .filter(|(encoding, _)| accepts(accepted, encoding))
        .find_map(|(encoding, suffix)| Some((*encoding, Files::get(&format!("{name}{suffix}"))?)));
    let (encoding, file) = compressed.map_or((None, plain), |(encoding, file)| (Some(encoding), file));
    let mut response = match file.data {
        Cow::Borrowed(bytes) => bytes.into_response(),
        Cow::Owned(bytes) => bytes.into_response(),
    };
    let answer = response.headers_mut();
    answer.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    answer.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    answer.insert(VARY, HeaderValue::from_static("accept-encoding"));
    answer.insert(ETAG, tag);
    if let Some(encoding) = encoding {
        answer.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

fn etag(file: &EmbeddedFile) -> HeaderValue {
    let mut hasher = DefaultHasher::new();
    hasher.write(&file.metadata.sha256_hash());
    let tag = format!("W/\"{:016x}\"", hasher.finish());
    HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("W/\"\""))
}

/// Whether `Accept-Encoding` names the encoding without forbidding it by `q=0`.
fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding) || name == "*");
        let forbidden = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        named && !forbidden
    })
}

fn is_compressed(name: &str) -> bool {
    ENCODINGS.iter().any(|(_, suffix)| name.ends_with(suffix))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webmanifest") => "application/manifest+json",
        Some("json") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_used_only_when_it_is_accepted() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("br;q=0.5", "br") && accepts("*", "gzip"));
        assert!(!accepts("gzip, br;q=0", "br") && !accepts("", "gzip"));
    }

    #[test]
    fn wasm_and_scripts_have_the_types_that_browsers_insist_on() {
        assert_eq!(content_type("crm-mind.wasm"), "application/wasm");
        assert_eq!(content_type("snippets/a/inline0.js"), "text/javascript; charset=utf-8");
    }
}
