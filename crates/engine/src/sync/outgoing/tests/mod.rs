//! Against the simulator in this process: what is sent is stored, read back and found again, and each way in which a call
//! can go wrong is told apart.

mod answers;
mod contacts;
mod creates;
mod looks;
mod orders;
mod products;
mod reading;
mod replacements;
mod whole_company;

use std::collections::HashSet;
use std::time::Duration;

use jiff::civil::date;
use metakocka::{BaseUrl, Client, ClientConfig, CompanyId, HttpClient, HttpConfig, Limits, SecretKey};
use metakocka_simulator::{
    Clock, CompanySpec, RunningSimulator, Simulator, SimulatorOptions, TruthDocument, TruthLine, TruthPartner,
};
use rust_decimal::Decimal;
use sync_core::capabilities::Subject;
use sync_core::intent::{self, Before, Compared, Hit, Lookup, Marker, Reply, Target};
use sync_core::record::{
    Address, Amount, CountryCode, Currency, Dates, Discount, DocumentType, ExternalId, Line, Party, Price,
    ProductLine, ProductRef, RowId, SalesDocument, Status, Tax, TaxCode, TaxRate,
};
use sync_core::time::UtcMicros;

use super::*;

/// `company_id` of the simulated company.
pub(super) const COMPANY: &str = "16";
const KEY: &str = "skrivnost-7f3a";
/// The read instant of every test: nothing here depends on the time.
pub(super) const NOW: UtcMicros = UtcMicros(1_795_510_800_000_000);
/// The day of every document.
pub(super) const TODAY: jiff::civil::Date = date(2026, 11, 24);

/// A simulated company and a client of it.
pub(super) struct Desk {
    pub simulator: RunningSimulator,
    pub client: Client,
}

pub(super) async fn desk() -> Desk {
    let options = SimulatorOptions {
        clock: Clock::fixed("2026-11-24T09:00:00Z".parse().unwrap()),
        companies: vec![CompanySpec::new(COMPANY, KEY, 7, 120)],
        ..SimulatorOptions::default()
    };
    let simulator = Simulator::start(options).await.unwrap();
    let client = client(&simulator.url(), KEY);
    Desk { simulator, client }
}

pub(super) fn client(url: &str, key: &str) -> Client {
    let short = Duration::from_millis(500);
    let limits = Limits { write_timeout: short, ..Limits::default() };
    let url = BaseUrl::parse_allowing_http(url).unwrap();
    let (company, key) = (CompanyId::parse(COMPANY).unwrap(), SecretKey::parse(key).unwrap());
    let config = ClientConfig::new(url, company, key).within(limits);
    Client::new(config, HttpClient::new(&HttpConfig::default()).unwrap())
}

pub(super) fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(super) fn id(text: &str) -> ExternalId {
    ExternalId::parse(text).unwrap()
}

/// The marker of a record; each name is another record.
pub(super) fn marker(letter: char) -> Marker {
    Marker::parse(&format!("CM00000000000{letter}")).unwrap()
}

pub(super) fn party_of(partner: &TruthPartner) -> Party {
    let address = &partner.addresses[0];
    Party {
        external_id: Some(id(&partner.id)),
        address_id: Some(RowId::parse(&address.id).unwrap()),
        name: partner.name.clone(),
        address: Address {
            street: Some(address.street.clone()),
            post_number: Some(address.post_number.clone()),
            place: Some(address.city.clone()),
            country: Some(CountryCode::parse(&address.country).unwrap()),
            ..Address::default()
        },
        ..Party::default()
    }
}

impl Desk {
    /// Partners with their main address first.
    pub(super) fn partners(&self) -> Vec<TruthPartner> {
        self.simulator.partners(COMPANY).unwrap()
    }

    pub(super) fn documents(&self) -> Vec<TruthDocument> {
        self.simulator.documents(COMPANY).unwrap()
    }

    /// The goods that documents sell, each once.
    pub(super) fn goods(&self) -> Vec<ProductRef> {
        let numbers: std::collections::HashMap<String, String> =
            self.simulator.products(COMPANY).unwrap().into_iter().map(|one| (one.id, one.number)).collect();
        let mut seen = HashSet::new();
        let lines = self.documents().into_iter().flat_map(|document| document.lines);
        lines
            .filter_map(|line| match line {
                TruthLine::Priced { product_id: Some(product), code, .. } if seen.insert(product.clone()) => {
                    Some(ProductRef {
                        code,
                        remote_code: numbers.get(&product).cloned(),
                        external_id: Some(id(&product)),
                    })
                }
                _ => None,
            })
            .collect()
    }

    /// A document of a type with two lines, one priced net and one gross with discounts and a text.
    pub(super) fn document(&self, doc_type: DocumentType) -> SalesDocument {
        let goods = self.goods();
        let first = line(goods[0].clone(), "3", Price::Net(dec("12.5")));
        let second = ProductLine {
            discount: Discount::parse("10;5").unwrap(),
            text: Some("hitra dostava".to_owned()),
            ..line(goods[1].clone(), "2", Price::Gross(dec("24.4")))
        };
        let mut dates = Dates { due: Some(date(2026, 12, 9)), ..Dates::of(TODAY) };
        match doc_type {
            DocumentType::Order => dates.delivery_deadline = Some(date(2026, 12, 1)),
            DocumentType::Offer | DocumentType::Proforma => dates.valid_to = Some(date(2026, 12, 24)),
            _ => dates.service_to = Some(TODAY),
        }
        let code = match doc_type {
            DocumentType::Order => Some("new_order"),
            DocumentType::Offer => Some("open"),
            _ => None,
        };
        SalesDocument {
            doc_type,
            number: None,
            dates,
            customer: party_of(&self.partners()[0]),
            receiver: None,
            title: Some("Vijaki in matice".to_owned()),
            buyer_order: None,
            notes: Some("Prva vrsta\ndruga vrsta".to_owned()),
            currency: Currency::euro(),
            status: code.map(|code| Status { code: Some(code.to_owned()), label: code.to_owned() }),
            lines: vec![Line::Product(first), Line::Product(second)],
            document_discount: None,
            booked: None,
        }
    }

    /// Makes a document and gives its id and what was sent.
    pub(super) async fn make(&self, document: &SalesDocument, letter: char) -> (ExternalId, Sent) {
        let prepared =
            create_document(document, &[], &marker(letter), Before::Look { known: Vec::new() }).unwrap();
        self.write(prepared).await
    }

    /// Sends a request as the executor does: from its kept form. Both go through storage and come back.
    pub(super) async fn send(&self, prepared: Prepared) -> (Reply, Sent) {
        let kept = prepared.request.kept();
        let request = Request::parse(&kept).unwrap();
        assert_eq!(Request::hash(&request.kept()), Request::hash(&kept));
        let stored = serde_json::to_string(&prepared.sent).unwrap();
        let sent: Sent = serde_json::from_str(&stored).unwrap();
        assert_eq!(sent, prepared.sent);
        (request.send(&self.client).await, sent)
    }

    /// Sends what has to be stored; gives the id of the record.
    pub(super) async fn write(&self, prepared: Prepared) -> (ExternalId, Sent) {
        let changed = match &prepared.target {
            Target::Update { id, .. } => Some(id.clone()),
            Target::Create { .. } => None,
        };
        let (reply, sent) = self.send(prepared).await;
        match reply {
            Reply::Done { id, .. } => (id.or(changed).unwrap(), sent),
            other => panic!("not stored: {other:?}"),
        }
    }

    pub(super) async fn read(&self, sent: &Sent, id: &ExternalId) -> Found {
        let code = match &sent.record {
            SentRecord::Product(product) => Some(product.code.as_str()),
            _ => None,
        };
        match read_by_id(&self.client, sent.record.subject(), id, code, NOW).await {
            ReadBack::Found(found) => *found,
            other => panic!("not found: {other:?}"),
        }
    }

    /// Reads a document by its id.
    pub(super) async fn fresh(&self, doc_type: DocumentType, id: &ExternalId) -> metakocka::Document {
        match read_by_id(&self.client, Subject::Document(doc_type), id, None, NOW).await {
            ReadBack::Found(found) => document_in(*found),
            other => panic!("not found: {other:?}"),
        }
    }

    /// Sends, reads back and asserts that everything has arrived.
    pub(super) async fn confirm(&self, prepared: Prepared) -> (ExternalId, Sent, Found) {
        let (id, sent) = self.write(prepared).await;
        let found = self.read(&sent, &id).await;
        assert_eq!(differences(&sent, &found), std::collections::BTreeMap::new());
        assert_eq!(compared(&sent, &found), Compared::Wanted);
        (id, sent, found)
    }

    pub(super) async fn look(
        &self,
        prepared_lookup: &Lookup,
        sent: &Sent,
        marker: Option<&Marker>,
    ) -> Vec<Hit> {
        let subject = sent.record.subject();
        look_up(&self.client, prepared_lookup, subject, sent, marker, &HashSet::new()).await.unwrap()
    }
}

pub(super) fn line(product: ProductRef, amount: &str, price: Price) -> ProductLine {
    ProductLine {
        row: None,
        product,
        name: "ime iz CRM".to_owned(),
        unit: Some("kos".to_owned()),
        amount: Amount(dec(amount)),
        price,
        discount: Discount::NONE,
        tax: Tax { code: TaxCode::parse("EX4").unwrap(), rate: TaxRate::from_percent(dec("22")).unwrap() },
        text: None,
    }
}

pub(super) fn compared(sent: &Sent, found: &Found) -> Compared {
    match compare(sent, found) {
        intent::ReadBack::Found { compared, .. } => compared,
        other => panic!("{other:?}"),
    }
}

pub(super) fn document_in(found: Found) -> metakocka::Document {
    match found.record {
        FoundRecord::Document(document) => *document,
        other => panic!("no document: {other:?}"),
    }
}

pub(super) fn lookup_of(prepared: &Prepared) -> Lookup {
    match &prepared.target {
        Target::Create { lookup, .. } => lookup.clone(),
        Target::Update { .. } => panic!("a change has no look-up"),
    }
}

/// The fields of a request as they leave.
pub(super) fn body(request: &Request) -> serde_json::Value {
    let kept: serde_json::Value = serde_json::from_str(&request.kept()).unwrap();
    kept["fields"].clone()
}

pub(super) fn endpoint(request: &Request) -> String {
    let kept: serde_json::Value = serde_json::from_str(&request.kept()).unwrap();
    kept["endpoint"].as_str().unwrap().to_owned()
}
