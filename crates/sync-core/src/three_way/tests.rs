//! Cases 1 to 7, lines, and what must hold for any history.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::record::fixtures::{document, line, net};
use crate::record::{Line, ProductLine, RecordKind, RowId, SalesDocument, TextLine};

fn name(name: &str) -> FieldName {
    FieldName::new(name)
}

fn value(text: &str) -> Option<FieldValue> {
    FieldValue::of(json!(text))
}

/// One field `f`, empty text for absent.
fn fields(text: &str) -> Fields {
    value(text).map(|value| (name("f"), value)).into_iter().collect()
}

fn rule(rule: Rule) -> FieldRule {
    FieldRule { rule, ..FieldRule::ASK }
}

#[derive(Debug, PartialEq)]
enum Fate {
    Settled,
    Take,
    Send,
    Open(OpenWhy),
}

fn fate(merge: &Merge) -> Fate {
    let field = name("f");
    if let Some(open) = merge.open.get(&field) {
        return Fate::Open(open.why);
    }
    if merge.take.contains_key(&field) {
        Fate::Take
    } else if merge.send.contains_key(&field) {
        Fate::Send
    } else {
        Fate::Settled
    }
}

/// Case, base, here, there, the rule, what becomes of it.
type Case = (&'static str, Option<&'static str>, &'static str, &'static str, FieldRule, Fate);

#[test]
fn every_case_is_decided_as_the_policy_says() {
    use OpenWhy::{AlwaysAsks, BothChanged, MayNotSend, MayNotTake};
    let ask = FieldRule::ASK;
    let key = FieldRule { always_asks: true, ..rule(Rule::RemoteWins) };
    let never_sent = FieldRule { sends: false, ..ask };
    let never_taken = FieldRule { takes: false, ..ask };
    let cases: Vec<Case> = vec![
        ("2 equal", None, "a", "a", ask, Fate::Settled),
        ("2 empty here", None, "", "a", ask, Fate::Take),
        ("2 empty there", None, "a", "", ask, Fate::Send),
        ("2 different, ask", None, "a", "b", ask, Fate::Open(BothChanged)),
        ("2 different, the remote wins", None, "a", "b", rule(Rule::RemoteWins), Fate::Take),
        ("3 untouched", Some("a"), "a", "a", ask, Fate::Settled),
        ("3 the same edit twice", Some("a"), "b", "b", ask, Fate::Settled),
        ("4 edited there", Some("a"), "a", "b", ask, Fate::Take),
        ("4 emptied there", Some("a"), "a", "", ask, Fate::Take),
        ("4 may not be taken", Some("a"), "a", "b", never_taken, Fate::Open(MayNotTake)),
        ("5 edited here", Some("a"), "b", "a", ask, Fate::Send),
        ("5 filled here", Some(""), "b", "", ask, Fate::Send),
        ("5 may not be sent", Some("a"), "b", "a", never_sent, Fate::Open(MayNotSend)),
        ("6 always asks", Some("a"), "b", "c", key, Fate::Open(AlwaysAsks)),
        ("6 asks only when all differ", Some("a"), "a", "c", key, Fate::Take),
        ("7 ask", Some("a"), "b", "c", ask, Fate::Open(BothChanged)),
        ("7 the remote wins", Some("a"), "b", "c", rule(Rule::RemoteWins), Fate::Take),
        ("7 the CRM wins", Some("a"), "b", "c", rule(Rule::LocalWins), Fate::Send),
        ("7 emptied here, edited there", Some("a"), "", "c", rule(Rule::LocalWins), Fate::Send),
        ("7 emptied here, edited there, ask", Some("a"), "", "c", ask, Fate::Open(BothChanged)),
        ("7 edited here, emptied there", Some("a"), "b", "", ask, Fate::Open(BothChanged)),
        (
            "7 would win but may not",
            Some("a"),
            "b",
            "c",
            FieldRule { sends: false, ..rule(Rule::LocalWins) },
            Fate::Open(MayNotSend),
        ),
    ];
    for (case, base, local, remote, rule, expected) in cases {
        let (base, local, remote) = (base.map(fields), fields(local), fields(remote));
        let none = BTreeMap::new();
        let sides = Sides { base: base.as_ref(), local: &local, remote: &remote, differences: &none };
        assert_eq!(fate(&merge(sides, &Rules::all(rule))), expected, "case {case}");
    }
}

#[test]
fn case_1_a_recorded_difference_is_asked_for_until_one_side_moves() {
    let difference = Difference { sent: value("s"), read_back: value("r") };
    let differences = BTreeMap::from([(name("f"), difference)]);
    let base = fields("s");
    let decide = |local: &str, remote: &str, rule: Rule| {
        let (local, remote) = (fields(local), fields(remote));
        let sides = Sides { base: Some(&base), local: &local, remote: &remote, differences: &differences };
        fate(&merge(sides, &Rules::all(self::rule(rule))))
    };
    assert_eq!(decide("s", "r", Rule::Ask), Fate::Open(OpenWhy::Difference));
    assert_eq!(decide("s", "r", Rule::LocalWins), Fate::Open(OpenWhy::Difference));
    assert_eq!(decide("s", "r", Rule::RemoteWins), Fate::Take);
    assert_eq!(decide("s", "x", Rule::Ask), Fate::Take);
    assert_eq!(decide("t", "s", Rule::Ask), Fate::Send);
}

#[test]
fn an_edit_between_write_and_read_back_is_neither_lost_nor_taken_for_agreement() {
    let base = Fields::from([(name("f"), value("a").unwrap()), (name("g"), value("a").unwrap())]);
    let sent = BTreeMap::from([(name("f"), value("b"))]);
    let read_back = Fields::from([(name("f"), value("b").unwrap()), (name("g"), value("theirs").unwrap())]);
    let after = base_after_write(Some(&base), &sent, &read_back);
    assert_eq!(after.get(&name("f")), value("b").as_ref());
    assert_eq!(after.get(&name("g")), value("a").as_ref());
    assert!(differences_after_write(&sent, &read_back).is_empty());
    let dropped = differences_after_write(&sent, &fields(""));
    assert_eq!(dropped[&name("f")], Difference { sent: value("b"), read_back: None });
    let created = base_after_write(None, &sent, &read_back);
    assert_eq!(created.get(&name("g")), value("theirs").as_ref());
}

fn product(code: &str, row: Option<&str>, amount: &str) -> Line {
    let row = row.map(|row| RowId::parse(row).unwrap());
    Line::Product(ProductLine { row, ..line(code, amount, net("10"), "") })
}

fn text(text: &str) -> Line {
    Line::Text(TextLine { row: None, text: text.to_owned() })
}

fn shown(merge: &LinesMerge) -> Vec<String> {
    merge
        .lines
        .iter()
        .map(|line| match &line.outcome {
            LineOutcome::Merged(merge) if !merge.open.is_empty() => "open fields".to_owned(),
            LineOutcome::Merged(merge) => {
                let list = |part: &BTreeMap<FieldName, Option<FieldValue>>| {
                    part.keys().map(FieldName::as_str).collect::<Vec<_>>().join(",")
                };
                format!("take[{}] send[{}]", list(&merge.take), list(&merge.send))
            }
            LineOutcome::Open(conflict) => format!("{conflict:?}"),
            other => format!("{other:?}"),
        })
        .collect()
}

fn merged(base: Option<Vec<Line>>, local: Vec<Line>, remote: Vec<Line>) -> LinesMerge {
    let fields = |lines| line_fields(&document(lines));
    let base = base.map(fields);
    let rules = Rules::of_kind(RecordKind::SalesDocument);
    merge_lines(base.as_deref(), &fields(local), &fields(remote), &rules)
}

/// Case, base, here, there, what becomes of the lines in their order.
type LinesCase = (&'static str, Option<Vec<Line>>, Vec<Line>, Vec<Line>, Vec<&'static str>);

#[rustfmt::skip]
fn cases_of_lines() -> Vec<LinesCase> {
    let a = |amount| product("A", Some("1"), amount);
    let b = || product("B", Some("2"), "1");
    let base = || Some(vec![a("1"), b()]);
    let same = "take[] send[]";
    let cheaper = Line::Product(ProductLine { row: RowId::parse("1").ok(), ..line("A", "1", net("9"), "") });
    let (new_a, new_b) = (product("A", Some("8"), "1"), product("B", Some("9"), "4"));
    let (ours, theirs) = (product("X", None, "1"), product("C", Some("3"), "1"));
    vec![
        ("untouched", base(), vec![a("1"), b()], vec![a("1"), b()], vec![same, same]),
        ("two fields of one line", base(), vec![a("2"), b()], vec![cheaper, b()], vec!["take[price] send[amount]", same]),
        ("one field twice", base(), vec![a("2"), b()], vec![a("3"), b()], vec!["open fields", same]),
        ("added on both sides", base(), vec![a("1"), b(), ours], vec![theirs, a("1"), b()], vec!["Take", same, same, "Send"]),
        ("the same added on both sides", base(), vec![a("1"), b(), text("Hvala")], vec![a("1"), b(), text("Hvala")], vec![same, same, same]),
        ("removed there", base(), vec![a("1"), b()], vec![b()], vec![same, "RemoveHere"]),
        ("removed here", base(), vec![b()], vec![a("1"), b()], vec!["RemoveThere", same]),
        ("removed there, edited here", base(), vec![a("5"), b()], vec![b()], vec![same, "EditedHereRemovedThere"]),
        ("removed here, edited there", base(), vec![b()], vec![a("5"), b()], vec!["RemovedHereEditedThere", same]),
        ("removed on both", base(), vec![b()], vec![b()], vec![same, "GoneOnBoth"]),
        ("replaced there, with new row ids", base(), vec![a("1"), b()], vec![new_a, new_b], vec![same, "take[amount] send[]"]),
        ("moved there", base(), vec![a("2"), b()], vec![b(), a("1")], vec![same, "take[] send[amount]"]),
        ("text edited and another added before", Some(vec![a("1"), b(), text("Hvala")]), vec![a("1"), b(), text("Hvala")], vec![text("Novo"), a("1"), b(), text("Hvala lepa")], vec!["Take", same, same, "take[text] send[]"]),
        ("first match", None, vec![b(), text("Hvala")], vec![text("Hvala"), b()], vec![same, same]),
        ("first match, one line more", None, vec![b()], vec![b(), text("Hvala")], vec![same, "Unpaired"]),
    ]
}

#[test]
fn lines_are_aligned_and_merged_as_the_policy_says() {
    for (case, base, local, remote, expected) in cases_of_lines() {
        assert_eq!(shown(&merged(base, local, remote)), expected, "{case}");
    }
}

#[test]
fn a_line_that_may_not_be_sent_or_taken_is_a_question() {
    let fields = |lines| line_fields(&document(lines));
    let (base, more) =
        (fields(vec![product("A", Some("1"), "1")]), fields(vec![product("A", Some("1"), "1"), text("x")]));
    let outcome = |rule, local: &[LineFields], remote: &[LineFields]| {
        merge_lines(Some(&base), local, remote, &Rules::all(rule)).lines.remove(1).outcome
    };
    let forbidden = LineOutcome::Open(LineConflict::Forbidden);
    assert_eq!(outcome(FieldRule { sends: false, ..FieldRule::ASK }, &more, &base), forbidden);
    assert_eq!(outcome(FieldRule { takes: false, ..FieldRule::ASK }, &base, &more), forbidden);
    assert_eq!(outcome(FieldRule::ASK, &more, &base), LineOutcome::Send);
}

#[test]
fn the_outlook_is_what_the_planner_asks_for() {
    let head = |local: &str, remote: &str| {
        let (base, local, remote) = (fields("a"), fields(local), fields(remote));
        let none = BTreeMap::new();
        merge(
            Sides { base: Some(&base), local: &local, remote: &remote, differences: &none },
            &Rules::all(FieldRule::ASK),
        )
    };
    let lines = |local: &str| {
        merged(
            Some(vec![product("A", Some("1"), "1")]),
            vec![product("A", Some("1"), local)],
            vec![product("A", Some("1"), "1")],
        )
    };
    assert_eq!(head("a", "b").outlook(None), MergeOutlook::Takes);
    assert_eq!(head("b", "a").outlook(None), MergeOutlook::Sends);
    assert_eq!(head("b", "c").outlook(None), MergeOutlook::Open);
    assert_eq!(head("a", "b").outlook(Some(&lines("2"))), MergeOutlook::Sends);
    let unpaired = merged(None, vec![], vec![text("Hvala")]);
    assert_eq!(head("a", "b").outlook(Some(&unpaired)), MergeOutlook::Open);
}

#[test]
fn a_document_is_the_fields_of_its_head_and_lines() {
    let head = document_fields(&document(vec![product("A", None, "1")]));
    let names: Vec<&str> = head.keys().map(FieldName::as_str).collect();
    assert_eq!(names, ["currency", "customer", "dates.document", "doc_type", "number", "status"]);
    let lines = line_fields(&document(vec![product("A", Some("4"), "1"), text(" Hvala ")]));
    assert_eq!(lines[0].row, RowId::parse("4").ok());
    assert_eq!((lines[1].product.as_ref(), lines[1].text.as_str()), (None, "Hvala"));
}

#[test]
fn a_document_changed_only_there_is_only_taken() {
    let base = document(vec![product("A", Some("1"), "1")]);
    let changed = SalesDocument {
        notes: Some("Pokličite".to_owned()),
        number: Some("PP-1-A".to_owned()),
        ..base.clone()
    };
    let (base, changed) = (document_fields(&base), document_fields(&changed));
    let none = BTreeMap::new();
    let merge = merge(
        Sides { base: Some(&base), local: &base, remote: &changed, differences: &none },
        &Rules::of_kind(RecordKind::SalesDocument),
    );
    assert_eq!(merge.outlook(None), MergeOutlook::Takes);
    assert_eq!(merge.take.len(), 2);
}

/// Four fields with few values, so that sides often agree.
fn some_fields() -> impl Strategy<Value = Fields> {
    prop::collection::btree_map("[a-d]", "[xyz]", 0..4)
        .prop_map(|map| map.into_iter().map(|(n, v)| (name(&n), value(&v).unwrap())).collect())
}

fn any_rule() -> impl Strategy<Value = FieldRule> {
    let rules = prop::sample::select(&[Rule::Ask, Rule::RemoteWins, Rule::LocalWins][..]);
    (rules, any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(rule, always_asks, sends, takes)| FieldRule { rule, always_asks, sends, takes })
}

/// A world of two sides and a base, and what a merge makes of it.
#[derive(Debug, Clone, PartialEq)]
struct World {
    base: Option<Fields>,
    local: Fields,
    remote: Fields,
}

impl World {
    fn sync(&mut self, rules: &Rules) -> Merge {
        let none = BTreeMap::new();
        let merge = merge(
            Sides { base: self.base.as_ref(), local: &self.local, remote: &self.remote, differences: &none },
            rules,
        );
        apply(&mut self.local, &merge.take);
        apply(&mut self.remote, &merge.send);
        self.base = Some(base_after_merge(self.base.as_ref(), &merge));
        merge
    }
}

proptest! {
    #[test]
    fn every_field_has_exactly_one_fate(
        base in prop::option::of(some_fields()), local in some_fields(), remote in some_fields(), rule in any_rule(),
    ) {
        let mut world = World { base: base.clone(), local: local.clone(), remote: remote.clone() };
        let merge = world.sync(&Rules::all(rule));
        let mut seen: Vec<&FieldName> = merge.take.keys().chain(merge.send.keys()).collect();
        seen.extend(merge.open.keys().chain(merge.settled.keys()));
        let mut all: Vec<&FieldName> = base.iter().flat_map(BTreeMap::keys).chain(local.keys()).chain(remote.keys()).collect();
        seen.sort();
        all.sort();
        all.dedup();
        prop_assert_eq!(seen, all);
    }

    #[test]
    fn an_edit_on_one_side_only_is_never_lost(base in some_fields(), edited in some_fields(), rule in any_rule()) {
        let free = Rules::all(FieldRule { sends: true, takes: true, ..rule });
        for here in [true, false] {
            let (local, remote) = if here { (&edited, &base) } else { (&base, &edited) };
            let mut world = World { base: Some(base.clone()), local: local.clone(), remote: remote.clone() };
            let merge = world.sync(&free);
            prop_assert!(merge.open.is_empty());
            prop_assert_eq!(&world.local, &edited);
            prop_assert_eq!(&world.remote, &edited);
        }
    }

    #[test]
    fn after_a_sync_both_sides_are_equal_or_the_field_is_open_and_untouched(
        base in prop::option::of(some_fields()), local in some_fields(), remote in some_fields(), rule in any_rule(),
    ) {
        let mut world = World { base, local: local.clone(), remote: remote.clone() };
        let merge = world.sync(&Rules::all(rule));
        for field in "abcd".chars().map(|c| name(&c.to_string())) {
            if merge.open.contains_key(&field) {
                prop_assert_eq!(world.local.get(&field), local.get(&field));
                prop_assert_eq!(world.remote.get(&field), remote.get(&field));
            } else {
                prop_assert_eq!(world.local.get(&field), world.remote.get(&field));
            }
        }
    }

    #[test]
    fn a_second_sync_writes_nothing(
        base in prop::option::of(some_fields()), local in some_fields(), remote in some_fields(), rule in any_rule(),
    ) {
        let rules = Rules::all(rule);
        let mut world = World { base, local, remote };
        world.sync(&rules);
        let before = world.clone();
        let merge = world.sync(&rules);
        prop_assert!(merge.take.is_empty() && merge.send.is_empty());
        prop_assert_eq!(world, before);
    }

    #[test]
    fn the_order_in_which_disjoint_edits_are_seen_does_not_matter(
        base in some_fields(), here in some_fields(), there in some_fields(), mine: [bool; 4],
    ) {
        let rules = Rules::all(FieldRule::ASK);
        let edit = |fields: &mut Fields, edit: &Fields, ours: bool| {
            for (c, mine) in "abcd".chars().zip(mine) {
                let field = name(&c.to_string());
                if mine == ours {
                    apply(fields, &BTreeMap::from([(field.clone(), edit.get(&field).cloned())]));
                }
            }
        };
        let start = World { base: Some(base.clone()), local: base.clone(), remote: base };
        let mut together = start.clone();
        edit(&mut together.local, &here, true);
        edit(&mut together.remote, &there, false);
        together.sync(&rules);
        let mut ours_first = start.clone();
        edit(&mut ours_first.local, &here, true);
        ours_first.sync(&rules);
        edit(&mut ours_first.remote, &there, false);
        ours_first.sync(&rules);
        let mut theirs_first = start;
        edit(&mut theirs_first.remote, &there, false);
        theirs_first.sync(&rules);
        edit(&mut theirs_first.local, &here, true);
        theirs_first.sync(&rules);
        prop_assert_eq!(&together, &ours_first);
        prop_assert_eq!(&together, &theirs_first);
        prop_assert_eq!(together.local, together.remote);
    }
}
