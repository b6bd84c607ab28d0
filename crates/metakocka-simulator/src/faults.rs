//! Faults: which calls go wrong, and how. Only chooses; `rest` and `wire` make them happen.

mod effect;

pub use effect::Effect;

use crate::world::Refusal;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

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
    /// Whether a write is stored although its answer is spoiled; `None` as [`Effect`] has it:
    /// statuses, HTML pages and codes store nothing, garbage comes after storing.
    pub stored: Option<bool>,
}

impl FaultRule {
    /// Every call of `endpoint`.
    #[must_use]
    pub fn always(endpoint: &str, effect: Effect) -> Self {
        Self { endpoint: endpoint.to_owned(), company: None, trigger: Trigger::Always, effect, stored: None }
    }

    /// Only the `n`th call of `endpoint`, from 1.
    #[must_use]
    pub fn nth(endpoint: &str, n: u64, effect: Effect) -> Self {
        Self { trigger: Trigger::Nth(n), ..Self::always(endpoint, effect) }
    }

    /// The rule written as JSON, as POST `/_sim/faults` takes it.
    pub fn parse(value: &Value) -> Result<Self, Refusal> {
        const KEYS: [&str; 8] =
            ["endpoint", "company", "nth", "count", "probability", "seed", "effect", "stored"];
        let Value::Object(object) = value else {
            return Err(Refusal("a fault must be an object".to_owned()));
        };
        let unknown = |fields: &[&str]| {
            object.keys().find(|key| !KEYS.contains(&key.as_str()) && !fields.contains(&key.as_str()))
        };
        // A misspelt name is told before what is missing because of it.
        if let Some(key) = unknown(&Effect::FIELDS) {
            return Err(Refusal(format!("a fault has no field {key}")));
        }
        let effect: Effect = serde_json::from_value(value.clone()).map_err(|e| Refusal(e.to_string()))?;
        if let Some(key) = unknown(effect.fields()) {
            return Err(Refusal(format!("a fault {} has no field {key}", effect.name())));
        }
        let stored = match object.get("stored") {
            None | Some(Value::Null) => None,
            Some(Value::Bool(stored)) => Some(*stored),
            Some(_) => return Err(Refusal("stored must be true or false".to_owned())),
        };
        let endpoint = match object.get("endpoint") {
            None => "*".to_owned(),
            Some(Value::String(name)) => name.clone(),
            Some(_) => return Err(Refusal("endpoint must be the name of one, or left out".to_owned())),
        };
        let company = match object.get("company") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text == "*" => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(_) => return Err(Refusal("company must be a company_id, or left out".to_owned())),
        };
        Self { endpoint, company, trigger: Trigger::parse(object)?, effect, stored }.checked()
    }

    /// The rule if it makes sense.
    pub(crate) fn checked(self) -> Result<Self, Refusal> {
        crate::api::check_endpoint_name(&self.endpoint)?;
        let effect = self.effect.checked()?;
        if self.stored.is_some() && !effect.may_choose() {
            return Err(Refusal(format!("{} does not take stored", effect.name())));
        }
        Ok(Self { trigger: self.trigger.checked()?, effect, ..self })
    }

    /// The rule as [`FaultRule::parse`] reads it.
    fn shown(&self) -> Result<Value, Refusal> {
        let mut value = serde_json::to_value(&self.effect).map_err(|e| Refusal(e.to_string()))?;
        value["endpoint"] = self.endpoint.clone().into();
        if let Some(company) = &self.company {
            value["company"] = company.clone().into();
        }
        if let Some(stored) = self.stored {
            value["stored"] = stored.into();
        }
        match self.trigger {
            Trigger::Always => {}
            Trigger::Nth(n) => value["nth"] = n.into(),
            Trigger::Count(count) => value["count"] = count.into(),
            Trigger::Probability { chance, seed } => {
                value["probability"] = chance.into();
                value["seed"] = seed.into();
            }
        }
        Ok(value)
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
            Some(value) => Some(value.as_f64().ok_or_else(no_chance)?),
        };
        let seed = number("seed")?;
        if seed.is_some() && chance.is_none() {
            return Err(Refusal("seed goes with probability".to_owned()));
        }
        match (number("nth")?, number("count")?, chance) {
            (None, None, None) => Ok(Self::Always),
            (Some(n), None, None) => Ok(Self::Nth(n)),
            (None, Some(count), None) => Ok(Self::Count(count)),
            (None, None, Some(chance)) => Ok(Self::Probability { chance, seed: seed.unwrap_or(0) }),
            _ => Err(Refusal("a fault takes one of nth, count and probability".to_owned())),
        }
    }

    fn checked(self) -> Result<Self, Refusal> {
        match self {
            Self::Nth(0) => Err(Refusal("nth counts from 1".to_owned())),
            Self::Count(0) => Err(Refusal("count must be at least 1: 0 calls never go wrong".to_owned())),
            Self::Probability { chance, .. } if !(0.0..=1.0).contains(&chance) => Err(no_chance()),
            sane => Ok(sane),
        }
    }
}

fn no_chance() -> Refusal {
    Refusal("probability must be between 0 and 1".to_owned())
}

/// Words of the generator that one draw of a chance takes.
const WORDS_PER_DRAW: u128 = 2;

/// A rule with what it has seen so far.
#[derive(Debug)]
struct Armed {
    rule: FaultRule,
    /// Calls it was for.
    seen: u64,
    /// Calls that went wrong.
    struck: u64,
    rng: ChaCha8Rng,
}

impl Armed {
    /// As if so many calls had been seen: chance goes on where it was.
    fn go_on_after(&mut self, seen: u64, struck: u64) {
        (self.seen, self.struck) = (seen, struck);
        // What is certain is not drawn.
        if matches!(self.rule.trigger, Trigger::Probability { chance, .. } if chance < 1.0) {
            self.rng.set_word_pos(u128::from(seen) * WORDS_PER_DRAW);
        }
    }

    fn strikes(&mut self) -> bool {
        self.seen = self.seen.saturating_add(1);
        let strikes = match self.rule.trigger {
            Trigger::Always => true,
            Trigger::Nth(n) => self.seen == n,
            Trigger::Count(count) => self.seen <= count,
            Trigger::Probability { chance, .. } => self.rng.random_bool(chance),
        };
        self.struck = self.struck.saturating_add(u64::from(strikes));
        strikes
    }
}

/// The faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
}

/// What happens to one call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Milliseconds of extra delay.
    pub(crate) delay_ms: u64,
    /// The first effect that struck besides delays.
    pub(crate) effect: Option<Effect>,
    /// Whether a write is stored all the same.
    pub(crate) stored: bool,
}

impl Verdict {
    /// Whether the call gets as far as the check of its key. A code of Metakocka does even when
    /// nothing is stored: the call is counted and waits for its turn.
    pub(crate) fn reaches_the_company(&self) -> bool {
        self.stored || matches!(self.effect, Some(Effect::OprCode { .. }))
    }
}

impl Faults {
    pub(crate) fn add(&mut self, rule: FaultRule) {
        let seed = if let Trigger::Probability { seed, .. } = rule.trigger { seed } else { 0 };
        self.armed.push(Armed { rule, seen: 0, struck: 0, rng: ChaCha8Rng::seed_from_u64(seed) });
    }

    pub(crate) fn clear(&mut self) {
        self.armed.clear();
    }

    /// The rules in force with what they have seen.
    pub(crate) fn shown(&self) -> Result<Vec<Value>, Refusal> {
        let shown = |armed: &Armed| {
            let mut value = armed.rule.shown()?;
            value["seen"] = armed.seen.into();
            value["struck"] = armed.struck.into();
            Ok(value)
        };
        self.armed.iter().map(shown).collect()
    }

    /// The rules that [`Faults::shown`] gave, with what they had seen.
    pub(crate) fn restored(shown: &[Value]) -> Result<Self, Refusal> {
        let mut faults = Self::default();
        for value in shown {
            let mut rule = value.clone();
            let mut take = |key: &str| {
                let taken = rule.as_object_mut().and_then(|rule| rule.remove(key));
                let number = taken.and_then(|taken| taken.as_u64());
                number.ok_or_else(|| Refusal(format!("{key} of a fault is no number of calls")))
            };
            let (seen, struck) = (take("seen")?, take("struck")?);
            faults.add(FaultRule::parse(&rule)?);
            if let Some(armed) = faults.armed.last_mut() {
                armed.go_on_after(seen, struck);
            }
        }
        Ok(faults)
    }

    /// Counts the call for every rule it belongs to.
    pub(crate) fn judge(&mut self, endpoint: &str, company: Option<&str>) -> Verdict {
        let mut verdict = Verdict { delay_ms: 0, effect: None, stored: true };
        for armed in &mut self.armed {
            if !armed.rule.is_for(endpoint, company) || !armed.strikes() {
                continue;
            }
            match &armed.rule.effect {
                Effect::DelayMs { ms } => verdict.delay_ms = verdict.delay_ms.saturating_add(*ms),
                _ if verdict.effect.is_some() => {}
                effect => {
                    verdict.stored = armed.rule.stored.unwrap_or_else(|| effect.stores());
                    verdict.effect = Some(effect.clone());
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
            (json!({"effect": "http_status", "status": 199}), "200"),
            (json!({"effect": "delay_ms", "milis": 3}), "milis"),
            (json!({"effect": "delay_ms", "ms": 9_999_999}), "600000"),
            (json!({"effect": "opr_code", "code": "77"}), "77"),
            (json!({"effect": "cut_body", "stored": false}), "does not take stored"),
            (json!({"effect": "garbage", "stored": "no"}), "true or false"),
            (json!({"effect": "garbage", "endpoint": 5}), "endpoint"),
            (json!({"effect": "garbage", "endpoint": null}), "endpoint"),
            (json!({"effect": "garbage", "company": ["16"]}), "company_id"),
            (json!({"effect": "garbage", "ms": 5}), "no field ms"),
            (json!({"effect": "delay_ms", "ms": 5, "value": "x"}), "no field value"),
            (json!({"effect": "html_503", "status": 503}), "no field status"),
            (json!({"effect": "garbage", "count": 0}), "at least 1"),
            (json!({"effect": "garbage", "seed": 5}), "goes with probability"),
            (json!({"effect": "garbage", "seed": "x"}), "whole number"),
            (json!({"effect": "garbage", "probability": 0.5, "seed": -1}), "whole number"),
            (json!({"effect": "content_type", "value": "a\nb"}), "content type"),
            (json!({"effect": "content_type", "value": ""}), "content type"),
        ] {
            let refusal = FaultRule::parse(&value).unwrap_err();
            assert!(refusal.0.contains(part), "{refusal}");
        }
    }
    #[test]
    fn a_rule_is_shown_as_it_is_written() {
        for value in [
            json!({"endpoint": "search", "company": "16", "nth": 2, "effect": "http_status", "status": 503, "retryAfter": 3}),
            json!({"endpoint": "*", "probability": 0.25, "seed": 9, "effect": "delayed_commit_ms", "ms": 500}),
            json!({"endpoint": "get_document", "effect": "opr_code", "code": "1", "text": "x", "stored": true}),
            json!({"endpoint": "*", "count": 3, "effect": "html_503"}),
        ] {
            assert_eq!(FaultRule::parse(&value).unwrap().shown().unwrap(), value);
        }
        let named = FaultRule::parse(&json!({"effect": "opr_code", "code": "5"})).unwrap().effect;
        assert_eq!(named, Effect::OprCode { code: "5".to_owned(), text: "Quote exceeds".to_owned() });
    }

    #[test]
    fn statuses_and_codes_store_nothing_unless_they_are_told_to() {
        for (value, stored) in [
            (json!({"effect": "http_status", "status": 504}), false),
            (json!({"effect": "http_status", "status": 504, "stored": true}), true),
            (json!({"effect": "opr_code", "code": "1"}), false),
            (json!({"effect": "garbage"}), true),
            (json!({"effect": "garbage", "stored": false}), false),
            (json!({"effect": "drop_before_store"}), false),
            (json!({"effect": "drop_after_store"}), true),
            (json!({"effect": "cut_body"}), true),
        ] {
            let mut faults = Faults::default();
            faults.add(FaultRule::parse(&value).unwrap());
            assert_eq!(faults.judge("search", None).stored, stored, "{value}");
        }
    }
    #[test]
    fn a_rule_that_has_seen_any_number_of_calls_is_restored_at_once() {
        for trigger in [json!({}), json!({"nth": 2}), json!({"probability": 0.5}), json!({"probability": 1})]
        {
            let mut rule =
                json!({"effect": "garbage", "endpoint": "*", "seen": u64::MAX, "struck": u64::MAX});
            rule.as_object_mut().unwrap().extend(trigger.as_object().unwrap().clone());
            let mut faults = Faults::restored(&[rule]).unwrap();
            faults.judge("search", None);
            assert_eq!(faults.shown().unwrap()[0]["seen"], u64::MAX);
        }
        let damaged = json!({"effect": "garbage", "seen": -1, "struck": 0});
        assert!(Faults::restored(&[damaged]).unwrap_err().0.contains("seen"));
    }

    #[test]
    fn restored_rules_go_on_where_they_were() {
        let rules = [
            json!({"effect": "garbage", "probability": 0.5, "seed": 4, "endpoint": "search"}),
            json!({"effect": "html_404", "nth": 8, "endpoint": "get_document"}),
        ];
        let mut faults = Faults::default();
        for rule in &rules {
            faults.add(FaultRule::parse(rule).unwrap());
        }
        let judge = |faults: &mut Faults| -> Vec<bool> {
            let calls = (0..6).flat_map(|_| ["search", "get_document"]);
            calls.map(|endpoint| faults.judge(endpoint, None).effect.is_some()).collect()
        };
        judge(&mut faults);
        let mut restored = Faults::restored(&faults.shown().unwrap()).unwrap();
        assert_eq!(restored.shown().unwrap(), faults.shown().unwrap());
        assert_eq!(judge(&mut restored), judge(&mut faults));
    }
}
