//! Kind `observable_staking`: stakes that announce themselves on Bitcoin, built and found again.

use ballast_bitcoin_staking::op_return::Announcement;
use ballast_bitcoin_staking::{Coin, CoinPolicy, Committee, Funding, Stake, Timelock, UnbondingTx};
use bitcoin::absolute::Height;
use bitcoin::consensus::encode::serialize;
use bitcoin::key::TapTweak;
use bitcoin::{Amount, ScriptBuf};
use secp256k1::SECP256K1;

use crate::Context;
use crate::param_set::ParamSet;
use crate::reader::{Checked, Node};
use crate::report::Foreign;
use crate::staking_scripts::{
    check_scripts, check_staking_output, check_unbonding_output, committee, timelock,
};
use crate::transactions::fields::{amount, check_within, fee_rate, network, read_coin};

/// What is about no transaction.
pub(crate) const FOREIGN: [Foreign; 1] =
    [Foreign { field: "/params/version", reason: "numbering of a table of parameters that is not here" }];

pub(crate) fn check(vector: &Node<'_>, context: &Context<'_>) -> Checked {
    network(&vector.get("network")?)?;
    let params = vector.get("params")?;
    let (keys, quorum) = (params.get("covenantNoCoordPks")?, params.get("covenantQuorum")?);
    let set = ParamSet::read(&vector.get("param_set")?)?;
    set.check_committee(&keys, &quorum, context)?;
    set.check_limits(&params, context)?;
    set.check_slashing(&params, context)?;
    check_within(&params, &vector.get("staking_amount")?, &vector.get("staking_time")?)?;
    let parties = Parties {
        announcement: Announcement {
            tag: params.get("tag")?.bytes()?,
            staker: vector.get("staker_pk")?.key()?,
            provider: vector.get("fp_pk")?.key()?,
            staking_time: timelock(&vector.get("staking_time")?)?,
        },
        committee: committee(&keys, &quorum)?,
        unbonding_time: timelock(&params.get("unbondingTime")?)?,
    };
    parties.check_announcement(vector)?;
    let stake = parties.check_staking(vector, &params)?;
    check_scripts(&vector.get("scripts")?, stake.terms())?;
    check_staking_output(&vector.get("staking_output")?, stake.terms())?;
    check_unbonding_output(&vector.get("unbonding_output")?, stake.terms())?;
    check_unbonding(&vector.get("unbonding_tx_hex")?, &stake, amount(&params.get("unbondingFeeSat")?)?)
}

/// Whose stake it is, and what is announced of it.
struct Parties {
    announcement: Announcement,
    committee: Committee,
    unbonding_time: Timelock,
}

impl Parties {
    fn check_announcement(&self, vector: &Node<'_>) -> Checked {
        let made = self.announcement.to_script();
        let fields = [vector.get("op_return_script")?, vector.get("scripts")?.get("dataEmbedScript")?];
        for field in fields {
            field.is_hex(&made);
            if Announcement::from_script(&field.hex()?) != Some(self.announcement) {
                field.fail("an announcement that reads back the same", "it does not");
            }
        }
        let pushed = made.instructions().last().and_then(Result::ok);
        let pushed = pushed.and_then(|last| last.push_bytes().map(|bytes| bytes.as_bytes().to_vec()));
        vector.get("op_return_data")?.is_hex(pushed.unwrap_or_default());
        Ok(())
    }

    /// Builds the staking transaction, and finds its stake in the stated one.
    fn check_staking(&self, vector: &Node<'_>, params: &Node<'_>) -> Checked<Stake> {
        let (home, _) = self.announcement.staker.tap_tweak(SECP256K1, None);
        let home = ScriptBuf::new_p2tr_tweaked(home);
        let coins = vector.get("utxos")?.items()?;
        let coins: Vec<Coin> = coins.iter().map(|coin| read_coin(coin, &home)).collect::<Checked<_>>()?;
        let fee_rate = fee_rate(&vector.get("fee_rate")?)?;
        let policy = CoinPolicy::BtcStakingTs;
        let funding = Funding { coins: &coins, policy, fee_rate, change: home, op_return: None };
        let height = params.get("btcActivationHeight")?;
        let height = height.accept("a height", Height::from_consensus(height.number()?))?;
        let value = amount(&vector.get("staking_amount")?)?;

        let field = vector.get("staking_tx_hex")?;
        let terms = (&self.committee, self.unbonding_time);
        let built = self.announcement.build_staking(terms, value, height, &funding);
        let built = field.accept("a staking transaction", built)?;
        let tx = built.staking().transaction();
        field.is_hex(serialize(tx));
        vector.get("staking_txid")?.is(tx.compute_txid().to_string());
        vector.get("fee")?.is(built.quoted_fee().to_sat());
        let found = Announcement::find_stake(
            &field.transaction()?,
            self.announcement.tag,
            &self.committee,
            self.unbonding_time,
        );
        let stake = field.accept("the announced stake", found)?;
        if stake != *built.staking().stake() {
            field.fail("the stake that was built", format_args!("{stake:?}"));
        }
        Ok(stake)
    }
}

fn check_unbonding(field: &Node<'_>, stake: &Stake, fee: Amount) -> Checked {
    let made = field.accept("an unbonding transaction", UnbondingTx::build(stake, fee))?;
    field.is_hex(serialize(made.transaction()));
    field.verify("a valid unbonding transaction", UnbondingTx::judge(field.transaction()?, stake, fee));
    Ok(())
}
