//! A product, from what Metakocka sends (policy H). The price on a price list is taken once the owner has chosen one.

use sync_core::record::Product;

/// Translates one product; whether it has what a product needs is its own check.
pub(crate) fn product(from: &metakocka::Product) -> Product {
    Product {
        code: from.code.clone().or_else(|| from.count_code.clone()).unwrap_or_default(),
        name: from.name.clone().unwrap_or_default(),
        description: from.name_desc.clone(),
        unit: from.unit.clone(),
        barcode: from.barcode.clone(),
        service: from.service.unwrap_or(false),
        sold: from.sales.unwrap_or(false),
        active: from.activated.unwrap_or(true),
        price: None,
        remote_code: from.count_code.clone(),
    }
}
