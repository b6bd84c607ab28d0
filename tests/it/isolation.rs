//! What belongs to another workspace does not exist: every route with an id, and every other way to name something.

use std::collections::BTreeSet;

use engine::crm::{ContactQuery, ListQuery, ProductQuery};
use engine::test_support::TestDb;
use reqwest::Method;
use serde_json::{Value, json};
use sync_core::record::DocumentType;

use crate::plans::PLANS;
use crate::questions::CONFLICTS;
use crate::support::{Actor, Answer, OTHER, PULL, RUNS, TestApp, WAITING, routes, say, unescaped};

/// An id of the right form that nobody has.
const NOBODYS: &str = "019ab000-0000-7000-8000-000000000000";

/// Routes by which somebody can name something, and how a test names it: `{id}` stands for the id.
const NAMING: [(&str, &str, &str, Named); 59] = [
    ("GET", "/sales-documents/{id}", "/sales-documents/{id}", Named::Document(0)),
    ("GET", "/sales-documents/{id}/edit", "/sales-documents/{id}/edit", Named::Document(0)),
    ("GET", "/sales-documents/new", "/sales-documents/new?contact={id}", Named::Contact(0)),
    ("GET", "/contacts/{id}", "/contacts/{id}", Named::Contact(0)),
    (
        "GET",
        "/sales-documents/{id}/history/{revision}",
        "/sales-documents/{id}/history/1",
        Named::Document(0),
    ),
    ("GET", "/contacts/{id}/history/{revision}", "/contacts/{id}/history/1", Named::Contact(0)),
    ("GET", "/products/{id}/history/{revision}", "/products/{id}/history/1", Named::Product(0)),
    ("GET", "/_ui/past", "/_ui/past?kind=contact&revision=1&id={id}", Named::Contact(0)),
    ("GET", "/_ui/internal-notes", "/_ui/internal-notes?kind=contact&id={id}", Named::Contact(0)),
    ("POST", "/_ui/save-notes", "/_ui/save-notes", Named::Contact(6)),
    ("GET", "/contacts/{id}/erase", "/contacts/{id}/erase", Named::Contact(0)),
    ("GET", "/review/sales-documents/{id}", "/review/sales-documents/{id}", Named::Document(0)),
    ("GET", "/review/contacts/{id}", "/review/contacts/{id}", Named::Contact(0)),
    ("GET", "/review/products/{id}", "/review/products/{id}", Named::Product(0)),
    ("GET", "/products/{id}", "/products/{id}", Named::Product(0)),
    ("GET", "/api/integrations/metakocka/runs/{id}", "/api/integrations/metakocka/runs/{id}", Named::Run),
    (
        "POST",
        "/api/integrations/metakocka/runs/{id}/cancel",
        "/api/integrations/metakocka/runs/{id}/cancel",
        Named::Run,
    ),
    (
        "GET",
        "/api/integrations/metakocka/runs/{id}/events",
        "/api/integrations/metakocka/runs/{id}/events",
        Named::Run,
    ),
    (
        "GET",
        "/api/integrations/metakocka/conflicts/{id}",
        "/api/integrations/metakocka/conflicts/{id}",
        Named::Document(0),
    ),
    ("GET", "/api/sales-documents/{id}", "/api/sales-documents/{id}", Named::Document(0)),
    ("PATCH", "/api/sales-documents/{id}", "/api/sales-documents/{id}", Named::Document(0)),
    ("GET", "/api/sales-documents/{id}/history", "/api/sales-documents/{id}/history", Named::Document(0)),
    ("DELETE", "/api/sales-documents/{id}", "/api/sales-documents/{id}", Named::Document(1)),
    ("GET", "/api/contacts/{id}", "/api/contacts/{id}", Named::Contact(0)),
    ("PATCH", "/api/contacts/{id}", "/api/contacts/{id}", Named::Contact(0)),
    ("GET", "/api/contacts/{id}/history", "/api/contacts/{id}/history", Named::Contact(0)),
    ("DELETE", "/api/contacts/{id}", "/api/contacts/{id}", Named::Contact(1)),
    ("GET", "/api/products/{id}", "/api/products/{id}", Named::Product(0)),
    ("PATCH", "/api/products/{id}", "/api/products/{id}", Named::Product(0)),
    ("GET", "/api/products/{id}/history", "/api/products/{id}/history", Named::Product(0)),
    ("DELETE", "/api/products/{id}", "/api/products/{id}", Named::Product(1)),
    (
        "GET",
        "/api/integrations/metakocka/matches/{kind}/{id}",
        "/api/integrations/metakocka/matches/contacts/{id}",
        Named::Contact(0),
    ),
    ("GET", "/review/match/{kind}/{id}", "/review/match/contacts/{id}", Named::Contact(0)),
    ("GET", "/_ui/match-question", "/_ui/match-question?kind=contact&id={id}", Named::Contact(0)),
    ("GET", "/_ui/document", "/_ui/document?id={id}", Named::Document(0)),
    ("GET", "/_ui/document-form", "/_ui/document-form?id={id}", Named::Document(0)),
    ("GET", "/_ui/new-document-form", "/_ui/new-document-form?contact={id}", Named::Contact(0)),
    ("GET", "/_ui/erasing", "/_ui/erasing?id={id}", Named::Contact(0)),
    ("GET", "/_ui/contact", "/_ui/contact?id={id}", Named::Contact(0)),
    ("GET", "/_ui/product", "/_ui/product?id={id}", Named::Product(0)),
    ("GET", "/_ui/history", "/_ui/history?kind=contact&id={id}", Named::Contact(0)),
    ("GET", "/_ui/review-question", "/_ui/review-question?kind=contact&id={id}", Named::Contact(0)),
    ("GET", "/_ui/run", "/_ui/run?id={id}", Named::Run),
    ("GET", "/_ui/run-detail", "/_ui/run-detail?id={id}", Named::Run),
    ("POST", "/_ui/cancel-run", "/_ui/cancel-run", Named::Run),
    ("GET", "/runs/{id}", "/runs/{id}", Named::Run),
    ("GET", "/plans/{id}", "/plans/{id}", Named::Plan),
    ("GET", "/_ui/plan", "/_ui/plan?id={id}", Named::Plan),
    ("POST", "/_ui/apply-plan", "/_ui/apply-plan", Named::Plan),
    ("GET", "/api/integrations/metakocka/plans/{id}", "/api/integrations/metakocka/plans/{id}", Named::Plan),
    (
        "POST",
        "/api/integrations/metakocka/plans/{id}/apply",
        "/api/integrations/metakocka/plans/{id}/apply",
        Named::Plan,
    ),
    ("POST", "/_ui/save-document", "/_ui/save-document", Named::Document(2)),
    ("POST", "/_ui/save-contact", "/_ui/save-contact", Named::Contact(2)),
    ("POST", "/_ui/save-product", "/_ui/save-product", Named::Product(2)),
    ("POST", "/_ui/push-record", "/_ui/push-record", Named::Contact(0)),
    ("POST", "/_ui/delete-record", "/_ui/delete-record", Named::Contact(3)),
    ("POST", "/_ui/choose-workspace", "/_ui/choose-workspace", Named::Workspace),
    // Erasing takes the plans along.
    ("POST", "/_ui/erase-contact", "/_ui/erase-contact", Named::Contact(4)),
    ("POST", "/api/contacts/{id}/erase", "/api/contacts/{id}/erase", Named::Contact(5)),
];
/// Those that name records of Metakocka, a place in a list, or records in a body or a list of ids; they have tests of
/// their own below.
const FOREIGN_KEYS: [&str; 38] = [
    "/_ui/make-plan",
    PLANS,
    "/review/unknown/{intent}",
    "/review/duplicate/{kind}/{id}",
    "/_ui/unknown-write",
    "/_ui/settle-unknown",
    "/_ui/twins",
    "/_ui/look-at-twin",
    "/_ui/adopt-twin",
    "/_ui/send-again",
    "/_ui/alarms",
    "/_ui/dismiss-alarm",
    "/_ui/answer-question",
    CONFLICTS,
    "/api/integrations/metakocka/conflicts/{id}/resolve",
    RUNS,
    WAITING,
    PULL,
    "/api/integrations/metakocka/sales-documents/sync",
    "/api/integrations/metakocka/sales-documents/sync-bulk",
    "/api/integrations/metakocka/contacts/sync",
    "/api/integrations/metakocka/contacts/sync-bulk",
    "/api/integrations/metakocka/contacts/sync-from-metakocka",
    "/api/integrations/metakocka/contacts/sync-all-from-metakocka",
    "/api/integrations/metakocka/products/sync",
    "/api/integrations/metakocka/products/sync-bulk",
    "/api/integrations/metakocka/products/sync-from-metakocka",
    "/api/integrations/metakocka/products/sync-all-from-metakocka",
    "/_ui/waiting",
    "/_ui/take-from-metakocka",
    "/api/events",
    "/api/integrations/metakocka/failures/redrive",
    "/api/integrations/metakocka/unknown/{id}/settle",
    "/api/sales-documents",
    "/api/contacts/{id}/merge",
    "/_ui/answer-match",
    "/_ui/resolve-log-line",
    "/api/integrations/metakocka/logs/{entry}/resolve",
];
/// Those that name nothing.
const NAMELESS: [&str; 48] = [
    "/log",
    "/_ui/log",
    "/api/integrations/metakocka/logs",
    "/api/integrations/metakocka/logs/export",
    "/plans/new",
    "/failures",
    "/runs",
    "/_ui/failures",
    "/_ui/runs",
    "/api/integrations/metakocka/failures",
    "/api/integrations/metakocka/unknown",
    "/review",
    "/_ui/review",
    "/_ui/review-count",
    "/contacts/send",
    "/products/send",
    "/sales-documents/send",
    "/_ui/push-button",
    "/_ui/push-preview",
    "/_ui/push-all",
    "/",
    "/contacts",
    "/contacts/new",
    "/products",
    "/products/new",
    "/api/contacts",
    "/api/products",
    "/_ui/parties",
    "/sign-in",
    "/sales-documents",
    "/sales-documents/waiting",
    "/settings/metakocka",
    "/styleguide",
    "/_ui/sign-in",
    "/_ui/sign-out",
    "/_ui/me",
    "/_ui/set-theme",
    "/_ui/documents",
    "/_ui/sync-button",
    "/_ui/sync-from-metakocka",
    "/_ui/connection",
    "/settings/metakocka/matching",
    "/api/integrations/metakocka/matching",
    "/api/integrations/metakocka/matching/confirm",
    "/api/integrations/metakocka/matches",
    "/_ui/matching",
    "/_ui/look-to-match",
    "/_ui/confirm-matching",
];
/// Changes the connection of the own workspace, whatever that is.
const OWN: [&str; 3] = [
    "/_ui/save-connection",
    "/api/integrations/metakocka/credentials",
    "/api/integrations/metakocka/test-connection",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Document(usize),
    Contact(usize),
    Product(usize),
    Run,
    Plan,
    Workspace,
}

/// What a workspace has.
struct Has {
    /// Orders.
    documents: Vec<String>,
    contacts: Vec<String>,
    products: Vec<String>,
    run: String,
    /// In which nothing is to be done.
    plan: String,
    workspace: String,
}

impl Has {
    fn id(&self, named: Named) -> &str {
        match named {
            Named::Document(at) => &self.documents[at],
            Named::Contact(at) => &self.contacts[at],
            Named::Product(at) => &self.products[at],
            Named::Run => &self.run,
            Named::Plan => &self.plan,
            Named::Workspace => &self.workspace,
        }
    }
}

#[test]
fn it_is_known_of_every_route_what_can_be_named_there() {
    let pages = routes::pages().into_iter();
    let all: BTreeSet<String> = pages
        .chain(routes::api().into_iter().chain(routes::server_functions()).map(|(_, path)| path))
        .collect();
    let known: BTreeSet<String> = (NAMING.iter().map(|(_, route, ..)| *route))
        .chain(FOREIGN_KEYS)
        .chain(NAMELESS)
        .chain(OWN)
        .map(ToOwned::to_owned)
        .collect();
    assert_eq!(all, known, "a new route needs its place in one of the lists of this file");
    let with_ids = NAMING.len() + FOREIGN_KEYS.len();
    say(&format!("{with_ids} of {} routes name something", all.len()));
}

/// Both workspaces connected, each with documents of its own.
async fn two_workspaces(app: &TestApp) -> ((Actor, Has), (Actor, Has)) {
    app.connect_other(20).await;
    let (mut ours, mut theirs) = (app.owner().await, app.other_tenant().await);
    let (us, them) = (taken(app, &mut ours, "Lipa").await, taken(app, &mut theirs, "Javor").await);
    ((ours, us), (theirs, them))
}

async fn taken(app: &TestApp, actor: &mut Actor, workspace: &str) -> Has {
    let run = actor.post(PULL, "").await.json()["runId"].as_str().unwrap().to_owned();
    let scope = app.engine.scope_for_operator(workspace, None).await.unwrap();
    let orders = ListQuery { doc_type: Some(DocumentType::Order), ..ListQuery::default() };
    let documents = app.engine.sales_documents(&scope, &orders).await.unwrap().rows;
    let contacts = app.engine.contacts(&scope, &ContactQuery::default()).await.unwrap().rows;
    let products = app.engine.products(&scope, &ProductQuery::default()).await.unwrap().rows;
    let wish = json!({"kind": "sales_document", "direction": "to-mk", "ids": [documents[0].id]});
    let plan = actor.post(PLANS, &wish.to_string()).await.json()["planId"].as_str().unwrap().to_owned();
    Has {
        plan,
        documents: documents.into_iter().map(|row| row.id).collect(),
        contacts: contacts.into_iter().map(|row| row.id).collect(),
        products: products.into_iter().map(|row| row.id).collect(),
        run,
        workspace: scope.tenant().to_owned(),
    }
}

async fn ask(actor: &mut Actor, (verb, path, named): (&str, &str, Named), id: &str) -> Answer {
    let request = actor.request(verb.parse::<Method>().unwrap(), &path.replace("{id}", id));
    let request = request.header("sec-fetch-site", "same-origin");
    // What was taken has its first revision.
    let request = match (verb, named) {
        ("POST", _) => {
            let fields = format!(
                "tenant={id}&id={id}&kind=contact&revision=1&understood=true&notes=Opomba&form[name]=Hribar&form[code]=X-1&form[date]=2026-11-24"
            );
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            request.header("if-match", "\"1\"").body(fields)
        }
        ("PATCH" | "DELETE", _) => {
            request.header("content-type", "application/json").header("if-match", "\"1\"").body("{}")
        }
        _ => request,
    };
    actor.send(request).await
}

/// The text of an answer without what differs from answer to answer: the id asked for, nonces, references,
/// and the order of classes.
fn comparable(answer: &Answer, id: &str) -> String {
    let text = answer.text.replace(id, "ID");
    if let Ok(mut body) = serde_json::from_str::<Value>(&text) {
        assert!(body["reference"].as_str().is_some_and(|reference| !reference.is_empty()), "{text}");
        body["reference"] = Value::Null;
        return body.to_string();
    }
    let policy = answer.header("content-security-policy");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    let text = text.replace(nonce, "NONCE");
    cut(&unescaped(&with_sorted_classes(&text)), "\\\"reference\\\":\\\"", '\\')
}

/// The page with the classes of each element in one order: the component library writes them in any.
fn with_sorted_classes(html: &str) -> String {
    let mut parts = html.split("class=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |page, part| {
        let (classes, rest) = part.split_once('"').unwrap();
        let classes: BTreeSet<&str> = classes.split_whitespace().collect();
        format!("{page}class=\"{}\"{rest}", classes.into_iter().collect::<Vec<_>>().join(" "))
    })
}

/// Fails with the place where two long texts begin to differ.
fn equal(what: &str, one: &str, other: &str) {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| {
        String::from_utf8_lossy(&text.as_bytes()[same.saturating_sub(80)..])
            .chars()
            .take(200)
            .collect::<String>()
    };
    assert!(one == other, "{what} differs at {same}:\n{}\n{}", around(one), around(other));
}

/// The text without what stands between each `begin` and the next `end`.
fn cut(text: &str, begin: &str, end: char) -> String {
    let mut parts = text.split(begin);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| kept + begin + &part[part.find(end).unwrap_or(part.len())..])
}

async fn every_route_with_an_id_hides_what_belongs_to_another_workspace(db: TestDb) {
    let app = TestApp::on(&db).await;
    let ((mut ours, us), (_, them)) = two_workspaces(&app).await;
    for (verb, route, path, named) in NAMING {
        let how = (verb, path, named);
        let (theirs, missing) = (them.id(named), NOBODYS);
        let foreign = ask(&mut ours, how, theirs).await;
        let absent = ask(&mut ours, how, missing).await;
        assert_eq!((foreign.status, absent.status), (404, 404), "{route}: {} {}", foreign.text, absent.text);
        equal(route, &comparable(&foreign, theirs), &comparable(&absent, missing));
        assert_eq!(foreign.header("content-type"), absent.header("content-type"));
        let own = ask(&mut ours, how, us.id(named)).await;
        assert_eq!(own.status, 200, "{route}: {}", own.text);
    }
    say(&format!(
        "{} routes with an id, {} other routes that name something",
        NAMING.len(),
        FOREIGN_KEYS.len()
    ));
    app.end().await;
}

async fn a_run_over_foreign_keys_finds_nothing_and_tells_nothing(db: TestDb) {
    let app = TestApp::on(&db).await;
    app.connect_other(60).await;
    let mut theirs = app.other_tenant().await;
    theirs.get(&format!("{WAITING}?refresh=true")).await;
    let mut ours = app.owner().await;
    ours.get(&format!("{WAITING}?refresh=true")).await;
    let truth = |company: &str| app.simulator(|simulator| simulator.documents(company).unwrap());
    let own: BTreeSet<String> = truth("16").into_iter().map(|document| document.id).collect();
    let foreign = truth(OTHER).into_iter().find(|document| !own.contains(&document.id)).unwrap();
    let mut bodies = Vec::new();
    for id in [foreign.id.as_str(), "987654321"] {
        let answer = ours.post(PULL, &json!({"metakockaIds": [id]}).to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let mut body = answer.json();
        assert_eq!((&body["total"], &body["failed"]), (&json!(1), &json!(1)), "{body}");
        body["runId"] = Value::Null;
        bodies.push(body.to_string().replace(id, "ID"));
        let key = format!("{}:{id}", foreign.doc_type.name());
        let by_script = ours.script("take-from-metakocka", &[("only", &key)]).await;
        assert_eq!(by_script.status, 200, "{}", by_script.text);
        let run = by_script.json()["run"].as_str().unwrap().to_owned();
        let scope = app.engine.scope_for_operator("Lipa", None).await.unwrap();
        let run = app.engine.wait_for_run(&scope, &run, std::time::Duration::from_secs(10)).await.unwrap();
        assert_eq!((run.total, run.failed, run.created), (1, 1, 0));
    }
    assert_eq!(bodies[0], bodies[1]);
    let left = theirs.get(WAITING).await.json();
    assert_eq!(left["total"], 60, "nothing of theirs was taken");
    app.end().await;
}

async fn a_cursor_of_another_workspace_shows_only_the_own_list(db: TestDb) {
    let app = TestApp::on(&db).await;
    app.connect_other(20).await;
    let (mut ours, mut theirs) = (app.owner().await, app.other_tenant().await);
    ours.get(&format!("{WAITING}?refresh=true")).await;
    let page = theirs.get(&format!("{WAITING}?refresh=true&limit=1")).await.json();
    let cursor = page["nextCursor"].as_str().unwrap().to_owned();
    let own: BTreeSet<String> = {
        let truth = app.simulator(|simulator| simulator.documents("16").unwrap());
        truth.into_iter().map(|document| document.number).collect()
    };
    let list = ours.get(&format!("{WAITING}?limit=200&cursor={cursor}")).await.json();
    let rows = list["documents"].as_array().unwrap();
    assert!(rows.iter().all(|row| own.contains(row["number"].as_str().unwrap())), "{list}");
    let by_script = ours.get(&format!("/_ui/waiting?after={cursor}")).await;
    assert_eq!(by_script.status, 200, "{}", by_script.text);
    assert_eq!(by_script.json()["total"], 30, "{}", by_script.text);
    app.end().await;
}

/// Endpoints 1 to 3 of each kind with the field that names a record.
const SENDING: [(&str, &str, Named); 3] = [
    ("sales-documents", "documentId", Named::Document(0)),
    ("contacts", "contactId", Named::Contact(0)),
    ("products", "productId", Named::Product(0)),
];

async fn the_runs_of_another_workspace_are_in_no_list(db: TestDb) {
    let app = TestApp::on(&db).await;
    let ((mut ours, us), (_, them)) = two_workspaces(&app).await;
    let every = ours.get(&format!("{RUNS}?limit=200")).await.json();
    let ids: Vec<&Value> = every["runs"].as_array().unwrap().iter().map(|run| &run["id"]).collect();
    assert!(ids.contains(&&json!(us.run)) && !ids.contains(&&json!(them.run)), "{every}");
    // A place in the list of another workspace is a place in the own list: theirs is the later one.
    let after = ours.get(&format!("{RUNS}?cursor={}", them.run)).await.json();
    assert_eq!(after["runs"][0]["id"], json!(us.run), "{after}");
    app.end().await;
}

async fn what_is_to_be_sent_or_told_is_looked_for_in_the_own_workspace(db: TestDb) {
    let app = TestApp::on(&db).await;
    let ((mut ours, us), (_, them)) = two_workspaces(&app).await;
    for (kind, field, named) in SENDING {
        let path = format!("/api/integrations/metakocka/{kind}/sync");
        let mut told = Vec::new();
        for id in [them.id(named), NOBODYS] {
            let pushed = ours.post(&path, &json!({field: id}).to_string()).await;
            let shown = ours.get(&format!("{path}?{field}={id}")).await;
            assert_eq!((pushed.status, shown.status), (404, 404), "{path}: {} {}", pushed.text, shown.text);
            let bulk =
                ours.post(&format!("{path}-bulk"), &json!({format!("{field}s"): [id]}).to_string()).await;
            let mut bulk = bulk.json();
            assert_eq!((&bulk["total"], &bulk["failed"]), (&json!(1), &json!(1)), "{bulk}");
            bulk["runId"] = Value::Null;
            let several = ours.get(&format!("{path}?{field}s={id}")).await.json();
            assert_eq!(several, json!({"statuses": [], "missing": [id]}));
            let comparables = [comparable(&pushed, id), comparable(&shown, id), bulk.to_string()];
            told.push(comparables.map(|text| text.replace(id, "ID")));
        }
        equal(&path, &told[0].concat(), &told[1].concat());
        let own = ours.get(&format!("{path}?{field}={}", us.id(named))).await;
        assert_eq!(own.status, 200, "{path}: {}", own.text);
    }
    app.end().await;
}

async fn what_a_body_or_a_filter_names_is_looked_for_in_the_own_workspace(db: TestDb) {
    let app = TestApp::on(&db).await;
    let ((mut ours, us), (mut theirs, them)) = two_workspaces(&app).await;
    for id in [them.id(Named::Contact(0)), NOBODYS] {
        let list = ours.get(&format!("/api/sales-documents?contactId={id}")).await.json();
        assert_eq!(list["documents"], json!([]));
        let body = json!({"type": "order", "contactId": id}).to_string();
        let refused = ours.post("/api/sales-documents", &body).await;
        assert_eq!((refused.status, refused.json()["errors"][0]["field"].as_str()), (422, Some("contactId")));
    }
    let merge = |keep: &str| format!("/api/contacts/{keep}/merge");
    let mut answers = Vec::new();
    for (keep, other) in [
        (us.id(Named::Contact(0)), them.id(Named::Contact(0))),
        (them.id(Named::Contact(0)), us.id(Named::Contact(0))),
        (us.id(Named::Contact(0)), NOBODYS),
        (NOBODYS, us.id(Named::Contact(0))),
    ] {
        let body = json!({"contactId": other, "revision": 1}).to_string();
        let request = ours.request(Method::POST, &merge(keep)).header("sec-fetch-site", "same-origin");
        let request = request.header("if-match", "1").header("content-type", "application/json").body(body);
        let answer = ours.send(request).await;
        assert_eq!(answer.status, 404, "{}", answer.text);
        answers.push(comparable(&answer, other));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    for (actor, has) in [(&mut ours, &us), (&mut theirs, &them)] {
        let contact = actor.get(&format!("/api/contacts/{}", has.id(Named::Contact(0)))).await.json();
        assert_eq!(contact["revision"], 1);
    }
    app.end().await;
}

/// A plan names records in its body: those of others are none, and so is another plan that one is to be like.
async fn a_plan_knows_only_the_records_of_its_own_workspace(db: TestDb) {
    let app = TestApp::on(&db).await;
    let ((mut ours, us), (_, them)) = two_workspaces(&app).await;
    let mut told = Vec::new();
    for id in [them.id(Named::Document(0)), NOBODYS] {
        let wish = json!({"kind": "sales_document", "direction": "to-mk", "ids": [id]});
        let mut plan = ours.post(PLANS, &wish.to_string()).await.json();
        assert_eq!((&plan["total"], &plan["active"]), (&json!(1), &json!(0)), "{plan}");
        for field in ["planId", "hash", "madeAt"] {
            plan[field] = Value::Null;
        }
        told.push(plan.to_string().replace(id, "ID"));
    }
    assert_eq!(told[0], told[1]);
    for (like, status) in [(them.id(Named::Plan), 404), (NOBODYS, 404), (us.id(Named::Plan), 200)] {
        let again = ours.script("make-plan", &[("kind", "contact"), ("like", like)]).await;
        assert_eq!(again.status, status, "{}", again.text);
    }
    app.end().await;
}

engine::each_engine!(
    a_plan_knows_only_the_records_of_its_own_workspace,
    the_runs_of_another_workspace_are_in_no_list,
    what_is_to_be_sent_or_told_is_looked_for_in_the_own_workspace,
    what_a_body_or_a_filter_names_is_looked_for_in_the_own_workspace,
    every_route_with_an_id_hides_what_belongs_to_another_workspace,
    a_run_over_foreign_keys_finds_nothing_and_tells_nothing,
    a_cursor_of_another_workspace_shows_only_the_own_list,
);
