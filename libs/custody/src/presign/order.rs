//! The six transactions by name, in the order of their digests and signatures.

use std::fmt;

use ballast_bitcoin_staking::Slashed;

/// A matured output that a withdrawal takes home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Withdrawn {
    /// The staking output.
    Stake,
    /// The unbonding output.
    Unbonding,
    /// What slashing left.
    Change(Slashed),
}

impl fmt::Display for Withdrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stake => f.write_str("staking output"),
            Self::Unbonding => f.write_str("unbonding output"),
            Self::Change(slashed) => write!(f, "change of slashing the {slashed}"),
        }
    }
}

/// One of the six transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Presignature {
    /// The slashing of an output.
    Slashing(Slashed),
    /// The withdrawal of an output.
    Withdrawal(Withdrawn),
}

impl fmt::Display for Presignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slashing(slashed) => write!(f, "slashing of the {slashed}"),
            Self::Withdrawal(withdrawn) => write!(f, "withdrawal of the {withdrawn}"),
        }
    }
}

/// The order of digests and signatures.
pub const ORDER: [Presignature; 6] = [
    Presignature::Slashing(Slashed::Stake),
    Presignature::Slashing(Slashed::Unbonding),
    Presignature::Withdrawal(Withdrawn::Stake),
    Presignature::Withdrawal(Withdrawn::Unbonding),
    Presignature::Withdrawal(Withdrawn::Change(Slashed::Stake)),
    Presignature::Withdrawal(Withdrawn::Change(Slashed::Unbonding)),
];
