//! The one place where a stake's coins are signed for: after the quorum, just before they move.
//!
//! The stake file holds the staking transaction unsigned, so whoever has the file cannot broadcast it before the
//! covenant has approved. Nobody can swap it either: the staker's signatures of both slashing transactions, which are
//! verified whenever the file is read, commit to its txid.

use anyhow::{Context, Result, bail};
use ballast_bitcoin_io::{Bitcoin, Submitted};
use ballast_bitcoin_staking::delegation::Slashed;
use ballast_schnorr::SigningKey;
use bitcoin::hashes::Hash;
use bitcoin::key::TapTweak;
use bitcoin::secp256k1::{Keypair, Message, SECP256K1};
use bitcoin::sighash::{Prevouts, SighashCache};
use bitcoin::{OutPoint, TapSighashType, Transaction, TxOut, Witness};

use crate::stake::fresh_aux;
use crate::stake_file::{self, JudgedStake};

/// Signs and broadcasts the staking transaction, or says what has become of it.
pub(crate) fn broadcast(
    stake: &JudgedStake,
    staker: &SigningKey,
    node: &impl Bitcoin,
) -> Result<&'static str> {
    let staking = stake.delegation.staking();
    if node.output(&staking.stake().outpoint())?.is_some() {
        return Ok("broadcast before");
    }
    if is_known(stake, node)? {
        return Ok("spent");
    }
    submit(&signed(staking.transaction(), &spendable(stake, node)?, staker)?, node)
}

/// The coins of a stake that was not broadcast, if it still can be.
pub(crate) fn spendable(stake: &JudgedStake, node: &impl Bitcoin) -> Result<Vec<TxOut>> {
    let coins = coins(stake.delegation.staking().transaction(), node)?;
    let current = stake_file::params(stake.file.network, &stake.file.covenant)?;
    if current.at(node.tip()?.height)?.version() != stake.params.version() {
        bail!("the parameters have changed since this stake was made: make a new one");
    }
    Ok(coins)
}

/// Hands `tx` to the network and says where it is now, as commands print it.
pub(crate) fn submit(tx: &Transaction, node: &impl Bitcoin) -> Result<&'static str> {
    Ok(match node.submit(tx)? {
        Submitted::InMempool => "broadcast",
        Submitted::Confirmed => "confirmed",
    })
}

/// Whether Bitcoin has the staking transaction. There is no index to look it up in, but something is left of it:
/// itself in the mempool, its change, or an output of what spent the stake.
pub(crate) fn is_known(stake: &JudgedStake, node: &impl Bitcoin) -> Result<bool> {
    let staking = stake.delegation.staking().transaction();
    let txid = staking.compute_txid();
    if node.transaction(&txid, None)?.is_some() {
        return Ok(true);
    }
    let own = (0..).zip(&staking.output).map(|(vout, _)| OutPoint::new(txid, vout));
    let change = |slashed: Slashed| stake.delegation.slashing(slashed).change_spend().outpoint();
    let later = [stake.delegation.unbonding().outpoint()].into_iter();
    for outpoint in own.chain(later).chain(JudgedStake::SLASHABLE.map(change)) {
        if node.output(&outpoint)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The outputs that `tx` spends, in the order of its inputs.
fn coins(tx: &Transaction, node: &impl Bitcoin) -> Result<Vec<TxOut>> {
    let coin = |outpoint: OutPoint| {
        let coin = node.output(&outpoint)?.with_context(|| {
            format!(
                "the coin {outpoint} of this stake is spent: the stake has ended, or another transaction took the \
                 coin; make a new stake with another --out"
            )
        });
        Ok(coin?.output)
    };
    tx.input.iter().map(|input| coin(input.previous_output)).collect()
}

/// Signs every input by the BIP-86 key path.
fn signed(tx: &Transaction, coins: &[TxOut], key: &SigningKey) -> Result<Transaction> {
    let mut tx = tx.clone();
    let mut internal = Keypair::from_seckey_slice(SECP256K1, key.secret_bytes().as_ref())?;
    let mut keypair = internal.tap_tweak(SECP256K1, None).to_keypair();
    internal.non_secure_erase();
    for index in 0..tx.input.len() {
        let sighash = SighashCache::new(&tx)
            .taproot_key_spend_signature_hash(index, &Prevouts::All(coins), TapSighashType::Default)
            .expect("every input has its coin");
        let message = Message::from_digest(sighash.to_byte_array());
        let signature = SECP256K1.sign_schnorr_with_aux_rand(&message, &keypair, &fresh_aux());
        tx.input[index].witness = Witness::from_slice(&[signature.as_ref()]);
    }
    keypair.non_secure_erase();
    Ok(tx)
}
