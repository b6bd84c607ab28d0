//! Canonical form, hashes and names.

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

use super::fixtures::*;
use super::*;

fn again<T: serde::Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

fn is_stable<R: Canonical + DeserializeOwned + PartialEq + Debug>(record: &R) {
    let once = record.canonical();
    assert_eq!(once.canonical(), once);
    assert_eq!(content_hash(&once), content_hash(record));
    let read_back = again(record);
    assert_eq!(&read_back, record);
    assert_eq!(content_hash(&read_back), content_hash(record));
}

proptest! {
    #[test]
    fn a_document_keeps_its_form_and_hash(document in any_document()) {
        is_stable(&document);
    }

    #[test]
    fn a_contact_keeps_its_form_and_hash(contact in any_contact()) {
        is_stable(&contact);
    }

    #[test]
    fn a_changed_price_changes_the_hash(mut document in any_document()) {
        document.lines.push(Line::Product(line("A", "1", net("10"), "")));
        let before = content_hash(&document);
        document.lines.pop();
        document.lines.push(Line::Product(line("A", "1", net("10.01"), "")));
        prop_assert_ne!(content_hash(&document), before);
    }
}

#[test]
fn spelling_does_not_change_a_hash() {
    let document = document(vec![Line::Product(line("A", "2.50", net("10.00"), "10;0"))]);
    let mut other = document.clone();
    other.number = Some("  PP-2041 ".to_owned());
    other.notes = Some("<p> </p>".to_owned());
    other.title = Some(String::new());
    other.customer.name = "Kovinar Hribar, podjetje".to_owned();
    other.status = Some(Status { code: Some("new_order".to_owned()), label: "New order".to_owned() });
    other.document_discount = Some(DocumentDiscount::Percent(dec("0.00")));
    let row = RowId::parse("12").ok();
    other.lines = vec![Line::Product(ProductLine { row, ..line("A", "2.5", net("10"), "10") })];
    assert_eq!(content_hash(&other), content_hash(&document));
}

#[test]
fn what_is_content_changes_the_hash() {
    type Change = fn(&mut SalesDocument);
    let document = document(vec![Line::Product(line("A", "2", net("10"), "10"))]);
    let taxed = |d: &mut SalesDocument| {
        d.lines =
            vec![Line::Product(ProductLine { tax: tax("EX3", "9.5"), ..line("A", "2", net("10"), "10") })];
    };
    let changes: [(&str, Change); 8] = [
        ("number", |d| d.number = Some("PP-2042".to_owned())),
        ("date", |d| d.dates.due = Some(jiff::civil::date(2026, 12, 23))),
        ("customer", |d| d.customer.external_id = ExternalId::parse("1").ok()),
        ("receiver", |d| d.receiver = Some(Party { name: "Skladišče".to_owned(), ..Party::default() })),
        ("status", |d| d.status = None),
        ("basis", |d| d.lines = vec![Line::Product(line("A", "2", gross("10"), "10"))]),
        ("tax", taxed),
        ("lines", |d| d.lines.push(Line::Text(TextLine { row: None, text: "Hvala".to_owned() }))),
    ];
    for (name, change) in changes {
        let mut other = document.clone();
        change(&mut other);
        assert_ne!(content_hash(&other), content_hash(&document), "{name}");
    }
}

#[test]
fn the_hash_is_the_one_that_was_stored_before() {
    let stored = document(vec![Line::Product(line("A", "2", net("10"), "10"))]);
    assert_eq!(
        content_hash(&stored).as_str(),
        "55e0fc9222a6a9a6c1360bb3c3fc8bc6b1fe059e951c5b1bb18a5ab224096256"
    );
}

#[test]
fn extras_have_a_hash_of_their_own_that_ignores_the_order_of_links() {
    let link = |id: &str| LinkedDocument {
        kind: LinkKind::Sales(DocumentType::InvoiceDomestic),
        external_id: ExternalId::parse(id).unwrap(),
        number: "R26-1".to_owned(),
    };
    let paid =
        |paid: &str, links| DocumentExtras { paid: Some(dec(paid)), links, ..DocumentExtras::default() };
    let hash = extras_hash(&paid("10.00", vec![link("1"), link("2")]));
    assert_eq!(extras_hash(&paid("10", vec![link("2"), link("1")])), hash);
    assert_ne!(extras_hash(&paid("11", vec![link("2"), link("1")])), hash);
    assert_eq!(extras_hash(&paid("0", vec![])), extras_hash(&DocumentExtras::default()));
    assert_eq!(again(&paid("10", vec![link("1")])), paid("10", vec![link("1")]));
}

#[test]
fn a_contact_without_a_name_can_not_be_read() {
    assert_eq!(Contact::default().check().unwrap_err().field, "name");
    let named = Contact { name: "Ana".to_owned(), ..Contact::default() };
    assert_eq!(named.check(), Ok(()));
}

#[test]
fn a_document_without_a_customer_or_with_too_many_lines_can_not_be_read() {
    let mut nobody = document(Vec::new());
    nobody.customer = Party::default();
    assert_eq!(nobody.check().unwrap_err().field, "customer");
    let text = Line::Text(TextLine { row: None, text: String::new() });
    assert_eq!(document(vec![text; MAX_LINES + 1]).check().unwrap_err().field, "lines");
    assert_eq!(document(Vec::new()).check(), Ok(()));
}

#[test]
fn a_reason_names_the_field_and_quotes_the_value() {
    let wrong = TaxCode::parse("").unwrap_err().at("tax").inside("lines[3]");
    assert_eq!(wrong.field, "lines[3].tax");
    assert!(wrong.sentence.contains("tax code"));
}

#[test]
fn names_are_read_back_and_equal_the_serialised_form() {
    for doc_type in DocumentType::all() {
        assert_eq!(doc_type.as_str().parse(), Ok(doc_type));
        assert_eq!(serde_json::to_string(&doc_type).unwrap(), format!("\"{doc_type}\""));
    }
    for kind in RecordKind::all() {
        assert_eq!(kind.as_str().parse(), Ok(kind));
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
    }
    assert!("invoice".parse::<DocumentType>().is_err());
}

#[test]
fn ids_are_parsed_and_sorted_by_age() {
    assert!(ExternalId::parse("").is_err());
    assert!(ExternalId::parse("1 2").is_err());
    assert!(RecordId::parse("018F6E1C-7B7A-7C11-9F0E-0123456789AB").is_ok());
    assert!(RecordId::parse("018f6e1c-7b7a-7c11-9f0e-0123456789a").is_err());
    let (nine, ten) = (ExternalId::parse("9").unwrap(), ExternalId::parse("10").unwrap());
    assert!(nine.cmp_by_age(&ten).is_lt());
    assert!(serde_json::from_str::<ExternalId>("\"\"").is_err());
}

#[test]
fn a_party_is_its_ids_where_it_has_both_and_else_what_is_written() {
    let party = |name: &str, address_id| Party {
        external_id: ExternalId::parse("7").ok(),
        address_id,
        name: name.to_owned(),
        ..Party::default()
    };
    let address = || RowId::parse("8").ok();
    assert_eq!(party("Ana", address()).canonical(), party("Ana Kovač", address()).canonical());
    assert_ne!(party("Ana", None).canonical(), party("Ana Kovač", None).canonical());
}

#[test]
fn the_hash_of_a_text_is_a_hash_and_its_own() {
    let hash = ContentHash::of_text("{}");
    assert_eq!(ContentHash::parse(hash.as_str()), Ok(hash.clone()));
    assert_eq!(ContentHash::of_text("{}"), hash);
    assert_ne!(ContentHash::of_text("{ }"), hash);
}
