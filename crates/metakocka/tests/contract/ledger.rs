//! What a case stored, whatever it expected: noted from every answer, taken away at its end where Metakocka can,
//! and told where it cannot.

use std::fmt;

use serde_json::{Value, json};

use crate::target::{Answer, Request, Target};

/// The calls that store something new.
const MAKERS: [&str; 5] =
    ["put_document", "update_document", "add_partner", "product_add", "put_transaction"];

/// The only documents that Metakocka deletes for sure (§4.1).
const DELETED: &str = "sales_order";

/// Something that was stored, or may have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    Document {
        doc_type: String,
        id: String,
    },
    Product(String),
    /// Known by its code: a line with a unit makes it silently (Q9).
    ProductOfCode(String),
    Partner(String),
    /// No whole answer came to this call, with this body less its key.
    Perhaps {
        path: String,
        body: String,
    },
}

/// Something that stays behind.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    pub(crate) made: Made,
    /// The case that made it.
    case: String,
}

/// What one case made so far.
pub(crate) struct Ledger {
    case: String,
    made: Vec<Made>,
    /// Orders of which an invoice was asked for.
    invoiced: Vec<String>,
    /// The call that is being made.
    under_way: Option<Made>,
}

impl Ledger {
    /// For a case of this name.
    pub(crate) const fn of(case: String) -> Self {
        Self { case, made: Vec::new(), invoiced: Vec::new(), under_way: None }
    }

    /// Sends a request and notes what came of it; also when the caller does not wait for the end.
    pub(crate) async fn send(&mut self, target: &Target, request: &Request) -> Result<Answer, String> {
        if MAKERS.contains(&name(request)) {
            self.under_way = Some(Made::perhaps(request));
        }
        let answer = target.send(request).await;
        match &answer {
            Ok(answer) => {
                self.under_way = None;
                self.note(request, &answer.json().unwrap_or_default());
            }
            Err(_) => self.made.extend(self.under_way.take()),
        }
        answer
    }

    /// Reads an answer: the ids of all that it says is there now.
    fn note(&mut self, request: &Request, answer: &Value) {
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        let id = text(&answer["mk_id"]);
        match (name(request), id) {
            ("put_document", id) => {
                let replaced = text(&body["mk_id"]);
                let doc_type = text(&body["doc_type"]).unwrap_or_else(|| "document".to_owned());
                if let Some(id) = id.filter(|id| replaced.as_ref() != Some(id)) {
                    self.add(Made::Document { doc_type, id });
                }
                self.note_beside(&body, answer);
            }
            ("update_document", _) => self.note_beside(&body, answer),
            ("add_partner", Some(id)) => self.add(Made::Partner(id)),
            ("product_add", Some(id)) => self.add(Made::Product(id)),
            ("delete_document", _) if is_done(answer) => {
                let gone = text(&body["doc_type"]).zip(text(&body["mk_id"]));
                let gone = gone.map(|(doc_type, id)| Made::Document { doc_type, id });
                self.made.retain(|made| Some(made) != gone.as_ref());
            }
            ("product_delete", _) if is_done(answer) => {
                let gone = text(&body["mk_id"]).or_else(|| text(&answer["mk_id"])).map(Made::Product);
                self.made.retain(|made| Some(made) != gone.as_ref());
            }
            _ => {}
        }
    }

    /// What comes into being beside a document, also beside one that is refused (Q8): its partner, its products,
    /// its invoice.
    fn note_beside(&mut self, body: &Value, answer: &Value) {
        let partner = &body["partner"];
        if partner.is_object() && text(&partner["mk_id"]).is_none() {
            self.made.extend(text(&answer["partner"]["mk_id"]).map(Made::Partner));
        }
        let lines = ["product_list", "product_add"].into_iter().flat_map(|key| rows(&body[key]));
        let new = lines.filter(|line| text(&line["unit"]).is_some());
        self.made.extend(new.filter_map(|line| text(&line["code"])).map(Made::ProductOfCode));
        for row in rows(&answer["attachment_list"]) {
            let doc_type = "sales_bill_domestic".to_owned();
            self.made.extend(text(&row["bill_mk_id"]).map(|id| Made::Document { doc_type, id }));
        }
        if body["create_invoice"] == "true" || body["create_invoice"] == true {
            self.invoiced.extend(text(&answer["mk_id"]).or_else(|| text(&body["mk_id"])));
        }
    }

    fn add(&mut self, made: Made) {
        if !self.made.contains(&made) {
            self.made.push(made);
        }
    }

    /// Takes away what Metakocka can delete, the newest first, and tells of the rest. No time-out cuts it short:
    /// each call has its own.
    pub(crate) async fn close(mut self, target: &Target) -> Vec<Left> {
        self.made.extend(self.under_way.take());
        for order in std::mem::take(&mut self.invoiced) {
            self.find_invoices(target, &order).await;
        }
        let mut left = Vec::new();
        // A product that is on a document cannot be deleted.
        let (documents, others): (Vec<Made>, Vec<Made>) =
            self.made.into_iter().rev().partition(|made| matches!(made, Made::Document { .. }));
        for made in documents.into_iter().chain(others) {
            left.extend(made.take_away(target).await);
        }
        left.into_iter().map(|made| Left { made, case: self.case.clone() }).collect()
    }

    /// An invoice that an order made is named by the order only (§4.2).
    async fn find_invoices(&mut self, target: &Target, order: &str) {
        let read = target.post("v1/get_document", json!({ "doc_type": DELETED, "doc_id": order }));
        let Ok(answer) = target.send(&read).await else { return };
        let answer = answer.json().unwrap_or_default();
        for link in rows(&answer["doc_link_list"]) {
            if let (Some(doc_type), Some(id)) = (text(&link["doc_type"]), text(&link["mk_id"])) {
                self.add(Made::Document { doc_type, id });
            }
        }
    }
}

impl Made {
    fn perhaps(request: &Request) -> Self {
        let mut body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        if let Value::Object(fields) = &mut body {
            fields.remove("secret_key");
        }
        Self::Perhaps { path: request.path.clone(), body: body.to_string() }
    }

    /// Deletes it; what stays comes back.
    async fn take_away(self, target: &Target) -> Vec<Self> {
        let call = match &self {
            Self::Document { doc_type, id } if doc_type == DELETED => {
                target.post("v1/delete_document", json!({ "doc_type": doc_type, "mk_id": id }))
            }
            Self::Product(id) => target.post("v1/json/product_delete", json!({ "mk_id": id })),
            Self::ProductOfCode(code) => return take_away_code(target, code).await,
            Self::Document { .. } | Self::Partner(_) | Self::Perhaps { .. } => return vec![self],
        };
        let answer = target.send(&call).await.ok().and_then(|answer| answer.json()).unwrap_or_default();
        // Code 2 says of a document that it is not there: it is gone already.
        let is_gone = matches!(self, Self::Document { .. }) && answer["opr_code"] == "2";
        if is_done(&answer) || is_gone { Vec::new() } else { vec![self] }
    }
}

async fn take_away_code(target: &Target, code: &str) -> Vec<Made> {
    let ask = target.post("v1/json/product_list", json!({ "code": code }));
    let Some(found) = target.send(&ask).await.ok().and_then(|answer| answer.json()) else {
        return vec![Made::ProductOfCode(code.to_owned())];
    };
    let found = rows(&found["product_list"]).into_iter().filter(|product| product["code"] == code);
    let mut left = Vec::new();
    for id in found.filter_map(|product| text(&product["mk_id"])) {
        left.extend(Box::pin(Made::Product(id).take_away(target)).await);
    }
    left
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.made {
            Made::Document { doc_type, id } => write!(f, "left behind: {doc_type} {id}")?,
            Made::Product(id) => write!(f, "left behind: product {id}")?,
            Made::ProductOfCode(code) => write!(f, "left behind, perhaps: product with code {code}")?,
            Made::Partner(id) => write!(f, "left behind: partner {id}")?,
            Made::Perhaps { path, body } => {
                let body: String = body.chars().take(300).collect();
                write!(f, "left behind, perhaps: what {path} was sent, with {body}")?;
            }
        }
        write!(f, " ({})", self.case)
    }
}

/// The last part of the path: its families do not matter here.
fn name(request: &Request) -> &str {
    request.path.rsplit('/').next().unwrap_or_default()
}

fn is_done(answer: &Value) -> bool {
    answer["opr_code"] == "0"
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// One or many or absent (§1.5).
fn rows(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(rows) => rows.iter().collect(),
        Value::Object(_) => vec![value],
        _ => Vec::new(),
    }
}
