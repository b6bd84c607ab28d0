//! A faithful, deterministic stand-in for the Metakocka ERP REST API, quirks included.
//!
//! Where sources about Metakocka disagree it behaves in the way that is harder for a client
//! (`metakocka-api.md` §9). It depends on none of the product's other crates, so that it cannot
//! share a misunderstanding with the client it tests.
//!
//! - To add an endpoint: a file in `api`, a variant of its `Endpoint`.
//! - To add a fault: a variant of [`Effect`], its making in `rest` (before the answer) or `wire` (on its way).
//! - To add a quirk: a line of [`Quirk`].
//! - To add a knob: a field of [`Settings`], with its worse reading as default.

mod agenda;
mod api;
mod body;
mod clock;
mod company;
mod connection;
mod control;
mod faults;
mod latency;
mod mask;
mod page;
mod people;
pub mod program;
mod quirks;
mod quota;
mod request_log;
mod rest;
mod saved;
mod settings;
mod simulator;
mod wire;
mod world;

pub use clock::Clock;
pub use company::{
    DocType, Entry, InvalidTaxCode, Malformation, MkId, PaymentType, PriceList, Registers, TaxCode,
    Warehouse, tax_number,
};
pub use control::{
    ControlToken, CreateRequest, EditRequest, Kind, RecordRef, TruthAddress, TruthContact, TruthDocument,
    TruthLine, TruthPage, TruthPartner, TruthPayment, TruthProduct,
};
pub use faults::{Effect, FaultRule, Trigger};
pub use latency::Latency;
pub use people::{Action, Deed, PeopleRequest};
pub use quirks::{Quirk, Quirks};
pub use quota::Quota;
pub use request_log::{LoggedReply, LoggedRequest};
pub use saved::StateError;
pub use settings::{Settings, UniqueBuyerOrder};
pub use simulator::{RunningSimulator, Simulator, SimulatorOptions, StartError};
pub use world::{CompanySpec, Refusal};
