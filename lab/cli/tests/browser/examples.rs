//! The small page that each service has at `/`.

use crate::{
    browser::Browser,
    engine::{Engine, in_both_engines},
    process::Lab,
};
use serde_json::json;

in_both_engines!(each_service_shows_its_transport_on_a_page_of_its_own);

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
    let status = "return document.querySelector('[role=status]').textContent";
    browser
        .until("an open stream", status, |status| status == "open")
        .await;
    send(&browser, "three", &["three"]).await;

    browser.go(&lab.address("ws")).await;
    let welcome = "Welcome to the WebSocket server!";
    browser
        .until("a welcome", ITEMS, |items| *items == json!([welcome]))
        .await;
    send(&browser, "four", &["Hello, you sent -> four", welcome]).await;
    assert_eq!(browser.complaints().await, [""; 0]);
}
