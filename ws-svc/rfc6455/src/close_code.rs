//! The close codes that are used here (section 7.4.1).

/// The connection has done what it was opened for.
pub const NORMAL_CLOSURE: u16 = 1000;
/// The endpoint goes away: a server shuts down, or a browser leaves the page.
pub const GOING_AWAY: u16 = 1001;
/// The peer broke a rule of the protocol.
pub const PROTOCOL_ERROR: u16 = 1002;
/// The peer sent a type of data that the endpoint does not accept, such as binary.
pub const UNSUPPORTED_DATA: u16 = 1003;
/// The payload of a message does not fit its type: a text is not UTF-8.
pub const INVALID_PAYLOAD: u16 = 1007;
/// The peer broke a rule of the endpoint.
pub const POLICY_VIOLATION: u16 = 1008;
/// A message is too big to be processed.
pub const MESSAGE_TOO_BIG: u16 = 1009;
/// The server is overloaded, and the client may come back later. Registered with IANA after the
/// RFC.
pub const TRY_AGAIN_LATER: u16 = 1013;

/// Returns whether a close frame may carry `code`: those that section 7.4.1 defines, those
/// registered since (1012 to 1014), and the ranges for libraries and applications (section 7.4.2).
/// 1004 is reserved without a meaning; 1005, 1006 and 1015 stand for connections that ended without
/// a code in a close frame, and no frame may carry them.
pub(crate) fn is_valid(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn only_codes_that_a_close_frame_may_carry_are_valid() {
        let valid: Vec<u16> = (0..=u16::MAX).filter(|code| is_valid(*code)).collect();
        let defined = [
            1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
        ];
        assert_eq!(
            valid,
            defined.into_iter().chain(3000..=4999).collect::<Vec<u16>>()
        );
    }
}
