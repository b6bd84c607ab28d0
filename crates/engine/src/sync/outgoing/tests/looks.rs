//! Looking for what a create may have made.

use metakocka_simulator::{Effect, FaultRule};
use sync_core::record::{AddressRow, Contact, Person, Product, TaxNumber};

use super::*;

#[tokio::test]
async fn each_type_is_found_by_its_marker_after_its_answer_was_lost() {
    let desk = desk().await;
    for doc_type in [DocumentType::Order, DocumentType::Offer, DocumentType::InvoiceDomestic] {
        let prepared = create_document(&desk.document(doc_type), &[], &marker('A'), Before::Skip).unwrap();
        let lookup = lookup_of(&prepared);
        let before = desk.look(&lookup, &prepared.sent, Some(&marker('A'))).await;
        assert!(before.iter().all(|hit| !hit.marked), "{doc_type}");
        desk.simulator.add_fault(FaultRule::always("put_document", Effect::DropAfterStore)).unwrap();
        let (reply, sent) = desk.send(prepared).await;
        desk.simulator.clear_faults();
        assert!(matches!(reply, Reply::Unclear(_)), "{doc_type}: {reply:?}");
        let after = desk.look(&lookup, &sent, Some(&marker('A'))).await;
        let new: Vec<&Hit> =
            after.iter().filter(|hit| before.iter().all(|known| known.id != hit.id)).collect();
        let [ours] = new.as_slice() else { panic!("{doc_type}: {new:?}") };
        assert!(ours.marked && ours.differs_in.is_empty() && ours.number.is_some(), "{ours:?}");
    }
}

#[tokio::test]
async fn what_differs_is_named_and_what_is_linked_elsewhere_left_out() {
    let desk = desk().await;
    let document =
        SalesDocument { buyer_order: Some("N-9".to_owned()), ..desk.document(DocumentType::Order) };
    let (first, _) = desk.make(&document, 'A').await;
    let other = SalesDocument { title: Some("drugo".to_owned()), ..document };
    let prepared = create_document(&other, &[], &marker('B'), Before::Skip).unwrap();
    let lookup = lookup_of(&prepared);
    let hits = desk.look(&lookup, &prepared.sent, Some(&marker('B'))).await;
    assert_eq!(hits.len(), 1);
    assert_eq!(
        (&hits[0].id, hits[0].marked, &hits[0].differs_in),
        (&first, false, &vec!["title".to_owned()])
    );
    let linked = HashSet::from([first]);
    let (subject, sent) = (prepared.sent.record.subject(), &prepared.sent);
    let hits = look_up(&desk.client, &lookup, subject, sent, Some(&marker('B')), &linked).await.unwrap();
    assert_eq!(hits, []);
}

#[tokio::test]
async fn a_look_up_that_was_not_answered_says_whether_anybody_was_there() {
    let desk = desk().await;
    let prepared =
        create_document(&desk.document(DocumentType::Order), &[], &marker('A'), Before::Skip).unwrap();
    let lookup = lookup_of(&prepared);
    let look = || {
        let (client, lookup, sent) = (&desk.client, &lookup, &prepared.sent);
        async move {
            let none = HashSet::new();
            look_up(client, lookup, sent.record.subject(), sent, None, &none).await.unwrap_err()
        }
    };
    desk.simulator.add_fault(FaultRule::always("search", Effect::CutBody)).unwrap();
    assert!(look().await.unreachable);
    desk.simulator.clear_faults();
    let refuse = Effect::OprCode { code: "2".to_owned(), text: "Paramether".to_owned() };
    desk.simulator.add_fault(FaultRule::always("search", refuse)).unwrap();
    let unanswered = look().await;
    assert!(!unanswered.unreachable && unanswered.sentence.contains("Paramether"), "{unanswered:?}");
}

fn contact(tax: &str) -> Contact {
    Contact {
        name: "Kovinar Hribar d.o.o.".to_owned(),
        company: Some(true),
        taxpayer: Some(false),
        tax_number: Some(TaxNumber::parse(tax, None).unwrap()),
        person: Some(Person { name: Some("Ana".to_owned()), ..Person::default() }),
        address: Some(AddressRow {
            row: None,
            address: Address {
                street: Some("Polje 5".to_owned()),
                post_number: Some("1000".to_owned()),
                place: Some("Ljubljana".to_owned()),
                country: Some(CountryCode::slovenia()),
                ..Address::default()
            },
        }),
        ..Contact::default()
    }
}

#[tokio::test]
async fn a_contact_is_found_by_its_tax_number_with_and_without_the_prefix() {
    let desk = desk().await;
    for (tax, taxpayer) in [("SI15012557", false), ("SI50223054", true)] {
        let contact = Contact { taxpayer: Some(taxpayer), ..contact(tax) };
        let prepared = create_contact(&contact, Vec::new()).unwrap();
        let lookup = lookup_of(&prepared);
        let by_tax = |prefix: bool| {
            let fits = |query: &&intent::Query| matches!(query, intent::Query::TaxNumber(text) if text.starts_with("SI") == prefix);
            Lookup {
                queries: lookup.queries.iter().filter(fits).cloned().collect(),
                identity: lookup.identity,
            }
        };
        let (id, sent) = desk.write(prepared).await;
        // It is stored as it was written; the query in that spelling finds it.
        let found = desk.look(&by_tax(taxpayer), &sent, None).await;
        assert_eq!(found.iter().map(|hit| &hit.id).collect::<Vec<_>>(), [&id], "{tax}");
        assert_eq!(found[0].differs_in, Vec::<String>::new());
        let all = desk.look(&lookup, &sent, None).await;
        assert_eq!(all.iter().filter(|hit| hit.id == id).count(), 1, "each hit once: {all:?}");
    }
}

#[tokio::test]
async fn a_contact_of_the_same_name_that_is_another_differs() {
    let desk = desk().await;
    desk.write(create_contact(&contact("SI15012557"), Vec::new()).unwrap()).await;
    let other = contact("SI50223054");
    let prepared = create_contact(&other, Vec::new()).unwrap();
    let hits = desk.look(&lookup_of(&prepared), &prepared.sent, None).await;
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0].differs_in, ["tax_number"]);
}

#[tokio::test]
async fn a_product_is_found_by_its_code() {
    let desk = desk().await;
    let product = Product {
        code: "PODL-M6".to_owned(),
        name: "Podložka M6".to_owned(),
        description: None,
        unit: Some("kos".to_owned()),
        barcode: None,
        service: false,
        sold: true,
        active: true,
        price: None,
        remote_code: None,
    };
    let prepared = create_product(&product, Vec::new()).unwrap();
    let lookup = lookup_of(&prepared);
    assert_eq!(desk.look(&lookup, &prepared.sent, None).await, []);
    let (id, sent) = desk.write(prepared).await;
    let hits = desk.look(&lookup, &sent, None).await;
    assert_eq!((hits.len(), &hits[0].id, hits[0].differs_in.is_empty()), (1, &id, true));
}
