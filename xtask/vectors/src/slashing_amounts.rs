//! Kind `slashing_amounts`: what slashing takes, by the deployed formula and by exact rounding.

use ballast_bitcoin_staking::SlashingRate;
use bitcoin::Amount;

use crate::Context;
use crate::reader::{Checked, Node};

pub(crate) fn check(vector: &Node<'_>, _: &Context<'_>) -> Checked {
    let amount = Amount::from_sat(vector.get("amount")?.number()?);
    let rate = vector.get("rate")?.parse("a slashing rate", str::parse::<SlashingRate>)?;
    let slashed = rate.slashed(amount).to_sat();
    let exact = half_up(amount, rate);
    vector.get("slashed_f64")?.is(slashed);
    vector.get("slashed_exact_half_up")?.is(exact);
    vector.get("differs")?.is(slashed != exact);
    Ok(())
}

/// `amount × rate` in sats, where half a sat becomes a whole one.
fn half_up(amount: Amount, rate: SlashingRate) -> u64 {
    let product = u128::from(amount.to_sat()) * u128::from(rate.ten_thousandths());
    u64::try_from((product + 5_000) / 10_000).expect("a share of an amount is no more than it")
}
