//! The slots of a cluster: which one a channel has, and which node has which.

use common::message::ChannelName;
use redis::{ErrorKind, RedisError, RedisResult, Value};
use std::ops::RangeInclusive;

/// The number of slots of every cluster.
const SLOTS: u16 = 16384;

/// Some slots, and the host and port of the master that has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlotRange {
    pub(crate) slots: RangeInclusive<u16>,
    pub(crate) node: (String, u16),
}

/// Returns the slot of all keys of a channel, whose hash tag is its name.
pub(crate) fn slot_of(channel: &ChannelName) -> u16 {
    slot(channel.as_str())
}

/// Returns the slot of a hash tag.
pub(crate) fn slot(tag: &str) -> u16 {
    crc16(tag.as_bytes()) % SLOTS
}

/// Returns the CRC-16 of the cluster specification: XMODEM, with the polynomial 0x1021.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
            let carry = crc & 0x8000 != 0;
            crc << 1 ^ if carry { 0x1021 } else { 0 }
        })
    })
}

/// Parses the reply of `CLUSTER SLOTS`, sorted by slot. `asked` is the host that replied: a node may
/// not know its own.
///
/// # Errors
///
/// If it is not a list of slots as `CLUSTER SLOTS` returns it.
pub(crate) fn parse_slots(reply: &Value, asked: &str) -> RedisResult<Vec<SlotRange>> {
    let ranges = items(reply)?.iter().map(|range| parse_range(range, asked));
    let mut ranges: Vec<_> = ranges.collect::<RedisResult<_>>()?;
    ranges.sort_by_key(|range| *range.slots.start());
    Ok(ranges)
}

fn parse_range(range: &Value, asked: &str) -> RedisResult<SlotRange> {
    let [first, last, master, ..] = items(range)? else {
        return Err(unexpected());
    };
    let [host, port, ..] = items(master)? else {
        return Err(unexpected());
    };
    let host: Option<String> = redis::from_redis_value_ref(host)?;
    let host = host.filter(|host| !host.is_empty());
    Ok(SlotRange {
        slots: redis::from_redis_value_ref(first)?..=redis::from_redis_value_ref(last)?,
        node: (
            host.unwrap_or_else(|| asked.to_owned()),
            redis::from_redis_value_ref(port)?,
        ),
    })
}

fn items(value: &Value) -> RedisResult<&[Value]> {
    match value {
        Value::Array(items) => Ok(items),
        _ => Err(unexpected()),
    }
}

fn unexpected() -> RedisError {
    (ErrorKind::UnexpectedReturnType, "not a list of slots").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!([slot("foo"), slot("user1000")], [12182, 3443]);
        assert_eq!(slot_of(&ChannelName::parse("foo").unwrap()), 12182);
    }

    #[test]
    fn a_node_that_does_not_know_its_host_has_that_of_the_request() {
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let range = |first, last, host| {
            let master = Value::Array(vec![host, Value::Int(7000), text("id"), Value::Nil]);
            Value::Array(vec![
                Value::Int(first),
                Value::Int(last),
                master.clone(),
                master,
            ])
        };
        let reply = Value::Array(vec![range(9, 16383, Value::Nil), range(0, 8, text("::1"))]);
        let parsed = parse_slots(&reply, "asked").unwrap();
        let expected = [(0..=8, "::1"), (9..=16383, "asked")].map(|(slots, host)| SlotRange {
            slots,
            node: (host.to_owned(), 7000),
        });
        assert_eq!(parsed, expected);
        assert!(parse_slots(&Value::Nil, "asked").is_err());
    }
}
