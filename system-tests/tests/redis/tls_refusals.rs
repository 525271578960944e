//! Connections with TLS that fail: log and health check name what to change, and no secret.

use crate::{
    certificates::Certificates, reasons::LoggedService, tcp::listen, tls_server::TlsRedis,
};
use conformance::{Server, eventually};
use servers::redis::RedisServer;
use sse_svc::Sse;

/// Starts a service that cannot connect. Checks that log and health check have this reason.
pub(crate) async fn assert_reason(flags: &[String], why: &str) {
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    let logged = LoggedService::start(&flags);
    logged.wait_for(why, 1).await;
    let server = Server::configured::<Sse>(&flags);
    eventually(why, async || {
        let answer = server.get("/health/ready").await;
        assert!(!answer.body.contains("hunter2"), "{}", answer.body);
        answer.status == 503 && answer.body.contains("broker-away") && answer.body.contains(why)
    })
    .await;
    let log = logged.log();
    assert!(!log.contains("hunter2") && !log.contains("panic"), "{log}");
}

/// Replaces the value of a flag.
fn with(flags: Vec<String>, flag: &str, value: &str) -> Vec<String> {
    let mut flags = flags;
    let at = flags.iter().position(|other| other == flag).unwrap();
    value.clone_into(&mut flags[at + 1]);
    flags
}

#[actix_web::test]
async fn a_certificate_of_another_authority_is_refused() {
    let redis = TlsRedis::start("localhost");
    let other = Certificates::new(redis.redis.directory(), "other");
    let flags = with(redis.flags("localhost"), "--broker-ca", &other.ca());
    assert_reason(&flags, "unknown issuer").await;
}

#[actix_web::test]
async fn the_roots_of_the_system_do_not_include_a_private_authority() {
    let redis = TlsRedis::start("localhost");
    let flags = ["--broker".to_owned(), redis.url("localhost")];
    assert_reason(&flags, "unknown issuer").await;
}

#[actix_web::test]
async fn a_certificate_for_another_host_is_refused() {
    let redis = TlsRedis::start("redis.example");
    assert_reason(&redis.flags("localhost"), "another host name").await;
}

#[actix_web::test]
async fn a_missing_client_certificate_is_named() {
    let redis = TlsRedis::start("localhost");
    assert_reason(
        &redis.flags("localhost")[..4],
        "requires a client certificate",
    )
    .await;
}

#[actix_web::test]
async fn a_client_certificate_of_another_authority_is_named() {
    let redis = TlsRedis::start("localhost");
    let other = Certificates::new(redis.redis.directory(), "other").issue("client");
    let flags = with(
        redis.flags("localhost"),
        "--broker-cert",
        &other.certificate,
    );
    let flags = with(flags, "--broker-key", &other.key);
    assert_reason(&flags, "does not accept the certificate").await;
}

#[actix_web::test]
async fn a_wrong_password_is_named() {
    let redis = TlsRedis::start("localhost");
    let url = redis.url("localhost").replace("hunter2", "hunter22");
    let flags = with(redis.flags("localhost"), "--broker", &url);
    assert_reason(&flags, "does not accept the user or the password").await;
}

#[actix_web::test]
async fn a_server_without_tls_is_named() {
    let redis = RedisServer::start().unwrap();
    let url = format!("rediss://:hunter2@127.0.0.1:{}", listen(&redis));
    assert_reason(&["--broker".to_owned(), url], "does not use TLS").await;
}

#[actix_web::test]
async fn a_server_with_tls_is_named() {
    let redis = TlsRedis::start("localhost");
    let url = redis.url("localhost").replace("rediss:", "redis:");
    assert_reason(&["--broker".to_owned(), url], "needs rediss://").await;
}

#[actix_web::test]
async fn a_wrong_file_is_named_at_the_start() {
    let redis = TlsRedis::start("localhost");
    for processes in ["1", "2"] {
        let flags = with(redis.flags("localhost"), "--broker-ca", "/nowhere.pem");
        let flags: Vec<_> = flags.iter().map(String::as_str).collect();
        let processes = ["--processes", processes];
        let service = LoggedService::start(&[&flags[..], &processes].concat());
        service.fails("--broker-ca \"/nowhere.pem\"");
    }
}

/// Redis closes connections before or during the handshake of TLS, so each attempt may fail in another
/// way.
#[actix_web::test]
async fn too_many_clients_are_one_reason() {
    let redis = TlsRedis::start("localhost");
    let flags = redis.flags("localhost");
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    let service = LoggedService::start(&flags);
    service.wait_for("connected to", 1).await;
    let cut = "CLIENT KILL TYPE pubsub\r\nCLIENT KILL TYPE normal SKIPME yes";
    redis
        .redis
        .command(&format!("CONFIG SET maxclients 1\r\n{cut}"))
        .unwrap();
    service.wait_for("maxclients", 1).await;
    // The service makes three connections in an attempt.
    let before = rejected(&redis.redis);
    eventually("attempts", async || rejected(&redis.redis) >= before + 12).await;
    let warnings = service.log().matches("is away").count();
    assert_eq!(warnings, 2, "the end, and the reason: {}", service.log());
}

/// Returns how many connections this Redis has refused, since it has too many.
fn rejected(redis: &RedisServer) -> u64 {
    let stats = redis.command("INFO stats").unwrap_or_default();
    let line = stats
        .lines()
        .find_map(|line| line.strip_prefix("rejected_connections:"));
    line.map_or(0, |count| count.trim().parse().unwrap())
}
