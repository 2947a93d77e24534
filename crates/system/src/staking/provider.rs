//! Providers: who they are, and how much is staked on them.
//!
//! A provider registers by an ordinary transaction, since a key alone costs nothing. Its power is the sum of
//! the stakes on it that count, kept as they come and go. A removed provider keeps that number, for its stakes
//! are still there to be slashed, but is in no snapshot and takes no new stake.

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolEvent;
use ballast_schnorr::{
    bip340,
    message::{self, Role},
};
use ballast_types::{genesis::GenesisProvider, interfaces::IStaking};
use bitcoin::{XOnlyPublicKey, secp256k1::schnorr::Signature};
use thiserror::Error;

pub use super::store::Provider;
use super::{
    SIGNATURE_GAS, parameters, rank,
    store::{CONTRACT, POWER, PROVIDER, PROVIDER_OF, PROVIDERS, RANK, VERSIONS},
};
use crate::{
    contract::CallError,
    storage::{Storage, StorageError},
};

/// All of what a stake earns, in basis points.
const WHOLE: u16 = 10_000;

/// Makes `owner` a provider.
///
/// # Errors
/// [`ProviderError`] with the first rule that is broken.
pub fn register(
    storage: &mut dyn Storage,
    owner: Address,
    key: B256,
    possession: &[u8],
    commission: u16,
) -> Result<(), ProviderError> {
    let parsed = judge(storage, owner, key, commission)?;
    check_possession(storage, &parsed, owner, Role::Provider, possession)?;
    found(storage, key, owner, commission)
}

/// Writes a provider of the genesis.
pub(super) fn found_genesis(
    storage: &mut dyn Storage,
    genesis: &GenesisProvider,
) -> Result<(), ProviderError> {
    let GenesisProvider { key, owner, commission_bp: commission, .. } = *genesis;
    judge(storage, owner, key, commission)?;
    found(storage, key, owner, commission)
}

/// Checks everything about a new provider but its possession.
fn judge(
    storage: &mut dyn Storage,
    owner: Address,
    key: B256,
    commission: u16,
) -> Result<XOnlyPublicKey, ProviderError> {
    let parsed = parse_key(key)?;
    if commission > WHOLE {
        return Err(ProviderError::Commission { limit: WHOLE, found: commission });
    }
    if PROVIDER.at(&key).load(storage)?.is_some() {
        return Err(ProviderError::Known { key });
    }
    let taken = PROVIDER_OF.at(&owner).load(storage)?;
    if !taken.is_zero() {
        return Err(ProviderError::OwnerTaken { owner, key: taken });
    }
    refuse_covenant_key(storage, parsed)?;
    Ok(parsed)
}

/// Writes a provider whose registration is in order.
fn found(storage: &mut dyn Storage, key: B256, owner: Address, commission: u16) -> Result<(), ProviderError> {
    PROVIDER.at(&key).store(storage, &Some(Provider { owner, commission, removed: false }))?;
    PROVIDER_OF.at(&owner).store(storage, &key)?;
    PROVIDERS.push(storage, &key)?;
    let event = IStaking::ProviderRegistered { provider: key, owner, commission };
    Ok(storage.emit(CONTRACT, event.encode_log_data())?)
}

/// The provider with this key, `None` when there is none.
///
/// # Errors
/// The port refused.
pub fn provider(storage: &mut dyn Storage, key: B256) -> Result<Option<Provider>, StorageError> {
    PROVIDER.at(&key).load(storage)
}

/// The provider that an account registered, `None` when there is none.
///
/// # Errors
/// The port refused.
pub fn of_owner(storage: &mut dyn Storage, owner: Address) -> Result<Option<B256>, StorageError> {
    Ok(Some(PROVIDER_OF.at(&owner).load(storage)?).filter(|key| !key.is_zero()))
}

/// The stakes on a provider that count, in sats.
///
/// # Errors
/// The port refused.
pub fn power(storage: &mut dyn Storage, key: B256) -> Result<u64, StorageError> {
    POWER.at(&key).load(storage)
}

/// Removes a provider for ever: it leaves every later snapshot and takes no new stake. Nothing happens when it
/// is removed already, or unknown.
///
/// # Errors
/// The port refused.
pub fn remove(storage: &mut dyn Storage, key: B256) -> Result<(), StorageError> {
    if let Some(provider) = PROVIDER.at(&key).load(storage)? {
        PROVIDER.at(&key).store(storage, &Some(Provider { removed: true, ..provider }))?;
    }
    rank::leave(storage, key)
}

/// Checks that a provider exists and is not removed.
pub(super) fn check_open(storage: &mut dyn Storage, key: B256) -> Result<Provider, ProviderError> {
    let provider = PROVIDER.at(&key).load(storage)?.ok_or(ProviderError::Unknown { key })?;
    if provider.removed { Err(ProviderError::Removed { key }) } else { Ok(provider) }
}

/// Sets a provider's power, in sats, and its rank accordingly.
pub(crate) fn set_power(storage: &mut dyn Storage, key: B256, power: u64) -> Result<(), StorageError> {
    POWER.at(&key).store(storage, &power)?;
    let is_ranked = RANK.at(&key).load(storage)? != 0;
    let removed = PROVIDER.at(&key).load(storage)?.is_none_or(|provider| provider.removed);
    match (power, is_ranked) {
        (0, true) => rank::leave(storage, key),
        (1.., false) if !removed => rank::enter(storage, key, power).map(|_| ()),
        _ => Ok(()),
    }
}

pub(super) fn parse_key(key: B256) -> Result<XOnlyPublicKey, ProviderError> {
    XOnlyPublicKey::from_slice(key.as_slice()).map_err(|_| ProviderError::Key { key })
}

/// Checks the signature by which the owner of a key takes an account for it.
pub(super) fn check_possession(
    storage: &mut dyn Storage,
    key: &XOnlyPublicKey,
    owner: Address,
    role: Role,
    signature: &[u8],
) -> Result<(), ProviderError> {
    storage.charge(SIGNATURE_GAS)?;
    let refused = || ProviderError::Possession { key: key.serialize().into() };
    let signature = Signature::from_slice(signature).map_err(|_| refused())?;
    let message = message::possession(storage.block().chain_id, &owner, role);
    bip340::verify(key, &bip340::digest(&message), &signature).map_err(|_| refused())
}

/// A covenant member that is also a provider would sign in two roles.
fn refuse_covenant_key(storage: &mut dyn Storage, key: XOnlyPublicKey) -> Result<(), ProviderError> {
    for version in 0..VERSIONS.load(storage)? {
        if parameters::version(storage, version)?.committee().contains(&key) {
            return Err(ProviderError::Covenant { key: key.serialize().into() });
        }
    }
    Ok(())
}

/// Why a provider is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProviderError {
    /// The key is no x coordinate.
    #[error("key {key} is no x coordinate of a point: send the 32-byte x-only key")]
    Key {
        /// The bytes.
        key: B256,
    },
    /// The key is taken.
    #[error("key {key} is registered already: one key is one provider")]
    Known {
        /// The key.
        key: B256,
    },
    /// The account is taken.
    #[error("account {owner} has provider {key} already: use another account")]
    OwnerTaken {
        /// The account.
        owner: Address,
        /// Its provider.
        key: B256,
    },
    /// The key is the covenant's.
    #[error("key {key} is a covenant member's: use a key of your own")]
    Covenant {
        /// The key.
        key: B256,
    },
    /// The proof of possession.
    #[error("the possession signature by {key} does not verify: sign the possession message of this account")]
    Possession {
        /// The key.
        key: B256,
    },
    /// More than everything.
    #[error("commission of {found} basis points: at most {limit}")]
    Commission {
        /// Most, in basis points.
        limit: u16,
        /// Asked for, in basis points.
        found: u16,
    },
    /// No such provider.
    #[error("no provider has key {key}: register it first")]
    Unknown {
        /// The key.
        key: B256,
    },
    /// Removed for ever.
    #[error("provider {key} was removed: choose another provider")]
    Removed {
        /// The key.
        key: B256,
    },
    /// No better than those who rank.
    #[error("provider {key} with {power} sats ranks already, or none that ranks is weaker")]
    CannotRank {
        /// The key.
        key: B256,
        /// Its power, in sats.
        power: u64,
    },
    /// The port refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<ProviderError> for CallError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Key { key } => Self::revert(&IStaking::BadKey { key }),
            ProviderError::Known { key } => Self::revert(&IStaking::ProviderKnown { provider: key }),
            ProviderError::OwnerTaken { owner, key } => {
                Self::revert(&IStaking::OwnerTaken { owner, provider: key })
            }
            ProviderError::Covenant { key } => Self::revert(&IStaking::CovenantKey { key }),
            ProviderError::Possession { key } => Self::revert(&IStaking::BadPossession { key }),
            ProviderError::Commission { limit, found } => {
                Self::revert(&IStaking::CommissionTooHigh { limit, found })
            }
            ProviderError::Unknown { key } => Self::revert(&IStaking::UnknownProvider { provider: key }),
            ProviderError::Removed { key } => Self::revert(&IStaking::ProviderRemoved { provider: key }),
            ProviderError::CannotRank { key, power } => {
                Self::revert(&IStaking::CannotRank { provider: key, power })
            }
            ProviderError::Storage(error) => error.into(),
        }
    }
}
