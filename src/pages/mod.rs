//! One file per route: it loads what the page shows, and says what its forms do. What is drawn comes from
//! `components/`.
//!
//! To add a page: a file here, a route in `app.rs`, its texts in `locales/`, an entry in the navigation of
//! `signed_in.rs` if people go there directly.

mod connection;
mod document;
mod documents;
mod flash;
mod form;
mod live;
mod not_found;
mod sign_in;
mod signed_in;
mod styleguide;
mod sync_control;
mod trouble;
mod waiting;

pub use connection::ConnectionPage;
pub use document::DocumentPage;
pub use documents::DocumentsPage;
pub use flash::Flash;
pub use not_found::NotFoundPage;
pub use sign_in::SignInPage;
pub use signed_in::SignedIn;
pub use styleguide::StyleguidePage;
pub use waiting::WaitingPage;
