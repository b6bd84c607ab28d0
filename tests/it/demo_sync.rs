//! The demo in both directions: both sides compared from outside, field by field. They are equal, or the application
//! says of the record why not, and what it says is what was planted (issue 5, *Shows* 4).

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use crate::demo::{PATIENCE, demo, end, ready};
use crate::support::say;

const DOCUMENTS: &str = "300";
const API: &str = "/api/integrations/metakocka";

/// A demo that runs, from outside.
struct Outside {
    http: reqwest::Client,
    told: Value,
}

impl Outside {
    fn of(told: Value) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { http: reqwest::Client::builder().build().unwrap(), told }
    }

    fn text(&self, name: &str) -> &str {
        self.told[name].as_str().unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.text("url"))).bearer_auth(self.text("apiToken"));
        request.send().await.unwrap().json().await.unwrap()
    }

    /// A bulk call, waited for until its run has ended.
    async fn bulk(&self, path: &str) -> Value {
        let request =
            self.http.post(format!("{}{API}/{path}", self.text("url"))).bearer_auth(self.text("apiToken"));
        let request = request.header("content-type", "application/json").body("{}");
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        let Some(run) = answer["runId"].as_str() else { panic!("{path}: {answer}") };
        let ended = async {
            loop {
                let run = self.get(&format!("{API}/runs/{run}")).await;
                if !matches!(run["state"].as_str().unwrap(), "queued" | "running") {
                    return run;
                }
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(2 * PATIENCE, ended).await.expect("the run goes on")
    }

    /// Takes everything, then sends everything, of all three kinds: created and updated on either side.
    async fn both_ways(&self) -> i64 {
        let mut moved = 0;
        for way in ["sync-all-from-metakocka", "sync"] {
            for kind in ["contacts", "products", "sales-documents"] {
                let run = self.bulk(&format!("{kind}/{way}")).await;
                assert_eq!(run["state"], "done", "{kind} {way}: {run}");
                moved += run["created"].as_i64().unwrap() + run["updated"].as_i64().unwrap();
            }
        }
        moved
    }

    async fn there(&self) -> Vec<Value> {
        let mut all = Vec::new();
        let mut cursor = Some(0);
        while let Some(at) = cursor {
            let url = format!("{}/_sim/state?kind=document&limit=500&cursor={at}", self.text("simulatorUrl"));
            let page: Value = self.http.get(url).send().await.unwrap().json().await.unwrap();
            all.extend(page["items"].as_array().unwrap().iter().cloned());
            cursor = page["nextCursor"].as_u64();
        }
        all
    }

    async fn here(&self) -> BTreeMap<String, Value> {
        let mut all = BTreeMap::new();
        let mut path = "/api/sales-documents?limit=200".to_owned();
        loop {
            let page = self.get(&path).await;
            for row in page["documents"].as_array().unwrap() {
                let record = self.get(&format!("/api/sales-documents/{}", row["id"].as_str().unwrap())).await;
                let external = row["sync"]["metakockaId"].as_str().unwrap_or_default().to_owned();
                all.insert(external, record);
            }
            match page["nextCursor"].as_str() {
                Some(next) => path = format!("/api/sales-documents?limit=200&cursor={next}"),
                None => return all,
            }
        }
    }

    /// Calls of the simulator since its log was emptied, by endpoint.
    async fn calls(&self) -> BTreeMap<String, usize> {
        let url = format!("{}/_sim/requests?limit=1", self.text("simulatorUrl"));
        let log: Value = self.http.get(url).send().await.unwrap().json().await.unwrap();
        serde_json::from_value(log["counts"].clone()).unwrap()
    }
}

fn number(value: &Value) -> Decimal {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse::<Decimal>().unwrap_or_default().normalize()
}

fn words(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The fields of a document by name, as each side spells them.
fn fields(
    document: &Value,
    names: [&str; 7],
    line: impl Fn(&Value) -> String,
) -> BTreeMap<&'static str, String> {
    let [title, notes, order, date, currency, number_, total] = names;
    let lines: Vec<String> = document["lines"].as_array().unwrap().iter().map(line).collect();
    BTreeMap::from([
        ("number", words(&document[number_])),
        ("title", words(&document[title])),
        ("notes", words(&document[notes])),
        ("customer's order number", words(&document[order])),
        ("date", words(&document[date])),
        ("currency", words(&document[currency])),
        ("total", number(&document[total]).to_string()),
        ("lines", lines.join("\n")),
    ])
}

fn fields_here(document: &Value) -> BTreeMap<&'static str, String> {
    let names = ["title", "notes", "customerOrder", "date", "currency", "number", "total"];
    fields(document, names, |line| {
        if line["amount"].is_null() {
            format!("text {}", words(&line["text"]))
        } else {
            let rate = number(&line["taxRate"]) / Decimal::ONE_HUNDRED;
            priced(line, ["taxCode", "text", "code"], (line["priceBasis"] == "gross").then_some(rate))
        }
    })
}

fn fields_there(document: &Value) -> BTreeMap<&'static str, String> {
    let names = ["title", "notes", "buyerOrder", "date", "currency", "number", "sumAll"];
    fields(document, names, |line| {
        if line["kind"] == "text" {
            format!("text {}", words(&line["text"]))
        } else {
            let rate = number(&line["taxFactor"]);
            priced(line, ["tax", "description", "code"], (line["gross"] == true).then_some(rate))
        }
    })
}

/// A line with its net price: Metakocka tells a price with tax without it, rounded (policy C, *Money*).
fn priced(line: &Value, [tax, text, code]: [&str; 3], gross_at: Option<Decimal>) -> String {
    let discounts = line["discounts"].as_array().cloned().unwrap_or_default();
    let discounts: Vec<String> = discounts.iter().map(|one| number(one).to_string()).collect();
    let price = number(&line["price"]);
    let price = gross_at.map_or(price, |rate| {
        (price / (Decimal::ONE + rate)).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
    });
    format!(
        "{} × {} at {} −{} tax {} {}",
        number(&line["amount"]),
        words(&line[code]),
        price.normalize(),
        discounts.join("+"),
        words(&line[tax]),
        words(&line[text])
    )
}

/// How many documents are not equal, by what is said of them.
async fn compared(outside: &Outside) -> BTreeMap<String, usize> {
    let here = outside.here().await;
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    let mut equal = 0;
    for document in outside.there().await {
        let id = document["id"].as_str().unwrap();
        let Some(record) = here.get(id) else {
            *told.entry("not here".to_owned()).or_default() += 1;
            continue;
        };
        let sync = &record["sync"];
        if sync["syncStatus"] == "synced" {
            assert_eq!(fields_here(record), fields_there(&document), "{id} says it is synced");
            equal += 1;
        } else {
            let reason = sync["reason"].as_str().unwrap_or_default();
            assert!(sync["detail"].is_string() || sync["sentence"].is_string(), "{sync}");
            *told.entry(format!("{}/{reason}", sync["syncStatus"].as_str().unwrap())).or_default() += 1;
        }
    }
    say(&format!("demo: {equal} equal in every field, {told:?}"));
    told
}

#[tokio::test]
async fn both_sides_of_the_demo_end_equal_or_with_what_was_planted() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = demo(folder.path(), DOCUMENTS).spawn().unwrap();
    let outside = Outside::of(ready(folder.path(), &mut child).await);
    let planted = &outside.told["planted"];
    assert!(outside.both_ways().await > planted["new"].as_i64().unwrap());

    let told = compared(&outside).await;
    let sum = |names: &[&str]| -> i64 {
        names.iter().filter_map(|name| told.get(*name)).map(|count| i64::try_from(*count).unwrap()).sum()
    };
    assert_eq!(sum(&["needs_review/conflict", "not here"]), planted["review"].as_i64().unwrap(), "{told:?}");
    assert_eq!(
        told.values().sum::<usize>(),
        usize::try_from(planted["review"].as_i64().unwrap()).unwrap(),
        "{told:?}"
    );

    let before = outside.calls().await;
    assert_eq!(outside.both_ways().await, 0, "the second time nothing is written");
    let after = outside.calls().await;
    let writes =
        ["put_document", "update_document", "add_partner", "update_partner", "product_add", "product_update"];
    for endpoint in writes {
        assert_eq!(before.get(endpoint), after.get(endpoint), "{endpoint}");
    }
    let calls: usize = after.values().sum::<usize>() - before.values().sum::<usize>();
    say(&format!("demo: the second time {calls} calls, none of them a write"));
    assert_eq!(compared(&outside).await, told);
    end(child).await;
}
