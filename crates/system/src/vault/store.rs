//! Where the vault's words lie in the contract's storage.
//!
//! | slot | name | type |
//! |---|---|---|
//! | 0 to 3 | the token's | see [`crate::token`] |
//! | 10 | most that the vault holds | `uint256`, in wei |
//! | 11 | least redemption | `uint256`, in wei |
//! | 12 | blocks of a stream | `uint64` |
//! | 13 | most of a stream | `uint16`, in basis points of `totalAssets` |
//! | 20 | booked | `uint256`, in wei |
//! | 21 | staked or on its way | `uint256`, in wei |
//! | 22 | stream | `uint256`, see [`Stream`] |
//! | 23 | waiting income | `uint256`, in wei |
//! | 30 | tickets ever made | `uint64` |
//! | 31 | head of the queue | `uint64`, a ticket; none before it waits |
//! | 32 | controller by ticket | `mapping(uint64 => address)` |
//! | 33 | what waits, and its worth, by ticket | `mapping(uint64 => uint256)`, see [`Pair`] |
//! | 34 | progress by ticket | `mapping(uint64 => uint256)`, see [`Progress`] |
//! | 35 | what waits, and its worth, by controller | `mapping(address => uint256)`, see [`Pair`] |
//! | 36 | what is set aside by controller | `mapping(address => uint256)`, see [`Pair`] |
//! | 37 | shares ever completed by controller | `mapping(address => uint128)` |
//! | 38 | operators by controller | `mapping(address => mapping(address => bool))` |

use alloy_primitives::{Address, U256};
use ballast_types::SystemContract;

use crate::{
    layout::{Mapping, Slot, Word},
    storage::{Storage, StorageError},
};

pub(crate) const CONTRACT: Address = SystemContract::StkBtc.address();

pub(super) const CAP: Slot<U256> = Slot::new(CONTRACT, 10);
pub(super) const LEAST: Slot<U256> = Slot::new(CONTRACT, 11);
pub(super) const STREAM_BLOCKS: Slot<u64> = Slot::new(CONTRACT, 12);
pub(super) const STREAM_BP: Slot<u16> = Slot::new(CONTRACT, 13);

/// What the vault was given for its shares, or earned, and has neither set aside nor lost.
pub(super) const BOOKED: Slot<U256> = Slot::new(CONTRACT, 20);
/// The part of [`BOOKED`] that is bitcoin in stakes or on its way there or back; 0 until the vault stakes.
pub(super) const STAKED: Slot<U256> = Slot::new(CONTRACT, 21);
pub(super) const STREAM: Slot<Stream> = Slot::new(CONTRACT, 22);
pub(super) const WAITING: Slot<U256> = Slot::new(CONTRACT, 23);

pub(super) const TICKETS: Slot<u64> = Slot::new(CONTRACT, 30);
pub(super) const HEAD: Slot<u64> = Slot::new(CONTRACT, 31);
pub(super) const CONTROLLER: Mapping<u64, Slot<Address>> = Mapping::new(CONTRACT, 32);
pub(super) const TICKET: Mapping<u64, Slot<Pair>> = Mapping::new(CONTRACT, 33);
pub(super) const PROGRESS: Mapping<u64, Slot<Progress>> = Mapping::new(CONTRACT, 34);
pub(super) const PENDING: Mapping<Address, Slot<Pair>> = Mapping::new(CONTRACT, 35);
pub(super) const CLAIMABLE: Mapping<Address, Slot<Pair>> = Mapping::new(CONTRACT, 36);
pub(super) const COMPLETED: Mapping<Address, Slot<u128>> = Mapping::new(CONTRACT, 37);
pub(super) const OPERATORS: Mapping<Address, Mapping<Address, Slot<bool>>> = Mapping::new(CONTRACT, 38);

/// Shares and what they are worth or paid, in wei.
///
/// 128 bits hold either: the supply of shares is kept below that, and all bitcoin is 2^98 wei.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Pair {
    pub(super) shares: u128,
    pub(super) assets: u128,
}

impl Pair {
    pub(super) fn new(shares: U256, assets: U256) -> Result<Self, StorageError> {
        let narrow = |amount: U256| {
            u128::try_from(amount).map_err(|_| broken(&format!("{amount} has more than 128 bits")))
        };
        Ok(Self { shares: narrow(shares)?, assets: narrow(assets)? })
    }

    pub(super) fn shares(&self) -> U256 {
        U256::from(self.shares)
    }

    pub(super) fn assets(&self) -> U256 {
        U256::from(self.assets)
    }

    /// Saturates: shares that were burnt are not bounded by the supply, and no ticket may stop the queue.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            shares: self.shares.saturating_add(other.shares),
            assets: self.assets.saturating_add(other.assets),
        }
    }

    pub(super) fn minus(self, other: Self) -> Result<Self, StorageError> {
        let less = self.shares.checked_sub(other.shares).zip(self.assets.checked_sub(other.assets));
        let (shares, assets) = less.ok_or_else(|| broken(&format!("{self:?} is less than {other:?}")))?;
        Ok(Self { shares, assets })
    }
}

impl Word for Pair {
    fn to_word(&self) -> U256 {
        halves(self.shares, self.assets)
    }

    fn from_word(word: U256) -> Option<Self> {
        let (shares, assets) = split(word);
        Some(Self { shares, assets })
    }
}

/// How far a ticket has come, in shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Progress {
    /// Set aside so far.
    pub(super) completed: u128,
    /// What had been completed for its controller before its first part: claims take the oldest first.
    pub(super) before: u128,
}

impl Word for Progress {
    fn to_word(&self) -> U256 {
        halves(self.completed, self.before)
    }

    fn from_word(word: U256) -> Option<Self> {
        let (completed, before) = split(word);
        Some(Self { completed, before })
    }
}

/// Income that flows until a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Stream {
    /// What flows in `STREAM_BLOCKS` blocks, in wei.
    pub(super) amount: u128,
    /// The block from which on all of it counts.
    pub(super) until: u64,
}

impl Word for Stream {
    fn to_word(&self) -> U256 {
        halves(self.amount, self.until.into())
    }

    fn from_word(word: U256) -> Option<Self> {
        let (amount, until) = split(word);
        Some(Self { amount, until: until.try_into().ok()? })
    }
}

fn halves(high: u128, low: u128) -> U256 {
    U256::from(high) << 128 | U256::from(low)
}

fn split(word: U256) -> (u128, u128) {
    let low = word & U256::from(u128::MAX);
    ((word >> 128usize).saturating_to(), low.saturating_to())
}

/// Adds to a counter.
pub(super) fn increase(
    counter: &Slot<U256>,
    storage: &mut dyn Storage,
    wei: U256,
) -> Result<(), StorageError> {
    let old = counter.load(storage)?;
    let new = old.checked_add(wei).ok_or_else(|| broken(&format!("{old} + {wei} has more than 256 bits")))?;
    counter.store(storage, &new)
}

/// Takes from a counter.
pub(super) fn decrease(
    counter: &Slot<U256>,
    storage: &mut dyn Storage,
    wei: U256,
) -> Result<(), StorageError> {
    let old = counter.load(storage)?;
    let new = old.checked_sub(wei).ok_or_else(|| broken(&format!("{old} is less than {wei}")))?;
    counter.store(storage, &new)
}

/// No rule can lead there.
fn broken(what: &str) -> StorageError {
    StorageError::Database(format!("the vault's books are wrong: {what}"))
}
