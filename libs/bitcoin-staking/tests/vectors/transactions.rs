//! Whole lives of stakes: each transaction, its id, its fee and its PSBT.

use ballast_bitcoin_staking::{
    Coin, CoinPolicy, FundedStaking, Funding, SlashingTx, SlashingVersion, StakingTx, UnbondingTx,
    Withdrawable, WithdrawalTx,
};
use bitcoin::address::NetworkUnchecked;
use bitcoin::{Address, OutPoint, Psbt, ScriptBuf, Transaction, TxOut};
use serde_json::Value;

use super::read::*;
use super::staking_scripts::{assert_control, assert_taproot};

/// The transactions of one life.
pub(crate) struct Life {
    pub(crate) funded: FundedStaking,
    pub(crate) unbonding: UnbondingTx,
    pub(crate) slashing: SlashingTx,
    pub(crate) unbonding_slashing: SlashingTx,
    pub(crate) withdrawals: [(&'static str, WithdrawalTx); 4],
}

pub(crate) fn all() -> Vec<Value> {
    vectors(include_str!("../../testvectors/transactions.json"))
}

pub(crate) fn wallet_script(vector: &Value) -> ScriptBuf {
    let address: Address<NetworkUnchecked> = text(&vector["staker_address"]).parse().unwrap();
    address.require_network(network(&vector["network"])).unwrap().script_pubkey()
}

fn coin(value: &Value) -> Coin {
    Coin {
        outpoint: OutPoint::new(text(&value["txid"]).parse().unwrap(), number(&value["vout"]) as u32),
        output: TxOut { value: sats(&value["value"]), script_pubkey: script(&value["scriptPubKey"]) },
    }
}

impl Life {
    pub(crate) fn build(vector: &Value) -> Self {
        let (params, fee_rate) = (&vector["params"], rate(&vector["fee_rate"]));
        let coins: Vec<_> = vector["utxos"].as_array().unwrap().iter().map(coin).collect();
        let wallet = wallet_script(vector);
        let funding = Funding {
            coins: &coins,
            policy: CoinPolicy::BtcStakingTs,
            fee_rate,
            change: wallet.clone(),
            op_return: None,
        };
        let funded = StakingTx::build(terms(vector), sats(&vector["staking_amount"]), &funding).unwrap();
        let (stake, rule) = (funded.staking().stake(), slashing_rule(params));
        let unbonding = UnbondingTx::build(stake, sats(&params["unbondingFeeSat"])).unwrap();
        let slashing = SlashingTx::build(stake, &rule, SlashingVersion::Two).unwrap();
        let unbonding_slashing = SlashingTx::build(&unbonding, &rule, SlashingVersion::Two).unwrap();
        let withdraw = |from: Withdrawable<'_>| WithdrawalTx::build(from, wallet.clone(), fee_rate).unwrap();
        let withdrawals = [
            ("withdraw_staking_expired", withdraw(stake.into())),
            ("withdraw_early_unbonded", withdraw((&unbonding).into())),
            ("withdraw_slashing_change", withdraw((&slashing).into())),
            ("withdraw_unbonding_slashing_change", withdraw((&unbonding_slashing).into())),
        ];
        Self { funded, unbonding, slashing, unbonding_slashing, withdrawals }
    }
}

fn assert_made(tx: &Transaction, fee: u64, psbt: &Psbt, expected: &Value, at: &str) {
    assert_tx(tx, &expected["tx_hex"], at);
    assert_eq!(fee, number(&expected["fee"]), "{at}");
    assert_eq!(psbt.serialize_hex(), text(&expected["psbt_hex"]), "{at}");
    if let Some(txid) = expected["txid"].as_str() {
        assert_eq!(tx.compute_txid().to_string(), txid, "{at}");
    }
}

#[test]
fn transactions_fees_and_psbts_are_equal() {
    for vector in all() {
        let (life, name) = (Life::build(&vector), text(&vector["name"]));
        let (funded, staking) = (&life.funded, &vector["staking"]);
        // Some vectors were made with the wallet's key given to the library, others without.
        let theirs = Psbt::deserialize(&hex::decode(text(&staking["psbt_hex"])).unwrap()).unwrap();
        let psbt = funded.psbt(theirs.inputs[0].tap_internal_key.map(|_| key(&vector["staker_pk"])));
        let tx = funded.staking().transaction();
        assert_made(tx, funded.quoted_fee().to_sat(), &psbt, staking, name);

        let unbonding = &life.unbonding;
        let fee = unbonding.spend().output().value - unbonding.output().value;
        assert_made(unbonding.transaction(), fee.to_sat(), &unbonding.psbt(), &vector["unbonding"], name);
        for (kind, slashing) in
            [("slashing", &life.slashing), ("unbonding_slashing", &life.unbonding_slashing)]
        {
            let fee = slashing.fee().to_sat();
            assert_made(slashing.transaction(), fee, &slashing.psbt(), &vector[kind], name);
        }
        for (kind, withdrawal) in &life.withdrawals {
            let fee = withdrawal.fee().to_sat();
            assert_made(withdrawal.transaction(), fee, &withdrawal.psbt(), &vector[*kind], name);
        }
    }
}

#[test]
fn outputs_are_equal() {
    for vector in all() {
        let (life, outputs) = (Life::build(&vector), &vector["outputs"]);
        let staking = life.funded.staking().stake().tree();
        assert_taproot(staking.taproot(), &outputs["staking"]);
        assert_control(staking.timelock(), &outputs["staking"]["control_blocks"]["timelock"]);
        assert_control(staking.unbonding(), &outputs["staking"]["control_blocks"]["unbonding"]);
        assert_control(staking.slashing(), &outputs["staking"]["control_blocks"]["slashing"]);
        let unbonding = life.unbonding.tree();
        assert_taproot(unbonding.taproot(), &outputs["unbonding"]);
        assert_control(unbonding.timelock(), &outputs["unbonding"]["control_blocks"]["timelock"]);
        assert_control(unbonding.slashing(), &outputs["unbonding"]["control_blocks"]["slashing"]);
        let change = life.slashing.change();
        assert_taproot(change.taproot(), &outputs["slashing_change"]);
        assert_control(change.timelock(), &outputs["slashing_change"]["control_blocks"]["timelock"]);
    }
}

#[test]
fn every_transaction_made_by_others_is_judged_good() {
    for vector in all() {
        let params = &vector["params"];
        let value = sats(&vector["staking_amount"]);
        let staking = StakingTx::parse(tx(&vector["staking"]["tx_hex"]), terms(&vector), value).unwrap();
        let (stake, rule) = (staking.stake(), slashing_rule(params));
        let fee = sats(&params["unbondingFeeSat"]);
        let unbonding = UnbondingTx::judge(tx(&vector["unbonding"]["tx_hex"]), stake, fee).unwrap();
        let slashing = SlashingTx::judge(tx(&vector["slashing"]["tx_hex"]), stake, &rule).unwrap();
        let raw = tx(&vector["unbonding_slashing"]["tx_hex"]);
        let unbonding_slashing = SlashingTx::judge(raw, &unbonding, &rule).unwrap();
        let wallet = wallet_script(&vector);
        for (kind, from) in [
            ("withdraw_staking_expired", Withdrawable::Stake(stake)),
            ("withdraw_early_unbonded", (&unbonding).into()),
            ("withdraw_slashing_change", (&slashing).into()),
            ("withdraw_unbonding_slashing_change", (&unbonding_slashing).into()),
        ] {
            WithdrawalTx::judge(tx(&vector[kind]["tx_hex"]), from, &wallet).unwrap();
        }
    }
}
