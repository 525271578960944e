//! The lanes' picture: what can be chosen in it, and what is seen when time stands still.

use crate::{
    engine::{Engine, in_both_engines},
    page::{Lanes, Page},
    process::Lab,
};
use fantoccini::key::Key;
use serde_json::{Value, json};

in_both_engines!(
    a_message_selected_in_one_lane_is_shown_in_all,
    the_timeline_goes_back_only_while_paused,
    naive_clients_receive_the_messages_of_the_page
);

const CHOSEN: &str = "
    const panel = document.querySelector('[data-field=inspector]');
    const rows = [...panel.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent));
    return { title: panel.querySelector('h3')?.textContent, rows, raw: panel.querySelector('pre')?.textContent };";

fn rows(chosen: &Value) -> &Vec<Value> {
    chosen["rows"].as_array().unwrap()
}

async fn a_message_selected_in_one_lane_is_shown_in_all(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    for text in ["one", "two"] {
        page.send(text).await;
    }
    page.until_counts(2).await;
    browser
        .run("document.querySelector('[data-lane=sse] .picture').focus()")
        .await;
    assert_eq!(
        browser.focused().await,
        "Server-Sent Events: select a message"
    );
    browser.press(Key::Enter).await;
    let newest = browser
        .until("the newest message", CHOSEN, |chosen| {
            rows(chosen).len() == 3
        })
        .await;
    assert_eq!(newest["title"], "Message #2, 2nd from this page");
    let raw: Value = serde_json::from_str(newest["raw"].as_str().unwrap()).unwrap();
    assert_eq!(raw["message"]["text"], "two");
    // What came, without what the client adds.
    let fields: Vec<_> = raw.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["channel", "id", "message", "time"]);
    for row in rows(&newest) {
        assert!(
            row[1].as_str().unwrap().ends_with(" ms") && row[4] == "in order",
            "{newest}"
        );
    }
    // A poll ends with its answer.
    let ended: Vec<_> = rows(&newest)
        .iter()
        .map(|row| row[2].as_str().unwrap().contains("ended"))
        .collect();
    assert_eq!(ended, [true, false, false]);
    browser.press(Key::Left).await;
    browser
        .until("the one before", CHOSEN, |chosen| {
            chosen["title"] == "Message #1, 1st from this page"
        })
        .await;
    browser
        .click("[data-field=inspector] [data-action=close]")
        .await;
    browser
        .until("nothing", CHOSEN, |chosen| chosen["rows"] == json!([]))
        .await;
    assert_eq!(browser.complaints().await, [""; 0]);
}

async fn the_timeline_goes_back_only_while_paused(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    let axis = "return [...document.querySelectorAll('[data-field=axis] span')].map((label) => label.textContent)";
    assert_eq!(
        browser.run(axis).await,
        json!(["10 s ago", "8", "6", "4", "2", "now"])
    );
    let slider = "[data-field=look-back] input";
    assert!(!browser.find(slider).await.is_enabled().await.unwrap());
    browser.click("[data-action=pause]").await;
    browser
        .run("document.querySelector('[data-field=look-back] input').focus()")
        .await;
    browser.press(Key::Right).await;
    browser
        .until("a second more", axis, |axis| {
            *axis == json!(["11 s ago", "9", "7", "5", "3", "1"])
        })
        .await;
    browser.click("[data-action=pause]").await;
    browser
        .until("the present", axis, |axis| axis[5] == "now")
        .await;
}

async fn naive_clients_receive_the_messages_of_the_page(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    page.send("to a robust one").await;
    page.until_counts(1).await;
    for (clients, text, count) in [
        ("naive", "to a naive one", 2),
        ("robust", "to a robust one again", 3),
    ] {
        let before = page.lanes().await;
        page.browser.run_with(CHOOSE_CLIENTS, &[clients]).await;
        let anew = |lanes: &Lanes| {
            lanes
                .iter()
                .all(|(name, lane)| lane.is_open() && lane.requests > before[name].requests)
        };
        page.until("lanes that are open anew", anew).await;
        page.send(text).await;
        for lane in page.until_counts(count).await.values() {
            assert!(lane.is_whole() && lane.texts()[0] == text, "{lane:#?}");
        }
    }
    assert_eq!(page.browser.complaints().await, [""; 0]);
}

const CHOOSE_CLIENTS: &str = "
    const clients = document.querySelector('[name=clients]');
    clients.value = arguments[0];
    clients.dispatchEvent(new Event('change', { bubbles: true }));";
