//! Which version of the parameters is in force, by Bitcoin height.
//!
//! A version holds from its activation height on: the last one that starts at or below a height is
//! in force there, and below the first there is none. Versions count 0, 1, 2… and start at strictly
//! rising heights (`docs/spec/bitcoin-formats.md` §f).

use bitcoin::{Network, XOnlyPublicKey};
use serde::Deserialize;
use thiserror::Error;

use crate::params::{Params, ParamsError, UncheckedParams};

#[cfg(test)]
mod tests;

/// All versions of one network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamsSet {
    name: String,
    network: Network,
    confirmation_depth: u32,
    timestamp_depth: u32,
    versions: Vec<Params>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    bitcoin_network: Network,
    confirmation_depth: u32,
    timestamp_depth: u32,
    versions: Vec<UncheckedParams>,
}

impl ParamsSet {
    /// Reads a parameter file that lists its covenant's keys; `params/` has examples.
    ///
    /// # Errors
    /// [`ParamsSetError::Syntax`], or the first rule that is broken.
    pub fn from_toml(text: &str) -> Result<Self, ParamsSetError> {
        Self::from_file(parse(text)?)
    }

    /// Reads a parameter file and puts `covenant` into every version, for networks whose founders
    /// supply the keys.
    ///
    /// # Errors
    /// As [`ParamsSet::from_toml`]; [`ParamsSetError::Params`] when the number of keys is not the file's.
    pub fn from_toml_with_covenant(text: &str, covenant: &[XOnlyPublicKey]) -> Result<Self, ParamsSetError> {
        let mut file = parse(text)?;
        for version in &mut file.versions {
            version.covenant_pks = covenant.to_vec();
        }
        Self::from_file(file)
    }

    fn from_file(file: File) -> Result<Self, ParamsSetError> {
        let versions = file.versions.into_iter().map(check).collect::<Result<_, _>>()?;
        Self::new(file.name, file.bitcoin_network, file.confirmation_depth, file.timestamp_depth, versions)
    }

    /// Joins versions to a set.
    ///
    /// # Errors
    /// When there is no version, versions do not count 0, 1, 2…, activation heights do not rise
    /// strictly, or an unbonding time is not above `timestamp_depth`.
    pub fn new(
        name: String,
        network: Network,
        confirmation_depth: u32,
        timestamp_depth: u32,
        versions: Vec<Params>,
    ) -> Result<Self, ParamsSetError> {
        if versions.is_empty() {
            return Err(ParamsSetError::NoVersion);
        }
        for (expected, params) in (0..).zip(&versions) {
            check_place(params, expected, timestamp_depth)?;
        }
        versions.windows(2).try_for_each(|pair| check_order(&pair[0], &pair[1]))?;
        Ok(Self { name, network, confirmation_depth, timestamp_depth, versions })
    }

    /// The network's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The Bitcoin network it lives on.
    pub fn network(&self) -> Network {
        self.network
    }

    /// k: Bitcoin blocks after which a transaction counts.
    pub fn confirmation_depth(&self) -> u32 {
        self.confirmation_depth
    }

    /// w: Bitcoin blocks after which a checkpoint is final.
    pub fn timestamp_depth(&self) -> u32 {
        self.timestamp_depth
    }

    /// All versions, ascending.
    pub fn versions(&self) -> &[Params] {
        &self.versions
    }

    /// The version in force at a Bitcoin height.
    ///
    /// # Errors
    /// [`ParamsSetError::BeforeFirst`] below the first activation height.
    pub fn at(&self, height: u32) -> Result<&Params, ParamsSetError> {
        let started = self.versions.iter().rev().find(|params| params.activation_height() <= height);
        started.ok_or(ParamsSetError::BeforeFirst { first: self.versions[0].activation_height(), height })
    }

    /// A version by its number.
    ///
    /// # Errors
    /// [`ParamsSetError::UnknownVersion`].
    pub fn version(&self, version: u32) -> Result<&Params, ParamsSetError> {
        let found = self.versions.iter().find(|params| params.version() == version);
        found.ok_or(ParamsSetError::UnknownVersion { version })
    }
}

fn check(raw: UncheckedParams) -> Result<Params, ParamsSetError> {
    let version = raw.version;
    Params::try_from(raw).map_err(|reason| ParamsSetError::Params { version, reason })
}

fn check_place(params: &Params, expected: u32, timestamp_depth: u32) -> Result<(), ParamsSetError> {
    let (version, unbonding_time) = (params.version(), params.unbonding_time().blocks());
    if version != expected {
        return Err(ParamsSetError::Version { expected, found: version });
    }
    if unbonding_time <= timestamp_depth {
        return Err(ParamsSetError::UnbondingTime { timestamp_depth, found: unbonding_time });
    }
    Ok(())
}

fn check_order(before: &Params, after: &Params) -> Result<(), ParamsSetError> {
    let (above, found) = (before.activation_height(), after.activation_height());
    if found <= above {
        return Err(ParamsSetError::ActivationHeight { version: after.version(), above, found });
    }
    Ok(())
}

fn parse(text: &str) -> Result<File, ParamsSetError> {
    toml::from_str(text).map_err(|error| ParamsSetError::Syntax { reason: error.to_string() })
}

/// Why versions make no set, or none is in force.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParamsSetError {
    /// Activation heights do not rise.
    #[error("version {version} activates at {found}: it must be above {above}")]
    ActivationHeight {
        /// The version.
        version: u32,
        /// Activation height of the version before.
        above: u32,
        /// Its activation height.
        found: u32,
    },
    /// No version holds yet.
    #[error("no parameters at Bitcoin height {height}: the first version starts at {first}")]
    BeforeFirst {
        /// First activation height.
        first: u32,
        /// Height asked for.
        height: u32,
    },
    /// An empty set.
    #[error("no version: list at least one")]
    NoVersion,
    /// A version breaks a rule.
    #[error("version {version}: {reason}")]
    Params {
        /// The version.
        version: u32,
        /// The rule it breaks.
        reason: ParamsError,
    },
    /// The file does not parse.
    #[error("parameter file: {reason}")]
    Syntax {
        /// What the parser says.
        reason: String,
    },
    /// A stake could leave before its misdeeds are timestamped.
    #[error("unbonding time {found}: it must be above the timestamp depth of {timestamp_depth} blocks")]
    UnbondingTime {
        /// w, in blocks.
        timestamp_depth: u32,
        /// The unbonding time, in blocks.
        found: u32,
    },
    /// No such version.
    #[error("no parameters of version {version}")]
    UnknownVersion {
        /// Version asked for.
        version: u32,
    },
    /// Versions do not count up from 0.
    #[error("version {found} stands where {expected} should: count 0, 1, 2")]
    Version {
        /// Its place.
        expected: u32,
        /// Its number.
        found: u32,
    },
}
