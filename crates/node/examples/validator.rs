//! The smallest program that runs a validator: a devnet of one, which sends itself a transfer in every block.
//!
//! `validator DATA_DIR GENESIS_TIME_MS BLOCK_TIME_MS` prints `NUMBER HASH` for every block it has and every block it
//! makes, until it is killed. `RUST_LOG=info` makes it talk on stderr.

use std::{env, error::Error, io::Write as _, path::PathBuf};

use ballast_node::ChainEvent;
use tracing_subscriber::EnvFilter;

#[path = "../src/fixture.rs"]
mod fixture;

fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let usage = "usage: validator DATA_DIR GENESIS_TIME_MS BLOCK_TIME_MS";
    let mut arguments = env::args().skip(1);
    let data_dir = PathBuf::from(arguments.next().ok_or(usage)?);
    let genesis_time_ms = arguments.next().ok_or(usage)?.parse()?;
    let block_time_ms = arguments.next().ok_or(usage)?.parse()?;

    let genesis = fixture::genesis(1, genesis_time_ms, block_time_ms, 8);
    let node = ballast_node::run(fixture::config(&data_dir, &genesis))?;
    let chain = node.chain();
    let mut events = chain.subscribe();
    let mut printed = 0;
    let sender = fixture::wallet(0);
    loop {
        let latest = chain.latest()?;
        for number in printed + 1..=latest {
            let hash = chain.index().hash(number)?.ok_or("a block has a hash")?;
            writeln!(std::io::stdout().lock(), "{number} {hash}")?;
        }
        printed = latest;
        if latest > 0 {
            let nonce = chain.pending_nonce(sender.address)?;
            chain.submit(&fixture::raw(&sender.transfer(nonce, fixture::wallet(1).address, 1, 1_000)))?;
        }
        while !matches!(events.blocking_recv()?, ChainEvent::Block(_)) {}
    }
}
