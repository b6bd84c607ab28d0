//! Everything that a company has arrives, and arrives right (issue 3, *Shows* 3).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use engine::sync::{RunState, WaitingReason};
use engine::test_support::TestDb;
use metakocka_simulator::{DocType, TruthDocument, TruthLine, TruthPartner};
use sync_core::state::{ButtonState, Counts};

use crate::house::{COMPANY, House, company, tell};
use crate::truth::{self, StoredDocument, StoredLine, Totals};

const DOCUMENTS: usize = 2_000;
const MALFORMED: usize = 6;

engine::each_engine!(two_thousand_documents_arrive_as_metakocka_has_them);

async fn two_thousand_documents_arrive_as_metakocka_has_them(db: TestDb) {
    let house =
        House::beside(db, metakocka_simulator::CompanySpec { malformed: MALFORMED, ..company(DOCUMENTS) })
            .await;
    let readable = i64::try_from(DOCUMENTS - MALFORMED).unwrap();

    let look = house.look().await;
    assert_eq!(look.state, RunState::Done, "{look:?}");
    let counts =
        Counts { n_new: u64::try_from(readable).unwrap(), k_review: MALFORMED as u64, ..Counts::default() };
    assert!(matches!(house.button().await, ButtonState::Ready { counts: shown, .. } if shown == counts));

    let pull = house.pull().await;
    assert_eq!((pull.state, pull.total, pull.created), (RunState::Done, readable, readable), "{pull:?}");
    assert_eq!((pull.failed, pull.review, pull.skipped), (0, 0, 0), "{pull:?}");
    assert!(
        matches!(house.button().await, ButtonState::Review { counts, .. } if counts.k_review == MALFORMED as u64)
    );

    let stored = truth::documents(&house.db, &house.scope).await;
    let lines = truth::lines(&house.db, &house.scope).await;
    let (malformed, right): (Vec<_>, Vec<_>) =
        house.truth().into_iter().partition(|document| document.malformed.is_some());
    assert_eq!(stored.len(), right.len());
    check_documents(&right, &stored, &lines);
    check_malformed(&house, &malformed).await;
    check_customers(&house, &right, &stored).await;
}

/// What the issue asks to be there, counted.
#[derive(Debug, Default)]
struct Figures {
    by_type: BTreeMap<DocType, u32>,
    lines: u32,
    gross_lines: u32,
    gross_lines_read_back_net: u32,
    documents_with_text_lines: u32,
    discount_chains: u32,
    totals_exact: u32,
    totals_by_rounding: u32,
}

fn check_documents(
    right: &[TruthDocument],
    stored: &HashMap<(String, String), StoredDocument>,
    lines: &HashMap<String, Vec<StoredLine>>,
) {
    let mut figures = Figures::default();
    for truth in right {
        let here = stored.get(&truth::key(truth)).unwrap_or_else(|| panic!("{} is missing", truth.number));
        check_head(here, truth);
        let own = lines.get(&here.id).map(Vec::as_slice).unwrap_or_default();
        assert_eq!(own.len(), truth.lines.len(), "{}", truth.number);
        for (line, there) in own.iter().zip(&truth.lines) {
            let read_back_net = truth::check_line(&truth.number, line, there);
            figures.gross_lines_read_back_net += u32::from(read_back_net);
            figures.gross_lines += u32::from(line.price_basis.as_deref() == Some("gross"));
            figures.discount_chains += u32::from(line.discount.contains(';'));
            figures.lines += 1;
        }
        let has_text = truth.lines.iter().any(|line| matches!(line, TruthLine::Text { .. }));
        figures.documents_with_text_lines += u32::from(has_text);
        *figures.by_type.entry(truth.doc_type).or_default() += 1;
        match truth::compare_totals(here, own, truth) {
            Totals::Exact => figures.totals_exact += 1,
            Totals::Rounding => figures.totals_by_rounding += 1,
        }
    }
    tell(&format!("{figures:#?}"));
    assert!(DocType::ALL.iter().all(|doc_type| figures.by_type.contains_key(doc_type)), "{figures:?}");
    assert!(figures.gross_lines >= 100, "{figures:?}");
    assert!(figures.documents_with_text_lines >= 20, "{figures:?}");
    assert!(figures.discount_chains >= 20, "{figures:?}");
}

fn check_head(here: &StoredDocument, truth: &TruthDocument) {
    let what = format!("{here:?} is not {truth:?}");
    assert_eq!(here.number, truth.number, "{what}");
    assert_eq!(here.doc_date, truth.date.to_string(), "{what}");
    assert_eq!(here.customer_name, truth.partner_name, "{what}");
    assert_eq!(here.currency, truth.currency, "{what}");
    assert_eq!(here.title, truth.title.clone().unwrap_or_default(), "{what}");
    assert_eq!(truth::decimal(&here.net), truth.sum_basic.abs(), "{what}");
    assert_eq!(truth::decimal(&here.gross), truth.sum_all.abs(), "{what}");
    let paid = here.paid.as_deref().map(truth::decimal).unwrap_or_default();
    assert_eq!(paid, truth.sum_paid, "{what}");
    assert_eq!((here.plan_row, here.sync_status.as_deref()), (Some(19), Some("synced")), "{what}");
}

async fn check_malformed(house: &House, malformed: &[TruthDocument]) {
    let (rows, total) = house.waiting().await;
    assert_eq!(total, Some(i64::try_from(malformed.len()).unwrap()));
    let ids = |ids: Vec<&String>| ids.into_iter().cloned().collect::<BTreeSet<String>>();
    assert_eq!(
        ids(rows.iter().map(|row| &row.external_id).collect()),
        ids(malformed.iter().map(|one| &one.id).collect())
    );
    for row in rows {
        assert_eq!((row.reason, &row.record_id), (WaitingReason::Unreadable, &None), "{row:?}");
        assert!(row.sentence.is_some_and(|sentence| !sentence.is_empty()));
    }
}

/// What matching may recognise a partner by.
fn traits_of(partner: &TruthPartner) -> Vec<String> {
    let tax = partner.tax_number.iter().map(|number| number.trim_start_matches("SI").to_owned());
    let email = partner.contacts.first().and_then(|person| person.email.clone());
    let address = partner.addresses.iter().find(|address| address.billing);
    let place = address.map(|at| format!("{} {} {}", partner.name, at.street, at.post_number));
    tax.chain(email).chain(place).map(|one| one.to_lowercase()).collect()
}

/// Every customer that is one partner is one contact. Where several partners look like one, the first one is a contact
/// and the others wait for a person; their documents are here all the same.
async fn check_customers(
    house: &House,
    right: &[TruthDocument],
    stored: &HashMap<(String, String), StoredDocument>,
) {
    let partners = house.simulator.partners(COMPANY).unwrap();
    let mut contacts: HashMap<&str, BTreeSet<Option<&str>>> = HashMap::new();
    for truth in right {
        let here = &stored[&truth::key(truth)];
        contacts.entry(&truth.partner_id).or_default().insert(here.contact_id.as_deref());
    }
    let customers: Vec<&TruthPartner> =
        partners.iter().filter(|partner| contacts.contains_key(partner.id.as_str())).collect();
    let mut carriers: HashMap<String, u32> = HashMap::new();
    for one in customers.iter().flat_map(|partner| BTreeSet::from_iter(traits_of(partner))) {
        *carriers.entry(one).or_default() += 1;
    }
    let mut taken = BTreeSet::new();
    let mut undecided = 0;
    for partner in &customers {
        let found = &contacts[partner.id.as_str()];
        assert_eq!(found.len(), 1, "{} is several contacts: {found:?}", partner.name);
        let is_single = traits_of(partner).iter().all(|one| carriers[one] == 1);
        match found.first().copied().flatten() {
            Some(contact) => assert!(taken.insert(contact), "{} shares its contact", partner.name),
            None if is_single => panic!("{} has no contact", partner.name),
            None => undecided += 1,
        }
    }
    let rows =
        truth::number(&house.db, &house.scope, "SELECT COUNT(*) FROM contacts WHERE tenant_id = $1").await;
    assert_eq!(usize::try_from(rows).unwrap(), taken.len(), "contacts that no document names");
    tell(&format!("customers: {}, contacts: {}, undecided twins: {undecided}", customers.len(), taken.len()));
    assert!(undecided > 0);
}
