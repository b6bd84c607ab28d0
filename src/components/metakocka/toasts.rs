//! What is said when a run ends (contract §3).

use crate::components::format::Style;
use crate::i18n::{Locale, language, td_string};
use crate::model::{Notice, NoticeKind, Run, RunState};

/// What is said about a run, and what is offered with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunWords {
    /// What is said.
    pub notice: Notice,
    /// What is offered.
    pub offer: Option<RunOffer>,
}

/// What can be done about a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunOffer {
    /// Show what did not go through.
    Show,
    /// Start it again.
    Retry,
}

impl RunOffer {
    /// The words of the button.
    #[must_use]
    pub fn label(self) -> &'static str {
        let lang = language();
        match self {
            Self::Show => td_string!(lang, toast.show),
            Self::Retry => td_string!(lang, toast.retry),
        }
    }
}

/// What is said when a run ends; nothing for one that was cancelled, or for a look that found something: the button
/// says that.
#[must_use]
pub fn run_words(run: &Run, found_nothing: bool) -> Option<RunWords> {
    words(language(), run, found_nothing)
}

fn words(lang: Locale, run: &Run, found_nothing: bool) -> Option<RunWords> {
    let says = |kind, title: &str, body, offer| {
        Some(RunWords { notice: Notice { kind, title: title.to_owned(), body }, offer })
    };
    match run.state {
        RunState::Queued | RunState::Running | RunState::Cancelled => None,
        RunState::Failed => {
            let sentence = run.error.clone().unwrap_or_else(|| td_string!(lang, toast.no_reason).to_owned());
            says(NoticeKind::Failed, td_string!(lang, toast.failed), Some(sentence), Some(RunOffer::Retry))
        }
        RunState::Done if !run.pulls && !run.pushes && !found_nothing => None,
        RunState::Done if !run.pulls && !run.pushes => {
            says(NoticeKind::Done, td_string!(lang, toast.nothing_found), None, None)
        }
        RunState::Done if run.clean() => {
            says(NoticeKind::Done, td_string!(lang, toast.completed), Some(went_well(lang, run)), None)
        }
        RunState::Done => {
            let body = Some(problems(lang, run));
            says(NoticeKind::Problem, td_string!(lang, toast.with_problems), body, Some(RunOffer::Show))
        }
    }
}

/// "Created a, updated b, unchanged c".
fn went_well(lang: Locale, run: &Run) -> String {
    let style = Style::of(lang);
    td_string!(
        lang,
        toast.counts,
        created = style.count(run.created),
        updated = style.count(run.updated),
        unchanged = style.count(run.unchanged)
    )
    .to_string()
}

/// "d failed, u unknown, k need review", zero parts left out.
fn problems(lang: Locale, run: &Run) -> String {
    let style = Style::of(lang);
    let parts: Vec<String> = [
        (run.failed > 0).then(|| td_string!(lang, toast.n_failed, n = style.count(run.failed)).to_string()),
        (run.unknown > 0)
            .then(|| td_string!(lang, toast.n_unknown, n = style.count(run.unknown)).to_string()),
        (run.review > 0).then(|| {
            td_string!(lang, toast.n_review, count = run.review, n = style.count(run.review)).to_string()
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(failed: u64, unknown: u64, review: u64) -> Run {
        Run {
            id: "r".to_owned(),
            kind: "sales_document".to_owned(),
            pulls: true,
            pushes: false,
            state: RunState::Done,
            total: 21,
            created: 18,
            updated: 3,
            unchanged: 0,
            failed,
            unknown,
            review,
            skipped: 0,
            error: None,
            reference: None,
            cancel_asked_at: None,
        }
    }

    #[test]
    fn a_clean_run_counts_what_it_did() {
        let toast = words(Locale::en, &run(0, 0, 0), false).unwrap();
        assert_eq!(toast.notice.title, "Sync completed");
        assert_eq!(toast.notice.body.as_deref(), Some("Created 18, updated 3, unchanged 0"));
        assert_eq!(toast.notice.kind, NoticeKind::Done);
    }

    #[test]
    fn problems_are_counted_without_the_zero_parts_and_can_be_shown() {
        let toast = words(Locale::en, &run(1, 0, 2), false).unwrap();
        assert_eq!(toast.notice.title, "Sync completed with problems");
        assert_eq!(toast.notice.body.as_deref(), Some("1 failed, 2 need review"));
        assert_eq!(toast.offer, Some(RunOffer::Show));
    }

    #[test]
    fn a_look_is_only_spoken_of_when_it_found_nothing() {
        let look = Run { pulls: false, ..run(0, 0, 0) };
        assert_eq!(words(Locale::en, &look, false), None);
        assert_eq!(words(Locale::en, &look, true).unwrap().notice.title, "No unsynced documents");
    }

    #[test]
    fn a_failed_run_gives_its_sentence_and_stays_until_dismissed() {
        let failed = Run {
            state: RunState::Failed,
            error: Some("Metakocka does not answer.".to_owned()),
            ..run(0, 0, 0)
        };
        let toast = words(Locale::en, &failed, false).unwrap();
        assert_eq!(toast.notice.kind, NoticeKind::Failed);
        assert_eq!(toast.notice.body.as_deref(), Some("Metakocka does not answer."));
        assert_eq!(toast.offer, Some(RunOffer::Retry));
    }
}
