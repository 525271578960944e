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
    sections_are_folded_and_a_link_opens_one,
    claims_can_be_limited_to_one_transport
);

/// Of all that takes the focus, from the last to the first, what the bar hides wholly (WCAG 2.4.11).
const HIDDEN: &str = "
    const bar = document.querySelector('.bar');
    const taking = [...document.querySelectorAll('a, button, input, select, summary, [tabindex=\"0\"]')]
        .filter((node) => !node.disabled && !bar.contains(node) && node.checkVisibility({ checkOpacity: true }) && !node.closest('dialog'));
    const hidden = taking.toReversed().filter((node) => {
        node.focus();
        const strip = bar.querySelector('.strip');
        const lowest = Math.max(...[bar, strip].map((node) => node.getBoundingClientRect().bottom));
        const [{ bottom }, over] = [node.getBoundingClientRect(), bar.getBoundingClientRect()];
        return document.activeElement === node && (bottom <= 0 || (bottom > over.top && bottom <= lowest));
    });
    return [taking.length > 50, hidden.map((node) => node.outerHTML)];";
const OPEN_ALL: &str = "document.querySelectorAll('.fold').forEach((button) => button.click())";
/// Which sections show more than their heading.
const OPEN: &str = "
    const shown = (section) => [...section.children].some((part) => !part.matches('.heading') && part.checkVisibility());
    return [...document.querySelectorAll('[data-folds]')].filter(shown).map(({ id }) => id);";
/// Its height in screens, and how much wider than the window it is.
const SIZE: &str = "
    const { scrollHeight, scrollWidth } = document.documentElement;
    return [scrollHeight / innerHeight, Math.max(0, scrollWidth - innerWidth)];";
/// Counters of the lanes whose texts lie on each other.
const OVERLAPS: &str = "
    const boxOf = (node) => {
        const range = document.createRange();
        range.selectNodeContents(node);
        return [node.textContent, range.getBoundingClientRect()];
    };
    const meet = (a, b) => a.left < b.right && b.left < a.right && a.top + 1 < b.bottom && b.top + 1 < a.bottom;
    const boxes = [...document.querySelectorAll('.lane .counters > div > *')].filter((node) => node.checkVisibility()).map(boxOf);
    return boxes.flatMap(([text, box], at) =>
        boxes.slice(at + 1).filter(([, other]) => meet(box, other)).map(([other]) => [text, other]));";
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
    browser.run(OPEN_ALL).await;
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
        .run("document.querySelector('[data-step=knee]').focus()")
        .await;
    browser
        .until("no settings over what has the focus", SETTINGS, |shown| {
            *shown == false
        })
        .await;
}

async fn sections_are_folded_and_a_link_opens_one(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    narrow(browser).await;
    assert_eq!(browser.run(OPEN).await, json!([]));
    let size = browser.run(SIZE).await;
    // It was 26 screens.
    assert!(size[0].as_f64() < Some(13.0) && size[1] == 0, "{size}");
    browser
        .run("document.querySelector('nav a[href=\"#claims\"]').click()")
        .await;
    browser
        .until("the claims", OPEN, |open| *open == json!(["claims"]))
        .await;
    browser.click("#claims .fold").await;
    browser
        .until("folded again", OPEN, |open| *open == json!([]))
        .await;
    browser.run("location.hash = '#claim-said-battery'").await;
    browser
        .until("the section of a claim", OPEN, |open| {
            *open == json!(["claims"])
        })
        .await;
    for width in [390, 320] {
        browser.resize(width, 760).await;
        browser.run(OPEN_ALL).await;
        let size = browser.run(SIZE).await;
        assert_eq!(size[1], 0, "{width} px: {size}");
        assert_eq!(browser.run(OVERLAPS).await, json!([]), "{width} px");
    }
}

async fn claims_can_be_limited_to_one_transport(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    narrow(browser).await;
    browser.click("#claims .fold").await;
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
