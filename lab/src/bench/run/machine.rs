//! Server and load on different processors, so that neither takes time from the other.

use crate::{environment::Pinning, load::url::Url};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// What all scenarios of a run have in common.
pub(super) struct Machine {
    /// The processors of servers and load; none if there is one only, or if the kernel allows no choice.
    cores: Option<(usize, usize)>,
    /// Where messages for somebody else's servers are posted.
    pub(super) publish: Option<Url>,
}

impl Machine {
    /// Confines this thread, and with it all that it will start, to one processor, and keeps another for servers.
    pub(super) fn choose(publish: Option<Url>) -> Self {
        let allowed = sched_getaffinity(None).unwrap_or_default();
        let mut usable = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu));
        let pair = usable.next().zip(usable.next());
        Self {
            cores: pair.filter(|(_, load)| confine(*load)),
            publish,
        }
    }

    /// Starts something on the server's processor: who is started stays where it was started.
    pub(super) fn on_server<R>(&self, start: impl FnOnce() -> R) -> R {
        let Some((server, load)) = self.cores else {
            return start();
        };
        confine(server);
        let started = start();
        confine(load);
        started
    }

    pub(super) fn pinning(&self) -> Option<Pinning> {
        self.cores.map(|(server, load)| Pinning {
            server: vec![server as u32],
            load: vec![load as u32],
        })
    }
}

fn confine(cpu: usize) -> bool {
    let mut set = CpuSet::new();
    set.set(cpu);
    sched_setaffinity(None, &set).is_ok()
}
