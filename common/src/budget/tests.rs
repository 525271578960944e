//! Shares of a budget, and what is counted in it.

use super::*;

fn address(last: u8) -> Option<IpAddr> {
    Some(IpAddr::from([127, 0, 0, last]))
}

#[test]
fn a_holder_gets_at_most_what_is_left_for_others() {
    let budget = MemoryBudget::new(100);
    let mut first = budget.share(address(1));
    let mut second = budget.share(address(1));
    assert_eq!(first.grow_to(30), Ok(()));
    assert_eq!(second.grow_to(20), Ok(()));
    assert_eq!(second.grow_to(21), Err(BudgetExhausted));
    let mut other = budget.share(address(2));
    assert_eq!(other.grow_to(25), Ok(()));
    assert_eq!(other.grow_to(26), Err(BudgetExhausted));
    assert_eq!(budget.held(), 75);
}

#[test]
fn a_dropped_share_returns_its_bytes() {
    let budget = MemoryBudget::new(100);
    let mut share = budget.share(None);
    share.grow_to(50).unwrap();
    assert_eq!(budget.share(None).grow_to(1), Err(BudgetExhausted));
    drop(share);
    assert_eq!(budget.held(), 0);
    assert_eq!(budget.share(None).grow_to(50), Ok(()));
    assert!(budget.lock().by_holder.is_empty());
}

#[test]
fn small_bodies_are_free_and_large_ones_count_with_their_copies() {
    let budget = MemoryBudget::new(1 << 20);
    let mut share = budget.share(None);
    share.cover(FREE_PER_CONNECTION, 20_000).unwrap();
    assert_eq!(budget.held(), 0);
    for (bytes, held) in [
        (FREE_PER_CONNECTION + 1, 16_384),
        (16_384, 16_384),
        (17_000, 20_000),
        (20_000, 20_000),
    ] {
        share.cover(bytes, 20_000).unwrap();
        assert_eq!(budget.held(), COPIES * held);
    }
}

#[test]
fn charged_bytes_are_held_while_any_part_of_them_is() {
    let budget = MemoryBudget::new(100);
    let charged = budget.charge(&Bytes::from_static(b"0123456789")).unwrap();
    let part = charged.slice(3..5);
    drop(charged);
    assert_eq!((budget.held(), &part[..]), (10, &b"34"[..]));
    drop(part);
    assert_eq!(budget.held(), 0);
}
