//! What the application starts by itself: the next try after a look that got no answer, and the nightly scan, which may
//! make so many calls a night and waits after it has failed.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sync_core::backoff::Backoff;
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
/// Calls that the scans of a company may make in one night; a larger one is read over several nights. A search takes
/// about a second and is served alone: that is half an hour in which nobody else gets an answer.
pub(super) const CALLS_A_NIGHT: i64 = 2_000;
/// A scan that failed is begun again in the same night, but not at once: nobody waits for it.
const SCANS: Backoff = Backoff { first: Duration::from_mins(10), cap: Duration::from_hours(1), attempts: 6 };

/// A night, from noon to noon: what is begun in it counts together, whenever it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Night {
    /// Microseconds.
    pub began: i64,
    /// Microseconds.
    pub ends: i64,
}

impl Night {
    pub(super) fn of(now: Timestamp) -> Self {
        let today = ljubljana().to_datetime(now);
        let one_day = jiff::Span::new().days(1);
        let first = if today.hour() < 12 { today.date().saturating_sub(one_day) } else { today.date() };
        Self { began: noon(first, now), ends: noon(first.saturating_add(one_day), now) }
    }

    /// When a scan may begin again after `failed` of this night, the last one `now`; `chance` is for jitter.
    pub(super) fn next_scan(self, failed: i64, chance: u64, now: i64) -> i64 {
        let attempt = u32::try_from(failed).unwrap_or(u32::MAX);
        SCANS.wait(attempt, chance, None).map_or(self.ends, |wait| now + micros(wait))
    }
}

fn noon(day: Date, otherwise: Timestamp) -> i64 {
    ljubljana().to_timestamp(day.at(12, 0, 0, 0)).unwrap_or(otherwise).as_microsecond()
}

/// The day that it is where Metakocka and those who use it are.
pub(super) fn today(engine: &Engine) -> Date {
    ljubljana().to_datetime(engine.now()).date()
}

fn ljubljana() -> TimeZone {
    TimeZone::get("Europe/Ljubljana").unwrap_or(TimeZone::UTC)
}

impl Engine {
    /// Starts what is due now, and returns: for tests and for whoever has no worker.
    pub async fn start_due_runs(&self) -> Result<(), EngineError> {
        let mut scans_asked = i64::MIN;
        self.start_what_is_due(&mut scans_asked).await
    }

    /// Starts what is due. `scans_asked` is when scans were last asked for.
    pub(super) async fn start_what_is_due(&self, scans_asked: &mut i64) -> Result<(), EngineError> {
        self.attend_to_intents().await?;
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
        if !NIGHT.contains(&ljubljana().to_datetime(self.now()).hour()) {
            return Ok(());
        }
        let kind = RecordKind::SalesDocument;
        let before = now - micros(SCAN_EVERY);
        for tenant in connections::due_scans(self.db(), kind.as_str(), before, now, AT_ONCE).await? {
            let scope = TenantScope::of_schedule(&tenant);
            tell(&scope, self.start_scan(&scope, kind, Cause::Schedule).await);
        }
        Ok(())
    }
}

/// One workspace never stops the schedule of the others. A state that stands in the way is no failure: somebody else is
/// at it, the connection has just been paused, or Metakocka's limit holds.
fn tell(scope: &TenantScope, started: Result<String, EngineError>) {
    match started {
        Ok(_) | Err(EngineError::State(_) | EngineError::Quota { .. }) => {}
        Err(error) => tracing::warn!(
            category = "sync",
            tenant = scope.tenant(),
            error = chain(&error),
            "an automatic run was not started"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_lasts_from_noon_to_noon_through_the_change_of_the_clocks() {
        let night = |text: &str| Night::of(text.parse().unwrap());
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_microsecond();
        let summer = Night { began: at("2026-07-01T10:00:00Z"), ends: at("2026-07-02T10:00:00Z") };
        assert_eq!(night("2026-07-01T23:30:00Z"), summer);
        assert_eq!(night("2026-07-02T09:59:59Z"), summer);
        assert_eq!(night("2026-07-02T10:00:00Z").began, summer.ends);
        let longest = Night { began: at("2026-10-24T10:00:00Z"), ends: at("2026-10-25T11:00:00Z") };
        assert_eq!(night("2026-10-25T00:30:00Z"), longest);
    }

    #[test]
    fn scans_that_fail_wait_longer_and_longer_and_then_until_the_next_night() {
        let night = Night { began: 0, ends: micros(Duration::from_hours(24)) };
        let minutes = |failed| (night.next_scan(failed, u64::MAX, 0) + 1) / micros(Duration::from_mins(1));
        assert_eq!([1, 2, 3, 4, 5, 6].map(minutes), [10, 20, 40, 60, 60, 24 * 60]);
    }
}
