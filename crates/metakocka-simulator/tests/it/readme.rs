//! The README names everything that can be set, armed and done.

use crate::support::lab;
use metakocka_simulator::{Action, Effect, Settings};
use reqwest::Method;
use serde_json::json;

const README: &str = include_str!("../../README.md");

fn assert_named(what: &str, name: &str) {
    assert!(README.contains(&format!("`{name}")), "the README does not name the {what} {name}");
}

#[test]
fn every_setting_and_every_action_of_people_is_named() {
    let settings = serde_json::to_value(Settings::default()).unwrap();
    settings.as_object().unwrap().keys().for_each(|name| assert_named("setting", name));
    for action in Action::ALL {
        assert_named("action", serde_json::to_value(action).unwrap().as_str().unwrap());
    }
}

#[test]
fn every_effect_of_a_fault_is_named_and_offered_by_the_page() {
    let script = include_str!("../../src/page/page.js");
    let effects = [
        Effect::DelayMs { ms: 1 },
        Effect::DropBeforeStore,
        Effect::DropAfterStore,
        Effect::DelayedCommitMs { ms: 1 },
        Effect::CutBody,
        Effect::Drip { ms: 1 },
        Effect::Truncated,
        Effect::ContentType { value: String::new() },
        Effect::HttpStatus { status: 500, retry_after: None },
        Effect::Html404,
        Effect::Html503,
        Effect::Garbage,
        Effect::OprCode { code: String::new(), text: String::new() },
    ];
    for effect in effects {
        assert_named("effect", effect.name());
        assert!(script.contains(&format!("  {}: ", effect.name())), "the page lacks {}", effect.name());
        let written = serde_json::to_value(&effect).unwrap();
        assert_eq!(written["effect"], effect.name());
    }
}

#[tokio::test]
async fn every_call_of_the_control_side_is_named_and_exists() {
    let lab = lab().await;
    let rows = README.lines().filter_map(|line| line.strip_prefix("| "));
    let calls = rows.filter_map(|row| {
        let (method, rest) = row.split(" | ").next()?.split_once(' ')?;
        let method = ["GET", "POST", "PUT"].contains(&method).then(|| method.parse::<Method>().unwrap())?;
        Some(rest.split(", ").map(move |name| (method.clone(), name.trim_matches('`').to_owned())))
    });
    let calls: Vec<(Method, String)> = calls.flatten().collect();
    assert!(calls.len() >= 13, "{calls:?}");
    for (method, name) in calls {
        // Nonsense is refused by the call itself; one that does not exist is 404.
        let (status, answer) = lab.control(method.clone(), &name, json!("nonsense")).await;
        assert!(status == 200 || status == 400, "{method} {name}: {status} {answer}");
    }
}
