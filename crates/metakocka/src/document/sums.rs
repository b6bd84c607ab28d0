//! Sums and payments of documents (`metakocka-api.md §4.3`, `§4.6`).

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::fields::{Fields, Read};
use crate::identity::{MkId, TaxCode};

/// Metakocka's own sums, in the document's currency; zero when the reply leaves them out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Net after discounts (`sum_basic`).
    pub basic: Decimal,
    /// The discounts, net (`sum_discount`).
    pub discount: Decimal,
    /// The tax of each code (`sum_tax_…`).
    pub taxes: BTreeMap<TaxCode, Decimal>,
    /// `sum_prepayment`; for display only.
    pub prepayment: Decimal,
    /// Gross (`sum_all`).
    pub all: Decimal,
    /// What was paid (`sum_paid`).
    pub paid: Decimal,
    /// When it was paid in full, credit notes counted (`sum_full_paid_when`).
    pub paid_in_full_on: Option<Date>,
    /// `sum_creditnote`.
    pub credit_notes: Decimal,
    /// The credits on an order's invoices, with the flag [`SumCredit`](crate::DocumentFlag::SumCredit).
    pub credit: Decimal,
}

impl Sums {
    pub(crate) fn read(f: &mut Fields<'_>) -> Read<Self> {
        let taxes = f.decimals_by_prefix("sum_tax_")?;
        Ok(Self {
            basic: f.decimal_or_zero("sum_basic")?,
            discount: f.decimal_or_zero("sum_discount")?,
            taxes: taxes.into_iter().map(|(code, tax)| (TaxCode::new(&code), tax)).collect(),
            prepayment: f.decimal_or_zero("sum_prepayment")?,
            all: f.decimal_or_zero("sum_all")?,
            paid: f.decimal_or_zero("sum_paid")?,
            paid_in_full_on: f.date("sum_full_paid_when")?,
            credit_notes: f.decimal_or_zero("sum_creditnote")?,
            credit: f.decimal_or_zero("sum_credit")?,
        })
    }
}

/// A payment (`mark_paid[]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The register's label (`payment_type`), for example `Transakcijski račun`.
    pub kind: Option<String>,
    /// When.
    pub date: Option<Date>,
    /// How much, in the document's currency; written in Slovenian form (Q13).
    pub amount: Decimal,
    /// The direction in Metakocka's words (`payment_tip`): `Prejemek`, `Izdatek`, `Vračilo`.
    pub direction: Option<String>,
    /// `cashRegister`.
    pub cash_register: Option<String>,
    /// `notes`.
    pub notes: Option<String>,
}

impl Payment {
    pub(crate) fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            kind: f.text("payment_type")?,
            date: f.date("date")?,
            amount: f.slovenian_money("amount")?.unwrap_or_default(),
            direction: f.text("payment_tip")?,
            cash_register: f.text("cashRegister")?,
            notes: f.text("notes")?,
        })
    }
}

/// An instalment (`installment_list[]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installment {
    /// Its id.
    pub mk_id: Option<MkId>,
    /// When it is due.
    pub date: Option<Date>,
    /// How much.
    pub amount: Decimal,
    /// `installment_payed` (sic), as received: samples do not say whether it is an amount or a yes.
    pub paid: Option<String>,
}

impl Installment {
    pub(crate) fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            mk_id: f.id("mk_id")?,
            date: f.date("installment_date")?,
            amount: f.decimal_or_zero("installment_amount")?,
            paid: f.text("installment_payed")?,
        })
    }
}
