//! The figures of a whole devnet: how long it takes to start and to start again, and how far `finalized` is behind.
//!
//! `cargo run -p ballast-testing --example devnet_figures` after `cargo build -p ballast`; results are in
//! `docs/performance.md`. Ten providers and blocks of a second, all on this machine.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::ensure;
use ballast_roles::chain::Chain;
use ballast_testing::Devnet;

/// Blocks whose way to finality is measured.
const BLOCKS: usize = 30;
/// How often both heights are read.
const LOOK: Duration = Duration::from_millis(20);
/// What is not final by then never will be.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut devnet = Devnet::start(&["--providers", "10", "--block-time", "1s"])?;
    println!("first start, key ceremony, 10 deposits and 10 stakes included: {:.1?}", begun.elapsed());
    devnet.until_in_snapshot(10)?;

    let mut lags = lags(&devnet)?;
    lags.sort_unstable();
    let of = |part: usize| lags[(lags.len() - 1) * part / 100];
    println!(
        "`finalized` behind `latest`: median {:.1?}, 90 % within {:.1?}, worst {:.1?}",
        of(50),
        of(90),
        of(100)
    );

    devnet.stop()?;
    let begun = Instant::now();
    devnet.resume()?;
    println!("start again: {:.1?}", begun.elapsed());
    Ok(())
}

/// For each block, the time from when it was first seen as the latest to when it was first seen as final.
fn lags(devnet: &Devnet) -> anyhow::Result<Vec<Duration>> {
    let chain = devnet.chain();
    let (begun, first) = (Instant::now(), chain.block_number()?);
    let (mut seen, mut lags) = (BTreeMap::new(), Vec::new());
    while lags.len() < BLOCKS {
        ensure!(begun.elapsed() < PATIENCE, "only {} of {BLOCKS} blocks became final", lags.len());
        let latest = chain.block_number()?;
        if latest > first {
            seen.entry(latest).or_insert_with(Instant::now);
        }
        let finalized = chain.finalized()?;
        let rest = seen.split_off(&(finalized + 1));
        lags.extend(std::mem::replace(&mut seen, rest).into_values().map(|at| at.elapsed()));
        sleep(LOOK);
    }
    Ok(lags)
}
