//! Whom the cases are told: a base address, a company and its key, over plain HTTP.

use std::env;
use std::time::Duration;

use serde_json::Value;

use crate::bugs::Bug;
use crate::case::{Sent, Step};
use crate::moments::Now;
use crate::pattern::{Saved, fill};

/// How long one call may take: longer than the longest write of the samples.
const PATIENCE: Duration = Duration::from_mins(2);

/// A company to try.
pub(crate) struct Target {
    http: reqwest::Client,
    base: String,
    company: String,
    key: String,
    /// Whether cases that write may be tried.
    pub(crate) may_write: bool,
    /// Whether it is a simulator, which takes settings.
    pub(crate) has_settings: bool,
    /// What time it is there.
    pub(crate) now: Now,
    /// A bug that is planted on the way.
    bug: Option<Bug>,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

impl Target {
    pub(crate) fn new(base: &str, company: &str, key: &str, now: Now) -> Self {
        // The roots are the machine's own: only a real company is reached over TLS.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build();
        Self {
            http: http.expect("a client can be made"),
            base: base.trim_end_matches('/').to_owned(),
            company: company.to_owned(),
            key: key.to_owned(),
            may_write: false,
            has_settings: false,
            now,
            bug: None,
        }
    }

    /// A simulator, into which everything may be written.
    pub(crate) fn simulator(base: &str, company: &str, key: &str, now: Now) -> Self {
        Self { may_write: true, has_settings: true, ..Self::new(base, company, key, now) }
    }

    /// The same with a bug on the way.
    pub(crate) fn with(self, bug: Bug) -> Self {
        Self { bug: Some(bug), ..self }
    }

    /// The company that the environment names.
    pub(crate) fn of_environment(word: &str) -> Option<Self> {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let base = variable("MK_CONTRACT_URL")?;
        let company = variable("MK_CONTRACT_COMPANY").unwrap_or_default();
        let key = variable("MK_CONTRACT_KEY").unwrap_or_default();
        let may_write = variable("MK_CONTRACT_WRITES").as_deref() == Some(word);
        Some(Self { may_write, ..Self::new(&base, &company, &key, Now::of_the_machine()) })
    }

    /// Makes a call. An error says what is missing for it.
    pub(crate) async fn call(&self, step: &Step, saved: &Saved) -> Result<Answer, String> {
        let mut body = match &step.body {
            Sent::Raw(text) => text.clone(),
            Sent::Json(value) => self.with_key(fill(value, saved)?).to_string(),
        };
        let mut path = step.path.clone();
        if let Some(bug) = &self.bug {
            (path, body) = bug.on_the_way_there(path, body);
        }
        let url = format!("{}/{path}", self.root());
        let method = reqwest::Method::from_bytes(step.method.as_bytes()).map_err(|e| e.to_string())?;
        let content_type = step.content_type.as_deref().unwrap_or("application/json");
        let request = self.http.request(method, url).header("Content-Type", content_type).body(body.clone());
        let answer = request.send().await.map_err(|error| format!("no answer: {error}"))?;
        let answer = Answer::of(answer).await?;
        Ok(match &self.bug {
            Some(bug) => bug.on_the_way_back(&step.path, &body, answer),
            None => answer,
        })
    }

    /// Gives a simulator a setting.
    pub(crate) async fn set(&self, setting: &str) -> Result<(), String> {
        let request = self.http.put(format!("{}/_sim/settings", self.base));
        let request = request.header("Content-Type", "application/json").body(setting.to_owned());
        let answer = request.send().await.map_err(|error| error.to_string())?;
        if answer.status().is_success() { Ok(()) } else { Err(answer.text().await.unwrap_or_default()) }
    }

    /// The settings of a simulator, to be given back.
    pub(crate) async fn settings(&self) -> Result<String, String> {
        let answer = self.http.get(format!("{}/_sim/settings", self.base)).send().await;
        let answer = answer.map_err(|error| error.to_string())?;
        answer.text().await.map_err(|error| error.to_string())
    }

    fn root(&self) -> String {
        match self.base.find("/rest/eshop") {
            Some(place) => format!("{}/rest/eshop", &self.base[..place]),
            None => format!("{}/rest/eshop", self.base),
        }
    }

    /// The body with company and key, unless it has its own; `$absent` leaves one out.
    fn with_key(&self, mut body: Value) -> Value {
        if let Value::Object(fields) = &mut body {
            for (name, value) in [("company_id", &self.company), ("secret_key", &self.key)] {
                if fields.get(name).is_some_and(|own| own == "$absent") {
                    fields.remove(name);
                } else if !fields.contains_key(name) {
                    fields.insert(name.to_owned(), Value::from(value.as_str()));
                }
            }
        }
        body
    }
}

impl Answer {
    async fn of(answer: reqwest::Response) -> Result<Self, String> {
        let status = answer.status().as_u16();
        let content_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let body = answer.bytes().await.map_err(|error| format!("no whole answer: {error}"))?.to_vec();
        Ok(Self { status, content_type, body })
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The beginning of the body, for a message.
    pub(crate) fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(200).collect()
    }
}
