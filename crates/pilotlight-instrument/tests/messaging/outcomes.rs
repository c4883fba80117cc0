//! How operations end.

use crate::support::{Spans, dedented, draw};
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use pilotlight_instrument::messaging::{Destination, Message, Operation};
use std::collections::HashMap;
use std::error::Error;
use std::future::{pending, ready};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

struct Refused;

fn process(spans: &Spans) -> Operation {
    let client = spans
        .client()
        .error_type(|_: &Refused| "refused")
        .error_type(|error: &io::Error| format!("{:?}", error.kind()))
        .build();
    client.process(&Destination::new("orders"), Message::new(), &HashMap::new())
}

#[tokio::test]
async fn the_span_is_current_in_the_handler_and_ends_with_it() {
    let spans = Spans::recorded();
    let operation = process(&spans);
    let own = operation.context().span().span_context().clone();
    let seen = operation
        .around(async {
            tokio::task::yield_now().await;
            Ok::<_, Refused>(Context::current().span().span_context().clone())
        })
        .await;
    assert!(seen.is_ok_and(|seen| seen == own));
    spans.assert("CONSUMER process orders");
}

#[tokio::test]
async fn an_error_is_called_what_its_type_was_given_and_its_message_is_not_recorded() {
    let spans = Spans::recorded();
    let secret = io::Error::new(io::ErrorKind::TimedOut, "the card 4111 1111 was declined");
    let done: Result<(), _> = process(&spans).around(ready(Err(secret))).await;
    assert!(done.is_err());
    let done: Result<(), Refused> = process(&spans).within(|| Err(Refused));
    assert!(done.is_err());
    spans.assert(
        "
        CONSUMER process orders !TimedOut
        CONSUMER process orders !refused
        ",
    );
    assert!(spans.finished().iter().all(|span| !format!("{span:?}").contains("4111")));
}

#[test]
fn other_errors_are_called_by_their_type() {
    let spans = Spans::recorded();
    let _: Result<(), std::fmt::Error> = process(&spans).within(|| Err(std::fmt::Error));
    let _: Result<(), Box<dyn Error>> = process(&spans).within(|| Err("secret".into()));
    spans.assert(
        "
        CONSUMER process orders !core::fmt::Error
        CONSUMER process orders !_OTHER
        ",
    );
}

#[test]
fn the_first_failure_counts() {
    let spans = Spans::recorded();
    let mut operation = process(&spans);
    operation.failed_as("first");
    operation.failed(&Refused);
    operation.end();
    spans.assert("CONSUMER process orders !first");
}

fn out_of_tea(operation: Operation) {
    let work = || operation.within(|| -> Result<(), Refused> { panic!("out of tea") });
    assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
}

#[test]
fn a_panic_in_the_handler_is_recorded_without_what_it_said_and_goes_on() {
    let spans = Spans::recorded();
    out_of_tea(process(&spans));
    assert_eq!(
        draw(&spans.finished()[0]),
        dedented(
            "
            CONSUMER process orders
              status error there was a panic
              error.type = panic
              messaging.destination.name = orders
              messaging.operation.name = process
              messaging.operation.type = process
              messaging.system.name = test
              * exception exception.type = panic
            "
        )
    );
}

#[test]
fn what_a_panic_said_is_recorded_where_that_is_asked_for() {
    let spans = Spans::recorded();
    let client = spans.client().panic_messages(true).build();
    out_of_tea(client.process(&Destination::new("orders"), Message::new(), &HashMap::new()));
    assert!(draw(&spans.finished()[0]).contains("exception.message = out of tea"));
}

#[test]
fn a_panic_around_an_operation_is_its_panic_as_well() {
    let spans = Spans::recorded();
    let operation = process(&spans);
    let work = move || {
        let _operation = operation;
        panic!("elsewhere");
    };
    assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
    spans.assert("CONSUMER process orders !panic");
}

#[test]
fn an_operation_that_is_dropped_was_cancelled() {
    let spans = Spans::recorded();
    drop(process(&spans));
    drop(process(&spans).around(pending::<Result<(), Refused>>()));
    let strict = spans.client().cancellation_is_error(true).build();
    drop(strict.send(&Destination::new("orders"), Message::new(), &mut HashMap::new()));
    spans.assert(
        "
        CONSUMER process orders *cancelled
        CONSUMER process orders *cancelled
        PRODUCER send orders !cancelled
        ",
    );
}

#[test]
fn what_a_cancelled_handler_drops_is_dropped_in_its_span() {
    struct Look(tokio::sync::mpsc::UnboundedSender<bool>);
    impl Drop for Look {
        fn drop(&mut self) {
            let _ = self.0.send(Context::current().span().is_recording());
        }
    }
    let spans = Spans::recorded();
    let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
    let look = Look(sender);
    drop(process(&spans).around(async move {
        let _look = look;
        Ok::<_, Refused>(())
    }));
    assert_eq!(told.try_recv(), Ok(true));
}
