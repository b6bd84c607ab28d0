//! The control side: what a test, or a person showing the product, may do to the simulated
//! Metakocka that its API does not allow. The same functions serve HTTP and Rust callers.

mod edit;
mod guard;
mod routes;
mod truth;

pub(crate) use edit::{create, delete, edit, malform, optional_text};
pub(crate) use routes::router;
pub(crate) use truth::{page, truth_of_partner, truth_of_product};

pub(crate) use edit::MalformRequest;
pub use edit::{CreateRequest, EditRequest, Kind, RecordRef};
pub use guard::ControlToken;
pub use truth::{
    TruthAddress, TruthContact, TruthDocument, TruthLine, TruthPage, TruthPartner, TruthPayment, TruthProduct,
};
