//! One call turns telemetry on in a process of its own, and one turns it off.

use std::time::{Duration, Instant};

use e2e::{Behaviour, Receiver};
use rustix::process::Signal;

use crate::process::{Account, Process, exporting, run, scenario};
use crate::support::{GRPC, HTTP};

/// A line that says that all of a scenario's spans and metrics were delivered over a protocol, `grpc` or `http`.
fn is_complete(line: &str, over: &str) -> bool {
    let spans = format!("report: otlp_{over}_span_exporter: 10 spans exported");
    let points = line.strip_prefix(&format!("{spans}; otlp_{over}_metric_exporter: "));
    let points = points.and_then(|points| points.strip_suffix(" data points exported"));
    points.is_some_and(|points| points.parse::<u64>().is_ok_and(|points| points > 0))
}

#[test]
fn every_kind_of_main_delivers_everything() {
    for name in ["plain", "current-thread", "current-thread-async", "spawned"] {
        for (protocol, over) in [(GRPC, "grpc"), (HTTP, "http")] {
            let receiver = Receiver::start();

            let outcome = run(exporting(&mut scenario(name), &receiver, protocol));

            assert!(outcome.status.success(), "{name}: {outcome:?}");
            assert!(is_complete(outcome.stdout.trim_end(), over), "{name}: {outcome:?}");
            assert_eq!(outcome.stderr, "", "{name}");
            assert_eq!(receiver.unique_spans(), 10, "{name}");
            assert_eq!(receiver.metric("scenario.work").latest(), 10.0, "{name}");
        }
    }
}

#[test]
fn every_kind_of_main_ends_in_time_when_the_collector_is_down_or_silent() {
    let (dead, silent) = (Receiver::dead(), Receiver::start());
    silent.behave(Behaviour::KeepSilent);
    for name in ["plain", "current-thread", "current-thread-async", "spawned"] {
        for receiver in [&dead, &silent] {
            let began = Instant::now();

            let mut command = scenario(name);
            let outcome = run(exporting(&mut command, receiver, GRPC).env("SHUTDOWN_TIMEOUT_MS", "400"));

            // Less than an export may take that nobody ends.
            assert!(began.elapsed() < Duration::from_secs(8), "{name}: {:?}", began.elapsed());
            assert!(outcome.status.success(), "{name}: {outcome:?}");
            // Given up in time to be counted as dropped, or not finished by then: each span is accounted for.
            let spans = Account::of(outcome.stdout.trim_end(), "otlp_grpc_span_exporter");
            assert_eq!((spans.exported, spans.rejected, spans.total()), (0, 0, 10), "{name}: {outcome:?}");
        }
    }
}

#[test]
fn dropping_the_guard_delivers_everything() {
    let receiver = Receiver::start();

    let outcome = run(exporting(&mut scenario("drop"), &receiver, GRPC));

    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
    assert_eq!(receiver.unique_spans(), 10);
}

#[test]
fn dropping_the_guard_says_what_was_lost() {
    let receiver = Receiver::dead();

    let outcome = run(exporting(&mut scenario("drop"), &receiver, GRPC));

    assert!(outcome.stderr.contains("pilotlight warning: telemetry was lost at shutdown: "), "{outcome:?}");
    assert!(outcome.stderr.contains("10 dropped"), "{outcome:?}");
}

#[test]
fn a_main_that_panics_delivers_what_led_to_it() {
    let receiver = Receiver::start();

    let outcome = run(exporting(&mut scenario("panic"), &receiver, HTTP));

    assert!(!outcome.status.success());
    assert!(outcome.stderr.contains("as the test wants it"), "{outcome:?}");
    assert_eq!(receiver.unique_spans(), 10);
}

#[test]
fn a_shutdown_that_is_cancelled_does_not_block_the_executor() {
    let receiver = Receiver::start();
    receiver.behave(Behaviour::KeepSilent);

    let mut command = scenario("shutdown-cancelled");
    let outcome = run(exporting(&mut command, &receiver, GRPC).env("SHUTDOWN_TIMEOUT_MS", "4000"));

    assert_eq!(outcome.stdout, "cancelled: true\nblocked: false\n", "{outcome:?}");
}

#[test]
fn a_second_init_is_an_error_until_the_first_is_shut_down() {
    let receiver = Receiver::start();

    let outcome = run(exporting(&mut scenario("twice"), &receiver, GRPC));

    let lines: Vec<_> = outcome.stdout.lines().collect();
    let [second, reports @ ..] = &lines[..] else { panic!("{outcome:?}") };
    assert!(second.starts_with("second: true (telemetry is on already"), "{outcome:?}");
    assert_eq!(reports.len(), 2, "{outcome:?}");
    assert!(reports.iter().all(|report| is_complete(report, "grpc")), "{outcome:?}");
    assert_eq!(receiver.unique_spans(), 20);
}

#[test]
fn a_disabled_sdk_still_passes_the_context_on() {
    const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let receiver = Receiver::start();

    let mut command = scenario("propagate");
    command.env("OTEL_SDK_DISABLED", "true").env("TRACEPARENT", TRACEPARENT);
    let outcome = run(exporting(&mut command, &receiver, GRPC));

    let expected = format!("traceparent: {TRACEPARENT}\nactive: true\nreport: nothing is exported\n");
    assert_eq!(outcome.stdout, expected, "{outcome:?}");
    assert!(receiver.requests().is_empty());
}

#[test]
fn propagators_are_chosen_by_list() {
    const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    for (list, passed_on) in [("tracecontext", TRACEPARENT), ("baggage", ""), ("none", "")] {
        let mut command = scenario("propagate");
        command
            .env("OTEL_PROPAGATORS", list)
            .env("OTEL_TRACES_EXPORTER", "none")
            .env("TRACEPARENT", TRACEPARENT);
        let outcome = run(&mut command);

        assert!(outcome.stdout.starts_with(&format!("traceparent: {passed_on}\n")), "{list}: {outcome:?}");
    }
}

#[test]
fn exporters_are_chosen_by_list() {
    let receiver = Receiver::start();
    for (list, draws, sends) in
        [("none", false, false), ("console", true, false), ("console,otlp", true, true)]
    {
        let already = receiver.spans().len();

        let mut command = scenario("plain");
        let outcome = run(exporting(&mut command, &receiver, HTTP).env("OTEL_TRACES_EXPORTER", list));

        assert!(outcome.status.success(), "{list}: {outcome:?}");
        assert_eq!(outcome.stdout.contains("work"), draws, "{list}: {outcome:?}");
        assert_eq!(receiver.spans().len() > already, sends, "{list}");
    }
}

#[test]
fn bad_settings_are_warned_about_and_the_service_runs() {
    let receiver = Receiver::start();

    let mut command = scenario("plain");
    command
        .env("OTEL_BSP_SCHEDULE_DELAY", "soon")
        .env("OTEL_TRACES_SAMPLER", "sometimes")
        .env("OTEL_PROPAGATORS", "tracecontext,pigeon")
        .env("OTEL_RESOURCE_ATTRIBUTES", "no equals sign");
    let outcome = run(exporting(&mut command, &receiver, GRPC));

    assert!(is_complete(outcome.stdout.trim_end(), "grpc"), "{outcome:?}");
    for setting in [
        "OTEL_BSP_SCHEDULE_DELAY=\"soon\"",
        "OTEL_TRACES_SAMPLER=\"sometimes\"",
        "OTEL_PROPAGATORS",
        "OTEL_RESOURCE_ATTRIBUTES",
    ] {
        let warning = format!("pilotlight warning: {setting}");
        assert!(outcome.stderr.contains(&warning), "{warning} is missing in:\n{}", outcome.stderr);
    }
    assert_eq!(receiver.unique_spans(), 10);
}

#[test]
fn one_debug_line_says_what_is_in_force_without_secrets() {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint().replace("http://", "http://me:pass-word@") + "/?token=tok-en";

    let mut command = scenario("plain");
    command
        .env("OTEL_LOG_LEVEL", "debug")
        .env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint)
        .env("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20s3cret,x-tenant=t3nant")
        .env("OTEL_SERVICE_NAME", "told");
    let outcome = run(&mut command);

    let in_force: Vec<_> = outcome.stderr.lines().filter(|line| line.contains("service \"told\"")).collect();
    assert_eq!(in_force.len(), 1, "{outcome:?}");
    assert!(in_force[0].starts_with("pilotlight debug: "), "{outcome:?}");
    assert!(in_force[0].contains("headers [authorization,x-tenant]"), "{outcome:?}");
    for secret in ["pass-word", "tok-en", "s3cret", "t3nant"] {
        assert!(!outcome.stderr.contains(secret), "{secret} in {}", outcome.stderr);
        assert!(!outcome.stdout.contains(secret), "{secret} in {}", outcome.stdout);
    }
}

#[test]
fn an_unreadable_certificate_is_an_error_message_and_the_service_runs() {
    let mut command = scenario("plain");
    command
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "https://localhost:4318")
        .env("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem");
    let outcome = run(&mut command);

    assert!(outcome.status.success(), "{outcome:?}");
    assert_eq!(outcome.stdout, "report: nothing is exported\n");
    let error = "pilotlight error: traces are not exported over OTLP: ";
    assert!(outcome.stderr.contains(error) && outcome.stderr.contains("/nowhere/ca.pem"), "{outcome:?}");
}

#[test]
fn sigterm_and_sigint_ask_the_service_to_end() {
    for signal in [Signal::TERM, Signal::INT] {
        let receiver = Receiver::start();
        let mut process = Process::start(exporting(&mut scenario("signal"), &receiver, GRPC));
        process.line("ready: ");

        process.signal(signal);
        let outcome = process.wait();

        assert!(outcome.status.success(), "{outcome:?}");
        let report = outcome.stdout.strip_prefix("signal: asked to end\n").unwrap();
        assert!(is_complete(report.trim_end(), "grpc"), "{outcome:?}");
        assert_eq!(receiver.unique_spans(), 10);
    }
}
