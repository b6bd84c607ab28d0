//! People in Metakocka: they make, copy, edit, renumber, issue, pay, cancel, delete, split and
//! reformat records while a sync runs, by chance from a seed or as a script says. They do it with
//! the same functions as `/_sim/edit`, `create` and `delete`, and only what its user interface allows.
//!
//! When they act is the business of `agenda`; what they do, of `office`; here is what they are told.

mod office;

pub(crate) use office::Office;

use crate::company::{Company, DocType, Moment};
use crate::control::{CreateRequest, EditRequest, Kind, RecordRef, create, delete, edit};
use crate::world::Refusal;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Acts per minute; more would be a load test, not people.
const MAX_RATE: f64 = 6_000.0;

/// One act in about two years; fewer would never be seen.
const MIN_RATE: f64 = 0.000_001;

/// Acts that one request may ask for at once.
const MAX_ACTS: usize = 10_000;

/// What people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// A new order, offer or invoice.
    Create,
    /// A copy of a document, under its own number and the day's date.
    Copy,
    /// A text, a date, a status, or a line of a document that is not issued.
    Edit,
    /// Another number for a document.
    Renumber,
    /// Issues a draft.
    Issue,
    /// A payment, whole or in part.
    Pay,
    /// A status that ends an order or an offer.
    Cancel,
    /// A document that nothing follows; Metakocka never reports it (Q29).
    Delete,
    /// Some lines of an order move to a new one.
    Split,
    /// The same text written otherwise: HTML, spaces, capitals.
    Reformat,
    /// An address, a phone number, a name.
    EditPartner,
    /// A name or a price.
    EditProduct,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 12] = [
        Self::Create,
        Self::Copy,
        Self::Edit,
        Self::Renumber,
        Self::Issue,
        Self::Pay,
        Self::Cancel,
        Self::Delete,
        Self::Split,
        Self::Reformat,
        Self::EditPartner,
        Self::EditProduct,
    ];

    /// How often, compared with the others.
    const fn weight(self) -> u32 {
        match self {
            Self::Edit => 8,
            Self::Create | Self::Pay => 4,
            Self::Reformat | Self::EditPartner | Self::EditProduct | Self::Issue => 2,
            Self::Copy | Self::Renumber | Self::Cancel | Self::Delete | Self::Split => 1,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Copy => "copy",
            Self::Edit => "edit",
            Self::Renumber => "renumber",
            Self::Issue => "issue",
            Self::Pay => "pay",
            Self::Cancel => "cancel",
            Self::Delete => "delete",
            Self::Split => "split",
            Self::Reformat => "reformat",
            Self::EditPartner => "edit partner",
            Self::EditProduct => "edit product",
        }
    }
}

/// Sets people to work: POST `/_sim/people`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PeopleRequest {
    /// `company_id`; may be left out when there is one company.
    #[serde(deserialize_with = "crate::control::optional_text")]
    pub company: Option<String>,
    /// Same seed, same company: same acts.
    pub seed: u64,
    /// Acts per minute of the simulator's clock from now on; 0 sends them home.
    pub rate: Option<f64>,
    /// Only these actions; all when empty.
    pub only: Vec<Action>,
    /// So many acts at once, now.
    pub acts: usize,
    /// Changes at their times.
    pub script: Vec<Step>,
}

impl PeopleRequest {
    /// The request if it makes sense.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        self.rate.map_or(Ok(()), check_rate)?;
        if self.acts > MAX_ACTS {
            return Err(Refusal(format!("acts must not be above {MAX_ACTS}")));
        }
        if self.rate.is_none() && self.acts == 0 && self.script.is_empty() {
            return Err(Refusal("give rate, acts or script".to_owned()));
        }
        self.script.iter().try_for_each(Step::check)
    }
}

/// Whether people can work at this rate: acts a minute, 0 for none.
pub(crate) fn check_rate(rate: f64) -> Result<(), Refusal> {
    // Exactly 0 sends them home.
    if rate == 0.0 || (MIN_RATE..=MAX_RATE).contains(&rate) {
        return Ok(());
    }
    Err(Refusal(format!("rate must be 0 or between {MIN_RATE} and {MAX_RATE} acts a minute")))
}

/// One change of a script: one of `edit`, `create` and `delete`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// Milliseconds of the simulator's clock from when the script is handed over.
    #[serde(default)]
    pub after_ms: u64,
    /// As POST `/_sim/edit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<EditRequest>,
    /// As POST `/_sim/create`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<CreateRequest>,
    /// As POST `/_sim/delete`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete: Option<RecordRef>,
}

impl Step {
    fn check(&self) -> Result<(), Refusal> {
        let given = [self.edit.is_some(), self.create.is_some(), self.delete.is_some()];
        if given.into_iter().filter(|given| *given).count() == 1 {
            return Ok(());
        }
        Err(Refusal("a step of a script has one of edit, create and delete".to_owned()))
    }

    /// When it is due.
    pub(crate) fn due(&self, from: Timestamp) -> Timestamp {
        let delay = SignedDuration::from_millis(i64::try_from(self.after_ms).unwrap_or(i64::MAX));
        from.checked_add(delay).unwrap_or(Timestamp::MAX)
    }

    /// Does it, or notes why it could not be done.
    pub(crate) fn perform(&self, data: &mut Company, company: &str, now: Moment, bump: bool) -> Deed {
        let (name, done) = if let Some(request) = &self.edit {
            ("scripted edit", edit(data, request, now, bump).map(|()| request.id.clone()))
        } else if let Some(request) = &self.create {
            ("scripted create", create(data, request, now).map(|id| id.to_string()))
        } else if let Some(record) = &self.delete {
            ("scripted delete", delete(data, record).map(|()| record.id.clone()))
        } else {
            ("scripted", Err(Refusal("the step is empty".to_owned())))
        };
        match done {
            Ok(id) => Deed { id: Some(id), ..Deed::done(now.at, company, name) },
            Err(refusal) => Deed::refused(now.at, company, name, &refusal.0),
        }
    }
}

/// Something that happened without a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deed {
    /// When, by the simulator's clock.
    pub at: Timestamp,
    /// `company_id`.
    pub company: String,
    /// What: an action of people, `scripted …`, or `late ENDPOINT`.
    pub action: String,
    /// What it was done to.
    pub kind: Option<Kind>,
    /// Type of a document.
    pub doc_type: Option<DocType>,
    /// `mk_id`.
    pub id: Option<String>,
    /// `mk_id` of what it made.
    pub made: Option<String>,
    /// Why nothing came of it.
    pub refused: Option<String>,
}

impl Deed {
    pub(crate) fn done(at: Timestamp, company: &str, action: &str) -> Self {
        let (company, action) = (company.to_owned(), action.to_owned());
        Self { at, company, action, kind: None, doc_type: None, id: None, made: None, refused: None }
    }

    pub(crate) fn refused(at: Timestamp, company: &str, action: &str, why: &str) -> Self {
        Self { refused: Some(why.to_owned()), ..Self::done(at, company, action) }
    }
}
