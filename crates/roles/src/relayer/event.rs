//! What the relayer hears and says.

use ballast_bitcoin_io::Tip;
use bitcoin::{BlockHash, block::Header};
use thiserror::Error;

use crate::light_client::{ChainHeader, ChainTip};

/// What happens to the relayer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Time to look.
    Tick,
    /// Both tips, read one after the other.
    Tips {
        /// The light client's.
        chain: ChainTip,
        /// Bitcoind's.
        bitcoin: Tip,
    },
    /// Both headers at a height; `None` where a chain has none there.
    Compared {
        /// The height.
        height: u32,
        /// The light client's header.
        chain: Option<ChainHeader>,
        /// Bitcoind's.
        bitcoin: Option<BlockHash>,
    },
    /// Headers of bitcoind's best chain.
    Headers(Vec<Header>),
    /// The mempool took the list.
    Submitted,
    /// The mempool refused the list.
    Refused(Refusal),
    /// A node gave no answer.
    Failed(String),
}

/// Why a list was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The light client moved on meanwhile: somebody else was faster.
    Outrun,
    /// The light client's own error.
    Rule(String),
    /// Anything else, such as a list too large for a block's budget.
    Other(String),
}

/// What the relayer wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Read both tips, the light client's first.
    ReadTips,
    /// Read both headers at a height.
    Compare {
        /// The height.
        height: u32,
    },
    /// Read headers of bitcoind's best chain.
    ReadHeaders {
        /// The height of the first one.
        first: u32,
        /// How many.
        count: u32,
    },
    /// Submit a list.
    Submit(Vec<Header>),
    /// Tell the operator.
    Warn(Warning),
}

/// What an operator should know.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Warning {
    /// Not even the base headers agree.
    #[error(
        "bitcoind has another block at the light client's base, height {base}: is it on the right network?"
    )]
    Stranger {
        /// The height of the base header.
        base: u32,
    },
    /// A fork that no single list can carry.
    #[error(
        "bitcoind left the light client's chain at height {fork}; {limit} headers, the most that one list takes, do not outweigh it"
    )]
    ForkTooLong {
        /// The height of the last common header.
        fork: u32,
        /// The most headers in one list.
        limit: u32,
    },
    /// The mempool refused a list.
    #[error("{headers} headers refused, next try in {pause} ticks: {reason}")]
    Refused {
        /// How many there were.
        headers: usize,
        /// The reason given.
        reason: String,
        /// Ticks until the next try.
        pause: u32,
    },
    /// A node gave no answer.
    #[error("next try in {pause} ticks: {reason}")]
    Failed {
        /// What went wrong.
        reason: String,
        /// Ticks until the next try.
        pause: u32,
    },
}
