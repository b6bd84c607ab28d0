//! Plants what a person should find: documents that were taken before and then changed there, here, or on both sides,
//! and one that cannot be read. Nothing is looked for meanwhile, so the button says "not looked yet".

use engine::Engine;
use engine::access::TenantScope;
use engine::crm::Edit;
use engine::ids::Ids;
use engine::sync::{Cause, ExternalKey, Selection, WorkerSettings};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::record::RecordKind;

use super::DemoError;
use super::child::{Document, Simulator};
use super::memory::{Known, Wish};

/// Of so many documents one was taken before and changed there since.
const ONE_CHANGED_IN: usize = 50;
/// Of so many documents one was changed on both sides.
const ONE_CONFLICT_IN: usize = 250;
/// Of so many documents one was changed only here.
const ONE_HERE_IN: usize = 200;
/// Types whose documents are planted: those that staff edits on both sides.
const EDITED: [&str; 2] = ["sales_offer", ORDER];
/// An order, as Metakocka spells its type.
const ORDER: &str = "sales_order";

/// What was planted, so that a later start can plant it in the simulator again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Planted {
    /// Documents that are only there.
    pub(super) new: usize,
    records: Vec<Record>,
}

/// One document that was touched.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Record {
    doc_type: String,
    id: String,
    what: What,
}

/// What was done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    ChangedThere,
    ChangedHere,
    ChangedOnBothSides,
    Unreadable,
}

impl Planted {
    fn count(&self, what: What) -> usize {
        self.records.iter().filter(|record| record.what == what).count()
    }

    /// Documents that a pull updates.
    pub(super) fn changed(&self) -> usize {
        self.count(What::ChangedThere)
    }

    /// Documents that wait for a person.
    pub(super) fn review(&self) -> usize {
        self.count(What::ChangedOnBothSides) + self.count(What::Unreadable)
    }

    /// Documents that were edited only here.
    pub(super) fn here(&self) -> usize {
        self.count(What::ChangedHere)
    }
}

/// Plants in both places.
pub(super) async fn plant(
    engine: &Engine,
    owner: &TenantScope,
    simulator: &Simulator,
    wish: &Wish,
) -> Result<Planted, DemoError> {
    let documents = simulator.documents().await?;
    let total = documents.len();
    let planted = Planted { records: choose(documents, wish.seed), new: 0 };
    let taken = take(engine, owner, &planted.records).await?;
    for record in &planted.records {
        if matches!(record.what, What::ChangedHere | What::ChangedOnBothSides) {
            edit_here(engine, owner, record, &taken).await?;
        }
    }
    plant_there(simulator, wish, &planted).await?;
    Ok(Planted { new: total - planted.records.len(), ..planted })
}

/// Plants in the simulator what an earlier start planted: it begins anew from its seed each time.
pub(super) async fn again(simulator: &Simulator, known: &Known) -> Result<(), DemoError> {
    plant_there(simulator, &known.wish, &known.planted).await
}

async fn plant_there(simulator: &Simulator, wish: &Wish, planted: &Planted) -> Result<(), DemoError> {
    for (number, record) in planted.records.iter().enumerate() {
        let Record { doc_type, id, what } = record;
        let company = &wish.company_id;
        match what {
            What::ChangedThere | What::ChangedOnBothSides => {
                let title = format!("Agreed by telephone, no. {}", number + 1);
                let edit = json!({
                    "company": company, "kind": "document", "docType": doc_type, "id": id, "set": { "title": title },
                });
                simulator.post("edit", &edit).await?;
            }
            What::Unreadable => {
                let malform = json!({ "company": company, "docType": doc_type, "id": id });
                simulator.post("malform", &malform).await?;
            }
            What::ChangedHere => {}
        }
    }
    Ok(())
}

/// Chooses documents; the same seed chooses the same ones.
fn choose(documents: Vec<Document>, seed: u64) -> Vec<Record> {
    let chance = Ids::seeded(seed);
    let total = documents.len();
    let mut pool: Vec<Document> =
        documents.into_iter().filter(|document| EDITED.contains(&document.doc_type.as_str())).collect();
    let mut records = Vec::new();
    for (what, wanted) in [
        (What::ChangedThere, (total / ONE_CHANGED_IN).max(1)),
        (What::ChangedOnBothSides, (total / ONE_CONFLICT_IN).max(1)),
        (What::ChangedHere, (total / ONE_HERE_IN).max(1)),
        (What::Unreadable, 1),
    ] {
        for _ in 0..wanted.min(pool.len()) {
            let at = usize::try_from(chance.number() % pool.len() as u64).unwrap_or(0);
            let at = if what == What::ChangedHere { order_from(&pool, at) } else { at };
            let Document { id, doc_type } = pool.swap_remove(at);
            records.push(Record { doc_type, id, what });
        }
    }
    records
}

/// The first order from a place on: the notes of one can be changed in Metakocka whatever was made from it.
fn order_from(pool: &[Document], at: usize) -> usize {
    let turned = (at..pool.len()).chain(0..at);
    turned.into_iter().find(|place| pool[*place].doc_type == ORDER).unwrap_or(at)
}

/// Takes the chosen documents over, without looking for others. Returns the run.
async fn take(
    engine: &Engine,
    owner: &TenantScope,
    records: &[Record],
) -> Result<Vec<(String, String)>, DemoError> {
    let chosen = records.iter().filter(|record| record.what != What::Unreadable);
    let keys = chosen
        .map(|record| ExternalKey { remote_type: Some(record.doc_type.clone()), id: record.id.clone() });
    let selection = Selection::These(keys.collect());
    let run = engine.start_pull(owner, RecordKind::SalesDocument, selection, Cause::Command).await?;
    engine.run_pending_jobs(&WorkerSettings::standard("demo".to_owned())).await?;
    let run = engine.run(owner, &run).await?;
    let expected = records.len() - records.iter().filter(|record| record.what == What::Unreadable).count();
    if usize::try_from(run.created).ok() != Some(expected) {
        let reason = run.error.unwrap_or_else(|| format!("{} of {expected} documents arrived", run.created));
        return Err(DemoError::Simulator(format!("did not hand over the sample documents: {reason}")));
    }
    linked(engine, owner).await
}

/// External id and id of every document that is here.
async fn linked(engine: &Engine, owner: &TenantScope) -> Result<Vec<(String, String)>, DemoError> {
    use engine::crm::ListQuery;
    let mut linked = Vec::new();
    for page in 1.. {
        let query = ListQuery { page, per_page: 200, ..ListQuery::default() };
        let list = engine.sales_documents(owner, &query).await?;
        let is_last = u64::from(page) * u64::from(list.per_page) >= list.total;
        linked.extend(
            list.rows.into_iter().filter_map(|row| row.sync.external_id.map(|external| (external, row.id))),
        );
        if is_last {
            break;
        }
    }
    Ok(linked)
}

async fn edit_here(
    engine: &Engine,
    owner: &TenantScope,
    record: &Record,
    linked: &[(String, String)],
) -> Result<(), DemoError> {
    let found = linked.iter().find(|(external, _)| *external == record.id);
    let (_, id) = found.ok_or_else(|| DemoError::Simulator("handed over another document".to_owned()))?;
    let document = engine.sales_document(owner, id).await?;
    let agreed = Some("Agreed at the meeting".to_owned());
    let edit = match record.what {
        What::ChangedHere => Edit { notes: agreed, ..Edit::default() },
        _ => Edit { title: agreed, ..Edit::default() },
    };
    engine.edit_sales_document(owner, id, document.revision, edit).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents() -> Vec<Document> {
        let of = |number: usize, doc_type: &str| Document {
            id: number.to_string(),
            doc_type: doc_type.to_owned(),
        };
        (0..1_000)
            .map(|number| of(number, if number % 4 == 0 { "sales_bill_domestic" } else { "sales_order" }))
            .collect()
    }

    #[test]
    fn every_state_is_planted_and_no_document_twice() {
        let planted = Planted { records: choose(documents(), 7), new: 0 };
        assert_eq!((planted.changed(), planted.review(), planted.here()), (20, 5, 5));
        let mut ids: Vec<&str> = planted.records.iter().map(|record| record.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), planted.records.len());
        assert!(planted.records.iter().all(|record| record.doc_type == "sales_order"));
    }

    #[test]
    fn the_same_seed_chooses_the_same_documents() {
        let ids = |seed| choose(documents(), seed).into_iter().map(|record| record.id).collect::<Vec<_>>();
        assert_eq!(ids(7), ids(7));
        assert_ne!(ids(7), ids(8));
    }
}
