//! Tokens of other programs, claims, and subjects.

mod refusals;

use super::*;
use actix_web::ResponseError;
use jsonwebtoken::{EncodingKey, Header, encode, get_current_timestamp};
use serde_json::{Value, json};

const SECRET: &str = "a secret of thirty-two bytes, or more";

fn tokens(flags: &[&str]) -> Tokens {
    Tokens::configured(&Config::from_flags(flags))
        .unwrap()
        .unwrap()
}

fn of_file(name: &str) -> Tokens {
    tokens(&[
        "--jwt-key-file",
        &format!("{}/tests/keys/{name}", env!("CARGO_MANIFEST_DIR")),
    ])
}

fn signed(header: &Header, claims: &Value) -> String {
    encode(header, claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

fn base64(text: &str) -> String {
    // The payload of a token is base64url, so signing one encodes the text.
    signed(&Header::default(), &serde_json::from_str(text).unwrap())
        .split('.')
        .nth(1)
        .unwrap()
        .to_owned()
}

fn refusal(tokens: &Tokens, token: &str) -> String {
    let problem = tokens.check(token).unwrap_err();
    let response = problem.error_response();
    let challenge = response
        .headers()
        .get("www-authenticate")
        .unwrap()
        .to_str()
        .unwrap();
    assert_eq!(response.status(), 401);
    assert!(
        challenge
            .starts_with("Bearer realm=\"trilane\", error=\"invalid_token\", error_description=\"")
    );
    assert_eq!(challenge.matches('"').count(), 6, "{challenge}");
    assert!(!problem.to_string().contains(token) && !challenge.contains(token));
    problem.to_string()
}

#[test]
fn without_a_key_there_are_no_tokens() {
    assert!(
        Tokens::configured(&Config::from_flags(&[]))
            .unwrap()
            .is_none()
    );
}

#[test]
fn tokens_signed_by_other_programs_are_accepted() {
    let channel = |name| common::message::ChannelName::parse(name).unwrap();
    let kinds = [
        (
            "hs256.secret",
            include_str!("../../../tests/keys/hs256.jwt"),
        ),
        (
            "rsa-public.pem",
            include_str!("../../../tests/keys/rs256.jwt"),
        ),
        (
            "ec-public.pem",
            include_str!("../../../tests/keys/es256.jwt"),
        ),
    ];
    for (key, token) in kinds {
        let permissions = of_file(key).check(token.trim()).unwrap();
        assert!(
            permissions.allow_publishing(&channel("news.a"))
                && !permissions.allow_publishing(&channel("other"))
        );
        assert!(permissions.allow_subscribing(&channel("other")));
        for (other, foreign) in kinds.into_iter().filter(|(other, _)| *other != key) {
            assert!(
                refusal(&of_file(key), foreign.trim()).contains("another algorithm"),
                "{other}"
            );
        }
    }
}

#[test]
fn audience_and_issuer_must_be_the_configured_ones() {
    let tokens = tokens(&[
        "--jwt-secret",
        SECRET,
        "--jwt-audience",
        "us",
        "--jwt-issuer",
        "id",
    ]);
    let claims = |audience: Value, issuer: Value| {
        let mut claims = json!({ "exp": get_current_timestamp() + 60 });
        for (name, value) in [("aud", audience), ("iss", issuer)]
            .into_iter()
            .filter(|(_, value)| !value.is_null())
        {
            claims[name] = value;
        }
        signed(&Header::default(), &claims)
    };
    for audience in [json!("us"), json!(["others", "us"])] {
        assert!(tokens.check(&claims(audience, json!("id"))).is_ok());
    }
    for (audience, issuer, words) in [
        (json!("others"), json!("id"), "another audience"),
        (json!([]), json!("id"), "audience"),
        (json!(5), json!("id"), "audience"),
        (Value::Null, json!("id"), "names no audience"),
        (json!("us"), json!("somebody"), "another issuer"),
        (json!("us"), Value::Null, "names no issuer"),
    ] {
        let refusal = refusal(&tokens, &claims(audience, issuer));
        assert!(refusal.contains(words), "{words}: {refusal}");
    }
}

#[test]
fn an_issuers_clock_may_be_a_little_ahead() {
    let tokens = tokens(&["--jwt-secret", SECRET]);
    let now = get_current_timestamp();
    assert!(
        tokens
            .check(&signed(
                &Header::default(),
                &json!({ "exp": now + 60, "nbf": now + LEEWAY - 1 })
            ))
            .is_ok()
    );
}

#[test]
fn tokens_are_identified_by_subject_or_else_by_text() {
    let tokens = tokens(&["--jwt-secret", SECRET]);
    let subject = |claims: Value| {
        tokens
            .check(&signed(&Header::default(), &claims))
            .unwrap()
            .subject
    };
    let exp = get_current_timestamp() + 60;
    assert_eq!(
        subject(json!({ "exp": exp, "sub": "a" })),
        subject(json!({ "exp": exp + 1, "sub": "a" }))
    );
    assert_ne!(
        subject(json!({ "exp": exp, "sub": "a" })),
        subject(json!({ "exp": exp, "sub": "b" }))
    );
    assert_ne!(
        subject(json!({ "exp": exp })),
        subject(json!({ "exp": exp + 1 }))
    );
}
