//! What stands in for the ids that Metakocka gives to customers and products which a plan brings first: numbers that
//! requests can be made with, told in words afterwards.

use std::collections::HashMap;

use sync_core::record::{ExternalId, RecordKind, RowId};

use super::super::whole::StandIn;
use crate::store::StoreError;

/// The first of the numbers: longer than any id that was ever seen there (13 digits), so that no other text is one.
const FIRST: u64 = 999_000_000_000_000_000;

/// Those of one plan.
#[derive(Default)]
pub(super) struct Numbers {
    given: u64,
    words: HashMap<String, String>,
}

impl Numbers {
    /// For a contact or product that is made; `has_address`: a contact with an address, which gets an id of its own.
    pub(super) fn stand_in(
        &mut self,
        kind: RecordKind,
        label: &str,
        has_address: bool,
    ) -> Result<StandIn, StoreError> {
        let corrupt = |_| StoreError::Corrupt { column: "plan_items.requests" };
        let external_id = ExternalId::parse(&self.next(format!("‹id of {label}›"))).map_err(corrupt)?;
        let address =
            has_address.then(|| RowId::parse(&self.next(format!("‹id of the address of {label}›"))));
        let code = (kind == RecordKind::Product).then(|| self.next(format!("‹Metakocka's code of {label}›")));
        Ok(StandIn { external_id, address: address.transpose().map_err(corrupt)?, remote_code: code })
    }

    fn next(&mut self, words: String) -> String {
        let number = (FIRST + self.given).to_string();
        self.given += 1;
        self.words.insert(number.clone(), words);
        number
    }

    /// What a number stands for.
    pub(super) fn words(&self, text: &str) -> Option<String> {
        self.words.get(text).cloned()
    }
}
