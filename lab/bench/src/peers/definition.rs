//! The file of a peer: how to start it, and how to publish and subscribe.

use crate::load::dialect::{FrameDialect, PollDialect, PublicationDialect, TEXT};
use anyhow::{Result, ensure};
use serde::Deserialize;
use std::{collections::BTreeMap, path::PathBuf};

/// A server to measure.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Peer {
    /// The file's name without `.toml`.
    #[serde(skip)]
    pub(crate) name: String,
    /// The directory of the file, in which its commands run.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
    /// What it is, in a few words.
    pub(crate) title: String,
    /// The documentation that its settings follow.
    pub(crate) source: String,
    /// Why it is set up like this.
    pub(crate) settings: String,
    /// Programs, or paths of files with a `/`, that have to be installed.
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    /// The command that prints its version.
    pub(crate) version: Vec<String>,
    /// The command that starts it, in the foreground. `{port}` is the port to listen on, `{dir}` an
    /// empty directory, and `{peers}` the directory of this file.
    pub(crate) start: Vec<String>,
    /// Files to write into `{dir}`, with the same places.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
    /// The path whose first response, of any status, means that it is ready. Without one, it is
    /// ready when it accepts a connection.
    pub(crate) ready: Option<String>,
    /// A request to send before anything else.
    pub(crate) setup: Option<Setup>,
    pub(crate) publish: Option<PublicationDialect>,
    pub(crate) longpoll: Option<PollDialect>,
    pub(crate) sse: Option<Events>,
    pub(crate) ws: Option<FrameDialect>,
    pub(crate) echo: Option<Echo>,
}

/// A request that prepares a peer, without a body.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Setup {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) content_type: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Events {
    pub(crate) path: String,
}

/// A WebSocket that returns each text.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Echo {
    pub(crate) path: String,
    /// The frame to send. `{text}` is the place of the text.
    pub(crate) text: String,
}

impl Peer {
    /// Parses a file. `name` and `folder` are those of the file.
    ///
    /// # Errors
    ///
    /// Says what is wrong in the file.
    pub(crate) fn parse(name: &str, folder: PathBuf, text: &str) -> Result<Self> {
        let peer: Self = toml::from_str(text)?;
        peer.check()?;
        Ok(Self {
            name: name.to_owned(),
            folder,
            ..peer
        })
    }

    fn check(&self) -> Result<()> {
        for (name, is_empty) in [
            ("title", self.title.is_empty()),
            ("source", self.source.is_empty()),
            ("settings", self.settings.is_empty()),
            ("version", self.version.is_empty()),
            ("start", self.start.is_empty()),
        ] {
            ensure!(!is_empty, "`{name}` is empty");
        }
        let body = self.publish.as_ref().map(|publish| &publish.body);
        let echo = self.echo.as_ref().map(|echo| &echo.text);
        for (name, text) in [("publish.body", body), ("echo.text", echo)] {
            let once = text.is_none_or(|text| text.matches(TEXT).count() == 1);
            ensure!(
                once,
                "`{name}` needs {{text}} exactly once: every peer gets the same text"
            );
        }
        for path in self.paths() {
            ensure!(path.starts_with('/'), "{path}: a path begins with /");
        }
        for name in self.files.keys() {
            ensure!(
                !name.contains('/'),
                "`files` has {name}: a name without / is needed"
            );
        }
        let subscribes = self.longpoll.is_some() || self.sse.is_some() || self.ws.is_some();
        ensure!(subscribes, "one of [longpoll], [sse] and [ws] is needed");
        let cursor = self.longpoll.as_ref().map_or(0, |polls| polls.cursor.len());
        ensure!(cursor <= 10, "`cursor` names more than 10 headers");
        Ok(())
    }

    fn paths(&self) -> impl Iterator<Item = &str> {
        let polls = self.longpoll.as_ref();
        [
            self.ready.as_ref(),
            self.setup.as_ref().map(|setup| &setup.path),
            self.publish.as_ref().map(|publish| &publish.path),
            polls.map(|polls| &polls.path),
            polls.and_then(|polls| polls.next_path.as_ref()),
            self.sse.as_ref().map(|events| &events.path),
            self.ws.as_ref().map(|frames| &frames.path),
            self.echo.as_ref().map(|echo| &echo.path),
        ]
        .into_iter()
        .flatten()
        .map(|path| &**path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        title = "a small server"
        source = "https://example.com"
        settings = "defaults"
        version = ["true"]
        start = ["server", "{port}"]
        ready = "/"
        [publish]
        path = "/publish"
        content-type = "application/json"
        body = '{"message":"{text}"}'
        acknowledged = "it is sent"
        [sse]
        path = "/events"
    "#;

    #[test]
    fn a_file_is_a_peer() {
        let peer = Peer::parse("small", "x".into(), SMALL).unwrap();
        assert_eq!((&*peer.name, &*peer.title), ("small", "a small server"));
        assert_eq!(peer.sse.unwrap().path, "/events");
        assert!(peer.longpoll.is_none() && peer.needs.is_empty());
    }

    #[test]
    fn what_would_be_unfair_or_cannot_run_is_refused_by_name() {
        for (from, to, why) in [
            ("{text}", "hi", "publish.body"),
            ("{text}", "{text}{text}", "every peer gets the same text"),
            ("\"defaults\"", "\"\"", "`settings` is empty"),
            ("[\"server\", \"{port}\"]", "[]", "`start` is empty"),
            ("\"/events\"", "\"events\"", "begins with /"),
            ("[sse]\n        path = \"/events\"", "", "[longpoll]"),
            ("title =", "colour = 1\ntitle =", "unknown field `colour`"),
            ("acknowledged = \"it is sent\"", "", "acknowledged"),
        ] {
            let text = SMALL.replace(from, to);
            assert_ne!(text, SMALL, "{from}");
            let error = Peer::parse("small", "x".into(), &text)
                .unwrap_err()
                .to_string();
            assert!(error.contains(why), "{from} → {to}: {error}");
        }
    }
}
