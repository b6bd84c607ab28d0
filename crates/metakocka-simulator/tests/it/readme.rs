//! The README names everything that can be set, armed and done.

use crate::kit::{order, stored};
use crate::support::{lab, lab_of};
use metakocka_simulator::{Action, DocType, Effect, Settings};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const README: &str = include_str!("../../README.md");

fn assert_named(what: &str, name: &str) {
    assert!(README.contains(&format!("`{name}")), "the README does not name the {what} {name}");
}

#[test]
fn every_setting_and_every_action_of_people_is_named() {
    let settings = serde_json::to_value(Settings::default()).unwrap();
    settings.as_object().unwrap().keys().for_each(|name| assert_named("setting", name));
    for action in Action::ALL {
        assert_named("action", serde_json::to_value(action).unwrap().as_str().unwrap());
    }
}

#[test]
fn every_effect_of_a_fault_is_named_and_offered_by_the_page() {
    let script = include_str!("../../src/page/page.js");
    let effects = [
        Effect::DelayMs { ms: 1 },
        Effect::DropBeforeStore,
        Effect::DropAfterStore,
        Effect::DelayedCommitMs { ms: 1 },
        Effect::CutBody,
        Effect::Drip { ms: 1 },
        Effect::Truncated,
        Effect::ContentType { value: String::new() },
        Effect::HttpStatus { status: 500, retry_after: None },
        Effect::Html404,
        Effect::Html503,
        Effect::Garbage,
        Effect::OprCode { code: String::new(), text: String::new() },
    ];
    for effect in effects {
        assert_named("effect", effect.name());
        assert!(script.contains(&format!("  {}: ", effect.name())), "the page lacks {}", effect.name());
        let written = serde_json::to_value(&effect).unwrap();
        assert_eq!(written["effect"], effect.name());
    }
}

#[tokio::test]
async fn what_the_readme_says_changes_nothing_is_named_and_changes_nothing() {
    let lab = lab().await;
    let silent = ["return_web_shop_link", "return_expect_order_delivery_date"];
    let plain = lab.call("v1/json/product_list", json!({"limit": "20"})).await;
    for flag in silent {
        assert_named("flag", flag);
        let asked = lab.call("v1/json/product_list", json!({"limit": "20", flag: "true"})).await;
        assert_eq!(asked["product_list"], plain["product_list"], "{flag}");
    }
    let named = ["complete_set", "web_shop_URL", "first_image_URL", "packlist_accform_list"];
    named.iter().chain(&["count_code_foreign_country"]).for_each(|field| assert_named("field", field));
    let add = json!({"code": "SET", "name": "Komplet", "unit": "kos", "complete_set": "true"});
    assert_eq!(lab.call("v1/json/product_add", add).await["opr_code"], "0");
    let line = json!({"code": "DOSTAVA", "amount": "1", "price": "1", "tax": "EX4", "web_shop_URL": "https://x.example"});
    stored(&lab, order(&lab, &json!({"product_list": [line]}))).await.unwrap();
    for doc_type in ["purchase_order", "warehouse_delivery_note"] {
        assert_eq!(lab.search(json!({"doc_type": doc_type})).await["result_all_records"], "0");
    }
}

/// Every name in an answer, at any depth.
fn names(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| names(item, into)),
        Value::Object(fields) => {
            into.extend(fields.keys().cloned());
            fields.values().for_each(|value| names(value, into));
        }
        _ => {}
    }
}

#[tokio::test]
async fn what_the_readme_says_no_answer_has_no_answer_has() {
    let lab = lab_of(2_000).await;
    let mut found = BTreeSet::new();
    let flags = json!({"show_product_detail": "true", "show_product_compound": "true", "show_payment_detail": "true",
        "return_stickers_url": "true"});
    for doc_type in DocType::ALL {
        lab.all(doc_type.name(), flags.clone()).await.iter().for_each(|row| names(row, &mut found));
    }
    let switches = json!({"return_pricelist": "true", "return_warehause_stock": "true", "return_free_amount": "true",
        "return_warehouse_reservation": "true", "return_category": "true", "return_product_partner_info": "true",
        "return_product_compound": "true", "return_last_purchase_price": "true"});
    names(&lab.call("v1/json/product_list", switches).await, &mut found);
    names(&lab.call("v1/json/warehouse_stock", json!({})).await, &mut found);
    let sentence = README.split("Fields that no answer has:").nth(1).unwrap();
    let sentence = sentence.split('\n').next().unwrap();
    let said: Vec<&str> =
        sentence.split('`').skip(1).step_by(2).filter(|name| *name != "search_tracking_code").collect();
    assert!(said.len() > 15 && found.len() > 80, "{said:?} {}", found.len());
    for name in said {
        assert!(!found.contains(name), "{name} is in an answer");
    }
}

#[tokio::test]
async fn every_call_of_the_control_side_is_named_and_exists() {
    let lab = lab().await;
    let rows = README.lines().filter_map(|line| line.strip_prefix("| "));
    let calls = rows.filter_map(|row| {
        let (method, rest) = row.split(" | ").next()?.split_once(' ')?;
        let method = ["GET", "POST", "PUT"].contains(&method).then(|| method.parse::<Method>().unwrap())?;
        Some(rest.split(", ").map(move |name| (method.clone(), name.trim_matches('`').to_owned())))
    });
    let calls: Vec<(Method, String)> = calls.flatten().collect();
    assert!(calls.len() >= 13, "{calls:?}");
    for (method, name) in calls {
        // Nonsense is refused by the call itself; one that does not exist is 404.
        let (status, answer) = lab.control(method.clone(), &name, json!("nonsense")).await;
        assert!(status == 200 || status == 400, "{method} {name}: {status} {answer}");
    }
}
