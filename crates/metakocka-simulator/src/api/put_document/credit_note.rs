//! Credit notes (`metakocka-api.md` §4.3): linked to an invoice, whose partner they have, or standing alone.

use crate::api::MkError;
use crate::api::params::{Params, required};
use crate::api::writing::lines::{DraftArticle, DraftLine};
use crate::api::writing::{invalid_value, text};
use crate::company::{
    Article, Company, DocType, Document, DocumentDiscount, Line, LineContent, MkId, PartnerRef, PricedLine,
    sums_of,
};
use rust_decimal::Decimal;

/// What is credited.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An amount: service lines only.
    Financial,
    /// Goods as they are on the invoice.
    Goods,
}

/// A credit note for an invoice.
pub(super) struct Credit {
    kind: Kind,
    pub(super) bill: (DocType, MkId),
    pub(super) number: String,
    partner: PartnerRef,
}

/// `None` for every other document and for a credit note that stands alone.
pub(super) fn parse(
    company: &Company,
    doc_type: DocType,
    params: &Params,
) -> Result<Option<Credit>, MkError> {
    if doc_type != DocType::SalesBillCreditNote {
        return Ok(None);
    }
    let kind = match text(params, "credit_note_type")?.as_deref() {
        Some("standalone") => return Ok(None),
        Some("financial") => Kind::Financial,
        Some("goods") => Kind::Goods,
        Some(other) => return Err(invalid_value("credit_note_type", other, "financial,goods,standalone")),
        None => return Err(required("credit_note_type")),
    };
    let number = text(params, "credit_note_bill")?.ok_or_else(|| required("credit_note_bill"))?;
    let bill = bill(company, &number).ok_or_else(|| {
        MkError::parameter(format!("Cannot find document type sales_bill with count_code = {number}"))
    })?;
    Ok(Some(Credit { kind, bill: (bill.doc_type, bill.id), partner: bill.partner, number }))
}

/// Of several invoices with one number the last.
fn bill<'a>(company: &'a Company, number: &str) -> Option<&'a Document> {
    let types = DocType::ALL.into_iter().filter(|t| t.is_bill() && *t != DocType::SalesBillCreditNote);
    let bills = types.flat_map(|doc_type| company.documents(doc_type));
    bills.filter(|bill| bill.number == number).max_by_key(|bill| bill.created.at)
}

impl Credit {
    /// Linked credit notes have the partner of the invoice, whatever is sent (§4.3).
    pub(super) const fn partner(&self) -> PartnerRef {
        self.partner
    }

    /// Lines as on the invoice, and never more than the invoice.
    pub(super) fn check(
        &self,
        company: &Company,
        target: Option<MkId>,
        lines: &[DraftLine],
    ) -> Result<(), MkError> {
        let Some(bill) = company.document(self.bill.0, self.bill.1) else { return Ok(()) };
        match self.kind {
            Kind::Financial if lines.iter().any(|line| !line.is_service(company)) => {
                return Err(MkError::application("Financial credit note can contain only services."));
            }
            Kind::Goods => lines.iter().try_for_each(|line| check_goods(bill, line))?,
            Kind::Financial => {}
        }
        let own = target.and_then(|id| company.document(DocType::SalesBillCreditNote, id));
        let others = bill.credited - own.map_or(Decimal::ZERO, |note| note.sums.total);
        let priced =
            lines.iter().map(|line| Line { row_id: MkId(0), content: LineContent::Priced(line.priced()) });
        let total = sums_of(&priced.collect::<Vec<_>>(), DocumentDiscount::None).total;
        if total + others > bill.sums.total {
            return Err(MkError::application(format!("Credit note is higher than bill {}.", bill.number)));
        }
        Ok(())
    }
}

fn check_goods(bill: &Document, line: &DraftLine) -> Result<(), MkError> {
    let refusal = || MkError::application(format!("Product is not on bill {} in this amount.", bill.number));
    let DraftArticle::Known(id) = line.article else { return Err(refusal()) };
    let billed: Decimal = bill
        .lines
        .iter()
        .filter_map(|line| match &line.content {
            LineContent::Priced(PricedLine { article: Article::Product(of), amount, .. }) if *of == id => {
                Some(*amount)
            }
            _ => None,
        })
        .sum();
    if line.amount() <= billed { Ok(()) } else { Err(refusal()) }
}
