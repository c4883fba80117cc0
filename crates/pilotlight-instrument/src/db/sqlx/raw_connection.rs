//! A connection for code that knows sqlx's alone.

use super::Database;
use super::pool_connection::PoolConnection;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// sqlx's own connection, as [`Acquire`](sqlx::Acquire) has to give it. Its statements have no spans; how long it was kept is measured.
pub struct RawConnection<DB: Database>(PoolConnection<DB>);

impl<DB: Database> RawConnection<DB> {
    pub(super) fn new(connection: PoolConnection<DB>) -> Self {
        Self(connection)
    }
}

impl<DB: Database> Deref for RawConnection<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &Self::Target {
        self.0.inner()
    }
}

impl<DB: Database> DerefMut for RawConnection<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.0.inner_mut()
    }
}

impl<DB: Database> fmt::Debug for RawConnection<DB> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("RawConnection").field(&self.0).finish()
    }
}
