//! The pages of the original examples know no channels, cursors, heartbeats or errors. They work unchanged.

use crate::{
    browser::Browser,
    engine::{Engine, in_both_engines},
};
use conformance::{Server, eventually};
use longpoll_svc::LongPoll;
use serde_json::json;
use sse_svc::Sse;
use ws_svc::Ws;

in_both_engines!(
    long_polling_receives_messages_posted_between_polls,
    sse_shows_the_greeting_and_posted_messages,
    websocket_shows_the_welcome_and_the_reply
);

/// What such a page shows, oldest first.
const LINES: &str = "return [...document.querySelectorAll('p')].map((line) => line.textContent)";

const SHOW: &str = "
    function show(text) {
        const line = document.createElement('p');
        line.textContent = text;
        document.body.append(line);
    }";

/// Every answer is a message, and the reason to ask again.
const LONG_POLLING: &str = "
    function ask() {
        fetch('/poll').then((answer) => answer.json()).then((answer) => {
            show(answer.message);
            ask();
        });
    }
    ask();";

const SSE: &str = "
    const events = new EventSource('/events');
    events.onmessage = (event) => show(JSON.parse(event.data).message);";

const WEBSOCKET: &str = "
    const socket = new WebSocket('ws://localhost:PORT');
    socket.onmessage = (event) => show(event.data);
    socket.onopen = () => socket.send('Hello Server!');";

fn html(script: &str) -> String {
    format!("<!doctype html><body><script>{SHOW}{script}</script>")
}

/// A place on a service's own origin.
fn place(server: &Server) -> String {
    format!("http://localhost:{}/health/live", server.address().port())
}

/// Puts a page in the place of the one that is shown.
async fn write(browser: &Browser, script: &str) {
    let write = "document.open(); document.write(arguments[0]); document.close();";
    browser.run_with(write, &[&html(script)]).await;
}

async fn expect_lines(browser: &Browser, lines: &[&str]) {
    browser
        .until(&format!("{lines:?}"), LINES, |seen| *seen == json!(lines))
        .await;
}

/// Not in Firefox: it delays a second request for the same address until the first has its response,
/// so its second tab does not poll.
#[actix_web::test]
async fn long_polling_shows_each_message_in_every_waiting_tab() {
    let server = Server::start::<LongPoll>(&["--heartbeat", "1"]);
    let browser = Browser::at(Engine::Chromium, &place(&server)).await;
    write(&browser, LONG_POLLING).await;
    eventually("one that waits", async || server.subscribers() == 1).await;
    browser.open_tab(&place(&server)).await;
    write(&browser, LONG_POLLING).await;
    eventually("two that wait", async || server.subscribers() == 2).await;

    // One more that waits, and sees what keeps connections alive while nothing happens.
    let mut patient = server.connect().await;
    patient.send("GET", "/poll", &[], "").await;
    assert_eq!(patient.head().await.status, 200);
    for _ in 0..3 {
        assert_eq!(patient.chunk().await.unwrap().trim(), "");
    }
    for (count, message) in ["hi", "you"].into_iter().enumerate() {
        server.publish("main", json!(message)).await;
        for tab in 0..2 {
            browser.turn_to_tab(tab).await;
            expect_lines(&browser, &["hi", "you"][..=count]).await;
        }
        eventually("both to wait again", async || server.subscribers() == 2).await;
    }
    assert_eq!(browser.complaints().await, [""; 0]);
}

async fn long_polling_receives_messages_posted_between_polls(engine: Engine) {
    let server = Server::start::<LongPoll>(&[]);
    for message in ["first", "second"] {
        server.publish("main", json!(message)).await;
    }
    let browser = Browser::at(engine, &place(&server)).await;
    write(&browser, LONG_POLLING).await;
    expect_lines(&browser, &["first", "second"]).await;
    browser.go(&place(&server)).await;
    eventually("nobody to ask", async || server.subscribers() == 0).await;
    server.publish("main", json!("third")).await;
    write(&browser, LONG_POLLING).await;
    expect_lines(&browser, &["third"]).await;
}

async fn sse_shows_the_greeting_and_posted_messages(engine: Engine) {
    let server = Server::start::<Sse>(&["--heartbeat", "1"]);
    let browser = Browser::at(engine, &place(&server)).await;
    write(&browser, SSE).await;
    let greeting = "Hello from server!";
    let greeted =
        |times: usize| move |lines: &serde_json::Value| *lines == json!(vec![greeting; times]);
    browser.until("a greeting", LINES, greeted(1)).await;
    browser
        .until("another, heartbeats later", LINES, greeted(2))
        .await;
    server.publish("main", json!("hi")).await;
    let lines = browser
        .until("a message", LINES, |lines| {
            lines.as_array().unwrap().contains(&json!("hi"))
        })
        .await;
    assert!(
        lines
            .as_array()
            .unwrap()
            .iter()
            .all(|line| line == greeting || line == "hi"),
        "{lines}"
    );
    assert_eq!(browser.complaints().await, [""; 0]);
}

async fn websocket_shows_the_welcome_and_the_reply(engine: Engine) {
    let server = Server::start::<Ws>(&[]);
    let script = WEBSOCKET.replace("PORT", &server.address().port().to_string());
    let browser = Browser::start(engine).await;
    browser.go(&browser.file("page.html", &html(&script))).await;
    assert_eq!(
        browser.run("return origin").await,
        "null",
        "files have no origin"
    );
    expect_lines(
        &browser,
        &[
            "Welcome to the WebSocket server!",
            "Hello, you sent -> Hello Server!",
        ],
    )
    .await;
    assert_eq!(browser.complaints().await, [""; 0]);
}
