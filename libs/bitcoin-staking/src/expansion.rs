//! The expansion of a stake: a new stake that takes over the bitcoin of an old one, and more if wanted.
//!
//! Two inputs: the old stake by its unbonding leaf, with the covenant it was made under, and one coin that funds the
//! rest. It is the staking transaction of the new stake and the end of the old one
//! (`docs/spec/bitcoin-formats.md` §a.6). Whether the coin is itself a registered stake is for the caller to ask.

use bitcoin::hashes::Hash;
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::sighash::{Prevouts, SighashCache, TapSighashType};
use bitcoin::{Amount, FeeRate, OutPoint, ScriptBuf, TapSighash, Transaction, TxOut};
use thiserror::Error;

use crate::coins::{Coin, CoinError, CoinPolicy};
use crate::spend::Spend;
use crate::staking::{Stake, StakingError, StakingTx};
use crate::terms::Terms;
use crate::witness::{self, CovenantSignatures, WitnessError};

#[cfg(test)]
mod tests;

/// A judged expansion, unsigned or signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpansionTx {
    staking: StakingTx,
    previous_terms: Terms,
    spend: Spend,
    funding: TxOut,
    fee: Amount,
}

/// Which coin pays for an expansion, and where its change goes.
#[derive(Clone, Debug)]
pub struct ExpansionFunding<'a> {
    /// The wallet's coins; the policy takes one.
    pub coins: &'a [Coin],
    /// How the coin is chosen and the fee computed.
    pub policy: CoinPolicy,
    /// The fee rate.
    pub fee_rate: FeeRate,
    /// The script that change is paid to.
    pub change: ScriptBuf,
}

impl ExpansionTx {
    /// Builds the unsigned transaction that locks the bitcoin of `previous` and `added` sats under `terms`. Deployed
    /// software adds nothing.
    ///
    /// # Errors
    /// [`ExpansionError::Coins`] from the policy; otherwise as [`ExpansionTx::judge`].
    pub fn build(
        previous: &Stake,
        terms: Terms,
        added: Amount,
        funding: &ExpansionFunding<'_>,
    ) -> Result<Self, ExpansionError> {
        let value = previous.value().checked_add(added).ok_or(CoinError::TooMuch)?;
        let script_pubkey = terms.staking_output().taproot().script_pubkey();
        let staking = TxOut { value, script_pubkey };
        let ExpansionFunding { coins, policy, fee_rate, change } = funding;
        let chosen = policy.choose_for_expansion(coins, previous.value(), &staking, *fee_rate)?;
        let mut outputs = vec![staking];
        outputs.extend(chosen.change.map(|value| TxOut { value, script_pubkey: change.clone() }));
        let coin = &chosen.coin;
        let tx = StakingTx::unsigned([previous.outpoint(), coin.outpoint], outputs);
        Self::judge(tx, previous, terms, value, coin.output.clone())
    }

    /// Judges a transaction made by anybody that is to turn `previous` into a stake of `value` sats under `terms`; its
    /// second input spends `funding`. Version, lock time and sequences are free, as in any staking transaction.
    ///
    /// # Errors
    /// One variant per cause.
    pub fn judge(
        tx: Transaction,
        previous: &Stake,
        terms: Terms,
        value: Amount,
        funding: TxOut,
    ) -> Result<Self, ExpansionError> {
        judge_inputs(&tx, previous)?;
        judge_parties(previous.terms(), &terms)?;
        if value < previous.value() {
            return Err(ExpansionError::Value { least: previous.value(), found: value });
        }
        let fee = fee(&tx, previous.value(), funding.value)?;
        let staking = StakingTx::parse(tx, terms, value)?;
        let spend = previous.unbonding_spend();
        Ok(Self { staking, previous_terms: previous.terms().clone(), spend, funding, fee })
    }

    /// The transaction.
    pub fn transaction(&self) -> &Transaction {
        self.staking.transaction()
    }

    /// The new stake's transaction, which it is.
    pub fn staking(&self) -> &StakingTx {
        &self.staking
    }

    /// How it spends the old stake.
    pub fn spend(&self) -> &Spend {
        &self.spend
    }

    /// What its second input spends.
    pub fn funding(&self) -> &TxOut {
        &self.funding
    }

    /// The fee in sats: both inputs less the outputs.
    pub fn fee(&self) -> Amount {
        self.fee
    }

    /// What the staker and the old stake's covenant sign. It covers both spent outputs.
    pub fn sighash(&self) -> TapSighash {
        SighashCache::new(self.transaction())
            .taproot_script_spend_signature_hash(
                0,
                &Prevouts::All(&[self.spend.output(), &self.funding]),
                self.spend.leaf().hash(),
                TapSighashType::Default,
            )
            .expect("a transaction with two inputs and both prevouts has a sighash")
    }

    /// The transaction with its first input complete. The owner of the coin completes the second.
    ///
    /// # Errors
    /// When a signature does not verify, or the covenant's are not exactly a quorum.
    pub fn signed(
        &self,
        staker: &Signature,
        covenant: &CovenantSignatures,
    ) -> Result<Transaction, WitnessError> {
        let terms = &self.previous_terms;
        witness::check(&terms.staker(), self.sighash().as_byte_array(), staker)?;
        witness::check_all(covenant, self.sighash().as_byte_array())?;
        let mut tx = self.transaction().clone();
        tx.input[0].witness = witness::unbonding(terms, self.spend.leaf(), staker, covenant)?;
        Ok(tx)
    }
}

fn judge_inputs(tx: &Transaction, previous: &Stake) -> Result<(), ExpansionError> {
    let [first, second] = &tx.input[..] else {
        return Err(ExpansionError::InputCount { found: tx.input.len() });
    };
    let (expected, found) = (previous.outpoint(), first.previous_output);
    if found != expected {
        return Err(ExpansionError::Input { expected, found });
    }
    if second.previous_output == expected || second.previous_output == OutPoint::null() {
        return Err(ExpansionError::Funding { found: second.previous_output });
    }
    Ok(())
}

/// Staker and providers stay, and a quorum of the old committee goes on.
fn judge_parties(previous: &Terms, terms: &Terms) -> Result<(), ExpansionError> {
    if terms.staker() != previous.staker() || terms.providers() != previous.providers() {
        return Err(ExpansionError::Parties);
    }
    let committees = previous.covenant().committee().zip(terms.covenant().committee());
    let (old, new) = committees.ok_or(ExpansionError::Template)?;
    let found = old.keys().iter().filter(|key| new.contains(key)).count();
    if found < old.quorum() {
        return Err(ExpansionError::Committee { expected: old.quorum(), found });
    }
    Ok(())
}

fn fee(tx: &Transaction, previous: Amount, funding: Amount) -> Result<Amount, ExpansionError> {
    let add = |sum: Amount, value: Amount| {
        sum.checked_add(value).filter(|sum| *sum <= Amount::MAX_MONEY).ok_or(CoinError::TooMuch)
    };
    if funding == Amount::ZERO {
        return Err(ExpansionError::NoFunding);
    }
    let inputs = add(previous, funding)?;
    let outputs = tx.output.iter().try_fold(Amount::ZERO, |sum, output| add(sum, output.value))?;
    let fee = inputs.checked_sub(outputs).filter(|fee| *fee > Amount::ZERO);
    fee.ok_or(ExpansionError::NoFee { inputs, outputs })
}

/// Why a transaction expands no stake.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExpansionError {
    /// The coins do not fit.
    #[error(transparent)]
    Coins(#[from] CoinError),
    /// Too few members of the old committee are in the new one.
    #[error("{found} members of the old covenant are in the new one: its quorum of {expected} must be")]
    Committee {
        /// The old quorum.
        expected: usize,
        /// Members in both.
        found: usize,
    },
    /// The second input spends nothing, or the stake again.
    #[error("the second input spends {found}: fund it by a coin of its own")]
    Funding {
        /// What it spends.
        found: OutPoint,
    },
    /// The first input spends something else.
    #[error("the first input spends {found}, not the stake {expected}")]
    Input {
        /// The old stake.
        expected: OutPoint,
        /// What it spends.
        found: OutPoint,
    },
    /// Not two inputs.
    #[error("{found} inputs: the old stake and one coin must be spent")]
    InputCount {
        /// How many there are.
        found: usize,
    },
    /// It pays no fee.
    #[error("inputs of {inputs} and outputs of {outputs}: leave a fee")]
    NoFee {
        /// Sum of the inputs.
        inputs: Amount,
        /// Sum of the outputs.
        outputs: Amount,
    },
    /// The coin is worth nothing.
    #[error("the coin of the second input is worth nothing")]
    NoFunding,
    /// Another staker or provider.
    #[error("staker and provider must stay the same: unbond, and stake anew")]
    Parties,
    /// A template fixes what the stake's only spend by both parties pays: its unbonding output.
    #[error("a stake whose covenant is a template cannot be expanded: unbond, and stake anew")]
    Template,
    /// There is no new stake in it.
    #[error(transparent)]
    Staking(#[from] StakingError),
    /// The new stake is smaller.
    #[error("a stake of {found}: it must not shrink below {least}")]
    Value {
        /// Value of the old stake.
        least: Amount,
        /// Value of the new one.
        found: Amount,
    },
}
