//! Whether a document is still being dealt with: such a one is in the owner's scope however old it is (policy A).

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{DocumentExtras, DocumentType, LinkKind, SalesDocument};

/// An invoice that is not settled, an order that is neither invoiced nor packed or shipped (policy E), an offer that is
/// valid on `today` and led to nothing yet. A credit note is done with when it is made.
pub fn is_open(document: &SalesDocument, extras: &DocumentExtras, today: Date) -> bool {
    match document.doc_type {
        DocumentType::CreditNote => false,
        DocumentType::Offer | DocumentType::Proforma => {
            document.dates.valid_to.is_some_and(|last| last >= today)
                && !leads_to(
                    extras,
                    |kind| matches!(kind, LinkKind::Sales(sales) if *sales != document.doc_type),
                )
        }
        DocumentType::Order => {
            extras.shipped_on.is_none()
                && !leads_to(extras, |kind| match kind {
                    LinkKind::Sales(sales) => sales.is_booked(),
                    LinkKind::PackingList => true,
                    LinkKind::Other(_) => false,
                })
        }
        _ => extras.paid_in_full_on.is_none() && !is_settled(document, extras),
    }
}

fn leads_to(extras: &DocumentExtras, is_meant: impl Fn(&LinkKind) -> bool) -> bool {
    extras.links.iter().any(|link| is_meant(&link.kind))
}

/// Payments and credit notes together come to the total.
fn is_settled(document: &SalesDocument, extras: &DocumentExtras) -> bool {
    let total = document.booked.as_ref().map_or(Decimal::ZERO, |booked| booked.gross.abs());
    extras.paid.unwrap_or_default() + extras.credited.unwrap_or_default().abs() >= total
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::record::fixtures::{dec, document};
    use crate::record::{Booked, Dates, ExternalId, LinkedDocument};

    const TODAY: Date = date(2026, 11, 24);

    fn linked(kind: LinkKind) -> DocumentExtras {
        let external_id = ExternalId::parse("12").unwrap();
        DocumentExtras {
            links: vec![LinkedDocument { kind, external_id, number: "1".to_owned() }],
            ..DocumentExtras::default()
        }
    }

    fn opens(doc_type: DocumentType, extras: &DocumentExtras) -> bool {
        let booked = Booked {
            net: dec("81.97"),
            discount: Decimal::ZERO,
            gross: dec("100"),
            taxes: std::collections::BTreeMap::new(),
        };
        let dates = Dates { valid_to: Some(TODAY), ..Dates::of(date(2019, 3, 1)) };
        is_open(
            &SalesDocument { doc_type, dates, booked: Some(booked), ..document(Vec::new()) },
            extras,
            TODAY,
        )
    }

    #[test]
    fn what_is_still_being_dealt_with_is_open_however_old() {
        use DocumentType as T;
        let none = DocumentExtras::default();
        let paid = |sum: &str| DocumentExtras { paid: Some(dec(sum)), ..DocumentExtras::default() };
        let cases = [
            ("unpaid", T::InvoiceDomestic, none.clone(), true),
            ("paid in part", T::InvoiceForeign, paid("99.99"), true),
            ("paid", T::InvoiceRetail, paid("100"), false),
            (
                "paid, as the remote says",
                T::InvoiceDomestic,
                DocumentExtras { paid_in_full_on: Some(TODAY), ..none.clone() },
                false,
            ),
            (
                "paid and credited",
                T::InvoiceDomestic,
                DocumentExtras { credited: Some(dec("40")), ..paid("60") },
                false,
            ),
            ("a credit note", T::CreditNote, none.clone(), false),
            ("an order", T::Order, none.clone(), true),
            ("an order from an offer", T::Order, linked(LinkKind::Sales(T::Offer)), true),
            ("invoiced", T::Order, linked(LinkKind::Sales(T::InvoicePrepaid)), false),
            ("packed", T::Order, linked(LinkKind::PackingList), false),
            ("shipped", T::Order, DocumentExtras { shipped_on: Some(TODAY), ..none.clone() }, false),
            ("an offer", T::Offer, none, true),
            ("an accepted offer", T::Offer, linked(LinkKind::Sales(T::Order)), false),
        ];
        for (name, doc_type, extras, expected) in cases {
            assert_eq!(opens(doc_type, &extras), expected, "{name}");
        }
    }

    #[test]
    fn an_offer_is_open_until_the_last_day_that_it_names() {
        let offer = |valid_to| {
            let dates = Dates { valid_to, ..Dates::of(date(2019, 3, 1)) };
            SalesDocument { doc_type: DocumentType::Offer, dates, ..document(Vec::new()) }
        };
        let none = DocumentExtras::default();
        assert!(is_open(&offer(Some(TODAY)), &none, TODAY));
        assert!(!is_open(&offer(Some(date(2026, 11, 23))), &none, TODAY));
        assert!(!is_open(&offer(None), &none, TODAY));
    }
}
