//! Attribute sets: found again whatever the order of their attributes, without sorting or copying.
//!
//! A set's hash is the sum of its attributes' hashes, so the order does not matter. Sets are compared place by place first, which
//! is all it takes for a call site that always writes its attributes in one order, and then as sets. Strings are equal at once
//! when they are the same bytes in memory, as literals are.

use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, OnceLock};

use foldhash::fast::RandomState;
use opentelemetry::{Array, Key, KeyValue, Value};

/// Attributes without repeated keys, in the order in which they were first seen.
pub(crate) type AttributeSet = Arc<[KeyValue]>;

/// Which attributes tell the series of a stream apart. The others are left out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AttributeFilter {
    Keep(Arc<[Key]>),
    Exclude(Arc<[Key]>),
}

impl AttributeFilter {
    pub(crate) fn keeps(&self, attribute: &KeyValue) -> bool {
        let listed = |keys: &[Key]| keys.iter().any(|key| same_text(key.as_str(), attribute.key.as_str()));
        match self {
            Self::Keep(keys) => listed(keys),
            Self::Exclude(keys) => !listed(keys),
        }
    }
}

/// Where an attribute's strings are, and its value if that is no string.
///
/// An attribute with the identity of a stored one is equal to it: the stored one keeps its strings where they are. So literals,
/// which stay where they are when they are copied, are compared without being read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Identity {
    key: usize,
    key_len: usize,
    value: u64,
    /// A string's length, or which kind of value it is.
    value_kind: usize,
}

/// The identities of a set's attributes.
pub(crate) type Identities = Arc<[Identity]>;

/// Kinds of values that are no strings; no string is as long.
const INT: usize = usize::MAX;
const FLOAT: usize = usize::MAX - 1;
const BOOL: usize = usize::MAX - 2;
/// Arrays are equal to none by identity, themselves included.
const OTHER: usize = usize::MAX - 3;

impl Identity {
    #[inline]
    pub(crate) fn of(attribute: &KeyValue) -> Self {
        let key = attribute.key.as_str();
        let (value, value_kind) = glance_of(&attribute.value);
        Self { key: key.as_ptr().addr(), key_len: key.len(), value, value_kind }
    }
}

/// A measurement's attributes as one stream sees them: those that its filter keeps.
#[derive(Clone, Copy)]
pub(crate) struct Measured<'a> {
    attributes: &'a [KeyValue],
    filter: Option<&'a AttributeFilter>,
}

impl<'a> Measured<'a> {
    #[inline]
    pub(crate) fn new(attributes: &'a [KeyValue], filter: Option<&'a AttributeFilter>) -> Self {
        Self { attributes, filter }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// The attributes as they were given.
    pub(crate) fn all(&self) -> &'a [KeyValue] {
        self.attributes
    }

    fn kept(&self) -> impl Iterator<Item = &'a KeyValue> + use<'a> {
        let filter = self.filter;
        self.attributes.iter().filter(move |attribute| filter.is_none_or(|filter| filter.keeps(attribute)))
    }

    /// What the filter leaves out, for exemplars.
    pub(crate) fn left_out(&self) -> Vec<KeyValue> {
        match self.filter {
            None => Vec::new(),
            Some(filter) => {
                let left_out = self.attributes.iter().filter(|attribute| !filter.keeps(attribute));
                left_out.cloned().collect()
            }
        }
    }

    /// A number that equal sets share and that is quickly had: from the places of strings, not from their contents. The same
    /// set may have several.
    #[inline]
    pub(crate) fn glance(&self) -> usize {
        let values = self.attributes.iter().map(|attribute| glance_of(&attribute.value).0);
        mix(values.fold(0, |sum: u64, value| sum.wrapping_add(value))) as usize
    }

    /// Whether these are the attributes with these identities, in this order and without a filter. If not, they may be
    /// equal all the same.
    #[inline]
    pub(crate) fn has_identities(&self, identities: &[Identity]) -> bool {
        self.filter.is_none()
            && self.attributes.len() == identities.len()
            && self.attributes.iter().zip(identities).all(|(attribute, known)| {
                let identity = Identity::of(attribute);
                identity == *known && identity.value_kind != OTHER
            })
    }

    /// The set's hash. Lists that repeat a key hash as they stand.
    #[inline]
    pub(crate) fn hash(&self) -> u64 {
        match self.filter {
            None => self.attributes.iter().map(hash_of).fold(0, u64::wrapping_add),
            Some(_) => self.kept().map(hash_of).fold(0, u64::wrapping_add),
        }
    }

    /// Whether the kept attributes are those of `set`. Never true of a list that repeats a key.
    #[inline]
    pub(crate) fn is(&self, set: &[KeyValue]) -> bool {
        match self.filter {
            None => {
                self.attributes.len() == set.len()
                    && (self.attributes.iter().zip(set).all(|(a, b)| same(a, b))
                        || is_permutation(*self, set))
            }
            Some(_) => self.kept().count() == set.len() && is_permutation(*self, set),
        }
    }

    /// The kept attributes as a set: the last value of a repeated key wins, and a key without a name is none.
    pub(crate) fn to_set(self) -> AttributeSet {
        let mut set: Vec<KeyValue> = Vec::with_capacity(self.attributes.len());
        for attribute in self.kept().filter(|attribute| !attribute.key.as_str().is_empty()) {
            match set.iter_mut().find(|seen| seen.key == attribute.key) {
                Some(seen) => seen.value = attribute.value.clone(),
                None => set.push(attribute.clone()),
            }
        }
        set.into()
    }
}

/// Every attribute of `set`, whose keys differ, is among the kept ones, of which there are as many: so these are all.
#[inline(never)]
fn is_permutation(measured: Measured<'_>, set: &[KeyValue]) -> bool {
    set.iter().all(|known| measured.kept().any(|attribute| same(attribute, known)))
}

#[inline]
fn same(a: &KeyValue, b: &KeyValue) -> bool {
    same_text(a.key.as_str(), b.key.as_str()) && same_value(&a.value, &b.value)
}

#[inline]
fn same_text(a: &str, b: &str) -> bool {
    a.len() == b.len() && (std::ptr::eq(a.as_ptr(), b.as_ptr()) || a == b)
}

/// Floats are the same when their bits are: NaN would otherwise be a new series each time.
#[inline]
fn same_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => same_text(a.as_str(), b.as_str()),
        (Value::I64(a), Value::I64(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::F64(a), Value::F64(b)) => a.to_bits() == b.to_bits(),
        (Value::Array(a), Value::Array(b)) => same_array(a, b),
        _ => false,
    }
}

#[cold]
fn same_array(a: &Array, b: &Array) -> bool {
    match (a, b) {
        (Array::F64(a), Array::F64(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
        }
        _ => a == b,
    }
}

#[inline]
fn glance_of(value: &Value) -> (u64, usize) {
    match value {
        Value::String(text) => (text.as_str().as_ptr().addr() as u64, text.as_str().len()),
        Value::I64(number) => (*number as u64, INT),
        Value::Bool(flag) => (u64::from(*flag), BOOL),
        Value::F64(number) => (number.to_bits(), FLOAT),
        _ => (0, OTHER),
    }
}

/// Spreads what differs in the lower bits over the upper ones and back.
#[inline]
fn mix(value: u64) -> u64 {
    // An odd number near 2^64 divided by the golden ratio.
    let product = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ (product >> 32)
}

/// Keyed by a number of the process's own, so that nobody can send values that all collide.
fn hasher() -> &'static RandomState {
    static HASHER: OnceLock<RandomState> = OnceLock::new();
    HASHER.get_or_init(RandomState::default)
}

#[inline]
fn hash_of(attribute: &KeyValue) -> u64 {
    let mut hasher = hasher().build_hasher();
    hasher.write(attribute.key.as_str().as_bytes());
    match &attribute.value {
        Value::String(text) => hasher.write(text.as_str().as_bytes()),
        Value::I64(number) => hasher.write_i64(*number),
        Value::Bool(flag) => hasher.write_u8(u8::from(*flag)),
        Value::F64(number) => hasher.write_u64(number.to_bits()),
        other => hasher.write(other.as_str().as_bytes()),
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn measured(attributes: &[KeyValue]) -> Measured<'_> {
        Measured::new(attributes, None)
    }

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            "[a-c]{0,3}".prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            (-2i64..3).prop_map(Value::from),
            prop_oneof![Just(0.0), Just(-0.0), Just(f64::NAN), Just(1.5)].prop_map(Value::from),
            prop::collection::vec(prop_oneof![Just(f64::NAN), Just(1.0)], 0..3)
                .prop_map(|values| Value::Array(Array::F64(values))),
        ]
    }

    fn any_set() -> impl Strategy<Value = Vec<KeyValue>> {
        prop::collection::hash_map("[a-e]", any_value(), 0..5)
            .prop_map(|map| map.into_iter().map(|(key, value)| KeyValue::new(key, value)).collect())
    }

    proptest! {
        #[test]
        fn a_set_is_found_again_in_any_order(set in any_set(), seed: u64) {
            let known = measured(&set).to_set();
            let hash = measured(&set).hash();
            // Moved, not copied: a glance sees where strings are.
            let mut shuffled = set;
            let len = shuffled.len().max(1);
            for i in 0..shuffled.len() {
                shuffled.swap(i, (seed.rotate_left(i as u32 * 7) as usize) % len);
            }
            prop_assert!(measured(&shuffled).is(&known));
            prop_assert_eq!(measured(&shuffled).hash(), hash);
        }

        #[test]
        fn different_sets_are_told_apart(a in any_set(), b in any_set()) {
            let differ = a.len() != b.len()
                || a.iter().any(|a| !b.iter().any(|b| same(a, b)));
            prop_assert_eq!(measured(&a).is(&measured(&b).to_set()), !differ);
        }
    }

    #[test]
    fn a_repeated_key_keeps_its_last_value_and_is_never_taken_for_another_set() {
        let repeated = [KeyValue::new("a", 1), KeyValue::new("a", 2)];
        assert_eq!(&*measured(&repeated).to_set(), &[KeyValue::new("a", 2)]);
        let other = [KeyValue::new("a", 2), KeyValue::new("b", 3)];
        assert!(!measured(&repeated).is(&other));
        assert!(!measured(&[KeyValue::new("a", 2), KeyValue::new("a", 2)]).is(&other));
    }

    #[test]
    fn a_filter_decides_what_tells_sets_apart_and_what_exemplars_keep() {
        let attributes = [KeyValue::new("route", "/"), KeyValue::new("user", 7)];
        let keep = AttributeFilter::Keep([Key::new("route")].into());
        let exclude = AttributeFilter::Exclude([Key::new("user")].into());
        for filter in [keep, exclude] {
            let measured = Measured::new(&attributes, Some(&filter));
            let set = measured.to_set();
            assert_eq!(&*set, &[KeyValue::new("route", "/")]);
            assert!(measured.is(&set));
            assert_eq!(measured.hash(), Measured::new(&set, None).hash());
            assert_eq!(measured.left_out(), [KeyValue::new("user", 7)]);
        }
    }
}
