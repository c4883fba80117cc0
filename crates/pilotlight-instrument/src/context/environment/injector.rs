//! The environment of a child that is about to be started.

use super::name::variable;
use crate::context::thread;
use opentelemetry::global;
use opentelemetry::propagation::Injector;
use std::process::Command;

/// The longest variable, name and value together: what Windows can hold, and well below what makes `execve` fail on Linux.
const LENGTH_MAX: usize = 32_767;

/// Gives the current context to the process that `command` starts, by the global propagator.
///
/// With the W3C propagators these are the variables `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`, by the specification's
/// [Environment Variables as Context Propagation Carriers](https://opentelemetry.io/docs/specs/otel/context/env-carriers/); a child
/// that speaks OpenTelemetry in any language continues the trace with [`from_env`](super::from_env) or its like.
///
/// ```no_run
/// use opentelemetry::trace::{TraceContextExt, Tracer};
/// use opentelemetry::{Context, global};
/// use pilotlight_instrument::context::{in_context, inject_into};
/// use std::process::Command;
///
/// let span = global::tracer("nightly").start("import");
/// let status = in_context(&Context::current_with_span(span), || {
///     let mut command = Command::new("import");
///     inject_into(command.arg("--all"));
///     command.status()
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Of tokio's commands use `inject_into(command.as_std_mut())`. Call it last: `Command::env_clear` takes the variables away again.
///
/// Every variable of the propagator is replaced or removed, so that what this process was given by *its* parent is not passed on
/// as if it were current. With no propagator installed nothing is touched, and the child inherits what there is.
///
/// Each child has an environment of its own; that of this process is never changed. It can be read by other processes of the same
/// user: the baggage must hold no secrets, as anywhere.
pub fn inject_into(command: &mut Command) {
    global::get_text_map_propagator(|propagator| {
        for key in propagator.fields() {
            command.env_remove(variable(key));
        }
        propagator.inject_context(&thread::current(), &mut EnvInjector(command));
    });
}

/// Lets a propagator write the environment of a process to be started; [`inject_into`] uses the global one.
///
/// Keys become upper case with underscores: `x-b3-traceid` is written as `X_B3_TRACEID`. Values are passed on as they are, and
/// none is cut: how long they get is up to the propagator (W3C baggage has 8,192 bytes at most). What would keep the process from
/// starting is left out: values with a zero byte, and variables longer than 32,767 bytes.
///
/// ```
/// use opentelemetry::propagation::Injector;
/// use pilotlight_instrument::context::EnvInjector;
///
/// let mut command = std::process::Command::new("import");
/// EnvInjector(&mut command).set("baggage", "tenant=7".into());
/// assert!(command.get_envs().any(|variable| variable == ("BAGGAGE".as_ref(), Some("tenant=7".as_ref()))));
/// ```
#[derive(Debug)]
pub struct EnvInjector<'a>(pub &'a mut Command);

impl Injector for EnvInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        let name = variable(key);
        if name.len() + "=".len() + value.len() <= LENGTH_MAX && !value.contains('\0') {
            self.0.env(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    fn written(key: &str, value: &str) -> Option<String> {
        let mut command = Command::new("child");
        EnvInjector(&mut command).set(key, value.into());
        let text = |text: &OsStr| text.to_str().unwrap().to_owned();
        command.get_envs().map(|(name, value)| format!("{}={}", text(name), text(value.unwrap()))).next()
    }

    #[test]
    fn values_are_passed_on_as_they_are() {
        assert_eq!(written("x-b3-traceid", " a=b;ü\n").as_deref(), Some("X_B3_TRACEID= a=b;ü\n"));
        assert_eq!(written("baggage", "").as_deref(), Some("BAGGAGE="));
    }

    #[test]
    fn what_would_keep_the_child_from_starting_is_left_out() {
        let longest = "b".repeat(LENGTH_MAX - "A=".len());
        assert!(written("a", &longest).is_some());
        assert_eq!(written("a", &format!("{longest}b")), None);
        assert_eq!(written("a", "b\0c"), None);
    }
}
