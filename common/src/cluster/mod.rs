//! Several processes on one port: the document's clustering example, with what it needs to be run.
//!
//! The supervisor (`supervisor`) owns one listening socket for each slot, all on one port (`SO_REUSEPORT`, by which the
//! kernel spreads connections evenly), and keeps a process in every slot (`slot`, `restarts`, `liveness`). A process gets its socket as
//! standard input, and as standard output a connection to the supervisor (`child`, `member`), on which either asks the
//! other in lines of JSON (`control`): so every process can answer for all of them (`table`).
//!
//! The sockets stay with the supervisor: what waits in the queue of a process that dies is served by the next.

mod child;
mod control;
mod liveness;
mod member;
mod process_table;
mod restart_policy;
mod slot;
mod supervisor;

pub(crate) use control::ProcessState;
pub(crate) use member::{ClusterMember, ControlChannel};
pub(crate) use supervisor::supervise;
