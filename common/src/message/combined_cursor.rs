//! The cursor of several channels: `a@ID,b@ID`, in any order.

use super::{ChannelName, Cursor, InvalidMessageId, MessageId, Quoted};
use std::{fmt, iter};
use thiserror::Error;

/// A text that is not a cursor of these channels.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum InvalidCursor {
    /// Not an id, in a request for one channel.
    #[error(transparent)]
    Id(#[from] InvalidMessageId),
    /// No channel before an id, in a request for several channels.
    #[error("a cursor of several channels is CHANNEL@ID,CHANNEL@ID, or 0 for everything retained")]
    NoChannel,
    /// Not an id, after a channel.
    #[error("{channel}: {invalid}")]
    IdOf {
        /// The channel.
        channel: String,
        /// What is wrong with its id.
        invalid: InvalidMessageId,
    },
    /// The channel is not one of the request.
    #[error("{} is not a channel of this request", Quoted(.0))]
    OtherChannel(String),
    /// A channel occurs twice.
    #[error("{0} is repeated")]
    Repeated(String),
}

impl Cursor {
    /// Parses the cursor of one channel: `ID`, or `CHANNEL@ID`.
    ///
    /// # Errors
    ///
    /// If it is neither, or that of another channel.
    pub fn parse_one(text: &str, channel: &ChannelName) -> Result<Self, InvalidCursor> {
        if text.contains('@') {
            let channel = iter::once(channel);
            Ok(parse_each(text, channel)?[0])
        } else {
            Ok(text.parse()?)
        }
    }

    /// Parses the cursor of several channels, and returns that of each.
    ///
    /// A channel that the text does not contain begins at its latest message.
    ///
    /// # Errors
    ///
    /// If a part is not `CHANNEL@ID`, or names a channel twice or one that is not in `channels`.
    pub fn parse_several(text: &str, channels: &[ChannelName]) -> Result<Vec<Self>, InvalidCursor> {
        if text == "0" {
            Ok(vec![Self::Earliest; channels.len()])
        } else {
            parse_each(text, channels.iter())
        }
    }
}

fn parse_each<'a>(
    text: &str,
    channels: impl ExactSizeIterator<Item = &'a ChannelName> + Clone,
) -> Result<Vec<Cursor>, InvalidCursor> {
    let mut cursors = vec![Cursor::Latest; channels.len()];
    for part in text.split(',') {
        let (name, id) = part.split_once('@').ok_or(InvalidCursor::NoChannel)?;
        let index = channels
            .clone()
            .position(|channel| channel.as_str() == name)
            .ok_or_else(|| InvalidCursor::OtherChannel(name.to_owned()))?;
        if cursors[index] != Cursor::Latest {
            return Err(InvalidCursor::Repeated(name.to_owned()));
        }
        cursors[index] = id.parse().map_err(|invalid| InvalidCursor::IdOf {
            channel: name.to_owned(),
            invalid,
        })?;
    }
    Ok(cursors)
}

/// Writes the cursor of several channels.
pub(crate) fn write_cursor<'a>(
    positions: impl Iterator<Item = (&'a ChannelName, MessageId)>,
    f: &mut impl fmt::Write,
) -> fmt::Result {
    for (index, (channel, id)) in positions.enumerate() {
        let comma = if index > 0 { "," } else { "" };
        write!(f, "{comma}{channel}@{id}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn channels(names: &str) -> Vec<ChannelName> {
        let names = names.split(',').map(ChannelName::parse);
        names.collect::<Result<_, _>>().unwrap()
    }

    fn several(text: &str) -> Result<Vec<Cursor>, InvalidCursor> {
        Cursor::parse_several(text, &channels("a,b,c"))
    }

    fn after(epoch: u64, offset: u64) -> Cursor {
        Cursor::After(MessageId { epoch, offset })
    }

    #[test]
    fn parts_may_be_in_any_order_and_missing() {
        assert_eq!(
            several("c@7-1,a@8-2"),
            Ok(vec![after(8, 2), Cursor::Latest, after(7, 1)])
        );
        assert_eq!(several("0"), Ok(vec![Cursor::Earliest; 3]));
        assert_eq!(
            several("b@0"),
            Ok(vec![Cursor::Latest, Cursor::Earliest, Cursor::Latest])
        );
    }

    #[test]
    fn a_mistake_is_named() {
        let no_channel =
            "a cursor of several channels is CHANNEL@ID,CHANNEL@ID, or 0 for everything retained";
        let no_id = "a cursor is the id of a message, such as 1795340000123-42, or 0 for \
                     everything retained";
        for (text, expected) in [
            ("7-1", no_channel),
            ("", no_channel),
            ("a@7-1,", no_channel),
            ("a@7-1,8-1", no_channel),
            ("a@", &format!("a: {no_id}")),
            ("b@7-1@2", &format!("b: {no_id}")),
            ("d@7-1", "\"d\" is not a channel of this request"),
            ("@7-1", "\"\" is not a channel of this request"),
            ("A@7-1", "\"A\" is not a channel of this request"),
            ("a@7-1,b@1-1,a@7-1", "a is repeated"),
        ] {
            assert_eq!(several(text).unwrap_err().to_string(), expected, "{text:?}");
        }
    }

    #[test]
    fn one_channel_takes_both_forms() {
        let channel = ChannelName::main();
        let one = |text| Cursor::parse_one(text, &channel);
        assert_eq!(one("7-1"), Ok(after(7, 1)));
        assert_eq!(one("main@7-1"), Ok(after(7, 1)));
        assert_eq!(
            (one("0"), one("main@0")),
            (Ok(Cursor::Earliest), Ok(Cursor::Earliest))
        );
        assert_eq!(
            one("a@7-1"),
            Err(InvalidCursor::OtherChannel("a".to_owned()))
        );
        assert!(one("").is_err() && one("7").is_err() && one("main@7-1,7-1").is_err());
    }

    fn positions() -> impl Strategy<Value = BTreeMap<String, (u64, u64)>> {
        proptest::collection::btree_map("[A-Za-z0-9._:-]{1,8}", any::<(u64, u64)>(), 1..9)
    }

    proptest! {
        #[test]
        fn a_cursor_is_parsed_from_its_text(positions in positions(), turn in 0..8usize) {
            let names: Vec<_> = positions.keys().map(|name| ChannelName::parse(name).unwrap()).collect();
            let ids: Vec<_> = positions
                .values()
                .map(|(epoch, offset)| MessageId { epoch: *epoch, offset: *offset })
                .collect();
            let mut parts: Vec<_> = names.iter().zip(ids.iter().copied()).collect();
            let turn = turn % parts.len();
            parts.rotate_left(turn);
            let mut text = String::new();
            write_cursor(parts.into_iter(), &mut text).unwrap();
            let expected = ids.into_iter().map(Cursor::After).collect();
            prop_assert_eq!(Cursor::parse_several(&text, &names), Ok(expected));
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "[ab@,0-9-]{0,24}") {
            let channels = channels("a,b");
            if let Ok(cursors) = Cursor::parse_several(&text, &channels) {
                prop_assert_eq!(cursors.len(), 2);
                let named = |name: &str| text == "0" || text.split(',').any(|part| part.starts_with(name));
                for (cursor, name) in cursors.iter().zip(["a@", "b@"]) {
                    prop_assert_eq!(*cursor == Cursor::Latest, !named(name));
                }
            }
        }
    }
}
