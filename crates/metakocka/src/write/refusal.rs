//! What Metakocka says when it declines a write, with every field of the reply. Reading it never fails: what
//! cannot be read stays in `other`.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::endpoint::Endpoint;
use crate::error::MetakockaReply;
use crate::fields::{Fields, Read};
use crate::identity::MkId;

/// A refusal. Nothing was stored, except perhaps a partner; of a call about several records, except perhaps
/// those before the one that it is about ([`Error::PartlyRefused`](crate::Error::PartlyRefused)).
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The endpoint that declined.
    pub endpoint: Endpoint,
    /// Code and texts.
    pub reply: MetakockaReply,
    /// What it is about, as far as code and text tell.
    pub kind: RefusalKind,
    /// The document's partner (`partner.mk_id`): it may have been made by this very call (Q8).
    pub partner_id: Option<MkId>,
    /// Lines whose product does not exist (`product_not_found_list`).
    pub products_not_found: Vec<MissingProduct>,
    /// Documents that have this customer's order number (`duplicate_doc_list`).
    pub duplicates: Vec<DuplicateDocument>,
    /// The values that the text lists as valid.
    pub valid_values: Vec<String>,
    /// Every other field, as received.
    pub other: Map<String, Value>,
}

/// What a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusalKind {
    /// Another document has this customer's order number: code 6 with app code 7
    /// (`metakocka-api.md §4.8`). Ours only if its marker agrees.
    BuyerOrderExists,
    /// What was to be changed is not there: code 2, "Cannot find…" (`metakocka-api.md §4.5`).
    NotFound,
    /// A line's product does not exist: code 2 or 8 (Q24).
    UnknownProduct,
    /// A value that is not in the company's register: code 2 with the valid values.
    NotInRegister,
    /// Anything else; the text says it.
    Other,
}

/// A line whose product does not exist.
#[derive(Clone, Debug, PartialEq)]
pub struct MissingProduct {
    /// The SKU that was sent.
    pub code: Option<String>,
    /// The visible id that was sent.
    pub count_code: Option<String>,
    /// The amount that was sent.
    pub amount: Option<Decimal>,
    /// Every other field, as received.
    pub other: Map<String, Value>,
}

/// A document that has the same customer's order number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateDocument {
    /// Its id.
    pub mk_id: Option<MkId>,
    /// Its number.
    pub number: Option<String>,
}

impl Refusal {
    pub(crate) fn read(endpoint: Endpoint, reply: MetakockaReply, json: &str) -> Self {
        let nothing = Self {
            endpoint,
            kind: RefusalKind::Other,
            partner_id: None,
            products_not_found: Vec::new(),
            duplicates: Vec::new(),
            valid_values: valid_values(reply.sentence()),
            other: Map::new(),
            reply,
        };
        let mut refusal = match Fields::open_text(json) {
            Ok(fields) => nothing.with(fields),
            Err(_) => nothing,
        };
        refusal.kind = refusal.judge();
        refusal
    }

    fn with(mut self, mut fields: Fields<'_>) -> Self {
        let untouched = fields.copy_of(&["partner", "product_not_found_list", "duplicate_doc_list"]);
        let mut lost = Vec::new();
        let mut keep_if_unread = |name: &'static str, is_read: bool| {
            if !is_read {
                lost.push(name);
            }
        };
        let partner = fields.object("partner", |mut partner| partner.id("mk_id"));
        keep_if_unread("partner", partner.is_ok());
        let products = fields.list("product_not_found_list", MissingProduct::read);
        keep_if_unread("product_not_found_list", products.is_ok());
        let duplicates = fields.list("duplicate_doc_list", DuplicateDocument::read);
        keep_if_unread("duplicate_doc_list", duplicates.is_ok());
        self.partner_id = partner.ok().flatten().flatten();
        self.products_not_found = products.unwrap_or_default();
        self.duplicates = duplicates.unwrap_or_default();
        self.other = fields.rest();
        self.other.extend(untouched.into_iter().filter(|(name, _)| lost.contains(&name.as_str())));
        self
    }

    fn judge(&self) -> RefusalKind {
        let text = self.reply.sentence().to_lowercase();
        match (self.reply.code.as_str(), self.reply.app_code.as_deref()) {
            ("6", Some("7")) => RefusalKind::BuyerOrderExists,
            _ if !self.products_not_found.is_empty()
                || text.contains("unit must be set to add new product") =>
            {
                RefusalKind::UnknownProduct
            }
            ("2", _) if text.starts_with("cannot find") => RefusalKind::NotFound,
            ("2", _) if !self.valid_values.is_empty() => RefusalKind::NotInRegister,
            _ => RefusalKind::Other,
        }
    }

    /// Metakocka's own words, the ones for people first.
    pub fn sentence(&self) -> &str {
        self.reply.sentence()
    }
}

impl MissingProduct {
    fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self {
            code: f.text("code")?,
            count_code: f.text("count_code")?,
            amount: f.decimal("amount")?,
            other: f.rest(),
        })
    }
}

impl DuplicateDocument {
    fn read(mut f: Fields<'_>) -> Read<Self> {
        Ok(Self { mk_id: f.id("mk_id")?, number: f.text("count_code")? })
    }
}

/// The values behind "Valid values :" (`metakocka-api.md §1.4`).
fn valid_values(text: &str) -> Vec<String> {
    const MARK: &str = "valid values";
    // Lowering letters of ASCII alone keeps every place where it is.
    let Some(place) = text.to_ascii_lowercase().find(MARK) else { return Vec::new() };
    let list = text[place + MARK.len()..].trim_start_matches([' ', ':']);
    list.split(',')
        .map(|value| value.trim().trim_end_matches('.').to_owned())
        .filter(|value| !value.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str, app_code: Option<&str>, text: &str, json: &str) -> Refusal {
        let reply = MetakockaReply {
            status: 200,
            code: code.to_owned(),
            text: Some(text.to_owned()),
            app_code: app_code.map(ToOwned::to_owned),
            app_text: None,
        };
        Refusal::read(Endpoint::PutDocument, reply, json)
    }

    #[test]
    fn code_and_text_tell_what_a_refusal_is_about() {
        for (code, app, text, kind) in [
            ("6", Some("7"), "Documents with some buyer order already exist", RefusalKind::BuyerOrderExists),
            ("2", None, "Cannot find document type sales_order with id = 1", RefusalKind::NotFound),
            (
                "8",
                None,
                "Product with code X not found - unit must be set to add new product",
                RefusalKind::UnknownProduct,
            ),
            (
                "2",
                None,
                "Paramether 'status_code' has invalid value : x. Valid values : a,b",
                RefusalKind::NotInRegister,
            ),
            ("6", None, "Profit center 'X' doesn't exist.", RefusalKind::Other),
            ("6", None, "Cannot find product with code = X", RefusalKind::Other),
        ] {
            assert_eq!(refusal(code, app, text, "{}").kind, kind, "{text}");
        }
    }

    #[test]
    fn valid_values_are_a_list() {
        let text = "Paramether 'status_code' has invalid value : x. Valid values : created, na čakanju,c.";
        assert_eq!(refusal("2", None, text, "{}").valid_values, ["created", "na čakanju", "c"]);
        assert!(refusal("2", None, "no list", "{}").valid_values.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_kept_and_a_refusal_stays_a_refusal() {
        let json = r#"{"opr_code":"2","partner":"?","duplicate_doc_list":{"mk_id":"7"},"product_not_found_list":[1],"new":"x"}"#;
        let refusal = refusal("2", None, "", json);
        assert_eq!(refusal.partner_id, None);
        assert_eq!(refusal.duplicates[0].mk_id.as_ref().unwrap().as_str(), "7");
        let kept: Vec<_> = refusal.other.keys().map(String::as_str).collect();
        assert_eq!(kept, ["new", "partner", "product_not_found_list"]);
    }
}
