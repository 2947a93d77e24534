//! Bitcoin throws a stake's block away: the stake counts no more until its transaction is k deep in another block, and then
//! by another anchor. Whom it has counted for at a height it still counts for there: old snapshots stay as they were.

use ballast_bitcoin_io::Bitcoin;
use ballast_roles::chain::{At, Chain, find_events, read};
use ballast_testing::{DEPTH, Devnet, Staker, until};
use ballast_types::SystemContract;
use ballast_types::interfaces::IFinality;
use ballast_types::interfaces::IStaking::{Anchored, Status};
use serde_json::{Value, json};

const PROVIDER: u16 = 4;
const AMOUNT: u64 = 500_000;

fn snapshot(devnet: &Devnet, height: u64) -> anyhow::Result<IFinality::snapshotReturn> {
    let call = IFinality::snapshotCall { height };
    Ok(read(&devnet.chain(), At::Latest, SystemContract::Finality, &call)?)
}

/// The first height above `height` whose snapshot weighs `total` sats, and that snapshot.
fn until_total(devnet: &Devnet, height: u64, total: u64) -> anyhow::Result<(u64, IFinality::snapshotReturn)> {
    until(&format!("a snapshot weighs {total} sats"), || {
        let latest = devnet.chain().block_number()?;
        let found = snapshot(devnet, latest)?;
        Ok((latest > height && found.total == total).then_some((latest, found)))
    })
}

/// The block of Bitcoin's best chain that the stake is in.
fn block_of(devnet: &Devnet, staker: &Staker<'_>) -> anyhow::Result<Value> {
    let miner = devnet.miner()?;
    let coin = miner.rpc().output(&staker.outpoint()?)?.expect("the stake is unspent");
    assert!(coin.confirmations > 0, "the stake is in a block");
    let hash = miner.rpc().block_hash(miner.rpc().tip()?.height + 1 - coin.confirmations)?;
    Ok(json!(hash))
}

#[test]
fn reorganisation_moves_a_stakes_anchor() -> anyhow::Result<()> {
    let devnet = Devnet::start(&[])?;
    devnet.until_in_snapshot(4)?;
    let start = devnet.chain().block_number()?;
    let (before, total) = (devnet.provider(PROVIDER, At::Latest)?.power, snapshot(&devnet, start)?.total);

    // A stake counts, by the block that it is in, and in a snapshot.
    let staker = devnet.staker("staker", PROVIDER, AMOUNT)?;
    let id = staker.stake()?;
    staker.until_power(Status::Active, before + AMOUNT)?;
    let anchor = staker.shown()?["anchor"].clone();
    assert_eq!(anchor, block_of(&devnet, &staker)?);
    let (counted, old) = until_total(&devnet, start, total + AMOUNT)?;

    // Its block and all above go: it waits again, its power is taken off, and the next snapshots are without;
    // the one that had it still has.
    devnet.act(&format!("reorg {DEPTH}"))?;
    devnet.until_followed()?;
    staker.until_power(Status::Verified, before)?;
    let shown = staker.shown()?;
    assert_eq!((&shown["counts"], &shown["exit"]), (&json!(false), &json!("none")), "{shown}");
    assert_eq!(devnet.miner()?.rpc().output(&staker.outpoint()?)?.map(|coin| coin.confirmations), Some(0));
    let (uncounted, between) = until_total(&devnet, counted, total)?;
    assert_eq!(snapshot(&devnet, counted)?, old);

    // It is mined again, and one block short of its depth it still waits.
    devnet.mine_followed(DEPTH - 1)?;
    let moved = block_of(&devnet, &staker)?;
    assert_ne!(moved, anchor);
    assert_eq!(staker.shown()?["status"], "verified");
    assert_eq!(devnet.provider(PROVIDER, At::Latest)?.power, before);

    // With the last block it counts again, by its other anchor.
    devnet.mine_followed(1)?;
    staker.until_power(Status::Active, before + AMOUNT)?;
    assert_eq!(staker.shown()?["anchor"], moved);
    let (_, again) = until_total(&devnet, uncounted, total + AMOUNT)?;
    assert_eq!(again, old);
    let chain = devnet.chain();
    let anchors: Vec<(u64, Anchored)> =
        find_events(&chain, 1..=chain.block_number()?, SystemContract::Staking, &[Some(id)])?;
    assert_eq!(anchors.len(), 2, "{anchors:?}");

    // Nor has this touched a snapshot that was without it, and blocks went on becoming final.
    assert_eq!(snapshot(&devnet, uncounted)?, between);
    devnet.until_finalized_above(uncounted)?;
    Ok(())
}
