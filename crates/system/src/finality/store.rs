//! Where snapshots, votes and commitments lie in the contract's storage.
//!
//! | slot | name | type |
//! |---|---|---|
//! | 0 | rules | `uint256`, see [`FinalityParameters`] |
//! | 1 | activation | `uint64`, the first height whose snapshot has power; 0 before |
//! | 2 | final | `uint256`, see [`Final`] |
//! | 3 | judged | `uint64`, the last height whose misses were counted |
//! | 4 | pruned | `uint64`, the last height that is no longer kept |
//! | 5 | sets | `uint64`, how many sets there were |
//! | 6 | digest | `bytes32`, of the last set |
//! | 7 | members by set | `mapping(uint64 => bytes32[])` |
//! | 8 | seat by set and provider | `mapping(uint64 => mapping(bytes32 => uint256))`, see [`Seat`] |
//! | 9 | total by set | `mapping(uint64 => uint64)`, in sats |
//! | 10 | tally by height | `mapping(uint64 => uint256)`, see [`Tally`] |
//! | 11 | block hash by height | `mapping(uint64 => bytes32)` |
//! | 12 | voters by height | `mapping(uint64 => uint256)`, a bit for each member |
//! | 13 | commitments by provider | `mapping(bytes32 => uint64)`, how many |
//! | 14 | commitment by provider and index | `mapping(bytes32 => mapping(uint64 => uint256))`, see [`Span`] |
//! | 15 | its root | `mapping(bytes32 => mapping(uint64 => bytes32))` |
//! | 16 | index in use by provider | `mapping(bytes32 => uint64)` |
//! | 17 | conduct by provider | `mapping(bytes32 => uint256)`, see [`Conduct`] |
//! | 18 | highest vote by provider | `mapping(bytes32 => uint64)` |
//! | 19 | exposed secret key by provider | `mapping(bytes32 => bytes32)` |
//!
//! A snapshot is a set and its number. Most blocks have the set of the block before, so a height keeps only the
//! number, and a set is written when it differs from the last one.

use alloy_primitives::{Address, B256, U256};
use ballast_types::{SystemContract, parameters::FinalityParameters};

use crate::layout::{List, Mapping, Slot, Word};

pub(super) const CONTRACT: Address = SystemContract::Finality.address();
pub(super) const RULES: Slot<FinalityParameters> = Slot::new(CONTRACT, 0);
pub(super) const ACTIVATION: Slot<u64> = Slot::new(CONTRACT, 1);
pub(super) const FINAL: Slot<Final> = Slot::new(CONTRACT, 2);
pub(super) const JUDGED: Slot<u64> = Slot::new(CONTRACT, 3);
pub(super) const PRUNED: Slot<u64> = Slot::new(CONTRACT, 4);
pub(super) const SETS: Slot<u64> = Slot::new(CONTRACT, 5);
pub(super) const DIGEST: Slot<B256> = Slot::new(CONTRACT, 6);
pub(super) const MEMBERS: Mapping<u64, List<B256>> = Mapping::new(CONTRACT, 7);
pub(super) const SEAT: Mapping<u64, Mapping<B256, Slot<Seat>>> = Mapping::new(CONTRACT, 8);
pub(super) const TOTAL: Mapping<u64, Slot<u64>> = Mapping::new(CONTRACT, 9);
pub(super) const TALLY: Mapping<u64, Slot<Tally>> = Mapping::new(CONTRACT, 10);
pub(super) const HASH: Mapping<u64, Slot<B256>> = Mapping::new(CONTRACT, 11);
pub(super) const VOTERS: Mapping<u64, Slot<U256>> = Mapping::new(CONTRACT, 12);
pub(super) const COMMITMENTS: Mapping<B256, Slot<u64>> = Mapping::new(CONTRACT, 13);
pub(super) const SPAN: Mapping<B256, Mapping<u64, Slot<Span>>> = Mapping::new(CONTRACT, 14);
pub(super) const ROOT: Mapping<B256, Mapping<u64, Slot<B256>>> = Mapping::new(CONTRACT, 15);
pub(super) const IN_USE: Mapping<B256, Slot<u64>> = Mapping::new(CONTRACT, 16);
pub(super) const CONDUCT: Mapping<B256, Slot<Conduct>> = Mapping::new(CONTRACT, 17);
pub(super) const HIGHEST: Mapping<B256, Slot<u64>> = Mapping::new(CONTRACT, 18);
pub(super) const SECRET: Mapping<B256, Slot<B256>> = Mapping::new(CONTRACT, 19);

/// Four numbers of 8 bytes in one word, the first one highest.
macro_rules! word_of_four {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident),+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub(super) struct $name { $($(#[$field_doc])* pub(super) $field: u64),+ }

        impl Word for $name {
            fn to_word(&self) -> U256 {
                let mut limbs = [0; 4];
                limbs.iter_mut().rev().zip([$(self.$field),+]).for_each(|(limb, field)| *limb = field);
                U256::from_limbs(limbs)
            }

            fn from_word(word: U256) -> Option<Self> {
                let mut limbs = word.into_limbs().into_iter().rev();
                Some(Self { $($field: limbs.next()?),+ }).filter(|_| limbs.all(|rest| rest == 0))
            }
        }
    };
}

word_of_four!(
    /// What is final.
    Final {
        /// The last voted-final height.
        height,
        /// The same at the beginning of this block.
        before
    }
);

word_of_four!(
    /// A member's place in a set.
    Seat {
        /// Its position plus one; 0 when it is no member.
        place,
        /// Its power, in sats.
        power
    }
);

word_of_four!(
    /// The votes at a height.
    Tally {
        /// The number of the snapshot's set; 0 when the height is not kept.
        set,
        /// The power that voted, in sats.
        voted
    }
);

word_of_four!(
    /// The heights of a commitment.
    Span {
        /// The first height.
        start,
        /// The number of heights; never 0.
        count,
        /// The Bitcoin height of the tip from which on it counts.
        usable_from
    }
);

word_of_four!(
    /// How a provider behaved.
    Conduct {
        /// When its jail term ends, in seconds; 0 when it is free.
        jailed_until,
        /// The window of its last miss.
        window,
        /// Its misses in that window.
        missed
    }
);

impl Word for FinalityParameters {
    fn to_word(&self) -> U256 {
        let numbers = [
            self.grace_blocks,
            self.window_blocks,
            self.max_missed,
            self.jail_s,
            self.min_commit_blocks,
            self.max_ahead_blocks,
            self.late_blocks,
        ];
        numbers.into_iter().fold(U256::ZERO, |word, number| word << 32 | U256::from(number))
    }

    fn from_word(word: U256) -> Option<Self> {
        let number = |place: usize| (word >> (32 * (6 - place))).as_limbs()[0] as u32;
        let rules = Self {
            grace_blocks: number(0),
            window_blocks: number(1),
            max_missed: number(2),
            jail_s: number(3),
            min_commit_blocks: number(4),
            max_ahead_blocks: number(5),
            late_blocks: number(6),
        };
        (rules.to_word() == word).then_some(rules)
    }
}
