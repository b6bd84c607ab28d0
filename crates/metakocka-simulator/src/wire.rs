//! How an answer leaves: whole, or as a fault spoils it on its way. Knows nothing of what it says.

use crate::api::Reply;
use crate::connection::Cutter;
use crate::faults::Effect;
use crate::quirks::{Quirk, Quirks};
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use std::time::Duration;

/// Pieces of a dripping body.
const DRIPS: usize = 16;

const NOT_FOUND_PAGE: &str = "<!DOCTYPE html><html><head><title>404 Not Found</title></head>\
    <body><h1>HTTP Status 404 &ndash; Not Found</h1><p>The requested resource is not available.</p></body></html>";

const UNAVAILABLE_PAGE: &str = "<!DOCTYPE html><html><head><title>503 Service Unavailable</title></head>\
    <body><h1>Service Unavailable</h1><p>The server is temporarily unable to service your request due to \
    maintenance downtime or capacity problems. Please try again later.</p></body></html>";

/// Sends the body, or what the fault makes of it.
pub(crate) fn respond(reply: Reply, effect: Option<Effect>, cutter: &Cutter) -> Response {
    let body = match reply {
        Reply::Json(body) => body,
        Reply::Pdf(bytes) if effect.is_none() => return pdf(bytes),
        // A fault spoils the text of a file as it spoils any other.
        Reply::Pdf(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
    };
    match effect {
        None | Some(Effect::OprCode { .. } | Effect::DelayMs { .. }) => json(body),
        Some(Effect::DropBeforeStore | Effect::DropAfterStore | Effect::DelayedCommitMs { .. }) => {
            cutter.cut();
            StatusCode::OK.into_response()
        }
        Some(Effect::CutBody) => cut_body(&body, cutter.clone()),
        Some(Effect::Drip { ms }) => drip(body, ms),
        Some(Effect::Truncated) => json(first_half(&body).to_owned()),
        Some(Effect::ContentType { value }) => {
            let mut response = json(body);
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(CONTENT_TYPE, value);
            }
            response
        }
        Some(Effect::HttpStatus { status, retry_after }) => http_status(status, retry_after),
        Some(Effect::Html404) => not_found(),
        Some(Effect::Html503) => html(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE_PAGE),
        Some(Effect::Garbage) => json("\u{1}<<<{\"opr_code\": not json at all ]]}".to_owned()),
    }
}

fn json(body: String) -> Response {
    ([(CONTENT_TYPE, "application/json;charset=UTF-8")], body).into_response()
}

fn pdf(bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/pdf")], bytes).into_response()
}

/// The page of a wrong path, or path family; without Q2 an answer that a client could read.
pub(crate) fn wrong_path(quirks: Quirks) -> Response {
    if quirks.hold(Quirk::WrongFamily) {
        return not_found();
    }
    (StatusCode::NOT_FOUND, json(r#"{"opr_code":"1","opr_desc":"no such path"}"#.to_owned())).into_response()
}

fn not_found() -> Response {
    html(StatusCode::NOT_FOUND, NOT_FOUND_PAGE)
}

fn html(status: StatusCode, page: &'static str) -> Response {
    (status, [(CONTENT_TYPE, "text/html;charset=utf-8")], page).into_response()
}

fn http_status(status: u16, retry_after: Option<u64>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, "service fault").into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn first_half(body: &str) -> &str {
    let middle = body.len() / 2;
    let cut = (middle..body.len()).find(|at| body.is_char_boundary(*at)).unwrap_or(0);
    &body[..cut]
}

/// Promises the whole length, sends half, and cuts the connection.
fn cut_body(body: &str, cutter: Cutter) -> Response {
    let length = body.len();
    let half = Bytes::from(first_half(body).to_owned());
    let first = stream::once(async move { Ok::<_, std::io::Error>(half) });
    let cut = stream::once(async move {
        // The half must be on its way before the writes start to fail.
        tokio::time::sleep(Duration::from_millis(20)).await;
        cutter.cut();
        Err(std::io::ErrorKind::ConnectionAborted.into())
    });
    let mut response = json(String::new());
    *response.body_mut() = Body::from_stream(first.chain(cut));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}

fn drip(body: String, ms: u64) -> Response {
    let size = body.len().div_ceil(DRIPS).max(1);
    let body = Bytes::from(body);
    let starts = (0..body.len()).step_by(size);
    let pieces: Vec<Bytes> = starts.map(|at| body.slice(at..(at + size).min(body.len()))).collect();
    let stream = stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        Ok::<_, std::io::Error>(piece)
    });
    let mut response = json(String::new());
    response.headers_mut().remove(CONTENT_LENGTH);
    *response.body_mut() = Body::from_stream(stream);
    response
}
