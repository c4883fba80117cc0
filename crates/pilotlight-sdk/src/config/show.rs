//! How values are written in warnings and in the summary of what is in force.

use std::path::PathBuf;
use std::time::Duration;

use super::choice::{self, Choice};

/// A value as an operator would write or say it. Never shows secrets.
pub(crate) trait Show {
    fn show(&self) -> String;
}

impl<T: Choice> Show for T {
    fn show(&self) -> String {
        choice::name(*self).to_owned()
    }
}

impl<T: Choice> Show for Vec<T> {
    fn show(&self) -> String {
        if self.is_empty() {
            return "none".to_owned();
        }
        self.iter().map(|choice| choice::name(*choice)).collect::<Vec<_>>().join(",")
    }
}

impl Show for bool {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Show for usize {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Show for u16 {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Show for f64 {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Show for String {
    fn show(&self) -> String {
        self.clone()
    }
}

impl Show for Duration {
    fn show(&self) -> String {
        format!("{} ms", self.as_millis())
    }
}

impl Show for PathBuf {
    fn show(&self) -> String {
        self.display().to_string()
    }
}

/// Where a limit or a timeout may be absent, its absence means no limit.
impl<T: Show> Show for Option<T> {
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "no limit".to_owned(), Show::show)
    }
}
