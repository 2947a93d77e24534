//! Somebody pays for security: after the epoch, providers that voted and the stakes on them have it, to the wei, and who
//! did not vote has nothing.

use alloy_primitives::U256;
use alloy_primitives::utils::parse_ether;
use ballast_roles::chain::{At, read};
use ballast_testing::{Devnet, until};
use ballast_types::SystemContract;
use ballast_types::interfaces::IRewards;

#[test]
fn votes_are_paid_for() -> anyhow::Result<()> {
    let devnet = Devnet::start(&["--providers", "2", "--block-time", "200ms"])?;
    let payer = devnet.key_file(5)?;
    let paid_in = parse_ether("0.01")?;
    devnet.ballast(&format!("rewards fund --amount 0.01 --key {}", payer.display()))?;
    assert_eq!(devnet.ballast("rewards show")?["next_epoch"].as_u64(), Some(0));

    // Two providers with a stake each share what was paid in and the fees of everybody so far.
    let earned = |index: usize, number: u16| -> anyhow::Result<U256> {
        let stakes = devnet.stakes_on(number)?.into_iter().map(|stake| stake.stake).collect();
        let call = IRewards::earnedCall { account: devnet.account(index).0.parse()?, stakes };
        Ok(read(&devnet.chain(), At::Latest, SystemContract::Rewards, &call)?)
    };
    until("both have earned", || {
        let (first, second) = (earned(0, 1)?, earned(1, 2)?);
        Ok((first + second >= paid_in && !first.is_zero() && !second.is_zero()).then_some(()))
    })?;

    // The owner of the provider, who owns its stake as well, takes both parts, once.
    let stake = devnet.stakes_on(1)?.remove(0).stake;
    let txid = bitcoin::Txid::from_raw_hash(bitcoin::hashes::Hash::from_byte_array(stake.0));
    let key = devnet.key_file(0)?;
    let before = devnet.balance(&devnet.account(0).0)?;
    let claimed = devnet.ballast(&format!("rewards claim --stake {txid} --key {}", key.display()))?;
    let amount = parse_ether(claimed["pbtc"].as_str().expect("an amount"))?;
    let after = devnet.balance(&devnet.account(0).0)?;
    assert!(U256::from(after) <= U256::from(before) + amount && after > before, "{claimed}");

    // Nobody takes what is another's.
    let stranger = devnet.key_file(6)?;
    let refused = devnet.refusal(&format!("rewards claim --stake {txid} --key {}", stranger.display()))?;
    assert!(refused.contains("NotOwner"), "{refused}");
    devnet.balanced()?;
    Ok(())
}
