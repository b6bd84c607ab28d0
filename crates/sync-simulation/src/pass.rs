//! Discovery: a worker walks a list of the remote with the machine of `sync_core::discovery`.

use std::collections::BTreeSet;
use std::time::Duration;

use sync_core::discovery::{Command, Filter, Page, Pass, Verdict, Walk, absent, another_company};
use sync_core::record::ExternalId;
use sync_core::time::UtcMicros;

use crate::calls::{Ask, Heard};
use crate::counts::Boundary;
use crate::model::{Kind, MINUTE, SECOND, Snapshot, external, internal};
use crate::store::JobKey;
use crate::worker::{Flow, Stage, Task};
use crate::world::World;

/// Rows of a page: few, so that a short list has several.
const ROWS: u32 = 3;

/// What a look overlaps by; the days here are short, so it is less than the real two hours.
const OVERLAP: Duration = Duration::from_mins(20);

/// How often a page is asked for before the pass is left to the next look.
const TRIES: u32 = 2;

/// A pass in the hands of a worker.
#[derive(Debug)]
pub(crate) struct PassTask {
    kind: Kind,
    scan: bool,
    pass: Pass,
    asked: UtcMicros,
    waits: bool,
    page: Option<Vec<Snapshot>>,
    finish: Option<UtcMicros>,
    seen: BTreeSet<ExternalId>,
    failures: u32,
}

impl PassTask {
    /// Where a worker would die now.
    pub(crate) fn boundary(&self) -> Boundary {
        match (&self.page, self.finish) {
            (Some(_), _) => Boundary::BeforePage,
            (None, Some(_)) => Boundary::BeforeWatermark,
            (None, None) => Boundary::Asking,
        }
    }
}

impl World<'_> {
    pub(crate) fn begin_pass(&mut self, kind: Kind, scan: bool) -> Flow {
        let watermark = self.store.watermarks[kind.index()];
        let (filter, walk) = match (kind, scan, watermark) {
            (Kind::Order, false, Some(mark)) => (Filter::ChangedSince(mark.minus(OVERLAP)), Walk::Whole),
            (Kind::Offer, false, _) => (Filter::All, Walk::NewestUntilKnown),
            _ => (Filter::All, Walk::Whole),
        };
        Flow::Go(Stage::Pass(Box::new(PassTask {
            kind,
            scan: scan || filter == Filter::All && walk == Walk::Whole,
            pass: Pass::new(filter, walk, ROWS),
            asked: UtcMicros(0),
            waits: false,
            page: None,
            finish: None,
            seen: BTreeSet::new(),
            failures: 0,
        })))
    }

    pub(crate) fn pass(&mut self, worker: usize, task: &mut Task, mut pass: Box<PassTask>) -> Flow {
        if pass.waits {
            pass.waits = false;
            return self.page_came(task, pass);
        }
        if let Some(rows) = pass.page.take() {
            if self.store.fence(task.key, task.token, self.wiring).is_err() {
                return Flow::Drop;
            }
            self.store_page(pass.asked, rows);
            pass.pass.stored();
        }
        if let Some(watermark) = pass.finish {
            return self.finish_pass(task, &pass, watermark);
        }
        match pass.pass.next(self.wall()) {
            Command::Fetch(fetch) => {
                pass.asked = self.stamp();
                pass.waits = true;
                let call = self.ask(worker, Ask::Page(pass.kind, fetch));
                Flow::Wait(Stage::Pass(pass), call)
            }
            Command::Finish { watermark } => {
                pass.finish = Some(watermark);
                Flow::Go(Stage::Pass(pass))
            }
            Command::AwaitPage | Command::AwaitStore => Flow::Done(Some(self.wall_in(MINUTE))),
        }
    }

    fn page_came(&mut self, task: &mut Task, mut pass: Box<PassTask>) -> Flow {
        let Heard::Page(rows, total) = self.hear(task) else { return self.page_failed(task, pass) };
        let ids: Vec<ExternalId> = rows.iter().filter_map(|row| external(row.id)).collect();
        let known = &self.store.known;
        match pass.pass.page(Page { ids: &ids, total }, |id| known.contains(&internal(id))) {
            Ok(Verdict::Accept { fresh }) => {
                pass.seen.extend(ids);
                pass.page = Some(rows[fresh].to_vec());
                Flow::Go(Stage::Pass(pass))
            }
            Ok(Verdict::Restart) => {
                pass.seen.clear();
                Flow::Go(Stage::Pass(pass))
            }
            Err(_) => Flow::Done(Some(self.wall_in(MINUTE))),
        }
    }

    /// A page was not answered: the pass ends without a watermark and proves nothing.
    fn page_failed(&mut self, task: &Task, mut pass: Box<PassTask>) -> Flow {
        pass.failures += 1;
        if pass.scan && self.wiring.believes_partial_scans() {
            for ext in self.missing(&pass) {
                self.mark_gone(ext);
            }
        }
        if !self.wiring.waits_for_all_pages() {
            let watermark = self.wall();
            return self.finish_pass(task, &pass, watermark);
        }
        if pass.failures > TRIES || self.truth.violation.is_some() {
            return Flow::Done(Some(self.wall_in(MINUTE)));
        }
        // The machine still waits for this page; a new walk asks for it again.
        let again = if pass.scan { JobKey::Scan(pass.kind) } else { JobKey::Look(pass.kind) };
        let due = self.wall_in(20 * SECOND);
        self.store.schedule(again, due);
        Flow::Done(Some(due))
    }

    fn store_page(&mut self, asked: UtcMicros, rows: Vec<Snapshot>) {
        let now = self.wall();
        for row in rows {
            let (ext, unchanged) = (
                row.id,
                self.store
                    .mirror
                    .get(&row.id)
                    .is_some_and(|old| old.seen == row && !old.suspect && !old.gone),
            );
            self.store.mirror(row, asked, self.wiring);
            if let Some(record) = self.store.linked_to(ext).filter(|_| !unchanged) {
                self.late_writes(record);
            }
            match self.store.linked_to(ext) {
                Some(_) if unchanged => {}
                Some(record) => self.store.schedule(JobKey::Record(record), now),
                None => self.store.schedule(JobKey::Take(ext), now),
            }
        }
    }

    fn finish_pass(&mut self, task: &Task, pass: &PassTask, watermark: UtcMicros) -> Flow {
        if self.store.fence(task.key, task.token, self.wiring).is_err() {
            return Flow::Drop;
        }
        let now = self.wall();
        self.store.watermarks[pass.kind.index()] = Some(watermark);
        self.store.known.extend(pass.seen.iter().map(internal));
        if pass.scan && self.wiring.waits_for_all_pages() {
            self.store.scanned[pass.kind.index()] = true;
            for ext in self.missing(pass) {
                if let Some(row) = self.store.mirror.get_mut(&ext) {
                    row.suspect = true;
                }
                if let Some(record) = self.store.linked_to(ext) {
                    self.store.schedule(JobKey::Record(record), now);
                }
            }
        }
        Flow::Done(None)
    }

    /// Linked records that a scan did not show.
    fn missing(&self, pass: &PassTask) -> Vec<u32> {
        let linked: Vec<ExternalId> = self
            .store
            .links
            .values()
            .filter(|link| {
                let row = self.store.mirror.get(&link.ext);
                row.is_some_and(|row| row.seen.kind == pass.kind && !row.gone)
            })
            .filter_map(|link| external(link.ext))
            .collect();
        let missing = absent(&linked, &pass.seen);
        // A handful of links is never called another company.
        if another_company(missing.len() as u64, linked.len() as u64).is_err() {
            return Vec::new();
        }
        missing.into_iter().map(internal).collect()
    }
}
