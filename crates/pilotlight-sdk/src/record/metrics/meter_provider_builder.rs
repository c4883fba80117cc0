//! Puts a meter provider together.

use crate::Error;
use crate::batch::{PendingReader, Reader, SharedByReaders, Worker};
use crate::config::ExemplarFilter;
use crate::record::Clock;
use crate::resource::{Resource, provided};

use super::meter_core::MeterCore;
use super::meter_provider::MeterProvider;
use super::reader_profile::ReaderProfile;
use super::view::View;

/// Makes a [`MeterProvider`].
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until build is called"]
pub struct MeterProviderBuilder {
    resource: Option<Resource>,
    clock: Clock,
    views: Vec<View>,
    readers: Vec<Reader>,
    exemplar_filter: ExemplarFilter,
    worker: Option<Worker>,
}

impl MeterProviderBuilder {
    /// Who is measuring. Default: the SDK and the executable's name.
    pub fn with_resource(mut self, resource: Resource) -> Self {
        self.resource = Some(resource);
        self
    }

    /// What time it is. Default: the system's clock.
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Has the instruments that `view` selects become what it says. Several views may select the same instrument.
    pub fn with_view(mut self, view: View) -> Self {
        self.views.push(view);
        self
    }

    /// Collects, and hands on what was collected. Several readers do so independently. Without any, nothing is measured.
    pub fn with_reader(mut self, reader: Reader) -> Self {
        self.readers.push(reader);
        self
    }

    /// Which measurements may become exemplars. Default: those made in a sampled span.
    pub fn with_exemplar_filter(mut self, filter: ExemplarFilter) -> Self {
        self.exemplar_filter = filter;
        self
    }

    /// Collects and exports on a thread that is there already. Default: one of its own.
    pub fn with_worker(mut self, worker: Worker) -> Self {
        self.worker = Some(worker);
        self
    }

    /// The provider, its readers at work.
    ///
    /// # Errors
    ///
    /// When the exporter thread cannot be started.
    pub fn build(self) -> Result<MeterProvider, Error> {
        let (profiles, pending): (Vec<ReaderProfile>, Vec<PendingReader>) =
            self.readers.into_iter().map(Reader::split).unzip();
        let resource = self.resource.unwrap_or_else(provided);
        let core = MeterCore::new(resource, self.clock, self.views, profiles, self.exemplar_filter).into();
        if pending.is_empty() {
            return Ok(MeterProvider::new(core, Vec::new(), None));
        }
        let worker = self.worker.map_or_else(Worker::start, Ok)?;
        let shared = SharedByReaders::new(worker.clone(), std::sync::Arc::clone(&core));
        let readers = pending.into_iter().enumerate().map(|(number, reader)| reader.start(&shared, number));
        Ok(MeterProvider::new(core, readers.collect(), Some(worker)))
    }
}
