//! The header rules of each Bitcoin network, as data.
//!
//! Every number is Bitcoin Core's (`src/kernel/chainparams.cpp`); what the numbers mean is decided
//! in [`judge`](crate::judge) and [`retarget`](crate::retarget). The fields are public so that a
//! private network can be described; the five constants are the networks that exist.
//!
//! # What a signet header does not prove
//!
//! A signet block is valid only with a signature of the signet's challenge script (BIP-325). That
//! signature lives in the witness commitment of the coinbase transaction, not in the header, so a
//! header chain cannot show it. What a signet header proves is work, at least about 2^22 hashes, which
//! a laptop redoes in seconds. A light client on signet therefore rests on work alone, and that work
//! is cheap: use it to try things out, never for value. The same holds for a custom signet, whose
//! headers follow the same rules.
//!
//! # What a testnet header does not prove
//!
//! Testnet3 and testnet4 let a block that is 20 minutes late in *its own* timestamp carry the minimum
//! difficulty, so a stretch of such headers costs next to nothing. Their work still adds up by the
//! rule, hence the heaviest chain is the one with real difficulty in it.

use core::num::NonZeroU32;

use bitcoin::{Network, Target};

/// How the difficulty of the next header is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difficulty {
    /// Every header carries the limit (regtest).
    Fixed,
    /// Adjusted at the first header of each period, constant within it (mainnet, signet).
    Adjusted,
    /// As `Adjusted`, but a header more than two spacings after its parent carries the limit, and the
    /// adjustment starts from the period's last header, exception or not (testnet3).
    LateMinimum,
    /// As `LateMinimum`, but the adjustment starts from the period's first header, which can never be
    /// an exception, and the first header of a period is at most
    /// [`MAX_TIMEWARP`](crate::judge::MAX_TIMEWARP) seconds older than its parent (testnet4, BIP-94).
    Bip94,
}

impl Difficulty {
    /// Whether the difficulty moves with time. If so a chain can only be based on the first header of
    /// a period, since the next adjustment needs that header.
    pub const fn is_adjusted(self) -> bool {
        !matches!(self, Self::Fixed)
    }

    /// Whether a late header carries the limit: the 20-minute rule of the testnets.
    pub const fn allows_late_minimum(self) -> bool {
        matches!(self, Self::LateMinimum | Self::Bip94)
    }
}

/// The consensus parameters of one network that bear on headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderRules {
    /// The largest target a header may have.
    pub limit: Target,
    /// Wanted time between two blocks, in seconds.
    pub spacing: NonZeroU32,
    /// Headers in one difficulty period.
    pub interval: NonZeroU32,
    /// How the required difficulty is found.
    pub difficulty: Difficulty,
    /// First height whose header needs version 2.
    pub bip34_height: u32,
    /// First height whose header needs version 3.
    pub bip66_height: u32,
    /// First height whose header needs version 4.
    pub bip65_height: u32,
}

const TEN_MINUTES: NonZeroU32 = NonZeroU32::new(600).expect("600 is not zero");
const TWO_WEEKS_OF_BLOCKS: NonZeroU32 = NonZeroU32::new(2016).expect("2016 is not zero");
const DAY_OF_BLOCKS: NonZeroU32 = NonZeroU32::new(144).expect("144 is not zero");

impl HeaderRules {
    /// Mainnet.
    pub const MAINNET: Self = Self {
        limit: Target::MAX_ATTAINABLE_MAINNET,
        spacing: TEN_MINUTES,
        interval: TWO_WEEKS_OF_BLOCKS,
        difficulty: Difficulty::Adjusted,
        bip34_height: 227_931,
        bip66_height: 363_725,
        bip65_height: 388_381,
    };

    /// Testnet3.
    pub const TESTNET3: Self = Self {
        limit: Target::MAX_ATTAINABLE_TESTNET,
        difficulty: Difficulty::LateMinimum,
        bip34_height: 21_111,
        bip66_height: 330_776,
        bip65_height: 581_885,
        ..Self::MAINNET
    };

    /// Testnet4 (BIP-94).
    pub const TESTNET4: Self = Self { difficulty: Difficulty::Bip94, ..Self::buried(Self::TESTNET3) };

    /// Signet (BIP-325), the default one or a custom one: see the [module](self) on what its headers
    /// leave unproven.
    pub const SIGNET: Self = Self { limit: Target::MAX_ATTAINABLE_SIGNET, ..Self::buried(Self::MAINNET) };

    /// Regtest. (`-test=bip94`, which only a node under test is started with, is not followed.)
    pub const REGTEST: Self = Self {
        limit: Target::MAX_ATTAINABLE_REGTEST,
        interval: DAY_OF_BLOCKS,
        difficulty: Difficulty::Fixed,
        ..Self::buried(Self::MAINNET)
    };

    /// The rules of a network.
    pub const fn of(network: Network) -> &'static Self {
        match network {
            Network::Bitcoin => &Self::MAINNET,
            Network::Testnet => &Self::TESTNET3,
            Network::Testnet4 => &Self::TESTNET4,
            Network::Signet => &Self::SIGNET,
            Network::Regtest => &Self::REGTEST,
        }
    }

    /// The smallest block version that is valid at `height` (BIP-34, BIP-66, BIP-65).
    pub const fn min_version(&self, height: u32) -> i32 {
        if height >= self.bip65_height {
            4
        } else if height >= self.bip66_height {
            3
        } else if height >= self.bip34_height {
            2
        } else {
            i32::MIN
        }
    }

    /// Whether `height` is the first of a difficulty period.
    pub const fn starts_period(&self, height: u32) -> bool {
        height.is_multiple_of(self.interval.get())
    }

    /// Wanted length of a difficulty period, in seconds.
    pub const fn timespan(&self) -> u64 {
        self.spacing.get() as u64 * self.interval.get() as u64
    }

    /// A network on which the version rules hold from the first block on.
    const fn buried(self) -> Self {
        Self { bip34_height: 1, bip66_height: 1, bip65_height: 1, ..self }
    }
}

#[cfg(test)]
mod tests;
