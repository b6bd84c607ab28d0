//! Views without data loading: they get values and give markup. The only place that names thaw.
//!
//! To add one: a file, a doc line for each prop, its style in `style/components.css`, and a figure on the style guide.
//! Nothing in here may read a clock, a random value or the browser's locale while it renders, or the client would draw
//! something else than the server sent.

mod banner;
mod button;
mod chips;
mod dialog;
mod empty;
mod field;
pub mod format;
mod icon;
pub mod metakocka;
mod pager;
mod progress;
mod table;
mod tag;
pub mod theme;
mod toasts;
mod tooltip;

pub use banner::Banner;
pub use button::{Button, ButtonKind};
pub use chips::{Chip, ChipStrip};
pub use dialog::Dialog;
pub use empty::Empty;
pub use field::{Field, FieldKind, SearchBox};
pub use icon::{Icon, IconName};
pub use pager::Pager;
pub use progress::{Loading, Progress};
pub use table::{Sorted, SortHead};
pub use tag::TypeTag;
pub use toasts::{Toast, ToastAction, Toaster, Toasts};
pub use tooltip::Tooltip;
