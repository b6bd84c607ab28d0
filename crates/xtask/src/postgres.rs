//! A PostgreSQL cluster for one test run: in a temporary directory, on a free port, gone afterwards.
//!
//! The server refuses to run as root, so everything happens in one shell, as `postgres` when we are root. The
//! shell stops the server and removes the directory when its standard input closes: that also happens when
//! this process is killed, so nothing is left behind whatever ends the run.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::failure::{Context, Failure, Result};
use crate::report::Stopwatch;
use crate::tools;

/// What to say when the programs are missing.
pub(crate) const REMEDY: &str = "apt-get install postgresql";

/// How long the cluster may take to be made and to answer; 2 s are usual, more on a busy machine.
const START_LIMIT: Duration = Duration::from_mins(1);
/// How long stopping may take before the shell is left to finish by itself.
const STOP_LIMIT: Duration = Duration::from_secs(15);
/// How often it is asked whether it is ready.
const POLL: Duration = Duration::from_millis(100);

/// Tests open many short connections in parallel, and nothing here has to survive a power cut.
const SETTINGS: &str = "-c max_connections=300 -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=128MB";

/// Runs as the owner of the cluster: $1 programs, $2 directory, $3 port, $4 settings.
const SCRIPT: &str = r#"
cd "$2" || exit 1
"$1/initdb" -D data -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync >initdb.log 2>&1 || exit 1
"$1/postgres" -D data -h 127.0.0.1 -p "$3" -k "$2" $4 >server.log 2>&1 </dev/null &
server=$!
read -r _
kill -INT "$server" 2>/dev/null
wait "$server"
cd / && rm -rf "$2"
"#;

/// A running cluster; dropping it stops the server and removes its files.
pub(crate) struct Cluster {
    shell: Child,
    directory: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes and starts a cluster with the newest PostgreSQL of this machine.
    pub(crate) fn start() -> Result<Self> {
        let programs = programs().ok_or_else(|| Failure::new(format!("PostgreSQL is missing: {REMEDY}")))?;
        let as_root = fs::metadata("/proc/self").is_ok_and(|process| is_root(&process));
        let directory = make_directory(as_root)?;
        let port = free_port()?;
        let shell = spawn(&programs, &directory, port, as_root)?;
        let mut cluster = Self { shell, directory, port };
        cluster.wait_until_ready(&programs)?;
        Ok(cluster)
    }

    /// The address for `TEST_DATABASE_URL`.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_until_ready(&mut self, programs: &Path) -> Result<()> {
        let waited = Stopwatch::start();
        while waited.elapsed() < START_LIMIT {
            if let Some(status) = self.shell.try_wait().context(|| "the PostgreSQL shell is lost")? {
                return Err(Failure::new(format!(
                    "PostgreSQL ended at start ({status}): {}",
                    self.last_words()
                )));
            }
            let mut ask = Command::new(programs.join("pg_isready"));
            ask.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
            if ask.status().is_ok_and(|status| status.success()) {
                return Ok(());
            }
            thread::sleep(POLL);
        }
        let limit = START_LIMIT.as_secs();
        Err(Failure::new(format!("PostgreSQL was not ready within {limit} s: {}", self.last_words())))
    }

    /// The end of the logs, for the message of a start that failed.
    fn last_words(&self) -> String {
        ["server.log", "initdb.log"]
            .iter()
            .filter_map(|name| fs::read_to_string(self.directory.join(name)).ok())
            .find_map(|log| log.lines().last().map(str::to_owned))
            .unwrap_or_else(|| "it wrote no log".to_owned())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let waited = Stopwatch::start();
        while waited.elapsed() < STOP_LIMIT && matches!(self.shell.try_wait(), Ok(None)) {
            thread::sleep(POLL);
        }
        // The shell has done this already, unless somebody ended it.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn spawn(programs: &Path, directory: &Path, port: u16, as_root: bool) -> Result<Child> {
    let mut command = if as_root {
        let mut command = Command::new("su");
        command.args(["postgres", "-s", "/bin/sh", "-c", SCRIPT, "--", "sh"]);
        command
    } else {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "sh"]);
        command
    };
    command.arg(programs).arg(directory).arg(port.to_string()).arg(SETTINGS).stdin(Stdio::piped());
    // A group of its own: Ctrl-C ends us, and our end closes the shell's input.
    command.process_group(0).spawn().context(|| "PostgreSQL could not be started")
}

/// Where the server's programs are: beside an `initdb` of the search path, or Debian's newest version.
fn programs() -> Option<PathBuf> {
    if let Some(initdb) = tools::find("initdb") {
        let real = fs::canonicalize(initdb).ok()?;
        return real.parent().map(Path::to_path_buf);
    }
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            Some((version, path.join("bin"))).filter(|(_, bin)| bin.join("initdb").is_file())
        })
        .collect();
    versions.sort();
    versions.pop().map(|(_, bin)| bin)
}

fn is_root(process: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    process.uid() == 0
}

fn make_directory(as_root: bool) -> Result<PathBuf> {
    let directory = env::temp_dir().join(format!("crm-mind-postgres-{}", std::process::id()));
    fs::create_dir(&directory).context(|| format!("{} cannot be made", directory.display()))?;
    if as_root {
        tools::output(Command::new("chown").arg("postgres").arg(&directory))?;
    }
    Ok(directory)
}

/// A port nobody listens on; the system hands out a fresh one each time.
fn free_port() -> Result<u16> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .context(|| "no free port on loopback")
}
