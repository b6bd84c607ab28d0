//! Everything that shows or starts the sync with Metakocka.

mod match_words;
mod place_words;
pub mod plan_items;
pub mod record_state;
pub mod review_list;
pub mod review_table;
mod run_words;
mod state_words;
pub mod sync_all_button;
pub mod sync_document_button;
pub mod sync_from_button;
pub mod sync_section;
mod toasts;
mod type_words;
pub mod waiting_table;

pub use match_words::{field_words, key_words};
pub use place_words::{place_words, places_words, value_words};
pub use plan_items::{PlanItems, way_name};
pub use record_state::RecordStateBadge;
pub use review_list::ReviewList;
pub use review_table::{ReviewTable, WillHappen};
pub use run_words::{Sign, kind_name, log_words, outcome_name, run_deed, run_state, step_name};
pub use state_words::{decision_words, left_out_because, state_icon, state_name, state_tone};
pub use sync_all_button::{PushState, SyncAllSalesDocumentsButton};
pub use sync_document_button::SyncSalesDocumentButton;
pub use sync_from_button::SyncFromMetakockaButton;
pub use sync_section::SyncSection;
pub use toasts::{RunOffer, RunWords, run_words};
pub use type_words::type_name;
pub use waiting_table::{WaitingReasonBadge, WaitingTable};
