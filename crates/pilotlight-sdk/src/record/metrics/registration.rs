//! Registering an instrument: the same one again, one that contradicts another, or a new one with its streams.
//!
//! Specification: "Duplicate instrument registration",
//! <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#duplicate-instrument-registration>.

use std::sync::Arc;

use crate::diagnostics;
use crate::record::Scope;
use crate::sync::lock;

use super::instrument::Observed;
use super::kind::InstrumentKind;
use super::meter_core::{INSTRUMENTS_MAX, MeterCore, Registered, Registry, Streams};
use super::names::{name_problem, unit_problem};
use super::number::NumberType;
use super::view::boundaries_problem;

/// What an instrument is to be.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) kind: InstrumentKind,
    pub(super) number: NumberType,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) unit: String,
    /// Advice for histograms.
    pub(super) boundaries: Option<Vec<f64>>,
}

/// What an instrument became.
#[derive(Debug)]
pub(super) struct Registration {
    pub(super) name: Arc<str>,
    pub(super) streams: Streams,
}

impl MeterCore {
    /// The streams of an instrument, made at its first registration. Whatever is wrong with it is warned about, and it works.
    pub(super) fn register(&self, scope: &Scope, mut request: Request) -> Registration {
        let mut warnings = Vec::new();
        check(&mut request, &mut warnings);
        let registration = {
            let mut registry = lock(&self.registry);
            registry.register(self, scope, request, &mut warnings)
        };
        for warning in warnings {
            diagnostics::warn(warning);
        }
        registration
    }
}

/// Warns of what the specification does not allow; advice that cannot be followed is forgotten.
fn check(request: &mut Request, warnings: &mut Vec<String>) {
    let Request { kind, name, unit, boundaries, .. } = request;
    if let Some(problem) = name_problem(name) {
        warnings
            .push(format!("the name of {} {name:?} {problem}; some backends will refuse it", kind.label()));
    }
    if let Some(problem) = unit_problem(unit) {
        warnings.push(format!("the unit {unit:?} of {} {name:?} {problem}", kind.label()));
    }
    let advised = boundaries.as_deref().unwrap_or_default();
    if let Some(problem) = boundaries_problem(advised) {
        warnings.push(format!(
            "{problem}, but those of {name:?} are {advised:?}; the default boundaries are used"
        ));
        *boundaries = None;
    }
}

impl Registry {
    fn register(
        &mut self,
        core: &MeterCore,
        scope: &Scope,
        request: Request,
        warnings: &mut Vec<String>,
    ) -> Registration {
        let key = (scope.id, request.name.to_ascii_lowercase());
        let known = self.instruments.get_mut(&key).map_or(&mut [][..], Vec::as_mut_slice);
        let same = |known: &&mut Registered| {
            known.kind == request.kind && known.number == request.number && known.unit == request.unit
        };
        if let Some(known) = known.iter_mut().find(same) {
            // Said when it was made. A service that makes its instruments with every request is told once.
            warnings.clear();
            known.tell_differences(&request, warnings);
            return Registration { name: Arc::clone(&known.name), streams: known.streams.clone() };
        }
        if self.instrument_count >= INSTRUMENTS_MAX {
            let is_told = std::mem::replace(&mut self.is_full_told, true);
            return too_many(request, self.instrument_count, warnings, is_told);
        }
        let name: Arc<str> =
            known.first().map_or_else(|| request.name.as_str().into(), |first| Arc::clone(&first.name));
        warnings.extend(known.first().map(|first| contradiction(first, &request)));
        self.instrument_count += 1;
        let streams = self.make_streams(core, scope, &name, &request, warnings);
        let Request { kind, number, unit, boundaries, .. } = request;
        let registered = Registered {
            name: Arc::clone(&name),
            kind,
            number,
            unit,
            boundaries,
            is_difference_told: false,
            streams: streams.clone(),
        };
        self.instruments.entry(key).or_default().push(registered);
        Registration { name, streams }
    }
}

impl Registered {
    /// Takes over what it is told about the instrument once more, and warns of the first contradiction.
    fn tell_differences(&mut self, request: &Request, warnings: &mut Vec<String>) {
        let differences = [self.streams.describe(request), self.other_advice(request)];
        for difference in differences.into_iter().flatten().filter(|_| !self.is_difference_told) {
            warnings.push(difference);
        }
        self.is_difference_told |= !warnings.is_empty();
    }

    /// Advice that differs from what the instrument was made with comes too late.
    ///
    /// Specification: "Instrument advisory parameters",
    /// <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#instrument-advisory-parameters>.
    fn other_advice(&self, request: &Request) -> Option<String> {
        (request.boundaries.is_some() && self.boundaries != request.boundaries).then(|| {
            format!(
                "histogram \"{}\" is registered twice in one meter: first with the boundaries {:?}, now with {:?}; the \
                 first ones are used",
                self.name, self.boundaries, request.boundaries
            )
        })
    }
}

#[cold]
fn too_many(request: Request, count: usize, warnings: &mut Vec<String>, is_told: bool) -> Registration {
    warnings.clear();
    if !is_told {
        warnings.push(format!(
            "there are {count} instruments already, so {:?} and all that follow record nothing. Names of instruments \
             should be few, with request data in attributes",
            request.name
        ));
    }
    let streams = match request.kind.is_observable() {
        true => Streams::Observed([].into()),
        false => Streams::Measured(Vec::new()),
    };
    Registration { name: request.name.into(), streams }
}

#[cold]
fn contradiction(first: &Registered, request: &Request) -> String {
    format!(
        "instrument \"{}\" is registered twice in one meter: first as a {} of {} in {:?}, now as a {} of {} in {:?}. Both \
         are exported, and a backend may mix them up; {}",
        first.name,
        first.kind.label(),
        first.number.label(),
        first.unit,
        request.kind.label(),
        request.number.label(),
        request.unit,
        way_out(first, request),
    )
}

/// A view can rename one of the two if it can tell them apart.
fn way_out(first: &Registered, request: &Request) -> String {
    let selector = if first.kind != request.kind {
        format!(".kind(InstrumentKind::{:?})", request.kind)
    } else if first.unit != request.unit {
        format!(".unit({:?})", request.unit)
    } else {
        return "rename one".to_owned();
    };
    format!("rename one, or have a view do it: View::of(\"{}\"){selector}.name(\"…\")", first.name)
}

impl Streams {
    /// The longest description wins. Answers what there is to say about that.
    fn describe(&self, request: &Request) -> Option<String> {
        let mut differs = false;
        let mut describe = |description: &crate::sync::Mutex<String>| {
            let mut known = lock(description);
            differs |= *known != request.description;
            if known.len() < request.description.len() {
                known.clone_from(&request.description);
            }
        };
        match self {
            Self::Measured(streams) => {
                let own = streams.iter().filter(|stream| !stream.descriptor.is_redescribed);
                own.for_each(|stream| describe(&stream.description));
            }
            Self::Observed(streams) => streams.iter().for_each(|(_, stream)| match stream {
                Observed::Value(stream) if !stream.descriptor.is_redescribed => describe(&stream.description),
                Observed::Measurement(stream) if !stream.descriptor.is_redescribed => {
                    describe(&stream.description)
                }
                _ => {}
            }),
        }
        differs.then(|| {
            format!(
                "instrument \"{}\" is registered twice in one meter with different descriptions; the longer one is used",
                request.name
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::InstrumentationScope;

    use super::*;
    use crate::config::ExemplarFilter;
    use crate::record::{Clock, InstrumentKind, MeterCore};
    use crate::resource::Resource;

    fn core() -> MeterCore {
        let (clock, resource) = (Clock::default(), Resource::empty());
        MeterCore::new(resource, clock, Vec::new(), Vec::new(), ExemplarFilter::default())
    }

    fn scope(core: &MeterCore, name: &'static str) -> Arc<Scope> {
        core.scopes.intern(InstrumentationScope::builder(name).build())
    }

    fn counter(name: &str) -> Request {
        Request {
            kind: InstrumentKind::Counter,
            number: NumberType::Unsigned,
            name: name.to_owned(),
            description: String::new(),
            unit: String::new(),
            boundaries: None,
        }
    }

    /// What is warned of when these are registered one after the other.
    fn warnings(core: &MeterCore, scope: &Scope, requests: impl IntoIterator<Item = Request>) -> Vec<String> {
        let mut all = Vec::new();
        for mut request in requests {
            let mut warnings = Vec::new();
            check(&mut request, &mut warnings);
            lock(&core.registry).register(core, scope, request, &mut warnings);
            all.extend(warnings);
        }
        all
    }

    #[test]
    fn the_same_name_in_another_scope_is_another_instrument() {
        let core = core();
        let [one, other] = ["one", "other"].map(|name| scope(&core, name));
        let gauge = || Request { kind: InstrumentKind::Gauge, ..counter("same") };
        assert!(warnings(&core, &one, [counter("same")]).is_empty());
        assert!(warnings(&core, &other, [gauge()]).is_empty());
        assert_eq!(lock(&core.registry).instrument_count, 2);
        assert_eq!(warnings(&core, &one, [gauge(), gauge()]).len(), 1);
        assert_eq!(lock(&core.registry).instrument_count, 3);
    }

    #[test]
    fn an_invalid_instrument_is_warned_about_when_it_is_made_and_not_again() {
        let core = core();
        let scope = scope(&core, "test");
        let invalid = || Request { unit: "µs".into(), ..counter("9 lives") };
        assert_eq!(warnings(&core, &scope, [invalid(), invalid(), invalid()]).len(), 2);
    }

    #[test]
    fn instruments_beyond_the_bound_are_refused_with_one_warning_and_known_ones_stay() {
        let core = core();
        let scope = scope(&core, "test");
        let names = (0..INSTRUMENTS_MAX).map(|number| counter(&format!("counter_{number}")));
        assert!(warnings(&core, &scope, names).is_empty());
        let refused = warnings(&core, &scope, [counter("one_more"), counter("another"), counter("9 lives")]);
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert!(
            refused[0].contains("16384 instruments") && refused[0].contains("\"one_more\""),
            "{refused:?}"
        );
        assert!(warnings(&core, &scope, [counter("counter_7")]).is_empty());
        assert_eq!(lock(&core.registry).instrument_count, INSTRUMENTS_MAX);
    }
}
