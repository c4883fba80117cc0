//! The doctor's reading of the variables, held against the SDK whose behaviour it describes.

use pilotlight_sdk::config::{self, SettingsBuilder, TracesExporter};
use pilotlight_view::doctor::environment::Environment;
use pilotlight_view::doctor::project::{Project, Release, Sdk};
use pilotlight_view::doctor::settings::{self, Signal};
use pilotlight_view::doctor::source::Sources;

const SETS: &[&[(&str, &str)]] = &[
    &[],
    &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318")],
    &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318/base/")],
    &[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://c/x?key=1")],
    &[("OTEL_EXPORTER_OTLP_ENDPOINT", "c:4317")],
    &[("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317")],
    &[("OTEL_EXPORTER_OTLP_ENDPOINT", "c:4317"), ("OTEL_EXPORTER_OTLP_INSECURE", "true")],
    &[("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317"), ("OTEL_EXPORTER_OTLP_INSECURE", "false")],
    &[("OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://c:4317")],
    &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://")],
    &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://[::1]:4318")],
    &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:pa@c:4318")],
    &[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t:1"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:2")],
    &[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "nonsense://t"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:2")],
    &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
    &[("OTEL_EXPORTER_OTLP_PROTOCOL", "GRPC"), ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/protobuf")],
    &[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")],
    &[("OTEL_EXPORTER_OTLP_PROTOCOL", "http")],
    &[("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"), ("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "none")],
    &[("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd")],
    &[("OTEL_EXPORTER_OTLP_TIMEOUT", "0")],
    &[("OTEL_EXPORTER_OTLP_TIMEOUT", "5s"), ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "250")],
    &[("OTEL_EXPORTER_OTLP_HEADERS", "a=1,B=2%203,a=4")],
    &[("OTEL_EXPORTER_OTLP_HEADERS", "a=1,nonsense,b=%zz")],
    &[("OTEL_EXPORTER_OTLP_HEADERS", "nonsense"), ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "x=1")],
    &[
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/a.pem"),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/b.pem"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/c.pem"),
    ],
    &[("OTEL_SDK_DISABLED", "TRUE")],
    &[("OTEL_SDK_DISABLED", "1")],
    &[("OTEL_TRACES_SAMPLER", "Always_Off")],
    &[("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0.25")],
    &[("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "2")],
    &[("OTEL_TRACES_SAMPLER", "jaeger_remote")],
    &[("OTEL_METRIC_EXPORT_INTERVAL", "1000")],
    &[("OTEL_METRIC_EXPORT_INTERVAL", "-5")],
];

#[test]
fn the_same_variables_come_to_the_same_settings() {
    for set in SETS {
        let variables: config::Variables = set.iter().copied().collect();
        let theirs = SettingsBuilder::new().resolve(&variables).settings;
        let environment: Environment =
            set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let project = Project { sdk: Sdk::Pilotlight(Release::parse("0.1.0")), ..Project::default() };
        let ours = settings::resolve(&environment, &project, &Sources::default());

        assert_eq!(ours.disabled.value, theirs.disabled, "{set:?}");
        assert_eq!(ours.interval.value, theirs.metrics.interval, "{set:?}");
        assert_eq!(sampler(&theirs.traces.sampler), ours.sampler.value.to_string(), "{set:?}");
        let TracesExporter::Otlp(traces) = &theirs.traces.exporters[0] else { panic!("{set:?}") };
        same_exporter(set, &ours, Signal::Traces, traces);
        let config::LogsExporter::Otlp(logs) = &theirs.logs.exporters[0] else { panic!("{set:?}") };
        same_exporter(set, &ours, Signal::Logs, logs);
    }
}

fn same_exporter(
    set: &[(&str, &str)],
    ours: &settings::Settings,
    signal: Signal,
    theirs: &config::OtlpConfig,
) {
    let ours = ours.of(signal);
    let is_grpc = theirs.protocol == config::Protocol::Grpc;
    assert_eq!(ours.protocol.value == settings::Protocol::Grpc, is_grpc, "{set:?}");
    let url = ours.url().unwrap();
    let secure = theirs.endpoint.scheme_str() == Some("https");
    let port = theirs.endpoint.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let host = theirs.endpoint.host().unwrap().trim_matches(['[', ']']);
    assert_eq!((url.is_secure, url.host.as_str(), url.port), (secure, host, port), "{set:?}");
    if !is_grpc {
        assert_eq!(url.path, theirs.endpoint.path(), "{set:?}");
    }
    let names: Vec<_> = theirs.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(ours.headers.value.names().collect::<Vec<_>>(), names, "{set:?}");
    assert_eq!(ours.timeout.value, theirs.timeout, "{set:?}");
    assert_eq!(
        ours.compression.value == settings::Compression::Gzip,
        theirs.compression == config::Compression::Gzip,
        "{set:?}"
    );
    assert_eq!(ours.certificate.as_ref().map(|file| &file.value), theirs.tls.certificate.as_ref(), "{set:?}");
    assert_eq!(ours.identity.as_ref().map(|(_, key)| key), theirs.tls.client_key.as_ref(), "{set:?}");
}

fn sampler(theirs: &config::SamplerSetting) -> String {
    match theirs {
        config::SamplerSetting::AlwaysOn => "always_on".to_owned(),
        config::SamplerSetting::AlwaysOff => "always_off".to_owned(),
        config::SamplerSetting::TraceIdRatio(ratio) => format!("traceidratio({ratio})"),
        config::SamplerSetting::ParentBased(root) => format!("parentbased_{}", sampler(root)),
        other => panic!("{other:?}"),
    }
}
