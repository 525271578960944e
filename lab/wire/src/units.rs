//! Complete units out of pieces of any size.

/// Calls `take` on all bytes until the rest is an incomplete unit, for which it returns 0. Keeps
/// that in `rest`.
///
/// # Errors
///
/// Those of `take`.
pub fn take_units<E>(
    rest: &mut Vec<u8>,
    piece: &[u8],
    mut take: impl FnMut(&[u8]) -> Result<usize, E>,
) -> Result<(), E> {
    if rest.is_empty() {
        let taken = take_all(piece, &mut take)?;
        rest.extend_from_slice(&piece[taken..]);
    } else {
        rest.extend_from_slice(piece);
        let taken = take_all(rest, &mut take)?;
        rest.drain(..taken);
    }
    Ok(())
}

fn take_all<E>(bytes: &[u8], take: &mut impl FnMut(&[u8]) -> Result<usize, E>) -> Result<usize, E> {
    let mut at = 0;
    while at < bytes.len() {
        match take(&bytes[at..])? {
            0 => break,
            taken => at += taken,
        }
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[test]
    fn a_unit_is_taken_when_it_is_complete() {
        let (mut rest, mut units) = (Vec::new(), Vec::new());
        for piece in [&b"ab"[..], b"cde", b"fghi"] {
            let taken = take_units(&mut rest, piece, |bytes| {
                let unit = bytes.get(..3).unwrap_or_default();
                units.extend((!unit.is_empty()).then(|| unit.to_vec()));
                Ok::<_, Infallible>(unit.len())
            });
            assert_eq!(taken, Ok(()));
        }
        assert_eq!(units, [b"abc", b"def", b"ghi"]);
        assert!(rest.is_empty());
    }
}
