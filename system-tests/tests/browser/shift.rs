//! Nothing moves by itself while the page is loaded and while lanes open, fail and reconnect.

use crate::{browser::Browser, engine::Engine, packed::StaticHost, process::Lab};
use actix_files::Files;
use actix_web::{
    HttpResponse,
    web::{self, Bytes, ServiceConfig},
};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use std::{convert::Infallible, fs, time::Duration};
use tokio::time::sleep;

/// The sum of all shifts that no input of the visitor explains, and what moved most.
const WATCH: &str = "
    window.shifts = { sum: 0, most: 0, what: '' };
    const at = ({ x, y, width }) => `x ${x} y ${y} width ${width}`;
    const name = ({ node, previousRect, currentRect }) =>
        `${node?.nodeName} ${node?.className} in ${node?.parentElement?.className}, \
         ${at(previousRect)} to ${at(currentRect)}`;
    new PerformanceObserver((list) => {
        for (const { value, hadRecentInput, sources } of list.getEntries()) {
            if (hadRecentInput) continue;
            window.shifts.sum += value;
            if (value > window.shifts.most) Object.assign(window.shifts, { most: value, what: sources.map(name).join('; ') });
        }
    }).observe({ type: 'layout-shift', buffered: true });";

/// Records every state of a lane, since polling may miss a short one.
const KEEP_STATES: &str = "
    const state = document.querySelector('[data-lane=sse] [data-field=state]');
    window.states = [];
    new MutationObserver(() => window.states.push(state.textContent)).observe(state, { childList: true, characterData: true, subtree: true });";

/// A tenth of what is called good.
const MOST: f64 = 0.01;

/// While it is loaded: the half bar that moved was 0.0076.
const MOST_WHILE_LOADED: f64 = 0.001;

const WINDOWS: [(u64, u64); 3] = [(1400, 1000), (700, 1000), (400, 800)];

async fn expect_stillness(browser: &Browser, when: &str, most: f64) {
    let shifts = browser.run("return window.shifts").await;
    assert!(shifts["sum"].as_f64().unwrap() < most, "{when}: {shifts:#}");
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
    expect_stillness(&browser, "in the first ten seconds", MOST).await;

    browser.run(KEEP_STATES).await;
    // In a narrow window the button is folded away.
    browser
        .run("document.querySelector('tr[data-scenario=down] [data-action=break-now]').click()")
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
    expect_stillness(&browser, "while the services were down", MOST).await;
}

#[actix_web::test]
async fn nothing_moves_by_itself_in_any_width() {
    for (width, height) in WINDOWS {
        nothing_moves(width, height).await;
    }
}

const WEB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../web");

/// A browser has painted by then, unless the page asks it to wait.
const PAUSE: Duration = Duration::from_millis(500);

/// The page's document in two parts; the first ends within the bar.
async fn in_two_parts() -> HttpResponse {
    let document = fs::read_to_string(format!("{WEB}/index.html")).unwrap();
    let (first, second) = document.split_at(document.find("</fieldset>").unwrap());
    let parts = [first, second].map(|part| Bytes::copy_from_slice(part.as_bytes()));
    let body = stream::iter(parts).then(|part| async {
        sleep(PAUSE).await;
        Ok::<_, Infallible>(part)
    });
    HttpResponse::Ok().content_type("text/html").streaming(body)
}

fn slow_host(host: &mut ServiceConfig) {
    host.route(StaticHost::PATH, web::get().to(in_two_parts))
        .service(Files::new(StaticHost::PATH, WEB));
}

#[actix_web::test]
async fn nothing_moves_while_the_document_arrives() {
    let host = StaticHost::with(slow_host);
    let browser = Browser::start(Engine::Chromium).await;
    for (width, height) in WINDOWS {
        browser.resize(width, height).await;
        browser.go(&host.url).await;
        browser.run(WATCH).await;
        expect_stillness(&browser, "while it is loaded", MOST_WHILE_LOADED).await;
    }
    host.stop().await;
}
