//! A progress bar on standard error, if that is a terminal.

use super::{record::SubscriberRecord, state::AuditState};
use indicatif::{ProgressBar, ProgressStyle};
use std::{cell::RefCell, rc::Rc, time::Duration};
use support::units::grouped;
use tokio::time::{Instant, sleep};

const TICK: Duration = Duration::from_millis(200);

/// Shows the progress until the future is dropped.
pub(super) async fn show(
    state: &AuditState,
    records: &[Rc<RefCell<SubscriberRecord>>],
    duration: Duration,
) {
    let bar = ProgressBar::new(duration.as_millis() as u64);
    let style = ProgressStyle::with_template("{elapsed:>4} {bar:24} {msg}");
    bar.set_style(style.expect("the template is right"));
    let _clear = ClearOnDrop(&bar);
    let began = Instant::now();
    loop {
        bar.set_position(began.elapsed().as_millis() as u64);
        bar.set_message(message(state, records));
        sleep(TICK).await;
    }
}

fn message(state: &AuditState, records: &[Rc<RefCell<SubscriberRecord>>]) -> String {
    let published: u64 = state.ledgers().map(|ledger| ledger.acknowledged()).sum();
    let mut received = 0;
    let mut violations = 0;
    for record in records {
        let record = record.borrow();
        received += record
            .counts
            .iter()
            .map(|counts| counts.received)
            .sum::<u64>();
        violations += record
            .counts
            .iter()
            .map(|counts| counts.violations)
            .sum::<u64>();
    }
    let [published, received, violations] = [published, received, violations].map(grouped);
    format!("published {published}, received {received}, violations {violations}")
}

struct ClearOnDrop<'a>(&'a ProgressBar);

impl Drop for ClearOnDrop<'_> {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
