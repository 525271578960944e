//! How actix's dispatcher flushes headers and ends a connection, which detaching relies on.

use super::{DetachableStream, Detached, detach};
use crate::{
    body_framing::BodyFraming, connection_limit::ConnectionPermit, read_ahead::MAX_READ_AHEAD,
};
use actix_http::HttpService;
use actix_service::{Service, ServiceFactory, map_config};
use actix_web::{App, HttpRequest, HttpResponse, dev::AppConfig, web};
use futures_util::FutureExt;
use std::{cell::RefCell, future::poll_fn, rc::Rc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadBuf},
    net::{TcpListener, TcpStream},
};

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/// Connects a client; returns its socket and the server's stream.
async fn pair() -> (TcpStream, DetachableStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (io, _) = listener.accept().await.unwrap();
    (
        client,
        DetachableStream::accepted(io, ConnectionPermit::for_test()),
    )
}

/// Serves a connection until actix is done with it. Requests to `/` detach its socket, which is
/// returned.
async fn serve(stream: DetachableStream) -> Option<Detached> {
    let detached = Rc::new(RefCell::new(None));
    let result = detached.clone();
    let handler = move |request: HttpRequest| {
        let result = result.clone();
        async move {
            detach(&request, HttpResponse::Ok(), move |detached| {
                *result.borrow_mut() = Some(detached);
            })
        }
    };
    let app = App::new().route("/", web::get().to(handler));
    let factory = HttpService::build()
        .h1_allow_half_closed(false)
        .on_connect_ext(|stream: &DetachableStream, extensions| {
            extensions.insert(stream.handle());
        })
        .h1(map_config(app, |()| AppConfig::default()));
    let service = factory.new_service(()).await.unwrap();
    let served = tokio::time::timeout(Duration::from_secs(10), service.call((stream, None)));
    let _ = served
        .await
        .expect("the dispatcher ends although the peer is still connected");
    detached.take()
}

#[actix_web::test]
async fn a_detached_socket_is_neither_written_nor_closed_by_actix() {
    let (mut client, stream) = pair().await;
    client
        .write_all(format!("{GET}early").as_bytes())
        .await
        .unwrap();
    let mut detached = serve(stream).await.expect("a detached socket");
    let headers = &detached.headers;
    assert!(
        headers.starts_with(b"HTTP/1.1 200 OK\r\n") && headers.ends_with(b"\r\n\r\n"),
        "{headers:?}"
    );
    assert_eq!(detached.read_ahead, "early");
    detached.io.write_all(b"only this").await.unwrap();
    drop(detached);
    let mut received = String::new();
    client.read_to_string(&mut received).await.unwrap();
    assert_eq!(received, "only this");
}

#[actix_web::test]
async fn earlier_responses_are_not_part_of_the_headers() {
    let (mut client, stream) = pair().await;
    client
        .write_all(format!("GET /no HTTP/1.1\r\nHost: x\r\n\r\n{GET}").as_bytes())
        .await
        .unwrap();
    let Detached {
        mut io,
        unwritten,
        headers,
        ..
    } = serve(stream).await.expect("a detached socket");
    assert!(headers.starts_with(b"HTTP/1.1 200 OK\r\n"), "{headers:?}");
    io.write_all(&[&unwritten[..], &headers[..]].concat())
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
async fn the_dispatcher_ends_however_much_was_read_ahead() {
    for length in [0, MAX_READ_AHEAD, MAX_READ_AHEAD + 1, 60_000, 200_000] {
        let (mut client, stream) = pair().await;
        let sent = format!("{GET}{}", "x".repeat(length));
        let client = tokio::spawn(async move {
            // Fails if the connection ends meanwhile.
            let _ = client.write_all(sent.as_bytes()).await;
            client
        });
        let detached = serve(stream).await;
        assert_eq!(detached.is_some(), length <= MAX_READ_AHEAD, "{length}");
        drop(detached);
        drop(client.await);
    }
}

#[actix_web::test]
async fn requests_after_a_detached_one_are_not_begun() {
    let (mut client, stream) = pair().await;
    client.write_all(GET.repeat(100).as_bytes()).await.unwrap();
    assert!(serve(stream).await.is_some());
}

#[actix_web::test]
async fn nothing_is_read_while_a_request_is_answered() {
    let (mut client, mut stream) = pair().await;
    client.write_all(GET.as_bytes()).await.unwrap();
    let mut read = [0; 100];
    assert_eq!(stream.read(&mut read).await.unwrap(), GET.len());
    let handle = stream.handle();
    handle
        .state()
        .begin_request(false, BodyFraming::ContentLength);
    client.write_all(GET.as_bytes()).await.unwrap();
    let arrived = poll_fn(|context| {
        let state = handle.0.borrow();
        let (io, _) = state.socket.as_ref().unwrap();
        io.poll_peek(context, &mut ReadBuf::new(&mut [0]))
    });
    assert_eq!(arrived.await.unwrap(), 1);
    assert!(stream.read(&mut read).now_or_never().is_none());
    handle.state().finish_request();
    assert_eq!(stream.read(&mut read).await.unwrap(), GET.len());
}
