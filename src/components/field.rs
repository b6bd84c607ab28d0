//! Form fields: native inputs with label, hint and error tied to them; and the search box, which is thaw's input.

use leptos::prelude::*;
use thaw::InputPrefix;

use super::{Icon, IconName};

/// What a field holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    #[default]
    Text,
    /// An e-mail address.
    Email,
    /// The password of the person who signs in.
    Password,
    /// A secret that is written but never shown again.
    Secret,
    /// An address of a service.
    Url,
}

impl FieldKind {
    fn input_type(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Email => "email",
            Self::Password | Self::Secret => "password",
            Self::Url => "url",
        }
    }

    fn autocomplete(self) -> &'static str {
        match self {
            Self::Email => "username",
            Self::Password => "current-password",
            Self::Secret => "new-password",
            Self::Text | Self::Url => "off",
        }
    }
}

/// A labelled field. The ids are made from the name, so a name stands once on a page.
#[component]
pub fn Field(
    /// The label.
    #[prop(into)]
    label: String,
    /// Name of the value as the form sends it.
    name: &'static str,
    /// What it holds.
    #[prop(optional)]
    kind: FieldKind,
    /// What stands in it at first.
    #[prop(optional, into)]
    value: MaybeProp<String>,
    /// What to know before typing.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Whether it must be filled.
    #[prop(optional)]
    required: bool,
    /// Whether it cannot be changed.
    #[prop(optional)]
    readonly: bool,
) -> impl IntoView {
    let hint_id = hint.is_some().then(|| format!("{name}-hint"));
    let described = {
        let hint_id = hint_id.clone();
        move || {
            let wrong = error.with(Option::is_some).then(|| format!("{name}-error"));
            let ids: Vec<String> = hint_id.clone().into_iter().chain(wrong).collect();
            (!ids.is_empty()).then(|| ids.join(" "))
        }
    };
    view! {
        <div class="form-row">
            <label for=name>{label}</label>
            <input
                class="control"
                id=name
                name=name
                type=kind.input_type()
                autocomplete=kind.autocomplete()
                spellcheck="false"
                value=move || value.get()
                required=required
                readonly=readonly
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=described
            />
            {hint.map(|hint| view! { <span class="hint" id=hint_id>{hint}</span> })}
            {move || {
                error
                    .get()
                    .map(|sentence| {
                        view! {
                            <span class="wrong" id=format!("{name}-error")>
                                <Icon name=IconName::Stop />
                                {sentence}
                            </span>
                        }
                    })
            }}
        </div>
    }
}

/// A search field.
#[component]
pub fn SearchBox(
    /// What it searches, for screen readers and as the placeholder.
    #[prop(into)]
    label: String,
    /// Name of the value as the form sends it.
    name: &'static str,
    /// What stands in it at first.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    let typed = RwSignal::new(value);
    view! {
        <div class="search">
            <label class="sr" for=name>
                {label.clone()}
            </label>
            <thaw::Input id=name name=name value=typed placeholder=label autocomplete="off">
                <InputPrefix slot>
                    <Icon name=IconName::Search />
                </InputPrefix>
            </thaw::Input>
        </div>
    }
}
