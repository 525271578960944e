//! Several processes on one port, started and replaced by a supervisor.
//!
//! The supervisor (`supervisor`) has one listening socket for each slot, all on one port. With
//! `SO_REUSEPORT` the kernel spreads connections evenly among them. The supervisor keeps a process
//! in every slot (`slot`, `restart_policy`, `liveness`).
//!
//! A process inherits its socket as standard input. Its standard output is a connection to the
//! supervisor (`child`, `member`), on which both sides exchange lines of JSON (`control`,
//! `pending_requests`). So every process can report the states of all processes (`process_table`).
//!
//! The supervisor keeps the sockets. If a process dies, the next one serves the connections that
//! waited for it.

mod child;
mod child_handle;
mod control;
mod liveness;
mod member;
mod pending_requests;
mod process_table;
mod receive;
mod restart_policy;
mod slot;
mod supervisor;

pub use control::ProcessState;
pub use member::{ClusterMember, ControlChannel};
pub use supervisor::supervise;
