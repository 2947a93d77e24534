//! A stake's whole life through the public interface, with Bitcoin Core's interpreter as the judge.

#![allow(clippy::unwrap_used, reason = "tests may")]

#[path = "vectors/interpreter.rs"]
mod interpreter;

use ballast_bitcoin_staking::delegation::{self, Approvals, Slashed, covenant_sign};
use ballast_bitcoin_staking::{
    Coin, CoinPolicy, Delegation, Facts, FundedStaking, Funding, Params, SlashingTx, SlashingVersion,
    StakingTx, Terms, UnbondingTx, Withdrawable, WithdrawalTx, networks,
};
use ballast_schnorr::{SigningKey, bip340, eots, nonce};
use bitcoin::hashes::Hash;
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::{Amount, FeeRate, OutPoint, ScriptBuf, TapSighash, TxOut, Txid, WPubkeyHash, XOnlyPublicKey};
use interpreter::accepts;

const NO_AUX: [u8; 32] = [0; 32];
const VALUE: Amount = Amount::from_sat(1_000_000);

fn secret(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32]).unwrap()
}

fn staker() -> SigningKey {
    secret(1)
}

fn provider() -> SigningKey {
    secret(2)
}

fn members() -> Vec<SigningKey> {
    (11..20).map(secret).collect()
}

fn sign(key: &SigningKey, sighash: TapSighash) -> Signature {
    bip340::sign(key, sighash.as_byte_array(), &NO_AUX)
}

fn wallet() -> ScriptBuf {
    ScriptBuf::new_p2wpkh(&WPubkeyHash::all_zeros())
}

fn params() -> Params {
    let covenant: Vec<XOnlyPublicKey> = members().iter().map(SigningKey::x_only).collect();
    networks::mainnet(&covenant).unwrap().at(900_000).unwrap().clone()
}

fn fund(params: &Params) -> FundedStaking {
    let (staker, provider, committee) = (staker().x_only(), provider().x_only(), params.committee().clone());
    let (staking_time, unbonding_time) = (params.max_staking_time(), params.unbonding_time());
    let terms = Terms::new(staker, [provider], committee, staking_time, unbonding_time).unwrap();
    let output = TxOut { value: VALUE * 2, script_pubkey: wallet() };
    let funding = Funding {
        coins: &[Coin { outpoint: OutPoint::new(Txid::all_zeros(), 0), output }],
        policy: CoinPolicy::BtcStakingTs,
        fee_rate: FeeRate::from_sat_per_vb_u32(10),
        change: wallet(),
        op_return: None,
    };
    StakingTx::build(terms, VALUE, &funding).unwrap()
}

/// What the staker hands over.
fn facts(params: &Params) -> Facts {
    let funded = fund(params);
    let stake = funded.staking().stake();
    let unbonding = UnbondingTx::build(stake, params.unbonding_fee()).unwrap();
    let slashing = SlashingTx::build(stake, params.slashing(), SlashingVersion::Two).unwrap();
    let unbonding_slashing = SlashingTx::build(&unbonding, params.slashing(), SlashingVersion::Two).unwrap();
    Facts {
        staker: staker().x_only(),
        providers: vec![provider().x_only()],
        staking_time: params.max_staking_time().blocks(),
        unbonding_time: params.unbonding_time().blocks(),
        staking_value: VALUE,
        unbonding_value: unbonding.output().value,
        staking_tx: funded.staking().transaction().clone(),
        unbonding_tx: unbonding.transaction().clone(),
        slashing_tx: slashing.transaction().clone(),
        unbonding_slashing_tx: unbonding_slashing.transaction().clone(),
        slashing_signature: sign(&staker(), slashing.sighash()),
        unbonding_slashing_signature: sign(&staker(), unbonding_slashing.sighash()),
    }
}

/// A judged delegation that six of nine covenant members have signed.
fn approved() -> (Delegation, Approvals) {
    let (params, mut approvals) = (params(), Approvals::new());
    let facts = facts(&params);
    let delegation = delegation::judge(&facts, &params).unwrap();
    for member in members().iter().take(6) {
        let approval = covenant_sign(&facts, &params, &approvals, member, &NO_AUX).unwrap();
        approvals.add(&delegation, member.x_only(), approval).unwrap();
    }
    assert!(approvals.has_quorum(&delegation));
    (delegation, approvals)
}

#[test]
fn the_staker_leaves_early_with_the_covenants_consent() {
    let (delegation, approvals) = approved();
    let unbonding = delegation.unbonding();
    let tx = approvals.unbond(&delegation, &sign(&staker(), unbonding.sighash())).unwrap();
    assert!(accepts(&tx, unbonding.spend().output()));
}

#[test]
fn two_votes_at_one_height_open_every_slashing_transaction() {
    let (delegation, approvals) = approved();
    let (first, second): (&[u8], &[u8]) = (b"one block", b"another block");
    let nonce = || nonce::derive(&provider(), b"ballast-840000", 7);
    let (randomness, key) = (nonce().public(), provider().x_only());
    let one = eots::sign(&provider(), nonce(), first).unwrap();
    let other = eots::sign(&provider(), nonce(), second).unwrap();

    let leaked = eots::extract(&key, &randomness, first, &one, second, &other).unwrap();
    for slashed in [Slashed::Stake, Slashed::Unbonding] {
        let tx = approvals.slash(&delegation, slashed, &leaked, &NO_AUX).unwrap();
        assert!(accepts(&tx, delegation.slashing(slashed).spend().output()));
        assert_eq!(approvals.leaked_key(&delegation, &tx).unwrap().x_only(), key);
    }
}

#[test]
fn the_staker_alone_takes_home_what_has_matured() {
    let (delegation, _) = approved();
    for from in [
        Withdrawable::Stake(delegation.staking().stake()),
        Withdrawable::Unbonding(delegation.unbonding()),
        Withdrawable::SlashingChange(delegation.slashing(Slashed::Stake)),
        Withdrawable::SlashingChange(delegation.slashing(Slashed::Unbonding)),
    ] {
        let fee_rate = FeeRate::from_sat_per_vb_u32(10);
        let withdrawal = WithdrawalTx::build(from, wallet(), fee_rate).unwrap();
        let tx = withdrawal.signed(&sign(&staker(), withdrawal.sighash())).unwrap();
        assert!(accepts(&tx, withdrawal.spend().output()));
        let mut early = tx.clone();
        early.input[0].sequence = bitcoin::Sequence::from_height(1);
        assert!(!accepts(&early, withdrawal.spend().output()));
    }
}
