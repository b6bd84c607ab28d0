//! The one error of this tool: a sentence for the person at the terminal, with its cause.

use std::error::Error;
use std::fmt;

/// What every fallible step here returns.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Why a step did not work, as a sentence that says what to do where that is known.
#[derive(Debug)]
pub(crate) struct Failure {
    sentence: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// A failure without a deeper cause.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), source: None }
    }

    /// The sentence and, behind colons, the chain of causes.
    pub(crate) fn with_causes(&self) -> String {
        let mut text = self.sentence.clone();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|error| error as &(dyn Error + 'static))
    }
}

/// Adds to an error the sentence that says which step it ended.
pub(crate) trait Context<T> {
    /// Wraps the error; the sentence is only made when there is one.
    fn context<S: Into<String>>(self, sentence: impl FnOnce() -> S) -> Result<T>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> Context<T> for std::result::Result<T, E> {
    fn context<S: Into<String>>(self, sentence: impl FnOnce() -> S) -> Result<T> {
        self.map_err(|error| Failure { sentence: sentence().into(), source: Some(error.into()) })
    }
}
