//! The sample exchanges of `metakocka-api.md §10`: the client asks exactly so, and reads exactly this.

use jiff::civil::{date, datetime};
use metakocka::{
    AddressKind, DiscountChain, Document, DocumentFlag, DocumentFlags, DocumentSearch, DocumentType,
    LineContent, LinePrice, ListLimit, MkId, OrderDirection, PartnerQuery, PricedLine, ProductFilters,
    ProductQuery, ProductSwitch, Row, SearchFilter, SearchLimit, TaxCode, WallTime,
};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::{Answer, Server};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("samples/", $name, ".json"))
    };
}

async fn answering(sample: &str) -> Server {
    Server::always(Answer::json(sample)).await
}

fn asks(server: &Server, path: &str, request: &str) {
    let expected: Value = serde_json::from_str(request).unwrap();
    assert_eq!(server.only_question(), expected);
    assert_eq!(server.questions()[0].path, format!("/rest/eshop/{path}"));
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "it stands beside optional texts")]
fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn read<T>(row: Row<T>) -> T {
    row.into_result().unwrap().value
}

fn priced(document: &Document, line: usize) -> &PricedLine {
    match &document.lines[line].content {
        LineContent::Priced(priced) => priced,
        LineContent::Text => panic!("line {line} has no figures"),
    }
}

#[tokio::test]
async fn a_short_search_lists_ids_numbers_and_status_labels() {
    let server = answering(sample!("search_short.reply")).await;
    let search = DocumentSearch::all(DocumentType::Order)
        .filter(SearchFilter::DocDateFrom(date(2026, 9, 1)))
        .filter(SearchFilter::DocDateTo(date(2026, 9, 30)))
        .limit(SearchLimit::new(2).unwrap());
    let page = server.client().search_short(&search).await.unwrap();
    asks(&server, "v1/search", sample!("search_short.request"));
    assert_eq!((page.total, page.next_offset()), (Some(5), Some(2)));
    let rows: Vec<_> = page.rows.into_iter().map(read).collect();
    assert_eq!((rows[0].mk_id.as_str(), rows[0].number.as_deref()), ("400000701", Some("PP-301")));
    assert_eq!((rows[0].status_label.as_deref(), rows[1].status_label.as_deref()), (Some("Izdelan"), None));
}

#[tokio::test]
async fn a_search_returns_whole_orders() {
    let server = answering(sample!("search_documents.reply")).await;
    let at = |hour| WallTime::new(datetime(2026, 9, 3, hour, 0, 0, 0));
    let search = DocumentSearch::all(DocumentType::Order)
        .filter(SearchFilter::LastChangeFrom(at(8)))
        .filter(SearchFilter::LastChangeTo(at(12)))
        .order(OrderDirection::Ascending);
    let flags = DocumentFlags::none().with(DocumentFlag::ProductDetail);
    let page = server.client().search_documents(&search, &flags).await.unwrap();
    asks(&server, "v1/search", sample!("search_documents.request"));
    assert_eq!((page.total, page.next_offset()), (Some(1), None));
    let raw = page.rows[0].raw().as_str().to_owned();
    let order = read(page.rows.into_iter().next().unwrap());
    order_is_the_sample(&order);
    assert_eq!(Document::from_json(DocumentType::Order, &raw).unwrap(), order);
}

fn order_is_the_sample(order: &Document) {
    assert_eq!((order.mk_id.as_str(), order.doc_type), ("400000701", DocumentType::Order));
    assert_eq!((order.number.clone(), order.date), (text("PP-301"), date(2026, 9, 3)));
    assert_eq!((order.status.label.clone(), order.status.code.clone()), (text("Izdelan"), text("created")));
    assert_eq!((order.title.clone(), order.buyer_order.clone()), (text("Web order 123"), text("APP-000123")));
    assert_eq!(order.created_at, Some(WallTime::new(datetime(2026, 9, 3, 10, 15, 0, 0))));
    let partner = order.partner.as_ref().unwrap();
    assert_eq!(
        (partner.name.clone(), partner.tax_number.clone()),
        (text("Kupec d.o.o."), text("SI12345678"))
    );
    assert_eq!((partner.business_entity, partner.foreign), (Some(true), Some(false)));
    assert_eq!(
        (partner.address.town.clone(), partner.address.country_iso.clone()),
        (text("Ljubljana"), text("SI"))
    );
    let receiver = order.receiver.as_ref().unwrap();
    assert_eq!(receiver.address.street, text("Polje 5"));
    assert_eq!(receiver.contact.as_ref().unwrap().mobile, text("041000000"));
    let screw = priced(order, 0);
    assert_eq!(screw.product.as_ref().unwrap().code, text("VIJAK-M6"));
    assert_eq!((screw.amount, screw.price), (decimal("10"), LinePrice::Net(decimal("1.2"))));
    assert_eq!(
        (screw.discount.clone(), screw.tax.clone()),
        (DiscountChain::parse("5").unwrap(), Some(TaxCode::new("EX4")))
    );
    assert_eq!(order.lines[0].row_id.as_ref().unwrap().as_str(), "1600991");
    assert_eq!(priced(order, 1).price, LinePrice::Gross(decimal("4.88")));
    assert_eq!(priced(order, 1).kind, text("service"));
    let sums = &order.sums;
    assert_eq!((sums.basic, sums.discount, sums.all), (decimal("15.4"), decimal("0.6"), decimal("18.79")));
    assert_eq!(sums.taxes[&TaxCode::new("EX4")], decimal("3.39"));
    assert_eq!(sums.basic + sums.taxes.values().sum::<Decimal>(), sums.all);
    assert!(order.other.is_empty() && partner.other.is_empty(), "every field of the sample has a place");
    assert!(order.lines.iter().all(|line| line.other.is_empty()));
}

#[tokio::test]
async fn an_offer_is_read_by_its_id() {
    let server = answering(sample!("get_offer.reply")).await;
    let id = MkId::parse("400000801").unwrap();
    let flags = DocumentFlags::none();
    let offer = server.client().get_document(DocumentType::Offer, &id, &flags).await.unwrap();
    asks(&server, "v1/get_document", sample!("get_offer.request"));
    let offer = read(offer.unwrap());
    assert_eq!((offer.due_date, offer.valid_to), (Some(date(2026, 9, 15)), Some(date(2026, 10, 1))));
    assert_eq!((offer.valid_days, offer.lines[1].doc_desc.clone()), (Some(30), text("hitra")));
    assert_eq!((offer.sums.all, offer.sums.paid), (decimal("158.6"), Decimal::ZERO));
    assert!(offer.receiver.is_none() && offer.other.is_empty());
}

#[tokio::test]
async fn payments_of_a_bill_are_slovenian_money() {
    let server = answering(sample!("get_paid_bill.reply")).await;
    let id = MkId::parse("1600901").unwrap();
    let flags = DocumentFlags::none().with(DocumentFlag::PaymentDetail);
    let bill = server.client().get_document(DocumentType::BillDomestic, &id, &flags).await.unwrap();
    asks(&server, "v1/get_document", sample!("get_paid_bill.request"));
    let bill = read(bill.unwrap());
    assert_eq!(bill.published_at, Some(WallTime::new(datetime(2026, 9, 5, 9, 12, 0, 0))));
    assert_eq!((bill.payments[0].amount, bill.payments[1].amount), (decimal("1000"), decimal("368.52")));
    assert_eq!(
        (bill.payments[0].date, bill.payments[1].cash_register.clone()),
        (Some(date(2026, 9, 8)), text("Blagajna 1"))
    );
    assert_eq!(bill.payments.iter().map(|payment| payment.amount).sum::<Decimal>(), bill.sums.paid);
    assert_eq!(bill.sums.paid_in_full_on, Some(date(2026, 9, 10)));
    assert_eq!(bill.tax_codes().into_iter().collect::<Vec<_>>(), ["EX3", "EX4"]);
    assert!(bill.other.is_empty());
}

#[tokio::test]
async fn a_credit_note_has_the_shape_of_a_bill() {
    let server = answering(sample!("get_credit_note.reply")).await;
    let id = MkId::parse("1600950").unwrap();
    let note =
        server.client().get_document(DocumentType::CreditNote, &id, &DocumentFlags::none()).await.unwrap();
    asks(&server, "v1/get_document", sample!("get_credit_note.request"));
    let note = read(note.unwrap());
    assert_eq!((note.doc_type, note.sums.all), (DocumentType::CreditNote, decimal("16.97")));
    assert!(note.published_at.is_none());
}

#[tokio::test]
async fn a_full_page_of_products_has_a_next_page() {
    let server = answering(sample!("product_list.reply")).await;
    let query = ProductQuery {
        filters: ProductFilters { sales: Some(true), ..ProductFilters::default() },
        switches: vec![ProductSwitch::PriceLists, ProductSwitch::TaxFactor, ProductSwitch::WarehouseStock],
        offset: 0,
        limit: ListLimit::new(2).unwrap(),
    };
    let page = server.client().product_page(&query).await.unwrap();
    asks(&server, "v1/json/product_list", sample!("product_list.request"));
    assert_eq!((page.count, page.next_offset()), (2, Some(2)));
    let products: Vec<_> = page.rows.into_iter().map(read).collect();
    let screw = &products[0];
    assert_eq!((screw.code.clone(), screw.weight), (text("VIJAK-M6"), Some(decimal("0.01"))));
    assert_eq!((screw.sales, screw.service), (Some(true), Some(false)));
    assert_eq!(screw.prices.len(), 2);
    assert_eq!(screw.prices[1].tiers[0].price, LinePrice::Net(decimal("1.08")));
    assert_eq!(screw.prices[1].tiers[0].amount_from, Some(decimal("100")));
    assert_eq!(screw.stock.by_warehouse[0].amount, decimal("250"));
    assert_eq!((products[1].service, products[1].stock.amount), (Some(true), Some(Decimal::ZERO)));
    assert!(products.iter().all(|product| product.other.is_empty()));
}

#[tokio::test]
async fn a_partner_comes_with_contacts_and_addresses() {
    let server = answering(sample!("get_partner.reply")).await;
    let query = PartnerQuery::TaxNumber("SI12345678".to_owned());
    let mut rows = server.client().get_partner(&query).await.unwrap();
    asks(&server, "v1/get_partner", sample!("get_partner.request"));
    assert_eq!(rows.len(), 1);
    let partner = read(rows.remove(0));
    assert_eq!((partner.mk_id.as_str(), partner.name.clone()), ("1600710", text("Kupec d.o.o.")));
    assert_eq!((partner.taxpayer, partner.buyer), (Some(true), None));
    let main = partner.main_address().unwrap();
    assert_eq!((main.address.town.clone(), main.payment_due_days), (text("Ljubljana"), Some(15)));
    assert_eq!(partner.addresses[1].kind, AddressKind::Delivery);
    assert_eq!(partner.contacts[0].person.email, text("ana@kupec.example"));
    assert!(partner.other.is_empty() && partner.contacts[0].other.is_empty());
}
