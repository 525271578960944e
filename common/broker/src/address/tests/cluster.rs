//! Tests of the addresses of clusters.

use super::*;

#[test]
fn all_nodes_have_the_same_user() {
    let password = "p@:/?#[]&=+ %2Fé\"\\";
    let text = format!("redis+cluster://me:{}@a,b:7000/0", encoded(password));
    let Ok(RedisAddress::Cluster(nodes)) = text.parse() else {
        panic!("{text}");
    };
    let tcp = |host: &str, port| ConnectionAddr::Tcp(host.to_owned(), port);
    let addresses = nodes.iter().map(|info| info.addr().clone());
    assert!(addresses.eq([tcp("a", 6379), tcp("b", 7000)]));
    for info in nodes {
        let settings = info.redis_settings();
        assert_eq!(
            (settings.username(), settings.password()),
            (Some("me"), Some(password))
        );
    }
}

#[test]
fn a_wrong_address_of_a_cluster_is_explained_without_secrets() {
    for (text, why) in [
        ("redis+cluster://a/1", "has no databases"),
        ("redis+cluster://a?pass=hunter2", "no parameters"),
        ("redis+cluster://a,b:hunter2", "number 2 of the hosts"),
        ("redis+cluster://", "number 1 of the hosts"),
        ("redis+cluster://me@a", "a user needs a password"),
        ("redis+cluster://:hunt@r2@a", "percent-encode"),
    ] {
        let error = refusal(text);
        assert!(
            error.contains(why) && error.contains("redis+cluster://"),
            "{text}: {error}"
        );
        assert!(!error.contains("hunt"), "{text}: {error}");
    }
}
