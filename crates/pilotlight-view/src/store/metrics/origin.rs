//! Who tells a metric: each resource and scope once.

use super::canonical;
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use std::sync::Arc;

/// A resource and a scope.
#[derive(Debug, PartialEq)]
pub(crate) struct Origin {
    /// What series know it by; never given twice.
    pub(crate) id: u64,
    /// `service.name`; empty when there is none.
    pub(crate) service: String,
    /// The resource's attributes: see [`canonical`].
    pub(crate) resource: Box<[u8]>,
    /// The scope's name.
    pub(crate) scope: String,
    /// The scope's attributes: see [`canonical`].
    pub(crate) scope_attributes: Box<[u8]>,
}

impl Origin {
    /// Bytes of its texts.
    pub(super) fn texts_bytes(&self) -> usize {
        self.service.len() + self.scope.len() + self.resource.len() + self.scope_attributes.len()
    }
}

/// All that there are series of.
#[derive(Debug, Default)]
pub(super) struct Origins {
    by_key: HashMap<Box<[u8]>, Arc<Origin>, RandomState>,
    next_id: u64,
    /// What an origin is looked up by, written anew each time.
    key: Vec<u8>,
    bytes: usize,
}

impl Origins {
    pub(super) fn of(
        &mut self,
        resource: Option<&Resource>,
        scope: Option<&InstrumentationScope>,
    ) -> Arc<Origin> {
        let of_resource = resource.map_or(&[][..], |resource| &resource.attributes);
        let (name, version, of_scope) = scope.map_or(("", "", &[][..]), |scope| {
            (scope.name.as_str(), scope.version.as_str(), &scope.attributes)
        });
        self.write_key(of_resource, [name, version], of_scope);
        if let Some(origin) = self.by_key.get(self.key.as_slice()) {
            return Arc::clone(origin);
        }
        self.next_id += 1;
        let origin = Arc::new(Origin {
            id: self.next_id,
            service: service_name(of_resource),
            resource: canonical::bytes(of_resource),
            scope: name.to_owned(),
            scope_attributes: canonical::bytes(of_scope),
        });
        self.bytes += bytes(&self.key, &origin);
        self.by_key.insert(self.key.as_slice().into(), Arc::clone(&origin));
        origin
    }

    /// Forgets those without series.
    pub(super) fn forget_unused(&mut self) {
        let left = &mut self.bytes;
        self.by_key.retain(|key, origin| {
            let used = Arc::strong_count(origin) > 1;
            *left -= if used { 0 } else { bytes(key, origin) };
            used
        });
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Lengths come first, so that no two origins have one key.
    fn write_key(&mut self, resource: &[KeyValue], scope: [&str; 2], of_scope: &[KeyValue]) {
        self.key.clear();
        for text in scope {
            self.key.extend_from_slice(&(text.len() as u64).to_le_bytes());
            self.key.extend_from_slice(text.as_bytes());
        }
        let before = self.key.len();
        canonical::write(resource, &mut self.key);
        let long = (self.key.len() - before) as u64;
        self.key.extend_from_slice(&long.to_le_bytes());
        canonical::write(of_scope, &mut self.key);
    }
}

fn bytes(key: &[u8], origin: &Origin) -> usize {
    key.len() + origin.texts_bytes() + size_of::<Origin>() + 64
}

fn service_name(resource: &[KeyValue]) -> String {
    let named = resource.iter().find(|attribute| attribute.key == "service.name");
    match named.and_then(|attribute| attribute.value.as_ref()?.value.as_ref()) {
        Some(Value::StringValue(name)) => name.clone(),
        _ => String::new(),
    }
}
