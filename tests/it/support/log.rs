//! Everything this process logs, kept in memory.

use std::io::{self, Write};
use std::sync::{Mutex, Once};

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static OPEN: Once = Once::new();

struct Kept;

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps the log of all tests of this process.
pub(super) fn open() {
    OPEN.call_once(|| {
        let filter = tracing_subscriber::EnvFilter::new("info,crm_mind=debug,engine=debug");
        tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(|| Kept).init();
    });
}

/// How many log lines contain the text.
pub(crate) fn times_in_log(text: &str) -> usize {
    let log = LOG.lock().unwrap();
    String::from_utf8_lossy(&log).lines().filter(|line| line.contains(text)).count()
}
