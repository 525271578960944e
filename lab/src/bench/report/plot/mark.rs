//! The shape of each transport.

use crate::bench::scenario::{Manner, Transport};

/// A mark around a place.
pub(super) fn mark(transport: Transport, x: f64, y: f64) -> String {
    let class = class(transport);
    match transport {
        Transport::Longpoll => {
            let (left, right, top, base) = (x - 5.0, x + 5.0, y - 5.0, y + 4.0);
            format!(
                "<path class=\"{class} mark\" d=\"M{left:.1} {base:.1}L{x:.1} {top:.1}L{right:.1} {base:.1}Z\"/>"
            )
        }
        Transport::Sse => {
            format!("<circle class=\"{class} mark\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>")
        }
        Transport::Ws => {
            format!(
                "<rect class=\"{class} mark\" x=\"{:.1}\" y=\"{:.1}\" width=\"8\" height=\"8\"/>",
                x - 4.0,
                y - 4.0
            )
        }
    }
}

/// Which colour the page gives it.
pub(super) fn class(transport: Transport) -> &'static str {
    match transport {
        Transport::Longpoll => "longpoll",
        Transport::Sse => "sse",
        Transport::Ws => "ws",
    }
}

/// How a line is dashed.
pub(super) fn dash(manner: Manner) -> &'static str {
    match manner {
        Manner::Usual => "none",
        Manner::OnePerAnswer => "8 4",
        Manner::NoCursor => "2 4",
        Manner::NewConnection => "8 4 2 4",
    }
}
