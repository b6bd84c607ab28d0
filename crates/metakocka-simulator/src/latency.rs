//! How long Metakocka takes: a distribution for each endpoint after what was seen of it
//! (`metakocka-api.md` §1.6), scaled by one factor. Only draws; `rest` waits.

use crate::settings::Settings;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A delay above this would outlast every time-out and only block a test.
pub(crate) const MAX_LATENCY_MS: u64 = 600_000;

/// What settings call a `put_document` or `update_document` that also makes an invoice.
pub(crate) const CREATE_INVOICE: &str = "create_invoice";

/// How long the calls of one endpoint take, milliseconds at factor 1. Half of the calls lie between
/// `fastMs` and `usualMs`, half between `usualMs` and `slowMs`, the slower the rarer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Latency {
    /// No call is faster.
    pub fast_ms: u64,
    /// The median.
    pub usual_ms: u64,
    /// No call is slower.
    pub slow_ms: u64,
}

const fn latency(fast_ms: u64, usual_ms: u64, slow_ms: u64) -> Latency {
    Latency { fast_ms, usual_ms, slow_ms }
}

/// What an endpoint without an entry in `latencies` takes. The ends are those seen (§1.6, §10); the
/// medians are guesses between them.
pub(crate) fn of_endpoint(name: &str) -> Latency {
    match name {
        CREATE_INVOICE => latency(6_000, 20_000, 48_000),
        "update_document" => latency(4_000, 5_500, 12_000),
        "change_document_status" | "delete_document" => latency(500, 2_000, 6_000),
        "put_document" => latency(100, 400, 4_000),
        "search" => latency(30, 300, 8_000),
        "product_list" => latency(200, 1_200, 12_000),
        "mark_orders_as_shipped" | "report" => latency(800, 2_500, 15_000),
        _ => latency(30, 150, 2_500),
    }
}

impl Latency {
    /// Whether the three are in order and none is absurd.
    pub(crate) const fn is_sane(self) -> bool {
        self.fast_ms <= self.usual_ms && self.usual_ms <= self.slow_ms && self.slow_ms <= MAX_LATENCY_MS
    }

    /// The time below which a share (0 to 1) of the calls stays, in milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "at most ten minutes, far below 2^52 milliseconds")]
    fn quantile(self, share: f64) -> f64 {
        let between = |low: u64, high: u64, part: f64| {
            let (low, high) = (low.max(1) as f64, high.max(1) as f64);
            low * (high / low).powf(part)
        };
        if share < 0.5 {
            between(self.fast_ms, self.usual_ms, share * 2.0)
        } else {
            between(self.usual_ms, self.slow_ms, (share * 2.0 - 1.0).powi(3))
        }
    }
}

/// The generators of the delays: one for each endpoint, so that the delays of one do not depend on
/// how often another was called.
#[derive(Debug, Default)]
pub(crate) struct Latencies {
    seed: u64,
    streams: BTreeMap<&'static str, ChaCha8Rng>,
}

impl Latencies {
    /// Milliseconds the next call of this name takes. A fixed time in `latencyMs` wins.
    pub(crate) fn draw(&mut self, settings: &Settings, name: &'static str) -> u64 {
        if let Some(fixed) = settings.fixed_latency(name) {
            return fixed;
        }
        if settings.latency_factor <= 0.0 {
            return 0;
        }
        if self.seed != settings.latency_seed {
            *self = Self { seed: settings.latency_seed, streams: BTreeMap::new() };
        }
        let seed = self.seed;
        let stream =
            self.streams.entry(name).or_insert_with(|| ChaCha8Rng::seed_from_u64(seed ^ fingerprint(name)));
        let latency = settings.latencies.get(name).copied().unwrap_or_else(|| of_endpoint(name));
        whole_ms(latency.quantile(stream.random()) * settings.latency_factor)
    }
}

/// Tells the streams of two endpoints apart (FNV-1a).
fn fingerprint(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "clamped to 0..=MAX_LATENCY_MS first"
)]
fn whole_ms(ms: f64) -> u64 {
    ms.clamp(0.0, MAX_LATENCY_MS as f64).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(settings: &Settings, name: &'static str, count: usize) -> Vec<u64> {
        let mut latencies = Latencies::default();
        (0..count).map(|_| latencies.draw(settings, name)).collect()
    }

    #[test]
    fn no_call_waits_unless_it_is_asked_to() {
        assert_eq!(draws(&Settings::default(), "search", 3), [0, 0, 0]);
    }

    #[test]
    fn calls_lie_between_fast_and_slow_with_the_usual_in_the_middle() {
        let settings = Settings { latency_factor: 1.0, ..Settings::default() };
        let mut update = draws(&settings, "update_document", 2_001);
        update.sort_unstable();
        assert!(update[0] >= 4_000 && update[2_000] <= 12_000, "{} to {}", update[0], update[2_000]);
        assert!((5_200..5_800).contains(&update[1_000]), "{}", update[1_000]);
        assert!(update[1_900] > 8_000 && update[1_500] < 7_000, "{} {}", update[1_900], update[1_500]);
    }

    #[test]
    fn one_factor_scales_all_and_a_seed_repeats_them() {
        let full = Settings { latency_factor: 1.0, latency_seed: 5, ..Settings::default() };
        let tenth = Settings { latency_factor: 0.1, ..full.clone() };
        let (full, tenth) = (draws(&full, "search", 50), draws(&tenth, "search", 50));
        assert!(full.iter().zip(&tenth).all(|(full, tenth)| full.abs_diff(tenth * 10) <= 5));
        let other = Settings { latency_factor: 1.0, latency_seed: 6, ..Settings::default() };
        assert_ne!(draws(&other, "search", 50), full);
    }

    #[test]
    fn one_endpoint_does_not_disturb_another() {
        let settings = Settings { latency_factor: 1.0, ..Settings::default() };
        let alone = draws(&settings, "search", 10);
        let mut latencies = Latencies::default();
        let mixed: Vec<u64> = (0..10)
            .map(|_| {
                latencies.draw(&settings, "get_document");
                latencies.draw(&settings, "search")
            })
            .collect();
        assert_eq!(alone, mixed);
    }
}
