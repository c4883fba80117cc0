//! Streams of results, whose end is that of their statement.

use crate::db::Operation;
use futures_core::{Stream, TryStream};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio_postgres::Error;

/// The rows of a query.
pub type RowStream = Results<tokio_postgres::RowStream>;

/// The rows, as text, and ends of several statements.
pub type SimpleQueryStream = Results<tokio_postgres::SimpleQueryStream>;

/// The data of a `COPY TO STDOUT`. Its rows are not counted: a piece of it need not be one.
pub type CopyOutStream = Results<tokio_postgres::CopyOutStream>;

pin_project! {
    /// A stream of what a statement gives, whose span is the current one in each poll.
    ///
    /// The span ends with the stream, or with its first error. Dropped before, the statement was `cancelled`; PostgreSQL sends the rest
    /// of the rows all the same.
    pub struct Results<S>
    where
        S: TryStream,
    {
        // Dropped first: the operation ends after it.
        #[pin]
        inner: S,
        operation: Option<Operation>,
        // `None` where rows cannot be told.
        is_row: Option<fn(&S::Ok) -> bool>,
        rows: u64,
    }
}

impl<S: TryStream<Error = Error>> Results<S> {
    pub(super) fn new(inner: S, operation: Operation, is_row: Option<fn(&S::Ok) -> bool>) -> Self {
        Self { inner, operation: Some(operation), is_row, rows: 0 }
    }
}

impl Results<tokio_postgres::RowStream> {
    pub(super) fn rows((inner, operation): (tokio_postgres::RowStream, Operation)) -> Self {
        Self::new(inner, operation, Some(|_| true))
    }

    /// The number of rows that the statement changed; `None` until the stream has ended.
    pub fn rows_affected(&self) -> Option<u64> {
        self.inner.rows_affected()
    }
}

impl<S, T> Stream for Results<S>
where
    S: Stream<Item = Result<T, Error>> + TryStream<Ok = T, Error = Error>,
{
    type Item = Result<T, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let Some(operation) = this.operation else { return this.inner.poll_next(cx) };
        let item = ready!(operation.run(|| this.inner.poll_next(cx)));
        if let Some(is_row) = *this.is_row {
            *this.rows += u64::from(matches!(&item, Some(Ok(piece)) if is_row(piece)));
            operation.returned_rows(*this.rows);
        }
        if let Some(Err(error)) = &item {
            operation.failed(error);
        }
        if !matches!(item, Some(Ok(_)))
            && let Some(operation) = this.operation.take()
        {
            operation.end();
        }
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<S: TryStream> fmt::Debug for Results<S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Results").field("rows", &self.rows).finish_non_exhaustive()
    }
}
