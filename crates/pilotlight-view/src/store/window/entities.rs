//! Resources and scopes of a segment: each once, found again by what is in it.

use super::symbols::Symbol;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::hash::BuildHasher;

/// Who told it, or by which instrumentation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Entity {
    /// `service.name` of a resource, the name of a scope.
    pub(crate) name: Symbol,
    /// The version of a scope.
    pub(crate) version: Symbol,
    /// The schema of its attributes' names.
    pub(crate) schema_url: Symbol,
    /// Its attributes, as keys and texts of values, in the order in which they came.
    pub(crate) attributes: Box<[(Symbol, Symbol)]>,
}

/// Entities, each once.
#[derive(Debug, Default)]
pub(crate) struct Entities {
    all: Vec<Entity>,
    numbers: HashTable<u32>,
    hasher: RandomState,
    attribute_bytes: usize,
}

impl Entities {
    /// The entity's number; it gets one if it has none.
    pub(crate) fn insert(&mut self, entity: Entity) -> u32 {
        let Self { all, numbers, hasher, attribute_bytes } = self;
        let known = |number: u32| all.get(number as usize);
        let entry = numbers.entry(
            hasher.hash_one(&entity),
            |number| known(*number) == Some(&entity),
            |number| hasher.hash_one(known(*number)),
        );
        match entry {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                let number = u32::try_from(all.len()).unwrap_or(u32::MAX);
                new.insert(number);
                *attribute_bytes += size_of_val(&*entity.attributes);
                all.push(entity);
                number
            }
        }
    }

    /// All of them, by number.
    pub(crate) fn all(&self) -> &[Entity] {
        &self.all
    }

    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        self.all.capacity() * size_of::<Entity>() + self.numbers.allocation_size() + self.attribute_bytes
    }
}
