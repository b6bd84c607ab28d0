//! Calendar days and wall times as pages show them.

use serde::{Deserialize, Serialize};

/// A calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Year.
    pub year: i16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
}

impl Day {
    /// Reads ISO 8601, as date fields send it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let mut part = |length| parts.next().filter(|part| part.len() == length);
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        let day = Self { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
        ((1..=12).contains(&day.month) && (1..=31).contains(&day.day) && day.iso() == text).then_some(day)
    }

    /// As ISO 8601, for `datetime` attributes and date fields.
    #[must_use]
    pub fn iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// How a day lies to the day of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The day before.
    Yesterday,
    /// The same day.
    Today,
    /// The day after.
    Tomorrow,
    /// Another day of the same year.
    SameYear,
    /// A day of another year.
    OtherYear,
}

/// An instant as the company's clock shows it, made on the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// The day.
    pub day: Day,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
    /// How the day lies to the day of the request.
    pub relation: Relation,
    /// The instant in UTC, ISO 8601.
    pub utc: String,
}
