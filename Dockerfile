# syntax=docker/dockerfile:1

# The shop as an image that holds one static program: gateway, inventory, payments and worker are its commands.
#
#   docker build --tag shop:0.1.0 .
#   docker run --rm --publish 8080:8080 shop:0.1.0
#
# `cargo xtask static-build` runs the commands of the build stage on this machine, without a container engine.

FROM rust:1.95.0-slim-trixie AS build

# SQLite is C and built along: musl's compiler makes it, and the program around it, independent of any system's libc.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends musl-tools \
    && rm -rf /var/lib/apt/lists/*
RUN rustup target add "$(uname -m)-unknown-linux-musl"

WORKDIR /src

# Dependencies first, from manifests and empty sources: this layer is built again when a manifest changes, and not when code does.
# Tests, benches and programs that a manifest names are not there yet, so the paragraphs that name them go.
COPY Cargo.toml Cargo.lock ./
COPY crates/pilotlight/Cargo.toml crates/pilotlight/
COPY crates/pilotlight-instrument/Cargo.toml crates/pilotlight-instrument/
COPY crates/pilotlight-sdk/Cargo.toml crates/pilotlight-sdk/
COPY crates/pilotlight-view/Cargo.toml crates/pilotlight-view/
COPY e2e/Cargo.toml e2e/
COPY servers/Cargo.toml servers/
COPY service/shop/Cargo.toml service/shop/
COPY xtask/Cargo.toml xtask/
RUN for member in crates/* e2e servers service/shop xtask; do \
        mkdir -p "$member/src" && touch "$member/src/lib.rs" || exit 1; \
    done \
    && find . -name Cargo.toml -exec sed -i '/^\[\[/,/^$/d' {} + \
    && echo 'fn main() {}' > service/shop/src/main.rs \
    && cargo build --locked --release --package shop --target "$(uname -m)-unknown-linux-musl"

# The code itself, with its symbols: the stack of a panic is part of its log record, and should have names in it. What cargo just
# built from empty sources is newer than these files, so it has to be told to look again.
COPY . .
RUN find crates e2e servers service xtask -name '*.rs' -exec touch {} + \
    && cargo build --locked --release --package shop --target "$(uname -m)-unknown-linux-musl" \
    && mkdir -p out/data \
    && cp "target/$(uname -m)-unknown-linux-musl/release/shop" out/shop

FROM scratch

LABEL org.opencontainers.image.title="shop" \
      org.opencontainers.image.description="Pilotlight's reference service: gateway, inventory and payments, traced end to end" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0 OR MIT"

# For collectors behind `https://`.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
# A place for a database file: `DATABASE_URL=sqlite:///data/shop.db`, with a volume mounted here.
COPY --from=build --chown=10001:10001 /src/out/data /data
COPY --from=build /src/out/shop /shop

# A number, since there is no /etc/passwd; Kubernetes' `runAsNonRoot` wants one anyhow.
USER 10001:10001

# Gateway, payments, worker, inventory.
EXPOSE 8080 8081 8082 50051

# The program asks itself: there is neither a shell nor curl.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["/shop", "health", "gateway"]

# The program is the first process and gets SIGTERM itself: it says 503 for a second, drains, and sends what it still has.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/shop"]
CMD ["gateway"]
