# One image with the three services and the page. docker-compose.yml sets what each container runs.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /trilane

# Builds the dependencies with empty crates, so that this layer is rebuilt only when a manifest or
# Cargo.lock changes. The same step removes the empty crates: cargo would consider sources older
# than them up to date.
# `conformance` and `system-tests` stay empty: only tests use them.
COPY Cargo.toml Cargo.lock ./
COPY common/Cargo.toml common/
COPY common/net/Cargo.toml common/net/
COPY common/broker/Cargo.toml common/broker/
COPY common/supervisor/Cargo.toml common/supervisor/
COPY common/service/Cargo.toml common/service/
COPY conformance/Cargo.toml conformance/
COPY longpoll-svc/Cargo.toml longpoll-svc/
COPY sse-svc/Cargo.toml sse-svc/
COPY ws-svc/Cargo.toml ws-svc/
COPY ws-svc/rfc6455/Cargo.toml ws-svc/rfc6455/
COPY lab/support/Cargo.toml lab/support/
COPY lab/wire/Cargo.toml lab/wire/
COPY lab/client/Cargo.toml lab/client/
COPY lab/servers/Cargo.toml lab/servers/
COPY lab/gate/Cargo.toml lab/gate/
COPY lab/bench/Cargo.toml lab/bench/
COPY lab/audit/Cargo.toml lab/audit/
COPY lab/cli/Cargo.toml lab/cli/
COPY system-tests/Cargo.toml system-tests/
# cargo refuses a manifest that names a missing benchmark.
COPY common/benches common/benches
COPY common/broker/benches common/broker/benches
COPY longpoll-svc/benches longpoll-svc/benches
COPY sse-svc/benches sse-svc/benches
COPY ws-svc/benches ws-svc/benches
RUN for crate in common common/net common/broker common/supervisor common/service conformance *-svc ws-svc/rfc6455 lab/* system-tests; do mkdir $crate/src && echo "//! Empty." >$crate/src/lib.rs; done \
    && for crate in lab/gate lab/audit; do echo "fn main() {}" >$crate/src/main.rs; done \
    && cargo build --release --locked \
    && cargo clean --release -p common -p net -p broker -p supervisor -p service -p longpoll-svc -p sse-svc -p ws-svc -p rfc6455 \
        -p support -p wire -p client -p servers -p gate -p bench -p audit -p lab \
    && rm -r common/src common/*/src *-svc/src ws-svc/rfc6455/src lab/*/src

COPY common common
COPY longpoll-svc longpoll-svc
COPY sse-svc sse-svc
COPY ws-svc ws-svc
COPY lab lab
# Each service embeds its minimal page, and the lab the list of claims.
COPY web/example web/example
COPY web/claims.json web/
RUN cargo build --release --locked

FROM debian:bookworm-slim AS page
RUN apt-get update && apt-get install -y --no-install-recommends esbuild && rm -rf /var/lib/apt/lists/*
WORKDIR /trilane
COPY scripts/pack scripts/
COPY web web
RUN scripts/pack /page

FROM debian:bookworm-slim
# The root certificates of a Redis at rediss://.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
COPY --from=build /trilane/target/release/longpoll-svc /trilane/target/release/sse-svc /trilane/target/release/ws-svc \
    /trilane/target/release/lab /usr/local/bin/
# Readable for the user below, whatever the file modes are on the building machine.
COPY --from=page --chown=10001:10001 /page /srv/web
# A container's loopback address is unreachable from outside.
ENV HOST=0.0.0.0 WEB_DIR=/srv/web
USER 10001:10001
