//! Who may import whom inside the application and inside the engine (design §3). The walls between crates are
//! cargo's; here stand those between the modules of one crate.

use crate::paths::{NamedPath, named_paths};
use crate::tree::{Tree, Violation};

/// Modules of the application with what of the same crate they may name: rooms, or single modules of a room. A
/// module that is not listed here, like `server`, may name all. `rest` shares with the pages the one public
/// error, and gets from `server` what a handler is handed: the state, who calls, the body, a refusal.
const APPLICATION: [(&str, &[&str]); 6] = [
    ("pages", &["pages", "components", "api", "model", "i18n"]),
    ("components", &["components", "model", "i18n"]),
    ("api", &["api", "model", "i18n"]),
    ("model", &["model", "i18n"]),
    ("i18n", &["i18n", "api::context"]),
    (
        "rest",
        &[
            "rest",
            "api::context",
            "api::error",
            "server::body",
            "server::identity",
            "server::refusal",
            "server::state",
        ],
    ),
];

/// What the callers of the engine may name of it: the use cases, the handle they hang on, and how they fail.
/// Everything else is assembly and belongs to `server`.
const USE_CASES: [&str; 6] = ["access", "sync", "crm", "Engine", "EngineError", "error"];

/// Modules of the application with the modules of the engine they may name.
const ENGINE_FROM_APPLICATION: [(&str, &[&str]); 5] =
    [("pages", &[]), ("components", &[]), ("model", &[]), ("api", &USE_CASES), ("rest", &USE_CASES)];

/// Rooms of the engine with the rooms they may not name.
const ENGINE: [(&str, &[&str]); 4] =
    [("sync", &["crm"]), ("crm", &["sync"]), ("access", &["sync", "crm"]), ("store", &["sync", "crm"])];

/// The one name of `access` that `store` may use.
const SCOPE: [&str; 3] = ["crate", "access", "TenantScope"];

/// The names of `sync` that `crm` may use: an edit is planned in its own transaction, and says what blocks sending and
/// what becomes of the links of a contact that is merged (docs/adr/0002).
const AFTER_EDIT: [[&str; 3]; 4] = [
    ["crate", "sync", "after_edit"],
    ["crate", "sync", "Edited"],
    ["crate", "sync", "what_blocks"],
    ["crate", "sync", "alias"],
];

/// Only the components name the component library.
const COMPONENT_LIBRARY: &str = "thaw";

/// What the engine must do without.
const NO_FACE: [&str; 6] = ["leptos", "leptos_axum", "leptos_meta", "leptos_router", "axum", "thaw"];

fn violations(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, source) in tree.rust("src/") {
        let inside = &path["src/".len()..];
        for named in named_paths(inside, source) {
            found.extend(in_application(room_of(inside), &named).map(|sentence| at(path, &named, &sentence)));
        }
    }
    for (path, source) in tree.rust("crates/engine/src/") {
        let inside = &path["crates/engine/src/".len()..];
        for named in named_paths(inside, source) {
            found.extend(in_engine(room_of(inside), &named).map(|sentence| at(path, &named, &sentence)));
        }
    }
    found
}

fn at(path: &str, named: &NamedPath, sentence: &str) -> Violation {
    Violation::new(path, named.line, format!("{sentence} (`{}`)", named.segments.join("::")))
}

/// The top module a file belongs to.
fn room_of(inside: &str) -> &str {
    inside.split(['/', '.']).next().unwrap_or(inside)
}

fn in_application(room: &str, named: &NamedPath) -> Option<String> {
    let all: Vec<&str> = APPLICATION.iter().map(|(name, _)| *name).chain(["server", "app", "demo"]).collect();
    if let Some((_, allowed)) = APPLICATION.iter().find(|(name, _)| *name == room)
        && let Some(target) = named.room()
        && all.contains(&target)
        && !allowed.iter().any(|allowed| is_within(named, allowed))
    {
        return Some(format!("{room} may not name {target}"));
    }
    if let Some((_, allowed)) = ENGINE_FROM_APPLICATION.iter().find(|(name, _)| *name == room)
        && named.root() == "engine"
        && named.segments.len() > 1
        && !named.segments.get(1).is_some_and(|target| allowed.contains(&target.as_str()))
    {
        return Some(format!("{room} may name of the engine only {allowed:?}"));
    }
    (named.root() == COMPONENT_LIBRARY && room != "components")
        .then(|| format!("only components name {COMPONENT_LIBRARY}"))
}

/// Whether a path lies in `room` or `room::module`.
fn is_within(named: &NamedPath, allowed: &str) -> bool {
    let mut segments = named.segments.iter().skip(1);
    allowed.split("::").all(|wanted| segments.next().is_some_and(|segment| segment == wanted))
}

fn in_engine(room: &str, named: &NamedPath) -> Option<String> {
    if NO_FACE.contains(&named.root()) && named.segments.len() > 1 {
        return Some(format!("the engine has no face and may not name {}", named.root()));
    }
    let target = named.room()?;
    let (_, forbidden) = ENGINE.iter().find(|(name, _)| *name == room)?;
    let is_named = |name: &[&str; 3]| named.segments.starts_with(&name.map(str::to_owned));
    let planned_at_once = room == "crm" && AFTER_EDIT.iter().any(is_named);
    if forbidden.contains(&target) && !planned_at_once {
        return Some(format!("{room} may not name {target}"));
    }
    (room == "store" && target == "access" && !named.segments.starts_with(&SCOPE.map(str::to_owned)))
        .then(|| "store may name of access only TenantScope".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_found_in, assert_none};

    #[test]
    fn the_repository_keeps_the_arrows() {
        assert_none(&violations(&Tree::of_the_repository()));
    }

    #[test]
    fn planted_arrows_inside_the_application_are_found() {
        let tree = Tree::planted(&[
            ("src/api/documents.rs", "use crate::pages::documents::Row;"),
            ("src/api/links.rs", "fn f() { engine::store::links::all(); }"),
            ("src/components/badge.rs", "use crate::api::Document;"),
            ("src/components/button.rs", "use thaw::Button;"),
            ("src/pages/documents.rs", "use crate::{components::Table, server::State};"),
            ("src/pages/list.rs", "use thaw::Button;"),
            ("src/pages/run.rs", "use engine::sync::Run;"),
            ("src/rest/documents.rs", "use super::super::api::{Document, error::ApiError};"),
            ("src/rest/runs.rs", "use crate::server::state::State;"),
            ("src/server/state.rs", "use crate::{api, pages, rest}; use engine::store::Pool;"),
        ]);
        assert_found_in(
            &violations(&tree),
            &[
                "src/api/documents.rs",
                "src/api/links.rs",
                "src/components/badge.rs",
                "src/pages/documents.rs",
                "src/pages/list.rs",
                "src/pages/run.rs",
                "src/rest/documents.rs",
            ],
        );
    }

    #[test]
    fn planted_arrows_inside_the_engine_are_found() {
        let tree = Tree::planted(&[
            ("crates/engine/src/access/roles.rs", "use crate::sync::service::Service;"),
            ("crates/engine/src/crm/view.rs", "use leptos::prelude::*;"),
            ("crates/engine/src/store/links.rs", "use crate::access::TenantScope;"),
            ("crates/engine/src/store/people.rs", "use crate::access::{Role, TenantScope};"),
            ("crates/engine/src/store/runs.rs", "use super::super::sync::Run;"),
            ("crates/engine/src/sync/pull.rs", "use crate::{access::TenantScope, store::links};"),
        ]);
        assert_found_in(
            &violations(&tree),
            &[
                "crates/engine/src/access/roles.rs",
                "crates/engine/src/crm/view.rs",
                "crates/engine/src/store/people.rs",
                "crates/engine/src/store/runs.rs",
            ],
        );
    }
}
