//! How actix' dispatcher flushes a head and ends a connection, which all of this leans on.

use super::{super::read_ahead::MOST_READ_AHEAD, *};
use actix_http::HttpService;
use actix_service::{Service, ServiceFactory, map_config};
use actix_web::{App, dev::AppConfig, web};
use futures_util::FutureExt;
use std::future::poll_fn;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A client's socket and the server's.
async fn pair() -> (TcpStream, DetachableStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (io, _) = listener.accept().await.unwrap();
    (client, DetachableStream::new(io, ConnectionPermit::alone()))
}

/// Serves one connection whose requests to `/` hand it over, until actix is done with it.
async fn serve(connection: DetachableStream) -> Option<Detached> {
    let taken = Rc::new(RefCell::new(None));
    let slot = taken.clone();
    let handler = move |request: HttpRequest| {
        let slot = slot.clone();
        async move {
            detach(&request, HttpResponse::Ok(), move |taken| {
                *slot.borrow_mut() = Some(taken)
            })
        }
    };
    let app = App::new().route("/", web::get().to(handler));
    let factory = HttpService::build()
        .h1_allow_half_closed(false)
        .on_connect_ext(|io: &DetachableStream, extensions| {
            extensions.insert(io.slot());
        })
        .h1(map_config(app, |_| AppConfig::default()));
    let service = factory.new_service(()).await.unwrap();
    let served = tokio::time::timeout(
        std::time::Duration::from_secs(10),
        service.call((connection, None)),
    );
    let _ = served
        .await
        .expect("the dispatcher ends although the peer is still there");
    taken.take()
}

#[actix_web::test]
async fn actix_is_done_and_the_socket_lives_on() {
    let (mut client, connection) = pair().await;
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nearly")
        .await
        .unwrap();
    let Detached {
        mut io,
        head,
        early,
        ..
    } = serve(connection).await.expect("it was handed over");
    assert!(
        head.starts_with(b"HTTP/1.1 200 OK\r\n") && head.ends_with(b"\r\n\r\n"),
        "{head:?}"
    );
    assert_eq!(early, "early");
    io.write_all(b"only this").await.unwrap();
    drop(io);
    let mut received = String::new();
    client.read_to_string(&mut received).await.unwrap();
    assert_eq!(received, "only this", "actix neither wrote nor closed");
}

#[actix_web::test]
async fn answers_before_it_are_no_part_of_its_head() {
    let (mut client, connection) = pair().await;
    client
        .write_all(b"GET /no HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let Detached {
        mut io,
        before,
        head,
        ..
    } = serve(connection).await.expect("it was handed over");
    assert!(head.starts_with(b"HTTP/1.1 200 OK\r\n"), "{head:?}");
    io.write_all(&[&before[..], &head[..]].concat())
        .await
        .unwrap();
    drop(io);
    let mut received = String::new();
    client.read_to_string(&mut received).await.unwrap();
    assert!(
        received.starts_with("HTTP/1.1 404 Not Found\r\n"),
        "{received}"
    );
    assert_eq!(
        received.matches("HTTP/1.1 200 OK\r\n").count(),
        1,
        "{received}"
    );
}

#[actix_web::test]
async fn the_dispatcher_ends_however_much_was_said() {
    for length in [0, MOST_READ_AHEAD, MOST_READ_AHEAD + 1, 60_000, 200_000] {
        let (mut client, connection) = pair().await;
        let request = format!("GET / HTTP/1.1\r\nHost: x\r\n\r\n{}", "x".repeat(length));
        let said = tokio::spawn(async move {
            // It may be cut off meanwhile.
            let _ = client.write_all(request.as_bytes()).await;
            client
        });
        let taken = serve(connection).await;
        assert_eq!(taken.is_some(), length <= MOST_READ_AHEAD, "{length}");
        drop(taken);
        drop(said.await);
    }
}

#[actix_web::test]
async fn requests_behind_it_are_not_begun() {
    let (mut client, connection) = pair().await;
    let requests = "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100);
    client.write_all(requests.as_bytes()).await.unwrap();
    assert!(serve(connection).await.is_some());
}

#[actix_web::test]
async fn nothing_is_read_behind_a_request_that_is_answered() {
    let (mut client, mut connection) = pair().await;
    let request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    client.write_all(request).await.unwrap();
    let mut read = [0; 100];
    assert_eq!(connection.read(&mut read).await.unwrap(), request.len());
    let slot = connection.slot();
    slot.begin(false, Follows::Length);
    client.write_all(request).await.unwrap();
    let arrived = poll_fn(|context| {
        let inner = slot.0.borrow();
        inner
            .socket
            .as_ref()
            .unwrap()
            .0
            .poll_peek(context, &mut ReadBuf::new(&mut [0]))
    });
    assert_eq!(arrived.await.unwrap(), 1);
    assert!(connection.read(&mut read).now_or_never().is_none());
    slot.finish();
    assert_eq!(connection.read(&mut read).await.unwrap(), request.len());
}
