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
}

impl Endpoint {
    /// Every endpoint, in the order of [`Endpoint`]'s variants.
    pub const ALL: [Self; 6] = [
        Self::Search,
        Self::FilterDiscovery,
        Self::GetDocument,
        Self::GetPartner,
        Self::ProductList,
        Self::WarehouseList,
    ];

    /// The name as Metakocka writes it, for logs and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::FilterDiscovery => "search_query_advance_discovery",
            Self::GetDocument => "get_document",
            Self::GetPartner => "get_partner",
            Self::ProductList => "product_list",
            Self::WarehouseList => "warehouse_list",
        }
    }

    /// The path below `/rest/eshop/`.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Search => "v1/search",
            Self::FilterDiscovery => "v1/search_query_advance_discovery",
            Self::GetDocument => "v1/get_document",
            Self::GetPartner => "v1/get_partner",
            Self::ProductList => "v1/json/product_list",
            Self::WarehouseList => "v1/json/warehouse_list",
        }
    }

    /// Whether a company's calls of this endpoint are queued one after another by Metakocka
    /// (`metakocka-api.md §1.6`).
    pub const fn is_search(self) -> bool {
        matches!(self, Self::Search)
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
