//! The routes of a gate, on the gate's thread.

use super::{Link, RouteConfig, fault::ActiveFault, gate_thread::GateThread, route::Route};
use std::{io, rc::Rc};
use support::job_thread::Job;
use tokio::{
    runtime,
    sync::mpsc::UnboundedReceiver,
    task::{LocalSet, spawn_local},
};

/// The routes, on the gate's thread.
pub(super) struct Routes {
    pub(super) thread: Rc<GateThread>,
    pub(super) all: Vec<Rc<Route>>,
}

impl Routes {
    /// Returns the route with this name, or all routes.
    pub(super) fn named(&self, name: Option<&str>) -> impl Iterator<Item = &Rc<Route>> {
        self.all
            .iter()
            .filter(move |route| name.is_none_or(|name| route.name == name))
    }

    /// Ends the faults that match, of all routes, and returns their number.
    pub(super) fn end_faults(&self, which: impl Fn(&ActiveFault) -> bool) -> usize {
        let ended = self.all.iter().map(|route| route.end_faults(&which));
        ended.sum()
    }
}

/// Runs the gate's thread: starts the routes, reports `ready`, then runs jobs until the
/// handle drops.
pub(super) fn serve(
    entries: Vec<RouteConfig>,
    link: Link,
    mut jobs: UnboundedReceiver<Job<Routes>>,
    ready: &std::sync::mpsc::Sender<io::Result<()>>,
) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    LocalSet::new().block_on(&runtime, async {
        let thread = Rc::new(GateThread::new()?);
        let all = entries
            .into_iter()
            .map(|entry| open(&thread, entry, link))
            .collect::<io::Result<_>>()?;
        let mut routes = Routes {
            thread: thread.clone(),
            all,
        };
        spawn_local(async move { thread.timers.run().await });
        // The receiver is gone if the handle was dropped already.
        let _ = ready.send(Ok(()));
        while let Some(job) = jobs.recv().await {
            job(&mut routes);
        }
        Ok(())
    })
}

fn open(thread: &Rc<GateThread>, entry: RouteConfig, link: Link) -> io::Result<Rc<Route>> {
    let route = Rc::new(Route::new(
        thread.clone(),
        &entry,
        entry.listener.local_addr()?,
        link,
    ));
    let listener = tokio::net::TcpListener::from_std(entry.listener)?;
    spawn_local(route.clone().serve(listener));
    Ok(route)
}
