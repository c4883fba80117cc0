//! Everything a layer was told, shared by its clones.

use super::error_source::ErrorSources;
use super::instruments::Instruments;
use super::template::UrlTemplate;
use crate::http::capture::CapturedHeaders;
use crate::http::method::{KnownMethods, VARIABLE};
use crate::http::query::SENSITIVE_KEYS;
use crate::telemetry::names::SharedNames;
use crate::telemetry::text::VALUE_BYTES_MAX;
use crate::telemetry::{MeterSource, Propagator, TracerSource};
use http::{request, response};
use opentelemetry::{KeyValue, StringValue};
use std::borrow::Cow;
use std::error::Error;

pub(super) type OfRequest<T> = Box<dyn Fn(&request::Parts) -> T + Send + Sync>;
pub(super) type Adding<P> = Box<dyn Fn(&P, &mut Vec<KeyValue>) + Send + Sync>;
pub(super) type OfError = Box<dyn Fn(&(dyn Error + 'static)) -> Option<&'static str> + Send + Sync>;

pub(super) struct Options {
    pub(super) tracer: TracerSource,
    pub(super) meter: MeterSource<Instruments>,
    pub(super) propagator: Propagator,
    pub(super) hosts: SharedNames,
    pub(super) known_methods: KnownMethods,
    pub(super) sensitive_query_keys: Vec<Box<str>>,
    pub(super) scheme: StringValue,
    pub(super) request_headers: CapturedHeaders,
    pub(super) response_headers: CapturedHeaders,
    pub(super) filters: Vec<OfRequest<bool>>,
    pub(super) url_template: Option<OfRequest<Option<UrlTemplate>>>,
    pub(super) span_name: Option<OfRequest<Cow<'static, str>>>,
    pub(super) request_attributes: Option<Adding<request::Parts>>,
    pub(super) response_attributes: Option<Adding<response::Parts>>,
    pub(super) error_sources: ErrorSources,
    pub(super) error_type: Option<OfError>,
    pub(super) user_agent: bool,
    pub(super) url_scheme: bool,
    pub(super) body_sizes: bool,
    pub(super) cancellation_is_error: bool,
    pub(super) value_bytes_max: usize,
}

impl Options {
    pub(super) fn from_env() -> Self {
        Self {
            tracer: TracerSource::global(),
            meter: MeterSource::global(),
            propagator: Propagator::default(),
            hosts: SharedNames::default(),
            // A value that is not Unicode names no method.
            known_methods: KnownMethods::from_list(&std::env::var(VARIABLE).unwrap_or_default()),
            sensitive_query_keys: SENSITIVE_KEYS.map(Box::from).into(),
            scheme: "http".into(),
            request_headers: CapturedHeaders::default(),
            response_headers: CapturedHeaders::default(),
            filters: Vec::new(),
            url_template: None,
            span_name: None,
            request_attributes: None,
            response_attributes: None,
            error_sources: ErrorSources::default(),
            error_type: None,
            user_agent: false,
            url_scheme: false,
            body_sizes: false,
            cancellation_is_error: false,
            value_bytes_max: VALUE_BYTES_MAX,
        }
    }

    pub(super) fn accepts(&self, parts: &request::Parts) -> bool {
        self.filters.iter().all(|filter| filter(parts))
    }
}
