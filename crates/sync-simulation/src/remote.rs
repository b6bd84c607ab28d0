//! A model of the remote: small, but with its sharp edges. It inserts whatever is sent, replaces whole
//! documents, keeps tax numbers as it likes, and forgets nothing that people do in it.

use std::collections::BTreeMap;

use sync_core::discovery::{Fetch, Filter};
use sync_core::intent::Query;
use sync_core::three_way::{FieldName, Fields};

use crate::model::{Changes, Kind, Snapshot, WriteReply, internal, number_of};

/// Whose record it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// One of our creates made it.
    Ours {
        /// For this CRM record.
        record: u32,
    },
    /// People made it.
    People,
    /// People copied it, marker and all.
    Copy {
        /// From this one.
        of: u32,
    },
}

/// A record of the remote.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// Its kind.
    pub(crate) kind: Kind,
    /// Its fields.
    pub(crate) fields: Fields,
    /// The customer that it names.
    pub(crate) customer: Option<u32>,
    /// Tax number, code or total.
    pub(crate) key: String,
    /// Our marker.
    pub(crate) marker: Option<String>,
    /// When somebody added a line of text.
    pub(crate) text_line: Option<i64>,
    /// There is an invoice of it.
    pub(crate) invoiced: bool,
    /// People deleted it.
    pub(crate) deleted: bool,
    /// Its last change.
    pub(crate) changed_at: i64,
    /// When it was made.
    pub(crate) born: i64,
    /// Whose it is.
    pub(crate) origin: Origin,
    /// Changes by people: instant and new value.
    pub(crate) log: Vec<(i64, u64)>,
}

/// A write on its way.
#[derive(Debug, Clone)]
pub(crate) enum WriteBody {
    /// Inserts.
    Create {
        /// What it is to be.
        kind: Kind,
        /// Its fields.
        fields: Fields,
        /// The customer that it names.
        customer: Option<u32>,
        /// Tax number, code or total.
        key: String,
        /// Our marker.
        marker: Option<String>,
        /// For which CRM record.
        record: u32,
    },
    /// Changes fields, or replaces the whole.
    Update {
        /// Which.
        id: u32,
        /// Fields that are to change.
        changes: Changes,
        /// All fields, when it is a replacement.
        whole: Option<Fields>,
    },
}

/// What a write did.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// The record that was made.
    pub(crate) created: Option<u32>,
    /// Values that are no more.
    pub(crate) overwritten: Vec<u64>,
    /// Values that are there now.
    pub(crate) written: Vec<u64>,
    /// A line of text that is no more, and since when it was there.
    pub(crate) lost_text: Option<i64>,
}

/// How this company's remote is set up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Habits {
    /// Order numbers of customers are unique.
    pub(crate) unique_numbers: bool,
    /// Lists come newest first when asked.
    pub(crate) sorts: bool,
    /// Tax numbers are kept with their prefix.
    pub(crate) keeps_prefix: bool,
}

/// The remote.
#[derive(Debug)]
pub(crate) struct Remote {
    /// All records that ever were.
    pub(crate) records: BTreeMap<u32, Record>,
    habits: Habits,
    next: u32,
}

impl Remote {
    /// An empty one.
    pub(crate) fn new(habits: Habits) -> Self {
        Self { records: BTreeMap::new(), habits, next: 100 }
    }

    /// Inserts a record and says under which id.
    pub(crate) fn insert(&mut self, mut record: Record) -> u32 {
        self.next += 1;
        let id = self.next;
        if record.kind.is_document() {
            crate::model::put(&mut record.fields, crate::model::NUMBER, u64::from(id));
        }
        self.records.insert(id, record);
        id
    }

    /// A record that is still there.
    pub(crate) fn alive(&self, id: u32) -> Option<&Record> {
        self.records.get(&id).filter(|record| !record.deleted)
    }

    /// A record that is still there, to be changed.
    pub(crate) fn alive_mut(&mut self, id: u32) -> Option<&mut Record> {
        self.records.get_mut(&id).filter(|record| !record.deleted)
    }

    /// Carries out a write. `drops` drops the last field of what is inserted.
    pub(crate) fn write(&mut self, body: &WriteBody, drops: bool, now: i64) -> (WriteReply, Effects) {
        match body {
            WriteBody::Create { marker: Some(marker), kind: Kind::Order, .. }
                if self.habits.unique_numbers && !self.marked(marker, Kind::Order).is_empty() =>
            {
                (WriteReply::NumberExists(self.marked(marker, Kind::Order)), Effects::default())
            }
            WriteBody::Create { kind, fields, customer, key, marker, record } => {
                let mut fields = fields.clone();
                if drops {
                    fields.remove(&FieldName::new(kind.fields()[1]));
                }
                let prefixed = *kind == Kind::Contact && self.habits.keeps_prefix;
                let key = if prefixed { format!("SI{key}") } else { key.clone() };
                let written = fields.values().filter_map(|value| number_of(Some(value))).collect();
                let id = self.insert(Record {
                    kind: *kind,
                    fields,
                    customer: *customer,
                    key,
                    marker: marker.clone(),
                    text_line: None,
                    invoiced: false,
                    deleted: false,
                    changed_at: now,
                    born: now,
                    origin: Origin::Ours { record: *record },
                    log: Vec::new(),
                });
                let number = kind.is_document().then(|| id.to_string());
                let reply = WriteReply::Done { id: Some(id), number, customer: *customer };
                (reply, Effects { created: Some(id), written, ..Effects::default() })
            }
            WriteBody::Update { id, changes, whole } => self.update(*id, changes, whole.as_ref(), now),
        }
    }

    fn update(
        &mut self,
        id: u32,
        changes: &Changes,
        whole: Option<&Fields>,
        now: i64,
    ) -> (WriteReply, Effects) {
        let Some(record) = self.alive_mut(id) else {
            return (WriteReply::CannotFind, Effects::default());
        };
        if whole.is_some() && record.invoiced {
            return (WriteReply::Refused { customer: None }, Effects::default());
        }
        let before = record.fields.clone();
        if let Some(whole) = whole {
            let number = record.fields.get(&FieldName::new(crate::model::NUMBER)).cloned();
            record.fields = whole.clone();
            if let Some(number) = number {
                record.fields.insert(FieldName::new(crate::model::NUMBER), number);
            }
        }
        sync_core::three_way::apply(&mut record.fields, changes);
        let mut effects = Effects { lost_text: whole.and(record.text_line.take()), ..Effects::default() };
        for (name, old) in &before {
            if record.fields.get(name) != Some(old) {
                effects.overwritten.extend(number_of(Some(old)));
            }
        }
        for (name, new) in &record.fields {
            if before.get(name) != Some(new) {
                effects.written.extend(number_of(Some(new)));
            }
        }
        record.changed_at = now;
        let customer = record.customer;
        (WriteReply::Done { id: Some(id), number: None, customer }, effects)
    }

    fn marked(&self, marker: &str, kind: Kind) -> Vec<u32> {
        let fits = |record: &Record| record.kind == kind && record.marker.as_deref() == Some(marker);
        self.records.iter().filter(|(_, r)| !r.deleted && fits(r)).map(|(id, _)| *id).collect()
    }

    /// The records that a query finds.
    pub(crate) fn ask(&self, kind: Kind, query: &Query) -> Vec<u32> {
        let fits = |id: u32, record: &Record| match query {
            Query::BuyerOrder(number) => record.marker.as_ref() == Some(number),
            Query::CustomerDocuments { customer, .. } => record.customer == Some(internal(customer)),
            Query::TaxNumber(key) | Query::Code(key) => record.key == *key,
            Query::Email(text) => shows(record, "email", text),
            Query::ExactName(text) => shows(record, "name", text),
            Query::These(ids) => ids.iter().any(|one| internal(one) == id),
        };
        let alive = self.records.iter().filter(|(_, record)| !record.deleted && record.kind == kind);
        alive.filter(|(id, record)| fits(**id, record)).map(|(id, _)| *id).collect()
    }

    /// A record by its id.
    pub(crate) fn read(&self, id: u32) -> Option<Snapshot> {
        let record = self.alive(id)?;
        Some(Snapshot {
            id,
            kind: record.kind,
            fields: record.fields.clone(),
            customer: record.customer,
            key: record.key.clone(),
            marker: record.marker.clone(),
            text_line: record.text_line.is_some(),
            invoiced: record.invoiced,
            log: if record.kind == Kind::Order { record.log.clone() } else { Vec::new() },
        })
    }

    /// A page of a list and the length of the list.
    pub(crate) fn page(&self, kind: Kind, fetch: Fetch) -> (Vec<u32>, u64) {
        let since = match fetch.filter {
            Filter::ChangedSince(since) => since.0,
            _ => i64::MIN,
        };
        let fits = |r: &Record| r.kind == kind && !r.deleted && r.changed_at >= since;
        let mut ids: Vec<u32> = self.records.iter().filter(|(_, r)| fits(r)).map(|(id, _)| *id).collect();
        if fetch.newest_first && self.habits.sorts {
            ids.reverse();
        }
        let total = ids.len() as u64;
        let from = usize::try_from(fetch.offset).unwrap_or(usize::MAX);
        (ids.into_iter().skip(from).take(fetch.limit as usize).collect(), total)
    }
}

fn shows(record: &Record, field: &str, text: &str) -> bool {
    number_of(record.fields.get(&FieldName::new(field))).is_some_and(|number| number.to_string() == text)
}
