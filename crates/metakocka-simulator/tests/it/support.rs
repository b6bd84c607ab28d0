//! A simulator with one seeded company, and a client that calls it.

use metakocka_simulator::{Clock, CompanySpec, RunningSimulator, Settings, Simulator, SimulatorOptions};
use serde_json::{Map, Value, json};

pub(crate) const COMPANY: &str = "16";
pub(crate) const KEY: &str = "key-of-sixteen";

pub(crate) struct Lab {
    pub(crate) simulator: RunningSimulator,
    pub(crate) http: reqwest::Client,
}

/// The day of the seeds and of the clock.
pub(crate) fn clock() -> Clock {
    Clock::fixed("2026-09-01T08:00:00Z".parse().unwrap())
}

pub(crate) fn http() -> reqwest::Client {
    // Some member of the workspace builds reqwest with TLS and no provider; another test may have
    // installed one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(std::time::Duration::from_secs(20)).build().unwrap()
}

pub(crate) async fn lab_of(documents: usize) -> Lab {
    let companies = vec![CompanySpec::new(COMPANY, KEY, 7, documents)];
    let options = SimulatorOptions { clock: clock(), companies, ..SimulatorOptions::default() };
    Lab { simulator: Simulator::start(options).await.unwrap(), http: http() }
}

pub(crate) async fn lab() -> Lab {
    lab_of(200).await
}

impl Lab {
    pub(crate) fn request(&self, path: &str, mut body: Value) -> reqwest::RequestBuilder {
        body["secret_key"] = json!(KEY);
        body["company_id"] = json!(COMPANY);
        self.http.post(format!("{}/rest/eshop/{path}", self.simulator.url())).json(&body)
    }

    /// Calls an endpoint that answers 200 with JSON.
    pub(crate) async fn call(&self, path: &str, body: Value) -> Value {
        let response = self.request(path, body).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    pub(crate) async fn search(&self, body: Value) -> Value {
        self.call("v1/search", body).await
    }

    /// A search with one filter.
    pub(crate) async fn filtered(&self, doc_type: &str, filter: &str, value: &str) -> Value {
        let body = json!({
            "doc_type": doc_type, "result_type": "doc", "limit": "100",
            "query_advance": [{"type": filter, "value": value}],
        });
        self.search(body).await
    }

    /// Every document of a type, by pages.
    pub(crate) async fn all(&self, doc_type: &str, flags: Value) -> Vec<Value> {
        let mut rows = Vec::new();
        loop {
            let mut body =
                json!({"doc_type": doc_type, "result_type": "doc", "limit": "100", "offset": rows.len()});
            let Value::Object(flags) = flags.clone() else { panic!("flags are an object") };
            body.as_object_mut().unwrap().extend(flags);
            let page = self.search(body).await;
            assert_eq!(page["opr_code"], "0", "{page}");
            let Some(result) = page.get("result") else { return rows };
            rows.extend(result.as_array().unwrap().iter().cloned());
        }
    }

    /// `get_partner` without a condition lists all from now on, other settings as they are by default.
    pub(crate) fn list_partners(&self) {
        self.simulator.set_settings(Settings { list_all_partners: true, ..Settings::default() }).unwrap();
    }

    /// A control call: status and answer.
    pub(crate) async fn control(&self, method: reqwest::Method, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/_sim/{path}", self.simulator.url());
        let response = self.http.request(method, url).json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.control(reqwest::Method::POST, path, body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }
}

pub(crate) fn rows(page: &Value) -> Vec<Value> {
    page.get("result").map(|rows| rows.as_array().unwrap().clone()).unwrap_or_default()
}

pub(crate) fn ids(page: &Value) -> Vec<u64> {
    rows(page).iter().map(|row| row["mk_id"].as_str().unwrap().parse().unwrap()).collect()
}

/// Every scalar in an answer is a string.
pub(crate) fn assert_only_strings(value: &Value) {
    match value {
        Value::String(_) => {}
        Value::Array(items) => items.iter().for_each(assert_only_strings),
        Value::Object(fields) => fields.values().for_each(assert_only_strings),
        other => panic!("{other} is no string"),
    }
}

pub(crate) fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}
