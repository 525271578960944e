//! Tests of the addresses of sentinels.

use super::*;

fn sentinel(text: &str) -> SentinelAddress {
    match text.parse() {
        Ok(RedisAddress::Sentinel(address)) => address,
        _ => panic!("{text}"),
    }
}

#[test]
fn redis_and_sentinels_have_users_of_their_own() {
    let password = "p@:/?#[]&=+ %2Fé\"\\";
    let encoded = encoded(password);
    let address = sentinel(&format!(
        "redis+sentinel://me:{encoded}@a,b:7000/cache/3?sentinel-user=they&sentinel-password={encoded}"
    ));
    let settings = address.template.redis_settings();
    assert_eq!(
        (settings.username(), settings.password(), settings.db()),
        (Some("me"), Some(password), 3)
    );
    assert_eq!(address.master, "cache");
    let ports = address.sentinels.iter().map(|info| info.addr().clone());
    let tcp = |host: &str, port| ConnectionAddr::Tcp(host.to_owned(), port);
    assert!(ports.eq([tcp("a", 26379), tcp("b", 7000)]));
    for info in &address.sentinels {
        let settings = info.redis_settings();
        assert_eq!(
            (settings.username(), settings.password(), settings.db()),
            (Some("they"), Some(password), 0)
        );
    }
}

#[test]
fn sentinels_need_no_password_if_redis_has_one() {
    let address = sentinel("redis+sentinel://:secret@a/cache");
    assert_eq!(address.template.redis_settings().password(), Some("secret"));
    assert_eq!(address.sentinels[0].redis_settings().password(), None);
}

#[test]
fn tls_is_for_sentinels_and_redis() {
    let address = sentinel("rediss+sentinel://[::1]/cache");
    for info in address.sentinels.iter().chain([&address.template]) {
        assert!(matches!(info.addr(), ConnectionAddr::TcpTls { .. }));
    }
}

#[test]
fn a_wrong_address_is_explained_without_secrets() {
    for (text, why) in [
        ("redis+sentinel://:hunter2@a,b", "name of the master"),
        ("redis+sentinel://a/hunter2%", "name of the master"),
        ("redis+sentinel://a,,b/cache", "number 2 of the hosts"),
        (
            "redis+sentinel://a,b:hunter2/cache",
            "number 2 of the hosts",
        ),
        ("redis+sentinel:///cache", "number 1 of the hosts"),
        ("redis+sentinel://a/cache?pass=hunter2", "are sentinel-user"),
        (
            "redis+sentinel://a/cache?sentinel-user=me",
            "needs sentinel",
        ),
        ("redis+sentinel://me@a/cache", "a user needs a password"),
        ("redis+sentinel://:hunt@r2@a/cache", "percent-encode"),
        (
            "redis+sentinel://a/cache?sentinel-password=hunt#r2",
            "percent-encode",
        ),
        ("redis+sentinel://a/cache/hunter2", "expected memory"),
    ] {
        let error = refusal(text);
        assert!(
            error.contains(why) && error.contains("/master[/db]"),
            "{text}: {error}"
        );
        assert!(!error.contains("hunt"), "{text}: {error}");
    }
}
