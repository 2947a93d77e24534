//! Money at will: the miner's key, and payments from its coins.

use anyhow::{Context, ensure};
use ballast_bitcoin_io::{Bitcoin, Submitted, Unspent};
use bitcoin::absolute::LockTime;
use bitcoin::hashes::{Hash, sha256};
use bitcoin::key::TapTweak;

use bitcoin::sighash::{Prevouts, SighashCache, TapSighashType};
use bitcoin::transaction::{InputWeightPrediction, Version, predict_weight};
use bitcoin::{
    Amount, FeeRate, OutPoint, Script, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Witness, taproot,
};

use secp256k1::{Keypair, Message, SECP256K1};

use crate::Miner;

/// What our own transactions pay: 2 sat/vB.
const FEE_RATE: FeeRate = FeeRate::from_sat_per_kwu(500);

/// Confirmations from which on a coinbase can be spent in the next block.
const MATURITY: u32 = 100;

/// A key pair for somebody in a test: the same name gives the same key.
///
/// # Panics
///
/// Never: no SHA-256 of a name that anybody knows is zero or beyond the group order.
#[must_use]
pub fn keypair(name: &str) -> Keypair {
    let secret = sha256::Hash::hash(name.as_bytes()).to_byte_array();
    Keypair::from_seckey_slice(SECP256K1, &secret).expect("a hash is a valid secret key")
}

/// Where the mined coins go.
pub(crate) fn miner_script() -> ScriptBuf {
    ScriptBuf::new_p2tr(SECP256K1, keypair("miner").x_only_public_key().0, None)
}

impl Miner {
    /// Pays `value` to `script`, confirms it with one block, and returns the new coin.
    ///
    /// # Errors
    ///
    /// If the miner has too little or bitcoind refuses.
    pub fn fund(&self, script: &Script, value: Amount) -> anyhow::Result<Unspent> {
        let tx = self.pay(&[TxOut { value, script_pubkey: script.into() }])?;
        self.mine(1)?;
        let outpoint = OutPoint::new(tx.compute_txid(), 0);
        self.rpc().output(&outpoint)?.with_context(|| format!("no output at {outpoint}"))
    }

    /// Sends a transaction with these outputs, in this order, and the miner's change behind them. It is in the
    /// mempool then.
    ///
    /// # Errors
    ///
    /// If the miner has too little or bitcoind refuses.
    pub fn pay(&self, outputs: &[TxOut]) -> anyhow::Result<Transaction> {
        let wanted = outputs.iter().map(|output| output.value).sum();
        let coins = self.choose(wanted, outputs)?;
        let tx = signed(&coins, outputs)?;
        ensure!(self.rpc().submit(&tx)? == Submitted::InMempool, "paid already: {}", tx.compute_txid());
        Ok(tx)
    }

    /// The miner's largest free coins that hold `wanted`, the fee and some change.
    fn choose(&self, wanted: Amount, outputs: &[TxOut]) -> anyhow::Result<Vec<Unspent>> {
        let mut coins = self.rpc().unspent(&[miner_script()])?;
        coins.retain(|coin| !coin.coinbase || coin.confirmations >= MATURITY);
        coins.sort_by_key(|coin| std::cmp::Reverse(coin.output.value));
        let (mut chosen, mut sum) = (Vec::new(), Amount::ZERO);
        for coin in coins {
            // A transaction in the mempool may spend it.
            if self.rpc().output(&coin.outpoint)?.is_none() {
                continue;
            }
            sum += coin.output.value;
            chosen.push(coin);
            if sum > wanted + fee(chosen.len(), outputs) + miner_script().minimal_non_dust() {
                return Ok(chosen);
            }
        }
        anyhow::bail!("the miner has {sum} to spend, wanted {wanted} and a fee; mine some blocks first")
    }
}

/// The fee with `inputs` coins of the miner and a change output.
fn fee(inputs: usize, outputs: &[TxOut]) -> Amount {
    let inputs = std::iter::repeat_n(InputWeightPrediction::P2TR_KEY_DEFAULT_SIGHASH, inputs);
    let change = miner_script().len();
    let weight =
        predict_weight(inputs, outputs.iter().map(|output| output.script_pubkey.len()).chain([change]));
    FEE_RATE * weight
}

/// Spends the miner's `coins` on `outputs` and change.
fn signed(coins: &[Unspent], outputs: &[TxOut]) -> anyhow::Result<Transaction> {
    let sum: Amount = coins.iter().map(|coin| coin.output.value).sum();
    let wanted: Amount = outputs.iter().map(|output| output.value).sum();
    let change = sum.checked_sub(wanted + fee(coins.len(), outputs)).context("too little to spend")?;
    let input = |coin: &Unspent| TxIn {
        previous_output: coin.outpoint,
        script_sig: ScriptBuf::new(),
        sequence: Sequence::ENABLE_RBF_NO_LOCKTIME,
        witness: Witness::new(),
    };
    let change = TxOut { value: change, script_pubkey: miner_script() };
    let mut tx = Transaction {
        version: Version::TWO,
        lock_time: LockTime::ZERO,
        input: coins.iter().map(input).collect(),
        output: outputs.iter().cloned().chain([change]).collect(),
    };
    let spent: Vec<_> = coins.iter().map(|coin| &coin.output).collect();
    let key = keypair("miner").tap_tweak(SECP256K1, None).to_keypair();
    for index in 0..coins.len() {
        let kind = TapSighashType::Default;
        let hash =
            SighashCache::new(&tx).taproot_key_spend_signature_hash(index, &Prevouts::All(&spent), kind)?;
        let signature = SECP256K1.sign_schnorr(&Message::from(hash), &key);
        tx.input[index].witness =
            Witness::p2tr_key_spend(&taproot::Signature { signature, sighash_type: kind });
    }
    Ok(tx)
}
