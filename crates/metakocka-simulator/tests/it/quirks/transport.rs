//! Checks of quirks of the transport: paths, keys, quota, queues, lost replies.

use super::Verdict;
use crate::kit::{by_number, ensure, many, order};
use crate::support::{COMPANY, Lab};
use metakocka_simulator::{Effect, FaultRule, Quota, Settings};
use serde_json::json;

pub(super) async fn a_path_of_the_wrong_family_is_an_html_page(lab: &Lab) -> Verdict {
    let response = lab.request("v1/product_list", json!({})).send().await.map_err(|e| e.to_string())?;
    let status = response.status();
    let text = response.text().await.map_err(|e| e.to_string())?;
    ensure!(status == 404 && text.contains("<html>"), "status {status}: {text}");
    Ok(())
}

pub(super) async fn searches_of_a_company_wait_for_each_other(lab: &Lab) -> Verdict {
    /// Other calls made meanwhile: many times as long as a search that does not wait would take.
    const CALLS: usize = 40;
    // Longer than the check: nothing here depends on how fast the machine is.
    let slow = FaultRule::nth("search", 1, Effect::DelayMs { ms: 60_000 });
    lab.simulator.add_fault(slow).map_err(|refusal| refusal.to_string())?;
    let arrived = async |count: u64| {
        while lab.simulator.request_counts().get("search") != Some(&count) {
            tokio::task::yield_now().await;
        }
    };
    let search = || lab.search(json!({"doc_type": "sales_offer"}));
    let second = async {
        arrived(1).await;
        search().await
    };
    let meanwhile = async {
        arrived(2).await;
        for _ in 0..CALLS {
            lab.call("v1/get_partner", json!({"limit": "1"})).await;
        }
    };
    tokio::select! {
        biased;
        _ = search() => Err("the first search does not take its time".to_owned()),
        _ = second => Err("the second search does not wait for the first".to_owned()),
        () = meanwhile => Ok(()),
    }
}

pub(super) async fn calls_over_the_quota_are_code_5(lab: &Lab) -> Verdict {
    let quota = Some(Quota { calls: 1, per_ms: 60_000 });
    lab.simulator.set_settings(Settings { quota, ..Settings::default() }).map_err(|e| e.to_string())?;
    lab.search(json!({"doc_type": "sales_offer"})).await;
    let second = lab.search(json!({"doc_type": "sales_offer"})).await;
    ensure!(second["opr_code"] == "5", "the second call: {second}");
    Ok(())
}

pub(super) async fn a_wrong_key_is_status_200(lab: &Lab) -> Verdict {
    let url = format!("{}/rest/eshop/v1/search", lab.simulator.url());
    let body = json!({"company_id": COMPANY, "secret_key": "wrong"});
    let response = lab.http.post(url).json(&body).send().await.map_err(|e| e.to_string())?;
    let status = response.status();
    let answer: serde_json::Value = response.json().await.map_err(|e| e.to_string())?;
    ensure!(status == 200 && answer["opr_code"] == "3", "status {status}: {answer}");
    Ok(())
}

pub(super) async fn a_write_with_a_lost_reply_is_stored(lab: &Lab) -> Verdict {
    let fault = FaultRule::nth("put_document", 1, Effect::DropAfterStore);
    lab.simulator.add_fault(fault).map_err(|refusal| refusal.to_string())?;
    let body = order(lab, &json!({"buyer_order": "IZGUBLJEN"}));
    let lost = lab.request("v1/put_document", body).send().await;
    ensure!(lost.is_err(), "the reply is not lost");
    let found = by_number(lab, "customer_order", "IZGUBLJEN").await;
    ensure!(many(&found["result"]).len() == 1, "nothing was stored: {found}");
    Ok(())
}
