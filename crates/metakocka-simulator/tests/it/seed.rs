//! What is seeded: deterministic, valid, rich enough, and its sums right.

use crate::support::{COMPANY, KEY, Lab, clock, http, lab_of};
use metakocka_simulator::{
    CompanySpec, DocType, Simulator, SimulatorOptions, TruthDocument, TruthLine, tax_number,
};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::json;
use std::collections::BTreeMap;

async fn lab_with(seed: u64, documents: usize) -> Lab {
    let companies = vec![CompanySpec::new(COMPANY, KEY, seed, documents)];
    let options = SimulatorOptions { clock: clock(), companies, ..SimulatorOptions::default() };
    Lab { simulator: Simulator::start(options).await.unwrap(), http: http() }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let text = async |seed: u64| {
        let lab = lab_with(seed, 300).await;
        lab.list_partners();
        let mut all = String::new();
        for (path, body) in [
            ("v1/search", json!({"doc_type": "sales_order", "result_type": "doc", "limit": 100})),
            ("v1/get_partner", json!({})),
            ("v1/json/product_list", json!({"return_pricelist": "true"})),
        ] {
            all += &lab.request(path, body).send().await.unwrap().text().await.unwrap();
        }
        all
    };
    let (first, second, other) = (text(7).await, text(7).await, text(8).await);
    assert!(first == second && first != other);
}

#[tokio::test]
async fn every_tax_number_has_a_valid_check_digit() {
    let lab = lab_of(2_000).await;
    let partners = lab.simulator.partners(COMPANY).unwrap();
    let numbers: Vec<&String> = partners.iter().filter_map(|p| p.tax_number.as_ref()).collect();
    assert!(numbers.len() > 100);
    for number in &numbers {
        assert!(tax_number::is_valid(number), "{number}");
    }
    for prefix in ["SI", "HR", "ATU", "IT", "DE"] {
        assert!(numbers.iter().any(|number| number.starts_with(prefix)), "{prefix}");
    }
}

#[tokio::test]
async fn two_thousand_documents_are_spread_over_all_types_and_ten_months() {
    let lab = lab_of(2_000).await;
    let documents = lab.simulator.documents(COMPANY).unwrap();
    let mut counts: BTreeMap<DocType, usize> = BTreeMap::new();
    for document in &documents {
        *counts.entry(document.doc_type).or_default() += 1;
    }
    let counts: Vec<usize> = counts.into_values().collect();
    assert_eq!(counts, [200, 900, 500, 120, 140, 60, 80]);
    let (first, last) = (documents.iter().map(|d| d.date).min(), documents.iter().map(|d| d.date).max());
    assert!(first.unwrap() >= jiff::civil::date(2025, 11, 4), "{first:?}");
    assert_eq!(last.unwrap(), jiff::civil::date(2026, 8, 31));
    let now = clock().now();
    assert!(documents.iter().all(|d| d.last_change < now && d.created <= d.last_change));
}

#[tokio::test]
async fn even_a_small_company_has_one_of_each_type() {
    for documents in [7, 20] {
        let lab = lab_of(documents).await;
        let all = lab.simulator.documents(COMPANY).unwrap();
        assert_eq!(all.len(), documents);
        assert!(DocType::ALL.iter().all(|doc_type| all.iter().any(|d| d.doc_type == *doc_type)));
    }
    assert_eq!(lab_of(0).await.simulator.documents(COMPANY).unwrap().len(), 0);
}

#[tokio::test]
async fn the_seed_is_rich_in_what_is_hard() {
    let lab = lab_of(2_000).await;
    let documents = lab.simulator.documents(COMPANY).unwrap();
    let lines = || documents.iter().flat_map(|d| &d.lines);
    let count = |wanted: &dyn Fn(&TruthDocument) -> bool| documents.iter().filter(|d| wanted(d)).count();
    let gross = lines().filter(|line| matches!(line, TruthLine::Priced { gross: true, .. })).count();
    let chains =
        lines().filter(|line| matches!(line, TruthLine::Priced { discounts, .. } if discounts.len() > 1));
    let text = count(&|d| d.lines.iter().any(|line| matches!(line, TruthLine::Text { .. })));
    let free = lines().filter(|line| matches!(line, TruthLine::Priced { product_id: None, .. })).count();
    assert!(gross >= 100, "{gross} gross-priced lines");
    assert!(text >= 20, "{text} documents with text lines");
    assert!(free >= 10, "{free} priced lines without product");
    let chains = chains.count();
    assert!(chains >= 20, "{chains} discount chains");
    let at_least = [
        ("several taxes", 50, count(&|d| d.sum_tax.len() > 1)),
        (
            "other receiver",
            50,
            count(&|d| d.receiver_address_id.as_ref().is_some_and(|a| *a != d.partner_address_id)),
        ),
        ("no receiver", 50, count(&|d| d.receiver_id.is_none())),
        ("partly paid", 20, count(&|d| d.sum_paid > Decimal::ZERO && d.sum_paid < d.sum_all)),
        ("unpaid", 100, count(&|d| d.sum_paid.is_zero())),
        ("fully paid", 100, count(&|d| d.sum_paid == d.sum_all)),
        ("drafts", 20, count(&|d| d.doc_type == DocType::SalesBillDomestic && d.issued.is_none())),
        ("other currency", 5, count(&|d| d.currency != "EUR")),
        ("links", 100, count(&|d| !d.linked.is_empty())),
        ("credit notes of bills", 40, count(&|d| d.credit_of.is_some())),
        ("HTML notes", 30, count(&|d| d.notes.as_ref().is_some_and(|n| n.starts_with('<')))),
        ("changed later", 300, count(&|d| d.last_change > d.created)),
    ];
    for (what, least, found) in at_least {
        assert!(found >= least, "{what}: {found}");
    }
}

/// Recomputes the sums from the lines, as an outsider would read §4.3.
fn recomputed(document: &TruthDocument) -> (Decimal, Decimal) {
    let cents = |value: Decimal| value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    let mut per_code: BTreeMap<&str, (Decimal, Decimal, Decimal)> = BTreeMap::new();
    for line in &document.lines {
        let TruthLine::Priced { amount, price, gross, discounts, tax, tax_factor, total, .. } = line else {
            continue;
        };
        let factor: Decimal = discounts.iter().map(|d| Decimal::ONE - d / Decimal::ONE_HUNDRED).product();
        let expected = cents(amount * price * factor);
        assert_eq!(expected, *total);
        let part = per_code.entry(tax).or_default();
        if *gross {
            part.1 += expected;
        } else {
            part.0 += expected;
        }
        part.2 = *tax_factor;
    }
    let mut basic = Decimal::ZERO;
    let mut all = Decimal::ZERO;
    for (net, gross, factor) in per_code.into_values() {
        let net_of_gross = cents(gross / (Decimal::ONE + factor));
        basic += net + net_of_gross;
        all += net + cents(net * factor) + gross;
    }
    (basic, all)
}

#[tokio::test]
async fn the_sums_of_every_document_follow_from_its_lines() {
    let lab = lab_of(2_000).await;
    for document in lab.simulator.documents(COMPANY).unwrap() {
        assert_eq!(recomputed(&document), (document.sum_basic, document.sum_all), "{}", document.number);
        let tax: Decimal = document.sum_tax.values().sum();
        assert_eq!(document.sum_basic + tax, document.sum_all);
        assert!(document.sum_all > Decimal::ZERO && document.sum_discount >= Decimal::new(-5, 2));
    }
}

#[tokio::test]
async fn gross_prices_are_read_back_as_entered_net_or_both() {
    let lab = lab_of(600).await;
    let bills = lab.all("sales_bill_retail", json!({})).await;
    let lines = bills.iter().flat_map(|bill| bill["product_list"].as_array().unwrap());
    let priced = lines.filter(|line| line.get("tax").is_some());
    let kinds: std::collections::BTreeSet<(bool, bool)> =
        priced.map(|line| (line.get("price").is_some(), line.get("price_with_tax").is_some())).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), [(false, true), (true, false), (true, true)]);
}

#[tokio::test]
async fn so_many_documents_as_asked_are_malformed() {
    let lab = lab_of(10).await;
    let spec = CompanySpec { malformed: 5, ..CompanySpec::new(COMPANY, KEY, 7, 300) };
    lab.simulator.add_company(spec).unwrap();
    let documents = lab.simulator.documents(COMPANY).unwrap();
    assert_eq!(documents.iter().filter(|d| d.malformed.is_some()).count(), 5);
}
