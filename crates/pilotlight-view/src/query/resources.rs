//! Who tells.

use super::{Attribute, UnixNano};
use crate::store::Store;
use serde::Serialize;
use utoipa::ToSchema;

/// Resources.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct ResourceList {
    /// By service, then the newest first; at most 500.
    pub resources: Vec<Resource>,
    /// How many are not here.
    pub left_out: u64,
}

/// One process or whatever tells.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Resource {
    /// `service.name`.
    pub service: String,
    /// `service.instance.id`.
    pub instance: Option<String>,
    /// `service.version`.
    pub version: Option<String>,
    /// `telemetry.sdk.name`, language and version: `opentelemetry rust 0.33.1`.
    pub sdk: Option<String>,
    /// All of its attributes.
    pub attributes: Vec<Attribute>,
    /// The schema of its attributes' names.
    pub schema_url: String,
    /// Spans of it in memory.
    pub spans: u64,
    /// Log records of it in memory.
    pub logs: u64,
    /// Series of it in memory.
    pub series: u64,
    /// When something of it first came.
    pub first: UnixNano,
    /// When something of it last came.
    pub last: UnixNano,
}

impl Store {
    /// Who tells.
    pub fn resources(&self) -> ResourceList {
        ResourceList::default()
    }
}
