//! What the application starts by itself: the next try after a look that got no answer, and the nightly scan.

use std::time::Duration;

use jiff::tz::TimeZone;
use sync_core::record::RecordKind;

use super::views::Cause;
use super::worker::micros;
use crate::access::TenantScope;
use crate::error::chain;
use crate::store::connections;
use crate::{Engine, EngineError};

/// How often it is asked whether a scan is due.
const ASK_EVERY: Duration = Duration::from_mins(1);
/// The hours in Ljubljana in which scans begin: nobody waits for Metakocka then.
const NIGHT: std::ops::Range<i8> = 1..5;
/// A feed that was scanned longer ago than this is due: one night, with room for a night that began later.
const SCAN_EVERY: Duration = Duration::from_hours(20);
/// Workspaces for which something is started at once; the others follow with the next question.
const AT_ONCE: i64 = 20;

impl Engine {
    /// Starts what is due. `scans_asked` is when scans were last asked for.
    pub(super) async fn start_what_is_due(&self, scans_asked: &mut i64) -> Result<(), EngineError> {
        let now = self.now().as_microsecond();
        for (tenant, kind) in connections::due_tries(self.db(), now, AT_ONCE).await? {
            if let Ok(kind) = kind.parse() {
                let scope = TenantScope::of_schedule(&tenant);
                tell(&scope, self.start_due_try(&scope, kind).await);
            }
        }
        if now.saturating_sub(*scans_asked) >= micros(ASK_EVERY) {
            *scans_asked = now;
            self.start_due_scans(now).await?;
        }
        Ok(())
    }

    async fn start_due_scans(&self, now: i64) -> Result<(), EngineError> {
        let zone = TimeZone::get("Europe/Ljubljana").unwrap_or(TimeZone::UTC);
        if !NIGHT.contains(&zone.to_datetime(self.now()).hour()) {
            return Ok(());
        }
        for tenant in connections::due_scans(self.db(), now - micros(SCAN_EVERY), AT_ONCE).await? {
            let scope = TenantScope::of_schedule(&tenant);
            tell(&scope, self.start_scan(&scope, RecordKind::SalesDocument, Cause::Schedule).await);
        }
        Ok(())
    }
}

/// One workspace never stops the schedule of the others. A state that stands in the way is no failure: somebody else is
/// at it, or the connection has just been paused.
fn tell(scope: &TenantScope, started: Result<String, EngineError>) {
    match started {
        Ok(_) | Err(EngineError::State(_)) => {}
        Err(error) => tracing::warn!(
            category = "sync",
            tenant = scope.tenant(),
            error = chain(&error),
            "an automatic run was not started"
        ),
    }
}
