//! Native inputs whose names are made at run time, as the rows of a form have them: entry, area, tick, choice.

use leptos::prelude::*;

use super::{Icon, IconName};

/// What is wrong with an input, under it.
#[component]
fn Wrong(id: String, error: Signal<Option<String>>) -> impl IntoView {
    move || {
        let id = id.clone();
        error.get().map(|sentence| {
            view! {
                <span class="wrong" id=id>
                    <Icon name=IconName::Stop />
                    {sentence}
                </span>
            }
        })
    }
}

/// A labelled entry of one line.
#[component]
pub fn Entry(
    /// The label.
    #[prop(into)]
    label: String,
    /// Name of the value as the form sends it; also its id.
    #[prop(into)]
    name: String,
    /// What stands in it at first.
    #[prop(into)]
    value: String,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Whether it must be filled.
    #[prop(optional)]
    required: bool,
    /// Whether only screen readers are told the label: the column says it.
    #[prop(optional)]
    quiet: bool,
) -> impl IntoView {
    let wrong = format!("{name}-error");
    let described = wrong.clone();
    view! {
        <div class="form-row">
            <label for=name.clone() class=quiet.then_some("sr")>
                {label}
            </label>
            <input
                class="control"
                id=name.clone()
                name=name
                type=kind
                autocomplete="off"
                value=value
                required=required
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=move || error.with(Option::is_some).then(|| described.clone())
            />
            <Wrong id=wrong error=error />
        </div>
    }
}

/// A labelled text of several lines.
#[component]
pub fn Area(
    /// The label.
    #[prop(into)]
    label: String,
    /// Name of the value as the form sends it; also its id.
    #[prop(into)]
    name: String,
    /// What stands in it at first.
    #[prop(into)]
    value: String,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let wrong = format!("{name}-error");
    let described = wrong.clone();
    view! {
        <div class="form-row">
            <label for=name.clone()>{label}</label>
            <textarea
                class="control"
                id=name.clone()
                name=name
                rows="4"
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=move || error.with(Option::is_some).then(|| described.clone())
            >
                {value}
            </textarea>
            <Wrong id=wrong error=error />
        </div>
    }
}

/// A box to tick.
#[component]
pub fn Tick(
    /// The words beside it.
    #[prop(into)]
    label: String,
    /// Name of the value as the form sends it.
    #[prop(into)]
    name: String,
    /// Whether it is ticked at first.
    checked: bool,
) -> impl IntoView {
    view! {
        <label class="tick">
            <input type="checkbox" name=name value="true" checked=checked />
            {label}
        </label>
    }
}

/// A choice of one.
#[component]
pub fn Choice(
    /// The label.
    #[prop(into)]
    label: String,
    /// Name of the value as the form sends it; also its id.
    #[prop(into)]
    name: String,
    /// Values with their words.
    options: Vec<(String, String)>,
    /// The value that is chosen at first.
    #[prop(into)]
    chosen: String,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let wrong = format!("{name}-error");
    let options = options.into_iter().map(move |(value, words)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{words}</option> }
    });
    view! {
        <div class="form-row">
            <label for=name.clone()>{label}</label>
            <select class="control" id=name.clone() name=name>
                {options.collect_view()}
            </select>
            <Wrong id=wrong error=error />
        </div>
    }
}
