//! A provider signs two blocks at one height: its key becomes public, its power is gone in the same block, its stake burns
//! on Bitcoin, and the chain learns of that. The others go on.

use ballast_bitcoin_io::Bitcoin;
use ballast_roles::chain::At;
use ballast_testing::{Devnet, only, provider_key};
use ballast_types::interfaces::IStaking::Status;
use bitcoin::hashes::Hash;
use bitcoin::{OutPoint, Txid};

#[test]
fn equivocator_is_slashed() -> anyhow::Result<()> {
    let devnet = Devnet::start(&[])?;
    devnet.until_in_snapshot(4)?;
    let stake = only(devnet.stakes_on(1)?)?.stake;
    assert_eq!(devnet.status(stake)?, Status::Active);

    // The provider's own store refuses a second block; a second store does not.
    devnet.act("equivocate 1")?;
    let exposed = devnet.until_key_exposed(1)?;

    // Its power is gone in the block of the evidence: it is removed there, and in no later snapshot.
    assert!(!devnet.provider(1, At::Block(exposed - 1))?.removed);
    assert!(devnet.provider(1, At::Block(exposed))?.removed);
    devnet.until_finalized_above(exposed + 1)?;
    assert!(!devnet.snapshot(exposed + 1)?.contains(&provider_key(1)));

    // The slashing transaction reaches Bitcoin, takes the stake, and is proven back.
    let staked = OutPoint { txid: Txid::from_byte_array(stake.0), vout: 0 };
    devnet.mine_until("the stake is spent", || {
        Ok(devnet.miner()?.rpc().output(&staked)?.is_none().then_some(()))
    })?;
    devnet.until_status(stake, Status::Slashed, true)?;

    // The three that are left make blocks final.
    let height = devnet.until_finalized_above(exposed + 10)?;
    assert_eq!(devnet.snapshot(height)?.len(), 3);
    Ok(())
}
