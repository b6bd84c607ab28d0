//! Erasing a contact.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;

use super::error::ApiError;
use super::flash::Done;
use crate::model::Erasing;

/// What erasing a contact would do.
#[server(endpoint = "erasing", input = server_fn::codec::GetUrl)]
pub async fn load_erasing(id: String) -> Result<Erasing, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let erasing = engine.erasing(&scope, &id).await?;
    Ok(on_server::shown(erasing, engine.now()))
}

/// Erases a contact that still has this revision.
#[server(endpoint = "erase-contact")]
pub async fn erase_contact(
    id: String,
    revision: i64,
    #[server(default)] understood: bool,
) -> Result<Done, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    scope.require(engine::access::Role::Owner)?;
    engine.erasing(&scope, &id).await?;
    on_server::check(understood)?;
    let erasure = engine.erase_contact(&scope, &id, revision).await?;
    Ok(on_server::done(&id, erasure))
}

#[cfg(feature = "ssr")]
mod on_server {
    use engine::sync::{self, Erasure};
    use jiff::Timestamp;

    use crate::api::error::{ApiError, ErrorCode, FieldError};
    use crate::api::flash::Done;
    use crate::api::translate::when;
    use crate::i18n::{chosen, td_string};
    use crate::model::{Erasing, Notice, NoticeKind};

    pub(super) fn shown(erasing: sync::Erasing, now: Timestamp) -> Erasing {
        Erasing {
            id: erasing.id,
            revision: erasing.revision,
            name: erasing.name,
            documents: erasing.documents,
            partners: erasing.partners,
            waits: erasing.waits,
            question: erasing.asks.map(|intent| format!("/review/unknown/{intent}")),
            not_yet: erasing.not_yet.map(str::to_owned),
            asked_at: erasing.asked_at.map(|at| when(at, now)),
            erased_at: erasing.erased_at.map(|at| when(at, now)),
        }
    }

    pub(super) fn check(understood: bool) -> Result<(), ApiError> {
        if understood {
            return Ok(());
        }
        let sentence = td_string!(chosen(), erase.tick_first).to_owned();
        let fields = vec![FieldError { field: "understood".to_owned(), sentence: sentence.clone() }];
        Err(ApiError { fields, ..ApiError::plain(ErrorCode::Invalid, sentence) })
    }

    pub(super) fn done(id: &str, erasure: Erasure) -> Done {
        let lang = chosen();
        let title = match erasure {
            Erasure::Done => td_string!(lang, erase.done),
            Erasure::Waits => td_string!(lang, erase.waits_done),
        };
        let notice = Notice { kind: NoticeKind::Done, title: title.to_owned(), body: None };
        Done { notice: Some(notice), ..Done::going(format!("/contacts/{id}/erase")) }
    }
}
