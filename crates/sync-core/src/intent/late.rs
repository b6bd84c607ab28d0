//! What comes after the settle horizon. No wait is long enough for every server, so what was settled as
//! not stored is remembered, and what turns up later is recognised as ours (design §5.7).

use std::collections::BTreeMap;

use crate::record::ExternalId;
use crate::three_way::{FieldName, FieldValue, Fields};

/// A remote record with our marker that discovery saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting<'a> {
    /// Its id.
    pub id: &'a ExternalId,
    /// Of the type of the record whose marker it carries; a copy to another type is a descendant.
    pub same_type: bool,
    /// A record of its own is linked to it, or the remote says that it was made from a linked one.
    pub descends: bool,
}

/// Whether a marked record is a late duplicate (design §5.7): it raises an alarm on the record whose
/// marker it carries and never becomes a second link.
pub fn is_late_duplicate(seen: Sighting<'_>, linked: &ExternalId) -> bool {
    seen.same_type && !seen.descends && seen.id != linked
}

/// Fields of a remote record that one of our own writes brought back late: they have a value that was
/// sent by a write settled as not stored, and not the one both sides agreed on since. `sent` are the
/// fields of those writes, for a replacement all that it carried.
///
/// Nobody edited such a field there. Its value becomes the base, so the CRM's newer value is an edit
/// again and is sent again; taken for an edit it would overwrite what is newer.
pub fn late_values<'a>(
    sent: impl IntoIterator<Item = &'a BTreeMap<FieldName, Option<FieldValue>>>,
    base: &Fields,
    remote: &Fields,
) -> BTreeMap<FieldName, Option<FieldValue>> {
    sent.into_iter()
        .flatten()
        .filter(|(name, value)| remote.get(*name) == value.as_ref() && base.get(*name) != value.as_ref())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
