//! The document around every page, and the table of routes.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::components::{Toast, Toaster, Toasts};
use crate::i18n::{chosen, language, td_string};
use crate::pages::{
    ConnectionPage, ContactPage, ContactsPage, DocumentPage, DocumentsPage, DuplicatePage, EditDocumentPage,
    EraseContactPage, FailuresPage, Flash, LogPage, MatchQuestionPage, MatchingPage, NewContactPage,
    NewDocumentPage, NewPlanPage, NewProductPage, NotFoundPage, PastContactPage, PastDocumentPage,
    PastProductPage, PlanPage, ProductPage, ProductsPage, ReviewContactPage, ReviewDocumentPage, ReviewPage,
    ReviewProductPage, RunPage, RunsPage, SendContactsPage, SendDocumentsPage, SendProductsPage, SignInPage,
    SignedIn, StyleguidePage, UnknownPage, WaitingPage,
};

/// The document around every page; only the server draws it.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    use leptos_meta::MetaTags;

    use crate::api::preferences::theme_of_request;
    use crate::components::theme::thaw_styles;
    use crate::model::ThemeChoice;

    let theme = theme_of_request();
    let blocks = thaw_styles()
        .iter()
        .map(|(id, style)| view! { <style id=id.as_str() inner_html=style.as_str()></style> });
    let style_sheet = format!("/{}/{}.css", options.site_pkg_dir, options.output_name);
    view! {
        <!DOCTYPE html>
        <html
            lang=leptos_i18n::Locale::as_str(chosen())
            data-theme=(theme != ThemeChoice::System).then_some(theme.as_str())
        >
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                {blocks.collect_view()}
                <meta name="thaw-ui-style" />
                <link rel="stylesheet" href=style_sheet />
                <link rel="icon" type="image/svg+xml" href="/icon.svg" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The application. Every route is rendered whole on the server.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(chosen());
    let flash = Flash::of_request();
    provide_context(flash);
    let toaster = Toaster::default();
    if let Some(notice) = flash.notice() {
        toaster.show(Toast::from(notice));
    }
    provide_context(toaster);
    let name = td_string!(language(), app);
    view! {
        <Title formatter=move |page: String| {
            if page.is_empty() { name.to_owned() } else { format!("{page} · {name}") }
        } />
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=SignedIn ssr=SsrMode::Async>
                    <Route path=path!("/") view=First ssr=SsrMode::Async />
                    <Route path=path!("/sales-documents") view=DocumentsPage ssr=SsrMode::Async />
                    <Route path=path!("/sales-documents/waiting") view=WaitingPage ssr=SsrMode::Async />
                    <Route path=path!("/sales-documents/send") view=SendDocumentsPage ssr=SsrMode::Async />
                    <Route path=path!("/sales-documents/new") view=NewDocumentPage ssr=SsrMode::Async />
                    <Route path=path!("/sales-documents/:id") view=DocumentPage ssr=SsrMode::Async />
                    <Route path=path!("/sales-documents/:id/edit") view=EditDocumentPage ssr=SsrMode::Async />
                    <Route path=path!("/sales-documents/:id/history/:revision") view=PastDocumentPage ssr=SsrMode::Async />
                    <Route path=path!("/contacts") view=ContactsPage ssr=SsrMode::Async />
                    <Route path=path!("/contacts/send") view=SendContactsPage ssr=SsrMode::Async />
                    <Route path=path!("/contacts/new") view=NewContactPage ssr=SsrMode::Async />
                    <Route path=path!("/contacts/:id") view=ContactPage ssr=SsrMode::Async />
                    <Route path=path!("/contacts/:id/erase") view=EraseContactPage ssr=SsrMode::Async />
                    <Route path=path!("/contacts/:id/history/:revision") view=PastContactPage ssr=SsrMode::Async />
                    <Route path=path!("/products") view=ProductsPage ssr=SsrMode::Async />
                    <Route path=path!("/products/send") view=SendProductsPage ssr=SsrMode::Async />
                    <Route path=path!("/products/new") view=NewProductPage ssr=SsrMode::Async />
                    <Route path=path!("/products/:id") view=ProductPage ssr=SsrMode::Async />
                    <Route path=path!("/products/:id/history/:revision") view=PastProductPage ssr=SsrMode::Async />
                    <Route path=path!("/review/unknown/:intent") view=UnknownPage ssr=SsrMode::Async />
                    <Route path=path!("/review/duplicate/:kind/:id") view=DuplicatePage ssr=SsrMode::Async />
                    <Route path=path!("/failures") view=FailuresPage ssr=SsrMode::Async />
                    <Route path=path!("/log") view=LogPage ssr=SsrMode::Async />
                    <Route path=path!("/runs") view=RunsPage ssr=SsrMode::Async />
                    <Route path=path!("/runs/:id") view=RunPage ssr=SsrMode::Async />
                    <Route path=path!("/plans/new") view=NewPlanPage ssr=SsrMode::Async />
                    <Route path=path!("/plans/:id") view=PlanPage ssr=SsrMode::Async />
                    <Route path=path!("/review") view=ReviewPage ssr=SsrMode::Async />
                    <Route path=path!("/review/sales-documents/:id") view=ReviewDocumentPage ssr=SsrMode::Async />
                    <Route path=path!("/review/contacts/:id") view=ReviewContactPage ssr=SsrMode::Async />
                    <Route path=path!("/review/products/:id") view=ReviewProductPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/metakocka") view=ConnectionPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/metakocka/matching") view=MatchingPage ssr=SsrMode::Async />
                    <Route path=path!("/review/match/:kind/:id") view=MatchQuestionPage ssr=SsrMode::Async />
                    <Route path=path!("/styleguide") view=StyleguidePage ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
        <Toasts />
    }
}

/// The bare address leads to the sales documents.
#[component]
fn First() -> impl IntoView {
    view! { <Redirect path="/sales-documents" /> }
}
