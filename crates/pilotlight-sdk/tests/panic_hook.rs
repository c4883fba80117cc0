//! Panics in processes of their own: each case is this program, started again with the case's name.
//!
//! Also the whole of `examples/panic_hook.rs`, which can be built to abort.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::panic::{self, catch_unwind};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, InstrumentationScope, Key};
use pilotlight_sdk::bridge::{PanicHook, PanicHookGuard, carry_context};

const ABORTS: bool = cfg!(panic = "abort");

/// The first of the cases are the same where panics abort; the others are about unwinding.
const CASES_THAT_ABORT: usize = 4;

/// What a case does in its process, and what is expected of it.
struct Case {
    name: &'static str,
    run: fn(),
    check: fn(&Told),
}

const CASES: &[Case] = &[
    Case {
        name: "a_thread_that_panics_is_told_with_ids_place_and_backtrace",
        run: a_thread,
        check: is_told_in_full,
    },
    Case { name: "a_panic_of_main_waits_for_the_flush", run: main_panics, check: main_was_waited_for },
    Case {
        name: "a_collector_that_hangs_holds_main_up_for_the_timeout_alone",
        run: main_hangs,
        check: previous_hook_ran,
    },
    Case { name: "a_program_that_aborts_is_waited_for_on_any_thread", run: aborts, check: was_fatal },
    Case {
        name: "tasks_on_the_main_thread_wait_for_nothing",
        run: tasks_panic,
        check: tasks_were_not_waited_for,
    },
    Case {
        name: "a_panic_while_panicking_is_fatal_and_told_before_the_abort",
        run: panics_twice,
        check: both_were_told,
    },
    Case {
        name: "a_panic_after_the_context_is_gone_is_told_without_it",
        run: in_a_local,
        check: survived_without_ids,
    },
    Case { name: "the_same_on_a_thread_that_is_known", run: in_a_known_local, check: survived_without_ids },
    Case {
        name: "a_processor_that_panics_takes_nothing_down",
        run: processor_panics,
        check: processor_was_survived,
    },
    Case { name: "the_hook_installed_last_acts", run: installed_twice, check: the_second_told },
    Case {
        name: "a_dropped_guard_leaves_the_previous_hook_alone",
        run: guard_dropped,
        check: nothing_was_told,
    },
    Case {
        name: "a_panicking_thread_cannot_install",
        run: install_while_panicking,
        check: install_was_refused,
    },
];

pub(crate) fn main() {
    if let Ok(name) = std::env::var("PILOTLIGHT_PANIC_CASE") {
        let case = CASES.iter().find(|case| case.name == name);
        return (case.unwrap_or_else(|| panic!("no case {name}")).run)();
    }
    let filter = std::env::args().nth(1).filter(|argument| !argument.starts_with('-')).unwrap_or_default();
    let cases = if ABORTS { &CASES[..CASES_THAT_ABORT] } else { CASES };
    for case in cases.iter().filter(|case| case.name.contains(&filter)) {
        (case.check)(&Told::by(case.name));
        println!("test {} ... ok", case.name);
    }
}

// ---- the cases, each in a process of its own -------------------------------------------------------------------------

fn a_thread() {
    let guard = install(Collector::new("one"));
    let _ = named("handler", || {
        let _attached = request().attach();
        panic!("out of {}", "cheese");
    });
    drop(guard);
}

fn main_panics() {
    std::mem::forget(install(Collector::new("one")));
    panic!("main is over");
}

fn main_hangs() {
    let hook = PanicHook::new(&Collector::new("one"), |_| {
        loop {
            thread::park();
        }
    });
    std::mem::forget(hook.flush_timeout(Duration::from_millis(50)).install().unwrap());
    panic!("main is over");
}

fn tasks_panic() {
    let guard = install(Collector::new("one"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        assert!(tokio::spawn(async { panic!("a request") }).await.is_err());
    });
    drop(guard);
}

struct PanicsOnDrop(&'static str);

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("{}", self.0);
    }
}

fn panics_twice() {
    std::mem::forget(install(Collector::new("one")));
    let _ = named("handler", || {
        let _second = PanicsOnDrop("the second");
        panic!("the first");
    });
}

struct CatchesItsOwn;

impl Drop for CatchesItsOwn {
    fn drop(&mut self) {
        let _ = catch_unwind(|| panic!("in a destructor"));
    }
}

thread_local! {
    static LAST: CatchesItsOwn = const { CatchesItsOwn };
}

fn in_a_local() {
    let guard = install(Collector::new("one"));
    // Locals are dropped in the opposite order of their first use: the context's is gone when this one panics.
    let _ = named("handler", || {
        LAST.with(|_| ());
        let _attached = request().attach();
    });
    drop(guard);
    println!("survived");
}

fn in_a_known_local() {
    let guard = install(Collector::new("one"));
    let _ = named("handler", || {
        LAST.with(|_| ());
        let _attached = request().attach();
        carry_context(|| ())();
    });
    drop(guard);
    println!("survived");
}

fn aborts() {
    let collector = Collector::new("one");
    let hook = PanicHook::new(&collector.clone(), move |within| collector.flush(within)).aborts(true);
    std::mem::forget(hook.install().unwrap());
    let _ = named("handler", || panic!("the end"));
    // Nothing else is waited for: the panicking thread waited itself.
    std::process::exit(0);
}

fn processor_panics() {
    let guard = install(Collector::new("panicking"));
    let _ = named("handler", || panic!("a request"));
    let _ = named("handler", || panic!("another request"));
    drop(guard);
    println!("survived");
}

fn installed_twice() {
    let first = install(Collector::new("one"));
    let second = install(Collector::new("two"));
    drop(first);
    let _ = named("handler", || panic!("a request"));
    assert_eq!(second.missed(), 0);
    drop(second);
}

fn guard_dropped() {
    panic::set_hook(Box::new(|_| println!("the user's hook")));
    drop(install(Collector::new("one")));
    let _ = named("handler", || panic!("a request"));
}

fn install_while_panicking() {
    struct Installs;
    impl Drop for Installs {
        fn drop(&mut self) {
            let refused = PanicHook::new(&Collector::new("one"), |_| ()).install();
            println!("{}", refused.unwrap_err());
        }
    }
    let _ = named("handler", || {
        let _installs = Installs;
        panic!("a request");
    });
}

// ---- what is expected of them ----------------------------------------------------------------------------------------

fn is_told_in_full(told: &Told) {
    told.contains(if ABORTS { "one: FATAL" } else { "one: ERROR" });
    told.contains("exception in panic: panicked at ");
    told.contains("panic_hook.rs:");
    told.contains(": out of cheese");
    told.contains("trace 000000000000000000000000000000ab span 00000000000000cd");
    told.contains("exception.type=panic");
    told.contains("exception.message=out of cheese");
    told.contains("::a_thread");
    told.lacks("__rust_end_short_backtrace");
    told.contains("code.line.number=");
    told.contains("code.column.number=");
    told.contains("thread.name=handler");
    told.contains("thread.id=");
    previous_hook_ran(told);
}

fn main_was_waited_for(told: &Told) {
    told.contains("exception.message=main is over");
    told.contains("flushed, waiting");
    previous_hook_ran(told);
    assert!(!told.output.status.success());
}

fn previous_hook_ran(told: &Told) {
    assert!(told.err.contains("panicked at "), "{told:?}");
}

fn tasks_were_not_waited_for(told: &Told) {
    told.contains("exception.message=a request");
    told.lacks("flushed, waiting");
}

fn both_were_told(told: &Told) {
    told.contains("exception.message=the first");
    told.contains("exception.message=the second");
    told.contains("one: FATAL");
    assert!(!told.output.status.success());
}

fn survived_without_ids(told: &Told) {
    told.contains("exception.message=in a destructor");
    told.contains("trace 00000000000000000000000000000000 span");
    told.contains("survived");
    assert!(told.output.status.success(), "{told:?}");
}

fn was_fatal(told: &Told) {
    told.contains("one: FATAL");
    told.contains("flushed, waiting");
}

fn processor_was_survived(told: &Told) {
    told.contains("survived");
    assert_eq!(told.err.matches("the processor is broken").count(), 2, "{told:?}");
}

fn the_second_told(told: &Told) {
    told.contains("two: ERROR");
    told.lacks("one: ");
}

fn nothing_was_told(told: &Told) {
    told.contains("the user's hook");
    told.lacks("one: ");
}

fn install_was_refused(told: &Told) {
    told.contains("the panic hook was not installed: this thread is panicking");
}

/// What a case's process said.
#[derive(Debug)]
struct Told {
    out: String,
    err: String,
    output: Output,
}

impl Told {
    fn by(case: &str) -> Self {
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program).env("PILOTLIGHT_PANIC_CASE", case).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { out: text(&output.stdout), err: text(&output.stderr), output }
    }

    fn contains(&self, text: impl AsRef<str>) {
        let text = text.as_ref();
        assert!(self.out.contains(text), "no {text:?} in\n{}\nstandard error:\n{}", self.out, self.err);
    }

    fn lacks(&self, text: &str) {
        assert!(!self.out.contains(text), "{text:?} in\n{}\nstandard error:\n{}", self.out, self.err);
    }
}

// ---- what the cases are made of --------------------------------------------------------------------------------------

/// Starts a thread and waits for its end, whatever that is.
fn named<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> thread::Result<T> {
    thread::Builder::new().name(name.to_owned()).spawn(work).unwrap().join()
}

fn request() -> Context {
    let (trace, span) = (TraceId::from(0xab), SpanId::from(0xcd));
    let remote = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE);
    Context::new().with_remote_span_context(remote)
}

fn install(collector: Collector) -> PanicHookGuard {
    let hook = PanicHook::new(&collector.clone(), move |within| collector.flush(within));
    // Longer than any machine is slow; only the hanging collector's case sees the end of a wait.
    hook.flush_timeout(Duration::from_secs(60)).install().unwrap()
}

/// Keeps records as text, and prints them when it is flushed.
#[derive(Clone)]
struct Collector {
    name: &'static str,
    scope: String,
    records: Arc<Mutex<Vec<String>>>,
}

impl Collector {
    fn new(name: &'static str) -> Self {
        Self { name, scope: String::new(), records: Arc::default() }
    }

    fn flush(&self, within: Duration) {
        for record in std::mem::take(&mut *self.records.lock().unwrap()) {
            println!("{record}");
        }
        println!("flushed{}", if within.is_zero() { "" } else { ", waiting" });
    }
}

impl LoggerProvider for Collector {
    type Logger = Self;

    fn logger_with_scope(&self, scope: InstrumentationScope) -> Self {
        Self { scope: scope.name().to_owned(), ..self.clone() }
    }
}

impl Logger for Collector {
    type LogRecord = Record;

    fn create_log_record(&self) -> Record {
        assert_ne!(self.name, "panicking", "the processor is broken");
        Record::default()
    }

    fn emit(&self, record: Record) {
        let Record { event, severity, body, attributes } = record;
        let context = Context::current();
        let span = context.span().span_context().clone();
        let ids = format!("trace {} span {}", span.trace_id(), span.span_id());
        let told = format!(
            "{}: {severity} {event} in {}: {body}, {ids}\n{}",
            self.name,
            self.scope,
            attributes.join("\n")
        );
        self.records.lock().unwrap().push(told);
    }

    fn event_enabled(&self, _level: Severity, _target: &str, _name: Option<&str>) -> bool {
        true
    }
}

#[derive(Default)]
struct Record {
    event: &'static str,
    severity: &'static str,
    body: String,
    attributes: Vec<String>,
}

impl LogRecord for Record {
    fn set_event_name(&mut self, name: &'static str) {
        self.event = name;
    }

    fn set_target<T: Into<std::borrow::Cow<'static, str>>>(&mut self, _target: T) {}

    fn set_timestamp(&mut self, _timestamp: std::time::SystemTime) {}

    fn set_observed_timestamp(&mut self, _timestamp: std::time::SystemTime) {}

    fn set_severity_text(&mut self, text: &'static str) {
        self.severity = text;
    }

    fn set_severity_number(&mut self, _number: Severity) {}

    fn set_body(&mut self, body: AnyValue) {
        self.body = text_of(body);
    }

    fn add_attributes<I, K, V>(&mut self, attributes: I)
    where
        I: IntoIterator<Item = (K, V)>,
        K: Into<Key>,
        V: Into<AnyValue>,
    {
        for (key, value) in attributes {
            self.add_attribute(key, value);
        }
    }

    fn add_attribute<K: Into<Key>, V: Into<AnyValue>>(&mut self, key: K, value: V) {
        self.attributes.push(format!("{}={}", key.into(), text_of(value.into())));
    }
}

fn text_of(value: AnyValue) -> String {
    match value {
        AnyValue::String(text) => text.to_string(),
        other => format!("{other:?}"),
    }
}
