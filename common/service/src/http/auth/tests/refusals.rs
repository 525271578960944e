//! Invalid tokens of every kind.

use super::*;

#[test]
fn a_public_key_does_not_serve_as_a_secret() {
    let pem = include_str!("../../../../tests/keys/rsa-public.pem");
    for secret in [pem, pem.trim()] {
        let key = EncodingKey::from_secret(secret.as_bytes());
        let token = encode(&Header::default(), &json!({ "exp": 4102444800u64 }), &key).unwrap();
        assert!(refusal(&of_file("rsa-public.pem"), &token).contains("another algorithm"));
    }
}

#[test]
fn a_token_without_a_signature_is_refused() {
    let tokens = tokens(&["--jwt-secret", SECRET]);
    let claims = base64(r#"{"exp":4102444800}"#);
    for algorithm in ["none", "None", "NONE", ""] {
        let header = base64(&json!({ "alg": algorithm }).to_string());
        assert!(refusal(&tokens, &format!("{header}.{claims}.")).contains("bad-token"));
    }
    let header = base64(r#"{"alg":"HS256"}"#);
    assert!(refusal(&tokens, &format!("{header}.{claims}.")).contains("its signature"));
}

#[test]
fn a_refusal_names_the_mistake_in_a_token() {
    let tokens = tokens(&["--jwt-secret", SECRET]);
    let (now, plain) = (get_current_timestamp(), Header::default());
    let critical = Header {
        crit: Some(vec!["b64".into()]),
        ..Header::default()
    };
    let wrong = [
        (&plain, json!({ "exp": now - 1 }), "expired-token"),
        (&plain, json!({ "exp": now - 1000 }), "expired-token"),
        (
            &plain,
            json!({ "exp": now + 60, "nbf": now + 10 }),
            "not valid yet",
        ),
        (
            &plain,
            json!({ "exp": now + 60, "aud": "others" }),
            "--jwt-audience sets it",
        ),
        (&plain, json!({}), "exp a number"),
        (&plain, json!({ "exp": "tomorrow" }), "exp a number"),
        (
            &plain,
            json!({ "exp": now + 60, "publish": ["a*b"] }),
            "lists of channels",
        ),
        (&critical, json!({ "exp": now + 60 }), "does not support"),
        (
            &Header::new(Algorithm::HS512),
            json!({ "exp": now + 60 }),
            "another algorithm",
        ),
    ];
    for (header, claims, words) in wrong {
        let refusal = refusal(&tokens, &signed(header, &claims));
        assert!(refusal.contains(words), "{claims}: {refusal}");
    }
    for text in ["xyz", "zyx.zyx.zyx", "....", "\u{e9}.\u{e9}.\u{e9}"] {
        assert!(refusal(&tokens, text).contains("401 Unauthorized bad-token"));
    }
    let empty = tokens.check("").unwrap_err().to_string();
    assert!(empty.contains("not a JWT"), "{empty}");
}

#[test]
fn invalid_tokens_of_an_address_are_limited() {
    let tokens = of_file("ec-public.pem");
    let saver = tokens.signature_saver.as_ref().unwrap();
    let [here, there] = ["192.0.2.1", "192.0.2.2"].map(|address| address.parse().ok());
    let good = include_str!("../../../../tests/keys/es256.jwt").trim();
    let began = Instant::now();
    let status = |token, address, millis| {
        let now = began + std::time::Duration::from_millis(millis);
        tokens
            .check_once(saver, token, address, now)
            .map_or_else(|problem| problem.status_code().as_u16(), |_| 200)
    };
    let refused = (0..1000)
        .take_while(|_| status("bad", here, 0) == 401)
        .count();
    assert_eq!(refused, 200, "the allowance of two seconds");
    assert_eq!(status(good, here, 0), 429, "it is not checked");
    assert_eq!(status("bad", there, 0), 401);
    assert_eq!(status(good, there, 0), 200);
    assert_eq!(status(good, here, 0), 200, "it is in the cache by now");
    assert_eq!(
        (status("bad", here, 10), status("bad", here, 10)),
        (401, 429),
        "a hundredth of a second brings one"
    );
    assert!(of_file("hs256.secret").signature_saver.is_none());
}
