//! Failed starts of several processes.

use crate::{
    cluster::several,
    process::{self, Process},
    redis::RedisServer,
};

#[test]
fn several_processes_need_a_shared_broker() {
    for transport in ["longpoll", "sse", "ws"] {
        let end = process::run(&several(transport, "0", 2, "memory"), "");
        assert_eq!(end.code, 1);
        assert!(
            end.errors
                .contains("--processes 2 with the broker in memory"),
            "{}",
            end.errors
        );
        assert!(end.errors.contains("--broker redis://"), "{}", end.errors);
    }
}

#[test]
fn processes_that_cannot_start_are_reported_once() {
    let redis = RedisServer::start().unwrap();
    let url = redis.url();
    let flags = [
        several("ws", "0", 2, &url),
        vec!["--jwt-key-file", "/nowhere/key.pem"],
    ]
    .concat();
    let end = process::run(&flags, "");
    assert_eq!(end.code, 1, "{}", end.errors);
    assert!(
        end.errors
            .contains("did not start: it ended (exit status: 1) before it served"),
        "{}",
        end.errors
    );
    assert!(
        end.errors.matches("/nowhere/key.pem").count() <= 2,
        "{}",
        end.errors
    );
}

#[test]
fn a_port_in_use_is_not_shared() {
    let redis = RedisServer::start().unwrap();
    let supervisor = Process::start(&several("longpoll", "0", 2, &redis.url()), "");
    let line = supervisor.wait_for_line("listening on http://");
    let port = line
        .split("http://127.0.0.1:")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    let end = process::run(&several("sse", port, 2, &redis.url()), "");
    assert_eq!(end.code, 1);
    assert!(
        end.errors
            .contains("is taken by another program; --port or PORT moves the service"),
        "{}",
        end.errors
    );
}

#[test]
fn a_wrong_password_is_reported_and_not_repeated() {
    let redis = RedisServer::start().unwrap();
    redis.command("CONFIG SET requirepass hunter2").unwrap();
    let url = format!("{}?pass=swordfish", redis.url());
    let service = Process::start(&["serve", "sse", "--port", "0", "--broker", &url], "");
    let line = service.wait_for_line("is away");
    assert!(
        line.contains("WRONGPASS") && !line.contains("swordfish"),
        "{line}"
    );
}
