//! Writes against the simulator: what is sent is stored and read back, and a lost reply is settled by looking,
//! never by sending again.

use jiff::civil::date;
use metakocka::{
    Client, DocumentDeletion, DocumentDetails, DocumentDraft, DocumentFlag, DocumentFlags, DocumentName,
    DocumentSearch, DocumentType, DraftLine, DraftParty, DraftPrice, DraftTax, Hits, ListLimit, Lookup, MkId,
    OrderChange, OrderDetails, OrderKey, OrderLineChange, OtherDocumentType, OtherSearch, ParcelCode,
    PartnerChange, PartnerDraft, PartnerFields, PartnerKey, PartnerName, PartnerQuery, Payments,
    PostalAddress, ProductChange, ProductDeletion, ProductDraft, ProductFields, ProductFilters, ProductKey,
    ProductName, ProductQuery, ProductRef, RefusalKind, ReportRequest, SearchFilter, ShippedOrders,
    StatusChange, StockQuery, StoredDocument, TaxCode, TransactionDocument, TransactionDraft,
    TransactionMode, WritableStatus, WriteOutcome,
};
use metakocka_simulator::{
    Clock, CompanySpec, Effect, FaultRule, Quota, RunningSimulator, Settings, Simulator, SimulatorOptions,
    UniqueBuyerOrder,
};

use crate::support::{KEY, config, http, short_timeout};
use crate::writes::decimal;

/// The simulator's day.
const NOW: &str = "2026-01-20T09:30:00Z";

pub(crate) async fn simulator() -> RunningSimulator {
    let options = SimulatorOptions {
        clock: Clock::fixed(NOW.parse().unwrap()),
        companies: vec![CompanySpec::new("16", KEY, 7, 300)],
        ..SimulatorOptions::default()
    };
    let simulator = Simulator::start(options).await.unwrap();
    // Partners are taken from a list of all, which not every Metakocka gives.
    simulator.set_settings(Settings { list_all_partners: true, ..Settings::default() }).unwrap();
    simulator
}

pub(crate) fn client(simulator: &RunningSimulator) -> Client {
    Client::new(config(&simulator.url()), http())
}

/// A company's records that a document is made of.
pub(crate) struct Stock {
    buyer: DraftParty,
    partner: MkId,
    goods: ProductRef,
    service: ProductRef,
}

impl Stock {
    pub(crate) async fn of(client: &Client) -> Self {
        let page = client.partner_page(0, ListLimit::new(1).unwrap()).await.unwrap();
        let partner = &page.rows[0].read().unwrap().value;
        let address = partner.main_address().unwrap().mk_id.clone().unwrap();
        Self {
            buyer: DraftParty::linked(partner.mk_id.clone(), address),
            partner: partner.mk_id.clone(),
            goods: product(client, false).await,
            service: product(client, true).await,
        }
    }

    pub(crate) fn order(&self, number: &str) -> DocumentDraft {
        let details = OrderDetails { buyer_order: Some(number.to_owned()), ..OrderDetails::default() };
        let mut order = DocumentDraft::new(
            DocumentDetails::Order(Box::new(details)),
            date(2026, 1, 20),
            self.buyer.clone(),
            vec![self.line("10", "1.20")],
        );
        order.title = Some(format!("Spletno naročilo {number}"));
        order
    }

    fn line(&self, amount: &str, price: &str) -> DraftLine {
        line_of(&self.goods, amount, price)
    }
}

fn line_of(product: &ProductRef, amount: &str, price: &str) -> DraftLine {
    let tax = DraftTax::Code(TaxCode::new("EX4"));
    DraftLine::new(product.clone(), decimal(amount), DraftPrice::Net(decimal(price)), tax)
}

async fn product(client: &Client, service: bool) -> ProductRef {
    let filters = ProductFilters {
        sales: Some(true),
        service: Some(service),
        active: Some(true),
        ..Default::default()
    };
    let page = client.product_page(&ProductQuery { filters, ..ProductQuery::default() }).await.unwrap();
    let product = &page.rows[0].read().unwrap().value;
    ProductRef {
        mk_id: Some(product.mk_id.clone()),
        code: product.code.clone(),
        count_code: product.count_code.clone(),
    }
}

pub(crate) async fn make(client: &Client, draft: DocumentDraft) -> StoredDocument {
    let outcome = client.send(draft.prepare().unwrap()).await;
    assert_eq!(outcome.kind(), "stored", "{outcome:?}");
    outcome.stored().unwrap()
}

pub(crate) async fn read(client: &Client, doc_type: DocumentType, id: &MkId) -> metakocka::Document {
    let flags = DocumentFlags::usual(doc_type).with(DocumentFlag::PaymentDetail);
    let row = client.get_document(doc_type, id, &flags).await.unwrap().unwrap();
    row.into_result().unwrap().value
}

pub(crate) fn count(simulator: &RunningSimulator) -> usize {
    simulator.documents("16").unwrap().len()
}

#[tokio::test]
async fn an_order_is_stored_changed_and_deleted() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let stock = Stock::of(&client).await;
    let stored = make(&client, stock.order("APP-1")).await;
    assert_eq!((stored.total, stored.partner_id.as_ref()), (Some(decimal("14.64")), Some(&stock.partner)));
    let order = read(&client, DocumentType::Order, &stored.mk_id).await;
    assert_eq!(order.buyer_order.as_deref(), Some("APP-1"));
    assert_eq!((order.number.clone(), order.sums.all), (stored.number.clone(), decimal("14.64")));
    let mut change = OrderChange::of(OrderKey::BuyerOrder("APP-1".to_owned()));
    change.notes = Some("Spremenjeno\nv dveh vrsticah".to_owned());
    change.lines.push(OrderLineChange::Add(line_of(&stock.service, "1", "4")));
    let row = order.lines[0].row_id.clone().unwrap();
    change.lines.push(OrderLineChange::Update(row, stock.line("3", "1.20")));
    assert!(client.send(change.prepare().unwrap()).await.stored().is_some());
    let order = read(&client, DocumentType::Order, &stored.mk_id).await;
    assert_eq!((order.lines.len(), order.sums.basic), (2, decimal("7.6")));
    assert_eq!(order.notes.as_deref(), Some("Spremenjeno\nv dveh vrsticah"));
    let shipped = ShippedOrders::Ids(vec![stored.mk_id.clone()]).prepare().unwrap();
    assert!(client.send(shipped).await.stored().is_some());
    assert!(read(&client, DocumentType::Order, &stored.mk_id).await.shipped_date.is_some());
    let deletion = DocumentDeletion { doc_type: DocumentType::Order, id: stored.mk_id.clone() };
    assert!(client.send(deletion.prepare().unwrap()).await.stored().is_some());
    let flags = DocumentFlags::none();
    assert!(client.get_document(DocumentType::Order, &stored.mk_id, &flags).await.unwrap().is_none());
}

#[tokio::test]
async fn a_replacement_made_from_a_read_changes_only_what_was_changed() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let stock = Stock::of(&client).await;
    let mut draft = stock.order("APP-2");
    draft.notes = Some("ostane".to_owned());
    draft.lines.push(line_of(&stock.service, "1", "4"));
    draft.payments = Payments::Replace(vec![metakocka::DraftPayment {
        kind: "Transakcijski račun".to_owned(),
        date: date(2026, 1, 20),
        amount: decimal("5"),
        cash_register: None,
    }]);
    let stored = make(&client, draft).await;
    let before = read(&client, DocumentType::Order, &stored.mk_id).await;
    let mut again = DocumentDraft::from_document(&before, None).unwrap();
    again.lines[0].amount = decimal("7");
    let replaced = client.send(again.prepare_replacement(&stored.mk_id).unwrap()).await.stored().unwrap();
    assert_eq!((replaced.mk_id.clone(), replaced.number), (stored.mk_id, stored.number));
    let after = read(&client, DocumentType::Order, &replaced.mk_id).await;
    assert_eq!(
        (&after.title, &after.notes, &after.buyer_order),
        (&before.title, &before.notes, &before.buyer_order)
    );
    assert_eq!((&after.receiver, after.sums.paid), (&before.receiver, decimal("5")));
    assert_eq!(after.lines.len(), before.lines.len());
    assert_eq!(after.lines[1].content, before.lines[1].content);
    assert_eq!(after.sums.basic, decimal("12.4"));
}

#[tokio::test]
async fn every_fault_of_a_write_is_one_of_the_outcomes_and_never_sent_twice() {
    let simulator = simulator().await;
    let limits = short_timeout();
    let client = Client::new(config(&simulator.url()).within(limits), http());
    let stock = Stock::of(&self::client(&simulator)).await;
    let refuse = |code: &str, text: &str| Effect::OprCode { code: code.to_owned(), text: text.to_owned() };
    for (number, (effect, kind)) in [
        (refuse("3", "Invalid value for secret_key and company_id"), "not_sent"),
        (refuse("4", "IP address"), "not_sent"),
        (refuse("5", "Quote exceeds"), "not_sent"),
        (Effect::HttpStatus { status: 429, retry_after: Some(3) }, "unknown"),
        (Effect::HttpStatus { status: 401, retry_after: None }, "unknown"),
        (refuse("2", "Paramether"), "refused"),
        (refuse("6", "Profit center"), "refused"),
        (refuse("8", "Product"), "refused"),
        (refuse("1", "Unknown internal server error"), "unknown"),
        (Effect::HttpStatus { status: 503, retry_after: None }, "unknown"),
        (Effect::Html404, "unknown"),
        (Effect::Garbage, "unknown"),
        (Effect::Truncated, "unknown"),
        (Effect::CutBody, "unknown"),
        (Effect::DropBeforeStore, "unknown"),
        (Effect::DropAfterStore, "unknown"),
        (Effect::Drip { ms: 100 }, "unknown"),
        (Effect::DelayMs { ms: 1000 }, "unknown"),
    ]
    .into_iter()
    .enumerate()
    {
        simulator.clear_faults();
        simulator.clear_requests();
        simulator.add_fault(FaultRule::always("put_document", effect.clone())).unwrap();
        let outcome = client.send(stock.order(&format!("F-{number}")).prepare().unwrap()).await;
        assert_eq!(outcome.kind(), kind, "{effect:?}: {outcome:?}");
        assert_eq!(simulator.request_counts()["put_document"], 1, "{effect:?}");
    }
}

#[tokio::test]
async fn a_used_up_quota_gives_the_write_back() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let stock = Stock::of(&client).await;
    let before = count(&simulator);
    let quota = Some(Quota { calls: 1, per_ms: 600_000 });
    let usual = simulator.settings();
    simulator.set_settings(Settings { quota, ..usual.clone() }).unwrap();
    let _spent = client.warehouses().await;
    let outcome = client.send(stock.order("APP-7").prepare().unwrap()).await;
    let WriteOutcome::NotSent(not_sent) = outcome else { panic!("{outcome:?}") };
    assert_eq!((not_sent.reason.kind(), count(&simulator)), ("quota", before));
    simulator.set_settings(usual).unwrap();
    assert!(client.send(not_sent.write).await.stored().is_some());
}

#[tokio::test]
async fn a_refusal_tells_what_is_wrong_and_what_it_left_behind() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let stock = Stock::of(&client).await;
    let mut unknown_product = stock.order("APP-8");
    unknown_product.lines[0].product =
        ProductRef { mk_id: None, code: Some("NI-TAKEGA".to_owned()), count_code: None };
    let WriteOutcome::Refused(refusal) = client.send(unknown_product.prepare().unwrap()).await else {
        panic!()
    };
    assert_eq!(
        (refusal.kind, refusal.partner_id.as_ref()),
        (RefusalKind::UnknownProduct, Some(&stock.partner))
    );
    assert_eq!(refusal.products_not_found[0].code.as_deref(), Some("NI-TAKEGA"));
    let first = make(&client, stock.order("APP-9")).await;
    let mut settings = simulator.settings();
    settings.unique_buyer_order.insert("*".to_owned(), UniqueBuyerOrder::Orders);
    simulator.set_settings(settings).unwrap();
    let WriteOutcome::Refused(refusal) = client.send(stock.order("APP-9").prepare().unwrap()).await else {
        panic!()
    };
    assert_eq!(refusal.kind, RefusalKind::BuyerOrderExists);
    assert_eq!(refusal.duplicates[0].mk_id.as_ref(), Some(&first.mk_id));
    let status = StatusChange {
        of: WritableStatus::Orders(vec![first.mk_id]),
        status_code: "ni-takega".to_owned(),
        user_email: None,
    };
    let outcome = client.send(status.prepare().unwrap()).await;
    assert!(matches!(outcome, WriteOutcome::Refused(_) | WriteOutcome::Unknown(_)), "{outcome:?}");
}

fn partner_draft(name: &str) -> PartnerDraft {
    PartnerDraft {
        fields: PartnerFields {
            name: Some(name.to_owned()),
            tax_number: Some("SI87654321".to_owned()),
            buyer: Some(true),
            ..PartnerFields::default()
        },
        address: PostalAddress {
            street: Some("Cesta 1".to_owned()),
            post_number: Some("1000".to_owned()),
            town: Some("Ljubljana".to_owned()),
            country: Some("Slovenija".to_owned()),
            ..PostalAddress::default()
        },
        ..PartnerDraft::default()
    }
}

#[tokio::test]
async fn a_partner_is_made_found_and_changed() {
    let simulator = simulator().await;
    let client = client(&simulator);
    simulator.add_fault(FaultRule::nth("add_partner", 1, Effect::DropAfterStore)).unwrap();
    let outcome = client.send(partner_draft("Pogodba d.o.o.").prepare().unwrap()).await;
    let WriteOutcome::Unknown(unknown) = outcome else { panic!("{outcome:?}") };
    let found = client.look_up(unknown.unsettled.lookup()).await.unwrap();
    let Hits::Partners(rows) = &found.hits else { panic!() };
    let partner = &rows[0].read().unwrap().value;
    assert_eq!(partner.name.as_deref(), Some("Pogodba d.o.o."));
    let mut change = PartnerChange::of(PartnerKey::Id(partner.mk_id.clone()));
    change.fields.name = Some("Pogodba in drugi d.o.o.".to_owned());
    let updated = client.send(change.prepare().unwrap()).await.stored().unwrap();
    let updated = updated.partner.unwrap().into_result().unwrap().value;
    assert_eq!((&updated.mk_id, updated.name.as_deref()), (&partner.mk_id, Some("Pogodba in drugi d.o.o.")));
    assert_eq!(updated.main_address().unwrap().address.street.as_deref(), Some("Cesta 1"));
}

#[tokio::test]
async fn a_product_is_made_changed_and_deleted() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let draft = ProductDraft {
        code: "PODL-M6".to_owned(),
        count_code: None,
        name: "Podložka M6".to_owned(),
        unit: "kos".to_owned(),
        fields: ProductFields {
            sales: Some(true),
            barcode: Some("3830000000017".to_owned()),
            ..ProductFields::default()
        },
    };
    let stored = client.send(draft.prepare().unwrap()).await.stored().unwrap();
    let mut change = ProductChange::of(ProductKey::Id(stored.mk_id.clone()));
    change.name = Some("Podložka M6 A2".to_owned());
    change.remove_barcode = true;
    let change = change.prepare().unwrap();
    let lookup = change.lookup().clone();
    assert!(client.send(change).await.stored().is_some());
    let Hits::Products(rows) = client.look_up(&lookup).await.unwrap().hits else { panic!() };
    let product = &rows[0].read().unwrap().value;
    assert_eq!((product.name.as_deref(), product.barcode.as_deref()), (Some("Podložka M6 A2"), None));
    let key = ProductKey::CountCode(stored.count_code.unwrap());
    let deletion = ProductDeletion { product: key }.prepare().unwrap();
    assert!(client.send(deletion).await.stored().is_some());
    assert!(client.look_up(&lookup).await.unwrap().hits.is_empty());
}

#[tokio::test]
async fn a_transaction_shows_in_the_payments_of_its_document() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let stock = Stock::of(&client).await;
    let order = make(&client, stock.order("APP-10")).await;
    let transaction = TransactionDraft {
        doc_type: DocumentType::Order,
        document: TransactionDocument::Id(order.mk_id.clone()),
        mode: TransactionMode::Payment,
        kind: "Transakcijski račun".to_owned(),
        date: date(2026, 1, 20),
        amount: decimal("4.64"),
        cash_register: None,
        notes: None,
    };
    let write = transaction.prepare().unwrap();
    let lookup = write.lookup().clone();
    let outcome = client.send(write).await;
    assert_eq!(outcome.kind(), "stored", "{outcome:?}");
    let Hits::Documents(rows) = client.look_up(&lookup).await.unwrap().hits else { panic!() };
    assert_eq!(rows[0].read().unwrap().value.sums.paid, decimal("4.64"));
}

#[tokio::test]
async fn stock_reports_parcels_and_other_searches_are_read() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let page = client.stock_page(&StockQuery::default()).await.unwrap();
    assert!(page.rows.iter().all(|row| row.read().is_some()) && !page.rows.is_empty());
    let one = StockQuery {
        products: vec![page.rows[0].read().unwrap().value.mk_id.clone()],
        ..StockQuery::default()
    };
    let rows = client.stock_page(&one).await.unwrap().rows;
    assert!(rows.iter().all(|row| row.read().unwrap().value.mk_id == one.products[0]));
    let search = DocumentSearch::all(DocumentType::BillDomestic);
    let bill = client.search_short(&search).await.unwrap().rows[0].read().unwrap().value.mk_id.clone();
    let report = ReportRequest::usual(DocumentType::BillDomestic, bill).unwrap();
    let pdf = client.report(&report).await.unwrap();
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 100);
    let nothing = ReportRequest { document: MkId::parse("999999999999").unwrap(), ..report };
    assert_eq!(client.report(&nothing).await.unwrap_err().kind(), "refused");
    let nowhere = ParcelCode::Tracking("ni-take".to_owned());
    assert!(client.find_by_tracking_code(&nowhere).await.unwrap().is_none());
    let products = OtherSearch { filters: vec![SearchFilter::EshopSync(true)], ..OtherSearch::default() };
    let found = client.search_products(&products).await.unwrap();
    assert!(!found.rows.is_empty() && found.rows.iter().all(|row| row.read().is_some()));
    for doc_type in OtherDocumentType::ALL {
        let found = client.search_other(doc_type, &OtherSearch::default()).await.unwrap();
        assert!(found.rows.iter().all(|row| row.read().is_some()), "{doc_type}");
    }
}

fn found_ids(hits: &Hits) -> Vec<String> {
    match hits {
        Hits::Documents(rows) => rows.iter().map(|row| row.read().unwrap().value.mk_id.to_string()).collect(),
        Hits::Partners(rows) => rows.iter().map(|row| row.read().unwrap().value.mk_id.to_string()).collect(),
        Hits::Products(rows) => rows.iter().map(|row| row.read().unwrap().value.mk_id.to_string()).collect(),
    }
}

#[tokio::test]
async fn whatever_a_write_names_its_record_by_it_is_found() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let stock = Stock::of(&client).await;
    let first = make(&client, stock.order("APP-11")).await;
    let second = make(&client, stock.order("APP-12")).await;
    let (first_id, second_id) = (first.mk_id.to_string(), second.mk_id.to_string());
    let number = DocumentName::Number(first.number.unwrap());
    let by_number = Lookup::Document { doc_type: DocumentType::Order, document: number };
    let orders = Lookup::ManyOrders(vec![
        DocumentName::Id(first.mk_id),
        DocumentName::BuyerOrder("APP-12".to_owned()),
        DocumentName::BuyerOrder("APP-13".to_owned()),
    ]);
    let partner = client.get_partner(&PartnerQuery::ById(stock.partner.clone())).await.unwrap();
    let code = partner[0].read().unwrap().value.count_code.clone().unwrap();
    let goods = stock.goods.clone();
    for (lookup, ids) in [
        (by_number, vec![first_id.clone()]),
        (orders, vec![first_id, second_id]),
        (Lookup::Partner(PartnerName::CountCode(code)), vec![stock.partner.to_string()]),
        (
            Lookup::Product(ProductName::CountCode(goods.count_code.unwrap())),
            vec![goods.mk_id.as_ref().unwrap().to_string()],
        ),
        (Lookup::Products { code: goods.code.unwrap() }, vec![goods.mk_id.unwrap().to_string()]),
    ] {
        let result = client.look_up(&lookup).await.unwrap();
        assert_eq!((found_ids(&result.hits), result.complete), (ids, true), "{lookup:?}");
    }
}
