//! Experiments in which something goes wrong on purpose: what the page says of it, beside what the services counted.

use crate::{
    claims::{get, live, metric},
    engine::{Engine, in_both_engines},
    page::Page,
    process::Lab,
};
use serde_json::Value;

in_both_engines!(without_a_cursor_as_much_is_lost_as_the_service_did_not_deliver);

/// The number before a word.
fn number(text: &str, word: &str) -> f64 {
    let before = text.split(word).next().unwrap().trim_end();
    before.rsplit(' ').next().unwrap().parse().unwrap_or_else(|error| panic!("{error}: {word} in {text}"))
}

async fn without_a_cursor_as_much_is_lost_as_the_service_did_not_deliver(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    page.browser.click("#claim-complexity-longpoll [data-action=show]").await;
    page.until("most of its messages", |lanes| lanes["longpoll"].count >= 60).await;
    let told = live(&page.browser, "complexity-longpoll", |text| text.contains("lost without a cursor")).await;
    let published = metric(&lab.address("ws"), "trilane_published_total").await;
    let delivered = metric(&lab.address("longpoll"), "trilane_delivered_total").await;
    assert!(told.contains(&format!("n = {published}")), "{told}");
    // To the lane, which has them all, and to the poll that forgets.
    let lost = 2 * published - delivered;
    let percent = 100.0 * lost as f64 / published as f64;
    assert!(lost > 0 && (number(&told, "%,") - percent).abs() <= 0.5, "{percent} % of {published}, and not: {told}");
    assert!(told.contains("with one 0 %"), "{told}");
}

/// A build for tests counts slowly.
const COUNT_FEWER: &str = "
    const { fetch } = window;
    window.fetch = (url, options) => {
        if (!String(url).includes('/tasks?')) return fetch(url, options);
        window.tasks = String(url).match(/channel=([^&]*)/)[1];
        return fetch(url, { ...options, body: JSON.stringify({ primes_below: 20_000_000 }) });
    };";

const SLOWEST: &str = "
    const rows = [...document.querySelectorAll('[data-field=burnt] tr[data-what]')];
    return Object.fromEntries(rows.map((row) => [row.dataset.what, row.cells[2].textContent]));";

#[actix_web::test]
async fn what_is_computed_on_the_event_loop_holds_back_its_readers_as_long_as_it_takes() {
    let lab = Lab::up(&["--workers", "1"]);
    let page = Page::open(Engine::Chromium, &lab.address("page")).await;
    let browser = &page.browser;
    browser.run(COUNT_FEWER).await;
    browser.click("#workers [data-action=burn]").await;
    // What is not near the screen is not drawn.
    browser.run("document.querySelector('#lanes').scrollIntoView()").await;
    for count in [60, 140] {
        page.until("messages while it computes", |lanes| lanes["ws"].count >= count).await;
    }
    let is_there = |slowest: &Value| slowest["pool"].as_str().is_some_and(|text| text.ends_with(" ms"));
    let slowest = browser.until("the slowest messages", SLOWEST, is_there).await;
    let channel = browser.run("return window.tasks").await;
    let history = get(&lab.address("sse"), &format!("/messages?channel={}", channel.as_str().unwrap())).await;
    let history: Value = serde_json::from_str(&history).unwrap();
    let messages = history["messages"].as_array().unwrap().iter();
    let took: Vec<_> = messages.filter_map(|message| message["message"]["millis"].as_f64()).collect();
    assert_eq!(took.len(), 8, "four on the event loop, and then four beside it: {history}");
    let longest = took[..4].iter().copied().fold(0.0, f64::max);
    // Twenty messages come in a second: one of them came when it had just begun.
    let inline = number(slowest["inline"].as_str().unwrap(), "ms");
    assert!(inline > longest - 100.0, "{inline} ms, but a reader waited {longest} ms");
}
