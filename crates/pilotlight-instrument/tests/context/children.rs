//! Real processes: this program again, as its own child.

use crate::scene::{Kind, Scene, Sight, handed_over};
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry::{Context, global};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use pilotlight_instrument::context::{bind_future, from_env, in_context, inject_into};
use std::process::{Command, Output};
use std::sync::Once;

/// Tells this program that it is a child, and which.
const ROLE: &str = "PILOTLIGHT_TEST_ROLE";
/// Works in the context it was given, and tells what it saw.
const WORKS: &str = "works";
/// Has telemetry but no span, and starts a child that works.
const STARTS_ANOTHER: &str = "starts another";
/// Has no telemetry, and starts a child that works.
const KNOWS_NOTHING: &str = "knows nothing";

const PARENT: &str = "00-00000000000000000000000000007e57-000000000000ca11-01";

#[tokio::test]
async fn a_child_process_is_in_the_context_of_who_started_it() {
    let way = async |scene: Scene| {
        let mut command = child(WORKS);
        inject_into(&mut command);
        scene.also_seen(sights(&command.output().unwrap()));
    };
    install_propagators();
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
          ⇢ child process tenant=7            ⇢ (child process) tenant=7          ⇢ child process tenant=7
        ",
    )
    .await;
}

#[tokio::test]
async fn a_child_process_of_tokio_is_in_the_context_of_who_started_it() {
    let way = async |scene: Scene| {
        let mut command = tokio::process::Command::from(child(WORKS));
        inject_into(command.as_std_mut());
        scene.also_seen(sights(&command.output().await.unwrap()));
    };
    install_propagators();
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
          ⇢ child process tenant=7            ⇢ (child process) tenant=7          ⇢ child process tenant=7
        ",
    )
    .await;
}

#[test]
fn a_process_without_a_span_passes_on_none_that_it_was_given() {
    let output = child(STARTS_ANOTHER).env("TRACEPARENT", PARENT).env("BAGGAGE", "tenant=7").output();
    let sight = &sights(&output.unwrap())[0];
    assert_eq!((sight.parent, sight.baggage.as_str()), (SpanId::INVALID, ""));
}

#[test]
fn a_process_without_telemetry_passes_on_what_it_was_given() {
    let output = child(KNOWS_NOTHING).env("TRACEPARENT", PARENT).env("BAGGAGE", "tenant=7").output();
    let sight = &sights(&output.unwrap())[0];
    assert_eq!((sight.parent, sight.baggage.as_str()), (SpanId::from(0xca11), "tenant=7"));
}

#[test]
fn a_process_that_was_given_nothing_starts_a_trace_of_its_own() {
    let sight = &sights(&child(WORKS).output().unwrap())[0];
    assert_eq!((sight.parent, sight.kind), (SpanId::INVALID, Kind::Recorded));
}

#[cfg(unix)]
#[test]
fn an_environment_that_is_not_text_is_no_context_and_no_panic() {
    use std::os::unix::ffi::OsStrExt;
    let torn = std::ffi::OsStr::from_bytes(b"00-\xff");
    let output = child(WORKS).env("TRACEPARENT", torn).env(torn, "a").env("BAGGAGE", "tenant=7").output();
    let sight = &sights(&output.unwrap())[0];
    assert_eq!((sight.parent, sight.baggage.as_str()), (SpanId::INVALID, "tenant=7"));
}

#[test]
fn what_the_parent_sends_is_in_upper_case_variables_and_its_own_environment_stays_as_it_is() {
    install_propagators();
    let mut command = Command::new("child");
    in_context(&Context::new(), || inject_into(command.env("TRACEPARENT", "stale").env("KEPT", "1")));
    let variables: Vec<_> =
        command.get_envs().map(|(name, value)| (name.to_str().unwrap(), value.is_some())).collect();
    assert_eq!(
        variables,
        [("BAGGAGE", false), ("KEPT", true), ("TRACEPARENT", false), ("TRACESTATE", false)]
    );
    assert_eq!(std::env::var_os("TRACEPARENT"), None);
}

/// Not a test by itself: what this program does when a test has started it as a child.
#[tokio::test]
async fn as_a_child_this_program_plays_its_role() {
    match std::env::var(ROLE).as_deref() {
        Ok(WORKS) => {
            install_propagators();
            let scene = Scene::sampled_as_the_parent();
            in_context(&from_env(), || bind_future(scene.clone().task("child process"))).await;
            scene.sights().iter().for_each(tell);
        }
        Ok(STARTS_ANOTHER) => {
            install_propagators();
            start_another();
        }
        Ok(KNOWS_NOTHING) => start_another(),
        _ => {}
    }
}

fn start_another() {
    let mut command = again(WORKS);
    inject_into(&mut command);
    sights(&command.output().unwrap()).iter().for_each(tell);
}

fn child(role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "children::as_a_child_this_program_plays_its_role", "--nocapture"])
        .env(ROLE, role);
    // Whoever runs the tests may be traced.
    for variable in ["TRACEPARENT", "TRACESTATE", "BAGGAGE"] {
        command.env_remove(variable);
    }
    command
}

/// This program again, with what it was given itself.
fn again(role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "children::as_a_child_this_program_plays_its_role", "--nocapture"])
        .env(ROLE, role);
    command
}

fn install_propagators() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        global::set_text_map_propagator(TextMapCompositePropagator::new(vec![
            Box::new(TraceContextPropagator::new()),
            Box::new(BaggagePropagator::new()),
        ]));
    });
}

/// One sight, on a line of standard error: on the other output the test harness writes.
fn tell(sight: &Sight) {
    let Sight { name, trace, span, parent, parent_is_remote, kind, baggage, .. } = sight;
    eprintln!("saw|{name}|{trace}|{span}|{parent}|{parent_is_remote}|{}|{baggage}", *kind == Kind::Recorded);
}

fn sights(output: &Output) -> Vec<Sight> {
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    let sights: Vec<Sight> = told.lines().filter_map(|line| line.strip_prefix("saw|")).map(sight).collect();
    assert!(output.status.success() && sights.len() == 1, "{output:?}");
    sights
}

fn sight(line: &str) -> Sight {
    let fields: Vec<&str> = line.split('|').collect();
    let [name, trace, span, parent, remote, recorded, baggage] = fields[..] else { panic!("{line}") };
    Sight {
        name: name.to_owned(),
        trace: TraceId::from_hex(trace).unwrap(),
        span: SpanId::from_hex(span).unwrap(),
        parent: SpanId::from_hex(parent).unwrap(),
        parent_is_remote: remote == "true",
        kind: if recorded == "true" { Kind::Recorded } else { Kind::NotSampled },
        baggage: baggage.to_owned(),
        links: Vec::new(),
    }
}
