//! Everything a client was told, shared by its clones.

use super::error_types::ErrorTypes;
use super::instruments::Instruments;
use crate::telemetry::{MeterSource, Propagator, TracerSource};
use opentelemetry::{Key, StringValue};
use std::sync::Arc;

pub(super) struct Options {
    pub(super) tracer: TracerSource,
    pub(super) meter: MeterSource<Instruments>,
    pub(super) propagator: Propagator,
    pub(super) system: StringValue,
    /// The attribute for how often a message was delivered, which is named after the system.
    pub(super) deliveries: Key,
    pub(super) server: Option<(StringValue, Option<u16>)>,
    pub(super) client_id: Option<StringValue>,
    pub(super) error_types: ErrorTypes,
    pub(super) process_as_child: bool,
    pub(super) body_size: bool,
    pub(super) cancellation_is_error: bool,
    pub(super) links_max: usize,
    pub(super) panic_messages: bool,
}

/// What SDKs keep of a span's links by default.
const LINKS_MAX: usize = 128;

impl Options {
    pub(super) fn new(system: StringValue) -> Self {
        let deliveries = format!("messaging.{system}.message.delivery_count");
        Self {
            tracer: TracerSource::global(),
            meter: MeterSource::global(),
            propagator: Propagator::default(),
            system: shared(&system),
            deliveries: Arc::<str>::from(deliveries).into(),
            server: None,
            client_id: None,
            error_types: ErrorTypes::default(),
            process_as_child: false,
            body_size: false,
            cancellation_is_error: false,
            links_max: LINKS_MAX,
            panic_messages: false,
        }
    }
}

/// The same text, whose clones allocate nothing.
pub(super) fn shared(text: &StringValue) -> StringValue {
    Arc::<str>::from(text.as_str()).into()
}
