//! Contacts that are made and changed.

use sync_core::record::{AddressRow, Contact, Person, TaxNumber};

use super::*;

type Change = fn(&mut Contact);

fn address(street: &str) -> AddressRow {
    AddressRow {
        row: None,
        address: Address {
            street: Some(street.to_owned()),
            post_number: Some("1000".to_owned()),
            place: Some("Ljubljana".to_owned()),
            country: Some(CountryCode::slovenia()),
            ..Address::default()
        },
    }
}

fn contact() -> Contact {
    Contact {
        name: "Kovinar Hribar d.o.o.".to_owned(),
        company: Some(true),
        taxpayer: Some(true),
        tax_number: Some(TaxNumber::parse("SI15012557", None).unwrap()),
        person: Some(Person {
            name: Some("Ana Kovač".to_owned()),
            email: Some("ana@kovinar.example".to_owned()),
            phone: Some("01 234 56 78".to_owned()),
            ..Person::default()
        }),
        address: Some(address("Polje 5")),
        delivery_addresses: vec![address("Sklad 1")],
        ..Contact::default()
    }
}

/// The contact as it is there, with its rows.
async fn there(desk: &Desk, id: &ExternalId) -> (metakocka::Partner, Contact) {
    let ReadBack::Found(found) = read_by_id(&desk.client, Subject::Contact, id, None, NOW).await else {
        panic!("not found")
    };
    let FoundRecord::Partner(partner) = found.record else { panic!("no partner") };
    let contact = crate::sync::translate::contact(&partner).unwrap();
    (*partner, contact)
}

#[tokio::test]
async fn a_contact_is_made_with_its_address_its_person_and_one_delivery_address() {
    let desk = desk().await;
    let two = Contact { delivery_addresses: vec![address("Sklad 1"), address("Sklad 2")], ..contact() };
    let (id, sent, _) = desk.confirm(create_contact(&two, Vec::new()).unwrap()).await;
    assert_eq!(
        sent.fields[&FieldName::new("delivery_addresses")].as_ref().unwrap().json().as_array().unwrap().len(),
        1
    );
    // The other one comes with a change.
    let (partner, now) = there(&desk, &id).await;
    assert_eq!(partner.tax_number.as_deref(), Some("SI15012557"));
    desk.confirm(change_contact(&partner, NOW, &now, &two).unwrap()).await;
    assert_eq!(there(&desk, &id).await.1.delivery_addresses.len(), 2);
}

#[tokio::test]
async fn without_name_or_address_there_is_every_reason_at_once() {
    let bare = Contact { name: " ".to_owned(), address: None, ..contact() };
    let reasons = create_contact(&bare, Vec::new()).unwrap_err();
    assert_eq!(reasons.len(), 5, "{reasons:#?}");
    let long = Contact { name: "č".repeat(101), ..contact() };
    let reasons = create_contact(&long, Vec::new()).unwrap_err();
    assert_eq!(reasons, ["Name: this has 101 characters, Metakocka takes 100."]);
}

#[tokio::test]
async fn each_field_of_a_contact_is_changed_by_itself() {
    let changes: [(&str, Change); 8] = [
        ("name", |contact| contact.name = "Kovinar Breg d.o.o.".to_owned()),
        ("company", |contact| contact.company = Some(false)),
        ("taxpayer", |contact| contact.taxpayer = Some(false)),
        ("tax_number", |contact| contact.tax_number = TaxNumber::parse("SI50223054", None).ok()),
        ("person", |contact| contact.person.as_mut().unwrap().phone = Some("02 111".to_owned())),
        ("address", |contact| contact.address.as_mut().unwrap().address.street = Some("Breg 7".to_owned())),
        ("delivery_addresses", |contact| {
            contact.delivery_addresses[0].address.street = Some("Sklad 9".to_owned());
        }),
        ("delivery_addresses", |contact| contact.delivery_addresses.push(address("Sklad 3"))),
    ];
    let desk = desk().await;
    let (id, ..) = desk.confirm(create_contact(&contact(), Vec::new()).unwrap()).await;
    for (name, change) in changes {
        let (partner, base) = there(&desk, &id).await;
        let mut wanted = base.clone();
        change(&mut wanted);
        let prepared = change_contact(&partner, NOW, &base, &wanted).unwrap();
        let names: Vec<&str> = prepared.sent.fields.keys().map(FieldName::as_str).collect();
        assert_eq!(names, [name]);
        assert_eq!(endpoint(&prepared.request), "update_partner");
        let (_, sent, found) = desk.confirm(prepared).await;
        let base = SentRecord::Contact(Box::new(base));
        assert!(others_untouched(&sent, Some(&base), &found), "{name}");
        let (after, _) = there(&desk, &id).await;
        assert_eq!(after.contacts.len(), 1, "{name}: no row was added");
    }
    assert_eq!(there(&desk, &id).await.0.addresses.len(), 3);
}

#[tokio::test]
async fn what_can_only_be_emptied_there_is_a_reason() {
    let desk = desk().await;
    let (id, ..) = desk.confirm(create_contact(&contact(), Vec::new()).unwrap()).await;
    let (partner, base) = there(&desk, &id).await;
    let changes: [(&str, Change); 5] = [
        ("Contact person", |contact| contact.person = None),
        ("Contact person", |contact| contact.person.as_mut().unwrap().email = None),
        ("Tax number", |contact| contact.tax_number = None),
        ("Delivery addresses", |contact| contact.delivery_addresses.clear()),
        ("Address", |contact| contact.address.as_mut().unwrap().address.post_number = None),
    ];
    for (name, change) in changes {
        let mut wanted = base.clone();
        change(&mut wanted);
        let refused = change_contact(&partner, NOW, &base, &wanted).unwrap_err();
        assert_eq!(refused.sentences(), [format!("{name}: Empty it in Metakocka.")]);
    }
    assert_eq!(change_contact(&partner, NOW, &base, &base).unwrap_err(), NotMade::Nothing);
}

#[tokio::test]
async fn the_person_that_is_bound_is_changed_and_no_other() {
    let desk = desk().await;
    let (id, ..) = desk.confirm(create_contact(&contact(), Vec::new()).unwrap()).await;
    let (partner, base) = there(&desk, &id).await;
    // Somebody there adds a person; it is not the bound one.
    let mut change = metakocka::PartnerChange::of(metakocka::PartnerKey::Id(partner.mk_id.clone()));
    change.contacts.push(metakocka::ContactRow {
        mk_id: None,
        address_id: partner.main_address().unwrap().mk_id.clone(),
        person: metakocka::ContactPerson { name: Some("Bojan".to_owned()), ..Default::default() },
    });
    assert!(desk.client.send(change.prepare().unwrap()).await.stored().is_some());
    let (partner, _) = there(&desk, &id).await;
    let mut wanted = base.clone();
    wanted.person.as_mut().unwrap().name = Some("Ana Novak".to_owned());
    desk.confirm(change_contact(&partner, NOW, &base, &wanted).unwrap()).await;
    let names: Vec<Option<String>> =
        there(&desk, &id).await.0.contacts.into_iter().map(|one| one.person.name).collect();
    assert_eq!(names, [Some("Ana Novak".to_owned()), Some("Bojan".to_owned())]);
}
