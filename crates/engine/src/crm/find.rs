//! Finds the contact or product that somebody means by what they typed.

use sync_core::record::text::fold;
use sync_core::state::{Excluded, SyncState};

use super::{ContactQuery, ProductQuery};
use crate::access::TenantScope;
use crate::{Engine, EngineError};

/// Rows among which an exact match is looked for: who types a name in full finds it among them.
const LOOKED_AT: u32 = 200;

impl Engine {
    /// The contact with this name or tax number, or the only one that the words fit; none: there is none, or several.
    pub async fn contact_meant(
        &self,
        scope: &TenantScope,
        words: &str,
    ) -> Result<Option<String>, EngineError> {
        let query =
            ContactQuery { search: Some(words.to_owned()), per_page: LOOKED_AT, ..ContactQuery::default() };
        let mut rows = self.contacts(scope, &query).await?.rows;
        // Of an erased contact nothing is left that anybody could mean.
        rows.retain(|row| row.sync.state != Some(SyncState::Excluded(Excluded::Erased)));
        let wanted = fold(words);
        if rows.len() > 1 {
            let is_it =
                |name: &str, tax: Option<&str>| fold(name) == wanted || tax.map(fold) == Some(wanted.clone());
            rows.retain(|row| is_it(&row.name, row.tax_number.as_deref()));
        }
        Ok(if rows.len() == 1 { rows.pop().map(|row| row.id) } else { None })
    }

    /// The product with this code; none: there is none, or several.
    pub async fn product_meant(
        &self,
        scope: &TenantScope,
        code: &str,
    ) -> Result<Option<String>, EngineError> {
        let query =
            ProductQuery { search: Some(code.to_owned()), per_page: LOOKED_AT, ..ProductQuery::default() };
        let mut rows = self.products(scope, &query).await?.rows;
        let wanted = fold(code);
        rows.retain(|row| fold(&row.code) == wanted);
        Ok(if rows.len() == 1 { rows.pop().map(|row| row.id) } else { None })
    }
}
