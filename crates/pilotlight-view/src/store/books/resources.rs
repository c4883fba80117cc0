//! Who has told anything: since when, and until when.

use crate::query::text::{cut, text};
use crate::store::metrics::canonical;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::resource::v1::Resource;
use std::hash::BuildHasher;

/// Resources, the ones that told something lately.
#[derive(Debug, Default)]
pub(crate) struct Resources {
    by_attributes: HashMap<Box<[u8]>, Known>,
    bytes: usize,
    /// How many had to go.
    forgotten: u64,
    /// What a resource is looked up by, written anew each time.
    key: Vec<u8>,
}

/// A resource.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// What it is found by in the window.
    pub(crate) fingerprint: u64,
    /// The schema of its attributes' names, of the newest request.
    pub(crate) schema_url: String,
    /// When something of it first came, nanoseconds since 1970.
    pub(crate) first: u64,
    /// When something of it last came, nanoseconds since 1970.
    pub(crate) last: u64,
}

/// More processes than one machine's memory has room for the telemetry of. Over it the one goes that has been silent for longest.
const RESOURCES_MAX: usize = 2_000;
/// Of all of them.
const BYTES_MAX: usize = 8 << 20;

impl Resources {
    /// Something of it came at `now`.
    pub(super) fn note(&mut self, resource: Option<&Resource>, schema_url: &str, now: u64) {
        let attributes = resource.map_or(&[][..], |resource| &resource.attributes);
        let mut key = std::mem::take(&mut self.key);
        key.clear();
        canonical::write(attributes, &mut key);
        if let Some(known) = self.by_attributes.get_mut(key.as_slice()) {
            (known.first, known.last) = (known.first.min(now), known.last.max(now));
            if known.schema_url != schema_url {
                cut(schema_url, SCHEMA_BYTES).clone_into(&mut known.schema_url);
            }
        } else {
            let fingerprint = fingerprint_of(attributes);
            let schema_url = cut(schema_url, SCHEMA_BYTES).to_owned();
            self.bytes += size(&key);
            self.by_attributes
                .insert(key.as_slice().into(), Known { fingerprint, schema_url, first: now, last: now });
            self.make_room();
        }
        self.key = key;
    }

    /// All of them, with their attributes: see [`canonical`].
    pub(crate) fn all(&self) -> impl Iterator<Item = (&[u8], &Known)> {
        self.by_attributes.iter().map(|(attributes, known)| (&**attributes, known))
    }

    /// How many had to go.
    pub(crate) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    fn make_room(&mut self) {
        while self.by_attributes.len() > RESOURCES_MAX || self.bytes > BYTES_MAX {
            let silent = self.by_attributes.iter().min_by_key(|(_, known)| known.last);
            let Some(key) = silent.map(|(key, _)| key.clone()) else {
                return;
            };
            self.by_attributes.remove(&key);
            self.bytes -= size(&key);
            self.forgotten += 1;
        }
    }
}

fn size(key: &[u8]) -> usize {
    key.len() + size_of::<Known>() + 32
}

/// A schema's address, in bytes.
const SCHEMA_BYTES: usize = 200;
/// What the window keeps of a resource: so many attributes, and so many bytes of each.
const WINDOW: (usize, usize) =
    (crate::store::window::attributes::ATTRIBUTES_MAX, crate::query::text::SEARCHED_BYTES);

fn fingerprint_of(attributes: &[KeyValue]) -> u64 {
    let mut scratch = String::new();
    let pair = |attribute: &KeyValue| {
        let (value, _) = text(attribute.value.as_ref(), WINDOW.1, &mut scratch);
        (cut(&attribute.key, WINDOW.1).to_owned(), value.to_owned())
    };
    let pairs: Vec<(String, String)> = attributes.iter().take(WINDOW.0).map(pair).collect();
    fingerprint(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect())
}

/// The same for the same attributes as texts, in whatever order. Two resources of one fingerprint, should somebody make such, would only
/// have their rows counted together.
pub(crate) fn fingerprint(mut pairs: Vec<(&str, &str)>) -> u64 {
    pairs.sort_unstable();
    FixedState::default().hash_one(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::metrics::testing::{attributes, resource};

    #[test]
    fn a_resource_is_known_from_its_first_to_its_last_request() {
        let mut resources = Resources::default();
        for now in [20, 10, 30] {
            resources.note(Some(&resource("shop")), "", now);
        }
        let known: Vec<(u64, u64)> = resources.all().map(|(_, known)| (known.first, known.last)).collect();
        assert_eq!(known, [(10, 30)]);
    }

    #[test]
    fn of_too_many_the_one_goes_that_has_been_silent_for_longest() {
        let mut resources = Resources::default();
        for i in 0..=RESOURCES_MAX {
            resources.note(Some(&resource(&i.to_string())), "", i as u64 + 1);
        }
        assert_eq!((resources.all().count(), resources.forgotten()), (RESOURCES_MAX, 1));
        assert!(resources.all().all(|(_, known)| known.last > 1));
        resources.note(Some(&resource(&"x".repeat(BYTES_MAX))), "", 0);
        assert!(resources.bytes <= BYTES_MAX);
    }

    #[test]
    fn a_fingerprint_is_the_same_in_whatever_order() {
        let one = fingerprint_of(&attributes(&[("a", "1"), ("b", "2")]));
        assert_eq!(one, fingerprint(vec![("b", "2"), ("a", "1")]));
        assert_ne!(one, fingerprint(vec![("a", "2"), ("b", "1")]));
    }
}
