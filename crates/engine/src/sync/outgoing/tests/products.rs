//! Products that are made and changed.

use sync_core::record::Product;

use super::*;

type Change = fn(&mut Product);

fn product() -> Product {
    Product {
        code: "PODL-M6".to_owned(),
        name: "Podložka M6".to_owned(),
        description: Some("jeklena".to_owned()),
        unit: Some("kos".to_owned()),
        barcode: Some("3830001".to_owned()),
        service: false,
        sold: true,
        active: true,
        price: None,
        remote_code: None,
    }
}

async fn there(desk: &Desk, id: &ExternalId, code: &str) -> (metakocka::Product, Product) {
    let ReadBack::Found(found) = read_by_id(&desk.client, Subject::Product, id, Some(code), NOW).await else {
        panic!("not found")
    };
    let FoundRecord::Product(theirs) = found.record else { panic!("no product") };
    let ours = crate::sync::translate::product(&theirs);
    (*theirs, ours)
}

#[tokio::test]
async fn each_field_of_a_product_is_changed_and_emptied_by_itself() {
    let changes: [(&str, Change); 9] = [
        ("name", |product| product.name = "Podložka M6 A2".to_owned()),
        ("description", |product| product.description = Some("nerjavna".to_owned())),
        ("description", |product| product.description = None),
        ("barcode", |product| product.barcode = None),
        ("unit", |product| product.unit = Some("kom".to_owned())),
        ("sold", |product| product.sold = false),
        ("active", |product| product.active = false),
        ("service", |product| product.service = true),
        ("code", |product| product.code = "PODL-M6-A2".to_owned()),
    ];
    let desk = desk().await;
    let (id, ..) = desk.confirm(create_product(&product(), Vec::new()).unwrap()).await;
    for (name, change) in changes {
        let (theirs, base) = there(&desk, &id, "PODL-M6").await;
        let mut wanted = base.clone();
        change(&mut wanted);
        let prepared = change_product(&theirs, NOW, &base, &wanted).unwrap();
        let names: Vec<&str> = prepared.sent.fields.keys().map(FieldName::as_str).collect();
        assert_eq!(names, [name]);
        let (_, sent, found) = desk.confirm(prepared).await;
        let base = SentRecord::Product(Box::new(base));
        assert!(others_untouched(&sent, Some(&base), &found), "{name}");
    }
    // Its code was changed: it is still found by its id.
    assert_eq!(there(&desk, &id, "PODL-M6").await.1.code, "PODL-M6-A2");
}

#[tokio::test]
async fn what_a_product_needs_is_said() {
    let bare = Product { unit: None, name: String::new(), ..product() };
    assert_eq!(create_product(&bare, Vec::new()).unwrap_err().len(), 2);
    let long = Product { code: "x".repeat(21), ..product() };
    let reasons = create_product(&long, Vec::new()).unwrap_err();
    assert_eq!(reasons, ["Code: this has 21 characters, Metakocka takes 20."]);
}

#[tokio::test]
async fn a_product_that_no_list_shows_is_not_proven_missing() {
    let desk = desk().await;
    let read = read_by_id(&desk.client, Subject::Product, &id("999"), Some("NI-GA"), NOW).await;
    assert!(matches!(&read, ReadBack::Unanswered(why) if !why.unreachable), "{read:?}");
}

#[tokio::test]
async fn two_products_with_one_code_are_two_hits() {
    let desk = desk().await;
    let prepared = create_product(&product(), Vec::new()).unwrap();
    let lookup = lookup_of(&prepared);
    desk.write(prepared).await;
    let (_, sent) = desk.write(create_product(&product(), Vec::new()).unwrap()).await;
    assert_eq!(desk.look(&lookup, &sent, None).await.len(), 2);
}
