//! Why a slice of a job did not get to its end, and what follows from it.

use std::time::Duration;

use metakocka::Next;
use sync_core::backoff::Backoff;
use sync_core::intent::Hold;
use sync_core::state::PauseCause;

use crate::store::StoreError;

/// Reads that a person waits for are tried again within seconds and then reported; the automatic try comes later.
const READS: Backoff =
    Backoff { first: Duration::from_millis(500), cap: Duration::from_secs(5), attempts: 3 };
/// Our own database and takeovers of crashed workers: patient, but not for ever.
const OWN: Backoff = Backoff { first: Duration::from_secs(1), cap: Duration::from_mins(1), attempts: 10 };
/// After a check that got no answer the application looks again by itself, less and less often, until one ends well.
const LOOK_AGAIN: Backoff =
    Backoff { first: Duration::from_mins(1), cap: Duration::from_mins(15), attempts: u32::MAX };
/// The shortest wait after a spent quota of which nothing more is said (`metakocka-api.md` §9).
const SPENT_QUOTA: Duration = Duration::from_mins(1);
/// The longest wait that Metakocka may ask for; a longer one is a mistake, and people would wait for nothing.
const LONGEST_ASKED: Duration = Duration::from_hours(24);

/// Why a slice did not get to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Metakocka, or the way to it.
    #[error("{during}")]
    Remote {
        /// What was being done.
        during: &'static str,
        /// What happened.
        #[source]
        source: Box<metakocka::Error>,
    },
    /// The list kept changing while it was read.
    #[error("a list kept changing while it was read")]
    Restless(#[from] sync_core::discovery::PassError),
    /// So many linked records are missing that it may be another company: the connection pauses and asks.
    #[error(transparent)]
    AnotherCompany(#[from] sync_core::discovery::AnotherCompany),
    /// The connection was paused while there was work.
    #[error("the connection is paused")]
    Paused {
        /// For people.
        sentence: &'static str,
    },
    /// The answer has the right form and cannot be true.
    #[error("{sentence}")]
    Nonsense {
        /// For people.
        sentence: &'static str,
    },
    /// Nothing is sent for now: nothing of what was to be sent has arrived.
    #[error("nothing can be sent for now: {hold:?}")]
    Held {
        /// Why.
        hold: Hold,
    },
    /// The slice ended by a bug of ours, or took the whole process with it several times.
    #[error("the work on this job broke down")]
    BrokeDown,
    /// The slice is over, or the process is to stop: the job goes on later, nothing has failed.
    #[error("stopped")]
    Stopped,
    /// Our database, or the lease.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The connection's settings no longer make a client: an address that is not allowed, a key that cannot be opened.
    #[error("{sentence}")]
    Settings {
        /// For people.
        sentence: String,
    },
}

/// What becomes of the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Another worker has it.
    LostLease,
    /// Back into the queue; nothing has failed.
    Yield,
    /// Again after this time.
    Retry(Duration),
    /// The run ends and says why.
    GiveUp,
}

/// How a failed run is told.
#[derive(Debug)]
pub(super) struct Told {
    /// Code of contract §7.
    pub code: &'static str,
    /// For people.
    pub sentence: String,
    /// What the check of the kind ended with; none: the check is not to blame.
    pub check: Option<&'static str>,
    /// Whether the application looks again by itself, and not before what Metakocka asked for.
    pub again: Again,
    /// What becomes of the connection, with the reason that is stored; none: it stays as it is.
    pub connection: Option<(&'static str, String)>,
}

/// Whether a look that ended badly is followed by another one without anybody's doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// It would end the same.
    Not,
    /// Later.
    After {
        /// How long Metakocka asked to wait, if it did.
        asked: Option<Duration>,
    },
}

/// It is not looked again sooner than this: what is told has to stay long enough to be read, and it was tried several
/// times just now.
const SOONEST: Duration = Duration::from_secs(30);

impl Again {
    /// How long to wait after `failures` checks in a row that ended badly; `chance` is for jitter.
    pub(super) fn wait(self, failures: i64, chance: u64) -> Option<Duration> {
        let Self::After { asked } = self else { return None };
        LOOK_AGAIN.wait(u32::try_from(failures).unwrap_or(u32::MAX - 1), chance, asked.or(Some(SOONEST)))
    }
}

impl Failure {
    pub(super) fn remote(during: &'static str) -> impl FnOnce(metakocka::Error) -> Self {
        move |source| Self::Remote { during, source: Box::new(source) }
    }

    /// `attempts` have failed before this one; `chance` is for jitter.
    pub(super) fn fate(&self, attempts: i64, chance: u64) -> Fate {
        let attempt = u32::try_from(attempts.saturating_add(1)).unwrap_or(u32::MAX);
        let (patience, asked) = match self {
            Self::Store(StoreError::LostLease) => return Fate::LostLease,
            Self::Stopped => return Fate::Yield,
            Self::Store(_) | Self::BrokeDown => (OWN, None),
            Self::Remote { source, .. } if matches!(source.next(), Next::Retry | Next::Unknown) => {
                (READS, asked_to_wait(source))
            }
            Self::Restless(_) | Self::Held { hold: Hold::NoConnection | Hold::TooLate } => (READS, None),
            Self::Remote { .. }
            | Self::Settings { .. }
            | Self::AnotherCompany(_)
            | Self::Paused { .. }
            | Self::Nonsense { .. }
            | Self::Held { hold: Hold::Key | Hold::Quota { .. } } => return Fate::GiveUp,
        };
        // Nobody watches a spinner for as long as that: it is told, with the time of the next try.
        if asked.is_some_and(|asked| asked > patience.cap) {
            return Fate::GiveUp;
        }
        patience.wait(attempt, chance, asked).map_or(Fate::GiveUp, Fate::Retry)
    }

    /// What people and programs are told when the run ends with this.
    pub(super) fn told(&self) -> Told {
        match self {
            Self::Remote { source, .. } => told_of(source),
            Self::Restless(error) => Told {
                code: "bad_answer",
                sentence: capital(&error.to_string()),
                check: Some("bad_answer"),
                again: Again::After { asked: None },
                connection: None,
            },
            Self::AnotherCompany(missing) => Told {
                code: "paused",
                sentence: format!(
                    "{} of {} linked documents are missing in Metakocka. Is this another company?",
                    missing.suspects, missing.links
                ),
                check: Some("bad_answer"),
                again: Again::Not,
                connection: Some(("paused", PauseCause::AnotherCompany.as_str().to_owned())),
            },
            Self::Paused { sentence } => Told {
                code: "paused",
                sentence: (*sentence).to_owned(),
                check: None,
                again: Again::Not,
                connection: None,
            },
            Self::Settings { sentence } => Told {
                code: "not_connected",
                sentence: sentence.clone(),
                check: Some("bad_answer"),
                again: Again::Not,
                connection: None,
            },
            Self::Held { hold } => told_of_a_hold(*hold),
            Self::Nonsense { sentence } => Told {
                code: "bad_answer",
                sentence: (*sentence).to_owned(),
                check: Some("bad_answer"),
                again: Again::Not,
                connection: None,
            },
            Self::Store(_) | Self::BrokeDown | Self::Stopped => Told {
                code: "internal",
                sentence: "Something went wrong here. What was taken so far is kept; try again.".to_owned(),
                check: Some("bad_answer"),
                again: Again::Not,
                connection: None,
            },
        }
    }
}

/// Nothing was sent: a look is not to blame, and what waits is sent by itself.
fn told_of_a_hold(hold: Hold) -> Told {
    let (code, sentence) = match hold {
        Hold::Key => ("key_refused", "Metakocka refused the key; nothing was sent."),
        Hold::Quota { .. } => {
            ("quota", "The calls to Metakocka are used up for now; what waits is sent later by itself.")
        }
        Hold::NoConnection | Hold::TooLate => {
            ("unreachable", "Metakocka could not be reached; what waits is sent later by itself.")
        }
    };
    let connection = (hold == Hold::Key).then(|| ("key_refused", "Metakocka refused the key.".to_owned()));
    Told { code, sentence: sentence.to_owned(), check: None, again: Again::Not, connection }
}

fn told_of(error: &metakocka::Error) -> Told {
    let again = Again::After { asked: asked_to_wait(error) };
    let (code, check, again) = match error.next() {
        Next::Retry => ("unreachable", Some("no_answer"), again),
        Next::PauseKey => ("key_refused", Some("bad_answer"), Again::Not),
        Next::WaitForQuota(_) => ("quota", Some("quota"), again),
        Next::Refused | Next::Unknown | Next::Protocol => ("bad_answer", Some("bad_answer"), Again::Not),
    };
    let sentence = sentence(error);
    let connection = (error.next() == Next::PauseKey).then(|| ("key_refused", sentence.clone()));
    Told { code, sentence, check, again, connection }
}

/// How long Metakocka asked to wait before the next call.
fn asked_to_wait(error: &metakocka::Error) -> Option<Duration> {
    let asked = match (error.next(), error) {
        (Next::WaitForQuota(asked), _) => Some(asked.unwrap_or(SPENT_QUOTA)),
        (_, metakocka::Error::HttpStatus { retry_after, .. }) => *retry_after,
        _ => None,
    };
    asked.map(|asked| asked.min(LONGEST_ASKED))
}

/// True when the answer is about the record that was asked for and says nothing about the others: the record is told of
/// on itself, and the work goes on.
pub(super) fn is_about_the_record(error: &metakocka::Error) -> bool {
    matches!(error.next(), Next::Refused | Next::Unknown)
}

/// One sentence for people: what happened, without codes.
pub(super) fn sentence(error: &metakocka::Error) -> String {
    match error.next() {
        Next::Retry => match error {
            metakocka::Error::TimedOut { after, .. } => {
                format!("Metakocka did not answer within {} seconds.", after.as_secs())
            }
            metakocka::Error::HttpStatus { status, .. } => {
                format!("Metakocka's server is not available at the moment (HTTP status {status}).")
            }
            metakocka::Error::ConnectionLost { .. } => {
                "The connection to Metakocka was lost before its answer was complete.".to_owned()
            }
            _ => "Metakocka could not be reached.".to_owned(),
        },
        Next::PauseKey => {
            match error.reply().map(metakocka::MetakockaReply::sentence).filter(|text| !text.is_empty()) {
                Some(said) => format!("Metakocka refused the key and said: “{said}”."),
                None => "Metakocka refused the key.".to_owned(),
            }
        }
        Next::WaitForQuota(_) if matches!(error, metakocka::Error::BudgetSpent { .. }) => {
            "The calls to Metakocka that this installation allows itself in an hour are used up.".to_owned()
        }
        Next::WaitForQuota(_) => "The number of calls that Metakocka allows is used up for now.".to_owned(),
        Next::Refused | Next::Unknown => match error.reply() {
            Some(reply) => format!("Metakocka did not do what was asked and said: “{}”.", reply.sentence()),
            None => "Metakocka did not do what was asked.".to_owned(),
        },
        Next::Protocol => "Metakocka's answer could not be understood.".to_owned(),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect::<String>() + ".")
        .unwrap_or_default()
}
