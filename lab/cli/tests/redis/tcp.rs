//! Redis over TCP, with a password.

use crate::{on_redis::ready, redis::RedisServer, sse::EventStream, steps::bodies};
use conformance::{Server, Subscriber};
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
    let stream = Server::configured::<Sse>(&["--broker", &by_password]);
    let socket = Server::configured::<Ws>(&["--broker", &by_user]);
    ready(&stream).await;
    ready(&socket).await;
    let mut reader = EventStream::subscribe(&stream, "channel=c").await;
    socket.publish("c", json!(1)).await;
    stream.publish("c", json!(2)).await;
    assert_eq!(bodies(&mut reader, 2).await, [1, 2]);
}
