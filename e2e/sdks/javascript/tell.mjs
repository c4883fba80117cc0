// One order, told by the JavaScript SDK: a trace with a link, an event and an exception; a log record on its span; five kinds of metrics.
//
//     node tell.mjs http/json http://127.0.0.1:4318
//
// The compression and the temporality are the SDK's own variables.

import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

const packages = { grpc: 'grpc', 'http/protobuf': 'proto', 'http/json': 'http' };

async function exporters(protocol, endpoint) {
  const name = packages[protocol];
  const [spans, metrics, logs] = await Promise.all(
    ['trace', 'metrics', 'logs'].map((signal) => import(`@opentelemetry/exporter-${signal}-otlp-${name}`)),
  );
  const url = (signal) => (protocol === 'grpc' ? endpoint : `${endpoint}/v1/${signal}`);
  return {
    spans: new spans.OTLPTraceExporter({ url: url('traces') }),
    metrics: new metrics.OTLPMetricExporter({ url: url('metrics') }),
    logs: new logs.OTLPLogExporter({ url: url('logs') }),
  };
}

async function main(protocol, endpoint) {
  const exporter = await exporters(protocol, endpoint);
  const resource = resourceFromAttributes({ 'service.name': 'sdk-javascript', 'service.version': '1.0' });
  const spans = new NodeTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(exporter.spans)] });
  spans.register();
  const reader = new PeriodicExportingMetricReader({ exporter: exporter.metrics, exportIntervalMillis: 3_600_000 });
  const sizes = { instrumentName: 'order.size', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } };
  const metrics = new MeterProvider({ resource, readers: [reader], views: [sizes] });
  const logs = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter: exporter.logs })] });

  tell(spans.getTracer('orders', '2.0'), metrics.getMeter('orders', '2.0'), logs.getLogger('orders'));

  for (const provider of [spans, metrics, logs]) await provider.shutdown();
}

function tell(tracer, meter, logger) {
  const imported = tracer.startSpan('import orders');
  imported.end();

  const attributes = {
    'http.request.method': 'GET',
    'http.route': '/orders/{id}',
    'http.response.status_code': 500,
    'order.exact': Number.MAX_SAFE_INTEGER,
    'order.ratio': 0.1,
    'order.gift': true,
    'order.items': ['lamp', 'oil'],
  };
  tracer.startActiveSpan('GET /orders/{id}', { kind: SpanKind.SERVER, attributes }, (request) => {
    const links = [{ context: imported.spanContext(), attributes: { why: 'imported' } }];
    tracer.startActiveSpan('SELECT orders', { kind: SpanKind.CLIENT, links }, (statement) => {
      statement.setAttribute('db.system.name', 'postgresql');
      statement.addEvent('cache miss', { key: '42' });
      statement.recordException(new RangeError('no such order'));
      statement.setStatus({ code: SpanStatusCode.ERROR, message: 'no such order' });
      warn(logger);
      measure(meter);
      statement.end();
    });
    request.end();
  });
}

function warn(logger) {
  logger.emit({
    severityNumber: SeverityNumber.WARN,
    severityText: 'WARN',
    body: 'the order is late',
    attributes: { 'order.id': 42 },
    context: context.active(),
  });
}

function measure(meter) {
  const created = meter.createCounter('orders.created', { unit: '{order}', description: 'Orders that were made' });
  created.add(2, { kind: 'a' });
  created.add(1, { kind: 'b' });
  const advice = { explicitBucketBoundaries: [0.1, 0.25, 1] };
  const duration = meter.createHistogram('order.duration', { unit: 's', advice });
  [0.01, 0.2, 0.3].forEach((seconds) => duration.record(seconds));
  const size = meter.createHistogram('order.size', { unit: 'By' });
  [100, 1_000, 10_000, 0].forEach((bytes) => size.record(bytes));
  meter.createUpDownCounter('orders.open', { unit: '{order}' }).add(-2);
  meter.createObservableGauge('stock', { unit: '{item}' }).addCallback((result) => result.observe(7.5));
}

await main(...process.argv.slice(2));
