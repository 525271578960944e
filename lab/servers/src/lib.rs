//! Starts services and Redis servers as processes of their own, and stops them, for the tools and
//! tests that measure or break them. It measures nothing itself.

pub mod broker_choice;
pub mod keyspace;
pub mod redis;
pub mod spawned;
