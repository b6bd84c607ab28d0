//! Seeds payments: whole, in parts, late, or none.

use super::Maker;
use crate::company::arithmetic::cents;
use crate::company::model::{Document, Payment};
use crate::company::registers::{BANK_TRANSFER, CARD, CASH};
use jiff::ToSpan;
use jiff::civil::Date;
use rand::Rng;
use rust_decimal::Decimal;

impl Maker<'_> {
    /// Pays a bill as customers do: most in time, some in parts, some not at all. Drafts are unpaid.
    pub(super) fn settle(&mut self, bill: &mut Document) {
        let Some(due) = bill.due.filter(|_| bill.published.is_some()) else { return };
        let yesterday = self.seed.today.saturating_sub(1.days());
        let overdue = due < yesterday;
        let total = bill.sums.total;
        let early = self.rng.random_range(0..12_i64);
        let day = due.saturating_sub(early.days()).max(bill.date).min(yesterday);
        match self.rng.random_range(0..100) {
            0..55 if overdue => self.pay(bill, BANK_TRANSFER, total, day),
            55..75 if overdue => {
                let first = cents(total * Decimal::new(self.rng.random_range(20..80), 2));
                self.pay(bill, BANK_TRANSFER, first, day);
                self.pay(bill, CARD, total - first, yesterday.min(due.saturating_add(9.days())));
            }
            75..86 if overdue => self.pay(bill, BANK_TRANSFER, cents(total / Decimal::from(3)), day),
            0..20 => self.pay(bill, BANK_TRANSFER, total, day),
            _ => {}
        }
    }

    pub(super) fn pay(&mut self, document: &mut Document, kind: &str, amount: Decimal, date: Date) {
        if amount.is_zero() {
            return;
        }
        let cash_register = (kind == CASH).then(|| "Blagajna 1".to_owned());
        document.payments.push(Payment::new(kind.to_owned(), date, amount, cash_register));
        let wall = date.at(19, self.rng.random_range(0..60), 0, 0);
        let at = crate::company::Moment::of_wall(wall.max(document.created.wall));
        document.last_change = document.last_change_or(at);
    }
}
