//! The commands in shell blocks of the README and of docs/, and how each is checked.

use Check::{Elsewhere, Here, NotRun};

/// How a command is checked.
pub(crate) enum Check {
    /// It is run against a lab, and prints this.
    Here(&'static str),
    /// This test, in a file below `lab/cli/tests`, runs it with other values.
    Elsewhere(&'static str, &'static str),
    /// It is not run, for this reason.
    NotRun(#[allow(dead_code, reason = "it is for people")] &'static str),
}

const SYSTEMD: Check = NotRun("it installs a service, as root");
const DOCKER: Check = NotRun("it needs Docker");
const RENTED: Check = Elsewhere("redis/tls.rs", "the_documented_permissions_suffice");
const BENCHMARK: Check = NotRun("it takes minutes, and a quiet machine");

/// Each command, in the order of the documents. Those that are run keep this order.
pub(crate) const COMMANDS: &[(&str, Check)] = &[
    (
        "cargo lab",
        Elsewhere(
            "commands/up.rs",
            "a_signal_ends_the_lab_soon_despite_subscribers",
        ),
    ),
    (
        "scripts/test",
        Elsewhere("files.rs", "a_failed_check_is_named_and_later_checks_run"),
    ),
    (
        r#"curl 'http://localhost:3000/messages?channel=news' -H 'Content-Type: application/json' -d '{"message":"hello"}'"#,
        Here(r#""channel":"news""#),
    ),
    (
        "curl 'http://localhost:3000/poll?channel=news&after=0'",
        Here("hello"),
    ),
    (
        "curl -N 'http://localhost:3001/events?channel=news&after=0'",
        Here("hello"),
    ),
    ("cargo lab bench", BENCHMARK),
    ("scripts/record", BENCHMARK),
    (
        "cargo lab bench --only cost --sse http://localhost:9000/stream --publish http://localhost:9000/publish",
        Elsewhere(
            "bench.rs",
            "a_server_that_loses_or_repeats_messages_is_found",
        ),
    ),
    ("cargo bench -p common", BENCHMARK),
    (
        "cargo bench -p longpoll-svc -p sse-svc -p ws-svc --bench encode",
        BENCHMARK,
    ),
    ("cargo lab bench --json docs/results/mine.json", BENCHMARK),
    (
        "cargo lab bench processes --json docs/results/mine-processes.json",
        BENCHMARK,
    ),
    (
        "cargo lab claims --from docs/results/mine.json --processes docs/results/mine-processes.json",
        NotRun("it rewrites documents from results of a benchmark"),
    ),
    (
        "install -m 755 target/release/*-svc /usr/local/bin/",
        SYSTEMD,
    ),
    (
        "install -m 644 deploy/systemd/trilane@.service /etc/systemd/system/",
        SYSTEMD,
    ),
    ("mkdir -p /etc/trilane", SYSTEMD),
    (
        "echo BROKER=redis://localhost:6379 >/etc/trilane/common.env",
        SYSTEMD,
    ),
    ("echo PORT=3001 >/etc/trilane/sse.env", SYSTEMD),
    ("systemctl daemon-reload", SYSTEMD),
    (
        "systemctl enable --now trilane@longpoll trilane@sse trilane@ws",
        SYSTEMD,
    ),
    (
        "kubectl create secret generic trilane --from-literal=BROKER=redis://redis:6379",
        NotRun("it needs a cluster"),
    ),
    (
        "kubectl apply -k deploy/kubernetes",
        NotRun("it needs a cluster"),
    ),
    (
        "cargo build --release",
        NotRun("it takes minutes; the tests build without optimisation"),
    ),
    (
        "deploy/rolling-update",
        NotRun("it takes a minute, and needs HAProxy and release programs"),
    ),
    ("cargo lab gate status", Here("the gate itself")),
    (
        "cargo lab gate link --delay 100ms --jitter 10ms --bandwidth 1mbit --lane sse --down",
        Here("sse"),
    ),
    ("cargo lab gate link --bandwidth none", Here("sse")),
    (
        "cargo lab gate fault black-hole --lane ws --for 5s",
        Here("fault black-hole"),
    ),
    ("cargo lab gate clear", Here("ended")),
    (
        "cargo lab gate storm --backoff",
        Here("clients were accepted again"),
    ),
    (
        "cargo run -p gate -- --upstream http://localhost:3000",
        Elsewhere("commands/gate.rs", "one_server_is_enough_for_a_gate"),
    ),
    (
        "cargo lab gate --longpoll http://localhost:3000 --sse http://localhost:3001 --ws http://localhost:8080",
        Elsewhere(
            "commands/gate.rs",
            "a_standalone_gate_and_one_beside_a_page_reach_the_services",
        ),
    ),
    ("curl localhost:8000/gate", Here(r#""lanes""#)),
    (
        r#"curl -X PUT localhost:8000/gate/link -H 'Content-Type: application/json' -d '{"lane":"sse","direction":"down","delay":100,"jitter":10,"bandwidth":1000000}'"#,
        Here(r#""lanes""#),
    ),
    (
        r#"curl localhost:8000/gate/faults -H 'Content-Type: application/json' -d '{"fault":"freeze","lane":"ws","for":5}'"#,
        Here(r#""fault":"freeze""#),
    ),
    (
        "curl -X DELETE localhost:8000/gate/faults",
        Here(r#""ended""#),
    ),
    (
        "curl 'localhost:8000/gate/connections?lane=sse'",
        Here(r#""connections""#),
    ),
    ("curl 'localhost:8000/gate/capture?lane=sse'", Here("[")),
    (
        "cargo lab gate measure",
        Elsewhere(
            "commands/gate.rs",
            "a_standalone_gate_and_one_beside_a_page_reach_the_services",
        ),
    ),
    (
        "tail -f /var/log/syslog | cargo lab publish --channel main",
        Elsewhere(
            "commands/publish_and_listen.rs",
            "a_message_for_one_service_reaches_all_transports",
        ),
    ),
    (
        "cargo lab listen --transport sse --channel main",
        Elsewhere(
            "commands/publish_and_listen.rs",
            "a_message_for_one_service_reaches_all_transports",
        ),
    ),
    (
        "cargo lab drain --readers 5000",
        Elsewhere(
            "commands/alone.rs",
            "a_drain_shows_disconnects_and_reconnects",
        ),
    ),
    (
        "curl -X POST localhost:8000/services/sse/restart",
        Here(r#""serving""#),
    ),
    (
        "caddy run --config proxy/Caddyfile.tls",
        Elsewhere(
            "browser/limits.rs",
            "with_tls_more_are_open_on_one_connection",
        ),
    ),
    (
        "cargo lab --tls-origin https://localhost:8443",
        Elsewhere(
            "browser/limits.rs",
            "with_tls_more_are_open_on_one_connection",
        ),
    ),
    (
        "UPDATE=1 cargo test --release -p lab --test browser recorded",
        NotRun("it takes minutes, and changes the recording"),
    ),
    (
        "scripts/pack DIR",
        Elsewhere(
            "browser/packed.rs",
            "the_packed_page_is_served_compressed_in_few_files_and_works",
        ),
    ),
    (
        "sse-svc --processes 4 --broker redis://localhost:6379",
        Elsewhere("processes/together.rs", "connections_are_spread_evenly"),
    ),
    (
        "for i in $(seq 400); do curl -s localhost:3000/worker; echo; done | grep -o 'process [0-9]*' | sort | uniq -c",
        Elsewhere("processes/together.rs", "connections_are_spread_evenly"),
    ),
    ("curl -s localhost:3000/health", Here(r#""transport""#)),
    (
        "BROKER=redis://user:password@10.0.0.5:6379/0 sse-svc",
        Elsewhere(
            "processes/starts.rs",
            "a_wrong_password_is_reported_and_not_repeated",
        ),
    ),
    (
        "export BROKER='rediss://trilane:p%40ss@cache.example.com:6380/0'",
        RENTED,
    ),
    ("export BROKER_CA=provider-ca.pem", RENTED),
    (
        "export BROKER_CERT=client.pem BROKER_KEY=client.key",
        RENTED,
    ),
    ("sse-svc", RENTED),
    (
        "cargo lab broker --publishers 1,64,512",
        Elsewhere(
            "commands/alone.rs",
            "a_broker_is_measured_with_a_conclusion",
        ),
    ),
    ("docker compose up --build", DOCKER),
    (
        "docker compose -f docker-compose.yml -f docker-compose.scale.yml up --build -d",
        DOCKER,
    ),
    (
        "docker compose -f docker-compose.yml -f docker-compose.scale.yml up -d --no-recreate --scale sse=5",
        DOCKER,
    ),
    (
        "cargo lab audit --duration 35s --readers 30 --rate 100 --cut-every 500ms --history 1024 --longpoll http://localhost:3000 --sse http://localhost:3001 --ws http://localhost:8080",
        Elsewhere("audit.rs", "another_deployment_is_audited_by_its_addresses"),
    ),
    ("docker kill trilane_sse_2", DOCKER),
    (
        "cargo lab bench processes",
        Elsewhere(
            "bench.rs",
            "threads_and_processes_are_measured_with_exact_counts",
        ),
    ),
    (
        "cargo lab bench scale --readers 100000 --transport sse --seconds 5",
        Elsewhere(
            "bench.rs",
            "all_connections_over_several_processes_get_every_message",
        ),
    ),
    (
        "curl -i -X OPTIONS http://localhost:3000/messages -H 'Origin: https://app.example' -H 'Access-Control-Request-Method: POST'",
        Here("HTTP/1.1"),
    ),
    (
        r#"curl 'http://localhost:3000/tasks?channel=news' -H 'Content-Type: application/json' -d '{"primes_below":5000000}'"#,
        Here(r#""task""#),
    ),
    ("curl localhost:8000/topology", Here(r#""port""#)),
    (
        r#"curl localhost:8000/topology -H 'Content-Type: application/json' -d '{"layout":"processes","workers":2}'"#,
        Elsewhere("topology.rs", "a_killed_process_is_replaced_and_counted"),
    ),
    (
        "curl -X DELETE localhost:8000/topology/processes/4711",
        Elsewhere("topology.rs", "a_killed_process_is_replaced_and_counted"),
    ),
    (
        "curl -X DELETE localhost:8000/topology",
        Elsewhere("topology.rs", "a_killed_process_is_replaced_and_counted"),
    ),
];
