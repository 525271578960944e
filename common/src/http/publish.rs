//! `POST /messages`: the one way in.

use super::{
    AppState, Principal, Problem, Query, body::Body as Received, channel_creation::New,
    check::check_text, header_once,
};
use crate::{
    broker::{Publication, PublishAck},
    message::ChannelName,
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::ops::Range;

/// The longest idempotency key.
const MAX_KEY: usize = 128;

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    message: &'a RawValue,
}

#[derive(Serialize)]
struct Answer<'a> {
    channel: &'a str,
    #[serde(flatten)]
    accepted: PublishAck,
}

pub(super) async fn handler(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<AppState>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let channel = Query::of(&request)
        .channel()?
        .unwrap_or_else(ChannelName::main);
    let key = idempotency_key(&request)?;
    let mut body = Received::json(&request, payload, &service).await?;
    let publication = parse_publication(channel.clone(), std::mem::take(&mut body.text), key)?;
    // The body counts as held until its message is the broker's.
    let accepted = publish(&service, &principal, publication).await?;
    drop(body);
    Ok(HttpResponse::Ok().json(Answer {
        channel: channel.as_str(),
        accepted,
    }))
}

/// Takes `{"message":<any JSON>}`. The text becomes the message, without a copy.
pub fn parse_publication(
    channel: ChannelName,
    text: Vec<u8>,
    key: Option<String>,
) -> Result<Publication, Problem> {
    let mut body = String::from_utf8(text).map_err(Problem::malformed)?;
    let message = message_in(&body)?;
    body.truncate(message.end);
    body.drain(..message.start);
    Ok(Publication {
        channel,
        body,
        key,
        holder: 0,
    })
}

/// Where the message stands in such a text.
fn message_in(text: &str) -> Result<Range<usize>, Problem> {
    let value: &RawValue = serde_json::from_str(text).map_err(Problem::malformed)?;
    // serde would take an array for the object too.
    let body = value
        .get()
        .starts_with('{')
        .then(|| serde_json::from_str::<Body<'_>>(value.get()));
    let missing = |why| {
        Problem::new(
            422,
            "missing-message",
            format_args!("{why}: the body is {{\"message\": <any JSON>}}"),
        )
    };
    match body {
        Some(Ok(Body { message })) => {
            check_text(message.get()).map_err(Problem::malformed)?;
            let start = message.get().as_ptr().addr() - text.as_ptr().addr();
            Ok(start..start + message.get().len())
        }
        Some(Err(error)) => Err(missing(error.to_string())),
        None => Err(missing("this is no object".to_owned())),
    }
}

/// Gives a caller's message to the broker; every reader gets it from there.
pub async fn publish(
    service: &AppState,
    principal: &Principal,
    mut publication: Publication,
) -> Result<PublishAck, Problem> {
    principal.may_publish(&publication.channel, service)?;
    // Readers that were told to go find what is acknowledged now only with a broker that lives on.
    if service.hub.is_draining() && !service.broker.outlives_process() {
        return Err(Problem::draining());
    }
    principal.may_begin(&publication.channel, New::Written, service)?;
    publication.holder = principal.account(service);
    publication.key = publication.key.map(|key| principal.scoped(key));
    let accepted = service.broker.publish(publication).await?;
    service.hub.metrics().published.inc();
    Ok(accepted)
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let Some(value) = header_once(request, "idempotency-key")? else {
        return Ok(None);
    };
    check_key(&String::from_utf8_lossy(value.as_bytes())).map(Some)
}

/// Takes the key that makes it safe to publish again.
pub fn check_key(key: &str) -> Result<String, Problem> {
    let valid =
        (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    let bad = || {
        Problem::new(
            400,
            "bad-key",
            format_args!("key={key:?}: 1 to {MAX_KEY} visible ASCII characters"),
        )
    };
    valid.then(|| key.to_owned()).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, Problem> {
        parse_publication(ChannelName::main(), text.into(), None)
            .map(|publication| publication.body)
    }

    #[test]
    fn a_message_that_is_accepted_can_be_read_in_an_answer() {
        let nested = |levels: usize| {
            format!(
                "{{\"message\":{}{}}}",
                "[".repeat(levels),
                "]".repeat(levels)
            )
        };
        let deepest = (1..200)
            .rev()
            .find_map(|levels| parse(&nested(levels)).ok())
            .unwrap();
        assert!(deepest.starts_with(&"[".repeat(119)));
        let answer = format!(r#"{{"messages":[{{"message":{deepest}}}]}}"#);
        assert!(serde_json::from_str::<serde_json::Value>(&answer).is_ok());
    }

    #[test]
    fn a_message_is_any_json_and_kept_to_the_letter() {
        for message in [
            "null",
            "1.10",
            "\"hi\"",
            "[ 1 ]",
            r#"{"b":1,"a":12345678901234567890}"#,
        ] {
            assert_eq!(
                parse(&format!(" {{\"message\": {message} , \"more\":1}} ")).unwrap(),
                message
            );
        }
    }

    #[test]
    fn a_problem_says_what_is_wrong() {
        let deep = format!("{{\"message\":{}{}}}", "[".repeat(200), "]".repeat(200));
        let wrong = [
            ("", "400 Bad Request malformed-json"),
            ("{\"message\":", "400 Bad Request malformed-json"),
            ("{\"message\":1} x", "400 Bad Request malformed-json"),
            (r#"{"message":"\ud800"}"#, "400 Bad Request malformed-json"),
            (&deep, "400 Bad Request malformed-json"),
            ("{}", "422 Unprocessable Entity missing-message"),
            ("[\"x\"]", "422 Unprocessable Entity missing-message"),
            ("\"x\"", "422 Unprocessable Entity missing-message"),
            (
                "{\"message\":1,\"message\":2}",
                "422 Unprocessable Entity missing-message",
            ),
        ];
        for (text, expected) in wrong {
            let problem = parse(text).unwrap_err().to_string();
            assert!(problem.starts_with(expected), "{text:?}: {problem}");
        }
        assert!(
            parse_publication(
                ChannelName::main(),
                b"{\"message\":\"\xff\"}".to_vec(),
                None
            )
            .is_err()
        );
    }
}
