//! The client against the simulator: what it reads is what the company holds, and faults are told apart.

use std::collections::BTreeMap;

use metakocka::{
    Client, ClientConfig, ConnectionCheck, Document, DocumentFlag, DocumentFlags, DocumentSearch,
    DocumentType, Endpoint, FilterName, Limits, Line, LineContent, LinePrice, ListLimit, MkId, Next, Pace,
    Pacer, PartnerQuery, ProductQuery, Row, SearchFilter, SearchLimit,
};
use metakocka_simulator::{
    CompanySpec, Effect, FaultRule, Quota, RunningSimulator, Settings, Simulator, SimulatorOptions,
    TruthDocument, TruthLine,
};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::support::{KEY, config, http, short_timeout};

/// Enough for every type, discounts, gross prices, text lines and drafts to occur.
const DOCUMENTS: usize = 400;
/// Documents that are made unreadable.
const MALFORMED: usize = 5;

async fn simulator() -> RunningSimulator {
    let company = CompanySpec { malformed: MALFORMED, ..CompanySpec::new("16", KEY, 7, DOCUMENTS) };
    let options = SimulatorOptions { companies: vec![company], ..SimulatorOptions::default() };
    let simulator = Simulator::start(options).await.unwrap();
    // Partners are taken from a list of all, which not every Metakocka gives.
    simulator.set_settings(Settings { list_all_partners: true, ..Settings::default() }).unwrap();
    simulator
}

fn client(simulator: &RunningSimulator) -> Client {
    Client::new(config(&simulator.url()), http())
}

fn client_with(simulator: &RunningSimulator, change: impl FnOnce(ClientConfig) -> ClientConfig) -> Client {
    Client::new(change(config(&simulator.url())), http())
}

async fn every_document(client: &Client, doc_type: DocumentType) -> Vec<Row<Document>> {
    let flags = DocumentFlags::usual(doc_type);
    let mut rows = Vec::new();
    let mut next = Some(0);
    while let Some(offset) = next {
        let search = DocumentSearch::all(doc_type).from_offset(offset);
        let page = client.search_documents(&search, &flags).await.unwrap();
        next = page.next_offset();
        rows.extend(page.rows);
    }
    rows
}

#[tokio::test]
async fn every_document_is_read_as_the_company_holds_it() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let mut truth: BTreeMap<(String, String), TruthDocument> = simulator
        .documents("16")
        .unwrap()
        .into_iter()
        .map(|document| ((document.doc_type.name().to_owned(), document.id.clone()), document))
        .collect();
    assert_eq!(truth.len(), DOCUMENTS);
    let mut unreadable = 0;
    for doc_type in DocumentType::ALL {
        let rows = every_document(&client, doc_type).await;
        assert!(!rows.is_empty(), "there are documents of type {doc_type}");
        for row in rows {
            let mut take = |id: &MkId| truth.remove(&(doc_type.wire().to_owned(), id.to_string())).unwrap();
            match row {
                Row::Read(record) => same_document(&record.value, &take(&record.value.mk_id)),
                Row::Unreadable(bad) => {
                    assert!(take(bad.mk_id.as_ref().unwrap()).malformed.is_some(), "{bad}");
                    unreadable += 1;
                }
            }
        }
    }
    assert!(truth.is_empty(), "not read: {:?}", truth.keys());
    assert_eq!(unreadable, MALFORMED);
}

fn same_document(read: &Document, truth: &TruthDocument) {
    let id = &truth.id;
    assert!(truth.malformed.is_none(), "{id} is not readable");
    assert_eq!((read.number.as_ref(), read.date), (Some(&truth.number), truth.date), "{id}");
    let partner = read.partner.as_ref().unwrap();
    assert_eq!(partner.mk_id.as_ref().unwrap().as_str(), truth.partner_id, "{id}");
    assert_eq!(partner.name.as_ref(), Some(&truth.partner_name), "{id}");
    assert_eq!((&read.title, &read.buyer_order), (&truth.title, &truth.buyer_order), "{id}");
    assert_eq!((&read.notes, read.currency.as_ref()), (&truth.notes, Some(&truth.currency)), "{id}");
    assert_eq!((&read.status.label, &read.status.code), (&truth.status_label, &truth.status_code), "{id}");
    assert_eq!(read.published_at.is_some(), truth.issued.is_some(), "{id}");
    let sums = &read.sums;
    assert_eq!(
        (sums.basic, sums.discount, sums.all),
        (truth.sum_basic, truth.sum_discount, truth.sum_all),
        "{id}"
    );
    assert_eq!(sums.paid, truth.sum_paid, "{id}");
    let taxes =
        sums.taxes.iter().filter(|(_, tax)| !tax.is_zero()).map(|(code, tax)| (code.to_string(), *tax));
    let expected =
        truth.sum_tax.iter().filter(|(_, tax)| !tax.is_zero()).map(|(code, tax)| (code.clone(), *tax));
    assert_eq!(taxes.collect::<BTreeMap<_, _>>(), expected.collect(), "{id}");
    if read.doc_type.is_bill() {
        let paid = |payment: &metakocka::Payment| (payment.date.unwrap(), payment.amount);
        let read: Vec<_> = read.payments.iter().map(paid).collect();
        let truth: Vec<_> = truth.payments.iter().map(|payment| (payment.date, payment.amount)).collect();
        assert_eq!(read, truth, "{id}");
    }
    assert_eq!(read.lines.len(), truth.lines.len(), "{id}");
    for (read, truth) in read.lines.iter().zip(&truth.lines) {
        same_line(read, truth);
    }
}

fn round(price: Decimal) -> Decimal {
    price.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn same_line(read: &Line, truth: &TruthLine) {
    match (&read.content, truth) {
        (LineContent::Text, TruthLine::Text { text, .. }) => {
            assert_eq!(read.doc_desc.as_ref().or(read.name_desc.as_ref()), Some(text));
        }
        (
            LineContent::Priced(line),
            TruthLine::Priced {
                row_id,
                product_id,
                code,
                amount,
                price,
                gross,
                discounts,
                tax,
                tax_factor,
                ..
            },
        ) => {
            assert_eq!(read.row_id.as_ref().unwrap().as_str(), row_id);
            let product = line.product.as_ref();
            assert_eq!(
                product.and_then(|product| product.mk_id.as_ref()).map(MkId::as_str),
                product_id.as_deref()
            );
            assert_eq!(product.and_then(|product| product.code.as_ref()), code.as_ref());
            assert_eq!((line.amount, line.tax_factor), (*amount, Some(*tax_factor)));
            // A price entered with tax may be read back without (`metakocka-api.md §4.3`, 209 as 171.31).
            let net = if *gross { round(*price / (Decimal::ONE + *tax_factor)) } else { *price };
            match line.price {
                LinePrice::Gross(with_tax) => assert_eq!((with_tax, true), (*price, *gross)),
                LinePrice::Net(read) => assert_eq!(read, net),
                LinePrice::Both { net: read, gross: with_tax } => {
                    assert!(read == net || with_tax == *price, "{:?} is not {price}", line.price);
                }
                LinePrice::Absent => assert!(price.is_zero()),
            }
            assert_eq!(line.discount.percents(), discounts);
            assert_eq!(line.tax.as_ref().unwrap().as_str(), tax);
        }
        other => panic!("a line is read as another kind: {other:?}"),
    }
}

#[tokio::test]
async fn partners_and_products_are_read_page_by_page() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let limit = ListLimit::new(7).unwrap();
    let (mut next, mut names) = (Some(0), BTreeMap::new());
    while let Some(offset) = next {
        let page = client.partner_page(offset, limit).await.unwrap();
        next = page.next_offset();
        names.extend(
            page.rows.into_iter().map(|row| row.into_result().unwrap().value).map(|p| (p.mk_id, p.name)),
        );
    }
    let truth = simulator.partners("16").unwrap();
    assert_eq!(names.len(), truth.len());
    for partner in &truth {
        assert_eq!(names[&MkId::parse(&partner.id).unwrap()].as_ref(), Some(&partner.name));
    }
    let (mut next, mut units) = (Some(0), BTreeMap::new());
    while let Some(offset) = next {
        let query = ProductQuery { offset, limit, ..ProductQuery::default() };
        let page = client.product_page(&query).await.unwrap();
        next = page.next_offset();
        units.extend(
            page.rows.into_iter().map(|row| row.into_result().unwrap().value).map(|p| (p.mk_id, p.unit)),
        );
    }
    let truth = simulator.products("16").unwrap();
    assert_eq!(units.len(), truth.len());
    assert!(
        truth.iter().all(|product| units[&MkId::parse(&product.id).unwrap()].as_ref() == Some(&product.unit))
    );
}

#[tokio::test]
async fn one_record_is_found_by_its_id_and_a_missing_one_is_proven_missing() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let flags = DocumentFlags::usual(DocumentType::Order);
    let orders = simulator.documents("16").unwrap();
    let order = orders.iter().find(|d| d.doc_type.name() == "sales_order" && d.malformed.is_none()).unwrap();
    let id = MkId::parse(&order.id).unwrap();
    let found = client.get_document(DocumentType::Order, &id, &flags).await.unwrap().unwrap();
    same_document(&found.read().unwrap().value, order);
    let nobody = MkId::parse("999999999999").unwrap();
    assert!(client.get_document(DocumentType::Order, &nobody, &flags).await.unwrap().is_none());
    assert!(client.get_partner(&PartnerQuery::ById(nobody)).await.unwrap().is_empty());
    let partner = MkId::parse(&order.partner_id).unwrap();
    let partners = client.get_partner(&PartnerQuery::ById(partner)).await.unwrap();
    assert_eq!(partners[0].read().unwrap().value.name.as_ref(), Some(&order.partner_name));
    let with_number =
        orders.iter().find(|d| d.doc_type.name() == "sales_order" && d.buyer_order.is_some()).unwrap();
    let number = with_number.buyer_order.as_deref().unwrap();
    assert!(client.find_order_by_buyer_order(number, &flags).await.unwrap().is_some());
    assert!(client.find_order_by_buyer_order("ni-takega", &flags).await.unwrap().is_none());
}

#[tokio::test]
async fn an_unoffered_filter_fails_as_discovery_foretells() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let catalogue = client.filter_discovery(None).await.unwrap();
    assert!(catalogue.offers(DocumentType::Order, FilterName::LastChangeFrom));
    assert!(!catalogue.offers(DocumentType::Offer, FilterName::DocDateFrom));
    let day = jiff::civil::date(2020, 1, 1);
    let dated = |doc_type| DocumentSearch::all(doc_type).filter(SearchFilter::DocDateFrom(day));
    let orders =
        client.search_short(&dated(DocumentType::Order).limit(SearchLimit::new(1).unwrap())).await.unwrap();
    assert!(orders.total.unwrap() > 0);
    let refused = client.search_short(&dated(DocumentType::Offer)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.next()), ("failed", Next::Unknown));
    assert!(!client.warehouses().await.unwrap().is_empty());
}

#[tokio::test]
async fn faults_are_told_apart() {
    let simulator = simulator().await;
    let client = client_with(&simulator, |config| config.within(short_timeout()));
    let refuse = |code: &str, text: &str| Effect::OprCode { code: code.to_owned(), text: text.to_owned() };
    for (effect, kind, next) in [
        (refuse("3", "Invalid value for secret_key and company_id"), "key_refused", Next::PauseKey),
        (refuse("5", "Quote exceeds"), "quota", Next::WaitForQuota(None)),
        (Effect::Html404, "not_metakocka", Next::Protocol),
        (Effect::Garbage, "not_metakocka", Next::Protocol),
        (Effect::Truncated, "not_metakocka", Next::Protocol),
        (Effect::CutBody, "connection_lost", Next::Retry),
        (Effect::DropBeforeStore, "connection_lost", Next::Retry),
        (Effect::HttpStatus { status: 502, retry_after: None }, "http_status", Next::Retry),
        (Effect::DelayMs { ms: 2000 }, "timed_out", Next::Retry),
        (Effect::Drip { ms: 100 }, "timed_out", Next::Retry),
    ] {
        simulator.clear_faults();
        simulator.add_fault(FaultRule::always("search", effect.clone())).unwrap();
        let error = client.search_short(&DocumentSearch::all(DocumentType::Order)).await.unwrap_err();
        assert_eq!((error.kind(), error.next()), (kind, next), "{effect:?}: {error:?}");
    }
    simulator.clear_faults();
    simulator
        .add_fault(FaultRule::always("search", Effect::ContentType { value: "text/html".to_owned() }))
        .unwrap();
    // The searches that were given up are still answered, and this one waits for its turn behind them.
    let patient = self::client(&simulator);
    let page = patient.search_short(&DocumentSearch::all(DocumentType::Order)).await;
    assert!(page.is_ok(), "the content type is not what makes a reply: {page:?}");
}

#[tokio::test]
async fn a_wrong_key_and_a_used_up_quota_are_recognised() {
    let simulator = simulator().await;
    let wrong = client_with(&simulator, |mut config| {
        config.secret_key = metakocka::SecretKey::parse("not-the-right-key").unwrap();
        config
    });
    assert!(matches!(wrong.test_connection().await, ConnectionCheck::KeyRefused(_)));
    let right = client(&simulator);
    assert!(matches!(right.test_connection().await, ConnectionCheck::Working));
    let quota = Some(Quota { calls: 1, per_ms: 600_000 });
    simulator.set_settings(Settings { quota, ..simulator.settings() }).unwrap();
    let _first = right.test_connection().await;
    assert!(matches!(right.test_connection().await, ConnectionCheck::QuotaReached(_)));
}

#[tokio::test]
async fn clients_of_a_company_share_its_pace_and_its_counts() {
    let simulator = simulator().await;
    let pacer = Pacer::new(Pace::default());
    let one = client_with(&simulator, |config| config.paced_by(pacer.clone()));
    let other = client_with(&simulator, |config| config.paced_by(pacer.clone()).within(Limits::default()));
    let search = DocumentSearch::all(DocumentType::Order);
    let (first, second, third) =
        tokio::join!(one.search_short(&search), other.search_short(&search), other.warehouses());
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert_eq!((pacer.counts().of(Endpoint::Search), pacer.counts().total()), (2, 3));
    assert_eq!(simulator.request_counts().values().sum::<u64>(), 3, "no call is made twice");
}

#[tokio::test]
async fn every_flag_is_taken_for_every_type_and_what_it_brings_is_kept() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let flags: DocumentFlags = DocumentFlag::ALL.into_iter().collect();
    for doc_type in DocumentType::ALL {
        let search = DocumentSearch::all(doc_type).limit(SearchLimit::new(10).unwrap());
        let page = client.search_short(&search).await.unwrap();
        for row in &page.rows {
            let id = &row.read().unwrap().value.mk_id;
            let found = client.get_document(doc_type, id, &flags).await.unwrap().unwrap();
            let Some(record) = found.read() else { continue };
            let raw: serde_json::Value = serde_json::from_str(record.raw.as_str()).unwrap();
            let document = &record.value;
            assert_eq!(Document::from_json(doc_type, record.raw.as_str()).unwrap(), *document);
            for unread in document.other.keys() {
                assert_eq!(document.other[unread], raw[unread], "{unread} is kept as it came");
            }
        }
    }
}

#[tokio::test]
async fn every_filter_of_orders_and_bills_is_taken_as_discovery_says() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let catalogue = client.filter_discovery(None).await.unwrap();
    let time = metakocka::WallTime::new(jiff::civil::datetime(2020, 1, 1, 0, 0, 0, 0));
    let (day, one) = (jiff::civil::date(2020, 1, 1), MkId::parse("1").unwrap());
    let text = || "x".to_owned();
    let list = || vec!["1".to_owned(), "2".to_owned()];
    let filters = [
        SearchFilter::DocDateFrom(day),
        SearchFilter::DocDateTo(day),
        SearchFilter::LastChangeFrom(time),
        SearchFilter::LastChangeTo(time),
        SearchFilter::StatusChange { from: time, to: time, codes: list() },
        SearchFilter::TrackingEventFrom(time),
        SearchFilter::TrackingEventTo(time),
        SearchFilter::StatusCodes(list()),
        SearchFilter::StatusIds(list()),
        SearchFilter::PaymentStatusUnpaid,
        SearchFilter::PartnerMkId(one),
        SearchFilter::PartnerCode(text()),
        SearchFilter::PartnerText(text()),
        SearchFilter::PartnerTaxNumber(text()),
        SearchFilter::PartnerCountry(text()),
        SearchFilter::RecipientName(text()),
        SearchFilter::RecipientEmail(text()),
        SearchFilter::RecipientPhone(text()),
        SearchFilter::CustomerOrder(text()),
        SearchFilter::DeliveryType(text()),
        SearchFilter::ProfitCenter(text()),
        SearchFilter::ProductIds(list()),
        SearchFilter::ProductCodes(list()),
        SearchFilter::OnlyOpen,
        SearchFilter::WriteOff(true),
    ];
    for doc_type in [DocumentType::Offer, DocumentType::Order, DocumentType::BillDomestic] {
        for filter in &filters {
            let search = DocumentSearch::all(doc_type).filter(filter.clone());
            let is_taken = client.search_short(&search).await.is_ok();
            assert_eq!(is_taken, catalogue.offers(doc_type, filter.name()), "{filter:?} of {doc_type}");
        }
    }
}
