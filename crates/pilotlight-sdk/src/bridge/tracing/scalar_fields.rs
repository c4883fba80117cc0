//! Fields whose values are numbers, flags or bytes: the same for spans and events.

use std::fmt;

use crate::encode::attribute::AnyValueRef;

/// The half of a `Visit` that hands scalars, typed, to the visitor's own `value`. A macro, since a trait cannot implement half of
/// another one.
macro_rules! scalar_fields {
    () => {
        #[inline]
        fn record_i64(&mut self, field: &Field, value: i64) {
            self.value(field, AnyValueRef::I64(value));
        }

        #[inline]
        fn record_u64(&mut self, field: &Field, value: u64) {
            $crate::bridge::tracing::scalar_fields::with_number(value, |value| self.value(field, value));
        }

        fn record_i128(&mut self, field: &Field, value: i128) {
            $crate::bridge::tracing::scalar_fields::with_number(value, |value| self.value(field, value));
        }

        fn record_u128(&mut self, field: &Field, value: u128) {
            $crate::bridge::tracing::scalar_fields::with_number(value, |value| self.value(field, value));
        }

        fn record_f64(&mut self, field: &Field, value: f64) {
            self.value(field, AnyValueRef::F64(value));
        }

        #[inline]
        fn record_bool(&mut self, field: &Field, value: bool) {
            self.value(field, AnyValueRef::Bool(value));
        }

        fn record_bytes(&mut self, field: &Field, value: &[u8]) {
            self.value(field, AnyValueRef::Bytes(value));
        }
    };
}

pub(super) use scalar_fields;

/// An integer where it fits one, its digits elsewhere.
#[inline]
pub(in crate::bridge) fn with_number<N>(number: N, f: impl FnOnce(AnyValueRef<'_>))
where
    N: TryInto<i64> + fmt::Display + Copy,
{
    match number.try_into() {
        Ok(number) => f(AnyValueRef::I64(number)),
        Err(_) => f(AnyValueRef::Str(&number.to_string())),
    }
}
