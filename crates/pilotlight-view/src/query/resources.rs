//! Who tells.

mod counts;

use super::{Attribute, UnixNano};
use crate::store::Store;
use crate::store::books::Known;
use crate::store::metrics::canonical;
use counts::Counts;
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

/// Resources in a list.
const RESOURCES_MAX: usize = 500;

impl Store {
    /// Who tells. Looks at the resource of each row in memory.
    pub fn resources(&self) -> ResourceList {
        let counts = Counts::of(self);
        let books = self.aggregates().books();
        let all = books.resources.all();
        let all: Vec<(Box<[u8]>, Known)> = all.map(|(bytes, known)| (bytes.into(), known.clone())).collect();
        let forgotten = books.resources.forgotten();
        drop(books);
        let told = all.iter().map(|(bytes, known)| resource(bytes, known, counts.of_resource(bytes, known)));
        let mut resources: Vec<Resource> = told.collect();
        resources.sort_by(|a, b| (&a.service, b.last, &a.instance).cmp(&(&b.service, a.last, &b.instance)));
        let left_out = forgotten + resources.len().saturating_sub(RESOURCES_MAX) as u64;
        resources.truncate(RESOURCES_MAX);
        ResourceList { resources, left_out }
    }
}

fn resource(bytes: &[u8], known: &Known, [spans, logs, series]: [u64; 3]) -> Resource {
    let attributes: Vec<Attribute> = canonical::read(bytes).iter().map(Attribute::of).collect();
    let find = |key: &str| attributes.iter().find(|attribute| attribute.key == key);
    let text = |key: &str| find(key).map(|attribute| attribute.text.clone());
    let sdk = ["telemetry.sdk.name", "telemetry.sdk.language", "telemetry.sdk.version"].map(text);
    let sdk: Vec<String> = sdk.into_iter().flatten().collect();
    Resource {
        service: text("service.name").unwrap_or_default(),
        instance: text("service.instance.id"),
        version: text("service.version"),
        sdk: (!sdk.is_empty()).then(|| sdk.join(" ")),
        schema_url: known.schema_url.clone(),
        spans,
        logs,
        series,
        first: UnixNano(known.first),
        last: UnixNano(known.last),
        attributes,
    }
}
