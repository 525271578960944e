//! `lab audit` of a Redis that is harmed meanwhile.

use crate::{
    cluster_servers::Nodes,
    redis::RedisServer,
    sentinel_servers::{Watched, free_port, words},
    tls_server::TlsRedis,
};
use actix_web::rt::task::spawn_blocking;
use serde_json::Value;
use std::time::Duration;
use system_tests::process::run;
use tokio::time::sleep;

/// How long services are audited while Redis is harmed, in seconds.
const DURATION: u64 = 16;

/// Runs an audit with these flags, and `harm` meanwhile. Returns its report, without violations.
async fn audit(flags: &str, harm: impl Future<Output = ()>) -> Value {
    let load = format!("--subscribers 3 --rate 60 --duration {DURATION}s");
    let audit = format!("audit --json - --seed 7 {load} {flags}");
    let audit = spawn_blocking(move || run(&audit, ""));
    let (ended, ()) = tokio::join!(audit, harm);
    let ended = ended.unwrap();
    let report: Value = serde_json::from_str(&ended.output).unwrap_or(Value::Null);
    assert_eq!(report["holds"], true, "{report:#}\n{}", ended.errors);
    assert!(report["published"].as_u64() > Some(20), "{report:#}");
    report
}

/// Kills and restarts Redis, freezes it, and cuts its connections.
async fn harm(redis: &mut RedisServer) {
    sleep(Duration::from_secs(2)).await;
    redis.kill();
    sleep(Duration::from_secs(1)).await;
    redis.launch().unwrap();
    sleep(Duration::from_secs(3)).await;
    redis.freeze().unwrap();
    sleep(Duration::from_secs(2)).await;
    redis.thaw().unwrap();
    sleep(Duration::from_secs(2)).await;
    redis.cut_connections().unwrap();
}

/// Redis writes each message to the disk before it replies, so nothing justifies a reset.
#[actix_web::test]
async fn the_promise_holds_over_tcp() {
    let mut redis = RedisServer::start().unwrap();
    let port = free_port();
    redis.launch_with(words(&format!("--port {port}"))).unwrap();
    let url = format!("redis://127.0.0.1:{port}/3");
    let report = audit(&format!("--broker {url}"), harm(&mut redis)).await;
    assert_eq!(report["new_epochs"], 0, "{report:#}");
}

/// A distant Redis, or one with TLS, may take longer than a publication waits.
#[actix_web::test]
async fn an_audit_begins_when_its_services_have_reached_redis() {
    let redis = RedisServer::start().unwrap();
    redis.freeze().unwrap();
    let thawed = async {
        sleep(Duration::from_secs(3)).await;
        redis.thaw().unwrap();
    };
    audit(&format!("--broker {}", redis.url()), thawed).await;
}

/// The user has the permissions that the documentation asks for.
#[actix_web::test]
async fn the_promise_holds_over_tls() {
    let mut tls = TlsRedis::start_for_audits("localhost");
    let flags = tls.flags("localhost");
    let report = audit(&flags.join(" "), harm(&mut tls.redis)).await;
    assert_eq!(report["new_epochs"], 0, "{report:#}");
    let denied = tls.redis.command("ACL LOG 1").unwrap();
    assert_eq!(denied.trim(), "*0", "{denied}");
}

/// Kills the master twice, and restarts it as a replica.
async fn kill_masters(watched: &mut Watched) {
    for _ in 0..2 {
        sleep(Duration::from_secs(4)).await;
        let master = watched.master();
        watched.servers[master].kill();
        sleep(Duration::from_secs(4)).await;
        watched.servers[master].launch().unwrap();
    }
}

#[actix_web::test]
async fn the_promise_holds_over_failovers() {
    let mut watched = Watched::start().await;
    let url = watched.url();
    let report = audit(&format!("--broker {url}"), kill_masters(&mut watched)).await;
    assert!(report["new_epochs"].as_u64() > Some(0), "{report:#}");
}

/// Kills each of the first masters, and restarts it as a replica.
async fn kill_nodes(nodes: &mut Nodes) {
    for node in 0..3 {
        sleep(Duration::from_secs(1)).await;
        nodes.servers[node].kill();
        sleep(Duration::from_secs(4)).await;
        nodes.servers[node].launch().unwrap();
    }
}

#[actix_web::test]
async fn the_promise_holds_over_the_death_of_nodes() {
    let mut nodes = Nodes::start();
    let url = nodes.url();
    let report = audit(&format!("--broker {url}"), kill_nodes(&mut nodes)).await;
    assert!(report["new_epochs"].as_u64() > Some(0), "{report:#}");
}
