//! What has to hold before a record is created or changed in the remote, policy G: every reason at
//! once, each with its field, a sentence and what to do about it.
//!
//! What is already impossible by type is not checked again: dates are real, discounts are between 0
//! and 100. What is allowed in a direction, and locks, are the planner's.

mod document;
mod problem;
#[cfg(test)]
mod tests;

pub use document::{
    CreditKind, Credited, DocumentFacts, LineFacts, MAX_BODY_BYTES, MAX_SENT_LINES, NamedParty,
    document_problems,
};
pub use problem::{Field, Problem};

use crate::record::text::normalise;
use crate::record::{Contact, Product};

/// The most characters that the remote takes for a text; the client of the remote knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLimits {
    /// Name of a contact.
    pub contact_name: usize,
    /// Street.
    pub street: usize,
    /// Post number.
    pub post_number: usize,
    /// Town.
    pub place: usize,
    /// Code of a product.
    pub product_code: usize,
    /// Name of a product.
    pub product_name: usize,
    /// Description of a product.
    pub description: usize,
    /// Subject of a document.
    pub title: usize,
    /// The customer's order number.
    pub buyer_order: usize,
}

/// Why a contact can't be created there.
pub fn contact_problems(contact: &Contact, limits: &TextLimits) -> Vec<Problem> {
    let address = contact.address.as_ref().map(|row| &row.address);
    let of = |part: fn(&crate::record::Address) -> &Option<String>| address.and_then(|a| part(a).as_deref());
    let mut problems = Vec::new();
    required(&mut problems, Field::Name, Some(&contact.name), limits.contact_name);
    required(&mut problems, Field::Street, of(|a| &a.street), limits.street);
    required(&mut problems, Field::PostNumber, of(|a| &a.post_number), limits.post_number);
    required(&mut problems, Field::Place, of(|a| &a.place), limits.place);
    if contact.country().is_none() {
        problems.push(Problem::Missing { field: Field::Country });
    }
    problems
}

/// Why a product can't be created there.
pub fn product_problems(product: &Product, limits: &TextLimits) -> Vec<Problem> {
    let mut problems = Vec::new();
    required(&mut problems, Field::Code, Some(&product.code), limits.product_code);
    required(&mut problems, Field::Name, Some(&product.name), limits.product_name);
    required(&mut problems, Field::Unit, product.unit.as_deref(), usize::MAX);
    fits(&mut problems, Field::Description, product.description.as_deref(), limits.description);
    problems
}

fn required(problems: &mut Vec<Problem>, field: Field, text: Option<&str>, most: usize) {
    if normalise(text.unwrap_or_default()).is_empty() {
        problems.push(Problem::Missing { field });
    }
    fits(problems, field, text, most);
}

/// A text is never cut: what is too long is a problem.
fn fits(problems: &mut Vec<Problem>, field: Field, text: Option<&str>, most: usize) {
    let has = text.map_or(0, |text| text.trim().chars().count());
    if has > most {
        problems.push(Problem::TooLong { field, most, has });
    }
}
