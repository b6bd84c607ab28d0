//! Looks for the record that a create may have made: asks every query of a look-up and judges what it finds (policy F,
//! `metakocka-api.md §9.1`).

use std::collections::{BTreeMap, HashSet};

use metakocka::{
    Client, Document, DocumentSearch, DocumentType, ListLimit, MkId, Partner, PartnerQuery, Product, Row,
    SearchFilter,
};
use sync_core::capabilities::Subject;
use sync_core::intent::{Hit, Lookup, Marker, Query};
use sync_core::record::ExternalId;
use sync_core::record::text::normalise;

use super::read::{self, Found, FoundRecord, Unanswered};
use super::{Sent, compare, fields};
use crate::sync::translate::marker::marker_on;
use crate::sync::translate::spell;

/// Pages of a hundred documents that one query reads at most: what a customer has in many years. More is no answer.
const MOST_PAGES: usize = 50;
/// What a record that cannot be read differs in: it may be ours, and nobody can say.
const UNREADABLE: &str = "unreadable";

/// Asks every query. Records that are linked to another record, other types, and copies of a marked hit are left out,
/// except where the query names the records itself.
pub(in crate::sync) async fn look_up(
    client: &Client,
    lookup: &Lookup,
    subject: Subject,
    sent: &Sent,
    marker: Option<&Marker>,
    linked_elsewhere: &HashSet<ExternalId>,
) -> Result<Vec<Hit>, Unanswered> {
    let looking = Looking { client, subject, sent, marker, linked_elsewhere };
    let mut hits: BTreeMap<ExternalId, (Hit, Vec<ExternalId>)> = BTreeMap::new();
    for query in &lookup.queries {
        for (hit, links) in looking.ask(query).await? {
            hits.entry(hit.id.clone()).or_insert((hit, links));
        }
    }
    Ok(without_copies(&hits.into_values().collect::<Vec<_>>()))
}

/// A hit with the documents that it names as belonging to it.
type Linked = (Hit, Vec<ExternalId>);

/// A marked document that belongs to an older marked one is its copy (policy F).
fn without_copies(hits: &[Linked]) -> Vec<Hit> {
    let marked: Vec<&Linked> = hits.iter().filter(|(hit, _)| hit.marked).collect();
    let is_copy = |(hit, links): &Linked| {
        hit.marked
            && marked.iter().any(|(other, others)| {
                other.id.cmp_by_age(&hit.id).is_lt()
                    && (links.contains(&other.id) || others.contains(&hit.id))
            })
    };
    hits.iter().filter(|linked| !is_copy(linked)).map(|(hit, _)| hit.clone()).collect()
}

struct Looking<'a> {
    client: &'a Client,
    subject: Subject,
    sent: &'a Sent,
    marker: Option<&'a Marker>,
    linked_elsewhere: &'a HashSet<ExternalId>,
}

impl Looking<'_> {
    async fn ask(&self, query: &Query) -> Result<Vec<Linked>, Unanswered> {
        match query {
            Query::BuyerOrder(number) => {
                let search = DocumentSearch::all(DocumentType::Order)
                    .filter(SearchFilter::CustomerOrder(number.clone()));
                self.documents(search, false).await
            }
            Query::CustomerDocuments { customer, on } => self.documents_of(customer, *on).await,
            Query::TaxNumber(number) => {
                let wanted = digits(number);
                let fits = |partner: &Partner| {
                    partner.tax_number.as_deref().is_some_and(|number| digits(number) == wanted)
                };
                self.partners(PartnerQuery::TaxNumber(number.clone()), fits).await
            }
            Query::Email(email) => {
                let same = |other: &String| other.trim().eq_ignore_ascii_case(email.trim());
                let fits = |partner: &Partner| {
                    partner.contacts.iter().any(|one| one.person.email.as_ref().is_some_and(same))
                };
                self.partners(PartnerQuery::Email(email.clone()), fits).await
            }
            Query::ExactName(name) => {
                let wanted = normalise(name).to_lowercase();
                let fits = |partner: &Partner| {
                    let name = partner.name.as_deref().unwrap_or_default();
                    normalise(name).to_lowercase() == wanted
                };
                self.partners(PartnerQuery::Name(name.clone()), fits).await
            }
            Query::Code(code) => self.products(code).await,
            Query::These(ids) => self.these(ids).await,
        }
    }

    /// Offers have no filter by date; the change log, where bills have their marker, is in no search
    /// (`metakocka-api.md §4.5`, §5), so each bill is read on itself.
    async fn documents_of(
        &self,
        customer: &ExternalId,
        on: Option<jiff::civil::Date>,
    ) -> Result<Vec<Linked>, Unanswered> {
        let Subject::Document(doc_type) = self.subject else {
            return Err(Unanswered::because("Only documents are looked for by their customer."));
        };
        let doc_type = spell::remote_type(doc_type);
        let Some(customer) = spell::mk_id(customer) else {
            return Err(Unanswered::because("The customer's id is none of Metakocka's."));
        };
        let mut search = DocumentSearch::all(doc_type).filter(SearchFilter::PartnerMkId(customer));
        if let Some(day) = on.filter(|_| doc_type != DocumentType::Offer) {
            search = search.filter(SearchFilter::DocDateFrom(day)).filter(SearchFilter::DocDateTo(day));
        }
        self.documents(search, doc_type.is_bill()).await
    }

    async fn documents(&self, search: DocumentSearch, with_log: bool) -> Result<Vec<Linked>, Unanswered> {
        let mut hits = Vec::new();
        for row in self.pages(search).await? {
            let id = id_of(&row, |document: &Document| &document.mk_id)?;
            if self.linked_elsewhere.contains(&id) {
                continue;
            }
            if with_log {
                hits.extend(self.one(&id, spell::mk_id(&id)).await?);
            } else {
                hits.push(self.document(id, row));
            }
        }
        Ok(hits)
    }

    /// All pages of a search. A list that changes while it is read may hide the one that is looked for.
    async fn pages(&self, mut search: DocumentSearch) -> Result<Vec<Row<Document>>, Unanswered> {
        let flags = read::flags(search.doc_type);
        let (mut rows, mut total) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let page = self.client.search_documents(&search, &flags).await;
            let page = page.map_err(|error| Unanswered::of(&error))?;
            if total.is_some() && total != page.total {
                return Err(Unanswered::because("Metakocka's list changed while it was read."));
            }
            total = page.total;
            let next = page.next_offset();
            rows.extend(page.rows);
            match next {
                Some(offset) => search = search.from_offset(offset),
                None => return Ok(rows),
            }
        }
        Err(Unanswered::because("Metakocka has too many documents to look through."))
    }

    /// One document by its id, with its change log; none when it is gone meanwhile.
    async fn one(&self, id: &ExternalId, mk_id: Option<MkId>) -> Result<Option<Linked>, Unanswered> {
        let (Subject::Document(doc_type), Some(mk_id)) = (self.subject, mk_id) else { return Ok(None) };
        let doc_type = spell::remote_type(doc_type);
        let found = self.client.get_document(doc_type, &mk_id, &read::flags(doc_type)).await;
        Ok(found.map_err(|error| Unanswered::of(&error))?.map(|row| self.document(id.clone(), row)))
    }

    /// The named documents. One that is not of this type is another's, and so is one that is linked elsewhere.
    async fn these(&self, ids: &[ExternalId]) -> Result<Vec<Linked>, Unanswered> {
        let mut hits = Vec::new();
        for id in ids {
            let other = || {
                let hit = Hit {
                    id: id.clone(),
                    number: None,
                    marked: false,
                    differs_in: vec!["doc_type".to_owned()],
                };
                (hit, Vec::new())
            };
            let (mut hit, links) = self.one(id, spell::mk_id(id)).await?.unwrap_or_else(other);
            if self.linked_elsewhere.contains(id) {
                hit.marked = false;
            }
            hits.push((hit, links));
        }
        Ok(hits)
    }

    fn document(&self, id: ExternalId, row: Row<Document>) -> Linked {
        let record = match row {
            Row::Unreadable(bad) => return (unreadable(id, bad.number), Vec::new()),
            Row::Read(record) => *record,
        };
        let document = record.value;
        let marked = self.marker.is_some() && marker_on(&document).as_ref() == self.marker;
        let links = document.links.iter().filter_map(|link| link.mk_id.as_ref());
        let links = links.filter_map(|id| ExternalId::parse(id.as_str()).ok()).collect();
        let number = document.number.clone();
        let differs_in = self.differs(FoundRecord::Document(Box::new(document)));
        (Hit { id, number, marked, differs_in }, links)
    }

    async fn partners(
        &self,
        query: PartnerQuery,
        fits: impl Fn(&Partner) -> bool,
    ) -> Result<Vec<Linked>, Unanswered> {
        let rows = self.client.get_partner(&query).await.map_err(|error| Unanswered::of(&error))?;
        // As many as a page can have may not be all.
        if rows.len() >= usize::from(ListLimit::MAX.get()) {
            return Err(Unanswered::because("Metakocka has too many contacts like this to look through."));
        }
        let rows = rows.into_iter().filter(|row| row.read().is_none_or(|record| fits(&record.value)));
        self.parties(
            rows,
            |partner| &partner.mk_id,
            |partner| partner.count_code.clone(),
            |partner| FoundRecord::Partner(Box::new(partner)),
        )
    }

    async fn products(&self, code: &str) -> Result<Vec<Linked>, Unanswered> {
        let mut query = read::by_code(code);
        let mut rows: Vec<Row<Product>> = Vec::new();
        for _ in 0..MOST_PAGES {
            let page = self.client.product_page(&query).await.map_err(|error| Unanswered::of(&error))?;
            let next = page.next_offset();
            rows.extend(page.rows);
            match next {
                Some(offset) => query.offset = offset,
                None => break,
            }
        }
        let fits = |product: &Product| product.code.as_deref().map(str::trim) == Some(code.trim());
        let rows = rows.into_iter().filter(|row| row.read().is_none_or(|record| fits(&record.value)));
        self.parties(
            rows,
            |product| &product.mk_id,
            |product| product.count_code.clone(),
            |product| FoundRecord::Product(Box::new(product)),
        )
    }

    /// Contacts and products have no place for a marker: all sent fields have to agree.
    fn parties<T>(
        &self,
        rows: impl Iterator<Item = Row<T>>,
        id: impl Fn(&T) -> &MkId,
        number: impl Fn(&T) -> Option<String>,
        wrap: impl Fn(T) -> FoundRecord,
    ) -> Result<Vec<Linked>, Unanswered> {
        let mut hits = Vec::new();
        for row in rows {
            let external = id_of(&row, &id)?;
            if self.linked_elsewhere.contains(&external) {
                continue;
            }
            let hit = match row {
                Row::Unreadable(bad) => unreadable(external, bad.number),
                Row::Read(record) => {
                    let number = number(&record.value);
                    let differs_in = self.differs(wrap(record.value));
                    Hit { id: external, number, marked: false, differs_in }
                }
            };
            hits.push((hit, Vec::new()));
        }
        Ok(hits)
    }

    /// The sent fields that it has otherwise, in our words.
    fn differs(&self, record: FoundRecord) -> Vec<String> {
        let found = Found { raw: String::new(), record, asked_at: sync_core::time::UtcMicros(0) };
        let Ok(read) = compare::read_fields(self.sent, &found) else { return vec![UNREADABLE.to_owned()] };
        let fields = self.sent.fields.iter();
        fields
            .filter(|(name, value)| !fields::arrived(name, value.as_ref(), read.get(*name)))
            .map(|(name, _)| name.as_str().to_owned())
            .collect()
    }
}

/// Letters and digits alone: tax numbers are written with and without blanks and prefix.
fn digits(number: &str) -> String {
    let plain: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_uppercase();
    plain.strip_prefix("SI").map(ToOwned::to_owned).unwrap_or(plain)
}

fn unreadable(id: ExternalId, number: Option<String>) -> Hit {
    Hit { id, number, marked: false, differs_in: vec![UNREADABLE.to_owned()] }
}

/// A record whose id cannot be read may be the one that is looked for: then nothing was answered.
fn id_of<T>(row: &Row<T>, id: impl Fn(&T) -> &MkId) -> Result<ExternalId, Unanswered> {
    let id = match row {
        Row::Read(record) => Some(id(&record.value)),
        Row::Unreadable(bad) => bad.mk_id.as_ref(),
    };
    id.and_then(|id| ExternalId::parse(id.as_str()).ok())
        .ok_or_else(|| Unanswered::because("Metakocka's answer has a record without an id."))
}
