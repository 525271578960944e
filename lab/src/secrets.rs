//! Texts that may hold a secret, such as addresses and arguments, as they may be shown, logged and written into a result.

/// What stands in place of a secret.
pub(crate) const HIDDEN: &str = "***";

/// Parameters of a query whose values are no secret; a token may be in any other.
pub(crate) const SHOWN_PARAMETERS: [&str; 4] = ["channel", "after", "wait", "limit"];

/// Parameters that are shown by name only. A name that is none of these may be a secret itself, as in `/path?TOKEN`.
pub(crate) const NAMED_PARAMETERS: [&str; 2] = ["access_token", "inline"];

/// The text without what an address may hold of secrets: its user with the password, and the values of its parameters.
/// A text that is no address comes back as it is, unless it has an `@` or a `?`.
pub(crate) fn without_secrets(text: &str) -> String {
    // A password may have a question mark, too.
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
    // A password may have slashes, if somebody forgot to encode them; a path with an @ is hidden with it.
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
    fn users_and_parameters_of_an_address_are_hidden() {
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
    fn other_texts_stay_as_they_are() {
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
