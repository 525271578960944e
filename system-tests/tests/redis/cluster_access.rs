//! A cluster with TLS and a user with few permissions, and addresses of clusters that cannot work.

use crate::{
    certificates::Certificates,
    cluster_servers::Nodes,
    on_redis::configured,
    redis::RedisServer,
    sentinel_access::assert_refused,
    sentinel_servers::free_port,
    sse::EventStream,
    steps::{bodies, try_publish},
    tcp::listen,
    tls_server::permissions,
};
use conformance::{Server, Subscriber, eventually};
use serde_json::json;
use sse_svc::Sse;

#[actix_web::test]
async fn a_guarded_cluster_is_used_over_tls() {
    let directory = RedisServer::start().unwrap();
    let authority = Certificates::new(directory.directory(), "authority");
    let files = authority.issue_for_redis("127.0.0.1");
    let tls = format!("--tls-cluster yes --tls-replication yes --tls-auth-clients no {files}");
    let user = format!("--user trilane on >hunter2@ {}", permissions());
    let nodes = Nodes::start_with("--tls-port", &format!("{tls} {user}"));
    let url = nodes
        .url()
        .replace("redis+cluster://", "rediss+cluster://trilane:hunter2%40@");
    let flags = ["--broker", &url, "--broker-ca", &authority.ca()];
    let memory = ["--broker-prefix", "trilane:", "--history-total", "6000"];
    let server = configured::<Sse>(&[flags, memory].concat()).await;
    for channel in ["a", "b", "c"] {
        let mut reader = EventStream::subscribe(&server, &format!("channel={channel}")).await;
        server.publish(channel, json!(1)).await;
        assert_eq!(bodies(&mut reader, 1).await, [1]);
    }
    nodes
        .wait_until_forgotten("trilane:", &["a", "b", "c"])
        .await;
    for node in &nodes.servers {
        let denied = node.command("ACL LOG 1").unwrap();
        assert_eq!(denied.trim(), "*0", "{denied}");
    }
}

#[actix_web::test]
async fn a_server_that_is_not_a_cluster_is_named() {
    let redis = RedisServer::start().unwrap();
    let url = format!("redis+cluster://127.0.0.1:{}", listen(&redis));
    assert_refused(&url, "it is not a cluster").await;
}

#[actix_web::test]
async fn a_node_in_place_of_a_server_is_named() {
    let why = "it is a node of a cluster, which needs redis+cluster://";
    let nodes = Nodes::start_calm();
    let [master, replica] = nodes
        .ports()
        .map(|port| format!("redis://127.0.0.1:{port}"));
    assert_refused(&replica, why).await;
    let elsewhere = (0..).map(|number| format!("c{number}"));
    let elsewhere = elsewhere.filter(|channel| nodes.first_master(channel) != 0);
    let channel = elsewhere.into_iter().next().unwrap();
    let server = Server::configured::<Sse>(&["--broker", &master]);
    eventually("a refusal that says why", async || {
        let refused = try_publish(&server, &channel, &json!(1), "k").await;
        assert_eq!(refused.status, 503, "{}", refused.body);
        refused.body.contains(why)
    })
    .await;
}

#[actix_web::test]
async fn nodes_that_do_not_respond_are_named() {
    let url = format!("redis+cluster://127.0.0.1:{}", free_port());
    assert_refused(&url, "none of its nodes responds").await;
}

#[actix_web::test]
async fn a_cluster_without_slots_is_named() {
    let mut redis = RedisServer::start().unwrap();
    let port = free_port();
    let arguments = format!(
        "--port {port} --cluster-enabled yes --cluster-port {}",
        free_port()
    );
    redis
        .launch_with(crate::sentinel_servers::words(&arguments))
        .unwrap();
    let url = format!("redis+cluster://127.0.0.1:{port}");
    assert_refused(&url, "none of its slots has a node").await;
}
