//! Traces as trees: who is whose child, and the plain text that tests compare.
//!
//! [`forest`] finds the order that the console and [`TextTree`] draw in; [`plain`] makes text from spans harmless;
//! [`label`] says a span's kind and status in words that both share.

pub(super) mod forest;
pub(super) mod label;
pub(super) mod plain;
mod text_tree;

pub use text_tree::{TextTree, text_tree};
