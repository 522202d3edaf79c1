//! Each implementation of `src/systems` beside a library that does the same: same keys, same hasher, same clock.
//!
//! Before anything is timed, a family asserts that its contenders do the same work: the same owner for every key, the
//! same admissions, the same hits. Where a peer works by other rules, what follows from them (its hit ratio, when
//! it trips) is printed beside the time. Then all take turns, round by round, so that whatever else the machine
//! does meets them alike; the order changes with the round. A ratio is the peer's time over ours in one round, and the
//! median over the rounds is told with its quartiles: 1.0 and more means that ours is as quick or quicker.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml --bin systems [-- --rounds N] [FAMILY]`

mod agreeing;
mod breaking;
mod caching;
mod limiting;
mod placing;
mod sketching;
mod turns;

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let mut rounds = 31;
    let mut wanted = String::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--rounds" {
            rounds = arguments.next().unwrap_or_default().parse().context("--rounds takes a number")?;
        } else {
            wanted = argument;
        }
    }
    let families: Vec<turns::Named> = vec![
        ("ring", placing::ring),
        ("jump", placing::jump),
        ("rendezvous", placing::rendezvous),
        ("maglev", placing::maglev),
        ("token bucket", limiting::token_bucket),
        ("gcra", limiting::gcra),
        ("breaker by calls", breaking::by_calls),
        ("breaker by time", breaking::by_time),
        ("lru", caching::lru),
        ("sieve", caching::sieve),
        ("s3-fifo", caching::s3_fifo),
        ("w-tinylfu", caching::tiny_lfu),
        ("bloom hit", sketching::bloom_hit),
        ("bloom miss", sketching::bloom_miss),
        ("hyperloglog", sketching::hyperloglog),
        ("raft", agreeing::raft),
    ];
    turns::measure(&families, rounds, &wanted)
}
