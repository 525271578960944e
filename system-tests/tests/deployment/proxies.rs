//! Each proxy carries all three transports. One that is not installed is left out, except Caddy,
//! which is in Debian.

use crate::{
    process::Lab,
    proxy::{Proxy, Recipe, is_installed},
};
use std::net::SocketAddr;
use system_tests::http::{exchange, get, handshake, post, read_until, send};

/// nginx with its file.
pub(crate) const NGINX: Recipe<'_> = Recipe {
    program: "nginx",
    arguments: &["-p", "DIR", "-c", "FILE"],
    file: "nginx.conf",
    listen: ["listen 8088", "listen 127.0.0.1:PORT"],
    replaced: ["", ""],
    around: "daemon off; error_log stderr; pid nginx.pid; events {} http { \
        client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; \
        uwsgi_temp_path uwsgi; scgi_temp_path scgi;\nINCLUDED }",
};

#[test]
fn caddy_carries_all_three_transports() {
    assert!(
        is_installed("caddy"),
        "this test needs Caddy: apt-get install caddy"
    );
    carries_all(&Recipe {
        program: "caddy",
        arguments: &["run", "--adapter", "caddyfile", "--config", "FILE"],
        file: "Caddyfile",
        listen: [":8090 {", ":PORT {"],
        replaced: ["", ""],
        around: "INCLUDED",
    });
}

#[test]
fn haproxy_carries_all_three_transports() {
    if is_installed("haproxy") {
        carries_all(&Recipe {
            program: "haproxy",
            arguments: &["-db", "-f", "FILE"],
            file: "haproxy.cfg",
            listen: ["bind :8089", "bind 127.0.0.1:PORT"],
            replaced: ["", ""],
            around: "INCLUDED",
        });
    }
}

#[test]
fn nginx_carries_all_three_transports() {
    if is_installed("nginx") {
        carries_all(&NGINX);
    }
}

fn carries_all(recipe: &Recipe<'_>) {
    let lab = Lab::up(&["--trust-proxy", "1"]);
    let proxy = Proxy::start(&lab, recipe);
    let address = proxy.address();
    publish(address, "first");
    exchange(address, &get("/poll?channel=c&after=0"), "first");
    let mut events = send(address, &get("/events?channel=c"));
    read_until(&mut events, "hello");
    let mut websocket = send(address, &handshake("/ws?channel=c"));
    read_until(&mut websocket, "hello");
    // Neither is buffered until more comes.
    publish(address, "second");
    read_until(&mut events, "second");
    read_until(&mut websocket, "second");
    exchange(address, &get("/metrics"), " 404 ");
}

pub(crate) fn publish(address: SocketAddr, message: &str) {
    let body = format!("{{\"message\":\"{message}\"}}");
    exchange(address, &post("/messages?channel=c", &body), "\"id\":");
}
