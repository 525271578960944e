//! Nothing moves by itself while the lanes begin, are lost and come back: what comes later has its place from the start.

use crate::{browser::Browser, engine::Engine, process::Lab};
use serde_json::Value;

/// The sum of all shifts that no input of the visitor explains, and what moved most.
const WATCH: &str = "
    window.shifts = { sum: 0, most: 0, what: '' };
    const name = ({ node, previousRect, currentRect }) =>
        `${node?.nodeName} ${node?.className} in ${node?.parentElement?.className}, y ${previousRect.y} to ${currentRect.y}`;
    new PerformanceObserver((list) => {
        for (const { value, hadRecentInput, sources } of list.getEntries()) {
            if (hadRecentInput) continue;
            window.shifts.sum += value;
            if (value > window.shifts.most) Object.assign(window.shifts, { most: value, what: sources.map(name).join('; ') });
        }
    }).observe({ type: 'layout-shift', buffered: true });";

/// Keeps every state of a lane: who only looks now and then may miss a short one.
const KEEP_STATES: &str = "
    const state = document.querySelector('[data-lane=sse] [data-field=state]');
    window.states = [];
    new MutationObserver(() => window.states.push(state.textContent)).observe(state, { childList: true, characterData: true, subtree: true });";

/// A tenth of what is called good.
const MOST: f64 = 0.01;

async fn expect_stillness(browser: &Browser, when: &str) {
    let shifts = browser.run("return window.shifts").await;
    assert!(shifts["sum"].as_f64().unwrap() < MOST, "{when}: {shifts:#}");
}

fn was_gone_and_is_back(states: &Value) -> bool {
    let mut states = states.as_array().into_iter().flatten();
    states.any(|state| state == "retrying") && states.any(|state| state == "open")
}

async fn nothing_moves(width: u64, height: u64) {
    let lab = Lab::up(&[]);
    let browser = Browser::start(Engine::Chromium).await;
    browser.resize(width, height).await;
    browser
        .go(&format!("{}/#rate=20", lab.address("page")))
        .await;
    browser.run(WATCH).await;
    browser
        .until("ten seconds", "return performance.now()", |now| {
            now.as_f64() > Some(10_000.0)
        })
        .await;
    expect_stillness(&browser, "in the first ten seconds").await;

    browser.run(KEEP_STATES).await;
    browser
        .click("tr[data-breakage=down] [data-action=break-now]")
        .await;
    browser
        .run("document.querySelector('#lanes').scrollIntoView()")
        .await;
    browser
        .until(
            "a lane that is gone, and its return",
            "return window.states",
            was_gone_and_is_back,
        )
        .await;
    expect_stillness(&browser, "while the services were down").await;
}

#[actix_web::test]
async fn nothing_moves_by_itself_in_any_width() {
    for (width, height) in [(1400, 1000), (700, 1000), (400, 800)] {
        nothing_moves(width, height).await;
    }
}
