//! What a fault does to a call.

use crate::world::Refusal;
use axum::http::HeaderValue;
use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Effect {
    /// The answer comes `ms` milliseconds later; other effects of the same call still happen.
    DelayMs {
        /// Milliseconds.
        ms: u64,
    },
    /// The connection is cut before anything was done.
    DropBeforeStore,
    /// Everything is done, then the connection is cut without an answer.
    DropAfterStore,
    /// The connection is cut without an answer now, and what the call writes is stored `ms`
    /// milliseconds later by the simulator's clock, with the time that it is then. A read is just cut.
    DelayedCommitMs {
        /// Milliseconds of the simulator's clock.
        ms: u64,
    },
    /// The connection is cut in the middle of the body.
    CutBody,
    /// The body arrives in 16 pieces, `ms` milliseconds apart.
    Drip {
        /// Milliseconds between two pieces.
        ms: u64,
    },
    /// A complete HTTP answer whose JSON ends in the middle.
    Truncated,
    /// The right body under another content type.
    ContentType {
        /// The content type.
        value: String,
    },
    /// Another status with a short text.
    HttpStatus {
        /// The status, 200 to 599.
        status: u16,
        /// `Retry-After` in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
    },
    /// The HTML page of a wrong path.
    #[serde(rename = "html_404")]
    Html404,
    /// The HTML page of a server under maintenance, with status 503.
    #[serde(rename = "html_503")]
    Html503,
    /// Status 200, content type JSON, a body that is none.
    Garbage,
    /// A refusal of Metakocka.
    OprCode {
        /// `opr_code`.
        code: String,
        /// `opr_desc`.
        #[serde(default)]
        text: String,
    },
}

impl Effect {
    /// The name that `/_sim/faults` and the request log use.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DelayMs { .. } => "delay_ms",
            Self::DropBeforeStore => "drop_before_store",
            Self::DropAfterStore => "drop_after_store",
            Self::DelayedCommitMs { .. } => "delayed_commit_ms",
            Self::CutBody => "cut_body",
            Self::Drip { .. } => "drip",
            Self::Truncated => "truncated",
            Self::ContentType { .. } => "content_type",
            Self::HttpStatus { .. } => "http_status",
            Self::Html404 => "html_404",
            Self::Html503 => "html_503",
            Self::Garbage => "garbage",
            Self::OprCode { .. } => "opr_code",
        }
    }

    /// The fields of all effects in JSON.
    pub(super) const FIELDS: [&str; 6] = ["ms", "value", "status", "retryAfter", "code", "text"];

    /// The fields that go with it in JSON.
    pub(super) const fn fields(&self) -> &'static [&'static str] {
        match self {
            Self::DelayMs { .. } | Self::DelayedCommitMs { .. } | Self::Drip { .. } => &["ms"],
            Self::ContentType { .. } => &["value"],
            Self::HttpStatus { .. } => &["status", "retryAfter"],
            Self::OprCode { .. } => &["code", "text"],
            Self::DropBeforeStore
            | Self::DropAfterStore
            | Self::CutBody
            | Self::Truncated
            | Self::Html404
            | Self::Html503
            | Self::Garbage => &[],
        }
    }

    /// Whether the call is stored when the rule does not say: what stands in for a server in front of
    /// Metakocka, or for its refusal, stores nothing; what spoils an answer comes after storing.
    pub(super) const fn stores(&self) -> bool {
        !matches!(
            self,
            Self::DropBeforeStore
                | Self::HttpStatus { .. }
                | Self::Html404
                | Self::Html503
                | Self::OprCode { .. }
        )
    }

    /// Whether a rule may choose between storing and not.
    pub(super) const fn may_choose(&self) -> bool {
        matches!(
            self,
            Self::HttpStatus { .. } | Self::Html404 | Self::Html503 | Self::Garbage | Self::OprCode { .. }
        )
    }

    /// The effect if its values make sense.
    pub(super) fn checked(self) -> Result<Self, Refusal> {
        /// A longer wait would outlast every time-out and only block a test.
        const MAX_MS: u64 = crate::latency::MAX_LATENCY_MS;
        match self {
            Self::HttpStatus { status, .. } if !(200..600).contains(&status) => {
                Err(Refusal("status must be between 200 and 599".to_owned()))
            }
            Self::DelayMs { ms } | Self::Drip { ms } if ms > MAX_MS => {
                Err(Refusal(format!("ms must not be above {MAX_MS}")))
            }
            Self::DelayedCommitMs { ms } if ms > MAX_COMMIT_MS => {
                Err(Refusal(format!("ms must not be above {MAX_COMMIT_MS}")))
            }
            Self::ContentType { value } if value.is_empty() || HeaderValue::from_str(&value).is_err() => {
                Err(Refusal("value must be a content type that a header can carry".to_owned()))
            }
            Self::OprCode { code, text } if text.is_empty() => {
                let text = usual_text(&code).ok_or_else(|| {
                    Refusal(format!("Metakocka has no usual text for opr_code {code}; give text"))
                })?;
                Ok(Self::OprCode { code, text: text.to_owned() })
            }
            sane => Ok(sane),
        }
    }
}

/// A later commit would not be waited for by anybody: one day.
const MAX_COMMIT_MS: u64 = 24 * 60 * 60 * 1_000;

/// What Metakocka says with a code when nothing more is known (`metakocka-api.md` §1.4).
fn usual_text(code: &str) -> Option<&'static str> {
    Some(match code {
        "1" => "Unknown internal server error",
        "2" => "Paramether 'doc_type' is in wrong form",
        "3" => "Invalid value for secret_key and company_id",
        "4" => "IP address '127.0.0.1' is not allowed for company_id = 16",
        "5" => "Quote exceeds",
        "6" => "Application error",
        "8" => "Product with code X not found - unit must be set to add new product",
        "4001" => "Certified cash register is not yet set on company",
        "4002" => "Bill is not mark for send to FURS",
        "4003" => "Error while reading FURS data",
        "4004" => "Error generating QR image",
        _ => return None,
    })
}
