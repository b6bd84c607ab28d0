//! The trace of a call: one span with what was called, for whom, how long it took and how it ended. Bodies,
//! addresses and keys are never in it.

use tokio::time::Instant;
use tracing::Instrument as _;

use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::identity::CompanyId;

/// Surrounds a call with its span.
pub(crate) async fn traced<T>(
    endpoint: Endpoint,
    company: &CompanyId,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let span = tracing::info_span!(
        "metakocka_call",
        endpoint = endpoint.name(),
        company = company.as_str(),
        duration_ms = tracing::field::Empty,
        status = tracing::field::Empty,
        bytes = tracing::field::Empty,
        outcome = tracing::field::Empty,
    );
    let timed = async {
        let begin = Instant::now();
        let result = call.await;
        let span = tracing::Span::current();
        span.record("duration_ms", begin.elapsed().as_secs_f64() * 1000.0);
        span.record("outcome", result.as_ref().err().map_or("ok", Error::kind));
        tracing::debug!("call ended");
        result
    };
    timed.instrument(span).await
}

/// Notes in the span what was received.
pub(crate) fn received(status: u16, bytes: usize) {
    let span = tracing::Span::current();
    span.record("status", status);
    span.record("bytes", bytes);
}
