//! Attributes as the page shows them.

use serde::Serialize;
use utoipa::ToSchema;

/// One attribute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Attribute {
    /// Its key.
    pub key: String,
    /// What kind of value it has.
    pub kind: ValueKind,
    /// The value as text; arrays and maps as JSON, bytes as base64. Cut at 16 KiB.
    pub text: String,
    /// How long the whole text is, in bytes, when it was cut.
    pub whole_bytes: Option<u64>,
}

/// Kinds of values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ValueKind {
    /// No value at all.
    #[default]
    Empty,
    /// Text.
    String,
    /// A whole number.
    Int,
    /// A number with a fraction, NaN and infinities among them.
    Double,
    /// True or false.
    Bool,
    /// Bytes.
    Bytes,
    /// An array.
    Array,
    /// A map.
    Map,
}

/// Who told it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ResourceRef {
    /// `service.name`; empty when there is none.
    pub service: String,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// The schema of its attributes' names.
    pub schema_url: String,
}

/// By which instrumentation it was told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScopeRef {
    /// The scope's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// The schema of its attributes' names.
    pub schema_url: String,
}
