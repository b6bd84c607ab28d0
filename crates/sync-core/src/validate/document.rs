//! What has to hold for a sales document.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::problem::{Field, Problem};
use super::{TextLimits, fits};
use crate::money::document_totals;
use crate::record::text::{given, normalise};
use crate::record::{Currency, DocumentType, Line, ProductLine, SalesDocument, TaxCode};

/// Most lines of a document that is sent: a remote that is asked for more takes minutes.
pub const MAX_SENT_LINES: usize = 200;

/// Most bytes of a request: 1 MB.
pub const MAX_BODY_BYTES: usize = 1_000_000;

/// A customer or product that the document names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedParty {
    /// It is linked.
    Linked,
    /// It is not linked and can be created there.
    Creatable,
    /// It is not linked and can't be created there.
    NotCreatable,
    /// None is chosen.
    None,
}

/// What is known about the product of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFacts {
    /// The product.
    pub product: NamedParty,
    /// Its unit.
    pub unit: Option<String>,
    /// It is a service.
    pub service: bool,
}

/// Which sort of credit note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditKind {
    /// Goods come back.
    Goods,
    /// Only money.
    Financial,
}

/// The invoice that a credit note is for, found by its number over the fitting types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credited {
    /// None is named, or none has the number.
    Missing,
    /// More than one has the number.
    Ambiguous,
    /// This one.
    Invoice {
        /// Its total with tax.
        gross: Decimal,
    },
}

/// Everything beside the document that decides whether it can be sent.
#[derive(Debug, Clone)]
pub struct DocumentFacts<'a> {
    /// The customer.
    pub customer: NamedParty,
    /// The products of the lines with an amount, in their order.
    pub lines: &'a [LineFacts],
    /// For credit notes: which sort.
    pub credit_kind: Option<CreditKind>,
    /// For credit notes: their invoice.
    pub credited: Credited,
    /// Currencies that the company knows.
    pub currencies: &'a BTreeSet<Currency>,
    /// Tax codes that the owner confirmed.
    pub tax_codes: &'a BTreeSet<TaxCode>,
    /// Whether the status has a counterpart there.
    pub status_mapped: bool,
    /// Lengths that the remote takes.
    pub limits: &'a TextLimits,
    /// Size of the request, once it is built.
    pub body_bytes: usize,
}

/// Why a document can't be sent: every reason at once.
pub fn document_problems(document: &SalesDocument, facts: &DocumentFacts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    match facts.customer {
        NamedParty::Linked | NamedParty::Creatable => {}
        NamedParty::NotCreatable => problems.push(Problem::CustomerNotCreatable),
        NamedParty::None => problems.push(Problem::NoCustomer),
    }
    head(&mut problems, document, facts);
    lines(&mut problems, document, facts);
    if document.doc_type.is_invoice() {
        invoice(&mut problems, document);
    }
    if document.doc_type == DocumentType::CreditNote {
        credit_note(&mut problems, document, facts);
    }
    problems
}

fn head(problems: &mut Vec<Problem>, document: &SalesDocument, facts: &DocumentFacts<'_>) {
    if !facts.currencies.contains(&document.currency) {
        problems.push(Problem::UnknownCurrency { currency: document.currency.clone() });
    }
    if let Some(status) = document.status.as_ref().filter(|_| !facts.status_mapped) {
        problems.push(Problem::StatusNotMapped { label: status.label.clone() });
    }
    fits(problems, Field::Title, document.title.as_deref(), facts.limits.title);
    fits(problems, Field::BuyerOrder, document.buyer_order.as_deref(), facts.limits.buyer_order);
    if facts.body_bytes > MAX_BODY_BYTES {
        problems.push(Problem::BodyTooLarge { has: facts.body_bytes });
    }
}

fn lines(problems: &mut Vec<Problem>, document: &SalesDocument, facts: &DocumentFacts<'_>) {
    if document.lines.len() > MAX_SENT_LINES {
        problems.push(Problem::TooManyLines { has: document.lines.len() });
    }
    let mut known = facts.lines.iter();
    let mut any = false;
    for (at, line) in document.lines.iter().enumerate() {
        match line {
            // The remote documents no way to write a line without product (`metakocka-api.md §4.4`).
            Line::Text(_) => problems.push(Problem::LineWithoutProduct { line: at + 1 }),
            Line::Product(line) => {
                any = true;
                let unknown = LineFacts { product: NamedParty::None, unit: None, service: false };
                one_line(problems, at + 1, line, known.next().unwrap_or(&unknown), facts.tax_codes);
            }
        }
    }
    if !any {
        problems.push(Problem::NoLines);
    }
}

fn one_line(
    problems: &mut Vec<Problem>,
    at: usize,
    line: &ProductLine,
    facts: &LineFacts,
    tax_codes: &BTreeSet<TaxCode>,
) {
    match facts.product {
        NamedParty::Linked | NamedParty::Creatable => {}
        NamedParty::NotCreatable => problems.push(Problem::ProductNotCreatable { line: at }),
        NamedParty::None => problems.push(Problem::LineWithoutProduct { line: at }),
    }
    if let (Some(unit), Some(expected)) = (given(&line.unit), given(&facts.unit))
        && unit != expected
    {
        problems.push(Problem::OtherUnit { line: at, expected: normalise(&expected) });
    }
    if line.amount.0.is_zero() {
        problems.push(Problem::ZeroAmount { line: at });
    }
    if line.amount.0 < Decimal::ZERO && !facts.service {
        problems.push(Problem::NegativeAmount { line: at });
    }
    if line.price.value() < Decimal::ZERO && !facts.service {
        problems.push(Problem::NegativePrice { line: at });
    }
    if !tax_codes.iter().any(|code| code.same(&line.tax.code)) {
        problems.push(Problem::TaxNotConfirmed { line: at, code: line.tax.code.clone() });
    }
}

fn invoice(problems: &mut Vec<Problem>, document: &SalesDocument) {
    if document.dates.due.is_none() {
        problems.push(Problem::Missing { field: Field::Due });
    }
    if document.dates.service_to.is_none() {
        problems.push(Problem::Missing { field: Field::ServiceTo });
    }
}

fn credit_note(problems: &mut Vec<Problem>, document: &SalesDocument, facts: &DocumentFacts<'_>) {
    if facts.credit_kind.is_none() {
        problems.push(Problem::Missing { field: Field::CreditKind });
    }
    match (facts.credited, document_totals(document)) {
        (_, Err(_)) => problems.push(Problem::NotComputable),
        (Credited::Missing, _) => problems.push(Problem::Missing { field: Field::CreditedInvoice }),
        (Credited::Ambiguous, _) => problems.push(Problem::AmbiguousInvoice),
        (Credited::Invoice { gross }, Ok(totals)) if totals.gross > gross => {
            problems.push(Problem::AboveInvoice);
        }
        (Credited::Invoice { .. }, Ok(_)) => {}
    }
}
