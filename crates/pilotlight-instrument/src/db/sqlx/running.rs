//! A statement that runs on its connection: its span begins when it is first polled, and ends with its last step.

use super::driver::{Driver, Step};
use super::query::Query;
use super::shared::Shared;
use crate::db::{Around, Judge, Operation};
use futures_core::Stream;
use futures_core::stream::BoxStream;
use sqlx::{Either, Error};
use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A statement's results, as they come.
///
/// Dropped half-way the operation was cancelled, with the rows that have been given until then.
pub(super) struct Rows<'e, DB: Driver> {
    state: State<'e, DB>,
    rows: u64,
}

enum State<'e, DB: Driver> {
    Waiting(&'e mut DB::Connection, Query<DB>, &'e Shared<DB>),
    Running(Operation, BoxStream<'e, Result<Step<DB>, Error>>),
    Ended,
}

/// What has to stay where it is has a box of its own.
impl<DB: Driver> Unpin for Rows<'_, DB> {}

impl<'e, DB: Driver> Rows<'e, DB> {
    pub(super) fn new(connection: &'e mut DB::Connection, query: Query<DB>, shared: &'e Shared<DB>) -> Self {
        Self { state: State::Waiting(connection, query, shared), rows: 0 }
    }

    /// All the statement's results in one, but for its rows.
    pub(super) async fn execute(mut self) -> Result<DB::QueryResult, Error> {
        let mut all = DB::QueryResult::default();
        self.for_each(|step| all.extend(step.left())).await?;
        Ok(all)
    }

    /// All its rows.
    pub(super) async fn fetch_all(mut self) -> Result<Vec<DB::Row>, Error> {
        let mut rows = Vec::new();
        self.for_each(|step| rows.extend(step.right())).await?;
        Ok(rows)
    }

    /// The next of its results, a row or the end of one.
    pub(super) async fn next(&mut self) -> Option<Result<Step<DB>, Error>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    async fn for_each(&mut self, mut each: impl FnMut(Step<DB>)) -> Result<(), Error> {
        poll_fn(|cx| self.poll_each(cx, &mut each)).await
    }

    /// Everything there is, without leaving the span in between.
    fn poll_each(
        &mut self,
        cx: &mut Context<'_>,
        each: &mut impl FnMut(Step<DB>),
    ) -> Poll<Result<(), Error>> {
        self.start();
        let State::Running(operation, stream) = &mut self.state else { return Poll::Ready(Ok(())) };
        let rows = &mut self.rows;
        let end = ready!(operation.run(|| {
            while let Some(step) = ready!(stream.as_mut().poll_next(cx)?) {
                *rows += u64::from(step.is_right());
                each(step);
            }
            Poll::Ready(Ok(()))
        }));
        self.end(end.as_ref().err());
        Poll::Ready(end)
    }

    fn start(&mut self) {
        match mem::replace(&mut self.state, State::Ended) {
            State::Waiting(connection, query, shared) => {
                let (mut operation, query) = shared.begin(query);
                let stream = operation.run(|| DB::fetch_many(connection, query));
                self.state = State::Running(operation, stream);
            }
            state => self.state = state,
        }
    }

    fn end(&mut self, error: Option<&Error>) {
        if let State::Running(mut operation, stream) = mem::replace(&mut self.state, State::Ended) {
            drop(stream);
            operation.returned_rows(self.rows);
            if let Some(error) = error {
                operation.failed(error);
            }
            operation.end();
        }
    }
}

impl<DB: Driver> Stream for Rows<'_, DB> {
    type Item = Result<Step<DB>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.start();
        let State::Running(operation, stream) = &mut self.state else { return Poll::Ready(None) };
        let step = ready!(operation.run(|| stream.as_mut().poll_next(cx)));
        match &step {
            Some(Ok(Either::Right(_))) => self.rows += 1,
            Some(Ok(Either::Left(_))) => {}
            Some(Err(error)) => self.end(Some(error)),
            None => self.end(None),
        }
        Poll::Ready(step)
    }
}

impl<DB: Driver> Drop for Rows<'_, DB> {
    fn drop(&mut self) {
        if let State::Running(mut operation, stream) = mem::replace(&mut self.state, State::Ended) {
            operation.run(|| drop(stream));
            operation.returned_rows(self.rows);
        }
    }
}

/// At most one row.
pub(super) async fn fetch_optional<DB: Driver>(
    connection: &mut DB::Connection,
    query: Query<DB>,
    shared: &Shared<DB>,
) -> Result<Option<DB::Row>, Error> {
    let (operation, query) = shared.begin(query);
    Around::new(DB::fetch_optional(connection, query), operation, AtMostOne).await
}

struct AtMostOne;

impl<T> Judge<Result<Option<T>, Error>> for AtMostOne {
    fn judge(self, mut operation: Operation, found: &Result<Option<T>, Error>) {
        match found {
            Ok(row) => operation.returned_rows(u64::from(row.is_some())),
            Err(error) => operation.failed(error),
        }
        operation.end();
    }
}
