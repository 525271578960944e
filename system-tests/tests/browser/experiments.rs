//! Experiments with deliberate failures: the page's results, compared with the services' counts.

use crate::{
    browser::until,
    claims::{get, live, metric},
    engine::{Engine, in_both_engines},
    page::Page,
    process::Lab,
};
use serde_json::Value;

in_both_engines!(a_poll_without_a_cursor_loses_what_the_service_counts);

/// The number before a word.
fn number(text: &str, word: &str) -> f64 {
    let before = text.split(word).next().unwrap().trim_end();
    before
        .rsplit(' ')
        .next()
        .unwrap()
        .replace(',', "")
        .parse()
        .unwrap_or_else(|error| panic!("{error}: {word} in {text}"))
}

async fn a_poll_without_a_cursor_loses_what_the_service_counts(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    page.browser
        .click("#claim-complexity-longpoll [data-action=show]")
        .await;
    page.until("most of its messages", |lanes| {
        lanes["longpoll"].count >= 60
    })
    .await;
    let told = live(&page.browser, "complexity-longpoll", |text| {
        text.contains("Lost: without a cursor")
    })
    .await;
    let published = metric(&lab.address("ws"), "trilane_published_total").await;
    let delivered = metric(&lab.address("longpoll"), "trilane_delivered_total").await;
    assert!(told.contains(&format!("n = {published}")), "{told}");
    // The lane receives all of them; the poll without a cursor receives the rest.
    let lost = 2 * published - delivered;
    let percent = 100.0 * lost as f64 / published as f64;
    assert!(
        lost > 0 && (number(&told, "%, long polling") - percent).abs() <= 0.5,
        "{percent} % of {published}, and not: {told}"
    );
    assert!(told.contains("long polling 0 %"), "{told}");
}

/// A build for tests counts slowly, and a machine that has more to do even more so.
const COUNT_FEWER: &str = "
    const [below] = arguments;
    const { fetch } = window;
    window.fetch = (url, options) => {
        if (!String(url).includes('/tasks?')) return fetch(url, options);
        window.tasks = String(url).match(/channel=([^&]*)/)[1];
        return fetch(url, { ...options, body: JSON.stringify({ primes_below: Number(below) }) });
    };";

const SLOWEST: &str = "
    const rows = [...document.querySelectorAll('[data-field=burnt] tr[data-what]')];
    return Object.fromEntries(rows.map((row) => [row.dataset.what, row.cells[2].textContent]));";

/// Milliseconds that four computations may take one after the other: they begin half a second after the page does, which
/// looks for four seconds.
const MOST: f64 = 2500.0;

/// How long the slowest message took while it was computed on the event loop, as the page shows it, and how long each of
/// four computations there took, in milliseconds.
async fn burn(primes_below: &str) -> (f64, [f64; 4]) {
    let lab = Lab::up(&["--workers", "1"]);
    let page = Page::open(Engine::Chromium, &lab.address("page")).await;
    let browser = &page.browser;
    browser.run_with(COUNT_FEWER, &[primes_below]).await;
    browser.click("#workers [data-action=burn]").await;
    // What is not near the screen is not drawn.
    browser
        .run("document.querySelector('#lanes').scrollIntoView()")
        .await;
    let is_there = |slowest: &Value| {
        slowest["pool"]
            .as_str()
            .is_some_and(|text| text.ends_with(" ms"))
    };
    let slowest = browser
        .until("the slowest messages", SLOWEST, is_there)
        .await;
    let channel = browser.run("return window.tasks").await;
    let path = format!("/messages?channel={}", channel.as_str().unwrap());
    // The page may have looked for long enough before the last of them is done.
    let all_eight = async || {
        let history: Value = serde_json::from_str(&get(&lab.address("sse"), &path).await).unwrap();
        let messages = history["messages"].as_array().unwrap().iter();
        messages
            .filter_map(|message| message["message"]["millis"].as_f64())
            .collect::<Vec<_>>()
    };
    let took = until(
        "four results of the event loop, and four of threads beside it",
        all_eight,
        |took| took.len() == 8,
    );
    let took: [f64; 4] = took.await[..4].try_into().unwrap();
    (number(slowest["inline"].as_str().unwrap(), "ms"), took)
}

#[actix_web::test]
async fn a_computation_on_the_event_loop_delays_its_subscribers() {
    for primes_below in ["20000000", "5000000", "1000000"] {
        let (inline, took) = burn(primes_below).await;
        if took.iter().sum::<f64>() > MOST {
            continue;
        }
        let longest = took.into_iter().fold(0.0, f64::max);
        // Twenty messages come in a second, if the page comes to it: one of them came in the first half.
        assert!(
            inline > longest / 2.0,
            "{inline} ms, but a reader waited {longest} ms"
        );
        return;
    }
    panic!("this machine counts too slowly");
}
