//! Messages to many readers: what each costs, how late it comes, and whether it comes.

use super::{Outcome, cores::Cores, procfs, server::Loaded};
use crate::{
    bench::{
        result::Repetition,
        scenario::{Load, Scenario},
    },
    load::{clock, counters::Counters, engine::Engine, pace::Pace},
};
use std::time::Duration;

/// Of a core; above it, the load may have been what was measured.
const BUSY: f64 = 0.9;
/// Of a core, used by others; above it, the server was disturbed.
const OTHERS: f64 = 0.15;

pub(super) fn run(scenario: &Scenario, cores: &Cores) -> Result<Outcome, String> {
    let server = Loaded::start(scenario, cores)?;
    let readers = scenario.readers as usize;
    let mut load = Engine::new(server.target(scenario)?, scenario.payload_bytes as usize)?;
    load.connect(readers)?;
    let mut pace = match scenario.load {
        Load::InFlight(in_flight) => Pace::closed(in_flight as usize, readers, load.published()),
        Load::PerSecond(rate) => Pace::open(rate, clock::now()),
    };
    load.run(&mut pace, Duration::from_secs_f64(scenario.warm_up_seconds))?;
    load.take_counters();
    let before = Times::now(&server, &load);
    load.run(&mut pace, Duration::from_secs_f64(scenario.seconds))?;
    let spent = Times::now(&server, &load).since(&before);
    let counted = load.take_counters();
    let lost = load.settle()?;
    let rest = load.take_counters();
    let warnings = spent.warnings().into_iter().chain(load.trouble().map(str::to_owned)).collect();
    Ok(Outcome { repetition: counts(scenario, &spent, counted, &rest, lost), warnings })
}

/// What came after the end is no part of a closed loop's cost; of a schedule's latency it is.
fn counts(scenario: &Scenario, spent: &Times, mut counted: Counters, rest: &Counters, lost: u64) -> Repetition {
    if matches!(scenario.load, Load::PerSecond(_)) {
        counted.latency.merge(&rest.latency);
        counted.received += rest.received;
    }
    Repetition {
        seconds: spent.wall.as_secs_f64(),
        published: counted.published,
        operations: counted.received,
        server_cpu_seconds: spent.server.map(|cpu| cpu.as_secs_f64()),
        load_cpu_seconds: spent.load.as_secs_f64(),
        latency: counted.latency,
        lost,
        duplicated: counted.duplicated + rest.duplicated,
        reordered: counted.reordered + rest.reordered,
        resets: counted.resets + rest.resets,
        wire: None,
        memory: Vec::new(),
    }
}

/// Clocks that are read before and after what is measured.
struct Times {
    wall: Duration,
    server: Option<Duration>,
    load: Duration,
    everybody: Option<Duration>,
}

impl Times {
    fn now(server: &Loaded, load: &Engine) -> Self {
        Self { wall: clock::now(), server: server.cpu(), load: load.cpu(), everybody: procfs::cpu_of_all() }
    }

    fn since(&self, before: &Self) -> Self {
        let less = |now: Option<Duration>, before: Option<Duration>| Some(now?.saturating_sub(before?));
        Self {
            wall: self.wall - before.wall,
            server: less(self.server, before.server),
            load: self.load.saturating_sub(before.load),
            everybody: less(self.everybody, before.everybody),
        }
    }

    fn warnings(&self) -> Vec<String> {
        let share = |time: Duration| time.as_secs_f64() / self.wall.as_secs_f64();
        let server = self.server.map(share);
        let bottleneck = share(self.load) > BUSY && server.is_some_and(|server| server < BUSY);
        let bottleneck = bottleneck
            .then(|| "the load had no time left, and the server had: it was not measured at its limit".to_owned());
        let others = self.everybody.zip(self.server).map(|(all, server)| share(all.saturating_sub(server + self.load)));
        let others = others.filter(|&share| share > OTHERS);
        let others = others.map(|share| format!("others used {:.0} % of a core meanwhile", share * 100.0));
        bottleneck.into_iter().chain(others).collect()
    }
}
