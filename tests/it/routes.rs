//! Whom the routes let in, over every route that there is: nobody without credentials, nobody from another site, and
//! nobody who may only look where something changes.

use engine::test_support::TestDb;
use reqwest::{Method, RequestBuilder};

use crate::support::{Actor, ButtonSeen, PULL, TestApp, WAITING, routes, say};

/// What strangers try. None of it has ever signed anybody in.
const ATTEMPTS: [(&str, &str); 8] = [
    ("x-user-id", "1"),
    ("x-supabase-auth", "owner@lipa.example"),
    ("x-test-mode", "true"),
    ("cookie", "crm-mind=AAAAAAAAAAAAAAAAAAAAAA"),
    ("cookie", "crm-mind=nonsense; __Host-crm-mind=nonsense"),
    ("authorization", "Bearer cmk_forged"),
    ("authorization", "Basic b3duZXI6b3duZXI="),
    ("accept", "*/*"),
];
/// Pages that everybody may see.
const OPEN_PAGES: [&str; 1] = ["/sign-in"];
/// A page of the demo only; whoever is not signed in is not even told that it exists.
const HIDDEN_PAGE: &str = "/styleguide";
/// Server functions that need nobody signed in.
const OPEN_FUNCTIONS: [&str; 1] = ["/_ui/sign-in"];

fn method(name: &str) -> Method {
    name.parse().unwrap()
}

/// A path of a table with something in place of its ids.
fn filled(path: &str) -> String {
    path.split('/').map(|part| if is_id(part) { "1" } else { part }).collect::<Vec<_>>().join("/")
}

fn is_id(part: &str) -> bool {
    part.starts_with(['{', ':'])
}

async fn nothing_but_a_session_or_a_token_opens_the_api_and_the_server_functions(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut nobody = app.anonymous();
    let mut asked = 0;
    for (verb, path) in routes::api().into_iter().chain(routes::server_functions()) {
        if OPEN_FUNCTIONS.contains(&path.as_str()) {
            continue;
        }
        for (name, value) in ATTEMPTS {
            let answer = nobody.send(request(&nobody, &verb, &path).header(name, value)).await;
            assert_eq!(
                (answer.status, answer.error().0.as_str()),
                (401, "not_signed_in"),
                "{verb} {path} {name}: {}",
                answer.text
            );
            asked += 1;
        }
    }
    say(&format!("{asked} requests without credentials"));
    app.end().await;
}

/// Arguments for any server function: what they lack is refused as malformed before it matters who asks.
const FIELDS: &str = "id=1&tenant=1&only=sales_order:1&company=1&secret=x&address=x&theme=dark&email=x&password=x\
    &kind=contact&revision=1&form[name]=x&contact=1&other=1&said=none&entry=1&resolved=true";
/// Those of the two that take JSON.
const QUERIES: [(&str, &str); 2] = [
    ("/_ui/documents", r#"{"query": {"sort": "date", "descending": true, "page": 1}}"#),
    ("/_ui/parties", r#"{"query": {"kind": "contact", "by_code": false, "descending": true, "page": 1}}"#),
];

/// A request that fits the route.
fn request(actor: &Actor, verb: &str, path: &str) -> RequestBuilder {
    let json = QUERIES.iter().find(|(takes_json, _)| *takes_json == path).map(|(_, query)| *query);
    let path = filled(path);
    match verb {
        "GET" => actor.request(Method::GET, &format!("{path}?{FIELDS}")),
        _ if json.is_some() => {
            let body = json.unwrap_or_default();
            actor.request(method(verb), &path).header("content-type", "application/json").body(body)
        }
        _ => actor
            .request(method(verb), &path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("{FIELDS}&deed={}", if path == "/_ui/save-connection" { "save" } else { "look" })),
    }
}

async fn every_page_leads_a_stranger_to_the_sign_in(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut nobody = app.anonymous();
    for path in routes::pages() {
        if OPEN_PAGES.contains(&path.as_str()) {
            continue;
        }
        for (name, value) in ATTEMPTS {
            let request = nobody.request(Method::GET, &filled(&path)).header(name, value);
            let answer = nobody.send(request).await;
            assert!(!answer.text.contains("of Lipa"), "{path} {name}");
            if path == HIDDEN_PAGE {
                assert_eq!(answer.status, 404, "{name}");
                continue;
            }
            assert_eq!(answer.status, 302, "{path} {name}");
            assert!(answer.location().starts_with("/sign-in"), "{path} {name}: {}", answer.location());
        }
    }
    app.end().await;
}

async fn every_server_function_that_changes_something_refuses_other_sites(db: TestDb) {
    let app = TestApp::on(&db).await;
    let mut owner = app.owner().await;
    let mut asked = 0;
    for (verb, path) in routes::server_functions() {
        if verb == "GET" {
            continue;
        }
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let answer = owner.send(request(&owner, &verb, &path).header(name, value)).await;
            assert_eq!((answer.status, answer.error().0.as_str()), (403, "forbidden"), "{path} {name}");
            asked += 1;
        }
    }
    assert!(asked > 0);
    say(&format!("{asked} requests from other sites"));
    app.end().await;
}

async fn forbidden(reader: &mut Actor, name: &str, fields: &[(&str, &str)]) {
    let answer = reader.script(name, fields).await;
    assert_eq!((answer.status, answer.error().0.as_str()), (403, "forbidden"), "{name}: {}", answer.text);
}

async fn who_may_only_look_is_offered_and_allowed_nothing_else(db: TestDb) {
    let app = TestApp::on(&db).await;
    app.staff().await.get(&format!("{WAITING}?refresh=true")).await;
    let mut reader = app.read_only().await;
    for page in ["/sales-documents", "/sales-documents/waiting"] {
        let seen = ButtonSeen::on(&reader.page(page).await.text);
        assert!(!seen.enabled && seen.tip.ends_with("Your role can look, not sync"), "{page}: {seen:?}");
        assert_eq!(seen.label, "Sync 30 from Metakocka", "{page}");
    }
    let list = reader.page("/sales-documents/waiting").await.text;
    assert!(list.contains("data-reason=\"new\"") && !list.contains("name=\"keys[]\""), "nothing to tick");
    for deed in ["look", "pull"] {
        forbidden(&mut reader, "sync-from-metakocka", &[("deed", deed), ("kind", "contact")]).await;
    }
    forbidden(&mut reader, "take-from-metakocka", &[("only", "sales_order:1")]).await;
    let connection = [("company", "16"), ("secret", "x"), ("address", app.simulator_url()), ("deed", "save")];
    forbidden(&mut reader, "save-connection", &connection).await;
    for deed in ["save-contact", "save-product", "save-document"] {
        forbidden(&mut reader, deed, &[("form[name]", "x"), ("form[kind]", "order")]).await;
    }
    forbidden(&mut reader, "delete-record", &[("kind", "contact"), ("id", "1"), ("revision", "1")]).await;
    for page in ["/contacts", "/products", "/sales-documents"] {
        assert!(!reader.page(page).await.text.contains(&format!("href=\"{page}/new\"")), "{page}");
    }
    for kind in ["sales-documents", "contacts", "products"] {
        for deed in ["sync", "sync-bulk"] {
            // Nothing but the role matters: neither the body nor the record is looked at first.
            let answer = reader.post(&format!("/api/integrations/metakocka/{kind}/{deed}"), "{").await;
            assert_eq!((answer.status, answer.error().0.as_str()), (403, "forbidden"), "{kind} {deed}");
        }
    }
    let record = [("id", "1"), ("other", "1"), ("kind", "contact")];
    for deed in [
        "settle-unknown",
        "look-at-twin",
        "adopt-twin",
        "send-again",
        "cancel-run",
        "apply-plan",
        "dismiss-alarm",
    ] {
        forbidden(&mut reader, deed, &record).await;
    }
    for page in ["/failures", "/runs", "/log"] {
        assert_eq!(reader.page(page).await.status, 200, "{page}");
    }
    let inbox = "/api/integrations/metakocka";
    for deed in ["unknown/1/settle", "failures/redrive", "runs/1/cancel", "logs/1/resolve"] {
        let answer = reader.post(&format!("{inbox}/{deed}"), "{").await;
        assert_eq!((answer.status, answer.error().0.as_str()), (403, "forbidden"), "{deed}");
    }
    for look in ["unknown", "failures", "runs", "logs", "logs/export"] {
        assert_eq!(reader.get(&format!("{inbox}/{look}")).await.status, 200, "{look}");
    }
    let mut staff = app.staff().await;
    assert!(staff.page("/contacts").await.text.contains("href=\"/contacts/new\""));
    forbidden(&mut staff, "save-connection", &connection).await;
    for answer in [
        reader.post(PULL, "").await,
        reader.post(WAITING, "{").await,
        reader.get(&format!("{WAITING}?refresh=true")).await,
    ] {
        assert_eq!((answer.status, answer.error().0.as_str()), (403, "forbidden"));
    }
    app.end().await;
}

engine::each_engine!(
    nothing_but_a_session_or_a_token_opens_the_api_and_the_server_functions,
    every_page_leads_a_stranger_to_the_sign_in,
    every_server_function_that_changes_something_refuses_other_sites,
    who_may_only_look_is_offered_and_allowed_nothing_else,
);
