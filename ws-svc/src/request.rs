//! The requests of a peer, parsed.

use common::message::{ChannelName, Cursor};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use service::http::Problem;
use std::fmt::Display;

/// What a peer asks for, and its `ref`.
pub(crate) struct Request<'a> {
    pub(crate) action: Action<'a>,
    pub(crate) reference: Option<&'a RawValue>,
}

#[derive(Clone, Copy)]
pub(crate) enum Action<'a> {
    /// With the body of the publication.
    Publish(&'a RawValue),
    /// With a [`Subscribe`].
    Subscribe(&'a RawValue),
    /// With an [`Unsubscribe`].
    Unsubscribe(&'a RawValue),
}

/// Adds a channel to the connection.
pub(crate) struct Subscribe {
    pub(crate) channel: ChannelName,
    pub(crate) after: Cursor,
}

/// Removes a channel from the connection.
pub(crate) struct Unsubscribe {
    pub(crate) channel: ChannelName,
}

#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(borrow)]
    publish: Option<&'a RawValue>,
    #[serde(borrow)]
    subscribe: Option<&'a RawValue>,
    #[serde(borrow)]
    unsubscribe: Option<&'a RawValue>,
    #[serde(borrow, rename = "ref")]
    reference: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ChannelBody {
    channel: String,
    after: Option<String>,
}

impl<'a> Request<'a> {
    /// Parses a frame.
    ///
    /// # Errors
    ///
    /// Returns the problem. It comes with the `ref` if the frame has no action, or several.
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, (Option<&'a RawValue>, Problem)> {
        let wrong = |why: &str| {
            bad_request(format!(
                "{why}: a request is {{\"publish\":{{\"message\":<any JSON>}},\"ref\":<any JSON>}}"
            ))
        };
        // serde would take an array for the object too.
        if !text.trim_ascii_start().starts_with(b"{") {
            return Err((None, wrong("this is not an object")));
        }
        let frame: Frame<'_> =
            serde_json::from_slice(text).map_err(|error| (None, wrong(&error.to_string())))?;
        let reference = frame.reference;
        match (frame.publish, frame.subscribe, frame.unsubscribe) {
            (Some(body), None, None) => Ok(Action::Publish(body)),
            (None, Some(body), None) => Ok(Action::Subscribe(body)),
            (None, None, Some(body)) => Ok(Action::Unsubscribe(body)),
            (None, None, None) => Err("publish, subscribe or unsubscribe is missing"),
            _ => Err("expected one of publish, subscribe and unsubscribe"),
        }
        .map(|action| Self { action, reference })
        .map_err(|why| (reference, bad_request(why)))
    }
}

impl Subscribe {
    pub(crate) fn parse(body: &RawValue) -> Result<Self, Problem> {
        let expected = "expected {\"channel\":NAME,\"after\":CURSOR}";
        let ChannelBody { channel, after } = parse(body, "subscribe", expected)?;
        let channel = name(&channel)?;
        let after = match after {
            Some(text) => Cursor::parse_one(&text, &channel)
                .map_err(|invalid| Problem::cursor("after", &text, invalid))?,
            None => Cursor::Latest,
        };
        Ok(Self { channel, after })
    }
}

impl Unsubscribe {
    pub(crate) fn parse(body: &RawValue) -> Result<Self, Problem> {
        let expected = "expected {\"channel\":NAME}";
        let ChannelBody { channel, .. } = parse(body, "unsubscribe", expected)?;
        Ok(Self {
            channel: name(&channel)?,
        })
    }
}

fn parse<T: DeserializeOwned>(body: &RawValue, of: &str, expected: &str) -> Result<T, Problem> {
    if !body.get().starts_with('{') {
        return Err(bad_request(format!("{of}: {expected}")));
    }
    serde_json::from_str(body.get())
        .map_err(|error| bad_request(format!("{of}: {error}: {expected}")))
}

fn name(text: &str) -> Result<ChannelName, Problem> {
    ChannelName::parse(text).map_err(|invalid| Problem::channel(text, invalid))
}

fn bad_request(detail: impl Display) -> Problem {
    Problem::new(400, "bad-request-frame", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::message::MessageId;

    fn refused(frame: &str) -> String {
        match Request::parse(frame.as_bytes()) {
            Ok(_) => panic!("{frame} is a request"),
            Err((_, problem)) => problem.to_string(),
        }
    }

    fn subscribe(body: &str) -> Result<(String, Cursor), Problem> {
        let body: &RawValue = serde_json::from_str(body).expect("JSON");
        let Subscribe { channel, after } = Subscribe::parse(body)?;
        Ok((channel.to_string(), after))
    }

    #[test]
    fn a_frame_has_one_action() {
        let parsed = Request::parse(br#"{"ref":7,"unsubscribe":{}}"#);
        let Ok(Request { action, reference }) = parsed else {
            panic!("a request");
        };
        assert!(matches!(action, Action::Unsubscribe(body) if body.get() == "{}"));
        assert_eq!(reference.map(RawValue::get), Some("7"));
        for (frame, why) in [
            ("{}", "publish, subscribe or unsubscribe is missing"),
            (
                r#"{"publish":null}"#,
                "publish, subscribe or unsubscribe is missing",
            ),
            (
                r#"{"publish":{},"subscribe":{}}"#,
                "expected one of publish, subscribe and unsubscribe",
            ),
            ("[]", "this is not an object"),
        ] {
            let problem = refused(frame);
            let name = "400 Bad Request bad-request-frame: ";
            assert!(problem.starts_with(&format!("{name}{why}")), "{problem}");
        }
    }

    #[test]
    fn a_subscription_has_a_channel_and_a_cursor() {
        let after = Cursor::After(MessageId {
            epoch: 7,
            offset: 1,
        });
        assert_eq!(
            subscribe(r#"{"channel":"b"}"#).unwrap(),
            ("b".into(), Cursor::Latest)
        );
        for text in [
            r#"{"channel":"b","after":"7-1"}"#,
            r#"{"after":"b@7-1","channel":"b","x":1}"#,
        ] {
            assert_eq!(subscribe(text).unwrap(), ("b".into(), after));
        }
        for (wrong, name) in [
            (r#"["b"]"#, "bad-request-frame"),
            ("{}", "bad-request-frame"),
            (r#"{"channel":1}"#, "bad-request-frame"),
            (r#"{"channel":"b","after":0}"#, "bad-request-frame"),
            (r#"{"channel":"a,b"}"#, "bad-channel"),
            (r#"{"channel":"b","after":"a@7-1"}"#, "bad-cursor"),
        ] {
            let problem = subscribe(wrong).unwrap_err().to_string();
            assert!(problem.contains(name), "{wrong}: {problem}");
        }
    }
}
