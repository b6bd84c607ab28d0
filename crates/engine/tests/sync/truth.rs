//! What the database holds, row by row, and what it has to hold by what the simulator knows.
//!
//! The arithmetic here is written a second time on purpose: it checks the product's.

use std::collections::{BTreeMap, HashMap};

use engine::access::TenantScope;
use engine::store::Db;
use metakocka_simulator::{TruthDocument, TruthLine};
use rust_decimal::{Decimal, RoundingStrategy};

/// Half a cent.
const HALF_CENT: Decimal = Decimal::from_parts(5, 0, 0, false, 3);
/// A cent.
const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// A document as its rows say, with the remote record that it is linked to.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct StoredDocument {
    pub(crate) id: String,
    pub(crate) external_id: String,
    pub(crate) remote_type: String,
    pub(crate) number: String,
    pub(crate) doc_date: String,
    pub(crate) contact_id: Option<String>,
    pub(crate) customer_name: String,
    pub(crate) currency: String,
    pub(crate) title: String,
    pub(crate) net: String,
    pub(crate) gross: String,
    pub(crate) paid: Option<String>,
    pub(crate) total_check: String,
    pub(crate) total_difference: String,
    pub(crate) plan_row: Option<i64>,
    pub(crate) sync_status: Option<String>,
}

/// A line as its row says.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct StoredLine {
    pub(crate) document_id: String,
    pub(crate) external_row_id: Option<String>,
    pub(crate) product_external_id: Option<String>,
    /// The remote record that the line's product here is linked to.
    pub(crate) linked_product: Option<String>,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) amount: Option<String>,
    pub(crate) price: Option<String>,
    pub(crate) price_basis: Option<String>,
    pub(crate) discount: String,
    pub(crate) tax_code: Option<String>,
    pub(crate) tax_rate: Option<String>,
    pub(crate) net: Option<String>,
}

/// All linked documents of a workspace, by remote type and id.
pub(crate) async fn documents(db: &Db, scope: &TenantScope) -> HashMap<(String, String), StoredDocument> {
    let rows: Vec<StoredDocument> = sqlx::query_as(
        "SELECT d.id, l.external_id, l.remote_type, d.number, d.doc_date, d.contact_id, d.customer_name, d.currency, \
         d.title, d.net, d.gross, d.paid, d.total_check, d.total_difference, l.plan_row, l.sync_status \
         FROM sales_documents d \
         JOIN links l ON l.tenant_id = d.tenant_id AND l.document_id = d.id WHERE d.tenant_id = $1",
    )
    .bind(scope.tenant())
    .fetch_all(db.reader())
    .await
    .unwrap();
    let count = rows.len();
    let by_key: HashMap<_, _> =
        rows.into_iter().map(|row| ((row.remote_type.clone(), row.external_id.clone()), row)).collect();
    assert_eq!(by_key.len(), count, "a remote document has two local ones");
    by_key
}

/// The lines of a workspace's documents, in order.
pub(crate) async fn lines(db: &Db, scope: &TenantScope) -> HashMap<String, Vec<StoredLine>> {
    let rows: Vec<StoredLine> = sqlx::query_as(
        "SELECT s.document_id, s.external_row_id, s.product_external_id, l.external_id AS linked_product, s.code, s.name, \
         s.text, s.amount, s.price, s.price_basis, s.discount, s.tax_code, s.tax_rate, s.net \
         FROM sales_document_lines s \
         LEFT JOIN links l ON l.tenant_id = s.tenant_id AND l.product_id = s.product_id \
         WHERE s.tenant_id = $1 ORDER BY s.document_id, s.position",
    )
    .bind(scope.tenant())
    .fetch_all(db.reader())
    .await
    .unwrap();
    let mut by_document: HashMap<String, Vec<StoredLine>> = HashMap::new();
    for row in rows {
        by_document.entry(row.document_id.clone()).or_default().push(row);
    }
    by_document
}

/// A number that one query answers.
pub(crate) async fn number(db: &Db, scope: &TenantScope, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).bind(scope.tenant()).fetch_one(db.reader()).await.unwrap()
}

/// The document's key among [`documents`].
pub(crate) fn key(truth: &TruthDocument) -> (String, String) {
    (truth.doc_type.name().to_owned(), truth.id.clone())
}

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn cents(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// Panics when a stored line is not the one that the simulator holds. True when its price was read back net although
/// it was entered gross (`metakocka-api.md §4.3`).
pub(crate) fn check_line(document: &str, stored: &StoredLine, truth: &TruthLine) -> bool {
    let what = format!("{document}: {stored:?} is not {truth:?}");
    let given = |text: &Option<String>| text.as_deref().unwrap_or_default().to_owned();
    match truth {
        TruthLine::Text { row_id, text } => {
            assert_eq!(stored.external_row_id.as_ref(), Some(row_id), "{what}");
            assert_eq!(&stored.text, text, "{what}");
            assert!(stored.amount.is_none() && stored.price.is_none() && stored.tax_code.is_none(), "{what}");
            false
        }
        TruthLine::Priced {
            row_id,
            product_id,
            code,
            name,
            amount,
            price,
            gross,
            discounts,
            tax,
            tax_factor,
            description,
            ..
        } => {
            assert_eq!(stored.external_row_id.as_ref(), Some(row_id), "{what}");
            assert_eq!(&stored.product_external_id, product_id, "{what}");
            assert_eq!(&stored.linked_product, product_id, "{what}");
            assert_eq!((&stored.code, &stored.name), (&given(code), name), "{what}");
            assert_eq!(stored.text, given(description), "{what}");
            assert_eq!(decimal(stored.amount.as_ref().unwrap()), *amount, "{what}");
            let chain: Vec<Decimal> =
                stored.discount.split(';').filter(|step| !step.is_empty()).map(decimal).collect();
            assert_eq!(&chain, discounts, "{what}");
            assert_eq!(stored.tax_code.as_ref(), Some(tax), "{what}");
            let rate = decimal(stored.tax_rate.as_ref().unwrap());
            assert_eq!(rate, tax_factor * Decimal::ONE_HUNDRED, "{what}");
            let stored_price = decimal(stored.price.as_ref().unwrap());
            match (gross, stored.price_basis.as_deref()) {
                (true, Some("gross")) | (false, Some("net")) => {
                    assert_eq!(stored_price, *price, "{what}");
                    false
                }
                (true, Some("net")) => {
                    assert_eq!(stored_price, cents(price / (Decimal::ONE + tax_factor)), "{what}");
                    true
                }
                _ => panic!("{what}"),
            }
        }
    }
}

/// What one tax code comes to.
#[derive(Default)]
struct Sums {
    net_lines: Decimal,
    gross_lines: Decimal,
    factor: Decimal,
}

/// How the stored lines of a document compare with what Metakocka books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Totals {
    Exact,
    Rounding,
}

/// Adds the stored lines up and compares net, each tax and gross with the truth (policy C, docs/adr/0003). Panics
/// when the difference is more than rounding can do.
pub(crate) fn compare_totals(stored: &StoredDocument, lines: &[StoredLine], truth: &TruthDocument) -> Totals {
    let mut by_code: BTreeMap<String, Sums> = BTreeMap::new();
    let mut tolerance = Decimal::ZERO;
    for line in lines.iter().filter(|line| line.amount.is_some()) {
        let [amount, price, rate] =
            [&line.amount, &line.price, &line.tax_rate].map(|text| decimal(text.as_ref().unwrap()));
        let factor = rate / Decimal::ONE_HUNDRED;
        let steps = line.discount.split(';').filter(|step| !step.is_empty()).map(decimal);
        let kept = steps.fold(Decimal::ONE, |kept, step| kept * (Decimal::ONE - step / Decimal::ONE_HUNDRED));
        let total = cents(amount * price * kept);
        let sums = by_code.entry(line.tax_code.clone().unwrap()).or_default();
        sums.factor = factor;
        let is_gross = line.price_basis.as_deref() == Some("gross");
        *if is_gross { &mut sums.gross_lines } else { &mut sums.net_lines } += total;
        let net = if is_gross { cents(total / (Decimal::ONE + factor)) } else { total };
        assert_eq!(decimal(line.net.as_ref().unwrap()), net, "{line:?}");
        tolerance += amount.abs() * HALF_CENT * (Decimal::ONE + factor);
    }
    tolerance += CENT * Decimal::from(by_code.len());
    let (mut net, mut gross, mut differences) = (Decimal::ZERO, Decimal::ZERO, Vec::new());
    for (code, sums) in &by_code {
        let of_gross = cents(sums.gross_lines / (Decimal::ONE + sums.factor));
        let tax = cents(sums.net_lines * sums.factor) + sums.gross_lines - of_gross;
        net += sums.net_lines + of_gross;
        gross += sums.net_lines + of_gross + tax;
        differences.push(truth.sum_tax.get(code).copied().unwrap_or_default().abs() - tax);
    }
    differences.push(truth.sum_basic.abs() - net);
    differences.push(truth.sum_all.abs() - gross);
    let what = format!("{} {}: {differences:?} within {tolerance}", stored.remote_type, stored.number);
    assert!(differences.iter().all(|one| one.abs() <= tolerance), "{what}");
    assert_eq!(decimal(&stored.total_difference), gross - truth.sum_all.abs(), "{what}");
    let exact = differences.iter().all(Decimal::is_zero);
    assert_eq!(stored.total_check, if exact { "exact" } else { "rounding" }, "{what}");
    if exact { Totals::Exact } else { Totals::Rounding }
}
