//! The shape, colour and dash of each series.

use crate::scenario::{ClientVariant, Transport};

/// Returns a mark around a point.
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

/// Returns the class that gives a transport its colour.
pub(super) fn class(transport: Transport) -> &'static str {
    match transport {
        Transport::Longpoll => "longpoll",
        Transport::Sse => "sse",
        Transport::Ws => "ws",
    }
}

/// Returns the dash pattern of a client variant.
pub(super) fn dash(variant: ClientVariant) -> &'static str {
    match variant {
        ClientVariant::Usual => "none",
        ClientVariant::OnePerAnswer => "8 4",
        ClientVariant::NoCursor => "2 4",
        ClientVariant::NewConnection => "8 4 2 4",
    }
}
