//! A browser without a window, for one test.

use crate::{
    driver::Driver,
    engine::{Engine, Motion},
};
use conformance::block_on;
use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, KeyAction, KeyActions},
    elements::Element,
    key::Key,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;
use std::{
    fmt::Debug,
    fs,
    thread::{self, panicking},
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout};

/// How long anything in a browser may take before a test gives up: a browser is many processes, and others may want the
/// processors too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// A browser that does not start says nothing about the page.
const STARTS: usize = 3;

/// How much a failed test shows of what it saw, in characters.
const SHOWN: usize = 1500;

/// Whether the document is not the page, or all of the page runs.
const MOUNTED: &str = "
    const { documentElement: root } = document;
    return !root.querySelector?.('[data-section=lanes]') || 'mounted' in root.dataset;";

/// A browser; it ends with the test.
pub(crate) struct Browser {
    client: Client,
    session: String,
    driver: Driver,
    engine: Engine,
}

impl Browser {
    pub(crate) async fn start(engine: Engine) -> Self {
        Self::start_with(engine, Motion::Usual).await
    }

    pub(crate) async fn start_with(engine: Engine, motion: Motion) -> Self {
        let mut errors = Vec::new();
        for _ in 0..STARTS {
            match Self::try_start(engine, motion).await {
                Ok(browser) => return browser,
                Err(error) => errors.push(error),
            }
        }
        panic!("no browser: {}; {}", errors.join("; "), engine.install());
    }

    async fn try_start(engine: Engine, motion: Motion) -> Result<Self, String> {
        let driver = Driver::start(engine);
        let capabilities = engine.capabilities(motion).as_object().unwrap().clone();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let (builder, url) = (builder.capabilities(capabilities), driver.url());
        let failed = |error: &dyn ToString| format!("{}: {}", error.to_string(), driver.errors());
        let connected = timeout(PATIENCE, builder.connect(&url)).await;
        let client = connected
            .map_err(|error| failed(&error))?
            .map_err(|error| failed(&error))?;
        let session = client.session_id().await.map_err(|error| failed(&error))?;
        Ok(Self {
            client,
            session: session.expect("it was created"),
            driver,
            engine,
        })
    }

    /// A browser that shows this.
    pub(crate) async fn at(engine: Engine, url: &str) -> Self {
        let browser = Self::start(engine).await;
        browser.go(url).await;
        browser
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// Opens this. The sections of the page below its lanes are loaded after them.
    pub(crate) async fn go(&self, url: &str) {
        self.client.goto(url).await.unwrap();
        self.until("all sections", MOUNTED, |mounted| *mounted == true)
            .await;
    }

    /// The address of a file with this text.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.driver.files().join(name);
        fs::write(&path, text).unwrap();
        format!("file://{}", path.display())
    }

    /// Shows this in one more tab, and turns to it.
    pub(crate) async fn open_tab(&self, url: &str) {
        let tab = self.client.new_window(true).await.unwrap();
        self.client.switch_to_window(tab.handle).await.unwrap();
        self.go(url).await;
    }

    /// Turns to the tab that was opened as this one, beginning at 0.
    pub(crate) async fn turn_to_tab(&self, number: usize) {
        let tab = self.client.windows().await.unwrap().swap_remove(number);
        self.client.switch_to_window(tab).await.unwrap();
    }

    pub(crate) async fn find(&self, selector: &str) -> Element {
        self.client.find(Locator::Css(selector)).await.unwrap()
    }

    pub(crate) async fn find_all(&self, selector: &str) -> Vec<Element> {
        self.client.find_all(Locator::Css(selector)).await.unwrap()
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.find(selector).await.click().await.unwrap();
    }

    /// Replaces what is in a text field.
    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        let field = self.find(selector).await;
        // Keys, as a person uses them: clearing through WebDriver fires an extra change event.
        let [control, delete] = [Key::Control, Key::Delete].map(char::from);
        field
            .send_keys(&format!("{control}a{control}{delete}{text}"))
            .await
            .unwrap();
    }

    /// Presses a key, wherever the focus is.
    pub(crate) async fn press(&self, key: impl Into<char>) {
        let value = key.into();
        let press = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value });
        self.client.perform_actions(press).await.unwrap();
    }

    /// Runs a function's body in the page.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.run_with(script, &[]).await
    }

    /// The same with arguments.
    pub(crate) async fn run_with(&self, script: &str, arguments: &[&str]) -> Value {
        let arguments = arguments.iter().copied().map(Value::from).collect();
        self.client.execute(script, arguments).await.unwrap()
    }

    /// Waits until a script's result is as it should be.
    pub(crate) async fn until(
        &self,
        what: &str,
        script: &str,
        fact: impl Fn(&Value) -> bool,
    ) -> Value {
        until(what, async || self.run(script).await, fact).await
    }

    /// What assistive technology calls the thing that has the focus.
    pub(crate) async fn focused(&self) -> String {
        self.label(&self.client.active_element().await.unwrap())
            .await
    }

    /// What assistive technology calls it.
    pub(crate) async fn label(&self, element: &Element) -> String {
        self.computed(element, "label").await
    }

    /// What assistive technology takes it for.
    pub(crate) async fn role(&self, element: &Element) -> String {
        self.computed(element, "role").await
    }

    /// What the window shows, as PNG.
    pub(crate) async fn screenshot(&self) -> Vec<u8> {
        self.client.screenshot().await.unwrap()
    }

    async fn computed(&self, element: &Element, what: &str) -> String {
        let path = format!("/element/{}/computed{what}", &*element.element_id());
        self.ask("GET", &path, "")
            .await
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// A command that only this driver knows.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: &str) -> Value {
        let path = format!("/session/{}{path}", self.session);
        let answer = self.driver.ask(method, &path, body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["value"].take()
    }
}

impl Drop for Browser {
    /// Shows what the page complained about, if the test failed.
    fn drop(&mut self) {
        if !panicking() {
            return;
        }
        // The runtime of the test waits for this, so another one asks.
        let complaints = thread::scope(|scope| {
            let ask = || block_on(async { eprintln!("complaints: {:?}", self.complaints().await) });
            scope.spawn(ask).join()
        });
        if complaints.is_err() {
            eprintln!("complaints: unknown, the browser does not respond");
        }
    }
}

/// Looks again and again until it sees the fact; gives up with what it saw instead.
pub(crate) async fn until<T: Debug>(
    what: &str,
    mut look: impl AsyncFnMut() -> T,
    fact: impl Fn(&T) -> bool,
) -> T {
    let began = Instant::now();
    loop {
        let seen = look().await;
        if fact(&seen) {
            return seen;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "waited too long for {what}; instead: {}",
            shown(&seen)
        );
        sleep(Duration::from_millis(20)).await;
    }
}

/// One line, since little of a failed test's output may be kept.
fn shown(seen: &impl Debug) -> String {
    let text = format!("{seen:?}");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
