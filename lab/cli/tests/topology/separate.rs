//! The topology beside real services.

use crate::{
    client::{JSON, TopologyClient},
    process::Lab,
};
use conformance::{
    Server, eventually,
    tokens::{self, token_for},
};
use servers::redis::RedisServer;
use sse_svc::Sse;

#[actix_web::test]
async fn the_topology_is_separate_from_services_on_the_same_redis() {
    const PRIVATE: &str = "/messages?channel=private";
    let redis = RedisServer::start().unwrap();
    let real =
        Server::configured::<Sse>(&[&["--broker", &redis.url()], &tokens::FLAGS[..]].concat());
    let bearer = format!("Bearer {}", token_for(&["private"], &["private"], 600.0));
    let ask_real = async |method, body| {
        real.request(method, PRIVATE, &[JSON, ("Authorization", &bearer)], body)
            .await
    };
    eventually("the real service", async || {
        ask_real("POST", r#"{"message":"theirs"}"#).await.status == 200
    })
    .await;

    // Variables of the real services, as in a shell.
    let variables = [
        ("JWT_SECRET", tokens::SECRET),
        ("BROKER_PREFIX", "trilane:"),
        ("MAX_BODY", "1"),
    ];
    let lab = Lab::up_in(&variables, &["--topology-broker", &redis.url()]);
    let controls = TopologyClient::new(&lab);
    controls.start("processes", 2).await;
    let publish = async || {
        controls
            .request_service("POST", PRIVATE, r#"{"message":"ours"}"#)
            .await
            .status
    };
    eventually("the topology's service", async || publish().await == 200).await;

    let (seen, held) = (
        controls.service(PRIVATE).await,
        ask_real("GET", "").await.body,
    );
    assert!(seen.contains("ours") && !seen.contains("theirs"), "{seen}");
    assert!(held.contains("theirs") && !held.contains("ours"), "{held}");
    eventually("the sizes of the channels", async || {
        redis.command("EXISTS trilane:{*}:used").unwrap().trim() == ":1"
    })
    .await;
    let kept_for_ever = "local n = 0 for _, key in ipairs(redis.call('KEYS', '*')) do \
        if redis.call('PTTL', key) < 0 then n = n + 1 end end return n";
    assert_eq!(
        redis
            .command(&format!("EVAL \"{kept_for_ever}\" 0"))
            .unwrap()
            .trim(),
        ":0"
    );
}
