//! What makes Metakocka hard for a client, one name each: the quirks of `metakocka-api.md` §8 and the
//! assumptions of §9. Code asks [`Quirks::hold`] where it makes one happen.
//!
//! All hold, always. Only tests switch one off (feature `quirk-switches`), to show that exactly the test of
//! that quirk then fails: a simulator that loses a quirk would teach its users a habit that fails outside.
//!
//! To add one: a line below, its making where it belongs, its check in `tests/it/quirks`.

use std::fmt;

macro_rules! quirks {
    ($($variant:ident $source:literal $sentence:literal,)*) => {
        /// One thing that the simulator does because Metakocka does it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Quirk {
            $(#[doc = $sentence] $variant,)*
        }

        impl Quirk {
            /// Every quirk, in the order of their sources.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)* }
            }

            /// Where `metakocka-api.md` has it.
            #[must_use]
            pub const fn source(self) -> &'static str {
                match self { $(Self::$variant => $source,)* }
            }

            /// What happens, in one sentence.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)* }
            }
        }
    };
}

quirks! {
    CodeDecides "§8 Q1" "Refusals come with HTTP status 200, and successful partner calls have no `opr_code`.",
    WrongFamily "§8 Q2" "A path of the wrong family answers an HTML page with status 404.",
    RepeatInserts "§8 Q3" "`put_document` without `mk_id` inserts every time, however often the same is sent.",
    ReplacementLoses "§8 Q4" "`put_document` with `mk_id` deletes the lines and fields that were not sent.",
    KeyNames "§8 Q5" "`get_document` reads only `doc_id`, `delete_document` only `mk_id` together with `doc_type`.",
    OrderNumberNames "§8 Q6" "`buyer_order` is written and read, `customer_order` is the search filter; the other way round neither works.",
    PartnerNeedsAddress "§8 Q7" "A partner by `mk_id` alone is refused: the address id is needed too.",
    RefusedKeepsPartner "§8 Q8" "A refused `put_document` names the partner that it made all the same.",
    UnitCreatesProduct "§8 Q9" "An unknown product with a `unit` in its line is made silently.",
    UnknownIsDropped "§8 Q10" "An unknown warehouse becomes the company's default, an unknown delivery type is dropped; no error.",
    StatusLabels "§8 Q11" "`status_code` reads as the label and is written as the code; without a status both fields are absent.",
    StrictDates "§8 Q12" "Dates are `dd.mm.yyyy` or end in `+02:00`, also in winter; anything else is refused.",
    LocalNumbers "§8 Q13" "Payments read as Slovenian money, measures and stock with a decimal comma.",
    LooseShapes "§8 Q14" "A list of one comes as an object; optional fields are absent, empty or `0`.",
    CountsDiffer "§8 Q15" "`product_list_count` counts the page, `result_all_records` everything.",
    SearchesQueue "§8 Q16" "Searches of one company run one after another.",
    NothingIsAnError "§8 Q17" "No partner found, and no complaint found, are errors.",
    RepeatAddsRows "§8 Q18" "A repeated `update_partner` adds its rows without `mk_id` again.",
    EmptyKeeps "§8 Q19" "`product_update` ignores empty texts.",
    EmptyPaymentsKeep "§8 Q20" "`mark_paid: []` clears nothing; one entry of `0.00` clears.",
    TaxIsSent "§8 Q21" "The tax of a line is never taken from the product.",
    Misspellings "§8 Q22" "Keys and texts are misspelt: `foreign_county`, `return_warehause_stock`, `Paramether`.",
    KeysAreExact "§8 Q23" "A key with a space at its end is another key, whatever a sample shows.",
    CodesVary "§8 Q24" "An unknown product is refused with code 2 or with code 8.",
    CityOrPlace "§8 Q25" "A town is `place` in documents and `city` in address lists.",
    DraftsUnissued "§8 Q26" "A bill made by the API is a draft, without `publish_ts`.",
    DiscountsNotApplied "§8 Q27" "Discounts of a partner are not applied to lines that come by the API.",
    OffersHaveNoDateFilter "§8 Q28" "Offers have no date filter.",
    DeletionsUnreported "§8 Q29" "A deleted document is only missing: code 2, nothing in a search.",
    LinesWithoutProduct "§8 Q30" "Lines may come without a product, receivers without an address.",
    Quota "§9 Quota size/period" "More calls than the quota in a period are refused with code 5.",
    BadKeyIs200 "§9 Bad key; 429/5xx" "A wrong key is status 200 with code 3.",
    LostReplies "§9 Timeout on write" "A write whose reply was lost is stored all the same.",
    PartnerDataInserts "§9 Inline partner matching" "Partner data without ids makes a new partner each time.",
    TakenNumber "§9 Duplicate count_code" "A taken `count_code` makes a second document with a number of its own, code 0.",
    UniqueBuyerOrder "§9 Duplicate buyer_order" "With the company's switch a known `buyer_order` is refused with code 6, application code 7.",
    EveryWriteBumps "§9 What bumps an order's `last_change`; bounds" "Every write moves the last change of an order; bounds of filters are inclusive.",
    UnsupportedFilters "§9 Change detection for offers, bills" "A filter that a type does not have is refused with code 1.",
    NoUpdateOrDelete "§9 update_document on offers; deleting bills/offers" "`update_document` refuses offers with code 2, `delete_document` bills and offers with code 6.",
    IssuedIsFinal "§9 Replacing an issued/fiscalized/paid/locked invoice" "An issued invoice cannot be replaced: code 6.",
    ReplacementKeepsPayments "§9 Full replacement: status, links, payments when omitted" "A replacement keeps payments and loses the status and links that were not sent again.",
    DocumentDiscount "§9 `discount_value`; sums of credit notes" "`discount_value` goes off the net total of net-priced lines, else off the gross total; credit notes are positive.",
    CollidingIds "§9 `mk_id` unique across doc types?" "Companies may count the ids of every document type alone.",
    CodesRepeat "§9 Product `code` uniqueness" "Two products may have one code of up to 50 characters when their numbers differ.",
    NegativeAmounts "§9 Negative line amount; body size" "A negative amount is refused with code 6 unless the product is a service.",
    TooLongRefused "§9 Field too long" "A field that is too long is refused with code 2.",
}

impl fmt::Display for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.source())
    }
}

/// Which quirks hold: all of them, except where a test of the simulator itself says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quirks(u64);

const _: () = assert!(Quirk::ALL.len() <= 64, "the set has a bit for each quirk");

impl Default for Quirks {
    fn default() -> Self {
        Self(u64::MAX)
    }
}

impl Quirks {
    /// Whether this quirk holds.
    #[must_use]
    pub const fn hold(self, quirk: Quirk) -> bool {
        self.0 & (1 << quirk as u64) != 0
    }

    /// The same quirks without this one: an easier, wrong Metakocka, for tests of tests.
    #[cfg(feature = "quirk-switches")]
    #[must_use]
    pub const fn without(self, quirk: Quirk) -> Self {
        Self(self.0 & !(1 << quirk as u64))
    }
}
