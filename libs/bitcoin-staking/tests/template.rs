//! A stake without a committee, judged by Bitcoin Core's interpreter.
//!
//! That interpreter lacks OP_CHECKTEMPLATEVERIFY: it sees OP_NOP4. So it says that scripts, witnesses and
//! control blocks fit together, and shows why such a network is refused: whatever is signed is spent.

#![allow(clippy::unwrap_used, reason = "tests may")]

#[path = "vectors/interpreter.rs"]
mod interpreter;

use ballast_bitcoin_staking::delegation::{Slashed, TemplateDelegation, judge_template, template};
use ballast_bitcoin_staking::{
    Bip119, Params, Stake, TemplateFacts, TemplateLocks, Withdrawable, WithdrawalTx, networks, witness,
};
use ballast_schnorr::{SigningKey, bip340, eots, nonce};
use bitcoin::absolute::LockTime;
use bitcoin::hashes::Hash;
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::sighash::{Prevouts, SighashCache, TapSighashType};
use bitcoin::transaction::Version;
use bitcoin::{
    Amount, FeeRate, Network, OutPoint, ScriptBuf, TapSighash, Transaction, TxIn, TxOut, WPubkeyHash,
};
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

fn sign(key: &SigningKey, sighash: TapSighash) -> Signature {
    bip340::sign(key, sighash.as_byte_array(), &NO_AUX)
}

fn wallet() -> ScriptBuf {
    ScriptBuf::new_p2wpkh(&WPubkeyHash::all_zeros())
}

fn params() -> Params {
    networks::devnet(&[11, 12, 13].map(|number| secret(number).x_only())).unwrap().at(0).unwrap().clone()
}

/// A stake that its staker registered on a regtest with BIP-119.
fn registered() -> TemplateDelegation {
    let bip119 = Bip119::on(Network::Regtest, true).unwrap();
    let (staker_, provider_) = (staker().x_only(), provider().x_only());
    let terms = template::terms(bip119, (staker_, provider_), 200, VALUE, &params()).unwrap();
    let script_pubkey = terms.staking_output().taproot().script_pubkey();
    let staking_tx = Transaction {
        version: Version::TWO,
        lock_time: LockTime::ZERO,
        input: vec![TxIn::default()],
        output: vec![TxOut { value: VALUE, script_pubkey }],
    };
    let stake = Stake::new(terms, OutPoint::new(staking_tx.compute_txid(), 0), VALUE);
    let facts = TemplateFacts {
        staker: staker_,
        provider: provider_,
        staking_time: 200,
        staking_value: VALUE,
        staking_tx,
        locks: TemplateLocks::sign(&stake, &staker(), &NO_AUX).unwrap(),
    };
    judge_template(&facts, bip119, &params()).unwrap()
}

#[test]
fn the_staker_leaves_early_with_nobodys_consent() {
    let delegation = registered();
    let unbonding = delegation.unbonding();
    let tx = delegation.unbond(&sign(&staker(), unbonding.sighash())).unwrap();
    assert!(accepts(&tx, unbonding.spend().output()));

    let rate = FeeRate::from_sat_per_vb_u32(2);
    let withdrawal = WithdrawalTx::build(Withdrawable::from(unbonding), wallet(), rate).unwrap();
    let tx = withdrawal.signed(&sign(&staker(), withdrawal.sighash())).unwrap();
    assert!(accepts(&tx, withdrawal.spend().output()));
}

#[test]
fn two_votes_at_one_height_slash_both_outputs() {
    let (first, second): (&[u8], &[u8]) = (b"one block", b"another block");
    let nonce = || nonce::derive(&provider(), b"ballast-840000", 7);
    let (randomness, key) = (nonce().public(), provider().x_only());
    let one = eots::sign(&provider(), nonce(), first).unwrap();
    let other = eots::sign(&provider(), nonce(), second).unwrap();
    let leaked = eots::extract(&key, &randomness, first, &one, second, &other).unwrap();

    let delegation = registered();
    for slashed in [Slashed::Stake, Slashed::Unbonding] {
        let tx = delegation.slash(slashed, &leaked, &NO_AUX).unwrap();
        assert!(accepts(&tx, delegation.slashing(slashed).spend().output()));
        // And whoever sees it on Bitcoin has the key as well.
        assert_eq!(delegation.leaked_key(&tx).unwrap().x_only(), key);
    }
}

#[test]
fn without_the_opcode_staker_and_provider_take_everything() {
    let delegation = registered();
    let stake = delegation.staking().stake();
    let spend = stake.slashing_spend();
    let mut tx = delegation.slashing(Slashed::Stake).transaction().clone();
    tx.output = vec![TxOut { value: VALUE, script_pubkey: wallet() }];
    let sighash = SighashCache::new(&tx)
        .taproot_script_spend_signature_hash(
            0,
            &Prevouts::All(&[spend.output()]),
            spend.leaf().hash(),
            TapSighashType::Default,
        )
        .unwrap();
    let own = (provider().x_only(), &sign(&provider(), sighash));
    let none = witness::CovenantSignatures::new();
    tx.input[0].witness =
        witness::slashing(stake.terms(), spend.leaf(), &sign(&staker(), sighash), own, &none).unwrap();
    assert!(accepts(&tx, spend.output()));
    for network in [Network::Bitcoin, Network::Testnet4, Network::Signet] {
        assert!(Bip119::on(network, true).is_err());
    }
}
