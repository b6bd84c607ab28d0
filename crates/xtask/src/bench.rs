//! `cargo xtask bench`: the figures of a release build, with the simulator in its own process.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::client;
use crate::failure::{Context, Failure, Result};
use crate::report::Stopwatch;
use crate::tools;
use crate::workspace::Workspace;

/// Measurements of each figure; their median counts.
const RUNS: usize = 5;
/// Where the measured server listens.
const PORT: u16 = 3912;
/// A server that is not ready by then is broken.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a server is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(5);

/// Builds what is measured and prints the figures.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    let client = client::build(workspace)?;
    tools::run(&mut workspace.cargo(&["build", "--release", "--features", "ssr", "--bin", "crm-mind"]))?;
    tools::run(&mut workspace.cargo(&["build", "--release", "--package", "metakocka-simulator"]))?;
    let mut bench = workspace.cargo(&["bench", "--package", "engine", "--bench", "sync"]);
    tools::run(bench.env("METAKOCKA_SIMULATOR", workspace.target.join("release/metakocka-simulator")))?;
    println!("client: {client}");
    let server = workspace.target.join("release/crm-mind");
    let (mut ready, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let (milliseconds, megabytes) = start_once(&server)?;
        ready.push(milliseconds);
        idle.push(megabytes);
    }
    println!("ready after {} ms, first start with an empty data directory", median(&mut ready));
    println!("idle memory {} MB", median(&mut idle));
    Ok(ExitCode::SUCCESS)
}

/// Starts the server with an empty data directory: milliseconds until it is ready, and its resident memory in MB.
fn start_once(server: &Path) -> Result<(u64, u64)> {
    let data = std::env::temp_dir().join(format!("crm-mind-bench-{}", std::process::id()));
    let took = Stopwatch::start();
    let child = Command::new(server)
        .args(["serve", "--listen", &format!("127.0.0.1:{PORT}"), "--data-dir"])
        .arg(&data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context(|| "the server could not be started")?;
    let mut child = Ended(child);
    while !is_ready() {
        if took.elapsed() > PATIENCE {
            return Err(Failure::new("the server did not become ready"));
        }
        sleep(Duration::from_millis(5));
    }
    let milliseconds = u64::try_from(took.elapsed().as_millis()).unwrap_or(u64::MAX);
    sleep(IDLE);
    let memory = resident_megabytes(child.0.id())?;
    child.end();
    std::fs::remove_dir_all(&data)
        .context(|| "the data directory of the measurement could not be removed")?;
    Ok((milliseconds, memory))
}

/// A child that does not outlive the measurement.
struct Ended(Child);

impl Ended {
    fn end(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.end();
    }
}

fn is_ready() -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", PORT))?;
        let request =
            format!("GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply)?;
        Ok(reply)
    };
    ask().is_ok_and(|reply| reply.starts_with("HTTP/1.1 200"))
}

fn resident_megabytes(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))
        .context(|| "the memory of the server could not be read")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kilobytes
        .map(|kilobytes| kilobytes / 1000)
        .ok_or_else(|| Failure::new("the memory of the server could not be read"))
}

/// Median with the extremes in brackets.
fn median(values: &mut [u64]) -> String {
    values.sort_unstable();
    let last = values.len() - 1;
    format!("{} [{} … {}]", values[values.len() / 2], values[0], values[last])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_told_with_its_extremes() {
        assert_eq!(median(&mut [5, 1, 9]), "5 [1 … 9]");
    }
}
