//! Telling the cases, one after another.

use std::time::Duration;

use crate::case::{Case, Expected, Step, Suite};
use crate::pattern::{Saved, fill, fit};
use crate::report::{Outcome, Report};
use crate::target::{Answer, Target};

/// A case that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_mins(5);

/// Tells all cases; `where_told` is part of their names in the report.
pub(crate) async fn run(suite: &Suite, target: &Target, where_told: &str) -> Report {
    let mut report = Report::default();
    let mut told = Told::to(target);
    for group in &suite.groups {
        for case in &group.cases {
            let outcome = told.tell(&group.name, case).await;
            report.add(where_told, &group.name, case, outcome);
        }
    }
    report
}

/// Tells cases until one does not hold; that one, and why.
pub(crate) async fn first_failure(suite: &Suite, target: &Target) -> Option<String> {
    let mut told = Told::to(target);
    for group in &suite.groups {
        for case in &group.cases {
            if let Outcome::Failed(why) = told.tell(&group.name, case).await {
                return Some(format!("{}: {}: {why}", group.name, case.name));
            }
        }
    }
    None
}

/// What was told so far, and what it brought.
struct Told<'a> {
    target: &'a Target,
    shared: Saved,
    number: usize,
}

impl<'a> Told<'a> {
    fn to(target: &'a Target) -> Self {
        let mut shared = Saved::new();
        target.now.name(&mut shared);
        Self { target, shared, number: 0 }
    }

    async fn tell(&mut self, group: &str, case: &Case) -> Outcome {
        self.number += 1;
        let mut saved = self.shared.clone();
        saved.insert("unique".to_owned(), format!("{}-{}", self.shared["run"], self.number));
        let told = tokio::time::timeout(PATIENCE, tell(case, self.target, &mut saved)).await;
        if group == "setup" {
            saved.remove("unique");
            self.shared = saved;
        }
        told.unwrap_or_else(|_| Outcome::Failed("it does not end".to_owned()))
    }
}

async fn tell(case: &Case, target: &Target, saved: &mut Saved) -> Outcome {
    if case.writes && !target.may_write {
        return Outcome::NotTried("it writes".to_owned());
    }
    let Some(setting) = &case.setting else { return tell_steps(case, target, saved).await };
    if !target.has_settings {
        return Outcome::NotTried(format!("it needs {setting}"));
    }
    let Ok(before) = target.settings().await else { return Outcome::Failed("no settings".to_owned()) };
    if let Err(why) = target.set(setting).await {
        return Outcome::Failed(why);
    }
    let outcome = tell_steps(case, target, saved).await;
    match target.set(&before).await {
        Ok(()) => outcome,
        Err(why) => Outcome::Failed(why),
    }
}

async fn tell_steps(case: &Case, target: &Target, saved: &mut Saved) -> Outcome {
    let mut outcome = Outcome::Held;
    for (place, step) in case.steps.iter().enumerate() {
        outcome = tell_step(step, target, saved).await.at(place);
        if !matches!(outcome, Outcome::Held) {
            break;
        }
    }
    for step in &case.cleanup {
        // What was not made cannot be taken away.
        let _ = target.call(step, saved).await;
    }
    outcome
}

async fn tell_step(step: &Step, target: &Target, saved: &mut Saved) -> Outcome {
    let expected = match &step.expected {
        Expected::Json(pattern) => match fill(pattern, saved) {
            Ok(filled) => Expected::Json(filled),
            Err(missing) => return Outcome::NotTried(format!("there is no {missing}")),
        },
        other => other.clone(),
    };
    match target.call(step, saved).await {
        Ok(answer) => match judge(&expected, &answer, saved) {
            Ok(()) => Outcome::Held,
            Err(why) => Outcome::Failed(why),
        },
        Err(why) if why.starts_with("no ") => Outcome::Failed(why),
        Err(missing) => Outcome::NotTried(format!("there is no {missing}")),
    }
}

fn judge(expected: &Expected, answer: &Answer, saved: &mut Saved) -> Result<(), String> {
    let told = || format!("HTTP {} {}: {}", answer.status, answer.content_type, answer.excerpt());
    match expected {
        Expected::Anything => Ok(()),
        Expected::HtmlPage(status) => {
            let is_page = answer.content_type.starts_with("text/html") && answer.json().is_none();
            if answer.status == *status && is_page { Ok(()) } else { Err(told()) }
        }
        Expected::Pdf => {
            let is_pdf = answer.body.starts_with(b"%PDF-") && !answer.content_type.contains("json");
            if answer.status == 200 && is_pdf { Ok(()) } else { Err(told()) }
        }
        Expected::Json(pattern) => {
            let json = answer.json().filter(|_| answer.status == 200).ok_or_else(told)?;
            fit(pattern, Some(&json), "reply", saved)
        }
    }
}
