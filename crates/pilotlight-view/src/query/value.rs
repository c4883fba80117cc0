//! Attributes as the page shows them.

pub(crate) mod text;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1;
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

/// How much of a value is shown, in bytes. The page has a button for nothing longer, an export has it whole.
const SHOWN_BYTES: usize = 16 << 10;

impl Attribute {
    /// A key with its value, as the page shows them.
    pub(crate) fn of(pair: &KeyValue) -> Self {
        Self::new(&pair.key, pair.value.as_ref())
    }

    /// The same of a value that stands alone: a log record's body.
    pub(crate) fn new(key: &str, value: Option<&AnyValue>) -> Self {
        let mut scratch = String::new();
        let (text, whole) = text::text(value, SHOWN_BYTES, &mut scratch);
        let whole_bytes = (whole > text.len() as u64).then_some(whole);
        let kind = ValueKind::of(value.and_then(|value| value.value.as_ref()));
        Self { key: key.to_owned(), kind, text: text.to_owned(), whole_bytes }
    }
}

impl ValueKind {
    fn of(value: Option<&Value>) -> Self {
        match value {
            None | Some(Value::StringValueStrindex(_)) => Self::Empty,
            Some(Value::StringValue(_)) => Self::String,
            Some(Value::IntValue(_)) => Self::Int,
            Some(Value::DoubleValue(_)) => Self::Double,
            Some(Value::BoolValue(_)) => Self::Bool,
            Some(Value::BytesValue(_)) => Self::Bytes,
            Some(Value::ArrayValue(_)) => Self::Array,
            Some(Value::KvlistValue(_)) => Self::Map,
        }
    }
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

impl ResourceRef {
    /// As it was sent.
    pub(crate) fn of(resource: Option<&v1::Resource>, schema_url: &str) -> Self {
        let attributes = resource.map_or(&[][..], |resource| &resource.attributes);
        let attributes: Vec<Attribute> = attributes.iter().map(Attribute::of).collect();
        let name = attributes.iter().find(|attribute| attribute.key == "service.name");
        let service = name.map_or_else(String::new, |name| name.text.clone());
        Self { service, attributes, schema_url: schema_url.to_owned() }
    }
}

impl ScopeRef {
    /// As it was sent.
    pub(crate) fn of(scope: Option<&InstrumentationScope>, schema_url: &str) -> Self {
        let schema_url = schema_url.to_owned();
        scope.map_or_else(
            || Self { schema_url: schema_url.clone(), ..Self::default() },
            |scope| Self {
                name: scope.name.clone(),
                version: scope.version.clone(),
                attributes: scope.attributes.iter().map(Attribute::of).collect(),
                schema_url: schema_url.clone(),
            },
        )
    }
}
