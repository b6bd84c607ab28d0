//! Header fields of documents that Metakocka keeps and shows without doing anything with them
//! (`metakocka-api.md` §4.3).

use super::DocType;
use serde::{Deserialize, Serialize};

macro_rules! fields {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $wire:literal $types:expr,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub(crate) enum $name { $($variant,)* }

        impl $name {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name on the wire.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $wire,)* }
            }

            /// Whether documents of this type have the field: order, offer, bill.
            pub(crate) const fn is_of(self, doc_type: DocType) -> bool {
                let types: &[u8] = match self { $(Self::$variant => $types,)* };
                let letter = match doc_type {
                    DocType::SalesOrder => b'O',
                    DocType::SalesOffer => b'F',
                    _ => b'B',
                };
                let mut at = 0;
                while at < types.len() {
                    if types[at] == letter {
                        return true;
                    }
                    at += 1;
                }
                false
            }
        }
    };
}

fields! {
    /// Header texts that Metakocka keeps and shows as they are (§4.3).
    TextField {
        LocationOfService "location_of_service" b"B",
        PurchasePricelist "purchase_pricelist_code" b"F",
        PrepaymentPercent "prepayment_percent" b"OF",
        PrepaymentValue "prepayment_value" b"OF",
        Terms "pariteta" b"OFB",
        Priority "priority" b"O",
        ParcelShop "parcel_shop_id" b"O",
        TrackingType "salesOrderTrackingType" b"O",
        CreatedEmail "doc_created_email" b"OFB",
        Salesman "commercialist_email" b"O",
        NotesHeader "notes_header" b"OFB",
        WebStore "link_to_web_store" b"O",
    }
}

fields! {
    /// Header dates that Metakocka keeps and shows (§4.3).
    DateField {
        ServiceFrom "service_from_date" b"B",
        Finish "finish_date" b"O",
        ShippedExpected "shipped_date_expected_seller" b"O",
        Shipped "shipped_date" b"O",
    }
}
