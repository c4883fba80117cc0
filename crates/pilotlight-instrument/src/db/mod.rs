//! Database clients, by the stable semantic conventions of schema 1.45.0.

pub mod sql;
