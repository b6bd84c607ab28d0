//! What absence proves: nothing. A linked record that a complete scan did not show is a *suspect*;
//! a read by its id decides. Very many suspects mean another company, not many deletions (policy A).

use std::collections::BTreeSet;

use crate::record::ExternalId;

/// Up to this many suspects are never called another company: a small list loses a few at once.
const FEW: u64 = 5;

/// Above this share of a kind's links, in percent, it is asked whether it is another company.
const MANY_PERCENT: u64 = 2;

/// So many linked records are missing that the connection pauses and asks "another company?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{suspects} of {links} linked records are missing; the connection pauses: is this another company?")]
pub struct AnotherCompany {
    /// Linked records that the scan did not show.
    pub suspects: u64,
    /// Links of the kind.
    pub links: u64,
}

/// The linked ids that a complete scan did not show.
pub fn absent<'a>(
    linked: impl IntoIterator<Item = &'a ExternalId>,
    seen: &BTreeSet<ExternalId>,
) -> Vec<&'a ExternalId> {
    linked.into_iter().filter(|id| !seen.contains(*id)).collect()
}

/// Stops before suspects are read one by one when they are too many: more than 5 and more than 2 %
/// of the links of the kind.
pub fn another_company(suspects: u64, links: u64) -> Result<(), AnotherCompany> {
    let many = u128::from(suspects) * 100 > u128::from(links) * u128::from(MANY_PERCENT);
    if suspects > FEW && many { Err(AnotherCompany { suspects, links }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_means_more_than_five_and_more_than_two_percent() {
        for (suspects, links, paused) in [
            (0, 0, false),
            (5, 5, false),
            (6, 6, true),
            (6, 300, false),
            (6, 299, true),
            (40, 2_000, false),
            (41, 2_000, true),
        ] {
            assert_eq!(another_company(suspects, links).is_err(), paused, "{suspects} of {links}");
        }
    }

    #[test]
    fn a_suspect_is_linked_and_was_not_seen() {
        let id = |text: &str| ExternalId::parse(text).unwrap();
        let linked = [id("1"), id("2"), id("3")];
        assert_eq!(absent(&linked, &BTreeSet::from([id("1"), id("3"), id("9")])), [&id("2")]);
    }
}
