"""One order, told by the Python SDK: a trace with a link, an event and an exception; a log record on its span; five kinds of metrics.

    python tell.py grpc http://127.0.0.1:4317

The compression and the temporality are the SDK's own variables.
"""

import logging
import sys

from opentelemetry import metrics, trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import AlwaysOnExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def exporters(protocol, endpoint):
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        return (kind(endpoint=endpoint, insecure=True) for kind in (OTLPSpanExporter, OTLPMetricExporter, OTLPLogExporter))
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    kinds = ((OTLPSpanExporter, "traces"), (OTLPMetricExporter, "metrics"), (OTLPLogExporter, "logs"))
    return (kind(endpoint=f"{endpoint}/v1/{signal}") for kind, signal in kinds)


def main(protocol, endpoint):
    span_exporter, metric_exporter, log_exporter = exporters(protocol, endpoint)
    resource = Resource.create({"service.name": "sdk-python", "service.version": "1.0"})

    spans = TracerProvider(resource=resource)
    spans.add_span_processor(BatchSpanProcessor(span_exporter))
    trace.set_tracer_provider(spans)

    sizes = View(instrument_name="order.size", aggregation=ExponentialBucketHistogramAggregation())
    reader = PeriodicExportingMetricReader(metric_exporter, export_interval_millis=3_600_000)
    measurements = MeterProvider(
        metric_readers=[reader], resource=resource, views=[sizes], exemplar_filter=AlwaysOnExemplarFilter()
    )
    metrics.set_meter_provider(measurements)

    logs = LoggerProvider(resource=resource)
    logs.add_log_record_processor(BatchLogRecordProcessor(log_exporter))
    set_logger_provider(logs)

    tell(trace.get_tracer("orders", "2.0"), metrics.get_meter("orders", "2.0"), logs)

    for provider in (spans, measurements, logs):
        provider.shutdown()


def tell(tracer, meter, logs):
    with tracer.start_as_current_span("import orders") as imported:
        source = imported.get_span_context()

    attributes = {
        "http.request.method": "GET",
        "http.route": "/orders/{id}",
        "http.response.status_code": 500,
        "order.exact": 9007199254740993,
        "order.ratio": 0.1,
        "order.gift": True,
        "order.items": ["lamp", "oil"],
    }
    with tracer.start_as_current_span("GET /orders/{id}", kind=trace.SpanKind.SERVER, attributes=attributes):
        with tracer.start_as_current_span(
            "SELECT orders",
            kind=trace.SpanKind.CLIENT,
            links=[trace.Link(source, {"why": "imported"})],
            record_exception=False,
            set_status_on_exception=False,
        ) as statement:
            statement.set_attribute("db.system.name", "postgresql")
            statement.add_event("cache miss", {"key": "42"})
            statement.record_exception(ValueError("no such order"))
            statement.set_status(trace.Status(trace.StatusCode.ERROR, "no such order"))
            warn(logs)
            measure(meter)


def warn(logs):
    from opentelemetry._logs import LogRecord, SeverityNumber
    from opentelemetry.context import get_current

    logs.get_logger("orders").emit(
        LogRecord(
            context=get_current(),
            severity_number=SeverityNumber.WARN,
            severity_text="WARN",
            body="the order is late",
            attributes={"order.id": 42},
        )
    )


def measure(meter):
    created = meter.create_counter("orders.created", unit="{order}", description="Orders that were made")
    created.add(2, {"kind": "a"})
    created.add(1, {"kind": "b"})
    duration = meter.create_histogram("order.duration", unit="s", explicit_bucket_boundaries_advisory=[0.1, 0.25, 1.0])
    for seconds in (0.01, 0.2, 0.3):
        duration.record(seconds)
    size = meter.create_histogram("order.size", unit="By")
    for size_bytes in (100, 1_000, 10_000, 0):
        size.record(size_bytes)
    meter.create_up_down_counter("orders.open", unit="{order}").add(-2)
    meter.create_observable_gauge("stock", unit="{item}", callbacks=[lambda _: [metrics.Observation(7.5)]])


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    main(*sys.argv[1:])
