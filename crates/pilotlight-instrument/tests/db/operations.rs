//! How operations begin and end.

use crate::recorded::Recorded;
use crate::shop;
use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use pilotlight_instrument::db::{Command, DbError, Failure, Outcome};
use std::cell::Cell;
use std::future::{Future, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Waker};

const SELECT: &str = "SELECT name FROM users WHERE id = $1";

fn poll_once<F: Future>(work: F) -> Poll<F::Output> {
    pin!(work).as_mut().poll(&mut std::task::Context::from_waker(Waker::noop()))
}

#[test]
fn a_query_is_a_client_span_below_the_current_one_named_by_its_summary() {
    let recorded = Recorded::new();
    let client = shop(&recorded).build();

    recorded.tracer_provider.tracer("test").in_span("request", |_| {
        let mut operation = client.query(SELECT);
        operation.returned_rows(3);
        operation.end();
    });

    recorded.assert_tree(
        "
        INTERNAL request
          CLIENT SELECT users
              db.collection.name = users
              db.namespace = shop
              db.operation.name = SELECT
              db.query.summary = SELECT users
              db.query.text = SELECT name FROM users WHERE id = $1
              db.response.returned_rows = 3
              db.system.name = postgresql
              server.address = db.example
        ",
    );
}

#[test]
fn a_port_is_recorded_where_it_is_not_the_usual_one() {
    let recorded = Recorded::new();

    shop(&recorded).server("db.example", Some(5433)).build().query(SELECT).end();

    assert!(recorded.tree().contains("server.port = 5433"), "{}", recorded.tree());
}

#[test]
fn a_batch_says_so_and_how_large_it_is() {
    let recorded = Recorded::new();
    let client = shop(&recorded).build();
    let insert = "INSERT INTO users (name) VALUES ($1)";

    client.batch(insert, 2).end();
    client.batch(insert, 1).end();
    client.batch(insert, 0).end();

    assert_eq!(
        recorded.tree_of(&["db.operation"]),
        "CLIENT BATCH INSERT users\n    \
             db.operation.batch.size = 2\n    \
             db.operation.name = BATCH INSERT\n\
         CLIENT INSERT users\n    \
             db.operation.name = INSERT\n\
         CLIENT BATCH INSERT users\n    \
             db.operation.batch.size = 0\n    \
             db.operation.name = BATCH INSERT"
    );
}

#[test]
fn a_command_that_stands_for_none_is_a_batch_and_one_that_stands_for_one_is_not() {
    let recorded = Recorded::new();
    let client = shop(&recorded).build();

    for size in 0..=2 {
        client.command(Command::new("PIPELINE").batch_size(size)).end();
    }

    assert_eq!(
        recorded.tree_of(&["db.operation.batch"]),
        "CLIENT PIPELINE\n    db.operation.batch.size = 0\n\
         CLIENT PIPELINE\n\
         CLIENT PIPELINE\n    db.operation.batch.size = 2"
    );
}

#[test]
fn a_command_is_recorded_as_it_was_described() {
    let recorded = Recorded::new();
    let client = shop(&recorded).build();

    let find = Command::new("find").collection("users").namespace("people").text("find ?").batch_size(4);
    client.command(find).end();
    client.command(Command::new(String::from("ping"))).end();

    assert_eq!(
        recorded.tree_of(&["db.operation", "db.namespace", "db.collection", "db.query"]),
        "CLIENT find users\n    \
             db.collection.name = users\n    \
             db.namespace = people\n    \
             db.operation.batch.size = 4\n    \
             db.operation.name = find\n    \
             db.query.text = find ?\n\
         CLIENT ping\n    \
             db.namespace = shop\n    \
             db.operation.name = ping"
    );
}

#[test]
fn a_failure_has_a_type_and_the_databases_code_and_the_first_one_counts() {
    let recorded = Recorded::new();
    let mut operation = shop(&recorded).build().query(SELECT);

    operation.failed(&Failure::error_type("connection_reset"));
    operation.failed(&Failure::status_code("23505"));
    operation.end();
    let mut operation = shop(&recorded).build().query(SELECT);
    operation.failed(&Failure::status_code("23505"));
    operation.end();

    assert_eq!(
        recorded.tree_of(&["error", "db.response"]),
        "CLIENT SELECT users\n    !\n    error.type = connection_reset\n\
         CLIENT SELECT users\n    !\n    db.response.status_code = 23505\n    error.type = 23505"
    );
}

#[test]
fn what_is_no_failure_of_the_database_leaves_the_operation_well() {
    struct NoRow;
    impl DbError for NoRow {
        fn error_type(&self) -> opentelemetry::StringValue {
            "no_row".into()
        }
        fn is_failure(&self) -> bool {
            false
        }
    }
    let recorded = Recorded::new();

    let found = poll_once(shop(&recorded).build().query(SELECT).around(ready(Err::<(), _>(NoRow))));

    assert!(matches!(found, Poll::Ready(Err(NoRow))));
    assert_eq!(recorded.tree_of(&["error"]), "CLIENT SELECT users");
}

#[test]
fn an_error_of_a_foreign_driver_is_judged_by_the_caller() {
    let recorded = Recorded::new();
    let client = shop(&recorded).build();
    let judge = |result: &Result<u64, &str>| match result {
        Ok(rows) => Outcome::rows(*rows),
        Err(code) => Outcome::failed(Failure::status_code(String::from(*code))),
    };

    let fine = poll_once(client.query(SELECT).around_with(ready(Ok(7)), judge));
    let failed = poll_once(client.query(SELECT).around_with(ready(Err("42P01")), judge));

    assert_eq!((fine, failed), (Poll::Ready(Ok(7)), Poll::Ready(Err("42P01"))));
    assert_eq!(
        recorded.tree_of(&["error", "db.response"]),
        "CLIENT SELECT users\n    db.response.returned_rows = 7\n\
         CLIENT SELECT users\n    !\n    db.response.status_code = 42P01\n    error.type = 42P01"
    );
}

#[test]
fn the_span_is_the_current_one_while_the_operation_runs_and_while_it_is_dropped() {
    let recorded = Recorded::new();
    let operation = shop(&recorded).build().query(SELECT);
    let own = operation.context().span().span_context().clone();
    let seen = Cell::new(0);
    let look = || {
        assert_eq!(Context::current().span().span_context(), &own);
        seen.set(seen.get() + 1);
    };
    struct OnDrop<F: Fn()>(F);
    impl<F: Fn()> Drop for OnDrop<F> {
        fn drop(&mut self) {
            (self.0)();
        }
    }

    let on_drop = OnDrop(look);
    let work = async {
        let _on_drop = on_drop;
        look();
        pending::<Result<(), Failure>>().await
    };
    assert!(poll_once(operation.around(work)).is_pending());

    assert_eq!(seen.get(), 2);
}

#[test]
fn an_operation_whose_caller_leaves_was_cancelled() {
    let recorded = Recorded::new();
    let lenient = shop(&recorded).build();
    let strict = shop(&recorded).cancellation_is_error(true).build();

    for client in [lenient, strict] {
        let never = pending::<Result<(), Failure>>();
        assert!(poll_once(client.query(SELECT).around(never)).is_pending());
    }

    assert_eq!(
        recorded.tree_of(&["error"]),
        "CLIENT SELECT users\n    * cancelled\n\
         CLIENT SELECT users\n    ! the operation was dropped before its end\n    error.type = cancelled"
    );
}

#[test]
fn a_panic_ends_the_operation_and_goes_on() {
    let recorded = Recorded::new();
    let mut operation = shop(&recorded).build().query(SELECT);

    let panic = catch_unwind(AssertUnwindSafe(|| operation.run(|| panic!("the driver is broken"))));

    assert!(panic.is_err());
    assert_eq!(
        recorded.tree_of(&["error"]),
        "CLIENT SELECT users\n    ! the database client panicked\n    error.type = panic\n    \
         * exception exception.type = panic"
    );
}

#[test]
fn a_panic_elsewhere_that_drops_the_operation_is_its_panic_as_well() {
    let recorded = Recorded::new();
    let client = shop(&recorded).build();

    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _operation = client.query(SELECT);
        let _around = client.query(SELECT).around(pending::<Result<(), Failure>>());
        panic!("elsewhere");
    }));

    assert!(panic.is_err());
    let each = "CLIENT SELECT users\n    ! a panic outside the database client dropped the operation\n    error.type = panic";
    assert_eq!(recorded.tree_of(&["error"]), [each, each].join("\n"));
}

#[test]
fn a_future_that_panics_in_a_poll_or_is_polled_after_its_end_has_ended_its_span_once() {
    let recorded = Recorded::new();
    let client = shop(&recorded).build();
    let polls = Cell::new(0);
    let work = || {
        poll_fn(|_| {
            polls.set(polls.get() + 1);
            assert_ne!(polls.get(), 2, "the second poll");
            Poll::Ready(Ok::<_, Failure>(polls.get()))
        })
    };
    let mut polled = pin!(client.query(SELECT).around(work()));
    let mut poll = || polled.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop()));

    assert_eq!(poll(), Poll::Ready(Ok(1)));
    assert!(catch_unwind(AssertUnwindSafe(&mut poll)).is_err());
    assert_eq!(poll(), Poll::Ready(Ok(3)));
    polls.set(1);
    let mut panics = Box::pin(client.query(SELECT).around(work()));
    let mut poll = || panics.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop()));
    assert!(catch_unwind(AssertUnwindSafe(&mut poll)).is_err());
    assert_eq!(poll(), Poll::Ready(Ok(3)));
    drop(panics);

    assert_eq!(
        recorded.tree_of(&["error"]),
        "CLIENT SELECT users\n\
         CLIENT SELECT users\n    ! the database client panicked\n    error.type = panic\n    * exception exception.type = panic"
    );
}

#[test]
fn a_judge_that_panics_ends_the_operation_and_no_more() {
    let recorded = Recorded::new();
    let judge = |_: &Result<(), ()>| -> Outcome { panic!("no such code") };

    let around = shop(&recorded).build().query(SELECT).around_with(ready(Ok(())), judge);
    let panic = catch_unwind(AssertUnwindSafe(|| poll_once(around)));

    assert!(panic.is_err());
    assert_eq!(recorded.spans().len(), 1);
    assert_eq!(recorded.points("db.client.operation.duration").len(), 1);
}

#[test]
fn what_a_panic_says_is_not_recorded_for_it_may_hold_the_databases_words() {
    let recorded = Recorded::new();
    let client = shop(&recorded).build();
    let refused = "Key (email)=(ada@example.com) already exists.";

    let mut operation = client.query(SELECT);
    let panic = catch_unwind(AssertUnwindSafe(|| operation.run(|| panic!("not expected: {refused}"))));

    assert!(panic.is_err());
    let all = recorded.everything();
    assert!(all.contains("exception") && !all.contains("ada@example.com"), "{all}");
}

#[test]
fn what_is_filtered_out_or_suppressed_is_not_recorded() {
    let recorded = Recorded::new();
    let client = shop(&recorded).filter(|text| text != "SELECT 1" && text != "ping").build();

    client.query("SELECT 1").end();
    client.batch("SELECT 1", 3).end();
    client.command(Command::new("ping")).end();
    {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        client.query(SELECT).end();
    }

    assert_eq!(recorded.tree(), "");
    assert_eq!(recorded.points("db.client.operation.duration"), Vec::<String>::new());
}

#[test]
fn a_filter_is_asked_once_for_each_operation() {
    let recorded = Recorded::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let asks = Arc::clone(&asked);
    let client = shop(&recorded)
        .filter(move |_| {
            asks.fetch_add(1, Ordering::Relaxed);
            false
        })
        .build();

    client.query(SELECT).end();
    client.batch(SELECT, 0).end();
    client.batch(SELECT, 1).end();
    client.batch(SELECT, 2).end();
    client.command(Command::new("ping")).end();

    assert_eq!(asked.load(Ordering::Relaxed), 5);
}

#[test]
fn an_unrecorded_operation_leaves_the_callers_span_alone() {
    let recorded = Recorded::new();
    let client = shop(&recorded).filter(|_| false).build();

    recorded.tracer_provider.tracer("test").in_span("request", |_| {
        let mut operation = client.query(SELECT);
        operation.failed(&Failure::status_code("23505"));
        operation.end();
    });

    recorded.assert_tree("INTERNAL request");
}
