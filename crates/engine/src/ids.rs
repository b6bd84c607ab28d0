//! Ids and chance, made from a generator that was passed in.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use uuid::Uuid;

/// Makes UUIDv7 ids and random bytes. Seeded from the operating system in production, from a number in tests.
#[derive(Debug)]
pub struct Ids {
    generator: Mutex<ChaCha20Rng>,
}

impl Ids {
    /// Seeded by the operating system.
    #[must_use]
    pub fn from_os() -> Self {
        Self { generator: Mutex::new(ChaCha20Rng::from_os_rng()) }
    }

    /// Seeded by a number: the same number gives the same ids.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { generator: Mutex::new(ChaCha20Rng::seed_from_u64(seed)) }
    }

    /// A UUIDv7 whose time part is `now`, as text.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> String {
        let mut bytes = [0_u8; 10];
        self.fill(&mut bytes);
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid().to_string()
    }

    /// Fills `bytes` with chance that is fit for secrets.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.generator.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }

    /// A random number: what jitter is made of.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.generator.lock().unwrap_or_else(PoisonError::into_inner).next_u64()
    }
}

/// True when `text` has the form of an id: what a path parameter must be before it reaches the database.
#[must_use]
pub fn is_id(text: &str) -> bool {
    Uuid::try_parse(text).is_ok()
}
