//! The one list of everything that a person is asked, and what is to be seen of one question.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use metakocka::DocumentType;
use sync_core::plan::Direction;
use sync_core::record::RecordKind;
use sync_core::state::Review;

use super::answer::Step;
use super::conflict::{Compared, Disagreement, Pair, PlaceChange, told};
use super::page::Arrived;
use super::views::instant;
use super::{decide, status};
use crate::access::TenantScope;
use crate::store::asked::{self, AskedRow, Which};
use crate::store::mirror::{self, Place};
use crate::store::{StoreError, Tx, connections, history, intents, records};
use crate::{Engine, EngineError};

/// Entries of a history in which the last change of either side is looked for.
const RECENT: u32 = 50;

/// Which questions; the default is all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuestionFilter {
    /// About records of one kind.
    pub kind: Option<RecordKind>,
    /// With one reason.
    pub reason: Option<Review>,
}

/// Something that a person is asked, as a row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Of what kind the record is.
    pub kind: RecordKind,
    /// Why somebody is asked.
    pub reason: Review,
    /// Row of the policy's table B.
    pub plan_row: i64,
    /// The record here; none: it is only in Metakocka.
    pub record_id: Option<String>,
    /// Whether the record here was deleted.
    pub deleted: bool,
    /// The remote's id; none: it is only here.
    pub external_id: Option<String>,
    /// The remote's document type; none for contacts and products.
    pub remote_type: Option<String>,
    /// The write of which nobody knows what became, when that is the question.
    pub intent_id: Option<String>,
    /// What people know it by; may be empty.
    pub number: String,
    /// A document's customer, the name of a contact or product.
    pub name: String,
    /// What happened, for people.
    pub sentence: Option<String>,
    /// What somebody can do.
    pub advice: Option<String>,
    /// Since when it is asked.
    pub since: Timestamp,
}

/// How many questions of a kind have a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuestionCount {
    /// Of what kind the records are.
    pub kind: RecordKind,
    /// Why somebody is asked.
    pub reason: Review,
    /// Questions.
    pub count: u64,
}

/// A page of questions, grouped by reason, the newest of each first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionsPage {
    /// The questions.
    pub rows: Vec<Question>,
    /// How many there are of each kind and reason, whatever was asked for.
    pub counts: Vec<QuestionCount>,
    /// Where the list goes on; none: these are the last.
    pub next: Option<QuestionCursor>,
}

/// A place in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionCursor {
    rank: i64,
    since: i64,
    key: String,
}

impl QuestionCursor {
    fn behind(row: &AskedRow) -> Self {
        Self { rank: row.rank, since: row.since, key: row.item_key.clone() }
    }

    /// As text for a URL.
    #[must_use]
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}\n{}\n{}", self.rank, self.since, self.key))
    }

    /// From the text that [`QuestionCursor::to_text`] made.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.splitn(3, '\n');
        let (rank, since, key) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
        (!key.contains(char::is_control)).then(|| Self { rank, since, key: key.to_owned() })
    }
}

/// A change of one side: when, and who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastChange {
    /// When.
    pub at: Timestamp,
    /// Who; none: the application itself, or it is not known.
    pub by: Option<String>,
}

/// A question about a linked record, with everything that is needed to answer it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionView {
    /// Of what kind the record is.
    pub kind: RecordKind,
    /// The record here.
    pub record_id: String,
    /// Why somebody is asked; none: nothing is to be decided about it any more.
    pub reason: Option<Review>,
    /// What happened, for people.
    pub sentence: Option<String>,
    /// What people know it by; may be empty.
    pub number: String,
    /// A document's customer, the name of a contact or product.
    pub name: String,
    /// The remote's id.
    pub external_id: String,
    /// The remote's document type; empty for contacts and products.
    pub remote_type: String,
    /// What was looked at; an answer names it.
    pub version: String,
    /// What both sides disagree about.
    pub parts: Vec<Disagreement>,
    /// What is taken besides, without being asked about.
    pub taken: Vec<PlaceChange>,
    /// What is sent besides, without being asked about.
    pub sent: Vec<PlaceChange>,
    /// What was edited here and not sent; of a record that is gone there, or was deleted here.
    pub unsent: Vec<PlaceChange>,
    /// What was changed there since both sides agreed; of a record that was deleted here.
    pub news: Vec<PlaceChange>,
    /// What can be done with the record as a whole.
    pub steps: Vec<Step>,
    /// The last change here.
    pub changed_here: Option<LastChange>,
    /// The last change there.
    pub changed_there: Option<LastChange>,
}

impl Engine {
    /// Everything that a person is asked.
    pub async fn questions(
        &self,
        scope: &TenantScope,
        filter: QuestionFilter,
        after: Option<&QuestionCursor>,
        limit: u32,
    ) -> Result<QuestionsPage, EngineError> {
        let which = Which {
            kind: filter.kind.map_or("", RecordKind::as_str),
            reason: filter.reason.map_or("", Review::as_str),
        };
        let after = after.map(|last| (last.rank, last.since, last.key.as_str()));
        let mut found = asked::page(self.db(), scope, which, after, i64::from(limit) + 1).await?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let goes_on = found.len() > most;
        found.truncate(most);
        let next = found.last().filter(|_| goes_on).map(QuestionCursor::behind);
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            rows.push(self.question_row(scope, row).await?);
        }
        Ok(QuestionsPage { rows, counts: self.question_counts(scope).await?, next })
    }

    /// How many questions there are, by kind and reason, in the order of the list.
    pub async fn question_counts(&self, scope: &TenantScope) -> Result<Vec<QuestionCount>, EngineError> {
        let rows = asked::counts(self.db(), scope).await?;
        let count = |row: asked::AskedCount| {
            Ok(QuestionCount {
                kind: kind_of(&row.kind)?,
                reason: reason_of(&row.reason)?,
                count: u64::try_from(row.questions).unwrap_or(0),
            })
        };
        Ok(rows.into_iter().map(count).collect::<Result<_, StoreError>>()?)
    }

    async fn question_row(&self, scope: &TenantScope, row: AskedRow) -> Result<Question, StoreError> {
        let (kind, reason) = (kind_of(&row.kind)?, reason_of(&row.reason)?);
        let record_id = match (&row.record_id, reason) {
            (None, Review::Duplicate) => self.marked_record(scope, kind, &row).await?,
            (known, _) => known.clone(),
        };
        let intent_id = match (&record_id, reason) {
            (Some(id), Review::Candidates) => {
                let mut reader = self.db().read().await?;
                intents::last(&mut reader, scope, kind.as_str(), id).await?.map(|last| last.id)
            }
            _ => None,
        };
        Ok(Question {
            kind,
            reason,
            plan_row: row.plan_row,
            record_id,
            deleted: row.deleted == 1,
            external_id: row.external_id,
            remote_type: row.remote_type.filter(|name| !name.is_empty()),
            intent_id,
            number: row.number,
            name: row.name,
            sentence: row.detail,
            advice: status::advice(row.plan_row).map(str::to_owned),
            since: instant(row.since, "mirror.changed_at")?,
        })
    }

    /// The record here whose sign a remote document carries.
    async fn marked_record(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        row: &AskedRow,
    ) -> Result<Option<String>, StoreError> {
        let (Some(id), Some(remote_type)) = (&row.external_id, &row.remote_type) else { return Ok(None) };
        let Some(connection) = connections::connection(self.db(), scope).await? else { return Ok(None) };
        let place = Place { connection: &connection.id, kind: kind.as_str(), remote_type };
        let mut reader = self.db().read().await?;
        let seen = mirror::seen(&mut reader, scope, place, id).await?;
        drop(reader);
        let (Some(seen), Some(doc_type)) = (seen, DocumentType::from_wire(remote_type)) else {
            return Ok(None);
        };
        let arrived = Arrived::of_raw(doc_type, id.clone(), seen.raw, seen.read_at);
        let Some(marker) = arrived.what.ok().and_then(|read| read.marker) else { return Ok(None) };
        let marker = marker.as_str().to_owned();
        let found =
            intents::by_marker(self.db(), scope, &connection.id, std::slice::from_ref(&marker)).await?;
        Ok(found.get(&marker).map(|marked| marked.record_id.clone()))
    }

    /// What is asked about a linked record. Not found when it does not exist, or has no link.
    pub async fn question(
        &self,
        scope: &TenantScope,
        kind: RecordKind,
        id: &str,
    ) -> Result<QuestionView, EngineError> {
        let mut tx = self.db().begin().await?;
        let pair = self.pair(&mut tx, scope, kind, id).await?.ok_or(EngineError::NotFound)?;
        let reason = pair.reason();
        let names = records::names(&mut tx, scope, kind, id).await?.ok_or(EngineError::NotFound)?;
        let asks = reason.is_some();
        let compared = match asks {
            true => self.compared(&mut tx, scope, &pair).await.map_err(told)?,
            false => Compared::default(),
        };
        let (changed_here, changed_there) = last_changes(&mut tx, scope, kind, id).await?;
        let steps = self.steps(scope, &pair, reason).await?;
        let is_whole = matches!(reason, Some(Review::Gone | Review::DeletedHere));
        let merges = asks && !is_whole;
        Ok(QuestionView {
            kind,
            record_id: id.to_owned(),
            reason,
            sentence: pair.link.sync_detail.clone().filter(|_| asks),
            number: names.number,
            name: names.name,
            external_id: pair.link.external_id.clone(),
            remote_type: pair.remote_type.clone(),
            version: pair.version(),
            parts: compared.parts.into_iter().map(|(part, _)| part).filter(|_| merges).collect(),
            taken: compared.taken.into_iter().filter(|_| merges).collect(),
            sent: compared.sent.into_iter().filter(|_| merges).collect(),
            unsent: compared.edited_here.into_iter().filter(|_| is_whole).collect(),
            news: compared
                .changed_there
                .into_iter()
                .filter(|_| reason == Some(Review::DeletedHere))
                .collect(),
            steps,
            changed_here,
            changed_there,
        })
    }

    /// What can be done with a record as a whole.
    pub(super) async fn steps(
        &self,
        scope: &TenantScope,
        pair: &Pair,
        reason: Option<Review>,
    ) -> Result<Vec<Step>, StoreError> {
        Ok(match reason {
            Some(Review::Gone) if self.may_be_made(scope, pair).await? => {
                vec![Step::KeepHere, Step::CreateAgain, Step::DeleteHere]
            }
            Some(Review::Gone) => vec![Step::KeepHere, Step::DeleteHere],
            Some(Review::DeletedHere) => vec![Step::Restore, Step::LeaveDeleted],
            _ => Vec::new(),
        })
    }

    /// Whether a record like this one may be made in Metakocka (policy D).
    async fn may_be_made(&self, scope: &TenantScope, pair: &Pair) -> Result<bool, StoreError> {
        let row = connections::kind(self.db(), scope, &pair.connection, pair.kind.as_str()).await?;
        let booked = DocumentType::from_wire(&pair.remote_type).is_some_and(DocumentType::is_bill);
        Ok(row.is_some_and(|row| {
            let policy = match pair.kind {
                RecordKind::SalesDocument => decide::document_policy(&row, booked),
                _ => decide::chosen(&row),
            };
            matches!(policy.direction, Direction::Both | Direction::ToRemote) && policy.create_there
        }))
    }
}

impl Pair {
    /// Why a person is asked; none: nobody is.
    pub(super) fn reason(&self) -> Option<Review> {
        let asks = self.link.sync_status.as_deref() == Some("needs_review");
        self.link.sync_reason.as_deref().filter(|_| asks).and_then(Review::parse)
    }
}

/// The last change here and there, as far as it is remembered.
async fn last_changes(
    tx: &mut Tx,
    scope: &TenantScope,
    kind: RecordKind,
    id: &str,
) -> Result<(Option<LastChange>, Option<LastChange>), StoreError> {
    let entries = history::entries(tx, scope, kind, id, None, RECENT).await?;
    let last = |side: &str| {
        let entry = entries.iter().find(|entry| entry.side == side && entry.deed != "created");
        entry
            .map(|entry| {
                let at = instant(entry.at, "history.at")?;
                Ok::<_, StoreError>(LastChange { at, by: entry.user_name.clone() })
            })
            .transpose()
    };
    Ok((last("here")?, last("there")?))
}

fn kind_of(text: &str) -> Result<RecordKind, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt { column: "kind" })
}

fn reason_of(text: &str) -> Result<Review, StoreError> {
    Review::parse(text).ok_or(StoreError::Corrupt { column: "sync_reason" })
}
