//! The strip of chips over a list: counts of every state that is not empty; each is a filter and a link.

use leptos::prelude::*;

use super::format::Style;
use super::{Icon, IconName};
use crate::i18n::language;
use crate::model::Tone;

/// One chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// What it filters by.
    pub label: String,
    /// How many there are; none: nobody counted.
    pub count: Option<u64>,
    /// Where it leads.
    pub href: String,
    /// Whether the list shows it now.
    pub current: bool,
    /// Its icon and colour family.
    pub sign: Option<(IconName, Tone)>,
}

/// The strip.
#[component]
pub fn ChipStrip(
    /// What the strip is for, for screen readers.
    #[prop(into)]
    label: String,
    /// The chips.
    chips: Vec<Chip>,
) -> impl IntoView {
    let style = Style::of(language());
    let chips = chips.into_iter().map(|chip| {
        view! {
            <li>
                <a
                    class="chip"
                    href=chip.href
                    aria-current=chip.current.then_some("true")
                    data-tone=chip.sign.map(|(_, tone)| tone.as_str())
                >
                    {chip.sign.map(|(name, _)| view! { <Icon name=name /> })}
                    {chip.label}
                    {chip.count.map(|count| view! { " " <b>{style.count(count)}</b> })}
                </a>
            </li>
        }
    });
    view! {
        <nav aria-label=label>
            <ul class="strip">{chips.collect_view()}</ul>
        </nav>
    }
}
