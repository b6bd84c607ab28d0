//! What somebody has to see of a record that its state does not show, beside its sync section.

use leptos::form::ActionForm;
use leptos::prelude::*;
use sync_core::record::RecordKind;

use super::form::{Back, use_form};
use super::live::{Live, follow};
use super::signed_in::Who;
use super::sync_control::announce;
use crate::api::inbox::{DismissAlarm, load_alarms};
use crate::components::format::when;
use crate::components::metakocka::place_words;
use crate::components::{Button, Icon, IconName};
use crate::i18n::{language, td_string};
use crate::model::{Alarm, AlarmWhat, MyRole, Tone};

/// The alarms of a record; nothing when there are none.
#[component]
pub(super) fn Alarms(
    /// Of which record.
    kind: RecordKind,
    /// The record.
    id: String,
) -> impl IntoView {
    let live = Live::expect();
    let record = id.clone();
    let loaded = Resource::new(move || live.documents.get(), move |_| load_alarms(kind, record.clone()));
    let form = use_form::<DismissAlarm>("dismiss-alarm");
    announce(form.error);
    let action = form.action;
    Effect::new(move |_| {
        if action.value().with(|done| matches!(done, Some(Ok(_)))) {
            live.reload();
        }
    });
    view! {
        <Transition>
            {move || {
                let loaded = follow(loaded)?;
                let id = id.clone();
                Some(Suspend::new(async move {
                    let may = Who::is().await.is_ok_and(|me| me.role > MyRole::ReadOnly);
                    let alarms = loaded.await.unwrap_or_default();
                    let all = alarms.into_iter();
                    all.map(|alarm| {
                        view! { <One alarm=alarm record=id.clone() action=may.then_some(action) /> }
                    })
                    .collect_view()
                }))
            }}
        </Transition>
    }
}

#[component]
fn One(alarm: Alarm, record: String, action: Option<ServerAction<DismissAlarm>>) -> impl IntoView {
    let lang = language();
    let (title, list, answer) = match alarm.what {
        AlarmWhat::ForeignChange(what) => (td_string!(lang, alarms.foreign_change), what, None),
        AlarmWhat::LostField(fields) => {
            let fields = fields.iter().map(|name| place_words(name)).collect();
            (td_string!(lang, alarms.lost_field), fields, None)
        }
        AlarmWhat::Duplicate => {
            let href = format!("/review/duplicate/sales-documents/{record}");
            (td_string!(lang, alarms.duplicate), Vec::new(), Some(href))
        }
    };
    let dismiss = action.filter(|_| answer.is_none()).map(|action| {
        view! {
            <ActionForm action=action>
                <Back />
                <input type="hidden" name="id" value=alarm.id />
                <Button small=true submit=true>
                    {td_string!(lang, common.dismiss)}
                </Button>
            </ActionForm>
        }
    });
    let decide = answer.map(|href| {
        view! {
            <a class="btn" data-size="small" href=href>
                {td_string!(lang, alarms.decide)}
            </a>
        }
    });
    view! {
        <section class="panel pad stack" role="note" aria-label=td_string!(lang, alarms.title)>
            <p class="state" data-tone=Tone::Ask.as_str()>
                <Icon name=IconName::Decide />
                <span>{title}</span>
            </p>
            <p class="small dim">
                <time datetime=alarm.at.utc.clone()>{when(lang, &alarm.at)}</time>
            </p>
            <ul class="small">{list.into_iter().map(|one| view! { <li>{one}</li> }).collect_view()}</ul>
            <div class="form-acts">{dismiss} {decide}</div>
        </section>
    }
}
