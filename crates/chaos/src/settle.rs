//! After the storm: works on until nothing passes any more, or time is up.

use std::collections::HashSet;
use std::time::Duration;

use engine::sync::Cause;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sync_core::record::RecordKind;

use crate::act::{self, now, push_kind};
use crate::net::Trouble;
use crate::place::Place;

/// After the horizon everything has to leave a passing state within this (policy B).
const AFTER_THE_HORIZON: SignedDuration = SignedDuration::from_mins(1);
/// How often everything is pushed, pulled and looked at.
const ROUND: Duration = Duration::from_millis(700);
/// Quiet rounds, one after another, that count as settled.
const QUIET: u32 = 2;

/// A record here, as its list shows it.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) reason: String,
    pub(crate) detail: String,
    pub(crate) remote_type: Option<String>,
    pub(crate) remote_id: Option<String>,
}

impl Row {
    fn of(kind: &'static str, row: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let sync = &row["sync"];
        Self {
            kind,
            id: text(&row["id"]),
            status: text(&sync["syncStatus"]),
            reason: text(&sync["reason"]),
            detail: text(&sync["detail"]),
            remote_type: sync["metakockaType"].as_str().map(str::to_owned),
            remote_id: sync["metakockaId"].as_str().map(str::to_owned),
        }
    }

    /// Whether it will change without anybody's doing.
    pub(crate) fn passes(&self) -> bool {
        matches!(self.status.as_str(), "pending" | "running" | "unknown")
    }
}

/// Everything here.
pub(crate) async fn rows(place: &Place, url: &str) -> Result<Vec<Row>, Trouble> {
    let mut rows = Vec::new();
    for (kind, path, name) in [
        ("sales_document", "sales-documents", "documents"),
        ("contact", "contacts", "contacts"),
        ("product", "products", "products"),
    ] {
        let mut cursor = String::new();
        loop {
            let answer = place.get(url, &format!("/{path}?limit=200{cursor}")).await?;
            if !answer.is_good() {
                return Err(Trouble::Said(format!("the list of {path} answered {}", answer.status)));
            }
            rows.extend(answer.body[name].as_array().into_iter().flatten().map(|row| Row::of(kind, row)));
            let Some(next) = answer.body["nextCursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
    }
    Ok(rows)
}

/// What is not settled, in words; empty: everything is.
async fn unsettled(place: &Place, url: &str) -> Result<Vec<String>, Trouble> {
    let mut left: Vec<String> = rows(place, url)
        .await?
        .into_iter()
        .filter(Row::passes)
        .map(|row| format!("{} {} is {} {} {}", row.kind, row.id, row.status, row.reason, row.detail))
        .collect();
    let waiting =
        place.get(url, "/integrations/metakocka/sales-documents/sync-from-metakocka?limit=200").await?;
    for one in waiting.body["documents"].as_array().into_iter().flatten() {
        if matches!(one["reason"].as_str(), Some("new" | "changed")) {
            left.push(format!("{} {} waits in Metakocka: {}", one["type"], one["mk_id"], one["reason"]));
        }
    }
    if let Some(error) = waiting.body["lastError"].as_str() {
        left.push(format!("the last look failed: {error}"));
    }
    let open: Vec<(String, String)> = sqlx::query_as(
        "SELECT id, state FROM intents WHERE tenant_id = $1 AND state IN ('prepared', 'sending', 'stored', 'unknown')",
    )
    .bind(place.scope.tenant())
    .fetch_all(place.db.reader())
    .await?;
    left.extend(open.into_iter().map(|(id, state)| format!("intent {id} is {state}")));
    Ok(left)
}

/// The records of which an alarm says that a change in Metakocka was overwritten.
pub(crate) async fn alarmed(place: &Place) -> Result<HashSet<String>, Trouble> {
    let records: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT record_id FROM alarms WHERE tenant_id = $1 AND what = 'foreign_change'",
    )
    .bind(place.scope.tenant())
    .fetch_all(place.db.reader())
    .await?;
    Ok(records.into_iter().collect())
}

/// Presses every button until everything is settled. Returns what is not when time is up, and how long it took.
pub(crate) async fn settle(
    place: &Place,
    url: &str,
    horizon: u64,
) -> Result<(Vec<String>, SignedDuration), Trouble> {
    let began = now();
    let until =
        began + SignedDuration::from_secs(i64::try_from(horizon).unwrap_or(i64::MAX)) + AFTER_THE_HORIZON;
    let mut quiet = 0;
    loop {
        let left = round(place, url).await?;
        quiet = if left.is_empty() { quiet + 1 } else { 0 };
        if quiet >= QUIET || now() > until {
            return Ok((left, now().duration_since(began)));
        }
        tokio::time::sleep(ROUND).await;
    }
}

async fn round(place: &Place, url: &str) -> Result<Vec<String>, Trouble> {
    act::pull(place, url).await?;
    for kind in ["sales-documents", "contacts"] {
        // Refused while another run works: the next round asks again.
        let _ = push_kind(place, url, kind).await;
    }
    unsettled(place, url).await
}

/// Reads everything again, so that what was deleted in Metakocka is told.
pub(crate) async fn scan(place: &Place) -> Result<(), Trouble> {
    let until = now() + AFTER_THE_HORIZON;
    while now() < until {
        if let Ok(run) =
            place.engine.start_scan(&place.scope, RecordKind::SalesDocument, Cause::Command).await
        {
            return wait(place, &run, until).await;
        }
        tokio::time::sleep(ROUND).await;
    }
    Err(Trouble::said("no scan could be started"))
}

/// Waits until a run has ended.
pub(crate) async fn wait(place: &Place, run: &str, until: Timestamp) -> Result<(), Trouble> {
    while now() < until {
        if place.engine.run(&place.scope, run).await?.is_ended() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(Trouble::said("a run does not end"))
}
