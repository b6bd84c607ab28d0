//! What the suite promises a real company, checked on stand-ins for one: what was stored is taken away or told,
//! nothing cuts the cleaning short, keys go nowhere else, calls keep their distance.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::case::{Case, Step};
use crate::ledger::{Left, Made};
use crate::moments::Now;
use crate::report::{Outcome, Report};
use crate::run::Told;
use crate::target::{PACE, Target, check_base, pace};

/// Runs every check.
pub(crate) async fn check(report: &mut Report) {
    report.check("what is stored against expectation is deleted or told", stored_against_expectation().await);
    report.check("a time-out does not cut the cleaning short", slow_cleaning().await);
    report.check("a redirect is not followed", redirected().await);
    report.check("a key leaves this machine over TLS only", addresses());
    report.check("calls to a real company are half a second apart", distance().await);
}

/// Everything that is new is in the list of what is left, and none of it could have been deleted.
pub(crate) fn only_told(before: &[Made], after: &[Made], left: &[Left]) -> Result<(), String> {
    let new = after.iter().filter(|made| !before.contains(made));
    let untold: Vec<&Made> =
        new.clone().filter(|made| !left.iter().any(|left| left.made == **made)).collect();
    let order = |made: &&Made| matches!(made, Made::Document { doc_type, .. } if doc_type == "sales_order");
    let orders: Vec<&Made> = new.filter(order).collect();
    if untold.is_empty() && orders.is_empty() {
        Ok(())
    } else {
        Err(format!("not told: {untold:?}; orders: {orders:?}"))
    }
}

async fn stored_against_expectation() -> Result<(), String> {
    let stub = Stub::start(|call| match call.path() {
        "put_document" if call.body.contains("sales_bill") => {
            Reply::Json(r#"{"opr_code":"0","mk_id":"78","partner":{"mk_id":"9"}}"#)
        }
        "put_document" => Reply::Json(r#"{"opr_code":"0","mk_id":"77"}"#),
        _ => Reply::Json(r#"{"opr_code":"0"}"#),
    })
    .await;
    let target = stub.target();
    let mut told = Told::to(&target);
    let refused = r#"{"opr_code":"2","mk_id":"$absent"}"#;
    for body in [
        r#"{"doc_type":"sales_order","product_list":[]}"#,
        r#"{"doc_type":"sales_bill_domestic","partner":{"customer":"x"}}"#,
    ] {
        let outcome = told.tell("own", &case(&[["v1/put_document", body, refused]])).await;
        ensure(matches!(outcome, Outcome::Failed(_)), "the case holds")?;
    }
    let deleted =
        stub.calls().iter().any(|call| call.path() == "delete_document" && call.body.contains("77"));
    ensure(deleted, "the order is not deleted")?;
    let left: Vec<&Made> = told.left.iter().map(|left| &left.made).collect();
    let bill = Made::Document { doc_type: "sales_bill_domestic".to_owned(), id: "78".to_owned() };
    let partner = Made::Partner("9".to_owned());
    ensure(left.len() == 2 && left.contains(&&bill) && left.contains(&&partner), &format!("left: {left:?}"))
}

async fn slow_cleaning() -> Result<(), String> {
    let stub = Stub::start(|call| match call.path() {
        "put_document" if call.body.contains("hangs") => Reply::After(Duration::from_secs(30)),
        "put_document" => Reply::Json(r#"{"opr_code":"0","mk_id":"77"}"#),
        _ => Reply::After(Duration::from_millis(600)),
    })
    .await;
    let mut target = stub.target();
    target.patience = Duration::from_millis(200);
    let mut told = Told::to(&target);
    let steps = [
        ["v1/put_document", r#"{"doc_type":"sales_order"}"#, r#"{"mk_id":"$save:made"}"#],
        ["v1/put_document", r#"{"doc_type":"sales_order","title":"hangs"}"#, r#"{"opr_code":"0"}"#],
    ];
    let outcome = told.tell("own", &case(&steps)).await;
    ensure(matches!(&outcome, Outcome::Failed(why) if why == "it does not end"), "the steps end")?;
    ensure(stub.calls().iter().any(|call| call.path() == "delete_document"), "the order is not deleted")?;
    let left: Vec<&Made> = told.left.iter().map(|left| &left.made).collect();
    // The order is gone, because the answer to its deletion was waited for; what the slow call did is unknown.
    let [Made::Perhaps { path, body }] = left[..] else { return Err(format!("left: {left:?}")) };
    ensure(path == "v1/put_document" && body.contains("hangs"), "another call is told")?;
    ensure(!body.contains(KEY), "the key is told")
}

async fn redirected() -> Result<(), String> {
    let other = Stub::start(|_| Reply::Json(r#"{"opr_code":"0"}"#)).await;
    let elsewhere: &'static str = Box::leak(format!("{}/elsewhere", other.url).into_boxed_str());
    for status in [301, 302, 307, 308] {
        let stub = Stub::start(move |_| Reply::Redirect(status, elsewhere)).await;
        let target = stub.target();
        let steps = [["v1/search", r#"{"doc_type":"sales_order"}"#, r#"{"opr_code":"0"}"#]];
        let outcome = Told::to(&target).tell("own", &case(&steps)).await;
        ensure(matches!(outcome, Outcome::Failed(_)), "the case holds")?;
        ensure(stub.calls().len() == 1, "the call is repeated")?;
    }
    ensure(other.calls().is_empty(), "the key went elsewhere")
}

fn addresses() -> Result<(), String> {
    let good = [
        "https://main.metakocka.si/rest/eshop/v1/",
        "http://127.0.0.1:3001",
        "http://localhost:3001/",
        "http://[::1]:3001",
    ];
    let bad = [
        "http://main.metakocka.si/rest/eshop/v1/",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@example.com",
        "http://192.168.1.4:3001",
        "ftp://127.0.0.1",
        "main.metakocka.si",
        "",
    ];
    for base in good {
        check_base(base).map_err(|why| format!("{base}: {why}"))?;
    }
    bad.into_iter().try_for_each(|base| ensure(check_base(base).is_err(), &format!("{base:?} passes")))
}

async fn distance() -> Result<(), String> {
    let real = Target::new("https://mk.example/rest/eshop/v1/", COMPANY, KEY, NOW);
    let period = match &real.pace {
        Some(pace) => pace.lock().await.period(),
        None => return Err("calls to a real company have no pace".to_owned()),
    };
    ensure(period == PACE && PACE >= Duration::from_millis(500), &format!("{period:?}"))?;
    let stub = Stub::start(|_| Reply::Json(r#"{"opr_code":"0"}"#)).await;
    ensure(stub.target().pace.is_none(), "calls on this machine wait")?;
    let period = Duration::from_millis(100);
    let mut target = stub.target();
    target.pace = Some(pace(period));
    let step = ["v1/search", r#"{"doc_type":"sales_order"}"#, r#"{"opr_code":"0"}"#];
    let mut told = Told::to(&target);
    for steps in 1..=4 {
        told.tell("own", &case(&vec![step; steps])).await;
        // Time that was lost is not made up for.
        tokio::time::sleep(period * 2).await;
    }
    let times: Vec<Instant> = stub.calls().iter().map(|call| call.at).collect();
    ensure(times.len() == 10, &format!("{} calls", times.len()))?;
    // Calls are timed where they arrive, which may differ a little from where they leave.
    let nearest = times.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or_default();
    ensure(nearest >= period * 7 / 10, &format!("two calls are {nearest:?} apart"))
}

fn ensure(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

fn case(steps: &[[&str; 3]]) -> Case {
    let step = |words: &[&str; 3]| {
        Step::try_from(words.map(ToOwned::to_owned).to_vec()).expect("the steps here are steps")
    };
    Case {
        name: "a case of its own".to_owned(),
        source: "suite".to_owned(),
        writes: true,
        setting: None,
        steps: steps.iter().map(step).collect(),
        cleanup: Vec::new(),
    }
}

const COMPANY: &str = "16";
const KEY: &str = "own-secret";
const NOW: Now = Now(Timestamp::UNIX_EPOCH);

/// How a stand-in answers.
#[derive(Clone, Copy)]
enum Reply {
    Json(&'static str),
    /// Success, but only then.
    After(Duration),
    Redirect(u16, &'static str),
}

/// A call that a stand-in got.
#[derive(Clone)]
struct Call {
    target: String,
    body: String,
    at: Instant,
}

impl Call {
    fn path(&self) -> &str {
        self.target.rsplit('/').next().unwrap_or_default()
    }
}

/// A server that answers as it is told and remembers what it was asked.
struct Stub {
    url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Stub {
    async fn start(reply: impl Fn(&Call) -> Reply + Clone + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it listens"));
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let seen = Arc::clone(&calls);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&seen), reply.clone()));
            }
        });
        Self { url, calls }
    }

    fn target(&self) -> Target {
        Target::stand_in(&self.url, COMPANY, KEY, NOW)
    }

    fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn answer(mut stream: TcpStream, seen: Arc<Mutex<Vec<Call>>>, reply: impl Fn(&Call) -> Reply) {
    let Some(call) = read(&mut stream).await else { return };
    let reply = reply(&call);
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    let (status, head, body) = match reply {
        Reply::Json(body) => (200, "Content-Type: application/json".to_owned(), body),
        Reply::After(time) => {
            tokio::time::sleep(time).await;
            (200, "Content-Type: application/json".to_owned(), r#"{"opr_code":"0"}"#)
        }
        Reply::Redirect(status, to) => (status, format!("Location: {to}"), ""),
    };
    let text = format!(
        "HTTP/1.1 {status} x\r\n{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(text.as_bytes()).await;
}

/// Reads one request: its head and as much body as it announces.
async fn read(stream: &mut TcpStream) -> Option<Call> {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4_096];
        let count = stream.read(&mut piece).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        if body.len() >= length.unwrap_or(0) {
            let target = head.split_whitespace().nth(1)?.to_owned();
            return Some(Call { target, body: body.to_owned(), at: Instant::now() });
        }
    }
}
