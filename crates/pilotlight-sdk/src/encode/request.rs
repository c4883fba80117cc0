//! Puts resource and scope around items that are already encoded.

use std::sync::Arc;

use bytes::Bytes;

use crate::batch::Chunk;
use crate::record::Scope;
use crate::resource::Resource;

use super::attribute::write_distinct;
use super::field::{self, Key};
use super::protobuf::{field_len, write_key, write_message, write_nonempty, write_varint};

/// A resource's share of every request.
#[derive(Debug)]
pub(crate) struct EncodedResource {
    /// `ResourceSpans.resource`, key and length included.
    resource: Vec<u8>,
    /// `ResourceSpans.schema_url`, key and length included.
    schema_url: Vec<u8>,
}

impl EncodedResource {
    pub(crate) fn new(resource: &Resource) -> Self {
        let mut encoded = Vec::new();
        write_message(&mut encoded, field::resource_spans::RESOURCE, |buf| {
            write_distinct(buf, field::resource::ATTRIBUTES, resource.attributes().iter());
        });
        let mut schema_url = Vec::new();
        let url = resource.schema_url().unwrap_or_default();
        write_nonempty(&mut schema_url, field::resource_spans::SCHEMA_URL, url);
        Self { resource: encoded, schema_url }
    }

    /// Writes the resource, `content`, and the resource's schema URL.
    pub(crate) fn write_around(&self, buf: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
        buf.extend_from_slice(&self.resource);
        content(buf);
        buf.extend_from_slice(&self.schema_url);
    }

    /// How many bytes it adds to a request.
    pub(crate) fn len(&self) -> usize {
        self.resource.len() + self.schema_url.len()
    }
}

/// An `ExportTraceServiceRequest` or `ExportLogsServiceRequest` with everything in `chunks`, grouped by scope; within a scope
/// the order is kept. Both messages have resource, scope, items and schema URLs in the same places.
///
/// The lengths are added up first, so every byte is copied once, to its final place.
pub(crate) fn request(resource: &EncodedResource, scopes: &[Arc<Scope>], chunks: &[Chunk]) -> Bytes {
    let groups = group_by_scope(scopes, chunks);
    let scopes_len: usize = groups.iter().map(Group::field_len).sum();
    let resource_spans_len = resource.len() + scopes_len;
    let mut buf = Vec::with_capacity(field_len(field::traces_request::RESOURCE_SPANS, resource_spans_len));
    write_header(&mut buf, field::traces_request::RESOURCE_SPANS, resource_spans_len);
    resource.write_around(&mut buf, |buf| groups.iter().for_each(|group| group.write(buf)));
    Bytes::from(buf)
}

/// All items of one scope.
struct Group<'a> {
    scope: &'a Scope,
    runs: Vec<&'a [u8]>,
    items_len: usize,
}

impl Group<'_> {
    fn content_len(&self) -> usize {
        self.scope.encoded.len() + self.items_len + self.scope.encoded_schema_url.len()
    }

    fn field_len(&self) -> usize {
        field_len(field::resource_spans::SCOPE_SPANS, self.content_len())
    }

    fn write(&self, buf: &mut Vec<u8>) {
        write_header(buf, field::resource_spans::SCOPE_SPANS, self.content_len());
        buf.extend_from_slice(&self.scope.encoded);
        for run in &self.runs {
            buf.extend_from_slice(run);
        }
        buf.extend_from_slice(&self.scope.encoded_schema_url);
    }
}

fn group_by_scope<'a>(scopes: &'a [Arc<Scope>], chunks: &'a [Chunk]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut group_of_scope = vec![None; scopes.len()];
    for (run, bytes) in chunks.iter().flat_map(Chunk::runs) {
        let group = *group_of_scope[run.scope as usize].get_or_insert_with(|| {
            let scope = &scopes[run.scope as usize];
            groups.push(Group { scope, runs: Vec::new(), items_len: 0 });
            groups.len() - 1
        });
        groups[group].runs.push(bytes);
        groups[group].items_len += bytes.len();
    }
    groups
}

/// Key and length of a message whose content follows.
pub(super) fn write_header(buf: &mut Vec<u8>, key: Key, len: usize) {
    write_key(buf, key);
    write_varint(buf, len as u64);
}
