//! Two stakes leave early: of the one the chain hears first, by the staker's own word; of the other it learns from Bitcoin,
//! by the relayer's proof. Either way the power is gone to the sat, and the bitcoin comes home after the unbonding time.

use ballast_bitcoin_io::Bitcoin;
use ballast_roles::chain::{At, Chain, events};
use ballast_testing::{Devnet, Staker, only, txid};
use ballast_types::SystemContract;
use ballast_types::interfaces::IStaking::{Status, UnbondRequested};
use bitcoin::OutPoint;
use serde_json::{Value, json};

const PROVIDER: u16 = 2;
const AMOUNT: u64 = 300_000;
/// What unbonding costs, in sats.
const UNBONDING_FEE: u64 = 2_000;
/// How long unbonded bitcoin is locked, in Bitcoin blocks.
const UNBONDING_TIME: u32 = 10;

/// The stakers' own words that the chain has heard, each with the height of its block.
fn requests(devnet: &Devnet) -> anyhow::Result<Vec<(u64, UnbondRequested)>> {
    let chain = devnet.chain();
    Ok(events(&chain, 1..=chain.block_number()?, SystemContract::Staking)?)
}

/// An unbonding transaction with one confirmation matures: `ballast withdraw` waits for the last block, then pays home.
fn comes_home(devnet: &Devnet, staker: &Staker<'_>) -> anyhow::Result<()> {
    devnet.mine_followed(UNBONDING_TIME - 2)?;
    let early = devnet.refusal(&staker.withdraw_command())?;
    assert!(early.contains("the unbonding output matures in 1 blocks"), "{early}");
    assert_eq!(staker.shown()?["status"], "unbonding");
    devnet.miner()?.mine(1)?;
    staker.until_shown("status", "unbonded")?;
    let withdrawn = devnet.ballast(&staker.withdraw_command())?;
    assert_eq!((&withdrawn["from"], &withdrawn["to"]), (&json!("unbonding output"), &json!(staker.home)));
    let sats = |field: &str| withdrawn[field].as_u64().expect("a number");
    assert_eq!(sats("amount_sat") + sats("fee_sat"), AMOUNT - UNBONDING_FEE);
    devnet.miner()?.mine(1)?;
    let home = OutPoint::new(txid(&withdrawn, "withdrawal_txid")?, 0);
    let home = devnet.miner()?.rpc().output(&home)?.expect("the withdrawal is on Bitcoin");
    assert_eq!(home.output.value.to_sat(), sats("amount_sat"));
    Ok(())
}

#[test]
fn stake_leaves_with_and_without_the_chain() -> anyhow::Result<()> {
    let devnet = Devnet::start(&[])?;
    let before = devnet.provider(PROVIDER, At::Latest)?.power;

    // Two stakers register, get the covenant's quorum, lock their bitcoin, and count with exactly what they locked.
    let told = devnet.staker("told", PROVIDER, AMOUNT)?;
    let untold = devnet.staker("untold", PROVIDER, AMOUNT)?;
    for (staker, power) in [(&told, before + AMOUNT), (&untold, before + 2 * AMOUNT)] {
        staker.stake()?;
        staker.until_power(Status::Active, power)?;
        let shown = staker.shown()?;
        assert_eq!((&shown["status"], &shown["counts"]), (&json!("active"), &json!(true)), "{shown}");
        assert_eq!((&shown["value_sat"], &shown["provider_power_sat"]), (&json!(AMOUNT), &json!(power)));
        assert_eq!((&shown["exit"], &shown["spend"]), (&json!("none"), &Value::Null), "{shown}");
    }

    // The one tells the chain: its power is gone with that block, before Bitcoin has any.
    let unbonding = told.unbond(true)?;
    assert_eq!(unbonding["amount_sat"], AMOUNT - UNBONDING_FEE);
    let (block, request) = only(requests(&devnet)?)?;
    assert_eq!(request.stake, told.id()?);
    assert_eq!(devnet.provider(PROVIDER, At::Block(block - 1))?.power, before + 2 * AMOUNT);
    assert_eq!(devnet.provider(PROVIDER, At::Block(block))?.power, before + AMOUNT);
    let shown = told.shown()?;
    assert_eq!((&shown["status"], &shown["counts"]), (&json!("unbonding"), &json!(false)), "{shown}");
    assert_eq!((&shown["exit"], &shown["spend"]), (&json!("requested"), &Value::Null), "{shown}");

    // Then its transaction confirms, is proven, matures, and is withdrawn.
    devnet.miner()?.mine(1)?;
    let shown = told.until_shown("exit", "unbonding")?;
    assert_eq!((&shown["status"], &shown["spend"]), (&json!("unbonding"), &unbonding["unbonding_txid"]));
    comes_home(&devnet, &told)?;

    // The other tells Bitcoin alone: while no block has it, it counts.
    let unbonding = untold.unbond(false)?;
    let shown = untold.shown()?;
    assert_eq!((&shown["status"], &shown["exit"]), (&json!("active"), &json!("none")), "{shown}");
    assert_eq!(devnet.provider(PROVIDER, At::Latest)?.power, before + AMOUNT);

    // One block has it, and the relayer's proof takes its power, though its staker never said a word to the chain.
    devnet.miner()?.mine(1)?;
    let shown = untold.until_shown("exit", "unbonding")?;
    assert_eq!((&shown["status"], &shown["spend"]), (&json!("unbonding"), &unbonding["unbonding_txid"]));
    untold.until_power(Status::Unbonding, before)?;
    only(requests(&devnet)?)?;
    comes_home(&devnet, &untold)?;
    assert_eq!(devnet.provider(PROVIDER, At::Latest)?.power, before);
    Ok(())
}
