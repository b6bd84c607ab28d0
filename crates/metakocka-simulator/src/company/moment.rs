//! Points in time as Metakocka keeps and shows them: Ljubljana wall time.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// Metakocka shows Ljubljana's wall time all year (`metakocka-api.md` §1.5).
static LJUBLJANA: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Europe/Ljubljana").unwrap_or(TimeZone::UTC));

/// A point in time together with the wall time it is shown, and compared, as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moment {
    pub(crate) at: Timestamp,
    pub(crate) wall: DateTime,
}

impl Moment {
    pub(crate) fn new(at: Timestamp) -> Self {
        let wall = LJUBLJANA.to_datetime(at);
        Self { at, wall }
    }

    /// The moment shown as `wall`; of a doubled hour in autumn the first.
    pub(crate) fn of_wall(wall: DateTime) -> Self {
        let at = LJUBLJANA.to_timestamp(wall).unwrap_or(Timestamp::UNIX_EPOCH);
        Self { at, wall }
    }

    /// The wall time to the second, as it is shown and as filters see it.
    pub(crate) fn shown_wall(self) -> DateTime {
        self.wall.with().subsec_nanosecond(0).build().unwrap_or(self.wall)
    }

    /// The wall time with the offset that Metakocka writes in winter too: `+02:00`.
    pub(crate) fn shown(self) -> String {
        format!("{}+02:00", self.wall.strftime("%Y-%m-%dT%H:%M:%S"))
    }
}

/// Midnight at the start of `date`, as wall time.
pub(crate) fn start_of_day(date: Date) -> DateTime {
    date.at(0, 0, 0, 0)
}
