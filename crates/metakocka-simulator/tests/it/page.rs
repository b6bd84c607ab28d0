//! The page at `/_sim/` and who may use what it uses.

use crate::support::{clock, http, lab};
use metakocka_simulator::{ControlToken, Simulator, SimulatorOptions, StartError};
use reqwest::header::{HOST, ORIGIN};

const TOKEN: &str = "a-token-of-the-tests";

#[tokio::test]
async fn the_page_is_served_with_its_parts_and_loads_nothing_from_elsewhere() {
    let lab = lab().await;
    for (path, kind) in [("", "text/html"), ("page.js", "text/javascript"), ("page.css", "text/css")] {
        let response = lab.http.get(format!("{}/_sim/{path}", lab.simulator.url())).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert!(header("content-type").starts_with(kind));
        assert!(header("content-security-policy").starts_with("default-src 'none'; script-src 'self'"));
        let text = response.text().await.unwrap();
        assert!(text.len() > 500, "{path} has {} bytes", text.len());
        for foreign in ["http://", "https://", "//cdn", "@import", "innerHTML", " onclick=", "eval("] {
            assert!(!text.contains(foreign), "{path} has {foreign}");
        }
    }
    let response = lab.http.get(format!("{}/_sim", lab.simulator.url())).send().await.unwrap();
    assert!(response.url().path() == "/_sim/" && response.status() == 200);
}

#[tokio::test]
async fn a_page_of_somebody_else_in_a_browser_cannot_use_the_control_side() {
    let lab = lab().await;
    let url = format!("{}/_sim/reset", lab.simulator.url());
    let post = |name, value: &str| lab.http.post(&url).header(name, value).body("{}").send();
    assert_eq!(post(ORIGIN, "https://evil.example").await.unwrap().status(), 403);
    assert_eq!(post(HOST, "evil.example").await.unwrap().status(), 403);
    assert_eq!(post(ORIGIN, &lab.simulator.url()).await.unwrap().status(), 200);
}

#[tokio::test]
async fn off_loopback_the_control_side_takes_a_token_and_the_api_does_not() {
    let listen = "0.0.0.0:0".parse().unwrap();
    let options = SimulatorOptions { listen, ..SimulatorOptions::default() };
    let error = Simulator::start(options).await.err().unwrap();
    assert!(matches!(error, StartError::NotLoopback(_)) && error.to_string().contains("token"), "{error}");

    let control_token = ControlToken::new(TOKEN);
    let options = SimulatorOptions { listen, clock: clock(), control_token, ..SimulatorOptions::default() };
    let simulator = Simulator::start(options).await.unwrap();
    let url = simulator.url().replace("0.0.0.0", "127.0.0.1");
    let http = http();
    let status = async |request: reqwest::RequestBuilder| request.send().await.unwrap().status().as_u16();
    let settings = || http.get(format!("{url}/_sim/settings"));
    assert_eq!(status(settings()).await, 401);
    assert_eq!(status(settings().bearer_auth("another-token-xx")).await, 401);
    assert_eq!(status(settings().bearer_auth(TOKEN)).await, 200);
    assert_eq!(status(http.get(format!("{url}/_sim/"))).await, 200, "the page asks for the token itself");
    let search = http.post(format!("{url}/rest/eshop/v1/search")).json(&serde_json::json!({}));
    assert_eq!(status(search).await, 200);
}
