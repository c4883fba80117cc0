//! JSON of telemetry that strangers had a hand in: one line, whatever it holds, and nested no deeper than readers take.
//!
//! [`value`] writes attribute values, [`string`] the strings in them.

mod string;
mod value;

pub(super) use string::write_string;
pub(super) use value::{unique, write_value};
