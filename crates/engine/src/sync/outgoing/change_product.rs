//! A product that is to be changed in Metakocka: only the changed fields (policy E). A price goes the other way until the
//! owner chose a list.

use metakocka::{Product as Theirs, ProductChange, ProductKey};
use sync_core::capabilities::Subject;
use sync_core::intent::Target;
use sync_core::record::Product;
use sync_core::record::text::{given, normalise};
use sync_core::three_way::FieldName;
use sync_core::time::UtcMicros;

use super::change::{NotMade, Sides};
use super::change_document::external_id;
use super::fields;
use super::request::Request;
use super::words;
use super::{Prepared, Sent, SentRecord};
use crate::sync::translate::{self, spell};

/// A product to be changed; see [`super::change_document()`] for `base`.
pub(in crate::sync) fn change_product(
    fresh: &Theirs,
    read_at: UtcMicros,
    base: &Product,
    wanted: &Product,
) -> Result<Prepared, NotMade> {
    let now = translate::product(fresh);
    let sides = Sides {
        base: fields::of_product(base),
        now: fields::of_product(&now),
        wanted: fields::of_product(wanted),
    };
    let names = sides.to_send()?;
    sides.ways(Subject::Product, None, &names)?;
    let target = fields::with_fields(&now, wanted, &names);
    let changes = |name: &str| names.contains(&FieldName::new(name));
    let change = request(fresh, &target, &changes);
    let write = change.prepare().map_err(|error| words::invalid(&error))?;
    let before = names.iter().filter_map(|name| Some((name.clone(), sides.now.get(name)?.clone())));
    Ok(Prepared {
        request: Request::Product(write),
        sent: Sent {
            fields: fields::values(&fields::of_product(&target), &names),
            before: before.collect(),
            record: SentRecord::Product(Box::new(target)),
            kept: std::collections::BTreeMap::new(),
            log: None,
        },
        target: Target::Update { id: external_id(&fresh.mk_id)?, read_at },
    })
}

/// An empty text changes nothing there, so description and barcode are emptied by their token (Q19).
fn request(fresh: &Theirs, target: &Product, changes: &impl Fn(&str) -> bool) -> ProductChange {
    let flag = |name: &str, value: bool| changes(name).then_some(value);
    let mut change = ProductChange::of(ProductKey::Id(fresh.mk_id.clone()));
    change.code = changes("code").then(|| normalise(&target.code));
    change.name = changes("name").then(|| normalise(&target.name));
    change.unit = given(&target.unit).filter(|_| changes("unit"));
    change.fields.service = flag("service", target.service);
    change.fields.sales = flag("sold", target.sold);
    change.fields.activated = flag("active", target.active);
    if changes("description") {
        change.fields.name_desc = spell::given_lines(target.description.as_deref());
        change.remove_name_desc = change.fields.name_desc.is_none();
    }
    if changes("barcode") {
        change.fields.barcode = given(&target.barcode);
        change.remove_barcode = change.fields.barcode.is_none();
    }
    change
}
