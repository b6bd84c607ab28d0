//! What surrounds every call, from the outside in: the trace, the pace with its budget, the wire. Each layer
//! takes a call that is still to be made and gives back one that does a thing more; none of them reads or
//! changes what is said, and none makes a call again.

mod allowance;
mod budget;
mod pacer;
mod trace;
mod wire;

pub use allowance::Allowance;
pub(crate) use allowance::Tally;
pub(crate) use budget::Spent;
pub use budget::{BudgetUse, CallBudget};
pub(crate) use pacer::Turn;
pub use pacer::{CallCounts, Pace, Pacer};
pub(crate) use trace::traced;
pub(crate) use wire::{Reach, post};
