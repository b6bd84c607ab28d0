//! Computed totals against booked ones, within the tolerance of policy C.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{MoneyError, Totals, document_totals, net_of, plus, times};
use crate::record::{Booked, DocumentType, Line, SalesDocument, TaxCode, TaxRate};

/// Half a cent: how far a unit price moves when the remote rounds it.
const HALF_CENT: Decimal = Decimal::from_parts(5, 0, 0, false, 3);

/// A cent.
const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// How computed and booked totals compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TotalCheck {
    /// Equal to the cent.
    Exact,
    /// Within what rounding can do: recorded, the remote's figure is the booked one.
    Rounding {
        /// Booked less computed, with tax.
        difference: Decimal,
    },
    /// More than rounding can do: a person has to look.
    Different {
        /// What the lines come to.
        computed: Totals,
        /// What the remote books.
        booked: Booked,
    },
}

/// Whether a gross and a net unit price are one price: round₂(g ÷ (1 + t)) = n. The remote reads a
/// price of 209 with tax back as 171.31 without (`metakocka-api.md §4.3`); our basis stays.
pub fn gross_equals_net(gross: Decimal, net: Decimal, rate: TaxRate) -> Result<bool, MoneyError> {
    Ok(net_of(gross, rate)? == net)
}

/// By how much totals may differ through rounding: Σ |amount| × 0.005 × (1 + t), the rounding of
/// unit prices, and a cent for each tax code; both happen to one document (docs/adr/0003).
pub fn tolerance(lines: &[Line]) -> Result<Decimal, MoneyError> {
    let mut unit_prices = Decimal::ZERO;
    let mut codes: Vec<TaxCode> = Vec::new();
    for line in lines.iter().filter_map(Line::as_product) {
        let with_tax = plus(Decimal::ONE, line.tax.rate.fraction())?;
        unit_prices = plus(unit_prices, times(times(line.amount.0.abs(), HALF_CENT)?, with_tax)?)?;
        let code = line.tax.code.folded();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    plus(unit_prices, CENT * Decimal::from(codes.len()))
}

/// Compares what the lines come to with what the remote books: net, each tax and gross. The sum of
/// discounts is only shown: it is a difference of two sums that are compared here.
pub fn compare_totals(computed: &Totals, booked: &Booked, lines: &[Line]) -> Result<TotalCheck, MoneyError> {
    let mut differences = tax_differences(computed, booked)?;
    differences.push(super::minus(booked.net, computed.net)?);
    let difference = super::minus(booked.gross, computed.gross)?;
    differences.push(difference);
    if differences.iter().all(Decimal::is_zero) {
        return Ok(TotalCheck::Exact);
    }
    let allowed = tolerance(lines)?;
    if differences.iter().all(|one| one.abs() <= allowed) {
        return Ok(TotalCheck::Rounding { difference });
    }
    Ok(TotalCheck::Different { computed: computed.clone(), booked: booked.clone() })
}

/// The same for a whole document; absent when nothing is booked. The booked totals of a credit note
/// are compared without their sign (policy C).
pub fn check_document(document: &SalesDocument) -> Result<Option<TotalCheck>, MoneyError> {
    let Some(booked) = &document.booked else { return Ok(None) };
    let computed = document_totals(document)?;
    let check = if document.doc_type == DocumentType::CreditNote {
        compare_totals(&computed, &without_sign(booked), &document.lines)
    } else {
        compare_totals(&computed, booked, &document.lines)
    };
    check.map(Some)
}

fn without_sign(booked: &Booked) -> Booked {
    Booked {
        net: booked.net.abs(),
        discount: booked.discount.abs(),
        taxes: booked.taxes.iter().map(|(code, tax)| (code.clone(), tax.abs())).collect(),
        gross: booked.gross.abs(),
    }
}

/// Booked less computed for every code that either side has.
fn tax_differences(computed: &Totals, booked: &Booked) -> Result<Vec<Decimal>, MoneyError> {
    let mut by_code: BTreeMap<TaxCode, Decimal> = BTreeMap::new();
    let booked_taxes = booked.taxes.iter().map(|(code, tax)| (code.folded(), *tax));
    let computed_taxes = computed.taxes.iter().map(|total| (total.code.folded(), -total.tax));
    for (code, tax) in booked_taxes.chain(computed_taxes) {
        let sum = by_code.entry(code).or_insert(Decimal::ZERO);
        *sum = plus(*sum, tax)?;
    }
    Ok(by_code.into_values().collect())
}
