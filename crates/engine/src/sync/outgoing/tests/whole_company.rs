//! Every record of a seeded company, with all that people and shops there put on it: a change of one field arrives and
//! moves nothing else, or says why it cannot be made.

use sync_core::intent::ReadBack as Judged;

use super::orders::change_of;
use super::*;
use crate::sync::translate;

/// Sends a change; gives whether it could be made. Nothing else may move.
async fn goes(desk: &Desk, made: Result<Prepared, NotMade>, base: SentRecord, what: &str) -> bool {
    let prepared = match made {
        Ok(prepared) => prepared,
        Err(NotMade::Blocked(reasons)) => {
            assert!(!reasons.is_empty(), "{what}");
            return false;
        }
        Err(other) => panic!("{what}: {other:?}"),
    };
    let (id, sent) = desk.write(prepared).await;
    let found = desk.read(&sent, &id).await;
    let Judged::Found { compared, foreign, lost } = compare(&sent, &found) else { panic!("{what}") };
    assert_eq!(compared, Compared::Wanted, "{what}: {:?}", differences(&sent, &found));
    assert_eq!((foreign, lost), (Vec::<String>::new(), Vec::<String>::new()), "{what}");
    let read = super::super::compare::read_fields(&sent, &found).unwrap();
    let moved: Vec<String> = super::super::fields::differing(&super::super::fields::of(&base), &read)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(others_untouched(&sent, Some(&base), &found), "{what} moved {moved:?}");
    true
}

#[tokio::test]
async fn every_document_is_changed_in_one_field_or_says_why_not() {
    let desk = desk().await;
    let types = [
        ("sales_order", DocumentType::Order),
        ("sales_offer", DocumentType::Offer),
        ("sales_bill_domestic", DocumentType::InvoiceDomestic),
        ("sales_bill_credit_note", DocumentType::CreditNote),
    ];
    let (mut made, mut blocked) = (0, 0);
    for truth in desk.documents() {
        let name = truth.doc_type.name();
        let Some((_, doc_type)) = types.iter().find(|(wire, _)| *wire == name) else { continue };
        for field in ["title", "notes", "lines"] {
            let fresh = desk.fresh(*doc_type, &id(&truth.id)).await;
            let base = translate::document(&fresh).unwrap().document;
            let mut wanted = base.clone();
            match field {
                "title" => wanted.title = Some("nov naslov".to_owned()),
                "notes" => wanted.notes = Some("nove opombe".to_owned()),
                _ => {
                    let first = wanted.lines.iter_mut().find_map(|line| match line {
                        Line::Product(line) => Some(line),
                        Line::Text(_) => None,
                    });
                    let Some(first) = first else { continue };
                    first.amount = Amount(first.amount.0 + dec("1"));
                }
            }
            let prepared = change_of(&fresh, &base, &wanted);
            let what = format!("{name} {} {field}", truth.id);
            let went = goes(&desk, prepared, SentRecord::Document(Box::new(base)), &what).await;
            if went { made += 1 } else { blocked += 1 }
        }
    }
    assert!(made > 100 && blocked > 10, "{made} made, {blocked} blocked");
}

#[tokio::test]
async fn every_contact_and_product_is_changed_in_one_field() {
    let desk = desk().await;
    for truth in desk.partners() {
        let read = read_by_id(&desk.client, Subject::Contact, &id(&truth.id), None, NOW).await;
        let ReadBack::Found(found) = read else { panic!("{read:?}") };
        let FoundRecord::Partner(partner) = found.record else { panic!() };
        let base = translate::contact(&partner).unwrap();
        let mut wanted = base.clone();
        wanted.name = format!("{} nova", base.name.trim());
        wanted.address.as_mut().unwrap().address.place = Some("Kranj".to_owned());
        let made = change_contact(&partner, NOW, &base, &wanted);
        assert!(goes(&desk, made, SentRecord::Contact(Box::new(base)), &truth.id).await);
    }
    for truth in desk.simulator.products(COMPANY).unwrap() {
        let read = read_by_id(&desk.client, Subject::Product, &id(&truth.id), Some(&truth.code), NOW).await;
        let ReadBack::Found(found) = read else { panic!("{read:?}") };
        let FoundRecord::Product(product) = found.record else { panic!() };
        let base = translate::product(&product);
        let wanted = sync_core::record::Product { description: Some("opis".to_owned()), ..base.clone() };
        let made = change_product(&product, NOW, &base, &wanted);
        assert!(goes(&desk, made, SentRecord::Product(Box::new(base)), &truth.id).await);
    }
}
