//! When a read may be believed (design §4): a page that was answered before our own write ended must
//! never revert it.

use serde::{Deserialize, Serialize};

use crate::time::UtcMicros;

/// Our own writes of one record, as far as reads of it are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WriteTimes {
    /// An intent of the record is not finished.
    pub open: bool,
    /// When the last finished one ended.
    pub last_ended: Option<UtcMicros>,
}

/// Whether a row whose request was sent at `asked_at` may go into the mirror. If not, it is dropped
/// and the record is read again by its id. A request of the very instant at which a write ended is
/// dropped too.
pub fn may_apply(asked_at: UtcMicros, writes: WriteTimes) -> bool {
    !writes.open && writes.last_ended.is_none_or(|ended| ended < asked_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_read_that_began_after_our_write_ended_is_believed() {
        let ended = |at| WriteTimes { open: false, last_ended: Some(UtcMicros(at)) };
        let cases = [
            ("never written", WriteTimes::default(), true),
            ("written before", ended(9), true),
            ("ended as the request was sent", ended(10), false),
            ("ended after the request was sent", ended(11), false),
            ("still open", WriteTimes { open: true, last_ended: None }, false),
            (
                "still open, an earlier one is over",
                WriteTimes { open: true, last_ended: Some(UtcMicros(1)) },
                false,
            ),
        ];
        for (name, writes, expected) in cases {
            assert_eq!(may_apply(UtcMicros(10), writes), expected, "{name}");
        }
    }
}
