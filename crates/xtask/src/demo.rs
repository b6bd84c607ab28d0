//! `cargo xtask demo`: builds client and server, then becomes the demo.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use crate::client;
use crate::failure::{Context, Failure, Result};
use crate::report::Stopwatch;
use crate::tools;
use crate::workspace::{SELECTION, Workspace};

/// The ports of contract §6 with the flags that change them.
const PORTS: [(&str, u16); 2] = [("--port", 3000), ("--simulator-port", 3001)];

/// Builds what is stale and hands the terminal to the demo, so that Ctrl-C reaches it directly.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    for (flag, default) in PORTS {
        refuse_busy_port(flag, port_of(arguments, flag)?.unwrap_or(default))?;
    }
    phase("1 of 3: tools", || {
        tools::ensure_c_compiler()?;
        tools::ensure_wasm_target(workspace)
    })?;
    phase("2 of 3: client", || client::build(workspace).map(|client| println!("    {client}")))?;
    phase("3 of 3: server", || build_server(workspace))?;
    let mut demo = Command::new(workspace.server_binary());
    demo.arg("demo").args(arguments).current_dir(&workspace.root);
    Err(demo.exec()).context(|| "the demo could not be started")
}

/// Builds the server as `cargo test` does. The test target beside it is there for its dependencies' features:
/// without one cargo leaves out those that only tests ask for, and compiles every crate a second time.
pub(crate) fn build_server(workspace: &Workspace) -> Result<()> {
    build_with(workspace, &[])
}

/// The same with further programs.
pub(crate) fn build_with(workspace: &Workspace, programs: &[&str]) -> Result<()> {
    let mut arguments = vec!["build"];
    arguments.extend(SELECTION);
    arguments.extend(["--bin", "crm-mind", "--test", "tidy"]);
    arguments.extend(programs);
    tools::run(&mut workspace.cargo(&arguments))
}

fn phase(name: &str, step: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("==> {name}");
    let took = Stopwatch::start();
    step()?;
    println!("    done in {:.1} s", took.elapsed().as_secs_f64());
    Ok(())
}

/// The value of a flag, written as `--flag 1` or `--flag=1`.
fn port_of(arguments: &[String], flag: &str) -> Result<Option<u16>> {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let value = if argument == flag {
            rest.next().map(String::as_str)
        } else {
            argument.strip_prefix(flag).and_then(|tail| tail.strip_prefix('='))
        };
        if let Some(value) = value {
            return value.parse().map(Some).context(|| format!("{flag} takes a port, not \"{value}\""));
        }
    }
    Ok(None)
}

/// Says so before the build instead of after it.
fn refuse_busy_port(flag: &str, port: u16) -> Result<()> {
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Ok(()),
        Err(_) => Err(Failure::new(format!(
            "port {port} is busy: end the program that listens there, or choose another with {flag}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_port_is_read_in_both_spellings() {
        assert_eq!(port_of(&arguments("--seed 7 --port 3100"), "--port").unwrap(), Some(3100));
        assert_eq!(port_of(&arguments("--simulator-port=3101"), "--simulator-port").unwrap(), Some(3101));
        assert_eq!(port_of(&arguments("--simulator-port 3101"), "--port").unwrap(), None);
    }

    #[test]
    fn a_port_that_is_no_number_is_refused() {
        assert!(port_of(&arguments("--port many"), "--port").is_err());
    }

    #[test]
    fn a_busy_port_is_named_with_the_flag_that_helps() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let failure = refuse_busy_port("--port", port).unwrap_err().to_string();
        assert!(failure.contains(&port.to_string()) && failure.contains("--port"), "{failure}");
    }
}
