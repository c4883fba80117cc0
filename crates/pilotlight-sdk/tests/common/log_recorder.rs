//! A logger provider whose exports are decoded by generated types.

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1 as proto;
use pilotlight_sdk::record::{LogRecord, Logger, LoggerProvider, LoggerProviderBuilder};
use pilotlight_sdk::transport::{Batch, InMemoryExporter};
use prost::Message;

/// Exports each log record as it is emitted, to memory.
pub struct LogRecorder {
    pub provider: LoggerProvider,
    pub exporter: InMemoryExporter,
}

impl LogRecorder {
    pub fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub fn with(configure: impl FnOnce(LoggerProviderBuilder) -> LoggerProviderBuilder) -> Self {
        let exporter = InMemoryExporter::new();
        let builder = configure(LoggerProvider::builder());
        let provider = builder.with_simple_exporter(exporter.clone()).build().unwrap();
        Self { provider, exporter }
    }

    pub fn logger(&self) -> Logger {
        self.provider.logger("test")
    }

    /// Emits one record, filled in by `fill`, and answers what arrived.
    pub fn emit(&self, fill: impl FnOnce(&mut LogRecord)) -> proto::LogRecord {
        self.exporter.clear();
        emit(&self.logger(), fill);
        self.record()
    }

    pub fn requests(&self) -> Vec<ExportLogsServiceRequest> {
        requests(&self.exporter.batches())
    }

    /// All records so far, in the order in which they were emitted.
    pub fn records(&self) -> Vec<proto::LogRecord> {
        records(self.requests())
    }

    pub fn record(&self) -> proto::LogRecord {
        let mut records = self.records();
        assert_eq!(records.len(), 1, "{records:#?}");
        records.remove(0)
    }

    /// The names of the scopes and the texts of the bodies, in the order in which they were emitted.
    pub fn told(&self) -> Vec<(String, String)> {
        let logs = self.exporter.logs();
        let body = |log: &pilotlight_sdk::transport::ExportedLog| {
            log.view().body().and_then(|body| body.as_str().map(str::to_owned)).unwrap_or_default()
        };
        logs.iter().map(|log| (log.scope().name().to_owned(), body(log))).collect()
    }
}

/// Emits one record.
pub fn emit(logger: &Logger, fill: impl FnOnce(&mut LogRecord)) {
    let mut record = logger.create_log_record();
    fill(&mut record);
    logger.emit(record);
}

/// Emits one record that says `text`.
pub fn say(logger: &Logger, text: &'static str) {
    emit(logger, |record| record.set_body(AnyValue::from(text)));
}

pub fn requests(batches: &[Batch]) -> Vec<ExportLogsServiceRequest> {
    batches.iter().map(|batch| ExportLogsServiceRequest::decode(&batch.request[..]).unwrap()).collect()
}

pub fn records(requests: Vec<ExportLogsServiceRequest>) -> Vec<proto::LogRecord> {
    let resources = requests.into_iter().flat_map(|request| request.resource_logs);
    resources.flat_map(|resource| resource.scope_logs).flat_map(|scope| scope.log_records).collect()
}
