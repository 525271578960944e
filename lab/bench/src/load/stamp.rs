//! The stamp in the text of every message of a load: its number and its scheduled time.

use memchr::memmem::Finder;
use std::{sync::LazyLock, time::Duration};

const MARK: &[u8] = b"~lab:";
static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MARK));

/// Digits of the number. More than a run publishes.
const NUMBER: usize = 10;
/// Digits of the time in microseconds: three hundred years.
const MOMENT: usize = 16;
/// Shortest text with a stamp, in bytes.
pub(crate) const SHORTEST: usize = MARK.len() + NUMBER + 1 + MOMENT + 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Number of the message, from 0.
    pub(crate) number: u64,
    /// Scheduled time in microseconds of [`clock::now`](super::clock::now).
    pub(crate) moment: u64,
}

impl Stamp {
    pub(crate) fn new(number: u64, moment: Duration) -> Self {
        Self {
            number,
            moment: moment.as_micros() as u64,
        }
    }

    /// Returns a text of `size` bytes, at least [`SHORTEST`], that needs no escaping in JSON.
    pub(crate) fn text(self, size: usize) -> String {
        let Self { number, moment } = self;
        let mut text = format!("~lab:{number:0NUMBER$}:{moment:0MOMENT$}~");
        text.extend(std::iter::repeat_n('x', size.saturating_sub(text.len())));
        text
    }

    /// Returns the time since the scheduled time.
    pub(crate) fn age(self, now: Duration) -> Duration {
        now.saturating_sub(Duration::from_micros(self.moment))
    }

    /// Finds the first stamp in these bytes.
    pub(crate) fn find(bytes: &[u8]) -> Option<Self> {
        Self::find_all(bytes).next().map(|(_, stamp)| stamp)
    }

    /// Finds all stamps in these bytes, with their offsets.
    pub(crate) fn find_all(bytes: &[u8]) -> impl Iterator<Item = (usize, Self)> {
        FINDER
            .find_iter(bytes)
            .filter_map(|at| Some((at, Self::parse(&bytes[at + MARK.len()..])?)))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (number, rest) = bytes.split_at_checked(NUMBER)?;
        let (moment, rest) = rest.strip_prefix(b":")?.split_at_checked(MOMENT)?;
        rest.starts_with(b"~").then_some(())?;
        Some(Self {
            number: decimal(number)?,
            moment: decimal(moment)?,
        })
    }
}

fn decimal(digits: &[u8]) -> Option<u64> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u64::from(byte - b'0'));
    digits
        .iter()
        .try_fold(0, |number, byte| Some(number * 10 + digit(byte)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_has_its_size_and_a_stamp() {
        let stamp = Stamp {
            number: 42,
            moment: 1_234_567,
        };
        assert_eq!(stamp.text(40), "~lab:0000000042:0000000001234567~xxxxxxx");
        assert_eq!(stamp.text(0).len(), SHORTEST);
        assert_eq!(
            stamp.age(Duration::from_micros(1_234_570)),
            Duration::from_micros(3)
        );
    }

    #[test]
    fn what_is_no_stamp_is_passed_over() {
        let good = Stamp {
            number: 1,
            moment: 2,
        }
        .text(0);
        for bad in [
            "",
            "~lab:",
            "~lab:1:2~",
            "~lab:000000000x:0000000000000002~",
            &good[..good.len() - 1],
        ] {
            assert_eq!(Stamp::find(bad.as_bytes()), None, "{bad}");
            assert!(
                Stamp::find(format!("{bad}{good}").as_bytes()).is_some(),
                "{bad}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_stamp_is_found_in_order(stamps in prop::collection::vec((0..10u64.pow(10), 0..10u64.pow(16)), 0..9), between in "[a-z~:\"]{0,9}") {
            let stamps: Vec<_> = stamps.into_iter().map(|(number, moment)| Stamp { number, moment }).collect();
            let text: String = stamps.iter().map(|stamp| stamp.text(50) + &between).collect();
            prop_assert_eq!(Stamp::find_all(text.as_bytes()).map(|(_, stamp)| stamp).collect::<Vec<_>>(), stamps);
        }
    }
}
