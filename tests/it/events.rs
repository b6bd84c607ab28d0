//! The stream of events.

use std::time::Duration;

use engine::test_support::TestDb;
use reqwest::{Method, Response};

use crate::support::{Actor, PULL, TestApp};

/// Longest a test waits for something that has to come.
const PATIENCE: Duration = Duration::from_secs(10);

async fn open(actor: &Actor, query: &str, after: Option<&str>) -> Response {
    let mut request = actor.request(Method::GET, &format!("/api/events{query}"));
    if let Some(after) = after {
        request = request.header("last-event-id", after);
    }
    request.send().await.unwrap()
}

/// Reads until the text has come; returns all that was read.
async fn read_until(stream: &mut Response, text: &str) -> String {
    let mut read = String::new();
    let reading = async {
        while !read.contains(text) {
            let chunk =
                stream.chunk().await.unwrap().unwrap_or_else(|| panic!("ended without {text}: {read}"));
            read.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.unwrap_or_else(|_| panic!("{text} did not come"));
    read
}

async fn ends(mut stream: Response) {
    let reading = async { while let Ok(Some(_)) = stream.chunk().await {} };
    tokio::time::timeout(PATIENCE, reading).await.expect("the stream goes on");
}

fn last_id(read: &str) -> &str {
    read.lines().filter_map(|line| line.strip_prefix("id: ")).next_back().unwrap()
}

async fn a_tab_hears_of_a_run_and_goes_on_where_it_stopped(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut staff = app.staff().await;
    let mut stream = open(&staff, "?topics=run", None).await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let answer = staff.post(PULL, "").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let heard = read_until(&mut stream, "\"done\"").await;
    assert!(heard.contains("event: run") && !heard.contains("event: button"), "{heard}");
    drop(stream);

    let last = last_id(&heard).to_owned();
    let mut all = open(&staff, "", Some("0")).await;
    assert!(
        read_until(&mut all, &format!("id: {last}\n")).await.contains("id: 1\n"),
        "resumed from the beginning"
    );
    app.end().await;
}

async fn a_workspace_hears_only_of_itself(db: TestDb) {
    let app = TestApp::on(&db).await;
    app.connect_other(3).await;
    let (mut ours, mut theirs) = (app.staff().await, app.other_tenant().await);
    let foreign = ours.post(PULL, "").await.json()["runId"].as_str().unwrap().to_owned();
    let mut stream = open(&theirs, "", Some("0")).await;
    let own = theirs.post(PULL, "").await.json()["runId"].as_str().unwrap().to_owned();
    let heard = read_until(&mut stream, "\"done\"").await;
    assert!(heard.contains(&own) && !heard.contains(&foreign), "{heard}");
    drop(stream);
    app.end().await;
}

async fn a_session_has_at_most_four_streams(db: TestDb) {
    let app = TestApp::on(&db).await;
    let staff = app.staff().await;
    let mut streams = Vec::new();
    for _ in 0..4 {
        let stream = open(&staff, "", None).await;
        assert_eq!(stream.status(), 200);
        streams.push(stream);
    }
    let fifth = open(&staff, "", None).await;
    assert_eq!(fifth.status(), 429);
    assert!(fifth.headers().contains_key("retry-after"));
    assert_eq!(open(&app.owner().await, "", None).await.status(), 200, "others are not affected");
    drop(streams);
    app.end().await;
}

async fn a_stream_ends_with_its_session(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut staff = app.staff().await;
    let stream = open(&staff, "", None).await;
    staff.script("sign-out", &[]).await;
    ends(stream).await;
    app.end().await;
}

async fn streams_end_when_the_application_does(db: TestDb) {
    let app = TestApp::on(&db).await;
    let staff = app.staff().await;
    let stream = open(&staff, "", None).await;
    app.tell_to_end();
    ends(stream).await;
    app.end().await;
}

async fn an_unknown_topic_is_refused(db: TestDb) {
    let app = TestApp::on(&db).await;
    let answer = app.staff().await.get("/api/events?topics=secrets").await;
    assert_eq!((answer.status, answer.error().0.as_str()), (400, "invalid"));
    app.end().await;
}

engine::each_engine!(
    a_tab_hears_of_a_run_and_goes_on_where_it_stopped,
    a_workspace_hears_only_of_itself,
    a_session_has_at_most_four_streams,
    a_stream_ends_with_its_session,
    streams_end_when_the_application_does,
    an_unknown_topic_is_refused,
);
