//! Where the budget and what was earned lie in the contract's storage.
//!
//! | slot | name | type |
//! |---|---|---|
//! | 0 | blocks of one epoch | `uint64` |
//! | 1 | next epoch | `uint64`, the oldest one that is not settled |
//! | 2 | place | `uint64`, how many of that epoch's earners are settled |
//! | 3 | budget of that epoch | `uint256`, in wei, fixed when the first of them is |
//! | 4 | owed | `uint256`, in wei, given and not claimed |
//! | 5 | all credits by epoch | `mapping(uint64 => uint128)`, in sats × heights |
//! | 6 | earners by epoch | `mapping(uint64 => bytes32[])`, the providers with credits |
//! | 7 | credits by epoch and provider | `mapping(uint64 => mapping(bytes32 => uint128))` |
//! | 8 | commission by provider | `mapping(bytes32 => uint256)`, in wei, not claimed |
//! | 9 | power by provider | `mapping(bytes32 => uint256[])`, see [`Metered`], at most one for each epoch |
//! | 10 | gains by provider | `mapping(bytes32 => uint256[])`, see [`Gain`], one for each epoch in which its stakes earned |
//! | 11 | spans by stake | `mapping(bytes32 => uint256)`, see [`Spans`] |
//! | 12 | span by stake and number | `mapping(bytes32 => mapping(uint64 => uint256))`, see [`Span`] |
//!
//! Settled credits are kept: they are the history of who voted.

use alloy_primitives::{Address, B256, U256};
use ballast_types::SystemContract;

use crate::layout::{List, Mapping, Slot, Word};

pub(super) const CONTRACT: Address = SystemContract::Rewards.address();
pub(super) const LENGTH: Slot<u64> = Slot::new(CONTRACT, 0);
pub(super) const NEXT: Slot<u64> = Slot::new(CONTRACT, 1);
pub(super) const PLACE: Slot<u64> = Slot::new(CONTRACT, 2);
pub(super) const BUDGET: Slot<U256> = Slot::new(CONTRACT, 3);
pub(super) const OWED: Slot<U256> = Slot::new(CONTRACT, 4);
pub(super) const ALL_CREDITS: Mapping<u64, Slot<u128>> = Mapping::new(CONTRACT, 5);
pub(super) const EARNERS: Mapping<u64, List<B256>> = Mapping::new(CONTRACT, 6);
pub(super) const CREDITS: Mapping<u64, Mapping<B256, Slot<u128>>> = Mapping::new(CONTRACT, 7);
pub(super) const COMMISSION: Mapping<B256, Slot<U256>> = Mapping::new(CONTRACT, 8);
pub(super) const POWER: Mapping<B256, List<Metered>> = Mapping::new(CONTRACT, 9);
pub(super) const GAINS: Mapping<B256, List<Gain>> = Mapping::new(CONTRACT, 10);
pub(super) const SPANS: Mapping<B256, Slot<Spans>> = Mapping::new(CONTRACT, 11);
pub(super) const SPAN: Mapping<B256, Mapping<u64, Slot<Span>>> = Mapping::new(CONTRACT, 12);

/// The stakes that count on a provider from a block on, in one word: sum 16 bytes, power 8, block 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Metered {
    /// The block.
    pub(super) block: u64,
    /// What counts from there on, in sats.
    pub(super) power: u64,
    /// What counted before it, in sats × blocks.
    pub(super) sum: u128,
}

impl Word for Metered {
    fn to_word(&self) -> U256 {
        U256::from(self.sum) << 128 | U256::from(u128::from(self.power) << 64 | u128::from(self.block))
    }

    fn from_word(word: U256) -> Option<Self> {
        let [block, power, low, high] = word.into_limbs();
        Some(Self { block, power, sum: u128::from(high) << 64 | u128::from(low) })
    }
}

/// What one sat on a provider had earned at the end of an epoch if it always counted, for each block of an epoch, in
/// one word: sum 24 bytes, epoch 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Gain {
    /// The epoch.
    pub(super) epoch: u64,
    /// The sum of the gains of this epoch and of those before it, in 2^-64 wei for a sat × block.
    pub(super) sum: U256,
}

impl Word for Gain {
    fn to_word(&self) -> U256 {
        self.sum << 64 | U256::from(self.epoch)
    }

    fn from_word(word: U256) -> Option<Self> {
        Some(Self { epoch: word.as_limbs()[0], sum: word >> 64 })
    }
}

/// Two numbers of 8 bytes in one word, the first one higher.
macro_rules! word_of_two {
    ($(#[$doc:meta])* $name:ident { $(#[$high_doc:meta])* $high:ident, $(#[$low_doc:meta])* $low:ident }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub(super) struct $name { $(#[$high_doc])* pub(super) $high: u64, $(#[$low_doc])* pub(super) $low: u64 }

        impl Word for $name {
            fn to_word(&self) -> U256 {
                U256::from(u128::from(self.$high) << 64 | u128::from(self.$low))
            }

            fn from_word(word: U256) -> Option<Self> {
                u128::from_word(word).map(|bits| Self { $high: (bits >> 64) as u64, $low: bits as u64 })
            }
        }
    };
}

word_of_two!(
    /// Which spans of a stake are kept.
    Spans {
        /// The oldest one with something to claim.
        first,
        /// The number of the next one.
        next
    }
);

word_of_two!(
    /// Blocks on which a stake counted and for which nothing was claimed yet.
    Span {
        /// The first one.
        from,
        /// The one after the last; 0 while it counts.
        to
    }
);
