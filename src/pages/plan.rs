//! Plans: the page that asks for one, and one with what would be done to each record.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use sync_core::record::RecordKind;

use super::form::{Back, BackTo, Refusal, use_form};
use super::live::{Live, follow};
use super::signed_in::Who;
use super::trouble::{Absent, Trouble};
use crate::api::error::ErrorCode;
use crate::api::plans::{ApplyPlan, MakePlan, load_plan};
use crate::components::format::{Style, when};
use crate::components::metakocka::{PlanItems, kind_name, way_name};
use crate::components::{Banner, Button, ButtonKind, Empty, IconName, Loading};
use crate::i18n::{language, td_string};
use crate::model::{MyRole, Plan, PlanWay, Tone, list_path, new_plan_path, plan_path, record_path};

/// `/plans/new`.
#[component]
pub fn NewPlanPage() -> impl IntoView {
    let lang = language();
    let parameters = use_query_map();
    let form = use_form::<MakePlan>("make-plan");
    let (action, pending) = (form.action, form.action.pending());
    let said = |name: &'static str| parameters.with_untracked(|map| map.get(name)).unwrap_or_default();
    let kind = said("kind").parse().unwrap_or(RecordKind::SalesDocument);
    let way = PlanWay::parse(&said("way")).unwrap_or_default();
    let id = said("id");
    let back = if id.is_empty() { list_path(kind).to_owned() } else { record_path(kind, &id) };
    let what = if id.is_empty() {
        view! { <Everything kind=kind way=way /> }.into_any()
    } else {
        view! {
            <p>{td_string!(lang, plan.one_record)}</p>
            <input type="hidden" name="kind" value=kind.as_str() />
            <input type="hidden" name="way" value=way.as_str() />
            <input type="hidden" name="id" value=id />
        }
        .into_any()
    };
    view! {
        <Title text=td_string!(lang, plan.new_title) />
        <div class="head">
            <div>
                <p class="crumb">
                    <a href=list_path(kind)>{kind_name(kind)}</a>
                    " ›"
                </p>
                <h1>{td_string!(lang, plan.new_title)}</h1>
            </div>
        </div>
        <section class="panel pad stack narrow">
            <p>{td_string!(lang, plan.new_lead)}</p>
            <ActionForm action=action attr:class="form">
                <Back />
                <Refusal error=form.error />
                {what}
                <div class="form-acts">
                    <Button kind=ButtonKind::Primary icon=IconName::Search submit=true disabled=pending>
                        {td_string!(lang, plan.make)}
                    </Button>
                    <a class="btn" data-kind="quiet" href=back>
                        {td_string!(lang, form.cancel)}
                    </a>
                </div>
            </ActionForm>
        </section>
    }
}

/// Chooses of which records, and which way.
#[component]
fn Everything(kind: RecordKind, way: PlanWay) -> impl IntoView {
    let lang = language();
    let kinds = [RecordKind::SalesDocument, RecordKind::Contact, RecordKind::Product].map(|one| {
        view! {
            <option value=one.as_str() selected=one == kind>
                {kind_name(one)}
            </option>
        }
    });
    let ways = PlanWay::ALL.map(|one| {
        view! {
            <label class="tick">
                <input type="radio" name="way" value=one.as_str() checked=one == way />
                {way_name(one)}
            </label>
        }
    });
    view! {
        <div class="form-row">
            <label for="plan-kind">{td_string!(lang, plan.kind)}</label>
            <select class="control" id="plan-kind" name="kind">
                {kinds.into_iter().collect_view()}
            </select>
        </div>
        <fieldset class="lines-form">
            <legend>{td_string!(lang, plan.way)}</legend>
            <div class="ticks">{ways.into_iter().collect_view()}</div>
        </fieldset>
    }
}

/// Leads to a plan of one record, whichever way it goes.
#[component]
pub(super) fn PreviewLink(
    /// Where to.
    href: String,
) -> impl IntoView {
    view! {
        <a class="btn" data-size="small" href=href>
            {td_string!(language(), plan.preview)}
        </a>
    }
}

/// `/plans/:id`.
#[component]
pub fn PlanPage() -> impl IntoView {
    let live = Live::expect();
    let parameters = use_params_map();
    let query = use_query_map();
    let id = Memo::new(move |_| parameters.with(|map| map.get("id").unwrap_or_default()));
    let from =
        Memo::new(move |_| query.with(|map| map.get("from")).and_then(|text| text.parse::<u64>().ok()));
    let loaded = Resource::new(
        move || (id.try_get().unwrap_or_default(), from.try_get().flatten(), live.documents.get()),
        |(id, from, _)| load_plan(id, from),
    );
    let apply = use_form::<ApplyPlan>("apply-plan");
    let again = use_form::<MakePlan>("make-plan");
    view! {
        <Refusal error=apply.error />
        <Refusal error=again.error />
        <Transition fallback=Loading>
            {move || {
                let loaded = follow(loaded)?;
                let forms = (apply.action, again.action);
                Some(Suspend::new(async move {
                    let may_apply = Who::is().await.is_ok_and(|me| me.role >= MyRole::Staff);
                    match loaded.await {
                        Ok(plan) => view! { <Shown plan=plan forms=forms may_apply=may_apply /> }.into_any(),
                        Err(error) if error.code == ErrorCode::NotFound => view! { <Missing /> }.into_any(),
                        Err(error) => view! { <Trouble error=error /> }.into_any(),
                    }
                }))
            }}
        </Transition>
    }
}

#[component]
fn Missing() -> impl IntoView {
    let lang = language();
    view! {
        <Absent
            icon=IconName::Search
            title=td_string!(lang, plan.missing)
            body=td_string!(lang, plan.missing_body)
            href="/plans/new"
            back=td_string!(lang, plan.new_title)
        />
    }
}

/// What applies a plan and what makes another one.
type Forms = (ServerAction<ApplyPlan>, ServerAction<MakePlan>);

#[component]
fn Shown(plan: Plan, forms: Forms, may_apply: bool) -> impl IntoView {
    let lang = language();
    let style = Style::of(lang);
    let title = format!("{} · {}", td_string!(lang, plan.title), kind_name(plan.kind));
    let made = when(lang, &plan.made);
    let made = match &plan.by {
        Some(name) => td_string!(lang, plan.made_by, time = made, name = name.clone()).to_string(),
        None => td_string!(lang, plan.made, time = made).to_string(),
    };
    let counts = [
        (td_string!(lang, plan.records), plan.records),
        (td_string!(lang, plan.active), plan.active),
        (td_string!(lang, plan.calls), plan.calls),
    ];
    let counts = counts.into_iter().map(|(name, count)| {
        view! {
            <div class="counter">
                <dt>{name}</dt>
                <dd class="num">{style.count(count)}</dd>
            </div>
        }
    });
    let next = plan.next.map(|from| format!("{}?from={from}", plan_path(&plan.id)));
    let items = plan.items.clone();
    let body = if items.is_empty() {
        view! {
            <Empty icon=IconName::Check title=td_string!(lang, plan.none_title) body=td_string!(lang, plan.none_body)>
                <a class="btn" href=list_path(plan.kind)>
                    {td_string!(lang, push.back)}
                </a>
            </Empty>
        }
        .into_any()
    } else {
        view! { <PlanItems items=items /> }.into_any()
    };
    view! {
        <Title text=title.clone() />
        <div class="head">
            <div>
                <p class="crumb">
                    <a href=list_path(plan.kind)>{kind_name(plan.kind)}</a>
                    " ›"
                </p>
                <h1>{title}</h1>
                <p class="sub">{way_name(plan.way)} " · " {made}</p>
            </div>
        </div>
        <Standing plan=plan.clone() forms=forms may_apply=may_apply />
        <div class="stack">
            <section class="panel pad stack" aria-label=td_string!(lang, plan.what)>
                <dl class="counters">{counts.collect_view()}</dl>
                <p class="small dim">{td_string!(lang, plan.lead)}</p>
            </section>
            <section class="panel" aria-label=td_string!(lang, plan.items)>
                {body}
                {next
                    .map(|href| {
                        view! {
                            <div class="pager">
                                <span class="end">
                                    <a class="btn" data-size="small" href=href rel="next">
                                        {td_string!(lang, common.next)}
                                    </a>
                                </span>
                            </div>
                        }
                    })}
            </section>
        </div>
    }
}

/// Whether it can be applied: the button, or why not.
#[component]
fn Standing(plan: Plan, forms: Forms, may_apply: bool) -> impl IntoView {
    let lang = language();
    let (apply, again) = forms;
    if let Some(run) = &plan.run {
        let title = match (&plan.applied, &plan.applied_by) {
            (Some(at), Some(name)) => {
                td_string!(lang, plan.applied_by, time = when(lang, at), name = name.clone()).to_string()
            }
            (Some(at), None) => td_string!(lang, plan.applied, time = when(lang, at)).to_string(),
            (None, _) => td_string!(lang, plan.is_applied).to_owned(),
        };
        let href = format!("/runs/{run}");
        return view! {
            <Banner tone=Tone::Ok icon=IconName::Check title=title>
                <a class="btn" href=href>
                    {td_string!(lang, plan.open_run)}
                </a>
            </Banner>
        }
        .into_any();
    }
    if let Some(sentence) = plan.stale.clone() {
        let title = td_string!(lang, plan.stale);
        return view! {
            <Banner tone=Tone::Ask icon=IconName::Decide title=title body=sentence>
                <Again plan=plan action=again />
            </Banner>
        }
        .into_any();
    }
    if plan.active == 0 {
        return ().into_any();
    }
    if !may_apply {
        return view! { <p class="dim">{td_string!(lang, tip.read_only)}</p> }.into_any();
    }
    let style = Style::of(lang);
    let title = td_string!(
        lang,
        plan.ready,
        count = plan.active,
        n = style.count(plan.active),
        calls = style.count(plan.calls)
    );
    let pending = apply.pending();
    let body = td_string!(lang, plan.ready_body);
    view! {
        <Banner tone=Tone::Flow icon=IconName::Clock title=title body=body>
            <ActionForm action=apply>
                <Back />
                <input type="hidden" name="id" value=plan.id />
                <Button kind=ButtonKind::Primary icon=IconName::Sync submit=true disabled=pending>
                    {td_string!(lang, plan.apply)}
                </Button>
            </ActionForm>
        </Banner>
    }
    .into_any()
}

/// Makes a plan of the same records.
#[component]
fn Again(plan: Plan, action: ServerAction<MakePlan>) -> impl IntoView {
    let lang = language();
    let pending = action.pending();
    view! {
        <ActionForm action=action>
            <BackTo path=new_plan_path(plan.kind, plan.way) />
            <input type="hidden" name="kind" value=plan.kind.as_str() />
            <input type="hidden" name="way" value=plan.way.as_str() />
            <input type="hidden" name="like" value=plan.id />
            <Button kind=ButtonKind::Primary icon=IconName::Search submit=true disabled=pending>
                {td_string!(lang, plan.again)}
            </Button>
        </ActionForm>
    }
}
