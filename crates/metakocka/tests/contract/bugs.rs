//! Bugs of a simulator, planted on the way between it and the suite: each answers as a friendlier Metakocka
//! would, and some case has to notice.

use serde_json::{Value, json};

use crate::target::Answer;

/// A bug.
#[derive(Clone, Copy)]
pub(crate) enum Bug {
    NumbersAreNumbers,
    TimesInUtc,
    WrongPathIsJson,
    NoPartnerIsAnEmptyList,
    OneProductIsAList,
    PaymentsWithADecimalPoint,
    IdUnderItsOwnName,
    AnyPageSize,
    UnknownFiltersAreIgnored,
    StatusIsItsCode,
    CountIsTheTotal,
    SumsOffByACent,
    AnyKeyWorks,
    SuccessWithoutCode,
    DocumentsWithATime,
    TypesAreMixed,
}

impl Bug {
    pub(crate) const ALL: [Self; 16] = [
        Self::NumbersAreNumbers,
        Self::TimesInUtc,
        Self::WrongPathIsJson,
        Self::NoPartnerIsAnEmptyList,
        Self::OneProductIsAList,
        Self::PaymentsWithADecimalPoint,
        Self::IdUnderItsOwnName,
        Self::AnyPageSize,
        Self::UnknownFiltersAreIgnored,
        Self::StatusIsItsCode,
        Self::CountIsTheTotal,
        Self::SumsOffByACent,
        Self::AnyKeyWorks,
        Self::SuccessWithoutCode,
        Self::DocumentsWithATime,
        Self::TypesAreMixed,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::NumbersAreNumbers => "numbers come as JSON numbers",
            Self::TimesInUtc => "times come in UTC",
            Self::WrongPathIsJson => "a wrong path is answered as JSON",
            Self::NoPartnerIsAnEmptyList => "no partner is an empty list",
            Self::OneProductIsAList => "one product comes as a list",
            Self::PaymentsWithADecimalPoint => "payments have a decimal point",
            Self::IdUnderItsOwnName => "get_document takes mk_id",
            Self::AnyPageSize => "a page may have any size",
            Self::UnknownFiltersAreIgnored => "unknown filters are ignored",
            Self::StatusIsItsCode => "a status is shown by its code",
            Self::CountIsTheTotal => "the count of products is their total",
            Self::SumsOffByACent => "totals are a cent too large",
            Self::AnyKeyWorks => "a wrong key is answered with another code",
            Self::SuccessWithoutCode => "a search has no code",
            Self::DocumentsWithATime => "a document comes with the server's time",
            Self::TypesAreMixed => "offers are found among orders",
        }
    }

    /// What the bug makes of a request.
    pub(crate) fn on_the_way_there(self, path: String, body: String) -> (String, String) {
        let Ok(mut json) = serde_json::from_str::<Value>(&body) else { return (path, body) };
        match self {
            Self::IdUnderItsOwnName if path == "v1/get_document" => {
                if let Some(id) = json.get("mk_id").cloned() {
                    json["doc_id"] = id;
                }
            }
            Self::AnyPageSize if json.get("limit").is_some() => {
                let asked = json["limit"].as_str().and_then(|text| text.parse::<u64>().ok());
                json["limit"] = json!(asked.unwrap_or(100).min(100).to_string());
            }
            Self::UnknownFiltersAreIgnored if json["doc_type"] == "sales_offer" => {
                json["query_advance"] = json!([]);
            }
            Self::TypesAreMixed if json["doc_type"] == "sales_order" && path == "v1/get_document" => {
                json["doc_type"] = json!("sales_offer");
            }
            _ => {}
        }
        (path, json.to_string())
    }

    /// What the bug makes of an answer.
    pub(crate) fn on_the_way_back(self, path: &str, request: &str, mut answer: Answer) -> Answer {
        if matches!(self, Self::WrongPathIsJson) && answer.status == 404 {
            answer.status = 200;
            "application/json".clone_into(&mut answer.content_type);
            answer.body = br#"{"opr_code":"2","opr_desc":"Unknown path"}"#.to_vec();
        }
        let Some(mut json) = answer.json() else { return answer };
        match self {
            Self::NumbersAreNumbers => number(&mut json),
            Self::TimesInUtc => each_text(&mut json, &|text| {
                let is_time = text.contains('T') && text.ends_with("+02:00");
                is_time.then(|| text.replace("+02:00", "Z"))
            }),
            Self::NoPartnerIsAnEmptyList if json["opr_desc"] == "No partner with such properties." => {
                json = json!({ "opr_code": "0", "partner_list_count": "0", "partner_list": [] });
            }
            Self::OneProductIsAList
                if json["product_list_count"] == "1" && json["product_list"].is_object() =>
            {
                json["product_list"] = json!([json["product_list"]]);
            }
            Self::PaymentsWithADecimalPoint => payments(&mut json),
            Self::StatusIsItsCode => statuses(&mut json),
            Self::CountIsTheTotal if json.get("product_list_count").is_some() => {
                json["product_list_count"] = json!("977");
            }
            Self::SumsOffByACent => sums(&mut json),
            Self::AnyKeyWorks if json["opr_code"] == "3" => json["opr_code"] = json!("2"),
            Self::SuccessWithoutCode if path == "v1/search" && json["opr_code"] == "0" => {
                remove(&mut json, "opr_code");
            }
            Self::DocumentsWithATime if path == "v1/get_document" && request.contains("doc_id") => {
                json["opr_time_ms"] = json!("3");
            }
            _ => return answer,
        }
        answer.body = json.to_string().into_bytes();
        answer
    }
}

fn remove(json: &mut Value, name: &str) {
    if let Value::Object(fields) = json {
        fields.remove(name);
    }
}

fn each_text(json: &mut Value, change: &impl Fn(&str) -> Option<String>) {
    match json {
        Value::String(text) => {
            if let Some(changed) = change(text) {
                *text = changed;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        Value::Object(fields) => fields.values_mut().for_each(|value| each_text(value, change)),
        _ => {}
    }
}

fn each_object(json: &mut Value, change: &impl Fn(&mut serde_json::Map<String, Value>)) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        Value::Object(fields) => {
            change(fields);
            fields.values_mut().for_each(|value| each_object(value, change));
        }
        _ => {}
    }
}

fn number(json: &mut Value) {
    each_object(json, &|fields| {
        for name in ["result_all_records", "result_count", "sum_all", "amount"] {
            let number = fields.get(name).and_then(Value::as_str).and_then(|text| text.parse::<f64>().ok());
            if let Some(number) = number {
                fields.insert(name.to_owned(), json!(number));
            }
        }
    });
}

fn payments(json: &mut Value) {
    each_object(json, &|fields| {
        if fields.contains_key("payment_type") {
            let amount = fields.get("amount").and_then(Value::as_str).unwrap_or_default();
            let dotted = amount.replace('.', "").replace(',', ".");
            fields.insert("amount".to_owned(), json!(dotted));
        }
    });
}

fn statuses(json: &mut Value) {
    each_object(json, &|fields| {
        if let Some(code) = fields.get("status_desc").cloned() {
            fields.insert("status_code".to_owned(), code);
        }
    });
}

fn sums(json: &mut Value) {
    each_object(json, &|fields| {
        let sum = fields.get("sum_all").and_then(Value::as_str).and_then(|text| text.parse().ok());
        if let Some(sum) = sum {
            let sum: rust_decimal::Decimal = sum;
            let cent = rust_decimal::Decimal::new(1, 2);
            fields.insert("sum_all".to_owned(), json!((sum + cent).normalize().to_string()));
        }
    });
}
