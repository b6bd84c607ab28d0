//! The forms of records as plain HTML sends them, without a script: what was typed comes back with what is wrong, and what
//! is right is stored and shown.

use engine::test_support::TestDb;

use crate::support::{Actor, PULL, TestApp, unescaped};

/// The page that a plain form leads to, after it was followed.
async fn sent(actor: &mut Actor, name: &str, fields: &[(&str, &str)]) -> (String, String) {
    let answer = actor.form(name, fields).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let location = answer.location().to_owned();
    let page = actor.page(&location).await;
    assert_eq!(page.status, 200, "{location}: {}", page.text);
    (location, unescaped(&page.text))
}

/// The value of an input of the page.
fn value_of(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name}: {page}"));
    let tag = &page[page[..at].rfind('<').unwrap()..];
    let tag = &tag[..tag.find('>').unwrap()];
    tag.split("value=\"").nth(1).map(|rest| rest.split('"').next().unwrap().to_owned()).unwrap_or_default()
}

async fn a_contact_is_made_corrected_and_deleted_without_a_script(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut staff = app.staff().await;
    let wrong = [
        ("back", "/contacts/new"),
        ("form[name]", "Hribar d.o.o."),
        ("form[email]", "ana"),
        ("form[place]", "Kranj"),
    ];
    let (location, page) = sent(&mut staff, "save-contact", &wrong).await;
    assert_eq!(location, "/contacts/new");
    assert!(page.contains("This is no e-mail address."), "{page}");
    assert_eq!(value_of(&page, "form[place]"), "Kranj", "what was typed stays");
    let right = [("back", "/contacts/new"), ("form[name]", "Hribar d.o.o."), ("form[place]", "Kranj")];
    let (location, page) = sent(&mut staff, "save-contact", &right).await;
    let id = location.strip_prefix("/contacts/").unwrap().to_owned();
    assert_eq!(value_of(&page, "form[name]"), "Hribar d.o.o.");
    assert!(page.contains("The street is missing."), "what blocks sending: {page}");
    assert!(page.contains("staff of Lipa"), "the history: {page}");
    let list = staff.page("/contacts?q=hribar").await.text;
    assert!(list.contains(&format!("href=\"/contacts/{id}\"")), "{list}");
    let edit = [
        ("back", location.as_str()),
        ("id", id.as_str()),
        ("revision", "1"),
        ("form[name]", "Hribar in sin"),
        ("form[company]", "true"),
    ];
    let (_, page) = sent(&mut staff, "save-contact", &edit).await;
    assert_eq!(
        (value_of(&page, "form[name]").as_str(), value_of(&page, "revision").as_str()),
        ("Hribar in sin", "2")
    );
    let (_, page) = sent(&mut staff, "save-contact", &edit).await;
    assert!(page.contains("Somebody changed it in the meantime"), "{page}");
    let gone = [("back", location.as_str()), ("kind", "contact"), ("id", id.as_str()), ("revision", "2")];
    let (list, _) = sent(&mut staff, "delete-record", &gone).await;
    assert_eq!(list, "/contacts");
    assert_eq!(staff.page(&location).await.status, 404);
    app.end().await;
}

async fn a_document_is_made_with_lines_and_edited_without_a_script(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut staff = app.staff().await;
    let product = [
        ("form[code]", "LIP-1"),
        ("form[name]", "Lipova deska"),
        ("form[unit]", "kos"),
        ("form[sold]", "true"),
    ];
    sent(&mut staff, "save-product", &product).await;
    let (location, _) = sent(&mut staff, "save-contact", &[("form[name]", "Hribar d.o.o.")]).await;
    let contact = location.strip_prefix("/contacts/").unwrap();
    let new = format!("/sales-documents/new?contact={contact}");
    let form = unescaped(&staff.page(&new).await.text);
    assert_eq!(value_of(&form, "form[customer]"), "Hribar d.o.o.");
    assert_eq!(value_of(&form, "form[contact_id]"), contact);
    let mut fields = vec![
        ("back", new.as_str()),
        ("form[kind]", "order"),
        ("form[date]", "2026-11-24"),
        ("form[contact_id]", contact),
        ("form[customer]", "Hribar d.o.o."),
        ("form[customer_was]", "Hribar d.o.o."),
        ("form[title]", "Ograja"),
        ("form[lines][0][code]", "lip-1"),
        ("form[lines][0][amount]", "2,5"),
        ("form[lines][0][price]", "veliko"),
        ("form[lines][0][tax]", "EX4"),
        ("form[lines][1][text]", "Montaža"),
        ("form[lines][2][code]", ""),
    ];
    let (location, page) = sent(&mut staff, "save-document", &fields).await;
    assert_eq!(location, new);
    assert!(page.contains("This is no number."), "{page}");
    assert_eq!(value_of(&page, "form[lines][0][price]"), "veliko");
    assert_eq!(value_of(&page, "form[lines][1][text]"), "Montaža");
    fields[9].1 = "40";
    let (location, page) = sent(&mut staff, "save-document", &fields).await;
    assert!(location.starts_with("/sales-documents/") && !location.contains("new"), "{location}");
    assert!(page.contains("Lipova deska") && page.contains("Montaža") && page.contains("122.00"), "{page}");
    let edit = format!("{location}/edit");
    let form = unescaped(&staff.page(&edit).await.text);
    assert_eq!(value_of(&form, "form[lines][0][amount]"), "2.5");
    let id = location.strip_prefix("/sales-documents/").unwrap();
    let product = value_of(&form, "form[lines][0][product_id]");
    let fields = [
        ("back", edit.as_str()),
        ("id", id),
        ("revision", "1"),
        ("form[kind]", "order"),
        ("form[date]", "2026-11-25"),
        ("form[contact_id]", contact),
        ("form[customer]", "Hribar d.o.o."),
        ("form[customer_was]", "Hribar d.o.o."),
        ("form[lines][0][product_id]", product.as_str()),
        ("form[lines][0][code]", "LIP-1"),
        ("form[lines][0][code_was]", "LIP-1"),
        ("form[lines][0][amount]", "1"),
        ("form[lines][0][price]", "40"),
        ("form[lines][0][tax]", "EX4"),
    ];
    let (at, page) = sent(&mut staff, "save-document", &fields).await;
    assert_eq!(at, location);
    assert!(page.contains("48.80") && !page.contains("<em class=\"dim\">Montaža"), "{page}");
    app.end().await;
}

async fn what_came_from_metakocka_is_edited_and_waits_to_be_sent(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut staff = app.staff().await;
    staff.post(PULL, "").await;
    let list = staff.page("/sales-documents?type=order&state=synced").await.text;
    let ids =
        list.split("href=\"/sales-documents/").skip(1).map(|rest| rest.split(['"', '#']).next().unwrap());
    let id = ids.filter(|id| id.len() == 36).last().unwrap().to_owned();
    let form = unescaped(&staff.page(&format!("/sales-documents/{id}/edit")).await.text);
    let hidden = |name: &str| value_of(&form, name);
    let mut names: Vec<String> = ["id", "revision"].map(str::to_owned).into();
    let inputs = form.split("name=\"form[").skip(1).map(|rest| rest.split('"').next().unwrap());
    names.extend(
        inputs
            .filter(|name| !name.starts_with("notes") && !name.ends_with("[gross]"))
            .map(|name| format!("form[{name}")),
    );
    let values: Vec<(String, String)> = names.into_iter().map(|name| (name.clone(), hidden(&name))).collect();
    let mut fields: Vec<(&str, &str)> =
        values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for field in &mut fields {
        if field.0 == "form[title]" {
            field.1 = "Naš naslov";
        }
    }
    let gross: Vec<String> = (0..20).map(|at| format!("form[lines][{at}][gross]")).collect();
    // The text of the area is sent as it stands there.
    let notes = form.split("name=\"form[notes]\"").nth(1).unwrap().split("</textarea>").next().unwrap();
    fields.push(("form[notes]", notes.split_once('>').unwrap().1));
    let ticked = |name: &String| {
        form.find(&format!("name=\"{name}\"")).is_some_and(|at| {
            let tag = &form[form[..at].rfind('<').unwrap()..];
            tag[..tag.find('>').unwrap()].contains(" checked")
        })
    };
    fields.extend(gross.iter().filter(|name| ticked(name)).map(|name| (name.as_str(), "true")));
    let (_, page) = sent(&mut staff, "save-document", &fields).await;
    let history = page.split("class=\"history\"").nth(1).unwrap();
    let first = history.split("Created").next().unwrap();
    let fields: Vec<&str> = first
        .split("<li><span class=\"main\">")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap())
        .collect();
    assert_eq!(fields, ["title"], "only what was changed is in the history: {first}");
    app.end().await;
}

engine::each_engine!(
    a_contact_is_made_corrected_and_deleted_without_a_script,
    a_document_is_made_with_lines_and_edited_without_a_script,
    what_came_from_metakocka_is_edited_and_waits_to_be_sent,
);
