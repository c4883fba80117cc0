//! What is said of each kind of incident.

use crate::finding::Severity::{Note, Warning};
use crate::query::findings::report::Kind;
use crate::receive::IncidentKind;

/// A kind of incident as a finding, and its title without the count.
pub(super) struct Refused {
    pub(super) kind: Kind,
    pub(super) title: &'static str,
}

pub(super) fn of(incident: IncidentKind) -> &'static Refused {
    match incident {
        IncidentKind::WrongPort => &WRONG_PORT,
        IncidentKind::UnknownPath => &UNKNOWN_PATH,
        IncidentKind::ContentType => &CONTENT_TYPE,
        IncidentKind::ContentEncoding => &CONTENT_ENCODING,
        IncidentKind::Method => &METHOD,
        IncidentKind::Malformed => &MALFORMED,
        IncidentKind::TooLarge => &TOO_LARGE,
        IncidentKind::Bomb => &BOMB,
        IncidentKind::Partial => &PARTIAL,
        IncidentKind::Busy => &BUSY,
        IncidentKind::Tls => &TLS,
        IncidentKind::Unreadable => &UNREADABLE,
        IncidentKind::Origin => &ORIGIN,
        IncidentKind::Host => &HOST,
        IncidentKind::Token => &TOKEN,
    }
}

const WRONG_PORT: Refused = Refused {
    title: "Telemetry came to the other protocol's port",
    kind: Kind {
        id: "wrong-port",
        severity: Note,
        cause: "It was taken here, but a collector speaks gRPC on 4317 and HTTP on 4318 only.",
        next: "Set the endpoint's port to 4317 for gRPC or 4318 for HTTP, or OTEL_EXPORTER_OTLP_PROTOCOL to what the port speaks.",
    },
};

const UNKNOWN_PATH: Refused = Refused {
    title: "Requests came to paths that OTLP does not have",
    kind: Kind {
        id: "unknown-path",
        severity: Warning,
        cause: "OTEL_EXPORTER_OTLP_ENDPOINT gets /v1/traces and so on appended, while an endpoint of one signal is used as it is.",
        next: "Give the base address alone (http://localhost:4318), or the whole path (…/v1/traces) for a signal's own endpoint.",
    },
};

const CONTENT_TYPE: Refused = Refused {
    title: "Requests had a content type that OTLP does not have",
    kind: Kind {
        id: "content-type",
        severity: Warning,
        cause: "OTLP over HTTP is application/x-protobuf or application/json.",
        next: "Point the OTLP exporter here, and not an exporter of another protocol.",
    },
};

const CONTENT_ENCODING: Refused = Refused {
    title: "Requests were compressed in a way that is not known",
    kind: Kind {
        id: "content-encoding",
        severity: Warning,
        cause: "gzip and zstd are known, and nothing else.",
        next: "Set OTEL_EXPORTER_OTLP_COMPRESSION to gzip or none.",
    },
};

const METHOD: Refused = Refused {
    title: "Requests had another method than POST",
    kind: Kind {
        id: "method",
        severity: Warning,
        cause: "OTLP is sent with POST; something else talks to this port, or a browser was pointed at it.",
        next: "Open the page's own address in the browser, and send telemetry with an OTLP exporter.",
    },
};

const MALFORMED: Refused = Refused {
    title: "Requests could not be decoded",
    kind: Kind {
        id: "malformed",
        severity: Warning,
        cause: "The bytes are not what their content type says: another message, another version, or cut off on the way.",
        next: "Check that the endpoint of each signal has its own path, and that no proxy changes bodies.",
    },
};

const TOO_LARGE: Refused = Refused {
    title: "Requests were over the limit",
    kind: Kind {
        id: "too-large",
        severity: Warning,
        cause: "Unless set otherwise, a request may have 4 MiB over gRPC, as at most collectors, and 20 MiB over HTTP; everything in a larger one is refused.",
        next: "Send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE), or allow larger ones here with --grpc-max or --http-max.",
    },
};

const BOMB: Refused = Refused {
    title: "Requests were over the limit when decompressed",
    kind: Kind {
        id: "decompressed-too-large",
        severity: Warning,
        cause: "The limit counts what a body decompresses to.",
        next: "Send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE), or allow larger ones here with --grpc-max or --http-max.",
    },
};

const PARTIAL: Refused = Refused {
    title: "Parts of requests were refused",
    kind: Kind {
        id: "partly-refused",
        severity: Warning,
        cause: "They are against the protocol, such as ids that are all zeros or points without a value.",
        next: "Look at what makes them: ids are 16 and 8 random bytes, and each point has a time and a value.",
    },
};

const BUSY: Refused = Refused {
    title: "Senders were asked to come again",
    kind: Kind {
        id: "busy",
        severity: Warning,
        cause: "More came than could be written at the moment; senders keep it and try again, as long as their queue lasts.",
        next: "If it goes on, send less, or give the file a quicker disk.",
    },
};

const TLS: Refused = Refused {
    title: "TLS came to a port without TLS",
    kind: Kind {
        id: "tls",
        severity: Warning,
        cause: "The endpoint begins with https, and this viewer speaks plain text.",
        next: "Write http:// in the endpoint; for gRPC, set OTEL_EXPORTER_OTLP_INSECURE=true as well.",
    },
};

const UNREADABLE: Refused = Refused {
    title: "Something came that is neither HTTP nor TLS",
    kind: Kind {
        id: "unreadable",
        severity: Warning,
        cause: "Another protocol's client, or a port scan, was pointed at this port.",
        next: "Look at who connects, and give it the address that it is for.",
    },
};

const ORIGIN: Refused = Refused {
    title: "A page of another origin was kept out",
    kind: Kind {
        id: "foreign-origin",
        severity: Note,
        cause: "Browsers may only send from and read on this machine's own pages, so that no website can reach telemetry.",
        next: "Serve the page that sends from localhost, or send through its own server.",
    },
};

const HOST: Refused = Refused {
    title: "Requests came under a name that is not this viewer's",
    kind: Kind {
        id: "foreign-host",
        severity: Note,
        cause: "Another name was made to point here, which is how websites get at programs on a visitor's machine.",
        next: "Open the viewer by the address that it printed.",
    },
};

const TOKEN: Refused = Refused {
    title: "Requests had no token, or a wrong one",
    kind: Kind {
        id: "token",
        severity: Warning,
        cause: "Beyond this machine the viewer asks for the token that it printed at the start.",
        next: "Open the printed address, or send the token as the documentation says.",
    },
};
