//! The staking transaction: any transaction with one output of the right script and value.
//!
//! A second output that matches both makes the stake ambiguous and is refused; the matching output
//! may stand anywhere (`docs/spec/bitcoin-formats.md` §a.4). What is built here has version 2, the
//! staking output first, then an optional `OP_RETURN`, then change.

use bitcoin::absolute::LockTime;
use bitcoin::transaction::Version;
use bitcoin::{Amount, FeeRate, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Witness};
use thiserror::Error;

use crate::coins::{Coin, CoinError, CoinPolicy};
use crate::dust;
use crate::spend::Spend;
use crate::terms::Terms;
use crate::tree::{Leaf, StakingOutput};

#[cfg(test)]
mod tests;

/// One staking output: its place, its value and the terms that fix its script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stake {
    terms: Terms,
    outpoint: OutPoint,
    value: Amount,
    output: StakingOutput,
}

impl Stake {
    /// A stake whose output is already known to be at `outpoint`; [`Stake::find`] looks for it.
    pub fn new(terms: Terms, outpoint: OutPoint, value: Amount) -> Self {
        let output = terms.staking_output();
        Self { terms, outpoint, value, output }
    }

    /// Finds the one output of `tx` that locks `value` sats under `terms`.
    ///
    /// # Errors
    /// [`StakingError::NoOutput`], [`StakingError::Value`] when only the script is there, or
    /// [`StakingError::Ambiguous`].
    pub fn find(tx: &Transaction, terms: Terms, value: Amount) -> Result<Self, StakingError> {
        let stake = Self::new(terms, OutPoint::null(), value);
        let wanted = stake.output();
        let mut places = tx.output.iter().enumerate().filter(|(_, output)| **output == wanted);
        match (places.next(), places.next()) {
            (Some((place, _)), None) => {
                let outpoint = OutPoint::new(tx.compute_txid(), place as u32);
                Ok(Self { outpoint, ..stake })
            }
            (Some((first, _)), Some((second, _))) => Err(StakingError::Ambiguous { first, second }),
            (None, _) => Err(no_match(tx, wanted)),
        }
    }

    /// The terms.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The staking output's place.
    pub fn outpoint(&self) -> OutPoint {
        self.outpoint
    }

    /// The staked value in sats.
    pub fn value(&self) -> Amount {
        self.value
    }

    /// The staking output's tree.
    pub fn tree(&self) -> &StakingOutput {
        &self.output
    }

    /// The staking output.
    pub fn output(&self) -> TxOut {
        TxOut { value: self.value, script_pubkey: self.output.taproot().script_pubkey() }
    }

    /// Spending by the staker alone, after the staking time.
    pub fn timelock_spend(&self) -> Spend {
        self.spend(self.output.timelock(), self.terms.staking_time().to_sequence())
    }

    /// Spending by the staker and the covenant.
    pub fn unbonding_spend(&self) -> Spend {
        self.spend(self.output.unbonding(), Sequence::MAX)
    }

    /// Spending by the staker, a provider and the covenant.
    pub fn slashing_spend(&self) -> Spend {
        self.spend(self.output.slashing(), Sequence::MAX)
    }

    fn spend(&self, leaf: &Leaf, sequence: Sequence) -> Spend {
        Spend::new(self.outpoint, self.output(), leaf, sequence)
    }
}

fn no_match(tx: &Transaction, wanted: TxOut) -> StakingError {
    match tx.output.iter().find(|output| output.script_pubkey == wanted.script_pubkey) {
        Some(output) => StakingError::Value { expected: wanted.value, found: output.value },
        None => StakingError::NoOutput { expected: wanted.script_pubkey },
    }
}

/// A transaction that is known to hold exactly one matching staking output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StakingTx {
    tx: Transaction,
    stake: Stake,
}

impl StakingTx {
    /// Finds the stake in a transaction made by anybody.
    ///
    /// # Errors
    /// As [`Stake::find`].
    pub fn parse(tx: Transaction, terms: Terms, value: Amount) -> Result<Self, StakingError> {
        let stake = Stake::find(&tx, terms, value)?;
        Ok(Self { tx, stake })
    }

    /// Builds the unsigned transaction that locks `value` sats, funded by a wallet's coins.
    ///
    /// # Errors
    /// [`StakingError::Coins`] from the coin policy, [`StakingError::Dust`] for a value too small to relay.
    pub fn build(terms: Terms, value: Amount, funding: &Funding<'_>) -> Result<FundedStaking, StakingError> {
        let script_pubkey = terms.staking_output().taproot().script_pubkey();
        let mut output = vec![TxOut { value, script_pubkey }];
        if dust::is_dust(&output[0]) {
            return Err(StakingError::Dust { value, threshold: dust::threshold(&output[0].script_pubkey) });
        }
        output.extend(
            funding
                .op_return
                .iter()
                .map(|script| TxOut { value: Amount::ZERO, script_pubkey: script.clone() }),
        );
        let selection = funding.policy.choose(funding.coins, &output, funding.fee_rate)?;
        output.extend(selection.change.map(|value| TxOut { value, script_pubkey: funding.change.clone() }));
        let tx = Self::unsigned(selection.coins.iter().map(|coin| coin.outpoint), output);
        let staking = Self::parse(tx, terms, value)?;
        Ok(FundedStaking {
            staking,
            coins: selection.coins,
            quoted_fee: selection.quoted_fee,
            fee: selection.fee,
        })
    }

    pub(crate) fn unsigned(inputs: impl IntoIterator<Item = OutPoint>, output: Vec<TxOut>) -> Transaction {
        let input = inputs.into_iter().map(input).collect();
        Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input, output }
    }

    /// The transaction.
    pub fn transaction(&self) -> &Transaction {
        &self.tx
    }

    /// The stake it makes.
    pub fn stake(&self) -> &Stake {
        &self.stake
    }
}

fn input(previous_output: OutPoint) -> TxIn {
    TxIn { previous_output, script_sig: ScriptBuf::new(), sequence: Sequence::MAX, witness: Witness::new() }
}

/// Where the bitcoin of a stake comes from and where its change goes.
#[derive(Clone, Debug)]
pub struct Funding<'a> {
    /// The wallet's coins; the policy takes what it needs.
    pub coins: &'a [Coin],
    /// How coins are chosen and the fee computed.
    pub policy: CoinPolicy,
    /// The fee rate.
    pub fee_rate: FeeRate,
    /// The script that change is paid to.
    pub change: ScriptBuf,
    /// A script beginning with `OP_RETURN`, for stakes that announce themselves on Bitcoin
    /// ([`crate::op_return`]).
    pub op_return: Option<ScriptBuf>,
}

/// An unsigned staking transaction with what its signer must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FundedStaking {
    staking: StakingTx,
    coins: Vec<Coin>,
    quoted_fee: Amount,
    fee: Amount,
}

impl FundedStaking {
    /// The unsigned transaction and its stake. Signing segwit coins does not change the id.
    pub fn staking(&self) -> &StakingTx {
        &self.staking
    }

    /// The same with another lock time, which changes the transaction's id.
    pub(crate) fn with_lock_time(mut self, lock_time: LockTime) -> Result<Self, StakingError> {
        let StakingTx { mut tx, stake } = self.staking;
        tx.lock_time = lock_time;
        self.staking = StakingTx::parse(tx, stake.terms, stake.value)?;
        Ok(self)
    }

    /// The coins it spends, in input order.
    pub fn coins(&self) -> &[Coin] {
        &self.coins
    }

    /// The fee in sats that the coin policy's formula asked for.
    pub fn quoted_fee(&self) -> Amount {
        self.quoted_fee
    }

    /// The fee in sats that is paid: inputs less outputs.
    pub fn fee(&self) -> Amount {
        self.fee
    }
}

/// Why a transaction makes no stake.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StakingError {
    /// Two outputs match.
    #[error("outputs {first} and {second} both are the staking output: make one")]
    Ambiguous {
        /// Index of one.
        first: usize,
        /// Index of the next.
        second: usize,
    },
    /// The coins do not fit.
    #[error(transparent)]
    Coins(#[from] CoinError),
    /// Too small to relay.
    #[error("stake of {value} is dust: stake at least {threshold}")]
    Dust {
        /// Value asked for.
        value: Amount,
        /// Least value that relays.
        threshold: Amount,
    },
    /// No output has the script.
    #[error("no output has the staking script {expected}: check keys, covenant and times")]
    NoOutput {
        /// The script looked for.
        expected: ScriptBuf,
    },
    /// The output with the script has another value.
    #[error("the staking output holds {found}, not {expected}: declare the value it holds")]
    Value {
        /// Value declared.
        expected: Amount,
        /// Value of the first output with the script.
        found: Amount,
    },
}
