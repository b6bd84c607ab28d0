//! What people and programs see of the sync: the state of one record (contract §2a) and of the
//! button of a page (contract §3). Both are closed enums that the client matches exhaustively; words
//! for people are the user interface's, here are only keys and data.

mod button;
mod sync_state;

pub use button::{
    Button, ButtonInputs, ButtonState, Click, Connection, Counts, LastLook, Matching, PauseCause, Progress,
    Role, button,
};
pub use sync_state::{Excluded, Icon, Pending, Review, SyncState, Trouble};
