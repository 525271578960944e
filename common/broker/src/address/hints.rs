//! Mistakes in an address that the parser does not report: it reads the address in another way.

use super::AddressMistake;

/// Returns a mistake in user, password, host or path of an address, after its `://`.
pub(super) fn for_host(rest: &str) -> Option<AddressMistake> {
    let user_info = rest.rsplit_once('@').map(|(user_info, _)| user_info);
    if user_info.is_some_and(|text| text.contains(['@', '#', '/', '?'])) {
        Some(AddressMistake::UserInfo)
    } else if rest.ends_with("#insecure") {
        Some(AddressMistake::Insecure)
    } else {
        None
    }
}

/// Returns a mistake in the query of the address of a Unix socket: a character that ends it, or
/// that stands for another one.
pub(super) fn for_socket(rest: &str) -> Option<AddressMistake> {
    let (_, query) = rest.split_once('?')?;
    let is_known = |pair: &str| {
        ["db=", "user=", "pass=", "protocol="]
            .iter()
            .any(|name| pair.starts_with(name))
    };
    (query.contains(['#', '+']) || !query.split('&').all(is_known))
        .then_some(AddressMistake::SocketQuery)
}

/// Returns a mistake in an address of several hosts, after its `://`.
pub(super) fn for_hosts(rest: &str) -> Option<AddressMistake> {
    for_host(rest).or_else(|| rest.contains('#').then_some(AddressMistake::Parameters))
}
