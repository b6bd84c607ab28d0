//! What both sides disagree about, in three columns: before, here, in Metakocka; one choice for each place.

use leptos::prelude::*;

use super::place_words::{place_words, places_words, value_words};
use crate::components::format::when;
use crate::i18n::{language, td_string};
use crate::model::{ReviewBy, ReviewPart, ReviewValue};

/// The side that was chosen for a place; empty: none yet.
pub type Chosen = RwSignal<Vec<String>>;

/// The values as form fields and their names.
const SIDES: [&str; 2] = ["here", "there"];
/// Instead of the value here, where it can't be sent: it is kept as a note, and the other one is taken.
const NOTE: &str = "note";

/// The table.
#[component]
pub fn ReviewTable(
    /// Everything that is open.
    parts: Vec<ReviewPart>,
    /// The last change here.
    here: Option<ReviewBy>,
    /// The last change in Metakocka.
    there: Option<ReviewBy>,
    /// Follows what is chosen.
    chosen: Chosen,
    /// Whether this person may choose.
    may_decide: bool,
) -> impl IntoView {
    let lang = language();
    let here_name = match here {
        Some(ReviewBy { at, name: Some(name) }) => {
            td_string!(lang, review.here_by, name = name, time = when(lang, &at)).to_string()
        }
        Some(ReviewBy { at, name: None }) => {
            td_string!(lang, review.here_at, time = when(lang, &at)).to_string()
        }
        None => td_string!(lang, review.here).to_owned(),
    };
    let there_name = match there {
        Some(ReviewBy { at, .. }) => td_string!(lang, review.there_at, time = when(lang, &at)).to_string(),
        None => td_string!(lang, review.there).to_owned(),
    };
    let rows = parts.into_iter().enumerate().map(|(at, part)| {
        view! { <Row at=at part=part chosen=chosen may_decide=may_decide /> }
    });
    view! {
        <table class="cmp">
            <thead>
                <tr>
                    <th scope="col">
                        <span class="sr">{td_string!(lang, review.place)}</span>
                    </th>
                    <th scope="col">{td_string!(lang, review.before)}</th>
                    <th scope="col">{here_name}</th>
                    <th scope="col">{there_name}</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

#[component]
fn Row(at: usize, part: ReviewPart, chosen: Chosen, may_decide: bool) -> impl IntoView {
    let lang = language();
    let place = part.place.clone();
    let words = place_words(&place);
    let labels = [
        td_string!(lang, review.take_here, place = words.clone()).to_string(),
        td_string!(lang, review.take_there, place = words.clone()).to_string(),
    ];
    let note = td_string!(lang, review.take_note, place = words.clone()).to_string();
    let values = [(part.here, part.sends), (part.there, part.takes)];
    let notes = part.notes;
    let picks = SIDES.into_iter().zip(labels).zip(values).map(|((side, label), (value, allowed))| {
        let is_here = side == "here";
        // What can't be sent can be kept as a note.
        let side = if is_here && notes { NOTE } else { side };
        let label = if side == NOTE { note.clone() } else { label };
        let allowed = (allowed || side == NOTE) && may_decide;
        let pick = Pick { at, side, label, place: place.clone(), value, allowed };
        let name = if is_here { td_string!(lang, review.here) } else { td_string!(lang, review.there) };
        view! { <td data-label=name>{pick.view(chosen)}</td> }
    });
    view! {
        <tr>
            <th scope="row">
                <span class="place">{words}</span>
                <input type="hidden" name=format!("answers[{at}][place]") value=part.place.clone() />
            </th>
            <td class="dim" data-label=td_string!(lang, review.before)>
                {rows_of(&part.place, &part.before)}
            </td>
            {picks.collect_view()}
        </tr>
    }
}

/// One value that can be chosen.
struct Pick {
    at: usize,
    side: &'static str,
    label: String,
    place: String,
    value: ReviewValue,
    allowed: bool,
}

impl Pick {
    fn view(self, chosen: Chosen) -> impl IntoView + use<> {
        let lang = language();
        let Self { at, side, label, place, value, allowed } = self;
        let shown = rows_of(&place, &value);
        if !allowed {
            let why = td_string!(lang, review.cannot);
            return view! { <div class="pick" data-off="true">{shown} <span class="small dim">{why}</span></div> }
                .into_any();
        }
        let is_chosen = move || chosen.with(|all| all.get(at).is_some_and(|one| one == side));
        let checked = chosen.with_untracked(|all| all.get(at).is_some_and(|one| one == side));
        let choose = move |_| {
            chosen.update(|all| {
                if let Some(one) = all.get_mut(at) {
                    side.clone_into(one);
                }
            });
        };
        view! {
            <label class="pick" data-on=move || is_chosen().then_some("true")>
                <input
                    type="radio"
                    name=format!("answers[{at}][counts]")
                    value=side
                    checked=checked
                    aria-label=label
                    on:change=choose
                />
                <span>
                    {shown}
                    {(side == NOTE)
                        .then(|| view! { <span class="small dim">{td_string!(lang, review.keep_note)}</span> })}
                </span>
            </label>
        }
        .into_any()
    }
}

fn rows_of(place: &str, value: &ReviewValue) -> impl IntoView + use<> {
    value_words(place, value).into_iter().map(|row| view! { <span class="row">{row}</span> }).collect_view()
}

/// What will happen when the choice is applied.
#[component]
pub fn WillHappen(
    /// Every place that is open.
    places: Vec<String>,
    /// What is taken besides.
    taken: Vec<String>,
    /// What is sent besides.
    sent: Vec<String>,
    /// What is chosen.
    chosen: Chosen,
) -> impl IntoView {
    let lang = language();
    let sentence = move || {
        let all = chosen.get();
        let of = |side: &str| -> Vec<String> {
            let fits = places.iter().zip(&all).filter(|(_, one)| one.as_str() == side);
            fits.map(|(place, _)| place.clone()).collect()
        };
        let (incoming, outgoing, left) = (of("there"), of("here"), of(""));
        let noted = of(NOTE);
        let incoming = [incoming, noted.clone()].concat();
        if left.len() == places.len() {
            return td_string!(lang, review.nothing_chosen).to_owned();
        }
        let incoming: Vec<String> = incoming.into_iter().chain(taken.clone()).collect();
        let outgoing: Vec<String> = outgoing.into_iter().chain(sent.clone()).collect();
        let mut parts = Vec::new();
        if !incoming.is_empty() {
            parts.push(td_string!(lang, review.taken, places = places_words(&incoming)).to_string());
        }
        if !outgoing.is_empty() {
            parts.push(td_string!(lang, review.sent, places = places_words(&outgoing)).to_string());
        }
        if !noted.is_empty() {
            parts.push(td_string!(lang, review.noted, places = places_words(&noted)).to_string());
        }
        if left.is_empty() {
            parts.push(td_string!(lang, review.equal).to_owned());
        } else {
            parts.push(td_string!(lang, review.left, places = places_words(&left)).to_string());
        }
        parts.join(" ")
    };
    view! {
        <div>
            <b>{td_string!(lang, review.happens)}</b>
            <p class="small dim" aria-live="polite">
                {sentence}
            </p>
        </div>
    }
}
