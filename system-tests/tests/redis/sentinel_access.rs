//! Sentinels with TLS and passwords, and addresses of sentinels that cannot work.

use crate::{
    certificates::Certificates,
    on_redis::configured,
    redis::RedisServer,
    sentinel_servers::{Access, Watched, free_port, words},
    steps::{bodies, publish_all, reset},
    tcp::listen,
    tls_refusals::assert_reason,
    tls_server::permissions,
};
use conformance::Subscriber;
use serde_json::json;

/// Starts servers and sentinels with TLS and with passwords that differ.
async fn start_guarded(authority: &Certificates) -> Watched {
    let files = authority.issue_for_redis("127.0.0.1");
    let tls = format!("--tls-replication yes --tls-auth-clients no {files}");
    // Replicas and sentinels use the default user, and the service users of its own.
    Watched::start_with(&Access {
        port: ("--tls-port", tls),
        server: &format!("--user trilane on >hunter2@ {}", permissions()),
        sentinel: "--user watcher on >hunter3# -@all +sentinel|master +sentinel|get-master-addr-by-name",
    })
    .await
}

async fn a_guarded_redis_is_used_over_tls<S: Subscriber>() {
    let directory = RedisServer::start().unwrap();
    let authority = Certificates::new(directory.directory(), "authority");
    let mut watched = start_guarded(&authority).await;
    let url = watched
        .url()
        .replace("redis+sentinel://", "rediss+sentinel://trilane:hunter2%40@")
        + "?sentinel-user=watcher&sentinel-password=hunter3%23";
    let flags = ["--broker", &url, "--broker-ca", &authority.ca()];
    let server = configured::<S::Transport>(&flags).await;
    let mut subscriber = S::subscribe(&server, "channel=c").await;
    let id = server.publish("c", json!(1)).await;
    assert_eq!(bodies(&mut subscriber, 1).await, [1]);
    watched.replicated().await;
    let master = watched.master();
    watched.servers[master].kill();
    publish_all(&server, "c", 2..3).await;
    reset(&mut subscriber, &id).await;
    assert_eq!(bodies(&mut subscriber, 2).await, [1, 2]);
}

on_each_transport!(a_guarded_redis_is_used_over_tls);

/// Starts a sentinel of its own with these arguments. Returns it and its port.
fn start_sentinel(arguments: &str) -> (RedisServer, u16) {
    let port = free_port();
    let arguments = words(&format!("--port {port} {arguments}"));
    let configuration = "sentinel monitor cache 127.0.0.1 1 1\n";
    let sentinel = RedisServer::start_sentinel(configuration, arguments).unwrap();
    (sentinel, port)
}

/// Checks that the log and the health check name this reason.
pub(crate) async fn assert_refused(url: &str, why: &str) {
    assert_reason(&["--broker".to_owned(), url.to_owned()], why).await;
}

#[actix_web::test]
async fn a_wrong_name_is_named() {
    let (_sentinel, port) = start_sentinel("");
    let url = format!("redis+sentinel://127.0.0.1:{port}/other");
    assert_refused(&url, "its sentinels know no master of this name").await;
}

#[actix_web::test]
async fn a_missing_password_of_the_sentinels_is_named() {
    let (_sentinel, port) = start_sentinel("--user default off --user watcher on >hunter3 +@all");
    for query in ["", "?sentinel-user=watcher&sentinel-password=hunter2"] {
        let url = format!("redis+sentinel://127.0.0.1:{port}/cache{query}");
        assert_refused(&url, "do not accept sentinel-user and sentinel-password").await;
    }
}

#[actix_web::test]
async fn sentinels_that_do_not_respond_are_named() {
    let url = format!(
        "redis+sentinel://127.0.0.1:{},localhost:{}/cache",
        free_port(),
        free_port()
    );
    assert_refused(&url, "none of its sentinels responds").await;
}

#[actix_web::test]
async fn a_server_in_place_of_a_sentinel_is_named() {
    let redis = RedisServer::start().unwrap();
    let url = format!("redis+sentinel://127.0.0.1:{}/cache", listen(&redis));
    assert_refused(&url, "its sentinels are ordinary servers").await;
}

#[actix_web::test]
async fn a_sentinel_in_place_of_a_server_is_named() {
    let (_sentinel, port) = start_sentinel("");
    let url = format!("redis://127.0.0.1:{port}");
    assert_refused(&url, "it is a sentinel, which needs redis+sentinel://").await;
}
