//! The page in a narrow window: what folds, what is chosen, and that nothing which has the focus is hidden.

use crate::{
    browser::Browser,
    engine::{Engine, in_both_engines},
    page::Page,
    process::Lab,
};
use fantoccini::key::Key;
use serde_json::json;

in_both_engines!(
    the_bar_is_one_line_and_never_covers_the_focus,
    claims_can_be_limited_to_one_transport
);

/// Of all that takes the focus, from the last to the first, what the bar hides wholly (WCAG 2.4.11).
const HIDDEN: &str = "
    const bar = document.querySelector('.bar');
    const taking = [...document.querySelectorAll('a, button, input, select, summary, [tabindex=\"0\"]')]
        .filter((node) => !node.disabled && !bar.contains(node) && node.checkVisibility({ checkOpacity: true }) && !node.closest('dialog'));
    const hidden = taking.toReversed().filter((node) => {
        node.focus();
        const [{ bottom }, over] = [node.getBoundingClientRect(), bar.getBoundingClientRect()];
        return document.activeElement === node && (bottom <= 0 || (bottom > over.top && bottom <= over.bottom));
    });
    return [taking.length > 50, hidden.map((node) => node.outerHTML)];";
const SETTINGS: &str = "return document.querySelector('#settings').checkVisibility()";
const CLAIMS: &str = "
    const shown = (end) => [...document.querySelectorAll(`[data-claim$=\"-${end}\"]`)].filter((cell) => cell.checkVisibility()).length > 0;
    return ['longpoll', 'sse', 'ws'].map(shown);";

async fn narrow(browser: &Browser) {
    browser.resize(400, 760).await;
    browser
        .until("a narrow window", "return innerWidth", |width| {
            *width == 400
        })
        .await;
}

async fn the_bar_is_one_line_and_never_covers_the_focus(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    narrow(browser).await;
    let height = browser
        .run("return document.querySelector('.bar').offsetHeight")
        .await;
    assert!(height.as_u64() < Some(64), "{height}");
    assert_eq!(browser.run(HIDDEN).await, json!([true, []]));
    assert_eq!(browser.run(SETTINGS).await, false);
    browser.click("[data-action=more]").await;
    browser
        .until("settings", SETTINGS, |shown| *shown == true)
        .await;
    browser.press(Key::Escape).await;
    browser
        .until("no settings", SETTINGS, |shown| *shown == false)
        .await;
    assert_eq!(browser.focused().await, "Settings");
    browser.click("[data-action=more]").await;
    browser
        .run("document.querySelector('[data-action=faster]').focus()")
        .await;
    browser
        .until("no settings over what has the focus", SETTINGS, |shown| {
            *shown == false
        })
        .await;
}

async fn claims_can_be_limited_to_one_transport(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    narrow(browser).await;
    browser
        .until("claims of all", CLAIMS, |shown| {
            *shown == json!([true, true, true])
        })
        .await;
    browser
        .run("document.querySelector('[name=about]').focus()")
        .await;
    for shown in [
        json!([true, false, false]),
        json!([false, true, false]),
        json!([false, false, true]),
    ] {
        browser.press(Key::Right).await;
        browser
            .until("claims of one", CLAIMS, |seen| *seen == shown)
            .await;
    }
}
