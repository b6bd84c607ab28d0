//! Everything that is known about a record whose promise was not kept.

use std::fmt::Write as _;

use crate::judge::{Left, Violation};
use crate::ledger::Ledger;
use crate::net::Trouble;
use crate::place::Place;

/// Longest body that is printed, in characters.
const LONGEST: usize = 700;

#[derive(sqlx::FromRow)]
struct Intent {
    id: String,
    seq: i64,
    creates: i64,
    marker: String,
    state: String,
    revision: i64,
    said: Option<String>,
    machine: String,
}

#[derive(sqlx::FromRow)]
struct Step {
    version: i64,
    from_state: Option<String>,
    to_state: String,
    said: Option<String>,
    at: i64,
}

/// Tells it.
pub(crate) async fn tell(
    place: &Place,
    left: &Left,
    ledger: &Ledger,
    violation: &Violation,
) -> Result<String, Trouble> {
    let mut text = format!("  !! {}\n", violation.what);
    let mut words: Vec<String> = violation.there.clone();
    if let Some(id) = &violation.here {
        if let Some(row) = left.rows.iter().find(|row| &row.id == id) {
            let _ = writeln!(text, "     here: {row:?}");
        }
        intents(place, id, &mut text, &mut words).await?;
        people(ledger, id, &violation.there, &mut text);
    }
    words.extend(
        ledger
            .made
            .iter()
            .filter(|made| violation.what.starts_with(&made.token))
            .map(|made| made.token.clone()),
    );
    requests(left, &words, &mut text);
    Ok(text)
}

async fn intents(place: &Place, id: &str, text: &mut String, words: &mut Vec<String>) -> Result<(), Trouble> {
    let intents: Vec<Intent> = sqlx::query_as(
        "SELECT id, seq, creates, marker, state, revision, said, machine FROM intents \
         WHERE tenant_id = $1 AND record_id = $2 ORDER BY seq",
    )
    .bind(place.scope.tenant())
    .bind(id)
    .fetch_all(place.db.reader())
    .await?;
    for intent in intents {
        let Intent { id, seq, creates, marker, state, revision, said, machine } = intent;
        let _ = writeln!(
            text,
            "     intent {seq} ({}) of revision {revision}, marker {marker}: {state} {said:?} {machine}",
            if creates == 1 { "create" } else { "change" }
        );
        if !marker.is_empty() {
            words.push(marker);
        }
        let steps: Vec<Step> = sqlx::query_as(
            "SELECT version, from_state, to_state, said, at FROM intent_steps \
             WHERE tenant_id = $1 AND intent_id = $2 ORDER BY version",
        )
        .bind(place.scope.tenant())
        .bind(&id)
        .fetch_all(place.db.reader())
        .await?;
        for Step { version, from_state, to_state, said, at } in steps {
            let at = jiff::Timestamp::from_microsecond(at).unwrap_or_default();
            let _ = writeln!(text, "       {at} {version}: {from_state:?} -> {to_state} {said:?}");
        }
    }
    Ok(())
}

fn people(ledger: &Ledger, here: &str, there: &[String], text: &mut String) {
    for edit in ledger.here.iter().filter(|edit| edit.id == here) {
        let _ = writeln!(text, "     {} here {edit:?}", edit.at);
    }
    for edit in ledger.there.iter().filter(|edit| there.contains(&edit.id)) {
        let _ = writeln!(text, "     {} there {edit:?}", edit.at);
    }
}

fn requests(left: &Left, words: &[String], text: &mut String) {
    for request in &left.requests {
        let body = request.body.to_string();
        if words.iter().any(|word| body.contains(word.as_str())) {
            let short: String = body.chars().take(LONGEST).collect();
            let _ = writeln!(
                text,
                "     {} {} {} {:?} {short}",
                request.seq, request.at, request.endpoint, request.reply
            );
        }
    }
}
