//! What every form of a page has in common: where it goes back to, why it was refused, and what happens when it worked.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use server_fn::ServerFn;

use super::flash::Flash;
use crate::api::error::{ApiError, ErrorCode};
use crate::api::flash::{BACK, Done, FormFlash};
use crate::components::{Banner, IconName, Toast, Toaster};
use crate::i18n::{language, td_string};
use crate::model::Tone;

/// A form's action and what it came to, with a script or without.
#[derive(Clone)]
pub(super) struct Form<Input>
where
    Input: ServerFn + Clone + Send + Sync + 'static,
{
    /// To be given to an `ActionForm`.
    pub action: ServerAction<Input>,
    /// Why it was refused.
    pub error: Signal<Option<ApiError>>,
    /// What was typed before, when a plain form was refused.
    pub typed: FormFlash,
}

/// The form of a server function that answers [`Done`]. `endpoint` is the function's name in its URL.
pub(super) fn use_form<Input>(endpoint: &str) -> Form<Input>
where
    Input: ServerFn<Output = Done, Error = ApiError> + Clone + Send + Sync + 'static,
{
    let action = ServerAction::<Input>::new();
    let typed = Flash::of_form(endpoint).unwrap_or_default();
    let before = typed.error.clone();
    let error = Signal::derive(move || match action.value().get() {
        Some(Err(error)) => Some(error),
        Some(Ok(_)) => None,
        None => before.clone(),
    });
    let toaster = Toaster::expect();
    Effect::new(move |_| match action.value().get() {
        Some(Ok(done)) => worked(toaster, done),
        Some(Err(error)) if error.code == ErrorCode::NotSignedIn && endpoint_needs_session::<Input>() => {
            reload();
        }
        _ => {}
    });
    Form { action, error, typed }
}

/// A session that ended while the page was open: the page itself leads to the sign-in.
fn endpoint_needs_session<Input: ServerFn>() -> bool {
    !Input::PATH.ends_with("/sign-in")
}

fn reload() {
    // A page that cannot be reloaded shows the error instead.
    let _ = window().location().reload();
}

fn worked(toaster: Toaster, done: Done) {
    if let Some(path) = done.go {
        // The whole page is loaded anew: another person or workspace has another navigation.
        let _ = window().location().set_href(&path);
        return;
    }
    if let Some(notice) = done.notice {
        toaster.show(Toast::from(notice));
    }
}

/// The hidden field with the page that a plain form leads back to.
#[component]
pub(super) fn Back() -> impl IntoView {
    let location = use_location();
    let path = move || {
        let search = location.search.get();
        let path = location.pathname.get();
        if search.is_empty() { path } else { format!("{path}?{search}") }
    };
    view! { <input type="hidden" name=BACK value=path /> }
}

/// The hidden field with another page that a plain form leads to.
#[component]
pub(super) fn BackTo(
    /// The page.
    #[prop(into)]
    path: String,
) -> impl IntoView {
    view! { <input type="hidden" name=BACK value=path /> }
}

/// Why a form was refused, above its fields. What is wrong with a single field stands at the field.
#[component]
pub(super) fn Refusal(
    /// The error.
    error: Signal<Option<ApiError>>,
) -> impl IntoView {
    let lang = language();
    let shown = move || error.get().filter(|error| error.fields.is_empty() || !error.errors.is_empty());
    view! {
        <div role="alert">
            {move || {
                shown()
                    .map(|error| {
                        view! {
                            <Banner
                                tone=Tone::Bad
                                icon=IconName::Stop
                                title=error.error
                                reference=reference(lang, &error.reference)
                            />
                        }
                    })
            }}
        </div>
    }
}

/// The small print with an error's reference; empty when there is none.
pub(super) fn reference(lang: crate::i18n::Locale, reference: &str) -> String {
    if reference.is_empty() {
        String::new()
    } else {
        td_string!(lang, common.reference, reference = reference.to_owned()).to_string()
    }
}

/// The sentence for one field of a form.
pub(super) fn wrong(error: Signal<Option<ApiError>>, field: impl Into<String>) -> Signal<Option<String>> {
    let field = field.into();
    Signal::derive(move || error.with(|error| error.as_ref()?.for_field(&field).map(str::to_owned)))
}
