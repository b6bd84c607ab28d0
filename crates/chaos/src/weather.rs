//! What goes wrong between the application and the simulated Metakocka: rules that change every few seconds.

use rand::Rng;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::{Value, json};

use crate::net::Trouble;
use crate::place::Place;

/// Calls that write.
const WRITES: [&str; 4] = ["put_document", "update_document", "add_partner", "update_partner"];

/// Another weather: for every write one fault with some chance, and a rarer one for all calls.
pub(crate) async fn change(place: &Place, chance: &mut ChaCha8Rng, horizon: u64) -> Result<(), Trouble> {
    let late = horizon * 1_000 / 2;
    let mut rules: Vec<Value> = Vec::new();
    for endpoint in WRITES {
        let effect = write_fault(chance, late);
        rules.push(rule(endpoint, effect, chance.random_range(0.1..0.5), chance.random()));
    }
    let effect = any_fault(chance);
    rules.push(rule("*", effect, chance.random_range(0.0..0.12), chance.random()));
    let latency = [0, 5, 20, 80, 250].choose(chance).copied().unwrap_or(0);
    place.sim(Method::PUT, "settings", Some(&json!({"latencyMs": {"*": latency}}))).await?;
    place.sim(Method::DELETE, "faults", None::<&Value>).await?;
    place.sim(Method::POST, "faults", Some(&rules)).await?;
    Ok(())
}

/// Nothing goes wrong any more. Returns the calls that were spoiled meanwhile, by the simulator's log.
pub(crate) async fn clear(place: &Place) -> Result<(), Trouble> {
    place.sim(Method::DELETE, "faults", None::<&Value>).await?;
    place.sim(Method::PUT, "settings", Some(&json!({"latencyMs": {"*": 2}, "quota": null}))).await?;
    Ok(())
}

fn rule(endpoint: &str, mut effect: Value, probability: f64, seed: u32) -> Value {
    effect["endpoint"] = endpoint.into();
    effect["probability"] = probability.into();
    effect["seed"] = seed.into();
    effect
}

fn write_fault(chance: &mut ChaCha8Rng, late: u64) -> Value {
    match chance.random_range(0..12) {
        0..=1 => json!({"effect": "drop_before_store"}),
        2..=4 => json!({"effect": "drop_after_store"}),
        5..=6 => json!({"effect": "delayed_commit_ms", "ms": chance.random_range(50..late)}),
        7 => json!({"effect": "cut_body"}),
        8 => json!({"effect": "garbage"}),
        9 => json!({"effect": "http_status", "status": 500, "stored": chance.random_bool(0.5)}),
        10 => json!({"effect": "opr_code", "code": "1", "stored": chance.random_bool(0.3)}),
        _ => json!({"effect": "truncated"}),
    }
}

fn any_fault(chance: &mut ChaCha8Rng) -> Value {
    match chance.random_range(0..10) {
        0 => json!({"effect": "http_status", "status": 429, "retryAfter": 1}),
        1..=2 => json!({"effect": "http_status", "status": 503}),
        3 => json!({"effect": "html_503"}),
        4 => json!({"effect": "garbage"}),
        5 => json!({"effect": "cut_body"}),
        6 => json!({"effect": "drop_after_store"}),
        7 => json!({"effect": "delay_ms", "ms": 1_500}),
        8 => json!({"effect": "drip", "ms": 40}),
        _ => json!({"effect": "drop_before_store"}),
    }
}
