//! Where messages go to or come from, and what of it is fit for names.

use opentelemetry::{KeyValue, StringValue};

/// A topic, a queue, a subject: where messages are sent to or received from.
///
/// Span names and metrics need words that take few values. Say here which there are:
///
/// ```
/// use pilotlight_instrument::messaging::Destination;
///
/// // One of a few topics: its name is good everywhere.
/// let orders = Destination::new("orders");
/// // A subject with an id in it: the template goes into names and metrics, the subject into the span's attributes.
/// let created = Destination::new("orders.4711.created").template("orders.*.created");
/// // Somebody's mailbox for one answer: only a span's attribute.
/// let inbox = Destination::new("_INBOX.hAK3x").temporary();
/// ```
///
/// A span gets all of it; a metric the [`template`](Self::template) or a name that takes few values, partition, subscription and
/// consumer group. It is cloned into each span: names that are `&'static str` or `Arc<str>` cost no allocation there.
#[derive(Clone, Debug, Default)]
pub struct Destination {
    name: Option<StringValue>,
    template: Option<StringValue>,
    partition: Option<StringValue>,
    subscription: Option<StringValue>,
    consumer_group: Option<StringValue>,
    many_names: bool,
    temporary: bool,
    anonymous: bool,
}

impl Destination {
    /// `messaging.destination.name`, taken for one of few unless the methods below say otherwise.
    pub fn new(name: impl Into<StringValue>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// For a batch whose messages have different destinations: spans are named by their operation alone.
    pub fn several() -> Self {
        Self::default()
    }

    /// `messaging.destination.template`: the name with its variable parts left out, which takes few values. It goes into span
    /// names and metrics, in place of the name.
    pub fn template(mut self, template: impl Into<StringValue>) -> Self {
        self.template = Some(template.into());
        self
    }

    /// The name takes many values and no template is known: it goes into spans' attributes only.
    pub fn many_names(mut self) -> Self {
        self.many_names = true;
        self
    }

    /// `messaging.destination.temporary`: it is gone with the connection or the request it was made for. Its name goes into
    /// spans' attributes only.
    pub fn temporary(mut self) -> Self {
        self.temporary = true;
        self
    }

    /// `messaging.destination.anonymous`: it has no name but one that was made up for it. That goes into spans' attributes only.
    pub fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// `messaging.destination.partition.id`.
    pub fn partition(mut self, id: impl Into<StringValue>) -> Self {
        self.partition = Some(id.into());
        self
    }

    /// `messaging.destination.subscription.name`.
    pub fn subscription(mut self, name: impl Into<StringValue>) -> Self {
        self.subscription = Some(name.into());
        self
    }

    /// `messaging.consumer.group.name`: a consumer group, a queue group, a durable consumer.
    pub fn consumer_group(mut self, name: impl Into<StringValue>) -> Self {
        self.consumer_group = Some(name.into());
        self
    }

    /// What spans are named after, if there is anything that takes few values.
    pub(super) fn few(&self) -> Option<&StringValue> {
        self.template.as_ref().or_else(|| self.name.as_ref().filter(|_| self.has_few_names()))
    }

    fn has_few_names(&self) -> bool {
        !(self.many_names || self.temporary || self.anonymous)
    }

    /// All of it, for a span.
    pub(super) fn describe(&self, attributes: &mut Vec<KeyValue>) {
        if let Some(name) = &self.name {
            attributes.push(KeyValue::new(NAME, name.clone()));
        }
        if let Some(template) = &self.template {
            attributes.push(KeyValue::new(TEMPLATE, template.clone()));
        }
        if self.temporary {
            attributes.push(KeyValue::new("messaging.destination.temporary", true));
        }
        if self.anonymous {
            attributes.push(KeyValue::new("messaging.destination.anonymous", true));
        }
        attributes.extend(self.parts().map(|(key, part)| KeyValue::new(key, part.clone())));
    }

    /// What takes few values, for a metric.
    pub(super) fn few_values(&self) -> impl Iterator<Item = (&'static str, &StringValue)> {
        let key = if self.template.is_some() { TEMPLATE } else { NAME };
        self.few().map(|few| (key, few)).into_iter().chain(self.parts())
    }

    fn parts(&self) -> impl Iterator<Item = (&'static str, &StringValue)> {
        [
            (PARTITION, &self.partition),
            ("messaging.destination.subscription.name", &self.subscription),
            ("messaging.consumer.group.name", &self.consumer_group),
        ]
        .into_iter()
        .filter_map(|(key, part)| Some((key, part.as_ref()?)))
    }
}

const NAME: &str = "messaging.destination.name";
const TEMPLATE: &str = "messaging.destination.template";
pub(super) const PARTITION: &str = "messaging.destination.partition.id";
