//! Telling the cases, one after another.

use crate::case::{Case, Expected, Step, Suite};
use crate::ledger::{Ledger, Left};
use crate::pattern::{Saved, fill, fit};
use crate::report::{Outcome, Report};
use crate::target::{Answer, Target};

/// Tells all cases; `where_told` is part of their names in the report. Also tells what stayed behind.
pub(crate) async fn run(suite: &Suite, target: &Target, where_told: &str) -> (Report, Vec<Left>) {
    let mut report = Report::default();
    let mut told = Told::to(target);
    for group in &suite.groups {
        for case in &group.cases {
            let outcome = told.tell(&group.name, case).await;
            report.add(where_told, &group.name, case, outcome);
        }
    }
    (report, told.left)
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
pub(crate) struct Told<'a> {
    target: &'a Target,
    shared: Saved,
    number: usize,
    /// What Metakocka could not take away again.
    pub(crate) left: Vec<Left>,
}

impl<'a> Told<'a> {
    pub(crate) fn to(target: &'a Target) -> Self {
        let mut shared = Saved::new();
        target.now.name(&mut shared);
        Self { target, shared, number: 0, left: Vec::new() }
    }

    pub(crate) async fn tell(&mut self, group: &str, case: &Case) -> Outcome {
        self.number += 1;
        let mut saved = self.shared.clone();
        saved.insert("unique".to_owned(), format!("{}-{}", self.shared["run"], self.number));
        let outcome = self.tell_with_setting(group, case, &mut saved).await;
        if group == "setup" {
            saved.remove("unique");
            self.shared = saved;
        }
        outcome
    }

    /// Gives the simulator what the case needs, and takes it back whatever happened.
    async fn tell_with_setting(&mut self, group: &str, case: &Case, saved: &mut Saved) -> Outcome {
        let target = self.target;
        if case.writes && !target.may_write {
            return Outcome::NotTried("it writes".to_owned());
        }
        let Some(setting) = &case.setting else { return self.tell_and_clean(group, case, saved).await };
        if !target.has_settings {
            return Outcome::NotTried(format!("it needs {setting}"));
        }
        let Ok(before) = target.settings().await else { return Outcome::Failed("no settings".to_owned()) };
        if let Err(why) = target.set(setting).await {
            return Outcome::Failed(why);
        }
        let outcome = self.tell_and_clean(group, case, saved).await;
        match target.set(&before).await {
            Ok(()) => outcome,
            Err(why) => Outcome::Failed(why),
        }
    }

    /// Only the steps may be too slow: what they stored is taken away however long that takes.
    async fn tell_and_clean(&mut self, group: &str, case: &Case, saved: &mut Saved) -> Outcome {
        let target = self.target;
        let mut ledger = Ledger::of(format!("{group}: {}", case.name));
        let steps = tell_steps(case, target, saved, &mut ledger);
        let told = tokio::time::timeout(target.patience, steps).await;
        for step in &case.cleanup {
            // What was not made cannot be taken away.
            if let Ok(request) = target.request(step, saved) {
                let _ = ledger.send(target, &request).await;
            }
        }
        self.left.extend(ledger.close(target).await);
        told.unwrap_or_else(|_| Outcome::Failed("it does not end".to_owned()))
    }
}

async fn tell_steps(case: &Case, target: &Target, saved: &mut Saved, ledger: &mut Ledger) -> Outcome {
    for (place, step) in case.steps.iter().enumerate() {
        let outcome = tell_step(step, target, saved, ledger).await.at(place);
        if !matches!(outcome, Outcome::Held) {
            return outcome;
        }
    }
    Outcome::Held
}

async fn tell_step(step: &Step, target: &Target, saved: &mut Saved, ledger: &mut Ledger) -> Outcome {
    let missing = |name: String| Outcome::NotTried(format!("there is no {name}"));
    let expected = match &step.expected {
        Expected::Json(pattern) => match fill(pattern, saved) {
            Ok(filled) => Expected::Json(filled),
            Err(name) => return missing(name),
        },
        other => other.clone(),
    };
    let request = match target.request(step, saved) {
        Ok(request) => request,
        Err(name) => return missing(name),
    };
    let answer = ledger.send(target, &request).await;
    match answer.and_then(|answer| judge(&expected, &answer, saved)) {
        Ok(()) => Outcome::Held,
        Err(why) => Outcome::Failed(why),
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
