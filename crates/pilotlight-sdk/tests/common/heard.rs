//! Our own messages, as an application's subscriber gets them.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use tracing::field::Field;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata};

/// Keeps our own messages as an application's subscriber gets them.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    /// All messages of the process from now on.
    pub fn everything() -> &'static Self {
        static HEARD: OnceLock<Heard> = OnceLock::new();
        HEARD.get_or_init(|| {
            let heard = Self::default();
            tracing::subscriber::set_global_default(heard.clone()).unwrap();
            heard
        })
    }

    /// The messages so far.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// Those in which `text` occurs.
    pub fn about(&self, text: &str) -> Vec<String> {
        self.lines().into_iter().filter(|line| line.contains(text)).collect()
    }
}

impl tracing::Subscriber for Heard {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn event(&self, event: &Event<'_>) {
        if event.metadata().target() == "pilotlight" {
            let mut line = format!("{}: ", event.metadata().level());
            event.record(&mut |field: &Field, value: &dyn fmt::Debug| {
                if field.name() == "message" {
                    line.push_str(&format!("{value:?}"));
                }
            });
            self.0.lock().unwrap().push(line);
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
