//! Bodies and keys that are accepted, and the problems of others.

use super::*;

fn parse(text: &str) -> Result<String, Problem> {
    into_message(text.into())
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
    assert!(into_message(b"{\"message\":\"\xff\"}".to_vec()).is_err());
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
