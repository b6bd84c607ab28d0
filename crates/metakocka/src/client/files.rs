//! Reports as files, and orders by their tracking code.

use serde_json::{Map, Value, json};

use super::Client;
use crate::document::DocumentType;
use crate::endpoint::Endpoint;
use crate::error::{Error, Excerpt};
use crate::fields::Read;
use crate::identity::MkId;
use crate::reply::unexpected;

/// How a PDF begins.
const PDF_MARK: &[u8] = b"%PDF-";

/// A report on a document (`metakocka-api.md §1.2`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRequest {
    /// The document.
    pub document: MkId,
    /// The report's number in Metakocka: 38 for domestic and 42 for foreign invoices, 37 for offers.
    pub report_id: u32,
    /// Parameters of the report, by type.
    pub params: Vec<(String, String)>,
}

impl ReportRequest {
    /// The usual report of a document; none for types whose report no source names.
    pub fn usual(doc_type: DocumentType, document: MkId) -> Option<Self> {
        let report_id = match doc_type {
            DocumentType::Offer => 37,
            DocumentType::BillDomestic => 38,
            DocumentType::BillForeign => 42,
            _ => return None,
        };
        Some(Self { document, report_id, params: Vec::new() })
    }
}

/// An order, found by the code of its parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackedOrder {
    /// The order's id.
    pub mk_id: MkId,
    /// Its number.
    pub number: Option<String>,
    /// The customer's order number.
    pub buyer_order: Option<String>,
    /// The tracking code.
    pub tracking_code: Option<String>,
    /// The tracking code of the way back.
    pub return_tracking_code: Option<String>,
}

/// Which code of a parcel is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParcelCode {
    /// The tracking code.
    Tracking(String),
    /// The sticker's code.
    Sticker(String),
}

impl Client {
    /// A report as PDF. Metakocka answers a file, or JSON when it declines.
    pub async fn report(&self, request: &ReportRequest) -> Result<Vec<u8>, Error> {
        let endpoint = Endpoint::Report;
        let params = request.params.iter();
        let params: Vec<Value> =
            params.map(|(name, value)| json!({ "type": name, "value": value })).collect();
        let mut body = Map::new();
        body.insert("mk_id".to_owned(), json!(request.document.as_str()));
        body.insert("report_id".to_owned(), json!(request.report_id.to_string()));
        body.insert("params".to_owned(), Value::from(params));
        self.ask(endpoint, body, |received| {
            let (status, is_success) = (received.status, (200..300).contains(&received.status));
            if is_success && !received.says_json && received.body.starts_with(PDF_MARK) {
                return Ok(received.body);
            }
            let answer = self.answer(endpoint, received)?;
            let excerpt = Excerpt::of(&answer.text);
            answer.open()?;
            Err(Error::NotMetakocka { endpoint, status, excerpt })
        })
        .await
    }

    /// The order of a parcel; none if there is none.
    pub async fn find_by_tracking_code(&self, code: &ParcelCode) -> Result<Option<TrackedOrder>, Error> {
        let (name, value) = match code {
            ParcelCode::Tracking(code) => ("tracking_code", code),
            ParcelCode::Sticker(code) => ("sticker_code", code),
        };
        let mut body = Map::new();
        body.insert(name.to_owned(), json!(value));
        let found = self
            .call(Endpoint::SearchTrackingCode, body, |reply| {
                let (endpoint, status) = (reply.endpoint, reply.status);
                TrackedOrder::read(reply.fields)
                    .map(Some)
                    .map_err(|error| unexpected(endpoint, status, error))
            })
            .await;
        match found {
            Err(Error::Refused { reply, .. })
                if reply.code == "6" && reply.sentence().to_lowercase().ends_with("not found") =>
            {
                Ok(None)
            }
            other => other,
        }
    }
}

impl TrackedOrder {
    pub(super) fn read(mut f: crate::fields::Fields<'_>) -> Read<Self> {
        Ok(Self {
            mk_id: f.required_id("mk_id")?,
            number: f.text("count_code")?,
            buyer_order: f.text("buyer_order")?,
            tracking_code: f.text("tracking_code")?,
            return_tracking_code: f.text("return_tracking_code")?,
        })
    }
}
