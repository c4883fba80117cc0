//! Which subjects are fit for names.

use crate::messaging::Destination;
use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

/// More subjects than these that no template matches are made of ids, or of what strangers say.
const NAMES_MAX: usize = 64;

/// What is known of an application's subjects.
pub(super) struct Subjects {
    templates: Vec<Arc<str>>,
    /// Before the last dot of an inbox.
    inbox_prefix: Box<str>,
    names: RwLock<HashSet<Arc<str>>>,
}

impl Subjects {
    pub(super) fn new(inbox: &str) -> Self {
        let prefix = inbox.rsplit_once('.').map_or("_INBOX", |(prefix, _)| prefix);
        Self { templates: Vec::new(), inbox_prefix: prefix.into(), names: RwLock::default() }
    }

    pub(super) fn add_template(&mut self, template: &str) {
        self.templates.push(template.into());
    }

    /// A subject that a message is sent to, or that it came from by a subscription that says no more.
    pub(super) fn destination(&self, subject: &str) -> Destination {
        if self.is_inbox(subject) {
            return Destination::new(subject.to_owned()).temporary();
        }
        match self.template(subject) {
            Some(template) => Destination::new(subject.to_owned()).template(template),
            None => self.named(subject),
        }
    }

    /// A stream, or a subject without a template.
    pub(super) fn named(&self, name: &str) -> Destination {
        match self.known(name) {
            Some(name) => Destination::new(name),
            None => Destination::new(name.to_owned()).many_names(),
        }
    }

    fn template(&self, subject: &str) -> Option<Arc<str>> {
        self.templates.iter().find(|template| matches(template, subject)).cloned()
    }

    /// A subject that a message came from, by a subscription to `pattern`.
    pub(super) fn subscribed(&self, subject: &str, pattern: &Pattern) -> Destination {
        match pattern {
            Pattern::One(destination) => destination.clone(),
            Pattern::Many(pattern) => {
                let destination = Destination::new(subject.to_owned());
                match self.template(subject).or_else(|| pattern.clone()) {
                    Some(template) => destination.template(template),
                    None => destination.many_names(),
                }
            }
        }
    }

    /// What a subscription says of its messages. One that is made for each user has as many patterns as there are users.
    pub(super) fn pattern(&self, subscription: &str) -> Pattern {
        if !is_wildcard(subscription) {
            return Pattern::One(self.destination(subscription));
        }
        if self.is_inbox(subscription) {
            return Pattern::One(Destination::new(subscription.to_owned()).temporary());
        }
        Pattern::Many(self.template(subscription).or_else(|| self.known(subscription)))
    }

    fn is_inbox(&self, subject: &str) -> bool {
        let below = |prefix: &str| subject.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
        below(&self.inbox_prefix) || below("_INBOX")
    }

    /// The same string for all messages, as long as there are few.
    fn known(&self, subject: &str) -> Option<Arc<str>> {
        // What is behind the lock is whole at any time.
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = names.get(subject) {
            return Some(Arc::clone(name));
        }
        let full = names.len() >= NAMES_MAX;
        drop(names);
        if full { None } else { self.learn(subject) }
    }

    fn learn(&self, subject: &str) -> Option<Arc<str>> {
        let name: Arc<str> = subject.into();
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        if names.len() < NAMES_MAX {
            names.insert(Arc::clone(&name));
        }
        names.contains(subject).then_some(name)
    }
}

/// What a subscription says of its messages' subjects.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    /// All have the same.
    One(Destination),
    /// It has wildcards, and is itself a template where there are few of them.
    Many(Option<Arc<str>>),
}

pub(super) fn is_wildcard(subject: &str) -> bool {
    subject.split('.').any(|token| token == "*" || token == ">")
}

/// Whether a subscription to `pattern` gets messages for `subject`.
fn matches(pattern: &str, subject: &str) -> bool {
    let (mut pattern, mut subject) = (pattern.split('.'), subject.split('.'));
    loop {
        match (pattern.next(), subject.next()) {
            (Some(">"), Some(_)) | (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(one), Some(other)) if one == other => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_subscriptions_do() {
        for (pattern, subject, expected) in [
            ("orders.*.created", "orders.7.created", true),
            ("orders.*.created", "orders.7.paid", false),
            ("orders.*", "orders.7.created", false),
            ("orders.>", "orders.7.created", true),
            ("orders.>", "orders", false),
            ("orders", "orders", true),
            ("*", "orders", true),
            ("", "orders", false),
        ] {
            assert_eq!(matches(pattern, subject), expected, "{pattern} {subject}");
        }
    }

    #[test]
    fn names_have_a_bound_and_keep_their_place_in_it() {
        let subjects = Subjects::new("_INBOX.one.two");
        let few = |subject: &str| subjects.known(subject).is_some();
        assert!((0..NAMES_MAX).all(|number| few(&format!("orders.{number}"))));
        assert!(!few("orders.one-more"));
        assert!(few("orders.0"));
    }

    #[test]
    fn a_subscription_for_each_user_is_no_template_beyond_the_bound_unless_a_template_matches_it() {
        let mut subjects = Subjects::new("_INBOX.one.two");
        let last = |subjects: &Subjects| {
            (0..=NAMES_MAX).map(|number| subjects.pattern(&format!("users.{number}.>"))).last()
        };
        assert!(matches!(last(&subjects), Some(Pattern::Many(None))));
        subjects.add_template("users.*.>");
        assert!(matches!(last(&subjects), Some(Pattern::Many(Some(template))) if &*template == "users.*.>"));
    }

    #[test]
    fn inboxes_are_known_by_their_prefix() {
        let subjects = Subjects::new("_MINE.abc");
        for (subject, expected) in
            [("_MINE.x", true), ("_INBOX.x.y", true), ("_MINERAL", false), ("orders", false)]
        {
            assert_eq!(subjects.is_inbox(subject), expected, "{subject}");
        }
    }
}
