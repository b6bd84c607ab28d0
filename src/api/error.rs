//! The one public error: a closed code, a sentence for people, and a reference that is found exactly once in the log.
//!
//! Server functions and the JSON API both answer with it. It is made from an engine error in one place, below, which
//! also logs the cause once. It must never carry SQL, a stack, a secret or Metakocka's raw body.

use std::fmt;

use serde::{Deserialize, Serialize};
use server_fn::codec::JsonEncoding;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// Public codes (contract §1, §7). Closed: a new one comes with the feature that raises it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// A value that was sent is malformed.
    Invalid,
    /// A form that can be read, but not be taken: `errors` says everything that is wrong with it.
    Blocked,
    /// Somebody was faster: the record has another revision.
    StaleRevision,
    /// A write has to say on which revision it is based.
    RevisionRequired,
    /// No valid credentials.
    NotSignedIn,
    /// The role does not allow it, or the request came from another site.
    Forbidden,
    /// Does not exist, or belongs to another workspace.
    NotFound,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// The body is larger than the limit.
    TooLarge,
    /// The body is not what the path takes.
    UnsupportedMediaType,
    /// More than our own limit allows at a time.
    TooManyRequests,
    /// The workspace has no connection to Metakocka.
    NotConnected,
    /// Metakocka refused the key.
    KeyRefused,
    /// The connection is paused.
    Paused,
    /// The owner has not confirmed the matching of this kind.
    MatchingNotConfirmed,
    /// Another run is working.
    RunInProgress,
    /// The workspace has links to another Metakocka company.
    OtherCompany,
    /// An id that two document types share was named without its type.
    AmbiguousType,
    /// It may be done later: a write may still arrive in Metakocka.
    NotYet,
    /// Both sides changed the same of a record, and a person decides.
    Conflict,
    /// A person has to decide about a record first.
    NeedsReview,
    /// The record is newer in Metakocka and is taken first.
    ToTake,
    /// The record waits for something else.
    Waiting,
    /// The record is none of those that are sent.
    NotSent,
    /// The record is none of those that are taken.
    NotTaken,
    /// Somebody cancelled the run before the record's turn came.
    Cancelled,
    /// The record was written in the same moment, or since somebody looked at it.
    ChangedMeanwhile,
    /// Something that a plan was made from has moved since.
    StalePlan,
    /// The record changed again and again while it was sent.
    Restless,
    /// The contact was erased: nothing of it can be edited or used any more.
    Erased,
    /// Metakocka refused the record; its sentence is quoted.
    Refused,
    /// What Metakocka has of the record can't be read.
    Unreadable,
    /// Metakocka cannot be reached.
    Unreachable,
    /// Metakocka takes no more calls for now.
    Quota,
    /// Metakocka cannot be asked for now, for another reason.
    Unavailable,
    /// Metakocka answered nonsense.
    BadAnswer,
    /// The application itself failed.
    Internal,
    /// The browser got no answer from the application.
    Offline,
}

impl ErrorCode {
    /// The code that the contract spells so.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
    }

    /// The HTTP status that the form layer and the JSON API answer with.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::Blocked | Self::Refused => 422,
            Self::StaleRevision => 412,
            Self::RevisionRequired => 428,
            Self::NotSignedIn => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::TooManyRequests => 429,
            Self::NotConnected
            | Self::KeyRefused
            | Self::MatchingNotConfirmed
            | Self::RunInProgress
            | Self::OtherCompany
            | Self::AmbiguousType
            | Self::NotYet
            | Self::Conflict
            | Self::NeedsReview
            | Self::ToTake
            | Self::Waiting
            | Self::NotSent
            | Self::NotTaken
            | Self::Cancelled
            | Self::ChangedMeanwhile
            | Self::StalePlan
            | Self::Restless
            | Self::Erased => 409,
            Self::Internal => 500,
            Self::BadAnswer | Self::Unreadable => 502,
            Self::Unreachable | Self::Quota | Self::Paused | Self::Unavailable | Self::Offline => 503,
        }
    }
}

/// What is wrong with one field of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Name of the field as the form sends it.
    pub field: String,
    /// What is wrong and what to do, for people.
    pub sentence: String,
}

/// One thing that is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    /// Name of the field; lines are counted from one.
    pub field: String,
    /// What is wrong, for people.
    pub sentence: String,
    /// What to do about it.
    pub remedy: String,
}

/// What a caller is told when something did not happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// What kind of refusal this is.
    pub code: ErrorCode,
    /// For people.
    pub error: String,
    /// Found exactly once in the log; empty when nothing reached the server.
    #[serde(default)]
    pub reference: String,
    /// Which fields are wrong; empty when the refusal is not about a field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    /// Everything that is wrong with a record (contract §1, 422).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Blocker>,
}

impl ApiError {
    /// A refusal of this layer itself: nothing failed, so nothing is logged and there is no reference.
    #[must_use]
    pub fn plain(code: ErrorCode, sentence: impl Into<String>) -> Self {
        Self {
            code,
            error: sentence.into(),
            reference: String::new(),
            fields: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// The sentence for a field, when that field is wrong.
    #[must_use]
    pub fn for_field(&self, name: &str) -> Option<&str> {
        let of_form =
            self.fields.iter().find(|wrong| wrong.field == name).map(|wrong| wrong.sentence.as_str());
        let of_record = || self.errors.iter().find(|wrong| wrong.field == name);
        of_form.or_else(|| of_record().map(|wrong| wrong.sentence.as_str()))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)
    }
}

impl std::error::Error for ApiError {}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    /// Raised by the transport, not by a body: on the client no answer came, on the server the arguments did not fit.
    fn from_server_fn_error(raised: ServerFnErrorErr) -> Self {
        let (code, error) = match raised {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Serialization(_)
            | ServerFnErrorErr::UnsupportedRequestMethod(_) => {
                (ErrorCode::Invalid, "The request is malformed. Reload the page and try again.")
            }
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Deserialization(_) => {
                (ErrorCode::Offline, "CRM Mind does not answer. Nothing was changed; try again in a moment.")
            }
            ServerFnErrorErr::Registration(_)
            | ServerFnErrorErr::ServerError(_)
            | ServerFnErrorErr::MiddlewareError(_)
            | ServerFnErrorErr::Response(_) => {
                (ErrorCode::Internal, "Something went wrong here. Nothing was changed; try again.")
            }
        };
        Self {
            code,
            error: error.to_owned(),
            reference: String::new(),
            fields: Vec::new(),
            errors: Vec::new(),
        }
    }
}

#[cfg(feature = "ssr")]
mod from_engine {
    use engine::EngineError;
    use engine::error::{StateCode, chain};

    use super::{ApiError, Blocker, ErrorCode, FieldError};
    use crate::api::context::{References, RequestContext};

    impl ApiError {
        /// The public form of an engine error. Logs the cause chain once, under a fresh reference.
        #[must_use]
        pub fn from_engine(error: &EngineError, references: &References) -> Self {
            let code = code_of(error);
            let reference = references.next();
            log(error, code, &reference);
            Self {
                code,
                error: sentence_of(error),
                reference,
                fields: fields_of(error),
                errors: errors_of(error),
            }
        }
    }

    /// Inside a server function `?` is enough: the references come from the request in the context.
    impl From<EngineError> for ApiError {
        fn from(error: EngineError) -> Self {
            let references =
                leptos::prelude::use_context::<RequestContext>().map(|request| request.references);
            Self::from_engine(&error, &references.unwrap_or_default())
        }
    }

    fn code_of(error: &EngineError) -> ErrorCode {
        match error {
            EngineError::Invalid { .. } => ErrorCode::Invalid,
            EngineError::Blocked(_) => ErrorCode::Blocked,
            EngineError::Stale { .. } => ErrorCode::StaleRevision,
            EngineError::NotSignedIn => ErrorCode::NotSignedIn,
            EngineError::Forbidden => ErrorCode::Forbidden,
            EngineError::NotFound => ErrorCode::NotFound,
            EngineError::State(conflict) => match conflict.code {
                StateCode::NotConnected => ErrorCode::NotConnected,
                StateCode::KeyRefused => ErrorCode::KeyRefused,
                StateCode::Paused => ErrorCode::Paused,
                StateCode::MatchingNotConfirmed => ErrorCode::MatchingNotConfirmed,
                StateCode::RunInProgress => ErrorCode::RunInProgress,
                StateCode::OtherCompany => ErrorCode::OtherCompany,
                StateCode::AmbiguousType => ErrorCode::AmbiguousType,
                StateCode::NotYet => ErrorCode::NotYet,
                StateCode::ChangedMeanwhile => ErrorCode::ChangedMeanwhile,
                StateCode::StalePlan => ErrorCode::StalePlan,
                StateCode::Erased => ErrorCode::Erased,
            },
            EngineError::Quota { .. } => ErrorCode::Quota,
            EngineError::Store(_) | EngineError::Vault(_) => ErrorCode::Internal,
        }
    }

    fn sentence_of(error: &EngineError) -> String {
        match error {
            EngineError::Invalid { sentence, .. } | EngineError::Quota { sentence, .. } => sentence.clone(),
            EngineError::State(conflict) => conflict.sentence.clone(),
            EngineError::Blocked(reasons) => {
                let all: Vec<&str> = reasons.iter().map(|reason| reason.sentence.as_str()).collect();
                all.join(" ")
            }
            EngineError::Stale { revision } => {
                format!(
                    "Somebody changed it in the meantime: it has revision {revision} now. Reload it and edit again."
                )
            }
            EngineError::NotSignedIn => "Sign in first.".to_owned(),
            EngineError::Forbidden => {
                "Your role does not allow this. Ask the owner of the workspace.".to_owned()
            }
            EngineError::NotFound => "It does not exist, or it was removed.".to_owned(),
            EngineError::Store(_) | EngineError::Vault(_) => {
                "Something went wrong here. Nothing was changed; try again.".to_owned()
            }
        }
    }

    fn fields_of(error: &EngineError) -> Vec<FieldError> {
        match error {
            EngineError::Invalid { field, sentence } => {
                vec![FieldError { field: (*field).to_owned(), sentence: sentence.clone() }]
            }
            _ => Vec::new(),
        }
    }

    fn errors_of(error: &EngineError) -> Vec<Blocker> {
        let EngineError::Blocked(reasons) = error else { return Vec::new() };
        let blocker = |reason: &engine::error::Reason| Blocker {
            field: reason.field.clone(),
            sentence: reason.sentence.clone(),
            remedy: reason.remedy.clone(),
        };
        reasons.iter().map(blocker).collect()
    }

    fn log(error: &EngineError, code: ErrorCode, reference: &str) {
        let cause = chain(error);
        match code {
            ErrorCode::Internal => {
                tracing::error!(category = "api", reference, ?code, cause, "request failed");
            }
            ErrorCode::Unavailable | ErrorCode::BadAnswer => {
                tracing::warn!(category = "api", reference, ?code, cause, "request failed");
            }
            _ => tracing::info!(category = "api", reference, ?code, cause, "request refused"),
        }
    }
}
