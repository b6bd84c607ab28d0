//! What can go wrong with a call, and what happens next. The secret key is in none of it: replies are freed
//! of it before anything is read from them.

use std::fmt;
use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::values::shorten;
use crate::write::Refusal;

/// How much of a foreign body an excerpt keeps, in characters: enough to recognise a page.
const EXCERPT_LENGTH: usize = 200;

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection was made: nothing reached Metakocka.
    #[error("{endpoint}: no connection to Metakocka could be made")]
    NoConnection {
        /// The endpoint called.
        endpoint: Endpoint,
        /// The cause.
        #[source]
        source: reqwest::Error,
    },
    /// The company's own budget of calls is spent: nothing was sent
    /// ([`Pace::budget`](crate::Pace::budget)).
    #[error("{endpoint}: the budget of calls is spent for another {} s", again_after.as_secs_f64().ceil())]
    BudgetSpent {
        /// The endpoint that was to be called.
        endpoint: Endpoint,
        /// When a call may begin again.
        again_after: Duration,
    },
    /// The write belongs to another company or host than the client's: nothing was sent.
    #[error("{endpoint}: this was written for another company; nothing was sent")]
    OtherCompany {
        /// The endpoint that was to be called.
        endpoint: Endpoint,
    },
    /// The answer was not complete in time. Metakocka may still have done what was asked.
    #[error("{endpoint}: Metakocka did not answer within {} s", after.as_secs_f64())]
    TimedOut {
        /// The endpoint called.
        endpoint: Endpoint,
        /// The limit of [`Limits::call_timeout`](crate::Limits::call_timeout).
        after: Duration,
        /// The cause.
        #[source]
        source: reqwest::Error,
    },
    /// The connection ended before the answer did. Metakocka may have done what was asked.
    #[error("{endpoint}: the connection was lost before the answer was complete")]
    ConnectionLost {
        /// The endpoint called.
        endpoint: Endpoint,
        /// The cause.
        #[source]
        source: reqwest::Error,
    },
    /// The answer is larger than allowed; it was not read to its end.
    #[error("{endpoint}: the answer is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The endpoint called.
        endpoint: Endpoint,
        /// The limit of [`Limits::max_reply_bytes`](crate::Limits::max_reply_bytes).
        limit_bytes: usize,
    },
    /// Codes 3 and 4, HTTP 401 and 403: every further call would be refused as well
    /// (`metakocka-api.md §1.4`).
    #[error("{endpoint}: Metakocka does not accept {by}")]
    KeyRefused {
        /// The endpoint called.
        endpoint: Endpoint,
        /// What is not accepted.
        by: RefusedBy,
        /// What Metakocka said.
        reply: Box<MetakockaReply>,
    },
    /// Code 5 with the text of a quota, HTTP 429: too many calls in a period.
    #[error("{endpoint}: the company's quota of calls is used up")]
    Quota {
        /// The endpoint called.
        endpoint: Endpoint,
        /// How long to wait, when the answer says so; it usually does not (`metakocka-api.md §1.6`).
        retry_after: Option<Duration>,
        /// What Metakocka said.
        reply: Box<MetakockaReply>,
    },
    /// Codes 2, 6, 8, and 5 with another text: Metakocka understood and declines.
    #[error("{endpoint}: Metakocka refused: {reply}")]
    Refused {
        /// The endpoint called.
        endpoint: Endpoint,
        /// What Metakocka said.
        reply: Box<MetakockaReply>,
    },
    /// Metakocka declined one of several records of one call. That it did nothing with the others is proven
    /// by nothing: those before the one that it declined may have been changed.
    #[error("{endpoint}: Metakocka refused one of several: {}; others may have been changed", refusal.reply)]
    PartlyRefused {
        /// The endpoint called.
        endpoint: Endpoint,
        /// What Metakocka said, with every field of the reply.
        refusal: Box<Refusal>,
    },
    /// Code 1 or one that is not documented: an error inside Metakocka. For a search also the answer to a
    /// filter that the company's version does not offer (`metakocka-api.md §5`).
    #[error("{endpoint}: Metakocka failed: {reply}")]
    Failed {
        /// The endpoint called.
        endpoint: Endpoint,
        /// What Metakocka said.
        reply: Box<MetakockaReply>,
    },
    /// An HTTP status that tells of trouble on the way or at the server.
    #[error("{endpoint}: the server answered with HTTP status {status}")]
    HttpStatus {
        /// The endpoint called.
        endpoint: Endpoint,
        /// The status.
        status: u16,
        /// How long to wait, when the answer says so.
        retry_after: Option<Duration>,
        /// The beginning of the body.
        excerpt: Excerpt,
    },
    /// The answer is no JSON: a web page, garbage, or JSON that was cut off. A wrong address answers so
    /// (Q2).
    #[error("{endpoint}: the answer is not from Metakocka, or is damaged (HTTP status {status})")]
    NotMetakocka {
        /// The endpoint called.
        endpoint: Endpoint,
        /// The HTTP status.
        status: u16,
        /// The beginning of the body.
        excerpt: Excerpt,
    },
    /// The answer is JSON, but not the answer to this question.
    #[error("{endpoint}: the answer is not what was asked for: {field}: {sentence}")]
    UnexpectedReply {
        /// The endpoint called.
        endpoint: Endpoint,
        /// The HTTP status.
        status: u16,
        /// The field that shows it.
        field: String,
        /// What is wrong with it.
        sentence: String,
    },
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Trouble on the way that passes: ask again later, with growing pauses.
    Retry,
    /// Stop every call with this key until a person has changed something.
    PauseKey,
    /// Stop the company's calls for this long; when nothing is said, for a minute at first.
    WaitForQuota(Option<Duration>),
    /// The same question will be refused again; a person or another question is needed.
    Refused,
    /// Metakocka itself does not know. A read may be asked again a few times; if the answer stays, it is a
    /// refusal.
    Unknown,
    /// What answers is not Metakocka, or speaks otherwise than it is known to: a person checks the address.
    /// Asking again is harmless, and rarely helps.
    Protocol,
}

/// What Metakocka does not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedBy {
    /// The secret key or the company id (code 3, HTTP 401 and 403).
    Key,
    /// The network address that the call came from (code 4).
    NetworkAddress,
}

impl fmt::Display for RefusedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "the secret key for this company",
            Self::NetworkAddress => "calls from this network address",
        })
    }
}

/// What Metakocka said beside its data (`metakocka-api.md §1.3`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetakockaReply {
    /// The HTTP status; 200 also for refusals.
    pub status: u16,
    /// `opr_code`, empty when the answer had none.
    pub code: String,
    /// `opr_desc`.
    pub text: Option<String>,
    /// `opr_code_app`.
    pub app_code: Option<String>,
    /// `opr_desc_app`: the text that the user interface shows.
    pub app_text: Option<String>,
}

impl MetakockaReply {
    /// Metakocka's own words, the ones for people first; empty when it gave none.
    pub fn sentence(&self) -> &str {
        self.app_text.as_deref().or(self.text.as_deref()).unwrap_or_default()
    }
}

impl fmt::Display for MetakockaReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (code {})", self.sentence(), self.code)
    }
}

/// The beginning of a body that was not understood: one line, at most 200 characters, without the secret
/// key. For logs, not for people.
#[derive(Clone, PartialEq, Eq)]
pub struct Excerpt(String);

impl Excerpt {
    pub(crate) fn of(body: &str) -> Self {
        Self(shorten(body, EXCERPT_LENGTH))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Error {
    /// What happens next.
    pub fn next(&self) -> Next {
        match self {
            Self::NoConnection { .. } | Self::TimedOut { .. } | Self::ConnectionLost { .. } => Next::Retry,
            Self::KeyRefused { .. } => Next::PauseKey,
            Self::Quota { retry_after, .. } => Next::WaitForQuota(*retry_after),
            Self::BudgetSpent { again_after, .. } => Next::WaitForQuota(Some(*again_after)),
            Self::Refused { .. } | Self::PartlyRefused { .. } | Self::OtherCompany { .. } => Next::Refused,
            Self::Failed { .. } => Next::Unknown,
            Self::HttpStatus { status, .. } if is_passing(*status) => Next::Retry,
            Self::HttpStatus { .. }
            | Self::TooLarge { .. }
            | Self::NotMetakocka { .. }
            | Self::UnexpectedReply { .. } => Next::Protocol,
        }
    }

    /// The endpoint called.
    pub fn endpoint(&self) -> Endpoint {
        match self {
            Self::NoConnection { endpoint, .. }
            | Self::BudgetSpent { endpoint, .. }
            | Self::OtherCompany { endpoint }
            | Self::TimedOut { endpoint, .. }
            | Self::ConnectionLost { endpoint, .. }
            | Self::TooLarge { endpoint, .. }
            | Self::KeyRefused { endpoint, .. }
            | Self::Quota { endpoint, .. }
            | Self::Refused { endpoint, .. }
            | Self::PartlyRefused { endpoint, .. }
            | Self::Failed { endpoint, .. }
            | Self::HttpStatus { endpoint, .. }
            | Self::NotMetakocka { endpoint, .. }
            | Self::UnexpectedReply { endpoint, .. } => *endpoint,
        }
    }

    /// What Metakocka said, when it said something.
    pub fn reply(&self) -> Option<&MetakockaReply> {
        match self {
            Self::KeyRefused { reply, .. }
            | Self::Quota { reply, .. }
            | Self::Refused { reply, .. }
            | Self::Failed { reply, .. } => Some(reply),
            Self::PartlyRefused { refusal, .. } => Some(&refusal.reply),
            _ => None,
        }
    }

    /// The HTTP status, when an answer came.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::HttpStatus { status, .. }
            | Self::NotMetakocka { status, .. }
            | Self::UnexpectedReply { status, .. } => Some(*status),
            _ => self.reply().map(|reply| reply.status),
        }
    }

    /// The name of the variant, for a log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NoConnection { .. } => "no_connection",
            Self::BudgetSpent { .. } => "budget_spent",
            Self::OtherCompany { .. } => "other_company",
            Self::TimedOut { .. } => "timed_out",
            Self::ConnectionLost { .. } => "connection_lost",
            Self::TooLarge { .. } => "too_large",
            Self::KeyRefused { .. } => "key_refused",
            Self::Quota { .. } => "quota",
            Self::Refused { .. } => "refused",
            Self::PartlyRefused { .. } => "partly_refused",
            Self::Failed { .. } => "failed",
            Self::HttpStatus { .. } => "http_status",
            Self::NotMetakocka { .. } => "not_metakocka",
            Self::UnexpectedReply { .. } => "unexpected_reply",
        }
    }
}

/// Statuses of a server or a proxy in passing trouble.
fn is_passing(status: u16) -> bool {
    status >= 500 || matches!(status, 408 | 425)
}
