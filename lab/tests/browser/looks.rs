//! The page in windows of all widths, in both themes, and without motion. With `SCREENSHOTS=DIR` it leaves pictures there:
//! `SCREENSHOTS=/tmp/page cargo test -p lab --test browser looks`.

use crate::{browser::Browser, page::Page, process::Lab};
use serde_json::json;
use std::{env, fs, path::Path};

const OVERHANG: &str = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";

async fn resize(browser: &Browser, width: u32, height: u64) {
    let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
    browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
}

/// Of the whole page, in a window that is as high.
async fn leave_picture(browser: &Browser, directory: &Path, width: u32, theme: &str) {
    let height = browser.run("return document.documentElement.scrollHeight").await.as_u64().unwrap();
    resize(browser, width, height).await;
    fs::create_dir_all(directory).unwrap();
    fs::write(directory.join(format!("{width}-{theme}.png")), browser.screenshot().await).unwrap();
}

#[actix_web::test]
async fn nothing_hangs_over_the_edge_in_any_width_or_theme() {
    let lab = Lab::up(&[]);
    let page = Page::open(&lab.address("page")).await;
    let browser = &page.browser;
    page.send("a picture").await;
    page.until_counts(1).await;
    for theme in ["light", "dark"] {
        browser.run_with("document.documentElement.dataset.theme = arguments[0]", &[theme]).await;
        for width in [320, 400, 700, 1000, 1400, 1600] {
            resize(browser, width, 900).await;
            browser.until(&format!("room at {width}"), OVERHANG, |overhang| *overhang == 0).await;
            if let Some(directory) = env::var_os("SCREENSHOTS") {
                leave_picture(browser, Path::new(&directory), width, theme).await;
            }
        }
    }
    assert_eq!(browser.complaints().await, [""; 0]);
}

#[actix_web::test]
async fn without_motion_the_picture_is_a_table_from_the_start() {
    let lab = Lab::up(&[]);
    let browser = Browser::start().await;
    let calm = json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
    browser.devtools("Emulation.setEmulatedMedia", calm).await;
    browser.go(&format!("{}/#rate=5", lab.address("page"))).await;
    let table = "return [...document.querySelectorAll('[data-field=table][open] tbody tr')].map((row) => Number(row.cells[2].textContent))";
    let all_have_some = |counts: &serde_json::Value| {
        counts.as_array().is_some_and(|counts| counts.len() == 3 && counts.iter().all(|count| count.as_u64() > Some(2)))
    };
    browser.until("messages of all lanes in the table", table, all_have_some).await;
}
