//! The browsers in which the page has to work: what starts them, and what WebDriver has no command for.

use crate::browser::{Browser, PATIENCE};
use serde_json::{Value, json};

/// Makes two tests of each function: one for each engine.
macro_rules! in_both_engines {
    ($($function:ident),+ $(,)?) => {$(
        mod $function {
            use crate::engine::Engine;

            #[actix_web::test]
            async fn chromium() {
                super::$function(Engine::Chromium).await;
            }

            #[actix_web::test]
            async fn firefox() {
                super::$function(Engine::Firefox).await;
            }
        }
    )+};
}
pub(crate) use in_both_engines;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
}

/// Whether visitors have asked their system for less motion.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Motion {
    Usual,
    Reduced,
}

impl Engine {
    /// The command that starts its driver on a free port.
    pub(crate) fn driver(self) -> &'static str {
        match self {
            Self::Chromium => "chromedriver --port=0",
            // System access is for its console, and for windows narrower than it opens.
            Self::Firefox => "geckodriver --port=0 --allow-system-access",
        }
    }

    /// The text that its driver prints before its port.
    pub(crate) fn announcement(self) -> &'static str {
        match self {
            Self::Chromium => "started successfully on port ",
            Self::Firefox => "Listening on 127.0.0.1:",
        }
    }

    /// How to install it.
    pub(crate) fn install(self) -> &'static str {
        match self {
            Self::Chromium => {
                "this test needs Chromium and its driver: apt-get install chromium chromium-driver"
            }
            Self::Firefox => {
                "this test needs Firefox and its driver: apt-get install firefox-esr; \
                 cargo install --locked geckodriver --root target/tools"
            }
        }
    }

    pub(crate) fn capabilities(self, motion: Motion) -> Value {
        let reduced = motion == Motion::Reduced;
        let timeouts = json!({ "pageLoad": PATIENCE.as_millis(), "script": PATIENCE.as_millis() });
        match self {
            Self::Chromium => json!({
                "goog:chromeOptions": { "args": chromium_arguments(reduced) },
                "goog:loggingPrefs": { "browser": "ALL" },
                // Of a proxy that a test starts.
                "acceptInsecureCerts": true,
                "timeouts": timeouts,
            }),
            Self::Firefox => json!({
                "moz:firefoxOptions": {
                    "args": ["-headless", "--width=1200", "--height=1600"],
                    "prefs": firefox_preferences(reduced),
                },
                "acceptInsecureCerts": true,
                "timeouts": timeouts,
            }),
        }
    }
}

fn chromium_arguments(reduced_motion: bool) -> Vec<&'static str> {
    let mut arguments = vec![
        "--headless=new",
        // Its sandbox needs rights that containers seldom have, and it shows nothing but our own pages.
        "--no-sandbox",
        // Containers often have little of it.
        "--disable-dev-shm-usage",
        "--window-size=1200,1600",
    ];
    if reduced_motion {
        arguments.push("--force-prefers-reduced-motion");
    }
    arguments
}

fn firefox_preferences(reduced_motion: bool) -> Value {
    json!({
        "ui.prefersReducedMotion": u8::from(reduced_motion),
        // Its own page for JSON would be in the place of ours.
        "devtools.jsonview.enabled": false,
    })
}

/// What Firefox's console has of pages, and not of the browser itself.
const CONSOLE: &str = "
    const messages = Services.console.getMessageArray().filter((message) => message instanceof Ci.nsIScriptError);
    Services.console.reset();
    const bad = messages.filter(({ flags, sourceName }) =>
        !(flags & Ci.nsIScriptError.infoFlag) && /^(http|file):/.test(sourceName));
    return bad.map(({ errorMessage, sourceName, lineNumber }) => `${sourceName}:${lineNumber} ${errorMessage}`);";

const RESIZE: &str = "
    const { style } = gBrowser.selectedBrowser;
    [style.width, style.height] = [arguments[0], arguments[1]];";

impl Browser {
    /// What went wrong in the page since the last time.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let complaints = match self.engine() {
            Engine::Chromium => severe(&self.ask("POST", "/se/log", r#"{"type":"browser"}"#).await),
            Engine::Firefox => {
                serde_json::from_value(self.run_in_browser(CONSOLE, &[]).await).unwrap()
            }
        };
        // The browser requests an icon by itself.
        complaints
            .into_iter()
            .filter(|message| !message.contains("/favicon.ico"))
            .collect()
    }

    /// Sets the size of the page in pixels, also below the minimum of a window.
    pub(crate) async fn resize(&self, width: u64, height: u64) {
        match self.engine() {
            Engine::Chromium => {
                let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
                self.devtools("Emulation.setDeviceMetricsOverride", size)
                    .await;
            }
            Engine::Firefox => {
                self.run_in_browser(RESIZE, &[&format!("{width}px"), &format!("{height}px")])
                    .await;
            }
        }
    }

    /// A command of Chromium's developer tools, and its result.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters }).to_string();
        self.ask("POST", "/goog/cdp/execute", &body).await
    }

    /// Runs a function's body in Firefox itself, with all its rights.
    async fn run_in_browser(&self, script: &str, arguments: &[&str]) -> Value {
        self.ask("POST", "/moz/context", r#"{"context":"chrome"}"#)
            .await;
        let script = json!({ "script": script, "args": arguments }).to_string();
        let result = self.ask("POST", "/execute/sync", &script).await;
        self.ask("POST", "/moz/context", r#"{"context":"content"}"#)
            .await;
        result
    }
}

fn severe(log: &Value) -> Vec<String> {
    let is_bad = |entry: &&Value| entry["level"] == "SEVERE" || entry["level"] == "WARNING";
    log.as_array()
        .unwrap()
        .iter()
        .filter(is_bad)
        .map(|entry| entry["message"].to_string())
        .collect()
}
