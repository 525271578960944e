//! A browser without a window, for one test.

use crate::{
    driver::Driver,
    engine::{Engine, Motion},
};
use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, KeyAction, KeyActions},
    elements::Element,
    key::Key,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;
use std::{fmt::Debug, fs, time::Duration};
use tokio::time::{Instant, sleep};

/// How long anything in a browser may take before a test gives up: a browser is many processes, and others may want the
/// processors too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Whether the document is not the page, or all of the page runs.
const MOUNTED: &str = "
    const { documentElement: root } = document;
    return !root.querySelector?.('[data-section=lanes]') || 'mounted' in root.dataset;";

/// A browser; it ends with the test.
pub(crate) struct Browser {
    client: Client,
    driver: Driver,
    engine: Engine,
}

impl Browser {
    pub(crate) async fn start(engine: Engine) -> Self {
        Self::start_with(engine, Motion::Usual).await
    }

    pub(crate) async fn start_with(engine: Engine, motion: Motion) -> Self {
        let driver = Driver::start(engine);
        let capabilities = engine.capabilities(motion).as_object().unwrap().clone();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder
            .capabilities(capabilities)
            .connect(&driver.url())
            .await;
        Self {
            client: client.unwrap_or_else(|error| panic!("{error}; {}", engine.install())),
            driver,
            engine,
        }
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
        let session = self.client.session_id().await.unwrap().unwrap();
        let answer = self
            .driver
            .ask(method, &format!("/session/{session}{path}"), body)
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["value"].take()
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
            "waited too long for {what}; instead: {seen:#?}"
        );
        sleep(Duration::from_millis(20)).await;
    }
}
