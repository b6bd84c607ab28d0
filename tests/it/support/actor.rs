//! Somebody who sends requests: a browser with a cookie, or a program with a token.

use reqwest::header::{ACCEPT, AUTHORIZATION, COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::PASSWORD;

/// Somebody who uses the application.
pub(crate) struct Actor {
    url: String,
    http: reqwest::Client,
    pub(crate) cookie: Option<String>,
    token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// The error body, checked for its form.
    pub(crate) fn error(&self) -> (String, String) {
        let body = self.json();
        let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name}: {body}")).to_owned();
        assert!(!text("error").is_empty());
        (text("code"), text("reference"))
    }
}

impl Actor {
    /// Nobody yet, at the application with this address.
    pub(crate) fn new(url: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { url: url.to_owned(), http, cookie: None, token: None }
    }

    /// The same as a program.
    pub(crate) fn with_token(self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self }
    }

    /// The same in a browser, signed in.
    pub(crate) async fn signed_in(mut self, email: &str) -> Self {
        let answer = self.script("sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        self
    }

    /// A request with this actor's credentials and nothing else.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        request
    }

    /// Sends a request and keeps the cookie that comes back.
    pub(crate) async fn send(&mut self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        for cookie in headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            if let Some(value) = pair.strip_prefix("crm-mind=") {
                self.cookie = (!value.is_empty()).then(|| pair.to_owned());
            }
        }
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// A page as a browser asks for it.
    pub(crate) async fn page(&mut self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).header(ACCEPT, "text/html,application/xhtml+xml")).await
    }

    /// A JSON body from our own origin.
    pub(crate) async fn post(&mut self, path: &str, body: &str) -> Answer {
        let request = self.request(Method::POST, path).header(ORIGIN, &self.url);
        self.send(request.header("content-type", "application/json").body(body.to_owned())).await
    }

    /// A server function, called by the page's script.
    pub(crate) async fn script(&mut self, name: &str, fields: &[(&str, &str)]) -> Answer {
        let request =
            self.request(Method::POST, &format!("/_ui/{name}")).header("sec-fetch-site", "same-origin");
        self.send(urlencoded(request, fields)).await
    }

    /// The same as a plain form, without a script.
    pub(crate) async fn form(&mut self, name: &str, fields: &[(&str, &str)]) -> Answer {
        let request =
            self.request(Method::POST, &format!("/_ui/{name}")).header("sec-fetch-site", "same-origin");
        self.send(urlencoded(request.header(ACCEPT, "text/html,application/xhtml+xml"), fields)).await
    }
}

fn urlencoded(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
    request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(pairs.collect::<Vec<_>>().join("&"))
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
