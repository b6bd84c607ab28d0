//! Views without data loading: they get values and give markup. The only place that names thaw.
//!
//! To add one: a file, a doc line for each prop, its style in `style/components.css`, and a figure on the style guide.
//! Nothing in here may read a clock, a random value or the browser's locale while it renders, or the client would draw
//! something else than the server sent.

pub mod banner;
pub mod button;
pub mod chips;
pub mod dialog;
pub mod empty;
pub mod field;
pub mod format;
pub mod icon;
pub mod inputs;
pub mod metakocka;
pub mod pager;
pub mod progress;
pub mod table;
pub mod tag;
pub mod theme;
pub mod toasts;
pub mod tooltip;

pub use banner::Banner;
pub use button::{Button, ButtonKind};
pub use chips::{Chip, ChipStrip};
pub use dialog::Dialog;
pub use empty::Empty;
pub use field::{Field, FieldKind, SearchBox};
pub use icon::{Icon, IconName};
pub use inputs::{Area, Choice, Entry, Tick};
pub use pager::Pager;
pub use progress::{Loading, Progress};
pub use table::{SortHead, Sorted};
pub use tag::TypeTag;
pub use toasts::{Toast, ToastAction, Toaster, Toasts};
pub use tooltip::Tooltip;
