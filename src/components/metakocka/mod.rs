//! Everything that shows or starts the sync with Metakocka.

mod record_state;
mod state_words;
mod sync_from_button;
mod sync_section;
mod toasts;
mod waiting_table;

pub use record_state::RecordStateBadge;
pub use state_words::{state_icon, state_name};
pub use sync_from_button::{ButtonDeed, SyncFromMetakockaButton, deed};
pub use sync_section::SyncSection;
pub use toasts::{RunOffer, RunWords, run_words};
pub use waiting_table::{WaitingReasonBadge, WaitingTable};
