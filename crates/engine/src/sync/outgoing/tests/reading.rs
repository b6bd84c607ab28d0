//! Records that are read back and judged.

use metakocka_simulator::{DocType, EditRequest, Effect, FaultRule};
use serde_json::json;

use super::orders::{change_of, order};
use super::*;

#[tokio::test]
async fn a_change_is_as_wanted_as_before_or_neither() {
    let desk = desk().await;
    let (id, fresh, base) = order(&desk).await;
    let mut wanted = base.clone();
    wanted.notes = Some("naše".to_owned());
    wanted.status = Some(Status { code: Some("created".to_owned()), label: String::new() });
    let prepared = change_of(&fresh, &base, &wanted).unwrap();
    let sent = prepared.sent.clone();
    assert_eq!(compared(&sent, &desk.read(&sent, &id).await), Compared::Before);
    desk.write(prepared).await;
    assert_eq!(compared(&sent, &desk.read(&sent, &id).await), Compared::Wanted);
    let edit = EditRequest::document(DocType::SalesOrder, id.as_str(), json!({ "notes": "njihove" }));
    desk.simulator.edit(&edit).unwrap();
    let found = desk.read(&sent, &id).await;
    assert_eq!(compared(&sent, &found), Compared::Mixed);
    let differences = differences(&sent, &found);
    let names: Vec<&str> = differences.keys().map(FieldName::as_str).collect();
    assert_eq!(names, ["notes"]);
    let notes = &differences[&FieldName::new("notes")];
    assert_eq!(notes.sent.as_ref().unwrap().json(), "naše");
    assert_eq!(notes.read_back.as_ref().unwrap().json(), "njihove");
}

#[tokio::test]
async fn what_metakocka_fills_in_by_itself_is_not_what_was_sent() {
    let desk = desk().await;
    // The receiver of an order is the buyer at its delivery address when none is sent.
    let mut delivered = None;
    for partner in desk.partners() {
        let read = read_by_id(&desk.client, Subject::Contact, &super::id(&partner.id), None, NOW).await;
        let ReadBack::Found(found) = read else { panic!() };
        let FoundRecord::Partner(theirs) = found.record else { panic!() };
        if theirs.addresses.iter().any(|row| row.kind == metakocka::AddressKind::Delivery) {
            delivered = Some(party_of(&partner));
            break;
        }
    }
    let document = SalesDocument { customer: delivered.unwrap(), ..desk.document(DocumentType::Order) };
    let prepared = create_document(&document, &[], &marker('A'), Before::Skip).unwrap();
    let (_, sent, found) = desk.confirm(prepared).await;
    assert!(!others_untouched(&sent, None, &found));
    let Some(SentRecord::Document(base)) = base_after(&sent, None, &found) else { panic!() };
    assert!(base.receiver.is_some(), "on a create the others are as they were read");
    assert_eq!(base.lines.len(), 2);
}

#[tokio::test]
async fn a_gross_price_that_comes_back_net_is_the_price_that_was_sent() {
    let net = |price: &str| Line::Product(line(product('1'), "1", Price::Net(dec(price))));
    let gross = |price: &str| Line::Product(line(product('1'), "1", Price::Gross(dec(price))));
    let same = super::super::fields::same_line;
    assert!(same(&gross("209"), &net("171.31")) && same(&net("171.31"), &gross("209")));
    assert!(!same(&gross("209"), &net("171.30")) && !same(&gross("209"), &gross("209.01")));
    assert!(same(&net("10"), &net("10.00")));
}

fn product(digit: char) -> ProductRef {
    ProductRef {
        code: Some(format!("A{digit}")),
        remote_code: None,
        external_id: Some(id(&digit.to_string())),
    }
}

#[tokio::test]
async fn the_order_of_the_lines_and_what_is_never_written_in_them_do_not_count() {
    let document = |lines: Vec<ProductLine>| {
        let lines = lines.into_iter().map(Line::Product).collect();
        SalesDocument { lines, ..bare() }
    };
    let one = line(product('1'), "1", Price::Net(dec("2")));
    let two = line(product('2'), "1", Price::Net(dec("2")));
    let renamed = ProductLine { name: "drugo".to_owned(), unit: None, ..one.clone() };
    let fields = |lines: Vec<ProductLine>| super::super::fields::of_document(&document(lines));
    let differing = super::super::fields::differing;
    let sent = fields(vec![one.clone(), two.clone()]);
    assert!(differing(&sent, &fields(vec![two.clone(), renamed])).is_empty());
    assert_eq!(differing(&sent, &fields(vec![one.clone(), one.clone()])).len(), 1);
    assert_eq!(differing(&sent, &fields(vec![one.clone(), two, one])).len(), 1);
}

fn bare() -> SalesDocument {
    SalesDocument {
        doc_type: DocumentType::Order,
        number: None,
        dates: Dates::of(TODAY),
        customer: Party::default(),
        receiver: None,
        title: None,
        buyer_order: None,
        notes: None,
        currency: Currency::euro(),
        status: None,
        lines: Vec::new(),
        document_discount: None,
        booked: None,
    }
}

#[tokio::test]
async fn a_bill_that_became_another_type_is_found_and_what_is_nowhere_is_missing() {
    let desk = desk().await;
    let (id, _) = desk.make(&desk.document(DocumentType::InvoiceForeign), 'A').await;
    let domestic = Subject::Document(DocumentType::InvoiceDomestic);
    let ReadBack::Found(found) = read_by_id(&desk.client, domestic, &id, None, NOW).await else { panic!() };
    assert_eq!(document_in(*found).doc_type, metakocka::DocumentType::BillForeign);
    let nowhere = super::id("999");
    for subject in [domestic, Subject::Document(DocumentType::Order), Subject::Contact] {
        let read = read_by_id(&desk.client, subject, &nowhere, None, NOW).await;
        assert!(matches!(read, ReadBack::Missing), "{read:?}");
    }
}

#[tokio::test]
async fn a_read_without_an_answer_says_whether_anybody_was_there() {
    let desk = desk().await;
    let (id, ..) = order(&desk).await;
    let subject = Subject::Document(DocumentType::Order);
    for (effect, unreachable) in [
        (Effect::DropAfterStore, true),
        (Effect::OprCode { code: "2".to_owned(), text: "Paramether".to_owned() }, false),
    ] {
        desk.simulator.add_fault(FaultRule::always("get_document", effect)).unwrap();
        let read = read_by_id(&desk.client, subject, &id, None, NOW).await;
        let ReadBack::Unanswered(why) = &read else { panic!("{read:?}") };
        assert_eq!(why.unreachable, unreachable, "{why:?}");
        desk.simulator.clear_faults();
    }
}
