//! Each fault as a client of a real service meets it, and that it ends.

use crate::gate::{
    Gate, Link,
    accept::AGAIN,
    fault::{Fault, Way},
};
use conformance::{Client, Server, eventually, patient};
use serde_json::json;
use sse_svc::Sse;
use std::{
    io::{ErrorKind, Result},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::spawn_local,
    time::{sleep, timeout},
};
use ws_svc::Ws;

/// As long as a fact that must not come is waited for.
const A_WHILE: Duration = Duration::from_millis(300);
const LASTS: Option<Duration> = Some(Duration::from_millis(200));

/// An SSE service behind a gate, and a reader of its channel `c`.
struct Scene {
    service: Server,
    gate: Gate,
    reader: TcpStream,
}

async fn scene() -> Scene {
    let service = Server::start::<Sse>(&[]);
    let gate = Gate::before(service.address(), Link::default()).unwrap();
    let reader = subscribe(&gate).await;
    Scene {
        service,
        gate,
        reader,
    }
}

async fn subscribe(gate: &Gate) -> TcpStream {
    let mut reader = TcpStream::connect(gate.address()).await.unwrap();
    reader
        .write_all(b"GET /events?channel=c HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    until(&mut reader, "retry:").await.unwrap();
    reader
}

/// Reads until this text has come.
async fn until(reader: &mut TcpStream, text: &str) -> Result<String> {
    // Room for a lump.
    let mut read = Vec::with_capacity(64 * 1024);
    while !String::from_utf8_lossy(&read).contains(text) {
        if patient(text, reader.read_buf(&mut read)).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(String::from_utf8(read).unwrap())
}

/// How the next read ends.
async fn ends(reader: &mut TcpStream) -> Result<usize> {
    patient("an end", reader.read(&mut [0; 4096])).await
}

async fn says_nothing(reader: &mut TcpStream) {
    assert!(
        timeout(A_WHILE, reader.read(&mut [0; 1])).await.is_err(),
        "something came, or the end"
    );
}

/// Lets time pass on the gate's own thread: what is due there before has happened then, however slow the machine.
async fn passes(gate: &Gate, time: Duration) {
    let (done, passed) = oneshot::channel();
    let wait = async move {
        sleep(time).await;
        let _ = done.send(());
    };
    gate.ask(move |_| drop(spawn_local(wait))).await;
    passed.await.unwrap();
}

/// A GET over the gate.
async fn get(gate: &Gate, path: &str) -> u16 {
    let mut client = Client::connect(gate.address()).await;
    client.send("GET", path, &[], "").await;
    client.response().await.status
}

fn is_reset<T: std::fmt::Debug>(ended: Result<T>) {
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[actix_web::test]
async fn a_cut_resets_what_is_open_once() {
    let Scene {
        service,
        gate,
        mut reader,
    } = scene().await;
    gate.begin(Fault::Cut, None).await;
    is_reset(ends(&mut reader).await);
    eventually("the service to notice", async || service.subscribers() == 0).await;
    assert_eq!(get(&gate, "/health/live").await, 200);
}

#[actix_web::test]
async fn a_black_hole_swallows_everything_and_resets_at_its_end_who_has_lost_something() {
    let Scene {
        service,
        gate,
        mut reader,
    } = scene().await;
    let mut idle = TcpStream::connect(gate.address()).await.unwrap();
    eventually("both connections", async || gate.open().await == 2).await;
    gate.begin(Fault::BlackHole, None).await;
    service.publish("c", json!("lost")).await;
    let mut new = TcpStream::connect(gate.address()).await.unwrap();
    new.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    says_nothing(&mut new).await;
    drop(service);
    says_nothing(&mut reader).await;
    gate.mend().await;
    is_reset(ends(&mut reader).await);
    is_reset(ends(&mut new).await);
    // Its service has ended meanwhile, which it does not hear of either.
    is_reset(ends(&mut idle).await);
}

#[actix_web::test]
async fn who_loses_nothing_in_a_black_hole_goes_on() {
    let Scene {
        service,
        gate,
        mut reader,
    } = scene().await;
    gate.begin(Fault::BlackHole, LASTS).await;
    eventually("its end", async || {
        gate.ask(|lanes| lanes.all[0].faults().is_empty()).await
    })
    .await;
    service.publish("c", json!("after")).await;
    until(&mut reader, "after").await.unwrap();
}

#[actix_web::test]
async fn what_is_frozen_comes_when_it_thaws() {
    let Scene {
        service,
        gate,
        mut reader,
    } = scene().await;
    gate.begin(Fault::Freeze(Way::Down), None).await;
    service.publish("c", json!("late")).await;
    says_nothing(&mut reader).await;
    gate.mend().await;
    until(&mut reader, "late").await.unwrap();

    gate.begin(Fault::Freeze(Way::Up), LASTS).await;
    let before = gate.counters().await.up;
    assert_eq!(get(&gate, "/health/live").await, 200);
    assert!(gate.counters().await.up.bytes > before.bytes);
}

#[actix_web::test]
async fn refused_is_refused_and_then_it_listens_on_the_same_port_again() {
    let Scene {
        service,
        gate,
        mut reader,
    } = scene().await;
    gate.begin(Fault::Refuse, None).await;
    let refused = async || {
        TcpStream::connect(gate.address())
            .await
            .is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
    };
    eventually("a refusal", refused).await;
    service.publish("c", json!("open ones go on")).await;
    until(&mut reader, "go on").await.unwrap();
    gate.mend().await;
    eventually("a listener", async || {
        TcpStream::connect(gate.address()).await.is_ok()
    })
    .await;
    assert_eq!(get(&gate, "/health/live").await, 200);
}

#[actix_web::test]
async fn refused_again_before_it_could_listen_is_refused() {
    let Scene { gate, .. } = scene().await;
    gate.begin(Fault::Refuse, None).await;
    let mut stranger = None;
    eventually("the port to be free", async || {
        stranger = std::net::TcpListener::bind(gate.address()).ok();
        stranger.is_some()
    })
    .await;
    gate.mend().await;
    // It has tried, in vain.
    passes(&gate, Duration::from_millis(1)).await;
    gate.begin(Fault::Refuse, None).await;
    drop(stranger);
    // It would have tried again.
    passes(&gate, 2 * AGAIN).await;
    let refused = TcpStream::connect(gate.address()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[actix_web::test]
async fn a_bad_gateway_cuts_and_answers_502_until_it_is_mended() {
    let Scene {
        service: _service,
        gate,
        mut reader,
    } = scene().await;
    gate.begin(Fault::BadGateway, None).await;
    is_reset(ends(&mut reader).await);
    let mut client = Client::connect(gate.address()).await;
    client.send("GET", "/health/live", &[], "").await;
    let answer = client.response().await;
    assert_eq!(
        (answer.status, answer.header("connection")),
        (502, Some("close"))
    );
    assert_eq!(client.rest().await, "");
    gate.mend().await;
    assert_eq!(get(&gate, "/health/live").await, 200);
}

#[actix_web::test]
async fn a_buffering_intermediary_holds_a_stream_until_there_is_much_but_lets_whole_answers_through()
 {
    let Scene {
        service,
        gate,
        mut reader,
    } = scene().await;
    gate.begin(Fault::Buffer(1000), None).await;
    service.publish("c", json!("early")).await;
    says_nothing(&mut reader).await;
    assert_eq!(get(&gate, "/health/live").await, 200);
    service.publish("c", json!("x".repeat(1000))).await;
    assert!(
        until(&mut reader, "xxx").await.unwrap().contains("early"),
        "they come as one lump"
    );
    service.publish("c", json!("held")).await;
    says_nothing(&mut reader).await;
    gate.mend().await;
    until(&mut reader, "held").await.unwrap();
}

#[actix_web::test]
async fn silence_is_closed_and_speech_is_not() {
    let Scene {
        service,
        gate,
        mut reader,
    } = scene().await;
    let mut client = Client::connect(gate.address()).await;
    gate.begin(Fault::IdleTimeout(2 * A_WHILE), None).await;
    for number in 0..4 {
        client.send("GET", "/health/live", &[], "").await;
        assert_eq!(client.response().await.status, 200, "request {number}");
        tokio::time::sleep(A_WHILE).await;
    }
    assert_eq!(
        ends(&mut reader).await.unwrap(),
        0,
        "the silent one has ended"
    );
    eventually("the service to notice", async || service.subscribers() == 0).await;
}

#[actix_web::test]
async fn without_upgrade_there_is_no_websocket() {
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
    gate.begin(Fault::BlockUpgrade, LASTS).await;
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
async fn a_slow_or_narrow_link_is_given_back_as_it_is_set_by_then() {
    let Scene { gate, .. } = scene().await;
    let link = async || gate.ask(|lanes| lanes.all[0].link(Way::Down)).await;
    let slow = Fault::Latency {
        delay: Duration::from_millis(400),
        jitter: Duration::ZERO,
    };
    let narrow = Fault::Bandwidth(16_000.try_into().unwrap());
    gate.ask(move |lanes| [slow, narrow].map(|fault| lanes.all[0].begin(fault, LASTS)))
        .await;
    let broken = link().await;
    assert_eq!(
        (broken.delay.as_millis(), broken.bandwidth.map(Into::into)),
        (400, Some(16_000_u64))
    );
    // Somebody sets it meanwhile, and somebody else breaks it once more.
    let set = Link::delayed(Duration::from_millis(7));
    gate.ask(move |lanes| lanes.all[0].set_link(Way::Down, set))
        .await;
    gate.ask(move |lanes| lanes.all[0].begin(slow, LASTS)).await;
    assert_eq!(
        (
            link().await.delay.as_millis(),
            gate.ask(|lanes| lanes.all[0].set(Way::Down)).await
        ),
        (400, set)
    );
    eventually("the link that was set", async || link().await == set).await;
}
