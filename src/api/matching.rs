//! The matching: the dry run, its confirmation, and the answer to the question about one record.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use sync_core::record::RecordKind;

use super::error::ApiError;
use super::flash::Done;
use crate::model::{MatchQuestion, MatchingPage};

/// What somebody says about a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchSaid {
    /// It is this one.
    ItIs,
    /// It is another row of the same customer.
    AnotherRow,
    /// It is not this one.
    NotThis,
    /// It is none of them.
    None,
}

impl MatchSaid {
    /// As the form sends it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ItIs => "it_is",
            Self::AnotherRow => "another_row",
            Self::NotThis => "not_this",
            Self::None => "none",
        }
    }
}

/// What a confirmation of each kind would do, and what is to be decided. None: there is no connection.
#[server(endpoint = "matching", input = server_fn::codec::GetUrl)]
pub async fn load_matching() -> Result<Option<MatchingPage>, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    if engine.connection(&scope).await?.is_none() {
        return Ok(None);
    }
    on_server::page(&engine, &scope).await.map(Some)
}

/// Looks in Metakocka for what there is to match. A page without a script waits for the end, one with a script hears it.
#[server(endpoint = "look-to-match")]
pub async fn look_to_match(#[server(default)] wait: bool) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let (kind, cause) = (RecordKind::SalesDocument, engine::sync::Cause::Manual);
    let run = engine.start_look(&scope, kind, cause).await?;
    if wait {
        engine.wait_for_run(&scope, &run, on_server::PATIENCE).await?;
        return Ok(Done::default());
    }
    Ok(Done { run: Some(run), ..Done::default() })
}

/// Confirms the matching of a kind.
#[server(endpoint = "confirm-matching")]
pub async fn confirm_matching(kind: RecordKind) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let confirmed = Box::pin(engine.confirm_matching(&scope, kind)).await?;
    Ok(on_server::confirmed(confirmed))
}

/// The question about one record.
#[server(endpoint = "match-question", input = server_fn::codec::GetUrl)]
pub async fn load_match_question(kind: RecordKind, id: String) -> Result<MatchQuestion, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    Ok(on_server::question(engine.match_question(&scope, kind, &id).await?))
}

/// Takes what somebody says about a record; `remote` is the candidate whose button was pressed, `type:id`.
#[server(endpoint = "answer-match")]
pub async fn answer_match(
    kind: RecordKind,
    id: String,
    said: MatchSaid,
    #[server(default)] remote: String,
) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let answer = on_server::answer(said, &remote);
    Box::pin(engine.answer_match(&scope, (kind, &id), &answer)).await?;
    Ok(on_server::answered(said))
}

#[cfg(feature = "ssr")]
mod on_server {
    use std::time::Duration;

    use engine::Engine;
    use engine::access::TenantScope;
    use engine::sync::{
        Confirmed, MatchAnswer, MatchCandidate as EngineCandidate, MatchClass as EngineClass, MatchField,
        MatchQuestion as EngineQuestion, MatchSide as EngineSide, Matching, RemoteKey,
    };
    use jiff::Timestamp;
    use serde_json::Value;
    use sync_core::record::RecordKind;

    use super::MatchSaid;
    use crate::api::error::ApiError;
    use crate::api::flash::Done;
    use crate::api::translate::when;
    use crate::i18n::{Locale, chosen, td_string};
    use crate::model::{
        KindMatching, MatchBrief, MatchCandidate, MatchClass, MatchQuestion, MatchSample, MatchSide,
        MatchingPage, MatchingState, Notice, NoticeKind,
    };

    /// How long a page without a script waits for a look.
    pub(super) const PATIENCE: Duration = Duration::from_secs(25);
    /// The parts of a value in the order in which people read them; the others follow.
    const ORDER: [&str; 12] = [
        "name",
        "email",
        "phone",
        "mobile",
        "street",
        "post_number",
        "place",
        "province",
        "country_name",
        "country",
        "number",
        "label",
    ];
    /// Parts of a value that say nothing to people.
    const HIDDEN: [&str; 4] = ["row", "external_id", "address_id", "remote_code"];
    /// Fields that are shown nowhere beside others: they follow from the lines.
    const DERIVED: [&str; 2] = ["booked", "doc_type"];

    pub(super) async fn page(engine: &Engine, scope: &TenantScope) -> Result<MatchingPage, ApiError> {
        let (now, mut looking) = (engine.now(), false);
        let mut kinds: Vec<KindMatching> = Vec::new();
        for kind in RecordKind::ALL {
            let found = engine.matching(scope, kind).await?;
            looking |= found.looking_since.is_some();
            let is_open = |kind: &KindMatching| kind.state != MatchingState::Confirmed;
            let waits = kind == RecordKind::SalesDocument && kinds.iter().any(is_open);
            kinds.push(matching(found, waits, now));
        }
        let questions = engine.match_questions(scope, None).await?;
        let brief = |one: engine::sync::MatchBrief| MatchBrief {
            kind: one.kind,
            record: side(one.record),
            candidates: one.candidates,
            is_linked: one.is_linked,
        };
        Ok(MatchingPage { kinds, looking, questions: questions.into_iter().map(brief).collect() })
    }

    fn matching(found: Matching, waits: bool, now: Timestamp) -> KindMatching {
        KindMatching {
            kind: found.kind,
            state: match (found.confirmed_at, found.looked_at) {
                (Some(_), _) => MatchingState::Confirmed,
                (None, None) => MatchingState::NotLooked,
                (None, Some(_)) => MatchingState::ToConfirm,
            },
            confirmed_at: found.confirmed_at.map(|at| when(at, now)),
            waits,
            certain: class(found.certain),
            differing: found.differing,
            candidates: class(found.candidates),
            only_here: class(found.only_here),
            only_there: class(found.only_there),
        }
    }

    fn class(class: EngineClass) -> MatchClass {
        let sample = |sample: engine::sync::MatchSample| MatchSample {
            here: sample.here.map(side),
            there: sample.there.map(side),
            of: sample.of,
            by: sample.by,
        };
        MatchClass { count: class.count, samples: class.samples.into_iter().map(sample).collect() }
    }

    fn side(side: EngineSide) -> MatchSide {
        let name = if side.number.is_empty() || side.number == side.name {
            side.name
        } else {
            format!("{} · {}", side.number, side.name)
        };
        MatchSide { id: side.id, remote_type: side.remote_type, name, detail: side.detail }
    }

    pub(super) fn question(found: EngineQuestion) -> MatchQuestion {
        MatchQuestion {
            kind: found.kind,
            record: side(found.record),
            linked_to: found.linked_to.map(side),
            candidates: found.candidates.into_iter().map(candidate).collect(),
        }
    }

    fn candidate(found: EngineCandidate) -> MatchCandidate {
        let lang = chosen();
        let shown = found.fields.into_iter().filter(|field| !DERIVED.contains(&field.field.as_str()));
        let (mut differs, mut same) = (Vec::new(), Vec::new());
        for MatchField { field, here, there } in shown {
            let (here, there) = (words(lang, here.as_ref()), words(lang, there.as_ref()));
            if here == there {
                same.push((field, here));
            } else {
                differs.push((field, here, there));
            }
        }
        MatchCandidate { there: side(found.there), by: found.by, differs, same }
    }

    /// A value as people read it; empty: there is none.
    fn words(lang: Locale, value: Option<&Value>) -> String {
        match value {
            None | Some(Value::Null) => String::new(),
            Some(Value::Bool(true)) => td_string!(lang, matching.yes).to_owned(),
            Some(Value::Bool(false)) => td_string!(lang, matching.no).to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Array(list)) => {
                let parts: Vec<String> = list.iter().map(|one| words(lang, Some(one))).collect();
                parts.join("; ")
            }
            Some(Value::Object(map)) => {
                let rest = map.keys().map(String::as_str).filter(|name| !ORDER.contains(name));
                let names = ORDER.into_iter().chain(rest).filter(|name| !HIDDEN.contains(name));
                let parts = names.map(|name| words(lang, map.get(name))).filter(|text| !text.is_empty());
                parts.collect::<Vec<_>>().join(", ")
            }
        }
    }

    pub(super) fn answer(said: MatchSaid, remote: &str) -> MatchAnswer {
        let (remote_type, id) = remote.split_once(':').unwrap_or(("", remote));
        let key = || RemoteKey { remote_type: remote_type.to_owned(), id: id.to_owned() };
        match said {
            MatchSaid::ItIs => MatchAnswer::ItIs(key()),
            MatchSaid::AnotherRow => MatchAnswer::AnotherRow(key()),
            MatchSaid::NotThis => MatchAnswer::NoneOf(vec![key()]),
            MatchSaid::None => MatchAnswer::NoneOf(Vec::new()),
        }
    }

    pub(super) fn answered(said: MatchSaid) -> Done {
        let lang = chosen();
        let title = match said {
            MatchSaid::ItIs => td_string!(lang, matching.did_link),
            MatchSaid::AnotherRow => td_string!(lang, matching.did_alias),
            MatchSaid::NotThis | MatchSaid::None => td_string!(lang, matching.did_part),
        };
        Done::saying(NoticeKind::Done, title)
    }

    pub(super) fn confirmed(done: Confirmed) -> Done {
        let lang = chosen();
        let (linked, asked) = (done.linked.to_string(), done.asked.to_string());
        let body = td_string!(lang, matching.did_confirm_body, linked = linked, asked = asked).to_string();
        let title = td_string!(lang, matching.did_confirm).to_owned();
        Done { notice: Some(Notice { kind: NoticeKind::Done, title, body: Some(body) }), ..Done::default() }
    }

    #[cfg(test)]
    mod tests {
        use serde_json::json;

        use super::*;

        #[test]
        fn values_are_read_in_the_order_of_people() {
            let address = json!({ "row": "7", "address": { "country": "SI", "place": "Ljubljana",
                "post_number": "1000", "street": "Nova ulica 1", "province": null } });
            assert_eq!(words(Locale::en, Some(&address)), "Nova ulica 1, 1000, Ljubljana, SI");
            let tax = json!({ "country": "SI", "number": "15012557" });
            assert_eq!(words(Locale::en, Some(&tax)), "SI, 15012557");
            assert_eq!(words(Locale::en, Some(&json!(true))), "yes");
            assert_eq!(words(Locale::en, None), "");
        }

        #[test]
        fn a_document_is_named_with_its_type() {
            let key =
                |remote_type: &str| RemoteKey { remote_type: remote_type.to_owned(), id: "7".to_owned() };
            assert_eq!(answer(MatchSaid::ItIs, "sales_order:7"), MatchAnswer::ItIs(key("sales_order")));
            assert_eq!(answer(MatchSaid::NotThis, ":7"), MatchAnswer::NoneOf(vec![key("")]));
        }
    }
}
