//! Reads a request's body up to the limit, so that nobody fills the memory and everybody gets the same answer.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;

use super::refusal::Refusal;
use crate::api::context::References;
use crate::api::error::ErrorCode;

/// The request with its body in memory, or 413.
pub async fn limited(request: Request, limit: usize, references: &References) -> Result<Request, Refusal> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|value| value.parse::<usize>().ok()).is_some_and(|length| length > limit) {
        return Err(too_large(limit, references));
    }
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, limit).await.map_err(|_| too_large(limit, references))?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

fn too_large(limit: usize, references: &References) -> Refusal {
    let sentence = format!("The body may have at most {} kB. Send it in several parts.", limit / 1_000);
    Refusal::new(references, ErrorCode::TooLarge, sentence)
}
