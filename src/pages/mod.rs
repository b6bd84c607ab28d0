//! One file per route: it loads what the page shows, and says what its forms do. What is drawn comes from
//! `components/`.
//!
//! To add a page: a file here, a route in `app.rs`, its texts in `locales/`, an entry in the navigation of
//! `signed_in.rs` if people go there directly.

pub mod alarms;
pub mod connection;
pub mod contact;
pub mod document;
pub mod document_form;
pub mod documents;
pub mod duplicate;
pub mod erase;
pub mod failures;
mod flash;
pub mod form;
mod live;
pub mod log;
pub mod match_question;
pub mod matching;
pub mod not_found;
pub mod notes;
pub mod parties;
pub mod past;
pub mod plan;
pub mod product;
pub mod push;
pub mod question;
pub mod record;
pub mod review;
pub mod runs;
pub mod send;
pub mod sign_in;
pub mod signed_in;
pub mod styleguide;
pub mod sync_control;
pub mod trouble;
pub mod unknown;
pub mod waiting;

pub use connection::ConnectionPage;
pub use contact::{ContactPage, NewContactPage};
pub use document::DocumentPage;
pub use document_form::{EditDocumentPage, NewDocumentPage};
pub use documents::DocumentsPage;
pub use duplicate::DuplicatePage;
pub use erase::EraseContactPage;
pub use failures::FailuresPage;
pub use flash::Flash;
pub use log::LogPage;
pub use match_question::MatchQuestionPage;
pub use matching::MatchingPage;
pub use not_found::NotFoundPage;
pub use parties::{ContactsPage, ProductsPage};
pub use past::{PastContactPage, PastDocumentPage, PastProductPage};
pub use plan::{NewPlanPage, PlanPage};
pub use product::{NewProductPage, ProductPage};
pub use question::{ReviewContactPage, ReviewDocumentPage, ReviewProductPage};
pub use review::ReviewPage;
pub use runs::{RunPage, RunsPage};
pub use send::{SendContactsPage, SendDocumentsPage, SendProductsPage};
pub use sign_in::SignInPage;
pub use signed_in::SignedIn;
pub use styleguide::StyleguidePage;
pub use unknown::UnknownPage;
pub use waiting::WaitingPage;
