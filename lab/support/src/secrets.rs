//! Masks secrets before a text is shown, logged or written to a result: in URLs here, in arguments
//! and errors in [`command_line`].

mod command_line;

pub use command_line::{without_secret_values, without_secrets_in};

pub use service::config::HIDDEN;

/// Query parameters whose values are not secret. Every other parameter may hold a token.
pub const SHOWN_PARAMETERS: [&str; 4] = ["channel", "after", "wait", "limit"];

/// Query parameters that are shown by name only. Any other name may itself be a secret, as in
/// `/path?TOKEN`.
const NAMED_PARAMETERS: [&str; 2] = ["access_token", "inline"];

/// Returns the text without the secrets of a URL: its user and password, and the values of its
/// query parameters. Other texts are unchanged, unless they contain `@` or `?`.
pub fn without_secrets(text: &str) -> String {
    // A password may contain a question mark.
    if let Some((scheme, rest)) = text.split_once("://")
        && let Some((user, host)) = rest.rsplit_once('@')
        && user.contains('?')
    {
        return format!("{scheme}://{HIDDEN}@{}", without_secrets(host));
    }
    let (address, query) = text
        .split_once('?')
        .map_or((text, None), |(address, query)| (address, Some(query)));
    let (scheme, rest) = address
        .split_once("://")
        .map_or(("", address), |(scheme, rest)| (scheme, rest));
    // A password may contain unencoded slashes, so a path with an @ is hidden as well.
    let host = rest
        .rsplit_once('@')
        .map_or(rest.to_owned(), |(_, host)| format!("{HIDDEN}@{host}"));
    let scheme = if scheme.is_empty() {
        String::new()
    } else {
        format!("{scheme}://")
    };
    let query = query.map(|query| {
        query
            .split('&')
            .map(parameter)
            .collect::<Vec<_>>()
            .join("&")
    });
    scheme + &host + &query.map(|query| format!("?{query}")).unwrap_or_default()
}

fn parameter(text: &str) -> String {
    match text.split_once('=') {
        Some((name, _)) if SHOWN_PARAMETERS.contains(&name) => text.to_owned(),
        Some((name, _)) if NAMED_PARAMETERS.contains(&name) => format!("{name}={HIDDEN}"),
        _ => HIDDEN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_parameters_of_a_url_are_hidden() {
        for (text, shown) in [
            ("redis://me:secret@host:1/0", "redis://***@host:1/0"),
            ("redis://:sec/r@et@host", "redis://***@host"),
            ("redis://me:se?cr@host/1", "redis://***@host/1"),
            ("me:secret@host", "***@host"),
            ("--sse=http://me:secret@h/e", "--sse=http://***@h/e"),
            (
                "http://h/e?channel=c&access_token=secret&after=1-2",
                "http://h/e?channel=c&access_token=***&after=1-2",
            ),
            ("http://h/e?secret", "http://h/e?***"),
            ("http://h/e?secret=1&x=http://me:secret@h", "http://***@h"),
        ] {
            assert_eq!(without_secrets(text), shown);
        }
    }

    #[test]
    fn other_texts_are_unchanged() {
        for text in [
            "",
            "--only",
            "cost,rate",
            "docs/results/2026-11-22.json",
            "http://localhost:3000/events",
            "0.5",
        ] {
            assert_eq!(without_secrets(text), text);
        }
    }
}
