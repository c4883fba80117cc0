//! Where nothing goes.

use crate::subscribers::Outlet;

/// Of a process with no provider in it.
pub struct Nothing;

impl Outlet for Nothing {
    fn settle(&self, _made: u64) {}

    fn arrived(&self) -> Option<u64> {
        None
    }
}
