//! Customers and products that taken documents name: found by their links, else created with the document, else, when
//! it is not certain who they are, left for a person. A document never waits for that (policy F).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use metakocka::{MkId, Partner, PartnerQuery, Product, ProductFilters, ProductQuery, ProductSwitch, Row};
use sync_core::record::{Canonical, Contact, Line, RecordKind, SalesDocument, Unreadable, content_hash};

use super::failure::{Failure, is_about_the_record, sentence};
use super::matching::{At, claims_of};
use super::notes;
use super::page::{Read, Settled};
use super::run::Slicing;
use super::translate;
use crate::store::contacts::{self, ContactFields, NewContact};
use crate::store::links::{self, NewLink};
use crate::store::matching::{ContactKeys, ProductKeys, TakenKeys};
use crate::store::mirror::{self, MirrorRow, Place, StoredDecision};
use crate::store::products::{self, NewProduct, ProductFields};
use crate::store::{StoreError, Tx};

/// Who is who, and what has to be written with the documents.
#[derive(Default)]
pub(super) struct Parties {
    contacts: Side<NewContact>,
    products: Side<NewProduct>,
}

/// One kind of party.
struct Side<New> {
    /// Local record by external id.
    known: HashMap<String, String>,
    /// To be created, with their links.
    new: Vec<New>,
    links: Vec<NewLink>,
    /// Mirror rows of parties that had to be read.
    rows: Vec<MirrorRow>,
    /// External ids of which it is not certain who they are.
    undecided: Vec<String>,
    /// What Metakocka said instead of handing a party over, by external id.
    declined: HashMap<String, String>,
}

impl<New> Default for Side<New> {
    fn default() -> Self {
        Self {
            known: HashMap::new(),
            new: Vec::new(),
            links: Vec::new(),
            rows: Vec::new(),
            undecided: Vec::new(),
            declined: HashMap::new(),
        }
    }
}

impl Parties {
    /// Those of which it is known who they are: records here by external id.
    pub(super) fn known_to_be(contacts: HashMap<String, String>, products: HashMap<String, String>) -> Self {
        Self {
            contacts: Side { known: contacts, ..Side::default() },
            products: Side { known: products, ..Side::default() },
        }
    }

    /// The contact of a partner; none: a person has to decide, or the partner no longer exists.
    pub(super) fn contact(&self, external_id: &str) -> Option<String> {
        self.contacts.known.get(external_id).cloned()
    }

    /// The product with this external id; none: a person has to decide, or it no longer exists.
    pub(super) fn product(&self, external_id: &str) -> Option<String> {
        self.products.known.get(external_id).cloned()
    }

    /// Why a document cannot be taken now: Metakocka did not hand over a party that it names.
    pub(super) fn declined(&self, document: &SalesDocument) -> Option<String> {
        let customer = document.customer.external_id.as_ref().and_then(|id| {
            let said = self.contacts.declined.get(id.as_str())?;
            Some(format!("Its customer could not be read. {said}"))
        });
        let mut products = document.lines.iter().filter_map(Line::as_product).filter_map(|line| {
            let said = self.products.declined.get(line.product.external_id.as_ref()?.as_str())?;
            let code = line.product.code.as_deref().unwrap_or_default();
            Some(format!("Product {code} could not be read. {said}"))
        });
        customer.or_else(|| products.next())
    }

    /// Who a contact or product is that was asked for by itself.
    pub(super) fn who(&self, kind: RecordKind, external_id: &str) -> Who {
        match kind {
            RecordKind::Contact => self.contacts.who(external_id),
            _ => self.products.who(external_id),
        }
    }

    /// Writes new contacts and products with their links, before the documents that point to them.
    pub(super) async fn write(&self, slicing: &Slicing<'_>, tx: &mut Tx, now: i64) -> Result<(), StoreError> {
        let scope = slicing.working.scope;
        let at = slicing.working.engine.now();
        contacts::insert_contacts(tx, scope, &self.contacts.new, at).await?;
        products::insert_products(tx, scope, &self.products.new, at).await?;
        let contacts = self.contacts.new.iter().map(|new| new.id.as_str());
        notes::created(slicing.noting(), tx, RecordKind::Contact, contacts).await?;
        let products = self.products.new.iter().map(|new| new.id.as_str());
        notes::created(slicing.noting(), tx, RecordKind::Product, products).await?;
        self.contacts.write(slicing, tx, RecordKind::Contact, now).await?;
        self.products.write(slicing, tx, RecordKind::Product, now).await
    }
}

/// Who somebody is who was asked for.
pub(super) enum Who {
    /// This record here, which may be made with the page.
    Is(String),
    /// A person has to say.
    Undecided,
    /// Metakocka did not hand it over: its sentence.
    Declined(String),
    /// Metakocka has none with this id, or none that can be read.
    Nobody,
}

impl<New> Side<New> {
    fn who(&self, external_id: &str) -> Who {
        if let Some(record) = self.known.get(external_id) {
            Who::Is(record.clone())
        } else if self.undecided.iter().any(|id| id == external_id) {
            Who::Undecided
        } else {
            self.declined.get(external_id).map_or(Who::Nobody, |said| Who::Declined(said.clone()))
        }
    }

    /// Makes a local record of a remote one, with the link of both.
    fn adopt<R: Canonical>(
        &mut self,
        slicing: &Slicing<'_>,
        external_id: String,
        content: &R,
        make: impl FnOnce(String) -> New,
    ) {
        let record = slicing.working.engine.new_id();
        let link = new_link(slicing.working.engine.new_id(), &external_id, &record, content);
        self.links.push(link);
        self.new.push(make(record.clone()));
        self.known.insert(external_id, record);
    }

    async fn write(
        &self,
        slicing: &Slicing<'_>,
        tx: &mut Tx,
        kind: RecordKind,
        now: i64,
    ) -> Result<(), StoreError> {
        let (scope, place) = (slicing.working.scope, place(slicing, kind));
        mirror::put(tx, scope, place, self.rows.clone(), now).await?;
        links::insert(tx, scope, place, self.links.clone(), now).await?;
        let linked: Vec<String> = self.links.iter().map(|link| link.external_id.clone()).collect();
        mirror::decide(tx, scope, place, &linked, None).await?;
        mirror::decide(tx, scope, place, &self.undecided, Some(undecided())).await
    }
}

/// Why a person is asked about a remote contact or product.
pub(super) const COULD_BE: &str = "Could be a record that is here already.";

/// Row 10: it may be a record that is here already; the question stands there.
pub(super) fn undecided() -> StoredDecision {
    StoredDecision {
        row: 10,
        status: "needs_review",
        reason: Some("match"),
        detail: Some(COULD_BE.to_owned()),
    }
}

/// Row 9: a contact or product comes with the first document that names it.
pub(super) fn comes_with_a_document() -> StoredDecision {
    StoredDecision {
        row: 9,
        status: "excluded",
        reason: Some("out_of_scope"),
        detail: Some("Comes with the first document that names it.".to_owned()),
    }
}

pub(super) fn place<'a>(slicing: &'a Slicing<'_>, kind: RecordKind) -> Place<'a> {
    Place { connection: &slicing.connection.id, kind: kind.as_str(), remote_type: "" }
}

/// Finds out who the customers and products of these documents are. Reads from the remote what the mirror lacks.
pub(super) async fn resolve(slicing: &Slicing<'_>, takes: &[Settled]) -> Result<Parties, Failure> {
    let reads = || takes.iter().filter_map(|one| one.arrived.what.as_ref().ok());
    let customers: BTreeSet<String> = reads()
        .filter_map(|read| Some(read.document.customer.external_id.as_ref()?.as_str().to_owned()))
        .collect();
    let products: BTreeMap<String, Option<String>> = reads().flat_map(|read| named_products(read)).collect();
    Ok(Parties {
        contacts: resolve_contacts(slicing, customers).await?,
        products: resolve_products(slicing, products).await?,
    })
}

/// The same of contacts or products that are asked for by themselves, none of which has a link. A partner that the mirror
/// lacks is read; a product cannot be read by its id (`metakocka-api.md §2.1`).
pub(super) async fn alone(
    slicing: &Slicing<'_>,
    kind: RecordKind,
    ids: BTreeSet<String>,
) -> Result<Parties, Failure> {
    let mut parties = Parties::default();
    if kind == RecordKind::Contact {
        parties.contacts = resolve_contacts(slicing, ids).await?;
    } else {
        let unnamed = ids.into_iter().map(|id| (id, None)).collect();
        parties.products = resolve_products(slicing, unnamed).await?;
    }
    Ok(parties)
}

fn named_products(read: &Read) -> impl Iterator<Item = (String, Option<String>)> {
    read.document.lines.iter().filter_map(Line::as_product).filter_map(|line| {
        let id = line.product.external_id.as_ref()?.as_str().to_owned();
        Some((id, line.product.code.clone()))
    })
}

async fn resolve_contacts(slicing: &Slicing<'_>, ids: BTreeSet<String>) -> Result<Side<NewContact>, Failure> {
    let mut side = Side::default();
    let (mut partners, open) =
        stored(slicing, RecordKind::Contact, &mut side, ids, |raw| Partner::from_json(raw).ok()).await?;
    for id in open {
        partners.extend(fetch_partner(slicing, &mut side, &id).await?);
    }
    // The oldest of several that could be the same becomes the contact.
    partners.sort_by(|(left, _), (right, _)| (left.len(), left).cmp(&(right.len(), right)));
    let readable = partners.into_iter().filter_map(|(id, partner)| {
        let contact = translate::contact(&partner).ok().filter(|contact| contact.check().is_ok())?;
        let keys = ContactKeys::of(&contact);
        Some((id, contact, keys))
    });
    let people: Vec<_> = readable.collect();
    let content = people.iter().map(|(id, contact, _)| (id.clone(), canonical(contact)));
    let claimed = claimed(slicing, RecordKind::Contact, content.collect()).await?;
    let mut taken = TakenKeys::default();
    for (id, contact, keys) in people {
        if claimed.contains(&id) || taken.holds(&keys) {
            side.undecided.push(id);
            continue;
        }
        taken.add(&keys);
        let fields = ContactFields::of(&contact);
        side.adopt(slicing, id, &contact, |id| NewContact { id, fields });
    }
    Ok(side)
}

async fn resolve_products(
    slicing: &Slicing<'_>,
    named: BTreeMap<String, Option<String>>,
) -> Result<Side<NewProduct>, Failure> {
    let mut side = Side::default();
    let ids = named.keys().cloned().collect();
    let (mut found, open) =
        stored(slicing, RecordKind::Product, &mut side, ids, |raw| Product::from_json(raw).ok()).await?;
    for id in open {
        if let Some(Some(code)) = named.get(&id) {
            found.extend(fetch_product(slicing, &mut side, &id, code).await?);
        }
    }
    let translated = found.into_iter().map(|(id, product)| (id, translate::product(&product)));
    let goods: Vec<(String, sync_core::record::Product)> =
        translated.filter(|(_, product)| product.check().is_ok()).collect();
    let content = goods.iter().map(|(id, product)| (id.clone(), canonical(product)));
    let claimed = claimed(slicing, RecordKind::Product, content.collect()).await?;
    let mut taken = HashSet::new();
    for (id, product) in goods {
        if claimed.contains(&id) || !taken.insert(ProductKeys::of(&product).code) {
            side.undecided.push(id);
            continue;
        }
        let fields = ProductFields::of(&product);
        side.adopt(slicing, id, &product, |id| NewProduct { id, fields });
    }
    Ok(side)
}

/// Which of these could be records here (policy F): a person decides, or the end of the run.
async fn claimed(
    slicing: &Slicing<'_>,
    kind: RecordKind,
    content: Vec<(String, String)>,
) -> Result<BTreeSet<String>, StoreError> {
    let (db, scope) = (slicing.working.engine.db(), slicing.working.scope);
    let at = At { scope, connection: &slicing.connection.id, kind };
    claims_of(&mut *db.read().await?, at, &content).await
}

fn canonical<R: Canonical>(content: &R) -> String {
    // A record is a plain struct and always serialises.
    serde_json::to_string(&content.canonical()).unwrap_or_default()
}

/// Those of the ids that have no link and that the mirror has, read; and those that it lacks. Those with a link become
/// known.
async fn stored<New, Remote>(
    slicing: &Slicing<'_>,
    kind: RecordKind,
    side: &mut Side<New>,
    ids: BTreeSet<String>,
    read: impl Fn(&str) -> Option<Remote>,
) -> Result<(Vec<(String, Remote)>, Vec<String>), StoreError> {
    let place = place(slicing, kind);
    let mut open = known(slicing, place, side, ids).await?;
    let stored = mirror::load(slicing.working.engine.db(), slicing.working.scope, place, &open).await?;
    open.retain(|id| !stored.iter().any(|row| row.external_id == *id));
    let found = stored.into_iter().filter_map(|row| Some((row.external_id, read(&row.raw)?)));
    Ok((found.collect(), open))
}

/// Splits ids into those with a link, which become known, and the others, which are returned.
async fn known<New>(
    slicing: &Slicing<'_>,
    place: Place<'_>,
    side: &mut Side<New>,
    ids: BTreeSet<String>,
) -> Result<Vec<String>, StoreError> {
    let ids: Vec<String> = ids.into_iter().collect();
    let links = links::of(slicing.working.engine.db(), slicing.working.scope, place, &ids).await?;
    let (linked, open): (Vec<String>, Vec<String>) = ids.into_iter().partition(|id| links.contains_key(id));
    for id in linked {
        if let Some(link) = links.get(&id).filter(|link| link.deleted_at.is_none()) {
            side.known.insert(id, link.record_id.clone());
        }
    }
    Ok(open)
}

async fn fetch_partner(
    slicing: &Slicing<'_>,
    side: &mut Side<NewContact>,
    id: &str,
) -> Result<Option<(String, Partner)>, Failure> {
    let Ok(mk_id) = MkId::parse(id) else { return Ok(None) };
    let read_at = slicing.working.now();
    let found = match slicing.client.get_partner(&PartnerQuery::ById(mk_id)).await {
        Ok(found) => found,
        Err(error) if is_about_the_record(&error) => {
            side.declined.insert(id.to_owned(), sentence(&error));
            return Ok(None);
        }
        Err(error) => return Err(Failure::remote("reading a customer by its id")(error)),
    };
    let Some(row) = found.into_iter().next() else { return Ok(None) };
    side.rows.extend(partner_row(&row, read_at));
    Ok(row.into_result().ok().map(|record| (id.to_owned(), record.value)))
}

/// A product is found by its code: the filter by id does not select (`metakocka-api.md §2.1`).
async fn fetch_product(
    slicing: &Slicing<'_>,
    side: &mut Side<NewProduct>,
    id: &str,
    code: &str,
) -> Result<Option<(String, Product)>, Failure> {
    let read_at = slicing.working.now();
    let query = ProductQuery {
        filters: ProductFilters { code: Some(code.to_owned()), ..ProductFilters::default() },
        switches: product_switches(),
        ..ProductQuery::default()
    };
    let page = match slicing.client.product_page(&query).await {
        Ok(page) => page,
        Err(error) if is_about_the_record(&error) => {
            side.declined.insert(id.to_owned(), sentence(&error));
            return Ok(None);
        }
        Err(error) => return Err(Failure::remote("reading a product by its code")(error)),
    };
    for row in page.rows {
        if row.read().is_some_and(|record| record.value.mk_id.as_str() == id) {
            side.rows.extend(product_row(&row, read_at));
            return Ok(row.into_result().ok().map(|record| (id.to_owned(), record.value)));
        }
    }
    Ok(None)
}

/// The switches under which every product is read.
pub(super) fn product_switches() -> Vec<ProductSwitch> {
    vec![ProductSwitch::PriceLists, ProductSwitch::TaxFactor]
}

/// The link of a record that was just made here of a remote one.
pub(super) fn new_link<R: Canonical>(id: String, external_id: &str, record: &str, content: &R) -> NewLink {
    NewLink {
        id,
        external_id: external_id.to_owned(),
        record_id: record.to_owned(),
        // A record is a plain struct and always serialises.
        base: serde_json::to_string(&content.canonical()).unwrap_or_default(),
        base_hash: content_hash(content).as_str().to_owned(),
        remote_hash: content_hash(content).as_str().to_owned(),
        base_extras: String::new(),
        base_revision: 1,
        decision: StoredDecision { row: 19, status: "synced", reason: None, detail: None },
    }
}

/// A partner as the mirror keeps it. None: a row without an id.
pub(super) fn partner_row(row: &Row<Partner>, read_at: i64) -> Option<MirrorRow> {
    let named = |partner: &Partner| (partner.mk_id.as_str().to_owned(), partner.count_code.clone());
    mirror_row(row, read_at, named, translate::contact, with_contact_keys)
}

/// A product as the mirror keeps it. None: a row without an id.
pub(super) fn product_row(row: &Row<Product>, read_at: i64) -> Option<MirrorRow> {
    let named = |product: &Product| (product.mk_id.as_str().to_owned(), product.code.clone());
    let read = |product: &Product| Ok(translate::product(product));
    mirror_row(row, read_at, named, read, with_product_key)
}

/// A partner that was read alone, as the mirror keeps it.
pub(super) fn partner_found(partner: &Partner, raw: &str, read_at: i64) -> MirrorRow {
    let (id, content) = (partner.mk_id.as_str(), translate::contact(partner));
    let row = found(id, partner.count_code.clone(), raw, read_at, content.clone());
    content.map_or(row.clone(), |contact| with_contact_keys(row, &contact))
}

/// A product that was read alone, as the mirror keeps it.
pub(super) fn product_found(product: &Product, raw: &str, read_at: i64) -> MirrorRow {
    let content = translate::product(product);
    let row = found(product.mk_id.as_str(), product.code.clone(), raw, read_at, Ok(content.clone()));
    with_product_key(row, &content)
}

fn found<R: Canonical>(
    id: &str,
    number: Option<String>,
    raw: &str,
    read_at: i64,
    content: Result<R, Unreadable>,
) -> MirrorRow {
    let checked = content.and_then(|content| content.check().map(|()| content));
    match checked {
        Ok(content) => readable(id.to_owned(), number, raw.to_owned(), read_at, &content),
        Err(why) => unreadable(id.to_owned(), number, raw.to_owned(), read_at, &why),
    }
}

fn with_contact_keys(row: MirrorRow, contact: &Contact) -> MirrorRow {
    let keys = ContactKeys::of(contact);
    let (match_tax, match_email, match_address) = (keys.tax, keys.email, keys.address);
    MirrorRow { name: contact.name.clone(), match_tax, match_email, match_address, ..row }
}

fn with_product_key(row: MirrorRow, product: &sync_core::record::Product) -> MirrorRow {
    let ProductKeys { code, barcode, name } = ProductKeys::of(product);
    let (match_code, match_barcode, match_name) = (Some(code), barcode, name);
    MirrorRow { name: product.name.clone(), match_code, match_barcode, match_name, ..row }
}

/// `named` tells id and number, `read` what both sides compare, `with_keys` adds what matching looks up.
fn mirror_row<T, R: Canonical>(
    row: &Row<T>,
    read_at: i64,
    named: impl Fn(&T) -> (String, Option<String>),
    read: impl Fn(&T) -> Result<R, Unreadable>,
    with_keys: impl Fn(MirrorRow, &R) -> MirrorRow,
) -> Option<MirrorRow> {
    let raw = row.raw().as_str().to_owned();
    let (id, number, content) = match row {
        Row::Unreadable(bad) => {
            let why = Unreadable::new(bad.field.clone(), bad.sentence.clone());
            (bad.mk_id.as_ref()?.as_str().to_owned(), bad.number.clone(), Err(why))
        }
        Row::Read(record) => {
            let (id, number) = named(&record.value);
            (id, number, read(&record.value).and_then(|content| content.check().map(|()| content)))
        }
    };
    Some(match content {
        Ok(content) => with_keys(readable(id, number, raw, read_at, &content), &content),
        Err(why) => unreadable(id, number, raw, read_at, &why),
    })
}

fn readable<R: Canonical>(
    id: String,
    number: Option<String>,
    raw: String,
    read_at: i64,
    content: &R,
) -> MirrorRow {
    MirrorRow {
        external_id: id,
        number: number.unwrap_or_default(),
        detail: "{}".to_owned(),
        raw,
        content: serde_json::to_string(&content.canonical()).ok(),
        content_hash: content_hash(content).as_str().to_owned(),
        read_at,
        decision: Some(comes_with_a_document()),
        ..MirrorRow::default()
    }
}

fn unreadable(id: String, number: Option<String>, raw: String, read_at: i64, why: &Unreadable) -> MirrorRow {
    MirrorRow {
        external_id: id,
        number: number.unwrap_or_default(),
        detail: "{}".to_owned(),
        raw,
        content_hash: format!("unreadable {why}"),
        unreadable: Some(why.to_string()),
        read_at,
        decision: Some(StoredDecision {
            row: 6,
            status: "error",
            reason: Some("unreadable"),
            detail: Some(why.to_string()),
        }),
        ..MirrorRow::default()
    }
}
