//! The endpoints that are called, with their paths. Nothing here makes a call.

use std::fmt;

/// An endpoint of the API. Its path family is part of it: families are not interchangeable, the wrong one
/// is an HTML 404 page (`metakocka-api.md §1.2`, Q2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Endpoint {
    /// `v1/search` (`metakocka-api.md §5`).
    Search,
    /// `v1/search_query_advance_discovery` (`metakocka-api.md §5`).
    FilterDiscovery,
    /// `v1/get_document` (`metakocka-api.md §4.5`).
    GetDocument,
    /// `v1/get_partner` (`metakocka-api.md §3.1`).
    GetPartner,
    /// `v1/json/product_list` (`metakocka-api.md §2.1`).
    ProductList,
    /// `v1/json/warehouse_list` (`metakocka-api.md §7`).
    WarehouseList,
    /// `v1/json/warehouse_stock` (`metakocka-api.md §7`).
    WarehouseStock,
    /// `v1/search_tracking_code` (`metakocka-api.md §5`).
    SearchTrackingCode,
    /// `v1/report` (`metakocka-api.md §1.2`).
    Report,
    /// `v1/put_document` (`metakocka-api.md §4.2`).
    PutDocument,
    /// `v1/update_document` (`metakocka-api.md §4.7`).
    UpdateDocument,
    /// `v1/change_document_status` (`metakocka-api.md §4.7`).
    ChangeDocumentStatus,
    /// `v1/delete_document` (`metakocka-api.md §4.7`).
    DeleteDocument,
    /// `v1/mark_orders_as_shipped` (`metakocka-api.md §4.7`).
    MarkOrdersAsShipped,
    /// `v1/put_transaction` (`metakocka-api.md §4.6`).
    PutTransaction,
    /// `v1/add_partner` (`metakocka-api.md §3.2`).
    AddPartner,
    /// `v1/update_partner` (`metakocka-api.md §3.3`).
    UpdatePartner,
    /// `v1/json/product_add` (`metakocka-api.md §2.3`).
    ProductAdd,
    /// `v1/json/product_update` (`metakocka-api.md §2.3`).
    ProductUpdate,
    /// `v1/json/product_delete` (`metakocka-api.md §2.3`).
    ProductDelete,
}

impl Endpoint {
    /// Every endpoint, in the order of [`Endpoint`]'s variants.
    pub const ALL: [Self; 20] = [
        Self::Search,
        Self::FilterDiscovery,
        Self::GetDocument,
        Self::GetPartner,
        Self::ProductList,
        Self::WarehouseList,
        Self::WarehouseStock,
        Self::SearchTrackingCode,
        Self::Report,
        Self::PutDocument,
        Self::UpdateDocument,
        Self::ChangeDocumentStatus,
        Self::DeleteDocument,
        Self::MarkOrdersAsShipped,
        Self::PutTransaction,
        Self::AddPartner,
        Self::UpdatePartner,
        Self::ProductAdd,
        Self::ProductUpdate,
        Self::ProductDelete,
    ];

    /// The name as Metakocka writes it, for logs and messages: the end of its path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::FilterDiscovery => "search_query_advance_discovery",
            Self::GetDocument => "get_document",
            Self::GetPartner => "get_partner",
            Self::ProductList => "product_list",
            Self::WarehouseList => "warehouse_list",
            Self::WarehouseStock => "warehouse_stock",
            Self::SearchTrackingCode => "search_tracking_code",
            Self::Report => "report",
            Self::PutDocument => "put_document",
            Self::UpdateDocument => "update_document",
            Self::ChangeDocumentStatus => "change_document_status",
            Self::DeleteDocument => "delete_document",
            Self::MarkOrdersAsShipped => "mark_orders_as_shipped",
            Self::PutTransaction => "put_transaction",
            Self::AddPartner => "add_partner",
            Self::UpdatePartner => "update_partner",
            Self::ProductAdd => "product_add",
            Self::ProductUpdate => "product_update",
            Self::ProductDelete => "product_delete",
        }
    }

    /// The endpoint with a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.name() == name)
    }

    /// The path below `/rest/eshop/`.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Search => "v1/search",
            Self::FilterDiscovery => "v1/search_query_advance_discovery",
            Self::GetDocument => "v1/get_document",
            Self::GetPartner => "v1/get_partner",
            Self::ProductList => "v1/json/product_list",
            Self::WarehouseList => "v1/json/warehouse_list",
            Self::WarehouseStock => "v1/json/warehouse_stock",
            Self::SearchTrackingCode => "v1/search_tracking_code",
            Self::Report => "v1/report",
            Self::PutDocument => "v1/put_document",
            Self::UpdateDocument => "v1/update_document",
            Self::ChangeDocumentStatus => "v1/change_document_status",
            Self::DeleteDocument => "v1/delete_document",
            Self::MarkOrdersAsShipped => "v1/mark_orders_as_shipped",
            Self::PutTransaction => "v1/put_transaction",
            Self::AddPartner => "v1/add_partner",
            Self::UpdatePartner => "v1/update_partner",
            Self::ProductAdd => "v1/json/product_add",
            Self::ProductUpdate => "v1/json/product_update",
            Self::ProductDelete => "v1/json/product_delete",
        }
    }

    /// Whether a company's calls of this endpoint are queued one after another by Metakocka
    /// (`metakocka-api.md §1.6`).
    pub const fn is_search(self) -> bool {
        matches!(self, Self::Search)
    }

    /// Whether a call changes something in Metakocka, so that it is never made twice blindly.
    pub const fn is_write(self) -> bool {
        matches!(
            self,
            Self::PutDocument
                | Self::UpdateDocument
                | Self::ChangeDocumentStatus
                | Self::DeleteDocument
                | Self::MarkOrdersAsShipped
                | Self::PutTransaction
                | Self::AddPartner
                | Self::UpdatePartner
                | Self::ProductAdd
                | Self::ProductUpdate
                | Self::ProductDelete
        )
    }

    /// The place in [`Self::ALL`], for counters.
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_has_its_place_its_name_and_its_path() {
        for (place, endpoint) in Endpoint::ALL.into_iter().enumerate() {
            assert_eq!(endpoint.index(), place);
            assert_eq!(Endpoint::from_name(endpoint.name()), Some(endpoint));
            assert!(endpoint.path().ends_with(endpoint.name()));
        }
        assert_eq!(Endpoint::from_name("put_sales_bill"), None);
    }
}
