//! Starts services and Redis servers as processes of their own, and stops them. It measures nothing
//! and breaks nothing.

pub mod keyspace;
pub mod redis;
pub mod spawned;
