//! What a carrier says of a parcel (`metakocka-api.md` §4.5, `return_delivery_service_events`).

use crate::company::moment::Moment;
use serde::{Deserialize, Serialize};

/// Something that a carrier said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeliveryEvent {
    pub(crate) at: Moment,
    pub(crate) stage: DeliveryStage,
    /// The town, where the parcel is in one.
    pub(crate) place: Option<String>,
}

impl DeliveryEvent {
    /// An event without a place.
    pub(crate) const fn new(at: Moment, stage: DeliveryStage) -> Self {
        Self { at, stage, place: None }
    }
}

/// How far a parcel is. Every carrier has codes and words of its own; these are the simulated one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum DeliveryStage {
    /// Its code was written into the order.
    CodeAdded,
    /// The carrier knows of it.
    Announced,
    /// The carrier has it.
    Accepted,
    OnTheWay,
    /// Somebody rings.
    Delivering,
    Delivered,
}

impl DeliveryStage {
    /// `event_code`; that of the code itself is Metakocka's own, -1.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::CodeAdded => "-1",
            Self::Announced => "0",
            Self::Accepted => "1.100",
            Self::OnTheWay => "2.200",
            Self::Delivering => "3.100",
            Self::Delivered => "3.120",
        }
    }

    /// `event_status`.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::CodeAdded => "Dodana koda za sledenje",
            Self::Announced => "Podatki poslani prevozniku",
            Self::Accepted => "Paket sprejet",
            Self::OnTheWay => "Na poti",
            Self::Delivering => "V dostavi",
            Self::Delivered => "Dostavljeno",
        }
    }
}
