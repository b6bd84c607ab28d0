//! Refusals as JSON: the one way in which `server/` and `rest/` say no. An engine error becomes an [`ApiError`] in
//! `api/error.rs`, which logs it; a refusal of this layer is logged here. Either way the reference in the answer is
//! found exactly once in the log.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::EngineError;

use crate::api::context::References;
use crate::api::error::{ApiError, ErrorCode, FieldError};

/// When a caller that came at a bad moment should come again, unless the cause says better.
const SOON: Duration = Duration::from_secs(15);

/// An answer that says no.
#[derive(Debug)]
pub struct Refusal {
    error: ApiError,
    retry_after: Option<Duration>,
}

impl Refusal {
    /// A refusal of this layer. Logs it once.
    #[must_use]
    pub fn new(references: &References, code: ErrorCode, sentence: impl Into<String>) -> Self {
        Self::complete(references, ApiError::plain(code, sentence))
    }

    /// A refusal because of one field.
    #[must_use]
    pub fn field(references: &References, field: &str, sentence: impl Into<String>) -> Self {
        let sentence = sentence.into();
        let fields = vec![FieldError { field: field.to_owned(), sentence: sentence.clone() }];
        Self::complete(references, ApiError { fields, ..ApiError::plain(ErrorCode::Invalid, sentence) })
    }

    /// Gives an error without reference one, and logs it under it; any other was logged where it was made.
    #[must_use]
    pub fn complete(references: &References, mut error: ApiError) -> Self {
        if error.reference.is_empty() {
            error.reference = references.next();
            let ApiError { code, error: sentence, reference, .. } = &error;
            tracing::info!(category = "api", reference, ?code, sentence, "request refused");
        }
        Self { error, retry_after: None }
    }

    /// A refusal by the engine, logged with its cause chain.
    #[must_use]
    pub fn of_engine(error: &EngineError, references: &References) -> Self {
        let retry_after = match error {
            EngineError::Quota { retry_after, .. } => Some(*retry_after),
            _ => None,
        };
        Self { error: ApiError::from_engine(error, references), retry_after }
    }

    /// When a new try makes sense, where that is known.
    #[must_use]
    pub fn again_after(self, retry_after: Option<Duration>) -> Self {
        Self { retry_after, ..self }
    }

    /// Whether the caller asks for more than it may.
    #[must_use]
    pub fn is_flood(&self) -> bool {
        self.error.code == ErrorCode::TooManyRequests
    }

    /// The sentence alone, for a browser that shows it as it comes.
    #[must_use]
    pub fn into_plain_response(self) -> Response {
        let sentence = self.error.error.clone();
        let mut response = self.into_response();
        *response.body_mut() = Body::from(sentence);
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        response
    }

    /// The error without its HTTP form.
    #[must_use]
    pub fn into_error(self) -> ApiError {
        self.error
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.error)).into_response();
        let again_later = matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
        if again_later {
            let seconds = self.retry_after.unwrap_or(SOON).as_secs().max(1);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
