//! The icons: 16 px outlines that take the colour of the text beside them.

use leptos::prelude::*;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconName {
    /// A ring with a tick: well.
    Check,
    /// A ring with an arrow down: newer there.
    Down,
    /// A ring with an arrow up: not sent.
    Up,
    /// Two lines that join.
    Merge,
    /// A clock.
    Clock,
    /// An open ring: running.
    Running,
    /// A dashed ring with a question mark: not known.
    Question,
    /// A triangle: a person has to decide.
    Decide,
    /// An octagon: not possible.
    Stop,
    /// A ring with a minus: left out.
    Minus,
    /// A sheet of paper.
    Document,
    /// A person.
    Person,
    /// A gear.
    Gear,
    /// A magnifying glass.
    Search,
    /// Two arrows in a ring.
    Sync,
    /// A plus.
    Plus,
    /// Something that is sold.
    Box,
    /// An arrow head: how a column is sorted.
    Sort,
    /// Three lines.
    Menu,
    /// A cross.
    Close,
    /// A palette: the style guide.
    Palette,
}

impl IconName {
    fn path(self) -> &'static str {
        match self {
            Self::Check => r#"<circle cx="8" cy="8" r="6.25"/><path d="m5.4 8.2 1.8 1.8 3.4-3.8"/>"#,
            Self::Down => r#"<circle cx="8" cy="8" r="6.25"/><path d="M8 5v5.6M5.8 8.6 8 10.8l2.2-2.2"/>"#,
            Self::Up => r#"<circle cx="8" cy="8" r="6.25"/><path d="M8 11V5.4M5.8 7.4 8 5.2l2.2 2.2"/>"#,
            Self::Merge => {
                r#"<path d="M4 2.5v3c0 2 4 2.5 4 5v3M12 2.5v3c0 1-.8 1.7-1.8 2.4"/><path d="m6 11.5 2 2 2-2"/>"#
            }
            Self::Clock => r#"<circle cx="8" cy="8" r="6.25"/><path d="M8 4.8V8l2.2 1.6"/>"#,
            Self::Running => r#"<path d="M13.6 8A5.6 5.6 0 1 1 9.4 2.6"/>"#,
            Self::Question => {
                r#"<circle cx="8" cy="8" r="6.25" stroke-dasharray="2.6 2"/><path d="M6.3 6.3c.2-1 .9-1.5 1.8-1.5 1 0 1.7.6 1.7 1.5 0 1.3-1.8 1.4-1.8 2.7M8 11.2v.1"/>"#
            }
            Self::Decide => r#"<path d="M8 1.9 14.3 13H1.7L8 1.9Z"/><path d="M8 6.3v3.2M8 11.4v.1"/>"#,
            Self::Stop => {
                r#"<path d="M5.2 1.8h5.6l3.4 3.4v5.6l-3.4 3.4H5.2l-3.4-3.4V5.2l3.4-3.4Z"/><path d="m6 6 4 4m0-4-4 4"/>"#
            }
            Self::Minus => r#"<circle cx="8" cy="8" r="6.25"/><path d="M5.2 8h5.6"/>"#,
            Self::Document => r#"<path d="M4 1.8h5l3 3v9.4H4V1.8Z"/><path d="M9 1.8v3h3M6 8.4h4M6 11h4"/>"#,
            Self::Person => {
                r#"<circle cx="8" cy="5.2" r="2.6"/><path d="M3 14c.4-3 2.3-4.6 5-4.6s4.6 1.6 5 4.6"/>"#
            }
            Self::Gear => {
                r#"<circle cx="8" cy="8" r="2.2"/><path d="M8 1.6v2M8 12.4v2M1.6 8h2M12.4 8h2M3.5 3.5l1.4 1.4M11.1 11.1l1.4 1.4M12.5 3.5l-1.4 1.4M4.9 11.1l-1.4 1.4"/>"#
            }
            Self::Search => r#"<circle cx="7" cy="7" r="4.6"/><path d="m10.6 10.6 3.2 3.2"/>"#,
            Self::Sync => {
                r#"<path d="M2.6 8a5.4 5.4 0 0 1 9.3-3.7L13.6 6M13.4 8a5.4 5.4 0 0 1-9.3 3.7L2.4 10"/><path d="M13.6 2.8V6h-3.2M2.4 13.2V10h3.2"/>"#
            }
            Self::Box => {
                r#"<path d="M2.5 5 8 2.2 13.5 5v6L8 13.8 2.5 11z"/><path d="M2.5 5 8 7.8 13.5 5M8 7.8v6"/>"#
            }
            Self::Plus => r#"<path d="M8 3v10M3 8h10"/>"#,
            Self::Sort => r#"<path d="m5 6.5 3 3 3-3"/>"#,
            Self::Menu => r#"<path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11"/>"#,
            Self::Close => r#"<path d="m4 4 8 8m0-8-8 8"/>"#,
            Self::Palette => {
                r#"<path d="M8 1.8a6.2 6.2 0 1 0 0 12.4c1.4 0 1.5-1 1-1.8-.5-.9 0-1.9 1.2-1.9h1.6c1.5 0 2.4-1 2.4-2.6C14.2 4.4 11.5 1.8 8 1.8Z"/><path d="M5 8.5v.1M6.2 5.5v.1M9.6 5v.1"/>"#
            }
        }
    }
}

/// An icon. It is never the only sign: words stand beside it, so screen readers skip it.
#[component]
pub fn Icon(
    /// What it shows.
    name: IconName,
    /// Whether it turns (stands still for people who want less motion).
    #[prop(optional)]
    spin: bool,
) -> impl IntoView {
    let class = if spin { "i spin" } else { "i" };
    view! { <svg class=class viewBox="0 0 16 16" aria-hidden="true" inner_html=name.path()></svg> }
}
