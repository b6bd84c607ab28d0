//! What time it is where the cases are told, as names they can use.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::pattern::Saved;

/// An instant.
#[derive(Clone, Copy)]
pub(crate) struct Now(pub(crate) Timestamp);

impl Now {
    #[expect(clippy::disallowed_methods, reason = "a real company lives in the machine's time")]
    pub(crate) fn of_the_machine() -> Self {
        Self(Timestamp::now())
    }

    /// `{today}`, `{today_iso}`, `{tomorrow}`, `{month_ago}`, `{year_ago}` as days; `{now}`, `{hour_ago}`,
    /// `{soon}` as times in Ljubljana with the constant offset; `{run}`, a text that no other run has.
    pub(crate) fn name(self, saved: &mut Saved) {
        let zone = TimeZone::get("Europe/Ljubljana").expect("the zone is built in");
        let here = zone.to_datetime(self.0);
        let day = |span: Span| here.date().saturating_add(span).strftime("%d.%m.%Y").to_string();
        let time = |span: Span| {
            let shown = here.saturating_add(span);
            format!("{}+02:00", shown.strftime("%Y-%m-%dT%H:%M:%S"))
        };
        for (name, value) in [
            ("today", day(Span::new())),
            ("today_iso", here.date().to_string()),
            ("tomorrow", day(Span::new().days(1))),
            ("in_a_month", day(Span::new().days(30))),
            ("month_ago", day(Span::new().days(-30))),
            ("year_ago", day(Span::new().days(-365))),
            ("now", time(Span::new())),
            ("hour_ago", time(Span::new().hours(-1))),
            ("soon", time(Span::new().minutes(5))),
            ("run", format!("K{:x}", self.0.as_millisecond())),
        ] {
            saved.insert(name.to_owned(), value);
        }
    }
}
