//! What SQL statements do, and their texts without literals.

mod hostile;
mod reader;
mod statements;
