//! Takes a request's body in. One that is too large is read on and thrown away, so that its sender, who
//! writes before it reads, gets the answer instead of a broken pipe.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::{CONNECTION, HeaderValue};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;

/// Bytes that are read of any body; who sends more is hung up on.
const MOST_READ: usize = 64 * 1024 * 1024;

/// Why a body is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyRefusal {
    /// It has more bytes than the settings allow.
    TooLarge {
        /// `maxBodyBytes` of the settings.
        most: usize,
    },
    /// It ended before its end.
    Broken,
}

impl BodyRefusal {
    /// HTTP status of the answer.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }

    fn sentence(self) -> String {
        match self {
            Self::TooLarge { most } => {
                format!(
                    "the body has more than {most} bytes, the setting maxBodyBytes; nothing of it was stored"
                )
            }
            Self::Broken => "the body broke off; nothing of it was stored".to_owned(),
        }
    }
}

impl IntoResponse for BodyRefusal {
    fn into_response(self) -> Response {
        let sentence = serde_json::json!({ "error": self.sentence() });
        let mut response = (self.status(), Json(sentence)).into_response();
        // What was not read would be taken for the next request.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        response
    }
}

/// All of a body of at most `most` bytes.
pub(crate) async fn receive(body: Body, most: usize) -> Result<Vec<u8>, BodyRefusal> {
    let mut pieces = body.into_data_stream();
    let (mut kept, mut read) = (Vec::new(), 0_usize);
    while let Some(piece) = pieces.next().await {
        let piece: Bytes = piece.map_err(|_| BodyRefusal::Broken)?;
        read = read.saturating_add(piece.len());
        if read <= most {
            kept.extend_from_slice(&piece);
        } else if read <= MOST_READ {
            kept = Vec::new();
        } else {
            break;
        }
    }
    if read <= most { Ok(kept) } else { Err(BodyRefusal::TooLarge { most }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;

    fn pieces(count: usize) -> Body {
        let piece = || Ok::<_, std::convert::Infallible>(Bytes::from_static(&[b'x'; 1024]));
        Body::from_stream(stream::iter((0..count).map(move |_| piece())))
    }

    #[tokio::test]
    async fn a_body_is_taken_up_to_its_bound_and_an_endless_one_is_left_at_last() {
        assert_eq!(receive(pieces(4), 4096).await.map(|body| body.len()), Ok(4096));
        assert_eq!(receive(pieces(5), 4096).await, Err(BodyRefusal::TooLarge { most: 4096 }));
        assert_eq!(receive(pieces(usize::MAX), 4096).await, Err(BodyRefusal::TooLarge { most: 4096 }));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_no_body() {
        let broken = stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))]);
        assert_eq!(receive(Body::from_stream(broken), 4096).await, Err(BodyRefusal::Broken));
    }
}
