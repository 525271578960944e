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
        end.failed(1, "--processes 2 with the broker in memory");
        end.failed(1, "--broker redis://");
    }
}

#[test]
fn processes_that_cannot_start_are_reported_once() {
    let redis = RedisServer::start().unwrap();
    let several = several("ws", "0", 2, &redis.url());
    let end = process::run(&format!("{several} --jwt-key-file /nowhere/key.pem"), "");
    end.failed(
        1,
        "did not start: it ended (exit status: 1) before it served",
    );
    let named = end.errors.matches("/nowhere/key.pem").count();
    assert!(named <= 2, "{}", end.errors);
}

#[test]
fn a_port_in_use_is_not_shared() {
    let redis = RedisServer::start().unwrap();
    let supervisor = Process::start(&several("longpoll", "0", 2, &redis.url()), "");
    let port = supervisor.address().port().to_string();
    let end = process::run(&several("sse", &port, 2, &redis.url()), "");
    end.failed(
        1,
        "is taken by another program; --port or PORT moves the service",
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
