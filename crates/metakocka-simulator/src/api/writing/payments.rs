//! Payments that a request marks (`metakocka-api.md` §4.6).

use super::{date, decimal, invalid_value, text};
use crate::api::params::{Params, required};
use crate::api::{Call, MkError};
use crate::company::{Company, Document, Payment};
use crate::quirks::Quirk;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// What `mark_paid` asks for.
pub(in crate::api) enum MarkPaid {
    /// Left out or empty: payments stay as they are (Q20).
    Keep,
    Clear,
    Replace(Vec<Marked>),
}

/// One payment; without an amount it pays the whole document.
pub(in crate::api) struct Marked {
    kind: String,
    date: Date,
    amount: Option<Decimal>,
    cash_register: Option<String>,
}

impl MarkPaid {
    pub(in crate::api) fn parse(company: &Company, params: &Params, call: Call<'_>) -> Result<Self, MkError> {
        let rows = params.objects("mark_paid")?;
        if rows.is_empty() {
            let clears = params.has("mark_paid") && !call.quirks.hold(Quirk::EmptyPaymentsKeep);
            return Ok(if clears { Self::Clear } else { Self::Keep });
        }
        let marked: Vec<Marked> =
            rows.iter().map(|row| Marked::parse(company, row, call)).collect::<Result<_, _>>()?;
        match marked.as_slice() {
            [Marked { amount: Some(amount), .. }] if amount.is_zero() => Ok(Self::Clear),
            _ => Ok(Self::Replace(marked)),
        }
    }

    pub(in crate::api) fn apply(self, document: &mut Document) {
        match self {
            Self::Keep => {}
            Self::Clear => document.payments.clear(),
            Self::Replace(marked) => {
                document.payments.clear();
                for payment in marked {
                    let rest = document.sums.total - document.paid();
                    document.payments.push(payment.into_payment(rest));
                }
            }
        }
    }
}

impl Marked {
    fn parse(company: &Company, row: &Params, call: Call<'_>) -> Result<Self, MkError> {
        let kind = text(row, "payment_type")?.ok_or_else(|| required("payment_type"))?;
        let cash_register = text(row, "cashRegister")?;
        check_type(company, &kind, cash_register.as_deref())?;
        Ok(Self {
            kind,
            date: date(row, "date", call)?.ok_or_else(|| required("date"))?,
            amount: decimal(row, "amount")?,
            cash_register,
        })
    }

    fn into_payment(self, rest: Decimal) -> Payment {
        Payment::new(self.kind, self.date, self.amount.unwrap_or(rest), self.cash_register)
    }
}

/// The label of a payment type; those of cash and cards need a cash register that exists.
pub(in crate::api) fn check_type(
    company: &Company,
    label: &str,
    cash_register: Option<&str>,
) -> Result<(), MkError> {
    let types = &company.registers.payment_types;
    let Some(kind) = types.iter().find(|kind| kind.label == label) else {
        let valid: Vec<&str> = types.iter().map(|kind| kind.label.as_str()).collect();
        return Err(invalid_value("payment_type", label, &valid.join(",")));
    };
    let known = |name: &str| company.registers.cash_registers.iter().any(|known| known == name);
    if kind.fiscal && !cash_register.is_some_and(known) {
        return Err(MkError::application(format!("Cash register for payment type '{label}' is not set.")));
    }
    Ok(())
}
