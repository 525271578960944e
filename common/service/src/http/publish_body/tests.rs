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
fn an_event_is_one_name() {
    let event = |fields: &str| {
        let text = format!("{{{fields}\"message\":1}}");
        PublishBody::parse(&text)?.attributes()
    };
    assert_eq!(event("").unwrap(), Attributes::default());
    assert_eq!(event("\"event\":null,").unwrap(), Attributes::default());
    let price = event("\"event\":\"pric\\u0065\",").unwrap();
    assert_eq!(price.to_string(), "event=price");
    for wrong in [
        "\"event\":1,",
        "\"event\":\"\",",
        "\"event\":\"a b\",",
        "\"event\":\"reset\",",
        "\"event\":\"a\",\"event\":\"a\",",
    ] {
        let problem = event(wrong).unwrap_err();
        assert_eq!(problem.name(), "bad-event", "{wrong}");
    }
}

#[test]
fn a_channel_is_one_name() {
    let channel = |fields: &str| {
        let text = format!("{{{fields}\"message\":1}}");
        let body = PublishBody::parse(&text)?;
        body.channel()
    };
    assert_eq!(channel("").unwrap(), None);
    assert_eq!(channel("\"channel\":null,").unwrap(), None);
    let named = channel("\"channel\":\"a.b\",").unwrap();
    assert_eq!(named.unwrap().as_str(), "a.b");
    for wrong in [
        "\"channel\":1,",
        "\"channel\":\"\",",
        "\"channel\":\"a,b\",",
        "\"channel\":\"a\",\"channel\":\"a\",",
    ] {
        let problem = channel(wrong).unwrap_err();
        assert_eq!(problem.name(), "bad-channel", "{wrong}");
    }
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

#[test]
fn a_key_is_one_string_of_visible_characters() {
    let key = |fields: &str| {
        let text = format!("{{{fields}\"message\":1}}");
        let body = PublishBody::parse(&text)?;
        body.key()
    };
    assert_eq!(key("").unwrap(), None);
    assert_eq!(key("\"key\":null,").unwrap(), None);
    assert_eq!(key("\"key\":\"k\\u0031\",").unwrap().as_deref(), Some("k1"));
    for wrong in [
        "\"key\":1,",
        "\"key\":\"\",",
        "\"key\":\"a b\",",
        "\"key\":\"\\ud800\",",
        "\"key\":\"a\",\"key\":\"a\",",
    ] {
        let problem = key(wrong).unwrap_err();
        assert_eq!(problem.name(), "bad-key", "{wrong}");
    }
}
