//! Other programs: finding them, running them, installing what may be installed.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::{Context, Failure, Result};
use crate::workspace::Workspace;

/// The target of the client.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Runs a program with this terminal as its output; an exit status other than 0 is a failure.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = describe(command);
    let status = command.stdin(Stdio::null()).status().context(|| format!("{name} could not be started"))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("{name} failed ({status})"))) }
}

/// Runs a program and returns what it printed; its messages are kept for the failure.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let name = describe(command);
    let output = command.stdin(Stdio::null()).output().context(|| format!("{name} could not be started"))?;
    if !output.status.success() {
        let messages = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(format!("{name} failed ({}): {}", output.status, messages.trim())));
    }
    String::from_utf8(output.stdout).context(|| format!("{name} printed something that is not text"))
}

/// Program and first arguments, for messages.
pub(crate) fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let arguments = command.get_args().take(2).map(|argument| argument.to_string_lossy());
    let mut text = program.to_string_lossy().into_owned();
    for argument in arguments {
        text.push(' ');
        text.push_str(&argument);
    }
    text
}

/// The program in the search path, if it is there.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join(program)).find(|candidate| candidate.is_file())
}

/// Makes sure that the client can be compiled: adds the target through rustup where it is missing.
pub(crate) fn ensure_wasm_target(workspace: &Workspace) -> Result<()> {
    let mut ask = Command::new("rustc");
    ask.args(["--print", "target-libdir", "--target", WASM_TARGET]).current_dir(&workspace.root);
    if Path::new(output(&mut ask)?.trim()).is_dir() {
        return Ok(());
    }
    if find("rustup").is_none() {
        return Err(Failure::new(format!(
            "the Rust target {WASM_TARGET} is missing and there is no rustup to add it: install it with the \
             package manager that brought rustc"
        )));
    }
    run(Command::new("rustup").args(["target", "add", WASM_TARGET]).current_dir(&workspace.root))
}

/// Makes sure that there is a linker and a C compiler for the crates that need one (SQLite, ring).
pub(crate) fn ensure_c_compiler() -> Result<()> {
    match find("cc") {
        Some(_) => Ok(()),
        None => Err(Failure::new("a C compiler is missing: apt-get install build-essential")),
    }
}

/// Installs the npm packages of `end2end/` as its lock file names them, unless they are already there.
pub(crate) fn ensure_npm_packages(workspace: &Workspace) -> Result<()> {
    let directory = workspace.end2end();
    let stamp = directory.join("node_modules/.lock-installed");
    let lock_path = directory.join("package-lock.json");
    let lock = std::fs::read(&lock_path).context(|| "end2end/package-lock.json cannot be read")?;
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    if find("npm").is_none() {
        return Err(Failure::new("npm is missing: apt-get install nodejs npm"));
    }
    output(Command::new("npm").args(["ci", "--no-fund", "--no-audit"]).current_dir(&directory))?;
    std::fs::write(&stamp, lock).context(|| "end2end/node_modules cannot be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_fails_is_named_with_its_message() {
        let failure = output(Command::new("sh").args(["-c", "echo broken >&2; exit 3"])).unwrap_err();
        assert!(failure.to_string().starts_with("sh -c"), "{failure}");
        assert!(failure.to_string().contains("broken"), "{failure}");
    }

    #[test]
    fn a_program_that_does_not_exist_is_not_found() {
        assert!(find("sh").is_some());
        assert!(find("no-such-program-anywhere").is_none());
    }
}
