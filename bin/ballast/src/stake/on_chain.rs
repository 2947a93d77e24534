//! Staking with the chain's knowledge: register, gather the covenant's approvals, broadcast, and see it count.
//!
//! What is to be done next is decided in [`course`](super::course) from facts that are read anew each time; here they are read,
//! and it is done. Reading the latest state is enough: what guards the coins are signatures, which are verified.

use std::cell::RefCell;
use std::fmt;
use std::path::Path;

use alloy_primitives::Address;
use alloy_sol_types::SolCall;
use anyhow::{Context, Result};
use ballast_bitcoin_io::Bitcoin;
use ballast_roles::chain::{At, read};
use ballast_roles::{Chain, ChainError, staking};
use ballast_schnorr::SigningKey;
use ballast_types::SystemContract;
use ballast_types::interfaces::{ILightClient, IStaking};
use bitcoin::hashes::Hash;
use bitcoin::{BlockHash, Txid};

use super::approvals::{Gatherer, id};
use super::course::{Facts, Place, Plan, Step, next};
use super::covenant;
use super::duty::hand_in;
use super::order::Order;
use super::proof::anchored;
use super::registration::registration;
use crate::broadcast::{broadcast, is_known, spendable};
use crate::chain::{Account, LOOK, Wallet};
use crate::stake_file::{self, JudgedStake};

#[cfg(test)]
mod tests;

/// How far a stake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// What comes next.
    pub(crate) step: Step,
    /// Covenant members that have approved on the chain.
    pub(crate) approvals: usize,
    /// How many must.
    pub(crate) quorum: usize,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.step {
            Step::Register => "registering the stake",
            Step::AwaitDepth => "waiting until the staking transaction is deep enough on Bitcoin",
            Step::Prove => "registering the stake with the proof that it is on Bitcoin",
            Step::AwaitQuorum => return write!(f, "{} of {} approvals", self.approvals, self.quorum),
            Step::Broadcast => "broadcasting the staking transaction",
            Step::AwaitPower => "waiting until the stake counts",
            Step::Done => "done",
        })
    }
}

/// What became of a stake.
#[derive(Debug)]
pub(crate) struct Staked {
    /// The staking transaction.
    pub(crate) txid: Txid,
    /// On Bitcoin, as commands print it.
    pub(crate) state: &'static str,
    /// On the chain.
    pub(crate) status: IStaking::Status,
    /// Covenant members that have approved, and how many must.
    pub(crate) approvals: (usize, usize),
}

/// The staker's side of it, besides the coins.
pub(crate) trait Desk {
    /// The account that the stake will be of.
    fn owner(&self) -> Address;
    /// Registers by an ordinary transaction, which is mined when this returns.
    fn register(&self, call: &IStaking::registerStakeCall) -> Result<()>;
    /// Is told what comes next.
    fn tell(&self, progress: &Progress);
    /// Returns when it is time to look again.
    fn wait(&self);
}

/// Stakes on the wallet's chain. The stake file at `path` is made or continued; an order without a covenant takes the
/// chain's. Returns when the plan is at its end, and may be called again whenever it did not return.
pub(crate) fn stake(
    node: &impl Bitcoin,
    wallet: &Wallet<'_>,
    staker: &SigningKey,
    order: &Order,
    plan: Plan,
    path: &Path,
    progress: impl FnMut(&Progress),
) -> Result<Staked> {
    let desk = WalletDesk { wallet, progress: RefCell::new(progress) };
    stake_at(&desk, wallet.chain(), node, staker, order, plan, path)
}

pub(crate) fn stake_at(
    desk: &impl Desk,
    chain: &impl Chain,
    node: &impl Bitcoin,
    staker: &SigningKey,
    order: &Order,
    plan: Plan,
    path: &Path,
) -> Result<Staked> {
    let _lock = stake_file::lock(path)?;
    let covenant = covenant::of(chain, order.network, &order.covenant, node.tip()?.height)?;
    let stake = Order { covenant, ..order.clone() }.open(path, staker, node)?;
    stake.file.write(path)?;
    Staking { desk, chain, node, staker, path, stake, gatherer: None, state: "broadcast before" }.run(plan)
}

/// A stake on its way.
struct Staking<'a, D, C, B> {
    desk: &'a D,
    chain: &'a C,
    node: &'a B,
    staker: &'a SigningKey,
    path: &'a Path,
    stake: JudgedStake,
    gatherer: Option<Gatherer>,
    state: &'static str,
}

impl<D: Desk, C: Chain, B: Bitcoin> Staking<'_, D, C, B> {
    fn run(mut self, plan: Plan) -> Result<Staked> {
        loop {
            let facts = self.look()?;
            let step = next(plan, &facts);
            self.desk.tell(&self.progress(step));
            match step {
                Step::Register => self.register()?,
                Step::Prove => self.prove()?,
                Step::Broadcast => self.state = broadcast(&self.stake, self.staker, self.node)?,
                Step::AwaitDepth | Step::AwaitQuorum | Step::AwaitPower => {}
                Step::Done => return Ok(self.done(&facts)),
            }
            self.desk.wait();
        }
    }

    fn done(self, facts: &Facts) -> Staked {
        let Progress { approvals, quorum, .. } = self.progress(Step::Done);
        Staked {
            txid: self.stake.delegation.staking().stake().outpoint().txid,
            state: if facts.place == Place::Spent { "spent" } else { self.state },
            status: facts.status,
            approvals: (approvals, quorum),
        }
    }

    fn progress(&self, step: Step) -> Progress {
        let approvals = self.gatherer.as_ref().map_or(0, Gatherer::count);
        Progress { step, approvals, quorum: self.stake.params.committee().quorum() }
    }

    fn look(&mut self) -> Result<Facts> {
        let stake = id(&self.stake);
        let call = IStaking::statusCall { stake };
        let status = read(self.chain, At::Latest, SystemContract::Staking, &call)?;
        if status != IStaking::Status::None {
            self.gather()?;
        }
        let Progress { approvals, quorum, .. } = self.progress(Step::Done);
        let place = self.place()?;
        Ok(Facts { status, quorum: approvals >= quorum, place })
    }

    fn gather(&mut self) -> Result<()> {
        let gatherer = match self.gatherer.take() {
            Some(gatherer) => gatherer,
            None => Gatherer::new(self.chain, &self.stake)?,
        };
        if self.gatherer.insert(gatherer).gather(self.chain, &mut self.stake)? {
            self.stake.file.write(self.path)?;
        }
        Ok(())
    }

    fn place(&self) -> Result<Place> {
        let output = self.stake.delegation.staking().stake().outpoint();
        Ok(match self.node.output(&output)? {
            Some(unspent) => Place::Unspent { deep: self.is_deep(unspent.confirmations)? },
            None if is_known(&self.stake, self.node)? => Place::Spent,
            None => Place::Nowhere,
        })
    }

    fn is_deep(&self, confirmations: u32) -> Result<bool> {
        let Some(block) = self.block(confirmations)? else { return Ok(false) };
        let hash = block.to_byte_array().into();
        let light = SystemContract::LightClient;
        let found = read(self.chain, At::Latest, light, &ILightClient::confirmationsCall { hash })?;
        let parameters = read(self.chain, At::Latest, light, &ILightClient::parametersCall {})?;
        Ok(found >= parameters.confirmationDepth)
    }

    /// The block that so many confirmations mean; `None` for the mempool, or when the tip has moved meanwhile.
    fn block(&self, confirmations: u32) -> Result<Option<BlockHash>> {
        let above_tip = self.node.tip()?.height + 1;
        match above_tip.checked_sub(confirmations) {
            Some(height) if confirmations > 0 => Ok(self.node.block_hash(height)?),
            _ => Ok(None),
        }
    }

    fn register(&self) -> Result<()> {
        spendable(&self.stake, self.node)?;
        let registration = self.registration()?;
        let done = self.desk.register(&IStaking::registerStakeCall { registration });
        self.unless_known(done).context("the stake is not registered, and no bitcoin has moved")
    }

    fn prove(&self) -> Result<()> {
        let output = self.stake.delegation.staking().stake().outpoint();
        let Some(unspent) = self.node.output(&output)? else { return Ok(()) };
        let Some(block) = self.block(unspent.confirmations)? else { return Ok(()) };
        let Some(block) = self.node.block(&block)? else { return Ok(()) };
        let done = hand_in(self.chain, &anchored(self.registration()?, &block, output.txid)?);
        self.unless_known(done).context("the stake is on Bitcoin, but the chain does not take it")
    }

    /// A failure to register counts for nothing when the chain knows the stake, from an earlier call whose end this
    /// process did not see.
    fn unless_known(&self, done: Result<()>) -> Result<()> {
        match done {
            Err(_) if staking::state(self.chain, id(&self.stake))?.is_some() => Ok(()),
            other => other,
        }
    }

    fn registration(&self) -> Result<IStaking::Registration, ChainError> {
        let chain_id = self.chain.chain_id()?;
        Ok(registration(&self.stake, self.staker, self.desk.owner(), chain_id))
    }
}

/// A desk whose account is a wallet.
struct WalletDesk<'a, F> {
    wallet: &'a Wallet<'a>,
    progress: RefCell<F>,
}

impl<F: FnMut(&Progress)> Desk for WalletDesk<'_, F> {
    fn owner(&self) -> Address {
        self.wallet.address()
    }

    fn register(&self, call: &IStaking::registerStakeCall) -> Result<()> {
        self.wallet.submit(SystemContract::Staking, call.abi_encode().into())
    }

    fn tell(&self, progress: &Progress) {
        (self.progress.borrow_mut())(progress);
    }

    fn wait(&self) {
        std::thread::sleep(LOOK);
    }
}
