//! Whether a record here can be sent as it is (policy G, gate g2 to g4): every reason at once. What is checked is in
//! `sync_core::validate`; in here is gathered what it needs to know.

use std::collections::{BTreeSet, HashMap, HashSet};

use metakocka::DocumentType as RemoteType;
use sync_core::capabilities::{Locked, Subject};
use sync_core::intent::Marker;
use sync_core::plan::{Facts, GateRow, Naming};
use sync_core::record::{Contact, Currency, Line, Product, RecordId, RecordKind, SalesDocument, TaxCode};
use sync_core::time::UtcMicros;
use sync_core::validate::{
    Credited, DocumentFacts, LineFacts, NamedParty, Problem, TextLimits, contact_problems, document_problems,
    product_problems,
};

use super::outgoing::{self, ChangeFacts, NotMade};
use super::whole;
use crate::access::TenantScope;
use crate::store::contacts;
use crate::store::products::{self, StoredProduct};
use crate::store::sales_documents::{self as documents, LineRow, StoredDocument};
use crate::store::{Connection, StoreError, company, connections, intents, links, records};

/// The most that Metakocka is known to take: a product's code has 50 characters (`metakocka-api.md §2.2`), a subject 80
/// (policy F). Of the others no length is documented, and a guess would stop what could be sent.
pub(super) const LIMITS: TextLimits = TextLimits {
    contact_name: usize::MAX,
    street: usize::MAX,
    post_number: usize::MAX,
    place: usize::MAX,
    product_code: 50,
    product_name: usize::MAX,
    description: usize::MAX,
    title: 80,
    buyer_order: usize::MAX,
};

/// Tax codes that every company has: 22 % and 9.5 % (policy G).
const USUAL_TAXES: [&str; 2] = ["EX4", "EX3"];

/// How it stands with a record that is to be sent.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    problems: Vec<Problem>,
    naming: Naming,
    /// Who is waited for, or in the way.
    names: Option<String>,
    /// Of a document: what a change of it needs to know.
    change: Option<Box<Change>>,
}

/// What is known here of a change of a document that is linked.
#[derive(Clone, Debug)]
struct Change {
    /// The document with the ids of everybody that it names.
    wanted: SalesDocument,
    facts: ChangeFacts,
    marker: Option<Marker>,
}

impl Standing {
    /// Of a record that names nobody.
    fn of(problems: Vec<Problem>) -> Self {
        Self { problems, naming: Naming::Ready, names: None, change: None }
    }

    /// For the gate.
    pub(super) fn facts(&self) -> Facts {
        Facts { sendable: self.problems.is_empty(), naming: self.naming, ..Facts::CLEAR }
    }

    /// Why Metakocka would not let the document be changed as it is wanted, as far as what was last read of it tells
    /// (policy E): every reason. Empty when it would, or nothing is to be changed.
    pub(super) fn obstacles(&self, doc_type: RemoteType, raw: &str, base: Option<&str>) -> Vec<String> {
        let Some(change) = &self.change else { return Vec::new() };
        let base = base.and_then(|text| serde_json::from_str(text).ok());
        let (Some(base), Ok(there), Some(marker)) =
            (base, metakocka::Document::from_json(doc_type, raw), &change.marker)
        else {
            return Vec::new();
        };
        let facts = change.facts;
        match outgoing::change_document(&there, UtcMicros(0), &base, &change.wanted, facts, marker) {
            Err(NotMade::Blocked(reasons)) => reasons,
            Ok(_) | Err(NotMade::Stale | NotMade::Nothing) => Vec::new(),
        }
    }

    /// What is wrong with the record itself: every reason, each with what to do about it.
    pub(super) fn reasons(&self) -> Vec<String> {
        self.problems.iter().map(|problem| format!("{problem} {}", problem.remedy())).collect()
    }

    /// What a linked document is there, and why it is locked, as far as what was last read of it tells (policy E).
    pub(super) fn there(&self, doc_type: RemoteType, raw: &str) -> Option<(Subject, Option<Locked>)> {
        let facts = self.change.as_ref()?.facts;
        let there = metakocka::Document::from_json(doc_type, raw).ok()?;
        outgoing::lock_of(&there, facts)
    }

    /// Why the gate stops it, for people.
    pub(super) fn sentence(&self, gate: GateRow) -> Option<String> {
        match gate {
            GateRow::G2 => {
                let all: Vec<String> = self.problems.iter().map(ToString::to_string).collect();
                Some(all.join(" ")).filter(|text| !text.is_empty())
            }
            GateRow::G3 | GateRow::G4 => self.names.clone(),
            GateRow::G1 | GateRow::G5 => None,
        }
    }
}

/// How it stands with a contact.
pub(super) fn contact(contact: &Contact) -> Standing {
    Standing::of(contact_problems(contact, &LIMITS))
}

/// How it stands with a product.
pub(super) fn product(product: &Product) -> Standing {
    Standing::of(product_problems(product, &LIMITS))
}

/// A document as it is compared, and how it stands with it. None: it does not exist.
pub(super) async fn document(
    connection: &mut Connection,
    scope: &TenantScope,
    id: &str,
) -> Result<Option<(SalesDocument, Standing)>, StoreError> {
    let Some(stored) = documents::document(connection, scope, id).await? else { return Ok(None) };
    let lines = documents::lines(connection, scope, id).await?;
    let document = documents::record(&stored.fields.head, &lines)?;
    let standing = standing(connection, scope, &document, (&stored, &lines)).await?;
    Ok(Some((document, standing)))
}

async fn standing(
    connection: &mut Connection,
    scope: &TenantScope,
    document: &SalesDocument,
    (stored, lines): (&StoredDocument, &[LineRow]),
) -> Result<Standing, StoreError> {
    let mut names = Names::default();
    let customer = customer(connection, scope, document, stored, &mut names).await?;
    let facts = line_facts(connection, scope, lines, &mut names).await?;
    let known = Known::load(connection, scope, document).await?;
    let problems = document_problems(
        document,
        &DocumentFacts {
            customer,
            lines: &facts,
            credit_kind: None,
            credited: Credited::Missing,
            currencies: &known.currencies,
            tax_codes: &known.tax_codes,
            status_mapped: known.status,
            limits: &LIMITS,
            // Known once the request is built.
            body_bytes: 0,
        },
    );
    let change = Box::pin(change(connection, scope, stored)).await?;
    Ok(Standing { problems, naming: names.naming(), names: names.sentence(), change })
}

async fn change(
    connection: &mut Connection,
    scope: &TenantScope,
    stored: &StoredDocument,
) -> Result<Option<Box<Change>>, StoreError> {
    let kind = RecordKind::SalesDocument.as_str();
    let link = links::of_record(connection, scope, kind, &stored.id).await?;
    let Some((place, _, _)) = link else { return Ok(None) };
    let Some(whole) = whole::load(scope, connection, &stored.id).await? else { return Ok(None) };
    let first_issue = connections::first_issue(connection, scope).await?;
    let facts = ChangeFacts {
        ours: intents::is_ours(connection, scope, kind, &stored.id).await?,
        first_issue_seen: first_issue.and_then(|at| at.parse().ok()),
    };
    let marker = RecordId::parse(&stored.id).ok().map(|record| Marker::of(&place, &record));
    Ok(Some(Box::new(Change { wanted: whole.document, facts, marker })))
}

/// The customers and products that are not in Metakocka yet.
#[derive(Default)]
struct Names {
    coming: Vec<String>,
    stuck: Vec<String>,
}

impl Names {
    /// Notes a party without a link; a decision that waits for a person, or blocks it, is in the way.
    fn add(&mut self, name: &str, status: &str) {
        let stuck = matches!(status, "needs_review" | "error");
        if stuck { &mut self.stuck } else { &mut self.coming }.push(name.to_owned());
    }

    fn naming(&self) -> Naming {
        match (self.stuck.is_empty(), self.coming.is_empty()) {
            (false, _) => Naming::Stuck,
            (true, false) => Naming::Coming,
            (true, true) => Naming::Ready,
        }
    }

    fn sentence(&self) -> Option<String> {
        match self.naming() {
            Naming::Stuck => Some(format!("Settle first: {}.", self.stuck.join(", "))),
            Naming::Coming => Some(format!("Waits for what is sent first: {}.", self.coming.join(", "))),
            Naming::Ready => None,
        }
    }
}

async fn customer(
    connection: &mut Connection,
    scope: &TenantScope,
    document: &SalesDocument,
    stored: &StoredDocument,
    names: &mut Names,
) -> Result<NamedParty, StoreError> {
    let Some(id) = &stored.fields.contact_id else {
        // A partner of Metakocka's about whom a person has not decided yet is there all the same.
        let there = document.customer.external_id.is_some();
        return Ok(if there { NamedParty::Linked } else { NamedParty::None });
    };
    if !records::linked(connection, scope, RecordKind::Contact, std::slice::from_ref(id)).await?.is_empty() {
        return Ok(NamedParty::Linked);
    }
    let Some(contact) = contacts::contact(connection, scope, id).await? else { return Ok(NamedParty::None) };
    if !contact_problems(&contact.fields.contact()?, &LIMITS).is_empty() {
        return Ok(NamedParty::NotCreatable);
    }
    let shown = records::shown(connection, scope, RecordKind::Contact, id).await?;
    names.add(&contact.fields.name, shown.as_ref().map_or("", |shown| shown.status.as_str()));
    Ok(NamedParty::Creatable)
}

async fn line_facts(
    connection: &mut Connection,
    scope: &TenantScope,
    lines: &[LineRow],
    names: &mut Names,
) -> Result<Vec<LineFacts>, StoreError> {
    let ids: HashSet<String> = lines.iter().filter_map(|line| line.product_id.clone()).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let stored = products::products(connection, scope, &ids).await?;
    let linked: HashSet<String> =
        records::linked(connection, scope, RecordKind::Product, &ids).await?.into_iter().collect();
    let mut known: HashMap<&str, LineFacts> = HashMap::new();
    for one in &stored {
        let product = one.fields.product();
        let party = if linked.contains(&one.id) {
            NamedParty::Linked
        } else if product_problems(&product, &LIMITS).is_empty() {
            let shown = records::shown(connection, scope, RecordKind::Product, &one.id).await?;
            names.add(&one.fields.code, shown.as_ref().map_or("", |shown| shown.status.as_str()));
            NamedParty::Creatable
        } else {
            NamedParty::NotCreatable
        };
        let facts = LineFacts { product: party, unit: product.unit, service: product.service };
        known.insert(one.id.as_str(), facts);
    }
    let of = |line: &LineRow| match (&line.product_id, &line.product_external_id) {
        (Some(id), _) if known.contains_key(id.as_str()) => known[id.as_str()].clone(),
        (_, Some(_)) => LineFacts { product: NamedParty::Linked, unit: None, service: false },
        _ => LineFacts { product: NamedParty::None, unit: None, service: false },
    };
    Ok(lines.iter().filter(|line| line.amount.is_some()).map(of).collect())
}

/// What the company is known to use of what the document says.
struct Known {
    currencies: BTreeSet<Currency>,
    tax_codes: BTreeSet<TaxCode>,
    status: bool,
}

impl Known {
    /// The owner's list of confirmed tax codes does not exist yet: what the company's own documents use counts.
    async fn load(
        connection: &mut Connection,
        scope: &TenantScope,
        document: &SalesDocument,
    ) -> Result<Self, StoreError> {
        let mut currencies = BTreeSet::from([Currency::euro()]);
        if document.currency != Currency::euro()
            && company::knows_currency(connection, scope, document.currency.as_str()).await?
        {
            currencies.insert(document.currency.clone());
        }
        let mut tax_codes = BTreeSet::new();
        let used: BTreeSet<&TaxCode> =
            document.lines.iter().filter_map(Line::as_product).map(|line| &line.tax.code).collect();
        for code in used {
            let usual = USUAL_TAXES.iter().any(|usual| code.as_str().eq_ignore_ascii_case(usual));
            if usual || company::knows_tax_code(connection, scope, code.as_str()).await? {
                tax_codes.insert(code.clone());
            }
        }
        let status = match &document.status {
            None => true,
            Some(status) => company::knows_status(connection, scope, &status.label).await?,
        };
        Ok(Self { currencies, tax_codes, status })
    }
}

/// Why this record can't be sent as it is: every reason. Empty when it can, or does not exist.
pub(crate) async fn what_blocks(
    connection: &mut Connection,
    scope: &TenantScope,
    kind: RecordKind,
    id: &str,
) -> Result<Vec<Problem>, StoreError> {
    let standing = match kind {
        RecordKind::SalesDocument => document(connection, scope, id).await?.map(|(_, standing)| standing),
        RecordKind::Contact => match contacts::contact(connection, scope, id).await? {
            Some(stored) => Some(contact(&stored.fields.contact()?)),
            None => None,
        },
        RecordKind::Product => {
            one_product(connection, scope, id).await?.map(|stored| product(&stored.fields.product()))
        }
    };
    Ok(standing.map(|standing| standing.problems).unwrap_or_default())
}

/// One product.
pub(super) async fn one_product(
    connection: &mut Connection,
    scope: &TenantScope,
    id: &str,
) -> Result<Option<StoredProduct>, StoreError> {
    Ok(products::products(connection, scope, &[id]).await?.pop())
}
