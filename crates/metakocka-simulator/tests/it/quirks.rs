//! Every quirk has one check. With all quirks on, all checks hold; with one off, exactly its check fails:
//! so each check notices its quirk, and none is noticed by chance.

mod documents;
mod partners;
mod products;
mod reads;
mod transport;

use crate::support::{COMPANY, KEY, Lab, clock, http};
use futures::future::BoxFuture;
use futures::{StreamExt, stream};
use metakocka_simulator::{CompanySpec, Quirk, Quirks, Simulator, SimulatorOptions};

/// Whether the simulator has a quirk: the sentence says what it did instead.
type Verdict = Result<(), String>;
type Check = for<'a> fn(&'a Lab) -> BoxFuture<'a, Verdict>;

macro_rules! checks {
    ($($quirk:ident $check:path,)*) => {
        /// One check for each quirk.
        const CHECKS: &[(Quirk, Check)] = &[$((Quirk::$quirk, |lab| Box::pin($check(lab))),)*];

        /// The name of each check, as the README has it.
        const NAMES: &[&str] = &[$(stringify!($check),)*];
    };
}

checks! {
    CodeDecides partners::a_success_has_no_code_and_a_refusal_has_status_200,
    WrongFamily transport::a_path_of_the_wrong_family_is_an_html_page,
    RepeatInserts documents::the_same_request_makes_a_second_document,
    ReplacementLoses documents::a_replacement_loses_lines_and_notes,
    KeyNames documents::get_reads_doc_id_and_delete_reads_mk_id,
    OrderNumberNames documents::the_number_is_written_as_buyer_order_and_found_as_customer_order,
    PartnerNeedsAddress partners::a_partner_by_mk_id_alone_is_refused,
    RefusedKeepsPartner partners::a_refused_document_leaves_its_partner,
    UnitCreatesProduct products::a_line_with_a_unit_makes_its_product,
    UnknownIsDropped documents::unknown_warehouses_and_delivery_types_vanish,
    StatusLabels documents::a_status_is_written_as_code_and_read_as_label,
    StrictDates documents::dates_in_other_forms_are_refused,
    LocalNumbers reads::payments_and_measures_are_slovenian,
    LooseShapes reads::a_list_of_one_is_an_object,
    CountsDiffer reads::one_count_is_of_the_page_and_the_other_of_everything,
    SearchesQueue transport::searches_of_a_company_wait_for_each_other,
    NothingIsAnError reads::nothing_found_is_an_error,
    RepeatAddsRows partners::a_repeated_update_adds_its_rows_again,
    EmptyKeeps products::an_empty_text_changes_nothing,
    EmptyPaymentsKeep documents::empty_payments_keep_and_zero_clears,
    TaxIsSent products::a_line_without_tax_is_refused,
    Misspellings reads::keys_and_texts_are_misspelt,
    KeysAreExact reads::a_key_with_a_space_is_another_key,
    CodesVary products::unknown_products_are_code_2_or_8,
    CityOrPlace partners::a_town_is_a_city_or_a_place,
    DraftsUnissued documents::a_bill_is_a_draft,
    DiscountsNotApplied partners::the_discount_of_a_partner_is_not_applied,
    OffersHaveNoDateFilter reads::offers_have_no_date_filter,
    DeletionsUnreported documents::a_deleted_document_is_only_missing,
    LinesWithoutProduct reads::a_line_may_be_text_alone,
    Quota transport::calls_over_the_quota_are_code_5,
    BadKeyIs200 transport::a_wrong_key_is_status_200,
    LostReplies transport::a_write_with_a_lost_reply_is_stored,
    PartnerDataInserts partners::partner_data_makes_a_partner_each_time,
    TakenNumber documents::a_taken_number_makes_a_document_with_another,
    UniqueBuyerOrder documents::a_known_order_number_is_refused_where_the_company_wants_it,
    EveryWriteBumps documents::a_write_moves_the_last_change_and_bounds_are_inclusive,
    UnsupportedFilters reads::an_unsupported_filter_is_refused,
    NoUpdateOrDelete documents::offers_are_not_updated_and_not_deleted,
    IssuedIsFinal documents::an_issued_bill_is_not_replaced,
    ReplacementKeepsPayments documents::a_replacement_keeps_payments_and_loses_status_and_links,
    DocumentDiscount documents::a_discount_goes_off_the_net_total_and_credit_notes_are_positive,
    CollidingIds reads::ids_of_two_types_may_be_equal,
    CodesRepeat products::two_products_may_have_one_long_code,
    NegativeAmounts products::negative_amounts_are_for_services,
    TooLongRefused documents::a_long_text_is_refused,
}

/// Runs one check against a simulator of its own.
async fn verdict(check: Check, quirks: Quirks, http: reqwest::Client) -> Verdict {
    let companies = vec![CompanySpec::new(COMPANY, KEY, 7, 60)];
    let options = SimulatorOptions { clock: clock(), companies, ..SimulatorOptions::default() };
    let simulator = Simulator::start_with(options, quirks).await.map_err(|error| error.to_string())?;
    check(&Lab { simulator, http }).await
}

/// The quirks whose checks fail, with what they say.
async fn failures(quirks: Quirks) -> Vec<(Quirk, String)> {
    let http = http();
    let runs = CHECKS.iter().map(|(quirk, check)| {
        let http = http.clone();
        async move { Some((*quirk, verdict(*check, quirks, http).await.err()?)) }
    });
    stream::iter(runs).buffered(12).filter_map(async |failure| failure).collect().await
}

#[tokio::test]
async fn every_quirk_is_there() {
    assert_eq!(failures(Quirks::default()).await, []);
}

#[tokio::test]
async fn with_a_quirk_switched_off_exactly_its_check_fails() {
    let mut wrong = Vec::new();
    let runs =
        Quirk::ALL.iter().map(async |quirk| (quirk, failures(Quirks::default().without(*quirk)).await));
    let runs: Vec<_> = stream::iter(runs).buffered(4).collect().await;
    for (quirk, failed) in runs {
        if failed.iter().map(|(failed, _)| failed).ne([quirk]) {
            wrong.push(format!("{quirk} is off: {failed:?}"));
        }
    }
    let all = Quirk::ALL.len();
    println!("{} of {all} quirks: switched off, exactly its check fails", all - wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_quirk_has_one_check_in_the_order_of_their_sources() {
    let checked: Vec<Quirk> = CHECKS.iter().map(|(quirk, _)| *quirk).collect();
    assert_eq!(checked, Quirk::ALL);
}

#[test]
fn the_readme_has_a_row_for_each_quirk_with_its_check() {
    let row = |(quirk, check): (&Quirk, &&str)| {
        let check = check.replace(' ', "");
        format!("| {} | {} | {} | `{check}` |", quirk.source(), quirk.name(), quirk.sentence())
    };
    let table: Vec<String> = Quirk::ALL.iter().zip(NAMES).map(row).collect();
    let readme = include_str!("../../README.md");
    let rows: Vec<&str> =
        readme.lines().filter(|line| line.starts_with("| §8 Q") || line.starts_with("| §9 ")).collect();
    assert!(rows == table, "the table of the README should be\n{}", table.join("\n"));
}
