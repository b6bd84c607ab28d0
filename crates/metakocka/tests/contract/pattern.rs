//! Patterns of replies, written as JSON. An object fits when its fields fit, whatever else is there; a list
//! fits element by element; a text fits the same text. Texts with `$` are the words of [`word`], objects with
//! `$` those of [`list`].

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// What was saved, by name.
pub(crate) type Saved = BTreeMap<String, String>;

/// Why a reply does not fit: the field, and a sentence.
pub(crate) type Misfit = String;

/// Compares a reply with a pattern, saving what the pattern says is to be saved.
pub(crate) fn fit(
    pattern: &Value,
    actual: Option<&Value>,
    at: &str,
    saved: &mut Saved,
) -> Result<(), Misfit> {
    match pattern {
        Value::String(text) if text.starts_with('$') => text
            .split(',')
            .try_for_each(|word| word_fits(word, actual, saved))
            .map_err(|why| format!("{at}: {why}")),
        Value::String(text) => match actual {
            Some(Value::String(actual)) if actual == text => Ok(()),
            other => Err(format!("{at}: {} instead of {text:?}", shown(other))),
        },
        Value::Object(fields) if fields.keys().any(|name| name.starts_with('$')) => {
            list_fits(fields, actual, at, saved)
        }
        Value::Object(fields) => {
            let Some(Value::Object(actual)) = actual else {
                return Err(format!("{at}: {} instead of an object", shown(actual)));
            };
            fields.iter().try_for_each(|(name, pattern)| {
                fit(pattern, actual.get(name), &format!("{at}.{name}"), saved)
            })
        }
        Value::Array(patterns) => {
            let rows = rows_of(actual);
            if rows.len() != patterns.len() {
                return Err(format!("{at}: {} elements instead of {}", rows.len(), patterns.len()));
            }
            let pairs = patterns.iter().zip(rows).enumerate();
            pairs.into_iter().try_for_each(|(place, (pattern, row))| {
                fit(pattern, Some(row), &format!("{at}[{place}]"), saved)
            })
        }
        other => Err(format!("{at}: {other} is no pattern")),
    }
}

/// One or many or absent (`metakocka-api.md §1.5`).
fn rows_of(actual: Option<&Value>) -> Vec<&Value> {
    match actual {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(rows)) => rows.iter().collect(),
        Some(single) => vec![single],
    }
}

/// What an object with `$` says about a list: `$len`, `$each`, `$some`, `$no`, `$first`, `$last`, `$rising`
/// and `$falling` (of a field), `$adds_up` (net and taxes make the gross), `$is` (`list` or `object`), `$only`
/// (the names that an object may have).
fn list_fits(
    rules: &Map<String, Value>,
    actual: Option<&Value>,
    at: &str,
    saved: &mut Saved,
) -> Result<(), Misfit> {
    let rows = rows_of(actual);
    for (rule, pattern) in rules {
        let place = format!("{at} {rule}");
        match rule.as_str() {
            "$len" => fit(pattern, Some(&Value::from(rows.len().to_string())), &place, saved)?,
            "$each" if rows.is_empty() => return Err(format!("{place}: there is none")),
            "$each" => rows.iter().try_for_each(|row| fit(pattern, Some(row), &place, saved))?,
            "$some" => some_fits(pattern, &rows, &place, saved)?,
            "$no" => {
                if rows.iter().any(|row| fit(pattern, Some(row), &place, &mut saved.clone()).is_ok()) {
                    return Err(format!("{place}: there is one"));
                }
            }
            "$first" => fit(pattern, rows.first().copied(), &place, saved)?,
            "$last" => fit(pattern, rows.last().copied(), &place, saved)?,
            "$adds_up" => rows.iter().try_for_each(|row| adds_up(row, &place))?,
            "$rising" | "$falling" => sorted(pattern, &rows, rule == "$falling", &place)?,
            "$is" => {
                let kind = if matches!(actual, Some(Value::Array(_))) { "list" } else { "object" };
                if actual.is_none() || pattern != kind {
                    return Err(format!("{place}: {} instead of one {pattern}", shown(actual)));
                }
            }
            "$only" => only(pattern, actual, &place)?,
            _ => return Err(format!("{place}: there is no such rule")),
        }
    }
    Ok(())
}

fn some_fits(pattern: &Value, rows: &[&Value], at: &str, saved: &mut Saved) -> Result<(), Misfit> {
    let mut nearest = format!("{at}: there is none");
    for row in rows {
        let mut attempt = saved.clone();
        match fit(pattern, Some(row), at, &mut attempt) {
            Ok(()) => {
                *saved = attempt;
                return Ok(());
            }
            Err(why) => nearest = why,
        }
    }
    Err(format!("none of {} fits; the last: {nearest}", rows.len()))
}

/// `sum_basic` and every `sum_tax_…` make `sum_all` (`metakocka-api.md §4.3`).
fn adds_up(row: &Value, at: &str) -> Result<(), Misfit> {
    let Value::Object(fields) = row else { return Err(format!("{at}: {}", shown(Some(row)))) };
    let is_part = |name: &String| name == "sum_basic" || name.starts_with("sum_tax_");
    let number = |value: &Value| value.as_str().and_then(dotted);
    let parts = fields.iter().filter(|(name, _)| is_part(name)).map(|(_, value)| number(value));
    let sum: Option<Decimal> = parts.sum();
    match (sum, fields.get("sum_all").and_then(number)) {
        (Some(sum), Some(all)) if sum == all => Ok(()),
        (sum, all) => Err(format!("{at}: the parts make {sum:?}, the whole is {all:?}")),
    }
}

fn sorted(field: &Value, rows: &[&Value], falling: bool, at: &str) -> Result<(), Misfit> {
    let field = field.as_str().unwrap_or_default();
    let keys: Option<Vec<u128>> = rows.iter().map(|row| row.get(field)?.as_str()?.parse().ok()).collect();
    let Some(keys) = keys else { return Err(format!("{at}: a row has no number in {field}")) };
    let right = keys.windows(2).all(|pair| if falling { pair[0] > pair[1] } else { pair[0] < pair[1] });
    if right { Ok(()) } else { Err(format!("{at}: {keys:?}")) }
}

fn only(names: &Value, actual: Option<&Value>, at: &str) -> Result<(), Misfit> {
    let allowed: Vec<&str> = names.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let Some(Value::Object(fields)) = actual else { return Err(format!("{at}: {}", shown(actual))) };
    match fields.keys().find(|name| !allowed.contains(&name.as_str())) {
        Some(name) => Err(format!("{at}: there is {name} as well")),
        None => Ok(()),
    }
}

/// One word: `$any`, `$absent`, `$none` (absent, empty or zero), `$text`, `$digits`, `$bool`, `$number` (with
/// a dot), `$decimal` (dot or comma), `$comma` (with a comma), `$money` (Slovenian), these four also with
/// `:value`; `$date`, `$day`, `$time`; `$has:`, `$starts:`, `$ends:`, `$not:`, `$one:a|b`, `$above:`,
/// `$below:`, `$save:name`.
fn word_fits(word: &str, actual: Option<&Value>, saved: &mut Saved) -> Result<(), Misfit> {
    let (name, argument) = word.split_once(':').unwrap_or((word, ""));
    let text = actual.and_then(Value::as_str);
    let wrong =
        |is_right: bool| if is_right { Ok(()) } else { Err(format!("{} is not {word}", shown(actual))) };
    match (name, text) {
        ("$absent", _) => wrong(actual.is_none()),
        ("$none", _) => wrong(actual.is_none() || matches!(text, Some("" | "0"))),
        ("$any", _) => wrong(actual.is_some_and(|value| !value.is_null())),
        (_, None) => wrong(false),
        ("$save", Some(text)) => {
            saved.insert(argument.to_owned(), text.to_owned());
            Ok(())
        }
        (_, Some(text)) => wrong(text_fits(name, argument, text)),
    }
}

fn text_fits(name: &str, argument: &str, text: &str) -> bool {
    let lower = || text.to_lowercase();
    match name {
        "$text" => true,
        "$digits" => is_digits(text),
        "$bool" => matches!(text, "true" | "false"),
        "$number" => number_fits(dotted(text), argument),
        "$comma" => number_fits(commaed(text), argument),
        "$decimal" => number_fits(dotted(text).or_else(|| commaed(text)), argument),
        "$money" => number_fits(money(text), argument),
        "$date" => text.strip_suffix("+02:00").is_some_and(|day| shape(day) == "9999-99-99"),
        "$day" => shape(text) == "99.99.9999",
        "$time" => text.strip_suffix("+02:00").is_some_and(|time| shape(time) == "9999-99-99T99:99:99"),
        "$has" => lower().contains(&argument.to_lowercase()),
        "$starts" => lower().starts_with(&argument.to_lowercase()),
        "$ends" => lower().ends_with(&argument.to_lowercase()),
        "$not" => text != argument,
        "$one" => argument.split('|').any(|one| one == text),
        "$above" => dotted(text).zip(dotted(argument)).is_some_and(|(text, bound)| text > bound),
        "$below" => dotted(text).zip(dotted(argument)).is_some_and(|(text, bound)| text < bound),
        _ => false,
    }
}

fn number_fits(number: Option<Decimal>, wanted: &str) -> bool {
    number.is_some_and(|number| wanted.is_empty() || dotted(wanted) == Some(number))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn dotted(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).ok()
}

fn commaed(text: &str) -> Option<Decimal> {
    if text.contains('.') { None } else { dotted(&text.replace(',', ".")) }
}

/// Dots only between groups of three, a comma before the decimals.
fn money(text: &str) -> Option<Decimal> {
    let (whole, decimals) = text.split_once(',').unwrap_or((text, "0"));
    let grouped = whole.rsplit('.').enumerate().all(|(place, group)| {
        let digits = group.strip_prefix('-').unwrap_or(group);
        is_digits(digits) && (digits.len() == 3 || place == whole.matches('.').count())
    });
    let decimals = if is_digits(decimals) { decimals } else { return None };
    if grouped { dotted(&format!("{}.{decimals}", whole.replace('.', ""))) } else { None }
}

/// The text with a 9 for every digit.
fn shape(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect()
}

fn shown(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    if text.chars().count() > 160 { text.chars().take(160).chain("…".chars()).collect() } else { text }
}

/// Puts what was saved into the texts of a request or pattern: `{name}`. A name that nobody saved is an error.
pub(crate) fn fill(value: &Value, saved: &Saved) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(fill_text(text, saved)?),
        Value::Array(items) => items.iter().map(|item| fill(item, saved)).collect::<Result<_, _>>()?,
        Value::Object(fields) => {
            let filled = fields.iter().map(|(name, value)| Ok((name.clone(), fill(value, saved)?)));
            Value::Object(filled.collect::<Result<_, String>>()?)
        }
        other => other.clone(),
    })
}

fn fill_text(text: &str, saved: &Saved) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}').ok_or_else(|| format!("{text} has no end"))?;
        filled.push_str(before);
        filled.push_str(saved.get(name).ok_or_else(|| name.to_owned())?);
        rest = behind;
    }
    filled.push_str(rest);
    Ok(filled)
}
