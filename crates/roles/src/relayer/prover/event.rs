//! What the prover hears and says.

use std::collections::BTreeSet;

use ballast_bitcoin_io::Tip;
use bitcoin::Block;
use thiserror::Error;

use crate::{
    chain::WatchedDeposit,
    light_client::ChainTip,
    relayer::{
        anchors::LostCoin,
        claim::{Claim, Facts, Proof},
        journal::Journal,
        payments::Rung,
    },
};

/// What happens to the prover.
#[derive(Debug, Clone)]
pub enum Event {
    /// Time to look.
    Tick,
    /// What both chains show.
    Looked(Box<Look>),
    /// Some of custody's coins were looked at.
    Coins {
        /// Those that have no block on the best chain and are not spent.
        lost: Vec<LostCoin>,
        /// The coin to look at next; `None` if there are no more.
        next: Option<u64>,
    },
    /// A block of bitcoind's best chain.
    Block {
        /// Its height.
        height: u32,
        /// The block; `None` if there is none at this height.
        block: Option<Box<Block>>,
    },
    /// The journal is on disk.
    Saved,
    /// What the chain says about a claim.
    Examined(Facts),
    /// The proof waits in the mempool, is in the chain, or will be tried again later.
    Sent,
    /// The chain refuses the proof.
    Refused(String),
    /// A node gave no answer, or the disk does not take the journal.
    Failed(String),
}

/// What both chains show at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The light client's tip.
    pub light: ChainTip,
    /// Bitcoind's tip.
    pub bitcoin: Tip,
    /// The chain's latest block.
    pub latest: u64,
    /// The block up to which the following two are complete.
    pub block: u64,
    /// Transactions that custody is to sign.
    pub rungs: Vec<Rung>,
    /// Whether the light client left a branch.
    pub is_reorganised: bool,
    /// The intents that may confirm.
    pub live: BTreeSet<u64>,
    /// The next part of the list of watched deposits.
    pub deposits: Vec<WatchedDeposit>,
}

/// What the prover wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Look at both chains.
    Look {
        /// The first block of the chain whose events are new.
        first: u64,
        /// The last watched deposit that is known.
        after: u64,
    },
    /// Look at some of custody's coins.
    ReadCoins {
        /// The number of the first one.
        first: u64,
    },
    /// Read a block of bitcoind's best chain.
    ReadBlock {
        /// Its height.
        height: u32,
    },
    /// Put the journal on disk.
    Save(Box<Journal>),
    /// Ask the chain about a claim.
    Examine(Box<Claim>),
    /// Submit a proof.
    Prove(Box<Proof>),
    /// Tell the operator.
    Warn(Warning),
}

/// What an operator should know.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Warning {
    /// The chain refuses a proof.
    #[error("a proof is refused and will be tried again: {reason}")]
    Refused {
        /// The reason given.
        reason: String,
    },
    /// A node gave no answer, or the disk does not take the journal.
    #[error("next try in {pause} ticks: {reason}")]
    Failed {
        /// What went wrong.
        reason: String,
        /// Ticks until the next try.
        pause: u32,
    },
}
