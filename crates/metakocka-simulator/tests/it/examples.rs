//! The examples hold against a running simulator.

use metakocka_simulator::{CompanySpec, Simulator, SimulatorOptions};
use std::process::Stdio;

#[tokio::test]
async fn the_script_in_python_loses_a_reply_and_finds_the_order_again() {
    let companies = vec![CompanySpec::new("16", "a key", 7, 700)];
    let simulator =
        Simulator::start(SimulatorOptions { companies, ..SimulatorOptions::default() }).await.unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/lost_reply.py");
    let (url, stdin) = (simulator.url(), Stdio::null());
    let run = tokio::task::spawn_blocking(move || {
        std::process::Command::new("python3").args([script, &url, "16", "a key"]).stdin(stdin).output()
    });
    let output = run.await.unwrap().expect("this test needs python3, its standard library only");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("700 documents in all") && text.ends_with("all is well\n"), "{text}");
}
