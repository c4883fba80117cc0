//! Messaging, by the semantic conventions of schema 1.45.0, which are in development.
