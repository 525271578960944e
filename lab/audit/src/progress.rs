//! A progress bar on standard error, if that is a terminal.

use super::{record::SubscriberRecord, state::AuditState};
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
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
    let bar = ProgressBar::new(duration.as_millis() as u64).with_finish(ProgressFinish::AndClear);
    let style = ProgressStyle::with_template("{elapsed:>4} {bar:24} {msg}");
    bar.set_style(style.expect("the template is right"));
    let began = Instant::now();
    loop {
        bar.set_position(began.elapsed().as_millis() as u64);
        bar.set_message(message(state, records));
        sleep(TICK).await;
    }
}

fn message(state: &AuditState, records: &[Rc<RefCell<SubscriberRecord>>]) -> String {
    let published: u64 = state.ledgers().map(|ledger| ledger.acknowledged()).sum();
    let (mut received, mut violations) = (0, 0);
    for record in records {
        for counts in &record.borrow().counts {
            received += counts.received;
            violations += counts.violations;
        }
    }
    let [published, received, violations] = [published, received, violations].map(grouped);
    format!("published {published}, received {received}, violations {violations}")
}
