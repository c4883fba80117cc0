//! What a loss means and what to do: by what `error.type` says.

/// In one sentence. The reasons are those of the conventions, of Pilotlight's SDK, and statuses of gRPC and HTTP.
pub(super) fn advice(reason: &str) -> &'static str {
    let status = reason.to_ascii_lowercase();
    match status.as_str() {
        "queue_full" => {
            "The queue before the exporter was full, so that they were left out: make it larger (OTEL_BSP_MAX_QUEUE_SIZE, \
             OTEL_BLRP_MAX_QUEUE_SIZE) or send less."
        }
        "already_shutdown" => {
            "They were recorded after the SDK had been shut down: shut it down as the last thing that the program does."
        }
        "too_large" => {
            "They were larger than a request may be: limit the length of attributes (OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT)."
        }
        "shutdown" => {
            "The program ended before they were delivered: give the shutdown more time, and check that the receiver answers."
        }
        "timeout" | "deadline_exceeded" => {
            "The receiver did not answer in time, and the SDK gave them up: check that it is up and not overloaded."
        }
        "rejected" => {
            "The receiver took the request but refused these parts of it: its answer, in the SDK's log, says why."
        }
        "refused" => "The receiver refused the request for good: the SDK's log has its answer.",
        "401" | "403" | "unauthenticated" | "permission_denied" => {
            "The receiver did not accept the credentials: check OTEL_EXPORTER_OTLP_HEADERS."
        }
        "404" | "405" | "unimplemented" => {
            "The address has no OTLP receiver of this signal: check the endpoint's path and protocol."
        }
        "413" | "resource_exhausted" => {
            "The request was too large, or the receiver too busy: send smaller batches."
        }
        "429" | "503" | "unavailable" => {
            "The receiver was too busy or not there for longer than the SDK tries again: check that it is up."
        }
        _ => "The SDK gave them up for this reason: its log says more.",
    }
}
