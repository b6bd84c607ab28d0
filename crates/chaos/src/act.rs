//! The people of both sides and those who press the buttons. Each act is noted before it is made, and marked when it was
//! answered: what was answered with success must never be lost.

use std::cell::RefCell;

use jiff::Timestamp;
use metakocka_simulator::TruthDocument;
use rand::Rng;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::{Value, json};

use crate::ledger::{Field, Here, Ledger, Made, Phone, There};
use crate::net::Trouble;
use crate::place::{COMPANY, Place};

/// Where everything about Metakocka lives in the public API.
const METAKOCKA: &str = "/integrations/metakocka";
/// Types of documents that people of both sides edit.
const EDITED: [&str; 2] = ["sales_order", "sales_offer"];

/// What people of one run share.
pub(crate) struct Stage<'a> {
    pub(crate) place: &'a Place,
    pub(crate) ledger: &'a RefCell<Ledger>,
    /// Addresses of the instances.
    pub(crate) urls: Vec<String>,
    pub(crate) seed: u64,
}

impl Stage<'_> {
    /// An instance, by chance.
    fn url(&self, chance: &mut ChaCha8Rng) -> String {
        self.urls.choose(chance).cloned().unwrap_or_default()
    }

    fn next(&self) -> u64 {
        self.ledger.borrow_mut().next()
    }
}

/// One act of somebody here.
pub(crate) async fn here(stage: &Stage<'_>, chance: &mut ChaCha8Rng) -> Result<(), Trouble> {
    match chance.random_range(0..20) {
        0..=6 => make(stage, chance).await,
        7 => with_new_customer(stage, chance).await,
        8..=9 => phone(stage, chance).await,
        _ => edit(stage, chance).await,
    }
}

async fn rows(stage: &Stage<'_>, url: &str, kind: &str, name: &str) -> Result<Vec<Value>, Trouble> {
    let mut answer = stage.place.get(url, &format!("/{kind}?limit=200")).await?;
    Ok(answer.body[name].as_array_mut().map(std::mem::take).unwrap_or_default())
}

fn is_linked(row: &Value) -> bool {
    row["sync"]["metakockaId"].is_string()
}

async fn make(stage: &Stage<'_>, chance: &mut ChaCha8Rng) -> Result<(), Trouble> {
    let url = stage.url(chance);
    let contacts = rows(stage, &url, "contacts", "contacts").await?;
    let linked: Vec<&Value> = contacts.iter().filter(|row| is_linked(row)).collect();
    let Some(contact) = linked.choose(chance).and_then(|row| row["id"].as_str()) else { return Ok(()) };
    make_for(stage, chance, &url, contact).await
}

async fn make_for(
    stage: &Stage<'_>,
    chance: &mut ChaCha8Rng,
    url: &str,
    contact: &str,
) -> Result<(), Trouble> {
    let products = rows(stage, url, "products", "products").await?;
    let linked: Vec<&Value> = products.iter().filter(|row| is_linked(row)).collect();
    let Some(product) = linked.choose(chance).and_then(|row| row["id"].as_str()) else { return Ok(()) };
    let number = stage.next();
    let token = format!("made-{}-{number}-", stage.seed);
    let body = json!({
        "type": if chance.random_bool(0.8) { "order" } else { "offer" },
        "contactId": contact,
        "title": format!("title {number}"),
        "lines": [{
            "productId": product,
            "text": token,
            "amount": "3",
            "price": "12.50",
            "priceBasis": "net",
            "taxCode": "EX4",
            "taxRate": "22",
        }],
    });
    let at = stage.ledger.borrow().made.len();
    stage.ledger.borrow_mut().made.push(Made { token, id: None });
    let answer = stage.place.api(Method::POST, url, "/sales-documents", None, Some(&body)).await?;
    if answer.is_good() {
        stage.ledger.borrow_mut().made[at].id = answer.body["id"].as_str().map(str::to_owned);
        return Ok(());
    }
    Err(Trouble::Said(format!("a document was refused: {} {}", answer.status, answer.body)))
}

async fn with_new_customer(stage: &Stage<'_>, chance: &mut ChaCha8Rng) -> Result<(), Trouble> {
    let url = stage.url(chance);
    let number = stage.next();
    let body = json!({
        "name": format!("Kupec {}-{number} d.o.o.", stage.seed),
        "company": true,
        "address": {
            "street": format!("Nova ulica {number}"),
            "postNumber": "1000",
            "place": "Ljubljana",
            "country": "SI",
        },
    });
    let answer = stage.place.api(Method::POST, &url, "/contacts", None, Some(&body)).await?;
    match answer.body["id"].as_str() {
        Some(id) if answer.is_good() => make_for(stage, chance, &url, id).await,
        _ => Err(Trouble::Said(format!("a contact was refused: {} {}", answer.status, answer.body))),
    }
}

async fn phone(stage: &Stage<'_>, chance: &mut ChaCha8Rng) -> Result<(), Trouble> {
    let url = stage.url(chance);
    let contacts = rows(stage, &url, "contacts", "contacts").await?;
    let linked: Vec<&Value> = contacts.iter().filter(|row| is_linked(row)).collect();
    let Some(id) = linked.choose(chance).and_then(|row| row["id"].as_str()) else { return Ok(()) };
    let one = stage.place.get(&url, &format!("/contacts/{id}")).await?;
    let (Some(revision), true) = (one.body["revision"].as_i64(), one.body["person"]["name"].is_string())
    else {
        return Ok(());
    };
    let value = format!("041 {:06}", stage.next());
    let at = stage.ledger.borrow().phones.len();
    stage.ledger.borrow_mut().phones.push(Phone { id: id.to_owned(), value: value.clone(), answered: false });
    let body = json!({"person": {"phone": value}});
    let answer =
        stage.place.api(Method::PATCH, &url, &format!("/contacts/{id}"), Some(revision), Some(&body)).await?;
    let mut ledger = stage.ledger.borrow_mut();
    if answer.is_good() {
        ledger.phones[at].answered = true;
    } else {
        // Refused: it is not there. The value stays unknown to everybody.
        ledger.phones[at].id.clear();
    }
    Ok(())
}

async fn edit(stage: &Stage<'_>, chance: &mut ChaCha8Rng) -> Result<(), Trouble> {
    let url = stage.url(chance);
    let documents = rows(stage, &url, "sales-documents", "documents").await?;
    let fit = |row: &&Value| matches!(row["type"].as_str(), Some("order" | "offer"));
    let fitting: Vec<&Value> = documents.iter().filter(fit).collect();
    let Some(id) = fitting.choose(chance).and_then(|row| row["id"].as_str()) else { return Ok(()) };
    let path = format!("/sales-documents/{id}");
    let one = stage.place.get(&url, &path).await?;
    let Some(revision) = one.body["revision"].as_i64() else { return Ok(()) };
    let number = stage.next();
    let field = field(chance);
    let (value, body) = match field {
        Field::Title => (format!("title {number}"), json!({"title": format!("title {number}")})),
        Field::Notes => (format!("notes {number}"), json!({"notes": format!("notes {number}")})),
        Field::Amount => {
            let mut lines = one.body["lines"].clone();
            if !lines[0]["amount"].is_string() {
                return Ok(());
            }
            lines[0]["amount"] = number.to_string().into();
            (number.to_string(), json!({"lines": lines}))
        }
    };
    let entry =
        Here { at: now(), id: id.to_owned(), field, value, saw: local(&one.body, field), answered: false };
    let at = stage.ledger.borrow().here.len();
    stage.ledger.borrow_mut().here.push(entry);
    let answer = stage.place.api(Method::PATCH, &url, &path, Some(revision), Some(&body)).await?;
    if answer.is_good() {
        stage.ledger.borrow_mut().here[at].answered = true;
    } else if answer.status < 500 {
        // Refused, for a newer revision for example: it is not there.
        stage.ledger.borrow_mut().here[at].id.clear();
    }
    Ok(())
}

fn field(chance: &mut ChaCha8Rng) -> Field {
    match chance.random_range(0..5) {
        0..=1 => Field::Title,
        2..=3 => Field::Notes,
        _ => Field::Amount,
    }
}

/// The value of a field in a document of the public API.
pub(crate) fn local(document: &Value, field: Field) -> String {
    let text = match field {
        Field::Title => &document["title"],
        Field::Notes => &document["notes"],
        Field::Amount => &document["lines"][0]["amount"],
    };
    tidy(text.as_str().unwrap_or_default(), field)
}

/// The value of a field in Metakocka.
pub(crate) fn remote(document: &TruthDocument, field: Field) -> String {
    use metakocka_simulator::TruthLine;
    let text = match field {
        Field::Title => document.title.clone().unwrap_or_default(),
        Field::Notes => document.notes.clone().unwrap_or_default(),
        Field::Amount => match document.lines.first() {
            Some(TruthLine::Priced { amount, .. }) => amount.to_string(),
            _ => String::new(),
        },
    };
    tidy(&text, field)
}

/// The same however it is written.
fn tidy(text: &str, field: Field) -> String {
    if field == Field::Amount {
        return text
            .parse::<rust_decimal::Decimal>()
            .map(|amount| amount.normalize().to_string())
            .unwrap_or_default();
    }
    let mut plain = String::new();
    let mut in_tag = false;
    for sign in text.chars() {
        match sign {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                plain.push(' ');
            }
            sign if !in_tag => plain.push(sign),
            _ => {}
        }
    }
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    // Our sign in front of a title belongs to nobody's text.
    match plain.strip_prefix("[CM").and_then(|rest| rest.split_once("] ")) {
        Some((sign, rest)) if field == Field::Title && sign.len() < 20 => rest.to_owned(),
        _ => plain,
    }
}

/// Our sign in front of a title: people edit the words behind it.
fn sign(title: &str) -> &str {
    title.strip_prefix("[CM").and_then(|rest| rest.find("] ")).map_or("", |end| &title[..end + 5])
}

/// All documents of the company.
pub(crate) async fn documents_there(place: &Place) -> Result<Vec<TruthDocument>, Trouble> {
    let mut page = place.sim(Method::GET, "state?kind=document&limit=1000", None::<&Value>).await?;
    let items = page["items"].take();
    serde_json::from_value(items).map_err(|error| Trouble::Said(error.to_string()))
}

/// One act of somebody in Metakocka.
pub(crate) async fn there(stage: &Stage<'_>, chance: &mut ChaCha8Rng) -> Result<(), Trouble> {
    let all = documents_there(stage.place).await?;
    let deleted = |one: &&TruthDocument| stage.ledger.borrow().deleted.contains(&one.id);
    let fit: Vec<&TruthDocument> =
        all.iter().filter(|one| EDITED.contains(&one.doc_type.name())).filter(|one| !deleted(one)).collect();
    // New documents are the interesting ones.
    let fresh = &fit[fit.len().saturating_sub(12)..];
    let choice = if chance.random_bool(0.5) { fresh } else { &fit[..] };
    let Some(document) = choice.choose(chance) else { return Ok(()) };
    match chance.random_range(0..30) {
        0 => copy(stage, document).await,
        1 => delete(stage, document).await,
        _ => edit_there(stage, chance, document).await,
    }
}

async fn copy(stage: &Stage<'_>, document: &TruthDocument) -> Result<(), Trouble> {
    let body = json!({
        "company": COMPANY, "kind": "document", "docType": document.doc_type, "copyOf": document.id,
    });
    let made = stage.place.sim(Method::POST, "create", Some(&body)).await?;
    if let Some(id) = made["id"].as_str() {
        stage.ledger.borrow_mut().copies.insert(id.to_owned());
    }
    Ok(())
}

async fn delete(stage: &Stage<'_>, document: &TruthDocument) -> Result<(), Trouble> {
    let body = json!({
        "company": COMPANY, "kind": "document", "docType": document.doc_type, "id": document.id,
    });
    stage.ledger.borrow_mut().deleted.insert(document.id.clone());
    stage.place.sim(Method::POST, "delete", Some(&body)).await.map(drop)
}

async fn edit_there(
    stage: &Stage<'_>,
    chance: &mut ChaCha8Rng,
    document: &TruthDocument,
) -> Result<(), Trouble> {
    let field = field(chance);
    let saw = remote(document, field);
    if field == Field::Amount && saw.is_empty() {
        return Ok(());
    }
    let number = stage.next();
    let (value, set) = match field {
        Field::Title => {
            let value = format!("title {number}");
            let title = format!("{}{value}", sign(document.title.as_deref().unwrap_or_default()));
            (value, json!({"title": title}))
        }
        Field::Notes => (format!("notes {number}"), json!({"notes": format!("notes {number}")})),
        Field::Amount => (number.to_string(), json!({"lines": [{"index": 0, "amount": number.to_string()}]})),
    };
    let body = json!({
        "company": COMPANY, "kind": "document", "docType": document.doc_type, "id": document.id, "set": set,
    });
    stage.place.sim(Method::POST, "edit", Some(&body)).await?;
    stage.ledger.borrow_mut().there.push(There { at: now(), id: document.id.clone(), field, value, saw });
    Ok(())
}

/// Somebody sends what waits here.
pub(crate) async fn push(stage: &Stage<'_>, chance: &mut ChaCha8Rng) -> Result<(), Trouble> {
    let kind = if chance.random_bool(0.8) { "sales-documents" } else { "contacts" };
    push_kind(stage.place, &stage.url(chance), kind).await
}

/// Sends everything of a kind that waits.
pub(crate) async fn push_kind(place: &Place, url: &str, kind: &str) -> Result<(), Trouble> {
    let path = format!("{METAKOCKA}/{kind}/sync");
    place.api(Method::POST, url, &path, None, Some(&json!({}))).await.map(drop)
}

/// Somebody looks, and takes what waits there.
pub(crate) async fn pull(place: &Place, url: &str) -> Result<(), Trouble> {
    let path = format!("{METAKOCKA}/sales-documents");
    place.get(url, &format!("{path}/sync-from-metakocka?refresh=true&limit=1")).await?;
    let path = format!("{path}/sync-all-from-metakocka");
    place.api(Method::POST, url, &path, None, Some(&json!({}))).await?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the story of a run is told by the machine's clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
