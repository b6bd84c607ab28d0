//! Faults: which calls go wrong, and how. Only chooses; `server` makes them happen.

use crate::world::Refusal;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Effect {
    /// The answer comes `ms` milliseconds later; other effects of the same call still happen.
    DelayMs {
        /// Milliseconds.
        ms: u64,
    },
    /// The connection is cut before anything was done.
    DropBeforeStore,
    /// Everything is done, then the connection is cut without an answer.
    DropAfterStore,
    /// The connection is cut in the middle of the body.
    CutBody,
    /// The body arrives in 16 pieces, `ms` milliseconds apart.
    Drip {
        /// Milliseconds between two pieces.
        ms: u64,
    },
    /// A complete HTTP answer whose JSON ends in the middle.
    Truncated,
    /// The right body under another content type.
    ContentType {
        /// The content type.
        value: String,
    },
    /// Another status with a short text.
    HttpStatus {
        /// The status, 400 to 599.
        status: u16,
        /// `Retry-After` in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
    },
    /// The HTML page of a wrong path.
    #[serde(rename = "html_404")]
    Html404,
    /// Status 200, content type JSON, a body that is none.
    Garbage,
    /// A refusal of Metakocka.
    OprCode {
        /// `opr_code`.
        code: String,
        /// `opr_desc`.
        text: String,
    },
}

/// Which of the calls that a rule is for go wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trigger {
    /// Every call.
    Always,
    /// Only the call with this number, from 1.
    Nth(u64),
    /// The first so many calls.
    Count(u64),
    /// Each call by chance, from this seed.
    Probability {
        /// 0 to 1.
        chance: f64,
        /// Same seed, same calls.
        seed: u64,
    },
}

/// A fault: for which calls, which of them, and what happens.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultRule {
    /// Endpoint name, such as `search`; `*` for all.
    pub endpoint: String,
    /// `company_id`; `None` for all.
    pub company: Option<String>,
    /// Which of these calls.
    pub trigger: Trigger,
    /// What happens.
    pub effect: Effect,
}

impl FaultRule {
    /// Every call of `endpoint`.
    #[must_use]
    pub fn always(endpoint: &str, effect: Effect) -> Self {
        Self { endpoint: endpoint.to_owned(), company: None, trigger: Trigger::Always, effect }
    }

    /// Only the `n`th call of `endpoint`, from 1.
    #[must_use]
    pub fn nth(endpoint: &str, n: u64, effect: Effect) -> Self {
        Self { trigger: Trigger::Nth(n), ..Self::always(endpoint, effect) }
    }

    /// The rule written as JSON, as POST `/_sim/faults` takes it.
    pub fn parse(value: &Value) -> Result<Self, Refusal> {
        const KEYS: [&str; 12] = [
            "endpoint",
            "company",
            "nth",
            "count",
            "probability",
            "seed",
            "effect",
            "ms",
            "value",
            "status",
            "retryAfter",
            "code",
        ];
        let Value::Object(object) = value else {
            return Err(Refusal("a fault must be an object".to_owned()));
        };
        if let Some(key) = object.keys().find(|key| *key != "text" && !KEYS.contains(&key.as_str())) {
            return Err(Refusal(format!("a fault has no field {key}")));
        }
        let effect: Effect = serde_json::from_value(value.clone()).map_err(|e| Refusal(e.to_string()))?;
        if let Effect::HttpStatus { status, .. } = effect
            && !(400..600).contains(&status)
        {
            return Err(Refusal("status must be between 400 and 599".to_owned()));
        }
        let endpoint = object.get("endpoint").and_then(Value::as_str).unwrap_or("*").to_owned();
        crate::api::check_endpoint_name(&endpoint)?;
        let company = match object.get("company") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text == "*" => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        };
        Ok(Self { endpoint, company, trigger: Trigger::parse(object)?, effect })
    }

    fn is_for(&self, endpoint: &str, company: Option<&str>) -> bool {
        (self.endpoint == "*" || self.endpoint == endpoint)
            && self.company.as_deref().is_none_or(|wanted| Some(wanted) == company)
    }
}

impl Trigger {
    fn parse(object: &serde_json::Map<String, Value>) -> Result<Self, Refusal> {
        let number = |key: &str| match object.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                value.as_u64().map(Some).ok_or_else(|| Refusal(format!("{key} must be a whole number")))
            }
        };
        let chance = match object.get("probability") {
            None | Some(Value::Null) => None,
            Some(value) => Some(
                value
                    .as_f64()
                    .filter(|p| (0.0..=1.0).contains(p))
                    .ok_or_else(|| Refusal("probability must be between 0 and 1".to_owned()))?,
            ),
        };
        match (number("nth")?, number("count")?, chance) {
            (None, None, None) => Ok(Self::Always),
            (Some(n), None, None) if n > 0 => Ok(Self::Nth(n)),
            (Some(_), None, None) => Err(Refusal("nth counts from 1".to_owned())),
            (None, Some(count), None) => Ok(Self::Count(count)),
            (None, None, Some(chance)) => {
                Ok(Self::Probability { chance, seed: number("seed")?.unwrap_or(0) })
            }
            _ => Err(Refusal("a fault takes one of nth, count and probability".to_owned())),
        }
    }
}

/// A rule with what it has seen so far.
#[derive(Debug)]
struct Armed {
    rule: FaultRule,
    seen: u64,
    rng: ChaCha8Rng,
}

impl Armed {
    fn strikes(&mut self) -> bool {
        self.seen += 1;
        match self.rule.trigger {
            Trigger::Always => true,
            Trigger::Nth(n) => self.seen == n,
            Trigger::Count(count) => self.seen <= count,
            Trigger::Probability { chance, .. } => self.rng.random_bool(chance),
        }
    }
}

/// The faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
}

/// What happens to one call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Milliseconds of extra delay.
    pub(crate) delay_ms: u64,
    /// The first effect that struck besides delays.
    pub(crate) effect: Option<Effect>,
}

impl Faults {
    pub(crate) fn add(&mut self, rule: FaultRule) {
        let seed = if let Trigger::Probability { seed, .. } = rule.trigger { seed } else { 0 };
        self.armed.push(Armed { rule, seen: 0, rng: ChaCha8Rng::seed_from_u64(seed) });
    }

    pub(crate) fn clear(&mut self) {
        self.armed.clear();
    }

    /// Counts the call for every rule it belongs to.
    pub(crate) fn judge(&mut self, endpoint: &str, company: Option<&str>) -> Verdict {
        let mut verdict = Verdict::default();
        for armed in &mut self.armed {
            if !armed.rule.is_for(endpoint, company) || !armed.strikes() {
                continue;
            }
            match &armed.rule.effect {
                Effect::DelayMs { ms } => verdict.delay_ms += ms,
                effect => {
                    verdict.effect.get_or_insert_with(|| effect.clone());
                }
            }
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nth_and_count_choose_the_calls_they_name() {
        let mut faults = Faults::default();
        faults.add(FaultRule::nth("search", 2, Effect::Garbage));
        let struck: Vec<bool> = (0..4).map(|_| faults.judge("search", Some("16")).effect.is_some()).collect();
        assert_eq!(struck, [false, true, false, false]);
        faults.clear();
        faults.add(FaultRule::parse(&json!({"effect": "html_404", "count": 2})).unwrap());
        let struck: Vec<bool> = (0..3).map(|_| faults.judge("get_document", None).effect.is_some()).collect();
        assert_eq!(struck, [true, true, false]);
    }

    #[test]
    fn chance_repeats_with_its_seed() {
        let rule =
            FaultRule::parse(&json!({"effect": "drop_before_store", "probability": 0.5, "seed": 3})).unwrap();
        let draw = |rule: &FaultRule| {
            let mut faults = Faults::default();
            faults.add(rule.clone());
            (0..40).map(|_| faults.judge("search", None).effect.is_some()).collect::<Vec<_>>()
        };
        assert_eq!(draw(&rule), draw(&rule));
        assert!(draw(&rule).contains(&true) && draw(&rule).contains(&false));
    }

    #[test]
    fn nonsense_is_answered_with_a_sentence() {
        for (value, part) in [
            (json!({"effect": "explode"}), "explode"),
            (json!({"effect": "garbage", "nth": 0}), "from 1"),
            (json!({"effect": "garbage", "nth": 1, "count": 1}), "one of"),
            (json!({"effect": "garbage", "endpoint": "nowhere"}), "nowhere"),
            (json!({"effect": "garbage", "probability": 2}), "between 0 and 1"),
            (json!({"effect": "http_status", "status": 200}), "400"),
            (json!({"effect": "delay_ms", "milis": 3}), "milis"),
        ] {
            let refusal = FaultRule::parse(&value).unwrap_err();
            assert!(refusal.0.contains(part), "{refusal}");
        }
    }
}
