//! The connection to Metakocka: shown without its key, saved, tested.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::ApiError;
use super::flash::Done;
use crate::model::Connection;

/// What the form asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionDeed {
    /// Keep what was entered.
    #[default]
    Save,
    /// Ask Metakocka whether it works, and keep nothing.
    Test,
    /// Go on with a database that was restored from a copy.
    GoOn,
}

/// The workspace's connection; none: not connected.
#[server(endpoint = "connection", input = server_fn::codec::GetUrl)]
pub async fn load_connection() -> Result<Option<Connection>, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let connection = engine.connection(&scope).await?;
    let calls = engine.calls_made(&scope).await?;
    Ok(connection.zip(calls).map(|(connection, calls)| on_server::shown(connection, calls, engine.now())))
}

/// Saves or tests what was entered; an empty key keeps the stored one.
#[server(endpoint = "save-connection")]
pub async fn save_connection(
    company: String,
    secret: String,
    address: String,
    #[server(default)] deed: ConnectionDeed,
) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let input = on_server::input(company, secret, address);
    match deed {
        ConnectionDeed::Save => {
            engine.save_connection(&scope, &input).await.map_err(on_server::refused)?;
            Ok(on_server::saved())
        }
        ConnectionDeed::Test => {
            let answer = engine.test_connection(&scope, Some(&input)).await.map_err(on_server::refused)?;
            Ok(on_server::tested(answer))
        }
        ConnectionDeed::GoOn => {
            engine.confirm_restored(&scope).await?;
            Ok(on_server::goes_on())
        }
    }
}

#[cfg(feature = "ssr")]
mod on_server {
    use engine::EngineError;
    use engine::sync::{
        CallsMade, ConnectionInput, ConnectionState as EngineState, ConnectionView, Purpose, TestAnswer,
    };
    use jiff::Timestamp;
    use sync_core::record::RecordKind;
    use sync_core::state::PauseCause;

    use crate::api::error::ApiError;
    use crate::api::flash::Done;
    use crate::api::translate::when;
    use crate::i18n::{chosen, td_string};
    use crate::model::{Calls, Connection, ConnectionState, Notice, NoticeKind};

    pub(super) fn shown(view: ConnectionView, calls: CallsMade, now: Timestamp) -> Connection {
        let is_restored = view.is_restored();
        Connection {
            company: view.company_id,
            address: view.base_url,
            key_last4: view.secret_last4,
            state: match view.state {
                EngineState::Active => ConnectionState::Active,
                EngineState::Paused => ConnectionState::Paused,
                EngineState::KeyRefused => ConnectionState::KeyRefused,
            },
            is_restored,
            reason: view.reason.map(reason),
            since: Some(when(view.since, now)),
            by: view.by,
            calls: Calls {
                this_hour: calls.this_hour,
                limit: calls.limit,
                renewed_at: when(calls.renewed_at, now),
                purposes: calls
                    .purposes
                    .into_iter()
                    .map(|(purpose, calls)| (words(purpose), calls))
                    .collect(),
            },
        }
    }

    fn noun(kind: RecordKind) -> &'static str {
        let lang = chosen();
        match kind {
            RecordKind::Contact => td_string!(lang, settings.calls_contacts),
            RecordKind::Product => td_string!(lang, settings.calls_products),
            RecordKind::SalesDocument => td_string!(lang, settings.calls_documents),
        }
    }

    fn words(purpose: Purpose) -> String {
        let lang = chosen();
        match purpose {
            Purpose::Look(of) => td_string!(lang, settings.calls_look, kind = noun(of)).to_string(),
            Purpose::Pull(of) => td_string!(lang, settings.calls_pull, kind = noun(of)).to_string(),
            Purpose::Push(of) => td_string!(lang, settings.calls_push, kind = noun(of)).to_string(),
            Purpose::Settle => td_string!(lang, settings.calls_settle).to_owned(),
        }
    }

    /// A pause has a name, of which the application knows the sentence; what Metakocka said of a key is a sentence.
    fn reason(stored: String) -> String {
        let lang = chosen();
        match PauseCause::ALL.into_iter().find(|cause| cause.as_str() == stored) {
            Some(PauseCause::ByHand) => td_string!(lang, pause.by_hand).to_owned(),
            Some(PauseCause::Disconnected) => td_string!(lang, pause.disconnected).to_owned(),
            Some(PauseCause::AnotherCompany) => td_string!(lang, settings.another_company).to_owned(),
            Some(PauseCause::Restored) => td_string!(lang, settings.restored).to_owned(),
            None => stored,
        }
    }

    pub(super) fn goes_on() -> Done {
        let lang = chosen();
        notice(
            NoticeKind::Done,
            td_string!(lang, settings.goes_on),
            td_string!(lang, settings.goes_on_body).to_owned(),
        )
    }

    pub(super) fn input(company: String, secret: String, address: String) -> ConnectionInput {
        let secret_key = (!secret.trim().is_empty()).then(|| secret.into());
        ConnectionInput { company_id: company, base_url: address, secret_key }
    }

    /// The engine names fields as the JSON API does; the form has names of its own.
    pub(super) fn refused(error: EngineError) -> ApiError {
        let mut error = ApiError::from(error);
        for wrong in &mut error.fields {
            let name = match wrong.field.as_str() {
                "companyId" => "company",
                "secretKey" => "secret",
                "apiEndpoint" => "address",
                _ => continue,
            };
            name.clone_into(&mut wrong.field);
        }
        error
    }

    pub(super) fn saved() -> Done {
        let lang = chosen();
        notice(
            NoticeKind::Done,
            td_string!(lang, settings.saved),
            td_string!(lang, settings.saved_body).to_owned(),
        )
    }

    pub(super) fn tested(answer: TestAnswer) -> Done {
        let lang = chosen();
        if answer.works {
            notice(NoticeKind::Done, td_string!(lang, settings.test_ok), answer.sentence)
        } else {
            notice(NoticeKind::Problem, td_string!(lang, settings.test_failed), answer.sentence)
        }
    }

    fn notice(kind: NoticeKind, title: &str, body: String) -> Done {
        Done { notice: Some(Notice { kind, title: title.to_owned(), body: Some(body) }), ..Done::default() }
    }
}
