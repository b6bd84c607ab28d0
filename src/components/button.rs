//! Buttons: thaw's, in our kinds and sizes.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use thaw::ButtonType;

use super::{Icon, IconName};

/// How a button looks. One primary button a page; the last four carry the colour of a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// Outlined.
    #[default]
    Plain,
    /// The main action of the page.
    Primary,
    /// Without a border.
    Quiet,
    /// All is well.
    Ok,
    /// A person has to decide.
    Ask,
    /// Something does not work.
    Bad,
    /// Something is not known, or is held up.
    Unknown,
}

impl ButtonKind {
    /// As the attribute that the style reads.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Primary => "primary",
            Self::Quiet => "quiet",
            Self::Ok => "ok",
            Self::Ask => "ask",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
        }
    }
}

/// A button. Further attributes (`attr:name`, `attr:value`, `attr:form`) land on the button itself.
#[component]
pub fn Button(
    /// How it looks.
    #[prop(optional)]
    kind: ButtonKind,
    /// Less high, for rows and cards.
    #[prop(optional)]
    small: bool,
    /// Icon before the words.
    #[prop(optional, into)]
    icon: Option<IconName>,
    /// Whether the icon turns.
    #[prop(optional)]
    spin: bool,
    /// Whether it sends its form.
    #[prop(optional)]
    submit: bool,
    /// Whether it can be pressed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// What a press does, when it is not a form's button.
    #[prop(optional, into)]
    on_press: Option<Callback<MouseEvent>>,
    /// The words.
    children: Children,
) -> impl IntoView {
    let press = move |event: MouseEvent| {
        if let Some(on_press) = on_press {
            on_press.run(event);
        }
    };
    view! {
        <thaw::Button
            class="btn"
            button_type=if submit { ButtonType::Submit } else { ButtonType::Button }
            disabled=disabled
            on_click=press
            attr:data-kind=kind.as_str()
            attr:data-size=small.then_some("small")
        >
            {icon.map(|name| view! { <Icon name=name spin=spin /> })}
            <span>{children()}</span>
        </thaw::Button>
    }
}
