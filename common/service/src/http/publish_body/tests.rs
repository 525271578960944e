//! Bodies and keys that are accepted, and the problems of others.

use super::*;

fn parse(text: &str) -> Result<String, Problem> {
    into_content(text.into()).map(|(message, _)| message)
}

#[test]
fn an_accepted_message_can_be_parsed_in_a_response() {
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
    let response = format!(r#"{{"messages":[{{"message":{deepest}}}]}}"#);
    assert!(serde_json::from_str::<serde_json::Value>(&response).is_ok());
}

#[test]
fn a_message_is_any_json_and_keeps_its_text() {
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
fn a_bad_body_is_a_problem_by_name() {
    let deep = format!("{{\"message\":{}{}}}", "[".repeat(200), "]".repeat(200));
    let wrong = [
        ("", "400 Bad Request malformed-json"),
        ("{\"message\":", "400 Bad Request malformed-json"),
        ("{\"message\":1} x", "400 Bad Request malformed-json"),
        ("[1", "400 Bad Request malformed-json"),
        (
            "{\"message\":1,\"message\":2} x",
            "400 Bad Request malformed-json",
        ),
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
    assert!(into_content(b"{\"message\":\"\xff\"}".to_vec()).is_err());
}

#[test]
fn an_end_may_have_a_message() {
    let content = |text: &str| {
        let (message, attributes) = into_content(text.into())?;
        Ok::<_, Problem>((message, attributes.end))
    };
    for (text, message, end) in [
        (r#"{"end":true}"#, "null", true),
        (r#"{"message":[1],"end":true}"#, "[1]", true),
        (r#"{"message":1,"end":false}"#, "1", false),
        (r#"{"message":1,"end":null}"#, "1", false),
    ] {
        assert_eq!(content(text).unwrap(), (message.to_owned(), end), "{text}");
    }
    for (text, name) in [
        (r#"{"message":1,"end":1}"#, "bad-end"),
        (r#"{"message":1,"end":"true"}"#, "bad-end"),
        (r#"{"message":1,"end":true,"end":true}"#, "bad-end"),
        (r#"{"end":false}"#, "missing-message"),
        (r#"{"end":true,"message":1,"message":1}"#, "missing-message"),
        (r#"{"end":true,"event":"end"}"#, "bad-event"),
    ] {
        assert_eq!(content(text).unwrap_err().name(), name, "{text}");
    }
}

/// Returns event, key and channel of a body with these fields.
fn strings(fields: &str) -> Result<[Option<String>; 3], Problem> {
    let text = format!("{{{fields}\"message\":1}}");
    let body = PublishBody::parse(&text)?;
    let event = body.attributes()?.event.map(|event| event.to_string());
    let channel = body.channel()?.map(|channel| channel.to_string());
    Ok([event, body.key()?, channel])
}

#[test]
fn event_key_and_channel_are_one_string_each() {
    for none in ["", r#""event":null,"key":null,"channel":null,"#] {
        assert_eq!(strings(none).unwrap(), [None, None, None], "{none}");
    }
    let all = strings(r#""event":"pric\u0065","key":"k\u0031","channel":"a.b","#).unwrap();
    assert_eq!(
        all.each_ref().map(Option::as_deref),
        [Some("price"), Some("k1"), Some("a.b")]
    );
    for (name, problem, wrong) in [
        (
            "event",
            "bad-event",
            ["1", r#""""#, r#""a b""#, r#""reset""#],
        ),
        ("key", "bad-key", ["1", r#""""#, r#""a b""#, r#""\ud800""#]),
        (
            "channel",
            "bad-channel",
            ["1", r#""""#, r#""a b""#, r#""a,b""#],
        ),
    ] {
        let repeated = format!(r#""{name}":"a","{name}":"a","#);
        let wrong = wrong.map(|value| format!(r#""{name}":{value},"#));
        for fields in wrong.iter().chain([&repeated]) {
            assert_eq!(strings(fields).unwrap_err().name(), problem, "{fields}");
        }
    }
}
