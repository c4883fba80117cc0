//! What a program is told so that its telemetry comes here, whatever language it is written in.

use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::Path;

/// Where the program sends: gRPC, protobuf and JSON alike, since its code may choose whatever its environment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    /// A port that is nobody else's.
    pub address: SocketAddr,
    /// What senders have to have, if anything.
    pub token: Option<String>,
}

/// What the program's environment has beside, instead of or without what is in ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    /// Variables to set.
    pub set: Vec<(&'static str, OsString)>,
    /// Variables to take out.
    pub unset: Vec<&'static str>,
    /// What the user should know: what was changed of their own, and what will keep telemetry from coming.
    pub notes: Vec<String>,
}

/// What leads elsewhere, one signal at a time.
const ENDPOINTS: [&str; 3] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
];

const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";

const HEADERS_OF_SIGNALS: [&str; 3] = [
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
];

const EXPORTERS: [&str; 3] = ["OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER"];

/// Milliseconds between exports, unless the user has set them: somebody is looking, and the defaults are made for production.
const INTERVALS: [(&str, &str); 3] = [
    ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
    ("OTEL_BSP_SCHEDULE_DELAY", "500"),
    ("OTEL_BLRP_SCHEDULE_DELAY", "500"),
];

impl Environment {
    /// What `command` is told. `of_user` reads the environment that it would have otherwise.
    pub(crate) fn new(
        command: &[OsString],
        destination: &Destination,
        of_user: &dyn Fn(&str) -> Option<OsString>,
    ) -> Self {
        let user = |name: &str| of_user(name).filter(|value| !value.is_empty());
        let mut environment = Self::default();
        environment.endpoint(destination, &user);
        environment.exporters(&user);
        environment.name(command, &user);
        for (name, value) in INTERVALS {
            if user(name).is_none() {
                environment.set(name, value);
            }
        }
        environment.past_proxies(&user);
        environment.warn(&user);
        environment
    }

    /// The protocol is the user's when they have one. The endpoint is ours: that is what they started us for.
    fn endpoint(&mut self, destination: &Destination, user: &dyn Fn(&str) -> Option<OsString>) {
        if user("OTEL_EXPORTER_OTLP_PROTOCOL").is_none() {
            self.set("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        }
        let endpoint = format!("http://{}", destination.address);
        if user("OTEL_EXPORTER_OTLP_ENDPOINT").is_some_and(|own| own != *endpoint) {
            // Theirs is not repeated: there may be a password or a key in it.
            self.notes.push(format!("OTEL_EXPORTER_OTLP_ENDPOINT={endpoint} instead of yours"));
        }
        self.set("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint);
        if let Some(token) = &destination.token {
            self.token(token, user);
        }
        for name in ENDPOINTS {
            if user(name).is_some() {
                self.unset.push(name);
                self.notes.push(format!("{name} leads elsewhere: it is left out"));
            }
        }
    }

    /// Beside the headers that there are. Those of one signal count instead of those of all.
    fn token(&mut self, token: &str, user: &dyn Fn(&str) -> Option<OsString>) {
        let of_signals = HEADERS_OF_SIGNALS.into_iter().filter(|name| user(name).is_some());
        for name in of_signals.chain([HEADERS]) {
            let before = user(name).map_or(String::new(), |own| format!("{},", own.to_string_lossy()));
            self.set(name, &format!("{before}authorization=Bearer%20{token}"));
        }
    }

    fn exporters(&mut self, user: &dyn Fn(&str) -> Option<OsString>) {
        for name in EXPORTERS {
            self.replace(name, "otlp", user);
        }
    }

    /// A name of its own, or everything that is run this way would be one `unknown_service`.
    fn name(&mut self, command: &[OsString], user: &dyn Fn(&str) -> Option<OsString>) {
        let attributes = user("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
        let named =
            attributes.to_string_lossy().split(',').any(|pair| pair.trim().starts_with("service.name="));
        if !named && user("OTEL_SERVICE_NAME").is_none() {
            self.set("OTEL_SERVICE_NAME", service_name(command));
        }
    }

    /// Some senders give a proxy even what is for this machine.
    fn past_proxies(&mut self, user: &dyn Fn(&str) -> Option<OsString>) {
        const PROXIES: [&str; 6] =
            ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
        if PROXIES.iter().all(|name| user(name).is_none()) {
            return;
        }
        let around = user("NO_PROXY").or_else(|| user("no_proxy")).unwrap_or_default();
        let around = around.to_string_lossy().into_owned();
        if around != "*" && !around.split(',').any(|host| host.trim() == "127.0.0.1") {
            let separator = if around.is_empty() { "" } else { "," };
            let around = format!("{around}{separator}127.0.0.1");
            self.set("NO_PROXY", &around);
            self.set("no_proxy", &around);
            self.notes.push(
                "there is a proxy: NO_PROXY has 127.0.0.1 in addition, or telemetry would go through it"
                    .to_owned(),
            );
        }
    }

    /// What was asked for and keeps telemetry from coming: the user's word, so it is left as it is.
    fn warn(&mut self, user: &dyn Fn(&str) -> Option<OsString>) {
        let is = |name: &str, value: &str| user(name).is_some_and(|own| own.eq_ignore_ascii_case(value));
        if user("OTEL_CONFIG_FILE").is_some() {
            self.notes.push(
                "OTEL_CONFIG_FILE: a program that reads its settings from that file does not heed what it is told here; unset it"
                    .to_owned(),
            );
        }
        if is("OTEL_SDK_DISABLED", "true") {
            self.notes.push("OTEL_SDK_DISABLED=true: the program will send nothing; unset it".to_owned());
        }
        for sampler in ["always_off", "parentbased_always_off"] {
            if is("OTEL_TRACES_SAMPLER", sampler) {
                self.notes.push(format!(
                    "OTEL_TRACES_SAMPLER={sampler}: the program will send no traces; unset it"
                ));
            }
        }
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.set.push((name, value.into()));
    }

    fn replace(&mut self, name: &'static str, value: &str, user: &dyn Fn(&str) -> Option<OsString>) {
        if let Some(own) = user(name).filter(|own| own != value) {
            self.notes.push(format!("{name}={value} instead of {}", own.to_string_lossy()));
        }
        self.set(name, value);
    }
}

/// The script's name where an interpreter runs one, else the program's.
fn service_name(command: &[OsString]) -> &str {
    const SCRIPTS: [&str; 9] = ["py", "js", "mjs", "cjs", "ts", "rb", "php", "jar", "dll"];
    let is_script = |word: &&OsString| {
        let extension = Path::new(word).extension().and_then(OsStr::to_str);
        extension.is_some_and(|extension| SCRIPTS.contains(&extension))
    };
    let script = command.iter().skip(1).find(is_script);
    let named = script.or(command.first()).map(Path::new).and_then(Path::file_stem);
    named.and_then(OsStr::to_str).unwrap_or("program")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::collections::BTreeMap;

    fn told(command: &[&str], user: &[(&str, &str)]) -> (BTreeMap<&'static str, String>, Environment) {
        let command: Vec<OsString> = command.iter().map(OsString::from).collect();
        let destination = Destination { address: "127.0.0.1:4318".parse().unwrap(), token: None };
        let of_user =
            |name: &str| user.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
        let environment = Environment::new(&command, &destination, &of_user);
        let set =
            environment.set.iter().map(|(name, value)| (*name, value.to_str().unwrap().to_owned())).collect();
        (set, environment)
    }

    #[test]
    fn a_program_is_told_everything_that_brings_its_telemetry_here() {
        let (set, environment) = told(&["./target/shop", "--port", "1"], &[]);
        let expected = [
            ("OTEL_BLRP_SCHEDULE_DELAY", "500"),
            ("OTEL_BSP_SCHEDULE_DELAY", "500"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_LOGS_EXPORTER", "otlp"),
            ("OTEL_METRICS_EXPORTER", "otlp"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
            ("OTEL_SERVICE_NAME", "shop"),
            ("OTEL_TRACES_EXPORTER", "otlp"),
        ];
        assert_eq!(set, expected.map(|(name, value)| (name, value.to_owned())).into());
        assert_eq!(environment.notes, Vec::<String>::new());
        assert!(environment.unset.is_empty());
    }

    #[test]
    fn a_token_goes_beside_the_headers_of_each_signal_that_has_its_own() {
        let destination =
            Destination { address: "127.0.0.1:4318".parse().unwrap(), token: Some("secret".to_owned()) };
        let of_user = |name: &str| (name == "OTEL_EXPORTER_OTLP_LOGS_HEADERS").then(|| OsString::from("a=b"));
        let environment = Environment::new(&["shop".into()], &destination, &of_user);
        let headers: Vec<_> =
            environment.set.into_iter().filter(|(name, _)| name.ends_with("_HEADERS")).collect();
        assert_eq!(
            headers,
            [
                ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "a=b,authorization=Bearer%20secret".into()),
                ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20secret".into()),
            ]
        );
    }

    #[test]
    fn the_users_protocol_stays() {
        let (set, _) = told(&["shop"], &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]);
        assert_eq!(set["OTEL_EXPORTER_OTLP_ENDPOINT"], "http://127.0.0.1:4318");
        assert!(!set.contains_key("OTEL_EXPORTER_OTLP_PROTOCOL"));
    }

    #[test]
    fn the_users_intervals_and_names_stay() {
        let (set, _) =
            told(&["shop"], &[("OTEL_METRIC_EXPORT_INTERVAL", "5"), ("OTEL_SERVICE_NAME", "mine")]);
        assert!(!set.contains_key("OTEL_METRIC_EXPORT_INTERVAL") && !set.contains_key("OTEL_SERVICE_NAME"));
        let (set, _) = told(&["shop"], &[("OTEL_RESOURCE_ATTRIBUTES", "a=b, service.name=mine")]);
        assert!(!set.contains_key("OTEL_SERVICE_NAME"));
        let (set, _) = told(&["shop"], &[("OTEL_SERVICE_NAME", "")]);
        assert_eq!(set["OTEL_SERVICE_NAME"], "shop");
    }

    #[test]
    fn what_leads_elsewhere_is_replaced_or_left_out_and_said() {
        let (set, environment) = told(
            &["shop"],
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://user:secret@collector.example"),
                ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://traces.example/v1/traces?key=secret"),
                ("OTEL_LOGS_EXPORTER", "none"),
            ],
        );
        assert_eq!(set["OTEL_EXPORTER_OTLP_ENDPOINT"], "http://127.0.0.1:4318");
        assert_eq!(set["OTEL_LOGS_EXPORTER"], "otlp");
        assert_eq!(environment.unset, ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]);
        let notes = environment.notes.join("\n");
        for words in ["4318 instead of yours", "OTLP_TRACES_ENDPOINT leads elsewhere", "instead of none"] {
            assert!(notes.contains(words), "{words} in {notes}");
        }
        assert!(!notes.contains("secret"), "{notes}");
    }

    #[test]
    fn a_file_that_wins_over_what_the_program_is_told_is_said() {
        let (_, environment) = told(&["shop"], &[("OTEL_CONFIG_FILE", "otel.yaml")]);
        assert!(environment.notes.concat().contains("OTEL_CONFIG_FILE"), "{:?}", environment.notes);
    }

    #[test]
    fn what_keeps_telemetry_from_coming_is_said_and_left() {
        let (set, environment) =
            told(&["shop"], &[("OTEL_SDK_DISABLED", "True"), ("OTEL_TRACES_SAMPLER", "always_off")]);
        assert!(!set.contains_key("OTEL_SDK_DISABLED") && !set.contains_key("OTEL_TRACES_SAMPLER"));
        assert_eq!(environment.notes.len(), 2, "{:?}", environment.notes);
    }

    #[test]
    fn telemetry_goes_around_a_proxy() {
        let (set, _) = told(&["shop"], &[("http_proxy", "http://proxy.example"), ("NO_PROXY", "a.example")]);
        assert_eq!(set["NO_PROXY"], "a.example,127.0.0.1");
        let (set, _) =
            told(&["shop"], &[("http_proxy", "http://proxy.example"), ("NO_PROXY", "127.0.0.1,b")]);
        assert!(!set.contains_key("NO_PROXY"));
    }

    #[test]
    fn a_service_is_called_after_the_script_or_the_program() {
        for (command, name) in [
            (&["python3", "-u", "app/main.py", "other.py"][..], "main"),
            (&["java", "-jar", "shop.jar"], "shop"),
            (&["/usr/bin/shop.exe"], "shop"),
            (&["node"], "node"),
            (&[], "program"),
        ] {
            let command: Vec<OsString> = command.iter().map(OsString::from).collect();
            assert_eq!(service_name(&command), name);
        }
    }
}
