//! A native dialog: the browser keeps the focus inside and closes it on Escape.

use leptos::html;
use leptos::prelude::*;

use super::{Button, ButtonKind};
use crate::i18n::{language, td_string};

/// A dialog with a button that opens it. Its content stands in the page from the start, so without a script a caller
/// must offer another way to what it asks.
#[component]
pub fn Dialog(
    /// Id of the dialog's title; must be the only one on the page.
    id: &'static str,
    /// Words of the button that opens it.
    #[prop(into)]
    opener: String,
    /// The dialog's title.
    #[prop(into)]
    title: String,
    /// What it says and asks.
    children: Children,
) -> impl IntoView {
    let lang = language();
    let dialog = NodeRef::<html::Dialog>::new();
    let open = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            // Already open is the only failure, and then there is nothing to do.
            let _ = dialog.show_modal();
        }
    };
    view! {
        <Button on_press=Callback::new(open)>{opener}</Button>
        <dialog node_ref=dialog aria-labelledby=id>
            <div>
                <h2 id=id>{title}</h2>
                {children()}
                <form method="dialog" class="form-acts">
                    <Button kind=ButtonKind::Quiet submit=true>
                        {td_string!(lang, common.close)}
                    </Button>
                </form>
            </div>
        </dialog>
    }
}
