//! The button's states in their order, and who may press it.

use super::*;

const AT: UtcMicros = UtcMicros(1);

fn nothing_to_do() -> ButtonInputs {
    ButtonInputs {
        connection: Connection::Connected,
        matching: Matching::Confirmed,
        progress: None,
        looking_since: None,
        quota_until: None,
        last_look: LastLook::Answered { at: AT },
        counts: Counts::default(),
        role: Role::Owner,
        owner: Some("Ana".to_owned()),
    }
}

fn counted(n_new: u64, n_changed: u64, k_review: u64) -> ButtonInputs {
    ButtonInputs { counts: Counts { n_new, n_changed, k_review, ..Counts::default() }, ..nothing_to_do() }
}

/// From the last of the order to the first: each step makes one more thing true, and it is shown.
fn steps() -> Vec<(&'static str, Click, ButtonInputs)> {
    let no_answer = LastLook::NoAnswer { reason: "down".to_owned(), next_try: Some(AT) };
    let bad = LastLook::BadAnswer { reason: "HTML".to_owned(), reference: "r1".to_owned() };
    let progress = Progress { run: "r".to_owned(), done: 1, total: 9, created: 1, updated: 0, failed: 0 };
    let mut now = counted(0, 0, 0);
    let mut steps = vec![("all_synced", Click::Look, now.clone())];
    now.counts.k_review = 2;
    steps.push(("review", Click::OpenReview, now.clone()));
    now.counts.n_changed = 1;
    steps.push(("ready", Click::Pull, now.clone()));
    now.last_look = LastLook::Never;
    steps.push(("not_looked", Click::Look, now.clone()));
    now.last_look = bad;
    steps.push(("bad_answer", Click::Look, now.clone()));
    now.last_look = no_answer;
    steps.push(("no_answer", Click::Look, now.clone()));
    now.quota_until = Some(AT);
    steps.push(("quota", Click::None, now.clone()));
    now.looking_since = Some(AT);
    steps.push(("looking", Click::None, now.clone()));
    now.progress = Some(progress);
    steps.push(("syncing", Click::None, now.clone()));
    now.matching = Matching::Open { records: 4 };
    steps.push(("matching", Click::OpenMatching, now.clone()));
    now.connection = Connection::Paused { cause: PauseCause::Restored, since: AT, by: None };
    steps.push(("paused", Click::OpenSettings, now.clone()));
    now.connection = Connection::KeyRefused { since: AT };
    steps.push(("key_refused", Click::OpenSettings, now.clone()));
    now.connection = Connection::NotConnected;
    steps.push(("not_connected", Click::OpenSettings, now));
    steps
}

#[test]
fn the_first_state_that_holds_is_shown() {
    let steps = steps();
    assert_eq!(steps.len(), 13);
    for (name, click, inputs) in steps {
        let button = button(&inputs);
        assert_eq!((button.state.data_state(), button.click), (name, click));
        assert_eq!(button.enabled, click != Click::None, "{name}");
    }
}

#[test]
fn read_only_changes_nothing_but_that_it_can_not_be_pressed() {
    for (name, _, inputs) in steps() {
        let button = button(&ButtonInputs { role: Role::ReadOnly, ..inputs });
        assert_eq!((button.state.data_state(), button.click, button.enabled), (name, Click::None, false));
    }
}

#[test]
fn staff_sync_but_do_not_reach_the_settings() {
    for (name, click, inputs) in steps() {
        let owners = matches!(click, Click::OpenSettings | Click::OpenMatching);
        let button = button(&ButtonInputs { role: Role::Staff, ..inputs });
        assert_eq!(button.click, if owners { Click::None } else { click }, "{name}");
    }
}

#[test]
fn only_who_is_not_the_owner_is_told_whom_to_ask() {
    let inputs = ButtonInputs { connection: Connection::NotConnected, ..nothing_to_do() };
    assert_eq!(button(&inputs).state, ButtonState::NotConnected { ask: None });
    let staff = ButtonInputs { role: Role::Staff, ..inputs };
    assert_eq!(button(&staff).state, ButtonState::NotConnected { ask: Some("Ana".to_owned()) });
}

#[test]
fn new_and_changed_records_are_both_taken_and_a_failed_look_never_reads_all_synced() {
    assert_eq!(counted(2, 3, 1).counts.takes(), 5);
    assert_eq!(button(&counted(1, 0, 9)).state.data_state(), "ready");
    assert_eq!(button(&counted(0, 1, 9)).state.data_state(), "ready");
    for last_look in [
        LastLook::Never,
        LastLook::NoAnswer { reason: String::new(), next_try: None },
        LastLook::BadAnswer { reason: String::new(), reference: String::new() },
    ] {
        let state = button(&ButtonInputs { last_look, ..nothing_to_do() }).state;
        assert_ne!(state.data_state(), "all_synced");
    }
}

#[test]
fn the_name_of_a_state_is_that_of_its_serialised_form() {
    for (name, _, inputs) in steps() {
        let button = button(&inputs);
        let json = serde_json::to_value(&button).unwrap();
        assert_eq!(json["state"]["state"], name);
        assert_eq!(serde_json::from_value::<Button>(json).unwrap(), button);
    }
}
