//! What is said of commands and pipelines: names, and texts without values.

use super::names::{called, command};
use super::text::append;
use crate::db::{Client, Command, Operation};
use crate::telemetry::text::VALUE_BYTES_MAX;

/// Who is told of commands.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) database: Client,
    /// Texts show the first key.
    pub(super) keys: bool,
}

/// Whether the server runs several commands as one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Atomic {
    Yes,
    No,
}

impl Told {
    /// Starts the operation that a command is.
    pub(super) fn command<'a>(&self, arguments: impl Iterator<Item = &'a [u8]> + Clone) -> Operation {
        self.database.command_with(|| self.single(arguments))
    }

    /// Starts the operation that several commands are. One alone is no batch.
    pub(super) fn commands<'a, A>(&self, commands: impl Iterator<Item = A>, atomic: Atomic) -> Operation
    where
        A: Iterator<Item = &'a [u8]> + Clone,
    {
        self.database.command_with(|| {
            let mut commands = commands.peekable();
            let Some(first) = commands.next() else { return Command::new(atomic.word()) };
            if atomic == Atomic::No && commands.peek().is_none() {
                return self.single(first);
            }
            self.several(first, commands, atomic)
        })
    }

    fn single<'a>(&self, mut arguments: impl Iterator<Item = &'a [u8]> + Clone) -> Command {
        let mut text = String::new();
        let (name, called) = self.append(&mut text, &mut arguments);
        let command = Command::new(name).text(text);
        // With keys in them, texts are as many as keys.
        let command = if self.keys { command } else { command.remembered() };
        match called {
            Some(called) => command.stored_procedure(called),
            None => command,
        }
    }

    /// By the conventions named by the command that all of them are, if there is one.
    fn several<'a, A>(&self, first: A, others: impl Iterator<Item = A>, atomic: Atomic) -> Command
    where
        A: Iterator<Item = &'a [u8]> + Clone,
    {
        let mut text = String::new();
        let mut common = Some(self.append(&mut text, &mut first.clone()).0);
        let mut size = 1;
        for mut arguments in others {
            size += 1;
            let name = if text.len() < VALUE_BYTES_MAX {
                text.push('\n');
                self.append(&mut text, &mut arguments).0
            } else {
                command(&mut arguments)
            };
            common = common.filter(|common| *common == name);
        }
        let described = match common {
            Some(name) => Command::new(format!("{} {name}", atomic.word())),
            None => Command::new(atomic.word()),
        };
        described.text(text).batch_size(size)
    }

    /// Appends the command's text, and tells its name and what it calls.
    fn append<'a>(
        &self,
        text: &mut String,
        arguments: &mut (impl Iterator<Item = &'a [u8]> + Clone),
    ) -> (&'static str, Option<&'static str>) {
        let name = command(arguments);
        let called = called(name, arguments);
        append(text, name, called, self.keys, arguments);
        (name, called)
    }
}

impl Atomic {
    fn word(self) -> &'static str {
        match self {
            Self::Yes => "MULTI",
            Self::No => "PIPELINE",
        }
    }
}
