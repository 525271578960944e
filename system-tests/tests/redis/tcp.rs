//! Redis over TCP and at a Unix socket, with a password.

use crate::{
    on_redis::{configured, ready},
    redis::RedisServer,
    sse::EventStream,
    steps::bodies,
    tls_server::permissions,
};
use conformance::{Server, Subscriber, eventually};
use serde_json::json;
use sse_svc::Sse;
use std::net::{Ipv4Addr, TcpListener};
use ws_svc::Ws;

/// Makes Redis listen on a free port. Its setting `port 0` disables TCP.
pub(crate) fn listen(redis: &RedisServer) -> u16 {
    loop {
        let free =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let port = free.unwrap().port();
        if redis
            .command(&format!("CONFIG SET port {port}"))
            .unwrap()
            .starts_with("+OK")
        {
            return port;
        }
    }
}

#[actix_web::test]
async fn a_redis_with_a_password_is_used_over_tcp() {
    let redis = RedisServer::start().unwrap();
    let port = listen(&redis);
    redis.command("CONFIG SET requirepass hunter2").unwrap();
    let [by_password, by_user] =
        [":hunter2", "default:hunter2"].map(|who| format!("redis://{who}@127.0.0.1:{port}/3"));
    let stream = configured::<Sse>(&["--broker", &by_password]).await;
    let socket = configured::<Ws>(&["--broker", &by_user]).await;
    let mut reader = EventStream::subscribe(&stream, "channel=c").await;
    socket.publish("c", json!(1)).await;
    stream.publish("c", json!(2)).await;
    assert_eq!(bodies(&mut reader, 2).await, [1, 2]);
}

#[actix_web::test]
async fn a_user_has_a_password_at_a_socket() {
    let redis = RedisServer::start().unwrap();
    let user = format!("ACL SETUSER trilane on >hunter2@ {}", permissions());
    assert_eq!(redis.command(&user).unwrap().trim(), "+OK");
    let [right, wrong] = ["hunter2%40", "hunter"].map(|password| {
        let url = format!("{}?db=0&user=trilane&pass={password}", redis.url());
        Server::configured::<Sse>(&["--broker", &url, "--broker-prefix", "trilane:"])
    });
    ready(&right).await;
    right.publish("c", json!(1)).await;
    eventually("the reason", async || {
        let body = wrong.get("/health/ready").await.body;
        body.contains("does not accept the user or the password")
    })
    .await;
}
