//! A line for whoever watches. Shows nothing where standard error is no terminal.

use super::{tally::Record, world::World};
use indicatif::{ProgressBar, ProgressStyle};
use std::{cell::RefCell, rc::Rc, time::Duration};
use tokio::time::{Instant, sleep};

const TICK: Duration = Duration::from_millis(200);

/// Shows how far it is, until dropped.
pub(super) async fn show(world: &World, records: &[Rc<RefCell<Record>>], duration: Duration) {
    let bar = ProgressBar::new(duration.as_millis() as u64);
    let style = ProgressStyle::with_template("{elapsed:>4} {bar:24} {msg}");
    bar.set_style(style.expect("the template is right"));
    let (_clear, began) = (Clear(&bar), Instant::now());
    loop {
        bar.set_position(began.elapsed().as_millis() as u64);
        bar.set_message(message(world, records));
        sleep(TICK).await;
    }
}

fn message(world: &World, records: &[Rc<RefCell<Record>>]) -> String {
    let published: u64 = world.ledgers().map(|ledger| ledger.acknowledged()).sum();
    let (mut received, mut violations) = (0, 0);
    for record in records {
        let record = record.borrow();
        received += record
            .tallies
            .iter()
            .map(|tally| tally.received)
            .sum::<u64>();
        violations += record
            .tallies
            .iter()
            .map(|tally| tally.violations)
            .sum::<u64>();
    }
    format!("published {published}, received {received}, violations {violations}")
}

struct Clear<'a>(&'a ProgressBar);

impl Drop for Clear<'_> {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
