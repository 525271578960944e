//! Server and load on different processors, so that neither takes time from the other.

use crate::bench::environment::Pinning;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The processors that were chosen; none if there is one only, or if the kernel does not allow a choice.
pub(super) struct Cores(Option<(usize, usize)>);

impl Cores {
    /// Confines this thread, which is the load, to one processor, and keeps another for servers.
    pub(super) fn choose() -> Self {
        let allowed = sched_getaffinity(None).unwrap_or_default();
        let mut usable = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu));
        let pair = usable.next().zip(usable.next());
        Self(pair.filter(|(_, load)| confine(*load)))
    }

    /// Starts something on the server's processor: who is started stays where it was started.
    pub(super) fn on_server<R>(&self, start: impl FnOnce() -> R) -> R {
        let Some((server, load)) = self.0 else { return start() };
        confine(server);
        let started = start();
        confine(load);
        started
    }

    pub(super) fn pinning(&self) -> Option<Pinning> {
        self.0.map(|(server, load)| Pinning { server: vec![server as u32], load: vec![load as u32] })
    }
}

fn confine(cpu: usize) -> bool {
    let mut set = CpuSet::new();
    set.set(cpu);
    sched_setaffinity(None, &set).is_ok()
}
