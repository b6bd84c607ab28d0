//! Which line of a document as it was read becomes which line of it as it is wanted, and what `update_document` does
//! with the lines of an order (policy E).

use metakocka::{OrderLineChange, RowId};
use sync_core::record::{Line, SalesDocument};
use sync_core::replace::Obstacle;
use sync_core::three_way::{FieldRule, Rules, line_fields, merge_lines};

use super::change_document::Changing;
use super::create_document::no_text_lines;
use super::fields::same_line;
use super::words::Reasons;
use crate::sync::translate::spell;

/// A pair of places: in the document as wanted, in the document as read.
type Pair = (Option<usize>, Option<usize>);

/// Which line is which: by row, product, text and then position, as in every comparison (policy C).
pub(super) fn pairs(wanted: &SalesDocument, read: &SalesDocument) -> Vec<Pair> {
    let merged = merge_lines(None, &line_fields(wanted), &line_fields(read), &Rules::all(FieldRule::ASK));
    merged.lines.into_iter().map(|line| (line.local, line.remote)).collect()
}

/// What happens to each line of an order; lines that stay as they are are not named.
pub(super) fn changes(changing: &Changing<'_>) -> Result<Vec<OrderLineChange>, Vec<String>> {
    let (wanted, read) = (changing.target, &changing.now.document);
    if read.document_discount.is_some() {
        return Err(vec![Obstacle::DocumentDiscount.to_string()]);
    }
    let mut reasons = Reasons::default();
    let mut changes = Vec::new();
    for (here, there) in pairs(wanted, read) {
        let here = here.and_then(|at| Some((at.saturating_add(1), wanted.lines.get(at)?)));
        let there = there.and_then(|at| Some((row_of(changing, at), read.lines.get(at)?)));
        match (here, there) {
            (Some((_, line)), Some((_, old))) if same_line(line, old) => {}
            (Some((at, line)), Some((row, old))) => {
                changes.extend(reasons.take(changed(at, line, row, old)).into_iter().flatten());
            }
            (Some((at, line)), None) => changes.extend(reasons.take(added(at, line))),
            (None, Some((row, _))) => changes.extend(reasons.take(removed(row))),
            (None, None) => {}
        }
    }
    if reasons.is_empty() { Ok(changes) } else { Err(reasons.into_vec()) }
}

fn row_of(changing: &Changing<'_>, at: usize) -> Option<RowId> {
    changing.fresh.lines.get(at)?.row_id.clone()
}

/// Another product is another line: what a row is made of when its product changes is not documented.
fn changed(
    at: usize,
    line: &Line,
    row: Option<RowId>,
    old: &Line,
) -> Result<Vec<OrderLineChange>, Vec<String>> {
    let (Line::Product(new), Line::Product(old)) = (line, old) else {
        return Ok(vec![removed(row)?, added(at, line)?]);
    };
    if !new.product.is_same(&old.product) {
        return Ok(vec![removed(row)?, added(at, line)?]);
    }
    let emptied = |what: &str| vec![format!("The {what} of line {at} can only be emptied in Metakocka.")];
    if !old.discount.is_none() && new.discount.is_none() {
        return Err(emptied("discount"));
    }
    if old.text.is_some() && spell::given_lines(new.text.as_deref()).is_none() {
        return Err(emptied("text"));
    }
    let row = row.ok_or_else(no_row)?;
    Ok(vec![OrderLineChange::Update(row, spell::line(at, new)?)])
}

fn added(at: usize, line: &Line) -> Result<OrderLineChange, Vec<String>> {
    match line {
        Line::Product(line) => Ok(OrderLineChange::Add(spell::line(at, line)?)),
        Line::Text(_) => Err(vec![no_text_lines(at)]),
    }
}

fn removed(row: Option<RowId>) -> Result<OrderLineChange, Vec<String>> {
    Ok(OrderLineChange::Delete(row.ok_or_else(no_row)?))
}

/// Rows come with the flag that every fresh read sets.
fn no_row() -> Vec<String> {
    vec!["Metakocka does not tell the ids of the lines. Change them in Metakocka.".to_owned()]
}
