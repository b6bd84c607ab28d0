//! Signing in.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::form::{Back, Form, Refusal, use_form, wrong};
use crate::api::session::SignIn;
use crate::components::{Button, ButtonKind, Field, FieldKind, Icon, IconName};
use crate::i18n::{language, td_string};

/// E-mail, password, and on to the page that was asked for.
#[component]
pub fn SignInPage() -> impl IntoView {
    let lang = language();
    let Form { action, error, typed } = use_form::<SignIn>("sign-in");
    let asked_for = use_query_map().read_untracked().get("next").unwrap_or_default();
    let email = typed.values.get("email").cloned();
    view! {
        <Title text=td_string!(lang, sign_in.title) />
        <div class="gate">
            <main>
                <div class="panel">
                    <div>
                        <div class="mark">
                            <span>
                                <Icon name=IconName::Sync />
                            </span>
                            {td_string!(lang, app)}
                        </div>
                        <h1>{td_string!(lang, sign_in.title)}</h1>
                        <p class="dim">{td_string!(lang, sign_in.lead)}</p>
                    </div>
                    <ActionForm action=action attr:class="form">
                        <Back />
                        <input type="hidden" name="next" value=asked_for />
                        <Refusal error=error />
                        <Field
                            label=td_string!(lang, sign_in.email)
                            name="email"
                            kind=FieldKind::Email
                            value=email
                            error=wrong(error, "email")
                            required=true
                        />
                        <Field
                            label=td_string!(lang, sign_in.password)
                            name="password"
                            kind=FieldKind::Password
                            error=wrong(error, "password")
                            required=true
                        />
                        <Button kind=ButtonKind::Primary submit=true>
                            {td_string!(lang, sign_in.submit)}
                        </Button>
                    </ActionForm>
                </div>
            </main>
        </div>
    }
}
