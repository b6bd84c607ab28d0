//! Every route of the application, from the tables that the application itself is made of.

use std::collections::BTreeSet;

use crm_mind::app::App;
use crm_mind::rest;

/// A method and a path; an id in it is written `{id}`.
pub(crate) type Route = (String, String);

/// Every page.
pub(crate) fn pages() -> BTreeSet<String> {
    leptos_axum::generate_route_list(App).iter().map(|page| page.path().to_owned()).collect()
}

/// Every server function.
pub(crate) fn server_functions() -> BTreeSet<Route> {
    let paths = server_fn::axum::server_fn_paths();
    paths.map(|(path, method)| (method.to_string(), path.to_owned())).collect()
}

/// Every address of the JSON API.
pub(crate) fn api() -> BTreeSet<Route> {
    let table = rest::table().into_iter();
    let mut routes: BTreeSet<Route> =
        table.map(|(path, method, _)| (method.to_string(), format!("/api{path}"))).collect();
    routes.insert(("GET".to_owned(), "/api/events".to_owned()));
    routes.insert(("GET".to_owned(), "/api/integrations/metakocka/runs/{id}/events".to_owned()));
    routes
}
