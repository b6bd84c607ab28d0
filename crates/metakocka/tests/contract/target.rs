//! Whom the cases are told: a base address, a company and its key, over plain HTTP.

use std::env;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::{Method, Url};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::{Interval, MissedTickBehavior};

use crate::bugs::Bug;
use crate::case::{Sent, Step};
use crate::moments::Now;
use crate::pattern::{Saved, fill};

/// How long one call may take: longer than the longest write of the samples.
const PATIENCE: Duration = Duration::from_mins(2);
/// A case whose steps take longer than this hangs.
const CASE_PATIENCE: Duration = Duration::from_mins(5);
/// Between two calls to a real company: the two a second that a client should begin with (§9).
pub(crate) const PACE: Duration = Duration::from_millis(500);

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
    /// How long the steps of a case may take together.
    pub(crate) patience: Duration,
    /// What holds calls apart, where there is a real company.
    pub(crate) pace: Option<Mutex<Interval>>,
    /// A bug that is planted on the way.
    bug: Option<Bug>,
}

/// A call that is ready to be sent.
pub(crate) struct Request {
    method: Method,
    pub(crate) path: String,
    content_type: String,
    pub(crate) body: String,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

impl Target {
    /// A company that may be read. Calls that leave this machine keep their distance.
    pub(crate) fn new(base: &str, company: &str, key: &str, now: Now) -> Self {
        // The roots are the machine's own: only a real company is reached over TLS.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // A key goes where it was told to go and nowhere else.
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none());
        Self {
            http: http.build().expect("a client can be made"),
            base: base.trim_end_matches('/').to_owned(),
            company: company.to_owned(),
            key: key.to_owned(),
            may_write: false,
            has_settings: false,
            now,
            patience: CASE_PATIENCE,
            pace: (!is_loopback(base)).then(|| pace(PACE)),
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

    /// A stand-in for a company, into which the suite's own checks write.
    pub(crate) fn stand_in(base: &str, company: &str, key: &str, now: Now) -> Self {
        Self { may_write: true, ..Self::new(base, company, key, now) }
    }

    /// The company that the environment names, if it names one.
    pub(crate) fn of_environment(word: &str) -> Result<Option<Self>, String> {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let Some(base) = variable("MK_CONTRACT_URL") else { return Ok(None) };
        check_base(&base)?;
        let company = variable("MK_CONTRACT_COMPANY").unwrap_or_default();
        let key = variable("MK_CONTRACT_KEY").unwrap_or_default();
        let may_write = variable("MK_CONTRACT_WRITES").as_deref() == Some(word);
        Ok(Some(Self { may_write, ..Self::new(&base, &company, &key, Now::of_the_machine()) }))
    }

    /// Fills in what was saved. An error names what is missing.
    pub(crate) fn request(&self, step: &Step, saved: &Saved) -> Result<Request, String> {
        let body = match &step.body {
            Sent::Raw(text) => text.clone(),
            Sent::Json(value) => self.with_key(fill(value, saved)?).to_string(),
        };
        let method = Method::from_bytes(step.method.as_bytes()).map_err(|error| error.to_string())?;
        let content_type = step.content_type.as_deref().unwrap_or("application/json").to_owned();
        Ok(Request { method, path: step.path.clone(), content_type, body })
    }

    /// A call of an endpoint, as steps make them.
    pub(crate) fn post(&self, path: &str, body: Value) -> Request {
        let (path, content_type) = (path.to_owned(), "application/json".to_owned());
        Request { method: Method::POST, path, content_type, body: self.with_key(body).to_string() }
    }

    /// Makes a call. An error says why there is no whole answer: what it did is unknown then.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer, String> {
        if let Some(pace) = &self.pace {
            pace.lock().await.tick().await;
        }
        let (mut path, mut body) = (request.path.clone(), request.body.clone());
        if let Some(bug) = &self.bug {
            (path, body) = bug.on_the_way_there(path, body);
        }
        let url = format!("{}/{path}", self.root());
        let call = self.http.request(request.method.clone(), url);
        let call = call.header("Content-Type", &request.content_type).body(body.clone());
        let answer = call.send().await.map_err(|error| format!("no answer: {error}"))?;
        let answer = Answer::of(answer).await?;
        Ok(match &self.bug {
            Some(bug) => bug.on_the_way_back(&request.path, &body, answer),
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

/// Ticks that are never closer than this, however late one is.
pub(crate) fn pace(period: Duration) -> Mutex<Interval> {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    Mutex::new(interval)
}

/// A secret key leaves this machine over TLS only.
pub(crate) fn check_base(base: &str) -> Result<(), String> {
    let url = Url::parse(base).map_err(|error| format!("MK_CONTRACT_URL is no address: {error}"))?;
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(base) => Ok(()),
        _ => Err("MK_CONTRACT_URL has to begin with https://, unless it is on this machine".to_owned()),
    }
}

/// Whether an address is of this machine: an address of loopback, or the name `localhost`.
fn is_loopback(base: &str) -> bool {
    let Ok(url) = Url::parse(base) else { return false };
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
