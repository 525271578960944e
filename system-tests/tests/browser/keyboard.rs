//! The page without a mouse, and without a screen.

use crate::{
    browser::Browser,
    engine::{Engine, in_both_engines},
    page::Page,
    process::Lab,
};
use fantoccini::key::Key;

in_both_engines!(
    tab_leads_to_send_and_space_pauses_outside_of_controls,
    everything_has_a_role_and_a_name
);

const PAUSE: &str = "return document.querySelector('[data-action=pause]').textContent";

/// What is set for all lanes, in the order in which Tab meets it.
const CONTROLS: [&str; 7] = [
    "Rate",
    "Messages per second",
    "Pause",
    "Size",
    "Theme: auto",
    "Share",
    "Keys",
];

/// Presses Tab until the focused element has this name; returns the names on the way.
async fn tab_to(browser: &Browser, label: &str) -> Vec<String> {
    let mut way = Vec::new();
    while way.last().is_none_or(|last| last != label) {
        assert!(way.len() < 50, "no {label} among {way:?}");
        browser.press(Key::Tab).await;
        way.push(browser.focused().await);
    }
    way
}

async fn tab_leads_to_send_and_space_pauses_outside_of_controls(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    for label in ["Resume", "Pause"] {
        browser.press(' ').await;
        browser.until(label, PAUSE, |text| text == label).await;
    }
    let way = tab_to(browser, "Message").await;
    let controls = way
        .iter()
        .map(|label| &**label)
        .filter(|label| CONTROLS.contains(label))
        .collect::<Vec<_>>();
    assert_eq!(
        (&*way[0], controls),
        ("Skip to the lanes", CONTROLS.to_vec())
    );
    browser.press(' ').await;
    browser.press('!').await;
    browser.press(Key::Tab).await;
    assert_eq!(browser.focused().await, "Send");
    browser.press(' ').await;
    for lane in page.until_counts(1).await.values() {
        assert_eq!(lane.texts(), ["!"]);
    }
    assert_eq!(
        browser.run(PAUSE).await,
        "Pause",
        "a space in a control is the control's"
    );
}

async fn everything_has_a_role_and_a_name(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    let mut lanes = Vec::new();
    for lane in browser.find_all("[data-lane]").await {
        assert_eq!(browser.role(&lane).await, "region");
        lanes.push(browser.label(&lane).await);
    }
    assert_eq!(lanes, ["Long polling", "Server-Sent Events", "WebSocket"]);
    let mut toggles = Vec::new();
    for toggle in browser.find_all("[data-action=toggle]").await {
        toggles.push(browser.label(&toggle).await);
    }
    let expected: Vec<_> = lanes
        .iter()
        .map(|lane| format!("Disconnect {lane}"))
        .collect();
    assert_eq!(toggles, expected);
    for control in browser.find_all("a, button, input, select, summary").await {
        if !control.is_displayed().await.unwrap() {
            continue;
        }
        let label = browser.label(&control).await;
        assert_ne!(label, "", "{}", control.html(false).await.unwrap());
    }
    assert_eq!(
        browser
            .role(&browser.find("[data-form=composer]").await)
            .await,
        "form"
    );
    assert_eq!(
        browser
            .role(&browser.find("[data-field=announcement]").await)
            .await,
        "status"
    );
}
