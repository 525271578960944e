//! The guided minute, the strip of lanes, the span of the timelines and the presenter's mode.

use crate::{
    engine::{Engine, in_both_engines},
    page::{Page, all},
    process::Lab,
};
use fantoccini::key::Key;
use serde_json::{Value, json};

in_both_engines!(
    the_steps_change_the_lanes_and_tell_what_happened,
    naive_clients_appear_beside_the_robust_ones_and_stop,
    the_strip_is_shown_while_the_lanes_are_scrolled_away,
    the_gate_tells_how_long_a_poll_was_held,
    the_span_is_changed_by_buttons_and_keys,
    the_presenters_mode_shows_the_lanes_alone
);

const SENTENCE: &str = "return document.querySelector('[data-field=guide]').textContent";
const CURRENT: &str = "return document.querySelector('[data-step][aria-current]').dataset.step";
const RATE: &str = "return Number(document.querySelector('[name=rate]').value)";

fn contains(text: &Value, part: &str) -> bool {
    text.as_str().unwrap().contains(part)
}

async fn the_steps_change_the_lanes_and_tell_what_happened(engine: Engine) {
    let lab = Lab::up(&["--delay", "25ms"]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    assert_eq!(browser.run(CURRENT).await, "watch");
    browser.click("[data-step=watch]").await;
    browser
        .until("figures below the knee", SENTENCE, |text| {
            contains(text, "At 2 messages per second") && contains(text, "ms (WebSocket)")
        })
        .await;
    browser.click("[data-step=knee]").await;
    browser
        .until("a higher rate", RATE, |rate| *rate == 80)
        .await;
    browser
        .until("figures above the knee", SENTENCE, |text| {
            contains(text, "This link fits 20 round trips")
                && contains(text, "At 2 per second it was")
        })
        .await;
    let before = page.lanes().await["sse"].reconnects;
    browser.click("[data-step=cut]").await;
    page.until("lanes that are back", |lanes| {
        lanes["sse"].reconnects > before && all(lanes, crate::page::Lane::is_open)
    })
    .await;
    browser
        .until("what the cut did", SENTENCE, |text| {
            contains(text, "Every connection was reset.")
                && contains(text, "SSE was back after")
                && contains(text, "No message is missing")
        })
        .await;
    browser.click("[data-fault=latency]").await;
    let active =
        "return document.querySelector('[data-fault=latency]').hasAttribute('data-active')";
    browser
        .until("an active fault", active, |active| *active == true)
        .await;
}

async fn naive_clients_appear_beside_the_robust_ones_and_stop(engine: Engine) {
    let lab = Lab::up(&["--delay", "5ms"]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    let companions = "return [...document.querySelectorAll('.companion')].filter((node) => node.checkVisibility()).length";
    assert_eq!(browser.run(companions).await, 0);
    browser.click("[data-step=naive]").await;
    browser
        .until("three naive clients", companions, |count| *count == 3)
        .await;
    browser
        .until("a stopped WebSocket", SENTENCE, |text| {
            contains(text, "WebSocket stopped for good and missed")
                && contains(text, "No message is missing: each resumed")
        })
        .await;
    let state =
        "return document.querySelector('[data-lane=ws] [data-field=companion-state]').textContent";
    browser
        .until("its state", state, |state| {
            contains(state, "stopped, ") && contains(state, " missed")
        })
        .await;
    for lane in page.lanes().await.values() {
        assert_eq!((lane.missing, &*lane.in_order), (0, "true"), "{lane:#?}");
    }
    browser.click("[data-step=watch]").await;
    browser
        .until("none of them", companions, |count| *count == 0)
        .await;
}

async fn the_strip_is_shown_while_the_lanes_are_scrolled_away(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    let shown = "
        const strip = document.querySelector('.strip');
        return strip.checkVisibility() && strip.getBoundingClientRect().height";
    assert_eq!(browser.run(shown).await, false);
    browser
        .run("document.querySelector('#break').scrollIntoView()")
        .await;
    browser
        .until("the strip", shown, |height| *height == json!(72))
        .await;
    let drawn = "
        const canvas = document.querySelector('.strip [data-lane-name=ws] canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.some((value) => value > 0)";
    browser
        .until("its lanes", drawn, |drawn| *drawn == true)
        .await;
    browser.click(".strip").await;
    browser
        .until("the lanes again", shown, |shown| *shown == false)
        .await;
}

async fn the_gate_tells_how_long_a_poll_was_held(engine: Engine) {
    let lab = Lab::up(&["--delay", "40ms"]);
    let page = Page::open(engine, &lab.address("page")).await;
    page.send("one").await;
    page.until_counts(1).await;
    // The colours of the three shades, in the only lane with short requests.
    let shades = "
        const canvas = document.querySelector('[data-lane=longpoll] .picture canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        const alphas = new Map();
        for (let at = 3; at < data.length; at += 4) alphas.set(data[at], (alphas.get(data[at]) ?? 0) + 1);
        return [...alphas].filter(([alpha, count]) => alpha > 0 && count > 20).map(([alpha]) => alpha);";
    let near = |shades: &Value, share: f64| {
        let all = shades.as_array().unwrap().iter();
        all.filter_map(Value::as_f64)
            .any(|alpha| (alpha - 255.0 * share).abs() < 3.0)
    };
    page.browser
        .until("three shades", shades, |shades| {
            [0.12, 0.30, 0.58].iter().all(|share| near(shades, *share))
        })
        .await;
}

async fn the_span_is_changed_by_buttons_and_keys(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    let oldest = "return document.querySelector('[data-field=axis] span').textContent";
    assert_eq!(browser.run(oldest).await, "10 s ago");
    browser.click("[data-span='60']").await;
    browser
        .until("a minute", oldest, |text| text == "60 s ago")
        .await;
    browser
        .run("document.querySelector('[data-lane=sse] .picture').focus()")
        .await;
    browser.press(Key::Up).await;
    browser.press(Key::Up).await;
    browser
        .until("two seconds", oldest, |text| text == "2 s ago")
        .await;
    browser.press('z').await;
    browser
        .until("the longest", oldest, |text| text == "60 s ago")
        .await;
    let pressed = "return document.querySelector('[data-span][aria-pressed=true]').dataset.span";
    assert_eq!(browser.run(pressed).await, "60");
    let wheel = "
        const turn = (ctrlKey) => document.querySelector('.tracks').dispatchEvent(
            new WheelEvent('wheel', { deltaY: -120, ctrlKey, cancelable: true, bubbles: true }));
        return [turn(false), turn(true)];";
    // The plain wheel scrolls the page.
    assert_eq!(browser.run(wheel).await, json!([true, false]));
    browser
        .until("ten seconds", oldest, |text| text == "10 s ago")
        .await;
}

async fn the_presenters_mode_shows_the_lanes_alone(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    let seen = "
        const nodes = ['nav', '.keys', '[data-lane=ws] .picture', '#claims', '.numbers'];
        return nodes.map((node) => document.querySelector(node).checkVisibility());";
    let all_of_it = json!([true, false, true, true, true]);
    let lanes_alone = json!([false, true, true, false, false]);
    assert_eq!(browser.run(seen).await, all_of_it);
    browser.press('p').await;
    browser
        .until("the lanes", seen, |seen| *seen == lanes_alone)
        .await;
    browser.press('2').await;
    browser
        .until("the second step", CURRENT, |step| step == "knee")
        .await;
    assert!(contains(
        &browser.run("return location.hash").await,
        "present=1"
    ));
    browser.press(Key::Escape).await;
    browser
        .until("the page", seen, |seen| *seen == all_of_it)
        .await;
    browser.go("about:blank").await;
    browser
        .go(&format!("{}/#present", lab.address("page")))
        .await;
    assert_eq!(browser.run(seen).await, lanes_alone);
}
