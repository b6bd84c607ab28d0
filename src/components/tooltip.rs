//! A tooltip whose text always stands in the page: read by screen readers, drawn on hover and focus, closed by Escape.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

/// Something with an explanation. What it explains must be able to take the focus and name `id` in `aria-describedby`.
#[component]
pub fn Tooltip(
    /// Id of the text; must be the only one on the page.
    #[prop(into)]
    id: String,
    /// The explanation.
    #[prop(into)]
    text: Signal<String>,
    /// Whether it hangs at the right edge.
    #[prop(optional)]
    end: bool,
    /// What it explains.
    children: Children,
) -> impl IntoView {
    let closed = RwSignal::new(false);
    let close = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            closed.set(true);
        }
    };
    // A link takes its tooltip away with the page while it has the focus: the browser tells that after the end.
    let reopen = move || {
        if closed.try_get_untracked() == Some(true) {
            closed.set(false);
        }
    };
    view! {
        <span
            class="tip-host"
            data-side=end.then_some("end")
            data-closed=move || closed.try_get().unwrap_or_default().then_some("")
            on:keydown=close
            on:mouseleave=move |_| reopen()
            on:focusout=move |_| reopen()
        >
            {children()}
            <span class="tip" role="tooltip" id=id>
                {move || text.get()}
            </span>
        </span>
    }
}
