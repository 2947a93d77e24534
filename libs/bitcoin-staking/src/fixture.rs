//! One honest stake on the devnet, for tests to start from and to spoil.

use std::iter;

use ballast_schnorr::{SigningKey, bip340};
use bitcoin::hashes::Hash;
use bitcoin::{Amount, FeeRate, Network, OutPoint, ScriptBuf, TxOut, Txid, WPubkeyHash, XOnlyPublicKey};

use crate::delegation::{judge_template, template};
use crate::{
    Bip119, Coin, CoinPolicy, Committee, Facts, FundedStaking, Funding, Params, SlashingTx, SlashingVersion,
    Stake, StakingTx, TemplateDelegation, TemplateFacts, TemplateLocks, Terms, Timelock, UnbondingTx,
    networks,
};

pub(crate) const STAKER: u8 = 1;
pub(crate) const PROVIDER: u8 = 2;
pub(crate) const STRANGER: u8 = 3;
pub(crate) const COVENANT: [u8; 3] = [11, 12, 13];
pub(crate) const VALUE: Amount = Amount::from_sat(100_000);
pub(crate) const NO_AUX: [u8; 32] = [0; 32];

pub(crate) fn secret(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32]).unwrap()
}

pub(crate) fn key(number: u8) -> XOnlyPublicKey {
    secret(number).x_only()
}

pub(crate) fn blocks(blocks: u32) -> Timelock {
    Timelock::from_blocks(blocks).unwrap()
}

pub(crate) fn params() -> Params {
    networks::devnet(&COVENANT.map(key)).unwrap().at(0).unwrap().clone()
}

pub(crate) fn committee() -> Committee {
    params().committee().clone()
}

pub(crate) fn terms() -> Terms {
    Terms::new(key(STAKER), [key(PROVIDER)], committee(), blocks(200), blocks(10)).unwrap()
}

pub(crate) fn wallet() -> ScriptBuf {
    ScriptBuf::new_p2wpkh(&WPubkeyHash::all_zeros())
}

pub(crate) fn coin(index: u32, sats: u64) -> Coin {
    let output = TxOut { value: Amount::from_sat(sats), script_pubkey: wallet() };
    Coin { outpoint: OutPoint::new(Txid::all_zeros(), index), output }
}

pub(crate) fn funded(value: Amount) -> FundedStaking {
    let funding = Funding {
        coins: &[coin(0, 2 * value.to_sat())],
        policy: CoinPolicy::BtcStakingTs,
        fee_rate: FeeRate::from_sat_per_vb_u32(3),
        change: wallet(),
        op_return: None,
    };
    StakingTx::build(terms(), value, &funding).unwrap()
}

pub(crate) fn stake() -> Stake {
    funded(VALUE).staking().stake().clone()
}

pub(crate) fn unbonding() -> UnbondingTx {
    UnbondingTx::build(&stake(), params().unbonding_fee()).unwrap()
}

pub(crate) fn slashing() -> SlashingTx {
    SlashingTx::build(&stake(), params().slashing(), SlashingVersion::Two).unwrap()
}

pub(crate) fn facts(value: Amount) -> Facts {
    let funded = funded(value);
    let (stake, params) = (funded.staking().stake(), params());
    let unbonding = UnbondingTx::build(stake, params.unbonding_fee()).unwrap();
    let slashing = SlashingTx::build(stake, params.slashing(), SlashingVersion::Two).unwrap();
    let second = SlashingTx::build(&unbonding, params.slashing(), SlashingVersion::Two).unwrap();
    let sign = |tx: &SlashingTx| bip340::sign(&secret(STAKER), tx.sighash().as_byte_array(), &NO_AUX);
    Facts {
        staker: key(STAKER),
        providers: iter::once(key(PROVIDER)).collect(),
        staking_time: 200,
        unbonding_time: 10,
        staking_value: value,
        unbonding_value: unbonding.output().value,
        staking_tx: funded.staking().transaction().clone(),
        unbonding_tx: unbonding.transaction().clone(),
        slashing_tx: slashing.transaction().clone(),
        unbonding_slashing_tx: second.transaction().clone(),
        slashing_signature: sign(&slashing),
        unbonding_slashing_signature: sign(&second),
    }
}

pub(crate) fn bip119() -> Bip119 {
    Bip119::on(Network::Regtest, true).unwrap()
}

/// The terms of a stake of [`VALUE`] without a committee.
pub(crate) fn template_terms() -> Terms {
    template::terms(bip119(), (key(STAKER), key(PROVIDER)), 200, VALUE, &params()).unwrap()
}

/// A template's stake as its staker registers it. The output holds `found`.
pub(crate) fn template_facts(found: Amount) -> TemplateFacts {
    let script_pubkey = template_terms().staking_output().taproot().script_pubkey();
    let mut staking_tx = funded(VALUE).staking().transaction().clone();
    staking_tx.output[0] = TxOut { value: found, script_pubkey };
    let stake = Stake::new(template_terms(), OutPoint::new(staking_tx.compute_txid(), 0), VALUE);
    TemplateFacts {
        staker: key(STAKER),
        provider: key(PROVIDER),
        staking_time: 200,
        staking_value: VALUE,
        staking_tx,
        locks: TemplateLocks::sign(&stake, &secret(STAKER), &NO_AUX).unwrap(),
    }
}

pub(crate) fn template_delegation() -> TemplateDelegation {
    judge_template(&template_facts(VALUE), bip119(), &params()).unwrap()
}
