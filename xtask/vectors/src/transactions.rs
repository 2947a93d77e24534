//! Kind `transactions`: every transaction of a stake's life, unsigned, as PSBT and signed.
//!
//! All of them are built from the vector's coins, parameters and keys alone, one from the other, and
//! compared with what the vector states. They are signed wherever the covenant is one of test keys; nobody here can sign
//! for a real one.

pub(crate) mod fields;
mod invalid;
pub(crate) mod signed;

use ballast_bitcoin_staking::{
    CoinPolicy, FundedStaking, Funding, Slashable, SlashingRule, SlashingTx, SlashingVersion, Stake,
    StakingTx, UnbondingTx, WithdrawalTx,
};
use bitcoin::consensus::encode::serialize;
use bitcoin::{Psbt, Transaction};

use self::fields::Inputs;
use crate::Context;
use crate::reader::{Checked, Node};
use crate::report::Foreign;
use crate::staking_scripts::{check_outputs, check_scripts};

/// What only the test keys can check.
pub(crate) const KEYED: [Foreign; 3] = [
    Foreign {
        field: "/staker_sk_label",
        reason: "names a key of test_keys.json, which is not beside the file",
    },
    Foreign { field: "/signed/slashing/covenant/*/aux", reason: KEYED_AUX },
    Foreign { field: "/signed/unbonding_slashing/covenant/*/aux", reason: KEYED_AUX },
];
const KEYED_AUX: &str = "needs the signer's secret in test_keys.json, which is not beside the file";

pub(crate) fn check(vector: &Node<'_>, context: &Context<'_>) -> Checked {
    let inputs = Inputs::read(vector, context)?;
    let life = Life::build(vector, &inputs)?;
    check_scripts(&vector.get("scripts")?, &inputs.terms)?;
    let outputs = vector.get("outputs")?;
    let trees = [outputs.get("staking")?, outputs.get("unbonding")?, outputs.get("slashing_change")?];
    check_outputs(trees, &inputs.terms)?;
    life.check_unsigned(vector, &inputs)?;
    match vector.find("signed") {
        None if !inputs.has_test_covenant => Ok(()),
        _ => signed::check(&vector.get("signed")?, &life, context),
    }
}

/// The transactions of one stake, as the library builds them.
struct Life {
    staking: FundedStaking,
    unbonding: UnbondingTx,
    slashing: SlashingTx,
    unbonding_slashing: SlashingTx,
    withdrawals: [(&'static str, WithdrawalTx); 4],
}

impl Life {
    fn build(vector: &Node<'_>, inputs: &Inputs) -> Checked<Self> {
        let Inputs { terms, amount, coins, fee_rate, home, unbonding_fee, rule, .. } = inputs;
        let policy = CoinPolicy::BtcStakingTs;
        let funding = Funding { coins, policy, fee_rate: *fee_rate, change: home.clone(), op_return: None };
        let staking = StakingTx::build(terms.clone(), *amount, &funding);
        let staking = vector.get("staking")?.accept("a staking transaction", staking)?;
        let stake = staking.staking().stake();

        let unbonding = UnbondingTx::build(stake, *unbonding_fee);
        let unbonding = vector.get("unbonding")?.accept("an unbonding transaction", unbonding)?;
        let slashing = SlashingTx::build(stake, rule, SlashingVersion::Two);
        let slashing = vector.get("slashing")?.accept("a slashing transaction", slashing)?;
        let unbonding_slashing = SlashingTx::build(&unbonding, rule, SlashingVersion::Two);
        let unbonding_slashing =
            vector.get("unbonding_slashing")?.accept("a slashing transaction", unbonding_slashing)?;

        let withdrawal = |name: &'static str, built: Result<WithdrawalTx, _>| {
            Ok((name, vector.get(name)?.accept("a withdrawal", built)?))
        };
        let to = || home.clone();
        let withdrawals = [
            withdrawal("withdraw_staking_expired", WithdrawalTx::build(stake, to(), *fee_rate))?,
            withdrawal("withdraw_early_unbonded", WithdrawalTx::build(&unbonding, to(), *fee_rate))?,
            withdrawal("withdraw_slashing_change", WithdrawalTx::build(&slashing, to(), *fee_rate))?,
            withdrawal(
                "withdraw_unbonding_slashing_change",
                WithdrawalTx::build(&unbonding_slashing, to(), *fee_rate),
            )?,
        ];
        Ok(Self { staking, unbonding, slashing, unbonding_slashing, withdrawals })
    }

    fn stake(&self) -> &Stake {
        self.staking.staking().stake()
    }

    fn check_unsigned(&self, vector: &Node<'_>, inputs: &Inputs) -> Checked {
        let Self { unbonding, slashing, unbonding_slashing, .. } = self;
        self.check_staking(&vector.get("staking")?, inputs)?;
        self.check_unbonding(&vector.get("unbonding")?, inputs)?;
        check_slashing(&vector.get("slashing")?, slashing, self.stake(), &inputs.rule)?;
        check_slashing(&vector.get("unbonding_slashing")?, unbonding_slashing, unbonding, &inputs.rule)?;
        for (name, withdrawal) in &self.withdrawals {
            let (tx, fee) = (withdrawal.transaction(), withdrawal.fee().to_sat());
            check_unsigned(&vector.get(name)?, tx, fee, &withdrawal.psbt())?;
        }
        Ok(())
    }

    fn check_staking(&self, section: &Node<'_>, inputs: &Inputs) -> Checked {
        let tx = self.staking.staking().transaction();
        // Some wallets want taproot coins marked with their internal key, others do not.
        let stated = Psbt::deserialize(&section.get("psbt_hex")?.hex()?).ok();
        let is_marked = |psbt: Psbt| psbt.inputs.iter().any(|input| input.tap_internal_key.is_some());
        let internal_key = stated.is_some_and(is_marked).then(|| inputs.terms.staker());
        let psbt = self.staking.psbt(internal_key);
        let stated = check_unsigned(section, tx, self.staking.quoted_fee().to_sat(), &psbt)?;
        section.get("txid")?.is(tx.compute_txid().to_string());
        let parsed = StakingTx::parse(stated, inputs.terms.clone(), inputs.amount);
        section.verify("a transaction that holds the stake", parsed);
        Ok(())
    }

    fn check_unbonding(&self, section: &Node<'_>, inputs: &Inputs) -> Checked {
        let tx = self.unbonding.transaction();
        let fee = self.stake().value() - self.unbonding.output().value;
        let stated = check_unsigned(section, tx, fee.to_sat(), &self.unbonding.psbt())?;
        section.get("txid")?.is(tx.compute_txid().to_string());
        let judged = UnbondingTx::judge(stated, self.stake(), inputs.unbonding_fee);
        section.verify("a valid unbonding transaction", judged);
        Ok(())
    }
}

fn check_slashing<'a>(
    section: &Node<'_>,
    slashing: &SlashingTx,
    slashed: impl Into<Slashable<'a>>,
    rule: &SlashingRule,
) -> Checked {
    let tx = slashing.transaction();
    let stated = check_unsigned(section, tx, slashing.fee().to_sat(), &slashing.psbt())?;
    section.get("txid")?.is(tx.compute_txid().to_string());
    section.verify("a valid slashing transaction", SlashingTx::judge(stated, slashed, rule));
    Ok(())
}

/// Compares a transaction, its fee in sats and its PSBT; returns the transaction as stated.
fn check_unsigned(section: &Node<'_>, tx: &Transaction, fee: u64, psbt: &Psbt) -> Checked<Transaction> {
    let field = section.get("tx_hex")?;
    field.is_hex(serialize(tx));
    section.get("fee")?.is(fee);
    section.get("psbt_hex")?.is_hex(psbt.serialize());
    field.transaction()
}
