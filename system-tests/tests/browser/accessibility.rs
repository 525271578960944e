//! axe-core finds nothing wrong with the page, whatever it shows. In Chromium: it looks at roles, names and colours, which
//! are the same in every browser.

use crate::{
    browser::Browser,
    engine::Engine,
    packed::{Packed, StaticHost},
    page::Page,
    process::Lab,
};
use serde_json::json;
use std::fs;

const AXE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../web/node_modules/axe-core/axe.min.js"
);
const INSTALL: &str = "this test needs axe-core: npm ci --prefix web";

/// What violates WCAG 2.2 AA or axe's own good practice: rule, place and reason.
const CHECK: &str = "
    document.documentElement.dataset.theme = arguments[0];
    // Elsewhere the bar, which stays in view, covers a part of something.
    scrollTo(0, 0);
    const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const rules = arguments[1] ? { [arguments[1]]: { enabled: false } } : {};
    return axe.run(document, { runOnly: standards, rules, resultTypes: ['violations'] }).then(({ violations }) =>
        violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => [id, html, failureSummary])));";

const WINDOWS: [(&str, u64); 2] = [("light", 1400), ("dark", 400)];

/// Brings axe into the page.
async fn prepare(browser: &Browser) {
    let axe = fs::read_to_string(AXE).unwrap_or_else(|error| panic!("{error}; {INSTALL}"));
    browser.run(&axe).await;
}

/// At the top of the page, where the strip of the lanes covers nothing.
async fn assert_clean(browser: &Browser, state: &str) {
    for (theme, width) in WINDOWS {
        browser.resize(width, 900).await;
        browser.run("scrollTo(0, 0)").await;
        check(browser, &format!("{state}, {theme}, {width} px"), &[theme]).await;
    }
    browser.resize(1400, 900).await;
}

/// The theme, and a rule that is not checked.
async fn check(browser: &Browser, state: &str, arguments: &[&str]) {
    let found = browser.run_with(CHECK, arguments).await;
    assert_eq!(found, json!([]), "{state}");
}

#[actix_web::test]
async fn it_is_clean_while_running_and_paused_and_in_a_dialog() {
    let lab = Lab::up(&[]);
    let page = Page::open(Engine::Chromium, &lab.address("page")).await;
    let browser = &page.browser;
    prepare(browser).await;
    page.set_rate("2").await;
    page.until("messages", |lanes| lanes["longpoll"].count >= 2)
        .await;
    assert_clean(browser, "running").await;
    browser.click("[data-action=pause]").await;
    assert_clean(browser, "paused").await;
    browser.click("[data-action=shortcuts]").await;
    assert_clean(browser, "with the list of keys").await;
}

#[actix_web::test]
async fn it_is_clean_with_faults_and_measurements() {
    let lab = Lab::up(&["--delay", "5ms"]);
    let page = Page::open(Engine::Chromium, &lab.address("page")).await;
    let browser = &page.browser;
    prepare(browser).await;
    browser
        .click("tr[data-scenario=black-hole] [data-action=break-now]")
        .await;
    assert_clean(browser, "with a fault").await;
    browser
        .click("tr[data-scenario=cut] [data-action=measure]")
        .await;
    assert_clean(browser, "measuring").await;
    let progress =
        "return document.querySelector('[data-section=break] [data-field=progress]').textContent";
    browser
        .until("the end of the run", progress, |text| {
            text.as_str()
                .unwrap()
                .starts_with("Messages are missing at")
        })
        .await;
    assert_clean(browser, "with an outcome, also in the report").await;
    browser.click("#workers [data-action=ask]").await;
    assert_clean(browser, "with an experiment").await;
    let dots = "return document.querySelectorAll('#workers .dot').length";
    browser
        .until("its result", dots, |dots| dots.as_u64() > Some(0))
        .await;
    assert_clean(browser, "with a result").await;
}

#[actix_web::test]
async fn it_is_clean_in_two_tabs_and_without_services() {
    let lab = Lab::up(&[]);
    let page = Page::open(Engine::Chromium, &lab.address("page")).await;
    let browser = &page.browser;
    browser.open_tab(&lab.address("page")).await;
    let tabs = "return document.querySelector('[data-field=tabs]').checkVisibility()";
    browser.until("a warning", tabs, |seen| *seen == true).await;
    prepare(browser).await;
    assert_clean(browser, "in two tabs").await;
    drop(lab);
    page.until("lanes without a service", |lanes| {
        lanes.values().all(|lane| lane.state == "retrying")
    })
    .await;
    assert_clean(browser, "without services").await;
}

#[actix_web::test]
async fn it_is_clean_while_replaying() {
    let packed = Packed::new("accessibility");
    let host = StaticHost::of(packed.path());
    let page = Page {
        browser: Browser::at(Engine::Chromium, &host.url).await,
    };
    prepare(&page.browser).await;
    page.until("recorded messages", |lanes| {
        lanes.len() == 3 && lanes.values().all(|lane| lane.count >= 2)
    })
    .await;
    assert_clean(&page.browser, "replaying").await;
    host.stop().await;
}

#[actix_web::test]
async fn it_is_clean_with_naive_clients_beside_the_strip_and_in_the_presenters_mode() {
    let lab = Lab::up(&["--delay", "5ms"]);
    let page = Page::open(Engine::Chromium, &lab.address("page")).await;
    let browser = &page.browser;
    prepare(browser).await;
    browser.click("[data-step=naive]").await;
    let stopped = "return document.querySelector('[data-lane=ws] .companion').dataset.state";
    browser
        .until("a stopped naive client", stopped, |state| state == "off")
        .await;
    assert_clean(browser, "with naive clients").await;
    browser.press('p').await;
    assert_clean(browser, "presenting").await;
    browser.press('p').await;
    browser
        .run("document.querySelector('#report').scrollIntoView()")
        .await;
    let strip = "return document.querySelector('.strip').checkVisibility()";
    browser
        .until("the strip", strip, |shown| *shown == true)
        .await;
    // axe takes what the strip half covers for too small a target.
    check(browser, "with the strip", &["light", "target-size"]).await;
}
