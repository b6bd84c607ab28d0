//! Table heads with a sort link.

use leptos::prelude::*;

use super::{Icon, IconName};

/// How a column is sorted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sorted {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl Sorted {
    /// As `aria-sort` spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

/// A column head that sorts the list.
#[component]
pub fn SortHead(
    /// The words.
    #[prop(into)]
    label: String,
    /// Where a click leads.
    href: String,
    /// How the column is sorted now; none: not by this column.
    sorted: Option<Sorted>,
    /// Whether the column holds amounts.
    #[prop(optional)]
    amount: bool,
) -> impl IntoView {
    view! {
        <th scope="col" class=amount.then_some("amount") aria-sort=sorted.map(Sorted::as_str)>
            <a href=href>{label} {sorted.map(|_| view! { <Icon name=IconName::Sort /> })}</a>
        </th>
    }
}
