//! Whole records edited on both sides at once: what does not touch merges, what does is asked about with three values,
//! and no edit is lost.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rust_decimal::Decimal;

use super::edits::{Remote, Scene, Sided, scene};
use super::fields::fields_of_lines;
use super::*;
use crate::money::{document_totals, tolerance};
use crate::record::{Canonical, Line, RecordKind, RowId, SalesDocument};

/// Pairs of concurrent edits that are generated.
const PAIRS: u32 = 10_000;

/// Fewest of a hundred that must merge, and fewest that must open: both are looked at in earnest.
const LEAST_PERCENT: u32 = 25;

type Values = BTreeMap<FieldName, Option<FieldValue>>;
type Pair = (SalesDocument, SalesDocument);

pub(super) fn document_rules() -> Rules {
    Rules::of_kind(RecordKind::SalesDocument)
}

pub(super) fn merged(
    base: Option<&SalesDocument>,
    (local, remote): (&SalesDocument, &SalesDocument),
) -> RecordMerge<SalesDocument> {
    merge_record(base, local, remote, &BTreeMap::new(), &document_rules())
}

fn changed(before: &Fields, after: &Fields) -> Values {
    let names: BTreeSet<&FieldName> = before.keys().chain(after.keys()).collect();
    let moved = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    moved.map(|name| (name.clone(), after.get(name).cloned())).collect()
}

fn fields_of(line: &Line) -> Fields {
    fields_of_lines(std::slice::from_ref(line)).remove(0).fields
}

/// What was edited where, told from how the sides were made and not from how they are merged.
struct Told {
    /// Of each side its head and each line of the base; a line that it removed has none.
    here: Vec<Option<Values>>,
    there: Vec<Option<Values>>,
    /// What a person has to be asked about.
    open: BTreeSet<String>,
}

impl Told {
    fn of(agreed: &Pair, here: &Sided, there: &Sided) -> Self {
        let side = |agreed: &SalesDocument, side: &Sided| {
            let mut head = changed(&agreed.head(), &side.head.head());
            // The remote's own: nobody edits them.
            head.retain(|name, _| !["booked", "number"].contains(&name.as_str()));
            let line = |(old, new): (&Line, &Option<Line>)| {
                Some(changed(&fields_of(old), &fields_of(new.as_ref()?)))
            };
            let lines = agreed.lines.iter().zip(&side.lines).map(line);
            std::iter::once(Some(head)).chain(lines).collect::<Vec<_>>()
        };
        let (ours, theirs) = (side(&agreed.0, here), side(&agreed.1, there));
        let mut open = BTreeSet::new();
        for (at, pair) in ours.iter().zip(&theirs).enumerate() {
            match pair {
                (Some(mine), Some(other)) => {
                    let both = mine.keys().filter(|name| other.contains_key(*name));
                    let lines =
                        at.checked_sub(1).map(|at| (here.lines[at].as_ref(), there.lines[at].as_ref()));
                    let differ = both
                        .filter(|name| !is_same(name, mine[*name].as_ref(), other[*name].as_ref(), lines));
                    open.extend(differ.map(|name| format!("{at} {name}")));
                }
                (Some(edits), None) | (None, Some(edits)) if !edits.is_empty() => {
                    open.insert(at.to_string());
                }
                _ => {}
            }
        }
        Self { here: ours, there: theirs, open }
    }
}

fn is_same(
    name: &FieldName,
    mine: Option<&FieldValue>,
    other: Option<&FieldValue>,
    lines: Option<(Option<&Line>, Option<&Line>)>,
) -> bool {
    match lines {
        Some((Some(Line::Product(one)), Some(Line::Product(two)))) if name.as_str() == "price" => {
            one.tax.rate == two.tax.rate && one.price.agrees(two.price, one.tax.rate) || mine == other
        }
        _ => mine == other,
    }
}

/// The same places as [`Told::open`] names them.
fn opened(merge: &RecordMerge<SalesDocument>) -> BTreeSet<String> {
    let base = |at: usize| merge.lines.as_ref().unwrap().lines[at].base.unwrap() + 1;
    let name = |part: OpenPart| match part.place {
        Place::Head(name) => format!("0 {name}"),
        Place::LineField(place, name) => format!("{} {name}", base(place.at)),
        Place::Line(place) => base(place.at).to_string(),
    };
    merge.open().into_iter().map(name).collect()
}

/// What is left to do, whatever the places of the lines.
fn left(merge: &RecordMerge<SalesDocument>) -> (Merge, Vec<String>, Vec<String>) {
    let mut head = merge.head.clone();
    head.settled.clear();
    let lines = &merge.lines.as_ref().unwrap().lines;
    let mut sent: Vec<String> = lines
        .iter()
        .filter_map(|line| match &line.outcome {
            LineOutcome::Send => Some(format!("{:?}", fields_of(&merge.local.lines[line.local.unwrap()]))),
            LineOutcome::RemoveThere => Some(format!("remove {:?}", line.remote)),
            LineOutcome::Merged(fields) if !fields.send.is_empty() => {
                Some(format!("{:?} {:?}", line.remote, fields.send))
            }
            _ => None,
        })
        .collect();
    let mut open: Vec<String> = merge
        .open()
        .into_iter()
        .filter(|part| !matches!(part.place, Place::Head(_)))
        .map(|part| format!("{:?} {:?} {:?} {:?}", part.why, part.base, part.local, part.remote))
        .collect();
    sent.sort();
    open.sort();
    (head, sent, open)
}

/// After taking there is nothing to take, and exactly the same to send and to ask.
fn leaves_the_same(merge: &RecordMerge<SalesDocument>) {
    let (taken, base) = (merge.taken(), merge.base_after());
    let again = merged(base.as_ref(), (&taken, &merge.remote));
    assert!(!again.takes(), "taken twice: {:?} {:?}", again.head.take, again.lines);
    let (mut before, mut after) = (left(merge), left(&again));
    before.0.take.clear();
    after.0.take.clear();
    assert_eq!(before, after);
    assert_eq!(again.taken(), taken, "taking nothing changes nothing");
}

/// Every edit of a side is in both records, or asked about with its value.
fn nothing_is_lost(
    told: &Told,
    merge: &RecordMerge<SalesDocument>,
    (local, remote): (&SalesDocument, &SalesDocument),
) {
    let open = opened(merge);
    let lines = &merge.lines.as_ref().unwrap().lines;
    for (at, (mine, theirs)) in told.here.iter().zip(&told.there).enumerate() {
        let row = at.checked_sub(1).map(|at| RowId::parse(&(at + 1).to_string()).unwrap());
        let fields = |document: &SalesDocument| match &row {
            None => Some(document.head()),
            Some(row) => document.lines.iter().find(|line| line.row() == Some(row)).map(fields_of),
        };
        let is_open = open.contains(&at.to_string());
        for edits in [mine, theirs] {
            let Some(edits) = edits else {
                let gone = fields(local).is_none() && fields(remote).is_none();
                assert!(gone || is_open, "line {at} was removed and is neither gone nor asked about");
                continue;
            };
            for (name, value) in edits {
                let asked = is_open || open.contains(&format!("{at} {name}"));
                let has =
                    |fields: Option<Fields>| fields.is_some_and(|fields| fields.get(name) == value.as_ref());
                let agrees = name.as_str() == "price" && has_price(local, remote, row.as_ref());
                let both = has(fields(local)) && has(fields(remote));
                assert!(asked || both || agrees, "lost: {at} {name} {value:?} of {lines:?}");
            }
        }
    }
}

/// Whether both have one price in a row.
fn has_price(local: &SalesDocument, remote: &SalesDocument, row: Option<&RowId>) -> bool {
    let find = |document: &SalesDocument| {
        let line = document.lines.iter().find(|line| line.row() == row);
        line.and_then(Line::as_product).map(|line| (line.price, line.tax.rate))
    };
    matches!((find(local), find(remote)), (Some((one, rate)), Some((two, _))) if one.agrees(two, rate))
}

/// The three values of what is open are those of the three sides.
fn shows_three_values(merge: &RecordMerge<SalesDocument>) {
    for part in merge.open() {
        let values = match &part.place {
            Place::Head(name) => {
                let of = |document: &SalesDocument| document.head().get(name).cloned();
                (merge.base.as_ref().and_then(of), of(&merge.local), of(&merge.remote))
            }
            Place::LineField(place, name) => {
                let line = &merge.lines.as_ref().unwrap().lines[place.at];
                let of = |document: &SalesDocument, at: Option<usize>| {
                    fields_of(&document.lines[at.unwrap()]).get(name).cloned()
                };
                (
                    of(merge.base.as_ref().unwrap(), line.base),
                    of(&merge.local, line.local),
                    of(&merge.remote, line.remote),
                )
            }
            Place::Line(_) => {
                assert!(part.base.is_some() && part.local.is_some() != part.remote.is_some());
                continue;
            }
        };
        assert_eq!((part.base, part.local, part.remote), values);
    }
}

/// Both sides after everything was taken and sent: equal, and so are their totals.
fn ends_equal(scene: &Scene, merge: &RecordMerge<SalesDocument>) -> Pair {
    let mut remote = Remote { document: merge.remote.clone(), reads_net: scene.reads_net };
    let local = merge.taken();
    remote.send(merge, &merge.local);
    // What is left to take is what the remote itself makes of what it was sent.
    let after = merged(merge.base_after().as_ref(), (&local, &remote.document));
    assert!(!after.sends() && !after.is_open(), "{:?} {:?}", after.head, after.lines);
    assert!(after.head.take.keys().all(|name| name.as_str() == "booked"), "{:?}", after.head.take);
    assert!(!after.lines.as_ref().unwrap().takes(), "{:?}", after.lines);
    let local = after.taken();
    let base = after.base_after().unwrap();
    let third = merged(Some(&base), (&local, &remote.document));
    assert!(!third.takes() && !third.sends() && !third.is_open());
    assert_eq!(spelt_as(&local, &remote.document).canonical(), remote.document.canonical());
    (local, remote.document)
}

/// A document with the prices of another where they agree.
fn spelt_as(document: &SalesDocument, other: &SalesDocument) -> SalesDocument {
    let mut document = document.clone();
    for (line, other) in document.lines.iter_mut().zip(&other.lines) {
        if let (Line::Product(line), Line::Product(other)) = (line, other)
            && line.price.agrees(other.price, line.tax.rate)
        {
            line.price = other.price;
        }
    }
    document
}

/// To the cent; where the remote keeps prices without the tax they were written with, within what that rounds: of each
/// unit price, and a cent more in the net and the tax of each line.
fn totals_are_equal(scene: &Scene, (local, remote): &Pair) {
    let (mine, theirs) = (document_totals(local).unwrap(), document_totals(remote).unwrap());
    if scene.reads_net {
        let lines = Decimal::from(2 * local.lines.len());
        let rounded = tolerance(&local.lines).unwrap() + lines * Decimal::new(1, 2);
        assert!((mine.gross - theirs.gross).abs() <= rounded, "{mine:?} {theirs:?}");
    } else {
        assert_eq!(mine, theirs);
    }
}

/// What came of a pair of edits.
enum Came {
    /// One side's edits came to nothing: there was nothing to merge.
    Single,
    /// Both sides' edits were merged.
    Merged,
    /// A person was asked.
    Opened,
}

/// Tries one pair of edits.
fn tried(scene: &Scene) -> Came {
    let agreed = scene.agreed();
    let base = scene.base(&agreed);
    let (here, there) = (scene.edited_here(&agreed), scene.edited_there(&agreed));
    let told = Told::of(&(agreed.clone(), scene.there_of(&agreed)), &here, &there);
    let (local, remote) = (here.document(), there.document());
    let mut merge = merged(Some(&base), (&local, &remote));
    assert_eq!(opened(&merge), told.open);
    shows_three_values(&merge);
    leaves_the_same(&merge);
    leaves_the_same(&merged(None, (&local, &remote)));

    let mut sent = Remote { document: merge.remote.clone(), reads_net: scene.reads_net };
    sent.send(&merge, &local);
    nothing_is_lost(&told, &merge, (&merge.taken(), &sent.document));

    let asked = merge.open();
    for (at, part) in asked.iter().enumerate() {
        let side = if scene.choices >> (at % 32) & 1 == 0 { Side::Here } else { Side::There };
        assert!(merge.decide(&part.place, side) && !merge.decide(&part.place, side));
    }
    leaves_the_same(&merge);
    totals_are_equal(scene, &ends_equal(scene, &merge));
    let moved = |side: &SalesDocument, agreed: &SalesDocument| side.canonical() != agreed.canonical();
    match asked.is_empty() {
        false => Came::Opened,
        true if moved(&local, &agreed) && moved(&remote, &scene.there_of(&agreed)) => Came::Merged,
        true => Came::Single,
    }
}

#[test]
fn ten_thousand_pairs_of_concurrent_edits_merge_or_are_asked_about() {
    let config = Config { cases: PAIRS, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let counts = [Cell::new(0_u32), Cell::new(0), Cell::new(0)];
    let result = runner.run(&scene(), |scene| {
        let count = &counts[tried(&scene) as usize];
        count.set(count.get() + 1);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let [single, merged, opened] = counts.map(Cell::into_inner);
    println!(
        "{PAIRS} pairs of concurrent edits: merged {merged}, opened {opened}, lost 0; {single} were no pair in the end"
    );
    assert_eq!(single + merged + opened, PAIRS);
    assert!(merged.min(opened) * 100 >= PAIRS * LEAST_PERCENT, "too few of one class");
}
