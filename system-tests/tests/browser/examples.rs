//! The small page that each service has at `/`, and the example of a page with our client.

use crate::{
    browser::Browser,
    engine::{Engine, in_both_engines},
    packed::StaticHost,
    process::Lab,
};
use actix_files::Files;
use actix_web::web;
use serde_json::json;

in_both_engines!(
    each_service_shows_its_transport_on_a_page_of_its_own,
    a_page_of_another_origin_says_why_and_then_connects,
);

const EXAMPLE: &str = include_str!("../../../web/npm/examples/page.html");
const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/js");

const STATUS: &str = "return document.querySelector('[role=status]').textContent";

const ITEMS: &str = "return [...document.querySelectorAll('li')].map((item) => item.textContent)";

/// Sends with the page's form until the newest items are these.
async fn send(browser: &Browser, text: &str, items: &[&str]) {
    browser.fill("[name=message]", text).await;
    browser.click("button").await;
    browser
        .until(&format!("{items:?}"), ITEMS, |seen| *seen == json!(items))
        .await;
}

async fn each_service_shows_its_transport_on_a_page_of_its_own(engine: Engine) {
    // A greeting would come at any moment.
    let lab = Lab::up(&["--greeting", "0"]);
    let browser = Browser::at(engine, &lab.address("longpoll")).await;
    send(&browser, "one", &["one"]).await;
    send(&browser, "two", &["two", "one"]).await;

    browser.go(&lab.address("sse")).await;
    browser
        .until("an open stream", STATUS, |status| status == "open")
        .await;
    send(&browser, "three", &["three"]).await;

    browser.go(&lab.address("ws")).await;
    let welcome = "Welcome to the WebSocket server!";
    browser
        .until("a welcome", ITEMS, |items| *items == json!([welcome]))
        .await;
    send(&browser, "four", &["Hello, you sent -> four", welcome]).await;
    // Firefox reports a stream that ends because the browser leaves its page.
    let mut complaints = browser.complaints().await;
    complaints.retain(|message| !message.contains("/events was interrupted while the page"));
    assert_eq!(complaints, [""; 0]);
}

async fn a_page_of_another_origin_says_why_and_then_connects(engine: Engine) {
    let refusing = Lab::up(&[]);
    let host = host_of_example(&refusing);
    let browser = Browser::at(engine, &host.url).await;
    let origin = host.url.trim_end_matches(StaticHost::PATH);
    let reason = format!(" does not allow pages from {origin}: start it with --origins {origin}");
    browser
        .until(&reason, STATUS, |status| {
            let status = status.as_str().unwrap_or_default();
            status.starts_with("retrying: ") && status.contains(&reason)
        })
        .await;
    host.stop().await;

    let lab = Lab::up(&["--origins", "*"]);
    let host = host_of_example(&lab);
    browser.go(&host.url).await;
    browser
        .until("a connection", STATUS, |status| status == "open")
        .await;
    browser.click("button").await;
    browser
        .until("a message", ITEMS, |items| *items == json!(["\"hello\""]))
        .await;
}

/// Serves the example, for the services of this lab, from another origin.
fn host_of_example(lab: &Lab) -> StaticHost {
    let page = [("ws", 8080), ("sse", 3001), ("longpoll", 3000)]
        .iter()
        .fold(EXAMPLE.to_owned(), |page, (service, port)| {
            page.replace(&format!("http://localhost:{port}"), &lab.address(service))
        });
    StaticHost::with(move |host| {
        let page = page.clone();
        host.route(
            StaticHost::PATH,
            web::get().to(move || {
                let page = page.clone();
                async move { web::Html::new(page) }
            }),
        )
        .service(Files::new(StaticHost::PATH, MODULES));
    })
}
