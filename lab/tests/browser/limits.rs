//! What a browser does not do: open more connections than it allows itself, and hurry while nobody looks.

use crate::{
    browser::until,
    claims::metric,
    engine::{Engine, in_both_engines},
    page::Page,
    process::Lab,
};
use serde_json::Value;

in_both_engines!(
    streams_beyond_the_limit_wait_until_one_is_closed,
    a_second_tab_is_told_and_the_first_knows_that_it_was_left
);

async fn streams_beyond_the_limit_wait_until_one_is_closed(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    let states = "return [...document.querySelectorAll('.slots li')].map((slot) => slot.dataset.state)";
    let count = |states: &Value, state: &str| states.as_array().unwrap().iter().filter(|seen| *seen == state).count();
    browser.click("#limits [data-action=open]").await;
    let six_are_open = |seen: &Value| (count(seen, "open"), count(seen, "waiting")) == (6, 2);
    browser.until("six streams, one that waits, and a request that waits", states, six_are_open).await;
    let service = lab.address("sse");
    let readers = async || metric(&service, "trilane_readers").await;
    // The page's own lane is a reader too.
    until("as many at the service", readers, |readers| *readers == 6 + 1).await;
    browser.click("#limits [data-action=close]").await;
    browser.until("one that is closed", states, |seen| seen[0] == "closed" && count(seen, "open") == 6).await;
    until("as many at the service", readers, |readers| *readers == 6 + 1).await;
}

async fn a_second_tab_is_told_and_the_first_knows_that_it_was_left(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    browser.open_tab(&lab.address("page")).await;
    let tabs = "return document.querySelector('[data-field=tabs]').textContent";
    let both = |text: &Value| text.as_str().unwrap().contains("open in 2 tabs");
    browser.until("a warning in the second", tabs, both).await;
    browser.turn_to_tab(0).await;
    browser.until("a warning in the first", tabs, both).await;
    let away = "return document.querySelector('[data-field=away-caption]').textContent";
    browser.until("the time away", away, |text| text.as_str().unwrap().starts_with("You were away for ")).await;
}
