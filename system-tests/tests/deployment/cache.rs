//! A cache in front of polls.

use crate::{
    process::Lab,
    proxies::{NGINX, publish},
    proxy::{Proxy, Recipe, is_installed},
    read,
};
use std::{net::SocketAddr, thread};
use system_tests::http::{get, response};

const PAGES: [&str; 2] = ["http://a.example", "http://b.example"];
/// The location of polls in the file of nginx.
const LOCATION: &str = "location = /poll { proxy_pass http://trilane_longpoll; }";

#[test]
fn nginx_answers_equal_polls_from_its_cache() {
    if !is_installed("nginx") {
        return;
    }
    let flags = ["--trust-proxy", "1", "--poll-cache", "600", "--origins"];
    let lab = Lab::up(&[&flags[..], &[&PAGES.join(",")]].concat());
    let cache = read("proxies/nginx-poll-cache.conf");
    let around = NGINX.around.replace(
        "INCLUDED",
        "proxy_cache_path cache keys_zone=trilane:1m;\nINCLUDED",
    );
    let proxy = Proxy::start(
        &lab,
        &Recipe {
            replaced: [LOCATION, &cache],
            around: &around,
            ..NGINX
        },
    );
    let address = proxy.address();
    let poll = |after: &str, origin: &str| {
        let request = format!(
            "GET /poll?channel=c&after={after}&wait=1 HTTP/1.0\r\nhost: x\r\norigin: {origin}\r\n\r\n"
        );
        response(address, &request).to_lowercase()
    };
    let [a, b] = PAGES;
    publish(address, "first");
    let first = cursor(&poll("0", a));
    for _ in 0..2 {
        assert_from(&poll("0", a), "miss", "first");
        assert_from(&poll(&first, a), "miss", "\"messages\":[]");
    }
    publish(address, "second");
    for (origin, from) in [(a, "miss"), (a, "hit"), (b, "miss"), (b, "hit"), (a, "hit")] {
        let answer = poll(&first, origin);
        assert_from(&answer, from, "second");
        let allowed = format!("access-control-allow-origin: {origin}\r\n");
        assert!(answer.contains(&allowed), "{answer}");
    }
    let last = cursor(&poll(&first, a));
    thread::scope(|scope| {
        let waiting: Vec<_> = (0..5)
            .map(|_| scope.spawn(|| long_poll(address, &last)))
            .collect();
        publish(address, "third");
        for poll in waiting {
            assert!(poll.join().unwrap().contains("third"));
        }
    });
}

fn long_poll(address: SocketAddr, after: &str) -> String {
    response(address, &get(&format!("/poll?channel=c&after={after}")))
}

/// Checks where an answer is from, and what it has.
fn assert_from(answer: &str, from: &str, text: &str) {
    let header = format!("trilane-cache: {from}\r\n");
    assert!(
        answer.contains(&header) && answer.contains(text),
        "{from}: {answer}"
    );
}

fn cursor(answer: &str) -> String {
    let (_, cursor) = answer.rsplit_once("\"cursor\":\"").unwrap();
    cursor.split_once('"').unwrap().0.to_owned()
}
