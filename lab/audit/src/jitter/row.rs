//! One row: all subscribers of one transport that resume in one manner.

use super::{
    Jitter, Manner,
    plan::Plan,
    publisher,
    report::Row,
    subscriber::{RowCounts, RowState, Subscriber},
};
use crate::deployment::Deployment;
use anyhow::{Result, bail, ensure};
use client::Target;
use common::message::ChannelName;
use std::{cell::RefCell, rc::Rc, time::Duration};
use support::transports::LANES;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep},
};

/// The most subscribers that connect at once, well below any backlog.
const OPENING: usize = 100;
/// Time between two looks at the counts.
const LOOK: Duration = Duration::from_millis(20);
/// How long robust subscribers, and those that connect, may make no progress.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same for naive ones, after an offline window: what they miss never comes.
const NAIVE_PATIENCE: Duration = Duration::from_secs(3);

/// Runs a row to its end.
pub(super) async fn run(
    deployment: &Deployment,
    lane: usize,
    manner: Manner,
    args: &Jitter,
    plan: &Rc<Plan>,
) -> Result<Row> {
    let name = format!("{}-{lane}-{}", deployment.channel, manner.name());
    let channel = ChannelName::parse(&name)?;
    let base = deployment.base(lane);
    let state = Rc::new(RowState {
        manner,
        transport: LANES[lane].transport,
        target: Target {
            base: base.clone(),
            channels: channel.clone().into(),
            after: None,
        },
        messages: args.messages as usize,
        offline: args.offline,
        began: watch::Sender::new(None),
        counts: RefCell::default(),
    });
    let mut subscribers = JoinSet::new();
    connect(&state, args.subscribers as usize, plan, &mut subscribers).await?;
    let began = Instant::now();
    state.began.send_replace(Some(began));
    publisher::start(base, channel, args, began.into_std()).await??;
    // A cut may follow the last message.
    wait(&state, PATIENCE, |counts| counts.cuts, plan.cuts()).await?;
    settle(&state, args).await?;
    subscribers.shutdown().await;
    let counts = state.counts.take();
    Ok(Row::new(LANES[lane].name, manner, args, &counts))
}

async fn connect(
    state: &Rc<RowState>,
    clients: usize,
    plan: &Rc<Plan>,
    subscribers: &mut JoinSet<()>,
) -> Result<()> {
    let connected = |counts: &RowCounts| counts.connected as u64;
    for number in 0..clients {
        let subscriber = Subscriber::new(Rc::clone(state));
        subscribers.spawn_local(subscriber.run(Rc::clone(plan), number));
        let wanted = (number + 1).saturating_sub(OPENING) as u64;
        wait(state, PATIENCE, connected, wanted).await?;
    }
    let all = clients as u64;
    let reached = wait(state, PATIENCE, connected, all).await?;
    ensure!(
        reached == all,
        "{reached} of {all} subscribers could connect"
    );
    Ok(())
}

/// Waits until all messages have arrived, or no more arrive.
async fn settle(state: &RowState, args: &Jitter) -> Result<()> {
    let patience = match state.manner {
        Manner::Naive => args.offline + NAIVE_PATIENCE,
        Manner::Robust => args.offline + PATIENCE,
    };
    let expected = u64::from(args.subscribers) * u64::from(args.messages);
    wait(state, patience, |counts| counts.received, expected).await?;
    Ok(())
}

/// Waits until a count is reached, or does not grow for this long. Returns it.
async fn wait(
    state: &RowState,
    patience: Duration,
    count: impl Fn(&RowCounts) -> u64,
    wanted: u64,
) -> Result<u64> {
    let mut last = (0, Instant::now());
    loop {
        {
            let counts = state.counts.borrow();
            if let Some(why) = &counts.refused {
                bail!("a subscriber was refused: {why}");
            }
            let now = count(&counts);
            if now > last.0 {
                last = (now, Instant::now());
            }
        }
        if last.0 >= wanted || last.1.elapsed() > patience {
            return Ok(last.0);
        }
        sleep(LOOK).await;
    }
}
