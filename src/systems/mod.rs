//! The implementations behind the demos, each a small library that a stranger could use: the algorithm, its
//! errors, and its tests against published facts.
//!
//! They take the time ([`crate::sim::Nanos`]) and randomness ([`crate::sim::Rng`]) as arguments and know
//! nothing else. The demo, the cards, the benchmark and the page about a system all run this one.

pub mod autoscaler;
pub mod balancer;
pub mod blocks;
pub mod bounded_buffer;
pub mod bounded_loads;
pub mod btree;
pub mod bulkhead;
pub mod cache;
pub mod cache_pattern;
pub mod cache_store;
pub mod circuit_breaker;
pub mod clocks;
pub mod codel;
pub mod crdt;
pub mod credits;
pub mod deadline;
pub mod dedup;
pub mod detector;
pub mod encoding;
pub mod fanout;
pub mod hash_ring;
pub mod hedge;
pub mod history;
pub mod idempotency;
pub mod ids;
pub mod index;
pub mod jump_hash;
pub mod key_value;
pub mod lease;
pub mod limiter;
pub mod log;
pub mod lsm;
pub mod maglev;
pub mod message_queue;
pub mod mvcc;
pub mod page_cache;
pub mod paging;
pub mod queueing;
pub mod raft;
pub mod redo_log;
pub mod rendezvous;
pub mod replica;
pub mod retry;
pub mod rollout;
pub mod sharding;
pub mod shared_register;
pub mod sketch;
pub mod slotted;
pub mod stampede;
pub mod station;
pub mod transaction;
pub mod write_behind;
