//! The errors of Metakocka and how they look: HTTP 200 with an `opr_code` (`metakocka-api.md` §1.3,
//! §1.4). Says what went wrong; decides nothing.

use super::json_text::JsonText;
use crate::company::MkId;
use crate::quirks::{Quirk, Quirks};

/// An error of Metakocka.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MkError {
    pub(crate) code: &'static str,
    pub(crate) text: String,
    /// Where the text of a code 6 stands: samples of the documentation have it in `opr_desc` alone.
    documented: bool,
    details: Option<Box<Details>>,
}

/// What the refusal of a document says besides its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Details {
    application_code: Option<&'static str>,
    /// The partner that was found or made before the refusal (Q8).
    partner: Option<MkId>,
    missing_products: Vec<MissingProduct>,
    duplicates: Vec<(MkId, String)>,
}

/// A line whose product is not known, as it was sent: the scalar fields of the line.
pub(crate) type MissingProduct = Vec<(String, String)>;

impl MkError {
    fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), documented: false, details: None }
    }

    pub(crate) fn internal(text: impl Into<String>) -> Self {
        Self::new("1", text)
    }

    pub(crate) fn parameter(text: impl Into<String>) -> Self {
        Self::new("2", text)
    }

    pub(crate) fn application(text: impl Into<String>) -> Self {
        Self::new("6", text)
    }

    /// A code 6 whose text stands in `opr_desc`, as samples of the documentation have it.
    pub(crate) fn documented(text: impl Into<String>) -> Self {
        Self { documented: true, ..Self::new("6", text) }
    }

    /// Lines of products that do not exist and have no `unit` (§4.2): code 2, or the undocumented 8 (Q24).
    pub(crate) fn unknown_products(rows: Vec<MissingProduct>, quirks: Quirks) -> Self {
        let named =
            rows.last().and_then(|row| row.iter().find(|(key, _)| key == "code" || key == "count_code"));
        let last = named.map_or("null", |(_, value)| value);
        let text = format!("Product with code {last} not found - unit must be set to add new product");
        let code = if rows.len() == 1 && quirks.hold(Quirk::CodesVary) { "8" } else { "2" };
        let details = Details { missing_products: rows, ..Details::default() };
        Self { details: Some(Box::new(details)), ..Self::new(code, text) }
    }

    /// The customer's order number is on other documents (§4.8).
    pub(crate) fn duplicate_buyer_order(duplicates: Vec<(MkId, String)>) -> Self {
        let details = Details { application_code: Some("7"), duplicates, ..Details::default() };
        let error = Self::application("Documents with some buyer order already exist");
        Self { details: Some(Box::new(details)), ..error }
    }

    pub(crate) fn bad_key() -> Self {
        Self::new("3", "Invalid value for secret_key and company_id")
    }

    pub(crate) fn quota() -> Self {
        Self::new("5", "Quote exceeds")
    }

    /// The same error, naming the partner that exists all the same.
    pub(crate) fn with_partner(mut self, partner: Option<MkId>) -> Self {
        if partner.is_some() {
            self.details.get_or_insert_default().partner = partner;
        }
        self
    }

    pub(crate) fn body(&self, time_ms: u64, quirks: Quirks) -> String {
        let text = if quirks.hold(Quirk::Misspellings) {
            self.text.clone()
        } else {
            self.text.replace("Paramether", "Parameter")
        };
        let mut json = JsonText::new(quirks);
        json.open();
        json.field("opr_code", self.code);
        let details = self.details.as_deref();
        json.optional("opr_code_app", details.and_then(|details| details.application_code));
        let in_app = self.code == "6" && !self.documented;
        json.field(if in_app { "opr_desc_app" } else { "opr_desc" }, &text);
        json.number("opr_time_ms", time_ms);
        if let Some(details) = details {
            write_details(&mut json, details);
        }
        json.close();
        json.into_text()
    }
}

fn write_details(json: &mut JsonText, details: &Details) {
    if let Some(partner) = details.partner {
        json.key("partner");
        json.open();
        json.number("mk_id", partner);
        json.close();
    }
    if !details.missing_products.is_empty() {
        json.key("product_not_found_list");
        json.open_list();
        for row in &details.missing_products {
            json.open();
            for (key, value) in row {
                json.field(key, value);
            }
            json.close();
        }
        json.close_list();
    }
    if !details.duplicates.is_empty() {
        json.key("duplicate_doc_list");
        json.open_list();
        for (id, number) in &details.duplicates {
            json.open();
            json.field("count_code", number);
            json.number("mk_id", id);
            json.close();
        }
        json.close_list();
    }
}

/// A refusal that a fault asked for.
pub(crate) fn error_body(code: &str, text: &str, time_ms: u64, quirks: Quirks) -> String {
    let mut json = JsonText::new(quirks);
    json.open();
    json.field("opr_code", code);
    json.field(if code == "6" { "opr_desc_app" } else { "opr_desc" }, text);
    json.number("opr_time_ms", time_ms);
    json.close();
    json.into_text()
}
