//! A server on loopback that answers as it is told, once per connection, and keeps what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use metakocka::{BaseUrl, Client, ClientConfig, CompanyId, HttpClient, HttpConfig, Limits, SecretKey};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The key that no test may find anywhere but in a request. It has characters that JSON, HTML and addresses
/// spell differently.
pub(crate) const KEY: &str = r#"tajni&kljuc"<42>/x"#;

/// What the server does with a connection.
#[derive(Clone)]
pub(crate) enum Answer {
    /// An answer with a status, more header lines, and a body.
    Http { status: u16, headers: String, body: Vec<u8> },
    /// Announces the whole body and sends half of it.
    Cut { body: Vec<u8> },
    /// Reads the question and says nothing.
    Silence,
    /// Reads the question and closes.
    Close,
}

impl Answer {
    pub(crate) fn json(body: impl Into<String>) -> Self {
        Self::with(200, "Content-Type: application/json\r\n", body)
    }

    pub(crate) fn html(status: u16, body: impl Into<String>) -> Self {
        Self::with(status, "Content-Type: text/html\r\n", body)
    }

    pub(crate) fn with(status: u16, headers: &str, body: impl Into<String>) -> Self {
        Self::Http { status, headers: headers.to_owned(), body: body.into().into_bytes() }
    }
}

/// A question as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: Value,
}

pub(crate) struct Server {
    address: String,
    questions: Arc<Mutex<Vec<Question>>>,
}

impl Server {
    /// Answers every question so.
    pub(crate) async fn always(answer: Answer) -> Self {
        Self::one_by_one(vec![answer]).await
    }

    /// Answers one question after another so, and all further ones as the last.
    pub(crate) async fn one_by_one(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let questions = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&questions);
        tokio::spawn(async move {
            let mut place = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let answer = answers[place.min(answers.len() - 1)].clone();
                place += 1;
                tokio::spawn(converse(stream, answer, Arc::clone(&seen)));
            }
        });
        Self { address, questions }
    }

    pub(crate) fn questions(&self) -> Vec<Question> {
        self.questions.lock().unwrap().clone()
    }

    /// The only question so far, without company and key.
    pub(crate) fn only_question(&self) -> Value {
        let questions = self.questions();
        assert_eq!(questions.len(), 1, "the client asks once");
        let mut body = questions[0].body.clone();
        let fields = body.as_object_mut().unwrap();
        assert_eq!(fields.remove("secret_key").unwrap(), KEY);
        assert_eq!(fields.remove("company_id").unwrap(), "16");
        body
    }

    pub(crate) fn config(&self) -> ClientConfig {
        config(&self.address)
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.config(), http())
    }

    /// A client with limits small enough for a test.
    pub(crate) fn client_within(&self, limits: Limits) -> Client {
        Client::new(self.config().within(limits), http())
    }
}

pub(crate) fn config(address: &str) -> ClientConfig {
    ClientConfig::new(
        BaseUrl::parse_allowing_http(address).unwrap(),
        CompanyId::parse("16").unwrap(),
        SecretKey::parse(KEY).unwrap(),
    )
}

pub(crate) fn http() -> HttpClient {
    HttpClient::new(&HttpConfig::default()).unwrap()
}

pub(crate) fn short_timeout() -> Limits {
    let short = Duration::from_millis(200);
    Limits { call_timeout: short, write_timeout: short, ..Limits::default() }
}

async fn converse(mut stream: TcpStream, answer: Answer, seen: Arc<Mutex<Vec<Question>>>) {
    let Some(question) = read_question(&mut stream).await else { return };
    seen.lock().unwrap().push(question);
    match answer {
        Answer::Http { status, headers, body } => {
            send(&mut stream, status, &headers, body.len(), &body).await;
        }
        Answer::Cut { body } => send(&mut stream, 200, "", body.len(), &body[..body.len() / 2]).await,
        Answer::Silence => tokio::time::sleep(Duration::from_mins(1)).await,
        Answer::Close => {}
    }
}

async fn send(stream: &mut TcpStream, status: u16, headers: &str, announced: usize, body: &[u8]) {
    let head =
        format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {announced}\r\n{headers}\r\n");
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body).await;
    let _ = stream.shutdown().await;
}

async fn read_question(stream: &mut TcpStream) -> Option<Question> {
    let mut received = Vec::new();
    loop {
        let mut chunk = [0_u8; 4096];
        let read = stream.read(&mut chunk).await.ok()?;
        if read == 0 {
            return None;
        }
        received.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&received).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let Ok(body) = serde_json::from_str(body) else { continue };
        let path = head.split_whitespace().nth(1)?.to_owned();
        return Some(Question { path, head: head.to_lowercase(), body });
    }
}
