//! What every message of a load carries in its text: which it is, and when it was to be published.

use memchr::memmem::Finder;
use std::{sync::LazyLock, time::Duration};

const MARK: &[u8] = b"~lab:";
static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MARK));

/// Digits of the number: more messages than a run will have.
const NUMBER: usize = 10;
/// Digits of the moment in microseconds: three hundred years.
const MOMENT: usize = 16;
/// The least that a text with a stamp has, in bytes.
pub(crate) const SHORTEST: usize = MARK.len() + NUMBER + 1 + MOMENT + 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// 0 for the first message of a load, then one more for each.
    pub(crate) number: u64,
    /// When it was to be published, by [`clock::now`](super::clock::now), in microseconds.
    pub(crate) moment: u64,
}

impl Stamp {
    pub(crate) fn new(number: u64, moment: Duration) -> Self {
        Self {
            number,
            moment: moment.as_micros() as u64,
        }
    }

    /// A text of `size` bytes, at least [`SHORTEST`], in which nothing needs escaping in JSON.
    pub(crate) fn text(self, size: usize) -> String {
        let Self { number, moment } = self;
        let mut text = format!("~lab:{number:0NUMBER$}:{moment:0MOMENT$}~");
        text.extend(std::iter::repeat_n('x', size.saturating_sub(text.len())));
        text
    }

    /// How long after that moment it is now.
    pub(crate) fn age(self, now: Duration) -> Duration {
        now.saturating_sub(Duration::from_micros(self.moment))
    }

    /// The first stamp in these bytes.
    pub(crate) fn find(bytes: &[u8]) -> Option<Self> {
        Self::find_all(bytes).next().map(|(_, stamp)| stamp)
    }

    /// All stamps in these bytes and where they begin, whatever is between them.
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
