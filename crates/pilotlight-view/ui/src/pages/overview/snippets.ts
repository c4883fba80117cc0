// How programs in each language are made to send here; to be copied.
import type { Schema } from '../../api/client';

export interface Snippet {
  readonly key: string;
  readonly label: string;
  /** One sentence before the text. */
  readonly words: string;
  readonly text: string;
}

/** Where OTLP over HTTP goes to, as seen from this machine. Both ports speak everything; a collector's would not. */
export function endpointOf(listening: readonly Schema<'Listening'>[]): string {
  const addresses = listening.filter(({ purpose }) => purpose === 'otlp').map(({ address }) => address);
  const address = addresses.find((one) => one.endsWith(':4318')) ?? addresses.at(-1) ?? '127.0.0.1:4318';
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at);
  const everywhere = ['127.0.0.1', '0.0.0.0', '[::]', '[::1]'].includes(host);
  return `http://${everywhere ? 'localhost' : host}${address.slice(at)}`;
}

/** Where OTLP is taken, in words: each host and each port once. */
export function listeningInWords(listening: readonly Schema<'Listening'>[]): string {
  const addresses = listening.filter(({ purpose }) => purpose === 'otlp').map(({ address }) => address);
  const parts = (cut: (address: string, at: number) => string) => [...new Set(addresses.map((one) => cut(one, one.lastIndexOf(':'))))];
  const hosts = parts((address, at) => address.slice(0, at));
  const ports = parts((address, at) => address.slice(at + 1));
  return `${hosts.join(' and ')}, ${ports.length === 1 ? 'port' : 'ports'} ${ports.join(' and ')}`;
}

/** In place of the token for senders, which the page does not know. */
const TOKEN = '<the token that was printed at the start>';

/** `traceId` and `spanId` are what the curl request is called by: 32 and 16 hexadecimal digits. */
export function snippetsFor(endpoint: string, needsToken: boolean, traceId: string, spanId: string): Snippet[] {
  const environment = [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}`,
    'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
    ...(needsToken ? [`export OTEL_EXPORTER_OTLP_HEADERS='authorization=Bearer%20${TOKEN}'`] : []),
    'export OTEL_SERVICE_NAME=my-service',
  ].join('\n');
  return [
    {
      key: 'env',
      label: 'Environment',
      words: 'Any program with an OpenTelemetry SDK reads these; or let pilotlight set them: pilotlight run -- ./my-service',
      text: environment,
    },
    { key: 'rust', label: 'Rust', words: 'With the variables of the first tab set. In Cargo.toml: pilotlight = "0.1" and tracing = "0.1".', text: rust },
    { key: 'python', label: 'Python', words: 'No change to the program.', text: `${environment}\n${python}` },
    { key: 'javascript', label: 'JavaScript', words: 'No change to the program.', text: `${environment}\n${javascript}` },
    { key: 'go', label: 'Go', words: 'With the variables of the first tab set.', text: go },
    { key: 'java', label: 'Java', words: 'With the agent from the OpenTelemetry project.', text: `${environment}\njava -javaagent:opentelemetry-javaagent.jar -jar my-service.jar` },
    { key: 'curl', label: 'curl', words: 'One span by hand, to see that it works.', text: curl(endpoint, needsToken, traceId, spanId) },
  ];
}

const rust = `fn main() -> Result<(), Box<dyn std::error::Error>> {
    let telemetry = pilotlight::init()?;

    tracing::info_span!("hello").in_scope(|| tracing::info!("it works"));

    eprintln!("{}", telemetry.shutdown());
    Ok(())
}`;

const python = `pip install opentelemetry-distro opentelemetry-exporter-otlp
opentelemetry-bootstrap -a install
opentelemetry-instrument python my_service.py`;

const javascript = `npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node
node --require @opentelemetry/auto-instrumentations-node/register my-service.js`;

const go = `package main

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	ctx := context.Background()
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		panic(err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
	defer provider.Shutdown(ctx)
	otel.SetTracerProvider(provider)

	_, span := otel.Tracer("hello").Start(ctx, "hello")
	span.End()
}`;

function curl(endpoint: string, needsToken: boolean, traceId: string, spanId: string): string {
  const token = needsToken ? ` -H 'authorization: Bearer ${TOKEN}'` : '';
  const span = `{"traceId":"${traceId}","spanId":"${spanId}","name":"hello","kind":1,"startTimeUnixNano":"'$now'","endTimeUnixNano":"'$now'"}`;
  const service = '{"attributes":[{"key":"service.name","value":{"stringValue":"curl"}}]}';
  return `now=$(date +%s)000000000
curl ${endpoint}/v1/traces -H 'content-type: application/json'${token} \\
  -d '{"resourceSpans":[{"resource":${service},"scopeSpans":[{"spans":[${span}]}]}]}'`;
}
