//! How soon a visitor sees a message: the browser learns of every module that the lanes need from the document, so it
//! waits for no module to learn of the next. `SHOW=1` prints the times.

use crate::{
    browser::Browser,
    engine::{Engine, in_both_engines},
    packed::Packed,
    process::Lab,
};
use serde_json::{Value, json};
use std::env;

in_both_engines!(the_document_names_every_module_that_the_lanes_need);

/// The modules that were loaded before the sections below the lanes, and those of them that the document does not name.
const MODULES: &str = "
    const nodes = document.querySelectorAll('script[src], link[rel=modulepreload]');
    const named = new Set([...nodes].map((node) => node.src || node.href));
    const all = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'));
    const { startTime } = all.find(({ name }) => name.endsWith('/js/sections.js'));
    const loaded = all.filter((entry) => entry.startTime < startTime).map(({ name }) => name);
    return [loaded.length, [...new Set(loaded)].filter((name) => !named.has(name))];";

/// Notes when a lane shows a message first, in milliseconds after the navigation.
const WATCH: &str = "
    const look = setInterval(() => {
        const counts = [...document.querySelectorAll('[data-lane] [data-field=count]')].map((node) => Number(node.textContent));
        if (!counts.some((count) => count > 0)) return;
        clearInterval(look);
        window.firstMessage = Math.round(performance.now());
    }, 10);";

async fn the_document_names_every_module_that_the_lanes_need(engine: Engine) {
    let lab = Lab::up(&[]);
    let browser = Browser::at(engine, &lab.address("page")).await;
    let loaded = browser.run(MODULES).await;
    assert!(loaded[0].as_u64() > Some(40), "{loaded}");
    assert_eq!(loaded[1], json!([]));
}

async fn first_message(lab: &Lab) -> Value {
    let browser = Browser::start(Engine::Chromium).await;
    let watch = json!({ "source": WATCH });
    browser
        .devtools("Page.addScriptToEvaluateOnNewDocument", watch)
        .await;
    browser.go(&lab.address("page")).await;
    let first = "return window.firstMessage ?? null";
    browser
        .until("a first message", first, |ms| ms.is_u64())
        .await
}

#[allow(clippy::print_stdout, reason = "it prints what it measures")]
#[actix_web::test]
async fn a_first_message_is_shown_by_the_modules_and_by_the_packed_page() {
    let packed = Packed::new("first-message");
    let directory = packed.path().to_str().unwrap();
    for (name, arguments) in [("modules", &[][..]), ("packed", &["--web", directory])] {
        let lab = Lab::up(arguments);
        let ms = first_message(&lab).await;
        if env::var_os("SHOW").is_some() {
            println!("{name}: first message after {ms} ms");
        }
    }
}
