//! Faults that read HTTP or change the link, and their ends.

use super::*;

#[actix_web::test]
async fn a_bad_gateway_cuts_and_responds_502_until_it_ends() {
    let (_service, gate, mut reader) = scene().await;
    gate.begin_fault(Fault::BadGateway, None).await;
    is_reset(ends(&mut reader).await);
    let mut client = Client::connect(gate.address()).await;
    let answer = client.get("/health/live").await;
    assert_eq!(
        (answer.status, answer.header("connection")),
        (502, Some("close"))
    );
    assert_eq!(client.rest().await, "");
    gate.end_faults().await;
    assert_eq!(get(&gate, "/health/live").await, 200);
}

#[actix_web::test]
async fn a_buffering_proxy_holds_a_stream_but_not_whole_responses() {
    let (service, gate, mut reader) = scene().await;
    gate.begin_fault(Fault::Buffer(1000), None).await;
    service.publish("c", json!("early")).await;
    is_silent(&mut reader).await;
    assert_eq!(get(&gate, "/health/live").await, 200);
    service.publish("c", json!("x".repeat(1000))).await;
    assert!(
        until(&mut reader, "xxx").await.unwrap().contains("early"),
        "they come as one lump"
    );
    service.publish("c", json!("held")).await;
    is_silent(&mut reader).await;
    gate.end_faults().await;
    until(&mut reader, "held").await.unwrap();
}

#[actix_web::test]
async fn a_blocked_upgrade_prevents_websocket() {
    let service = Server::start::<Ws>(&[]);
    let gate = Gate::before(service.address(), Link::default()).unwrap();
    let handshake = [
        ("Connection", "keep-alive, Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let open = async || {
        let mut client = Client::connect(gate.address()).await;
        client.send("GET", "/ws?channel=c", &handshake, "").await;
        client.head().await.status
    };
    assert_eq!(open().await, 101);
    gate.begin_fault(Fault::BlockUpgrade, LASTS).await;
    let refused = open().await;
    assert!(matches!(refused, 400 | 426), "{refused}");
    assert_eq!(get(&gate, "/health/live").await, 200);
    eventually("the end of the fault", async || open().await == 101).await;
    assert_eq!(
        gate.counters().await.requests.upgrades,
        gate.counters().await.requests.get - 1
    );
}

#[actix_web::test]
async fn a_link_returns_to_its_configuration_after_a_fault() {
    let (_service, gate, _reader) = scene().await;
    let link = async || {
        gate.with_routes(|routes| routes.all[0].link(Direction::Down))
            .await
    };
    let slow = Fault::Latency {
        delay: Duration::from_millis(400),
        jitter: Duration::ZERO,
    };
    let narrow = Fault::Bandwidth(16_000.try_into().unwrap());
    gate.with_routes(move |routes| {
        [slow, narrow].map(|fault| routes.all[0].begin_fault(fault, LASTS))
    })
    .await;
    let broken = link().await;
    assert_eq!(
        (broken.delay.as_millis(), broken.bandwidth.map(Into::into)),
        (400, Some(16_000_u64))
    );
    // The configured link changes meanwhile, and the fault is injected again.
    let set = Link::delayed(Duration::from_millis(7));
    gate.with_routes(move |routes| routes.all[0].set_link(Direction::Down, set))
        .await;
    gate.with_routes(move |routes| routes.all[0].begin_fault(slow, LASTS))
        .await;
    assert_eq!(
        (
            link().await.delay.as_millis(),
            gate.with_routes(|routes| routes.all[0].set(Direction::Down))
                .await
        ),
        (400, set)
    );
    eventually("the link that was set", async || link().await == set).await;
}
