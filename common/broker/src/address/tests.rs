//! Tests of the setting that selects a broker.

mod cluster;
mod sentinel;

use super::*;
use redis::{ConnectionAddr, ConnectionInfo};

fn redis(text: &str) -> ConnectionInfo {
    match text.parse() {
        Ok(RedisAddress::Server(info)) => info,
        _ => panic!("{text}"),
    }
}

fn refusal(text: &str) -> String {
    text.parse::<Address>().unwrap_err().to_string()
}

#[test]
fn addresses_are_shown_without_credentials() {
    for (text, shown) in [
        ("memory", "memory"),
        ("redis://localhost", "Redis at localhost:6379, database 0"),
        (
            "redis://me:hunter2@10.0.0.1:7000/3",
            "Redis at 10.0.0.1:7000, database 3",
        ),
        ("valkey://:hunter2@cache", "Redis at cache:6379, database 0"),
        (
            "rediss://:hunter2@cache:7000",
            "Redis at cache:7000 with TLS, database 0",
        ),
        (
            "valkeys://:hunter2@[fe80::1]/2",
            "Redis at [fe80::1]:6379 with TLS, database 2",
        ),
        (
            "redis://:hunter2@[::1]:7000",
            "Redis at [::1]:7000, database 0",
        ),
        (
            "unix:///run/redis.sock?db=2&pass=hunter2",
            "Redis at /run/redis.sock, database 2",
        ),
        (
            "redis+sentinel://me:hunter2@a,[::1]:7000/cache?sentinel-password=hunter2",
            "Redis at master cache of the sentinels a:26379, [::1]:7000, database 0",
        ),
        (
            "valkeys+sentinel://10.0.0.1:7000/cache.1/3",
            "Redis at master cache.1 of the sentinels 10.0.0.1:7000 with TLS, database 3",
        ),
        (
            "rediss+cluster://me:hunter2@a,[::1]:7000",
            "Redis at cluster of a:6379, [::1]:7000 with TLS",
        ),
    ] {
        let address: Address = text.parse().unwrap();
        assert_eq!(
            (address.to_string(), format!("{address:?}")),
            (shown.to_owned(), shown.to_owned())
        );
    }
}

/// Encodes every byte.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn users_and_passwords_may_have_any_characters() {
    let (user, password) = ("me@:/?#[]& %41+é", "p@:/?#[]&=+ %2Fé\"\\");
    for text in [
        format!("redis://{}:{}@[::1]:7000", encoded(user), encoded(password)),
        format!("rediss://{}:{}@host", encoded(user), encoded(password)),
        format!(
            "unix:///redis.sock?user={}&pass={}",
            encoded(user),
            encoded(password)
        ),
    ] {
        let info = redis(&text);
        let settings = info.redis_settings();
        assert_eq!(
            (settings.username(), settings.password()),
            (Some(user), Some(password)),
            "{text}"
        );
    }
}

#[test]
fn a_host_may_be_an_ipv6_address() {
    let info = redis("redis://[::1]:7000");
    assert_eq!(info.addr(), &ConnectionAddr::Tcp("::1".to_owned(), 7000));
    let ConnectionAddr::TcpTls { host, port, .. } = redis("rediss://[::1]").addr().clone() else {
        panic!("no TLS");
    };
    assert_eq!((&*host, port), ("::1", 6379));
}

#[test]
fn a_password_that_must_be_encoded_is_refused_with_a_hint() {
    for scheme in ["redis", "valkey", "rediss", "valkeys"] {
        for character in ['@', '#', '/', '?'] {
            for text in [
                format!("{scheme}://:hun{character}ter2@host/0"),
                format!("{scheme}://me:{character}hunter2@host:7000"),
            ] {
                let error = refusal(&text);
                assert!(
                    error.contains("percent-encode") && !error.contains("ter2"),
                    "{text:?}: {error}"
                );
            }
        }
    }
    for character in ['#', '&', '+'] {
        let text = format!("unix:///redis.sock?pass=hun{character}ter2");
        let error = refusal(&text);
        assert!(
            error.contains("percent-encode") && !error.contains("ter2"),
            "{text:?}: {error}"
        );
    }
    assert!(!refusal("redis://h/hunter2").contains("percent-encode"));
}

#[test]
fn a_user_without_a_password_is_refused() {
    for text in ["redis://me@host", "rediss://me:@host", "unix:///s?user=me"] {
        let error = refusal(text);
        assert!(error.contains("a user needs a password"), "{text}: {error}");
    }
}

#[test]
fn verification_cannot_be_disabled() {
    for text in [
        "rediss://host#insecure",
        "rediss://:hunter2@host/0#insecure",
    ] {
        let error = refusal(text);
        assert!(
            error.contains("always verified") && !error.contains("hunter2"),
            "{error}"
        );
    }
}

#[test]
fn a_refusal_says_what_is_expected_and_not_the_address() {
    for text in [
        "",
        "redis",
        "localhost:6379",
        "http://hunter2@host",
        "rediss://:hunter2@host/hunter2",
        "redis://h/hunter2",
    ] {
        let error = refusal(text);
        assert!(
            error.contains("redis://[user:password@]host") && !error.contains("hunter2"),
            "{text:?}: {error}"
        );
    }
}

#[test]
fn files_for_tls_are_refused_without_tls() {
    let files = TlsFiles {
        key: Some("key.pem".into()),
        ..TlsFiles::default()
    };
    for text in ["memory", "redis://host", "unix:///redis.sock"] {
        let error = text.parse::<Address>().unwrap().load_tls(&files);
        let error = error.map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with("--broker-key"), "{text}: {error}");
        assert!(error.contains("rediss://"), "{text}: {error}");
    }
}
