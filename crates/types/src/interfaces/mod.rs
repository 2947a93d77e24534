//! The Solidity interfaces of the system contracts (`docs/spec/ballast-wire.md`, "System contracts").
//!
//! Only what is called or logged stands here; the rules behind it are in `ballast-system`, in the module of
//! the same name. A Bitcoin hash is a `bytes32` in the byte order in which it is hashed and serialised, the
//! reverse of what block explorers show.

use std::fmt::Debug;

use alloy_sol_types::{SolInterface, sol};

use crate::SystemContract;

mod custody;
mod finality;
mod light_client;
mod pool;
mod rewards;
mod staking;
mod stkbtc;
mod token;

pub use custody::ICustody;
pub use finality::IFinality;
pub use light_client::ILightClient;
pub use pool::IPool;
pub use rewards::IRewards;
pub use staking::IStaking;
pub use stkbtc::IStkBtc;
pub use token::IToken;

/// What a system contract's revert data says, as `Name { field: value }`; none if it is no error of `contract`.
#[must_use]
pub fn error_text(contract: SystemContract, data: &[u8]) -> Option<String> {
    let own = match contract {
        SystemContract::LightClient => text::<ILightClient::ILightClientErrors>(data),
        SystemContract::Staking => text::<IStaking::IStakingErrors>(data),
        SystemContract::Finality => text::<IFinality::IFinalityErrors>(data),
        SystemContract::Custody => text::<ICustody::ICustodyErrors>(data),
        SystemContract::Rewards => text::<IRewards::IRewardsErrors>(data),
        SystemContract::StkBtc => text::<IStkBtc::IStkBtcErrors>(data),
        SystemContract::Pool => text::<IPool::IPoolErrors>(data),
        _ => None,
    };
    // custody and staking hand on what the light client says of a proof; two contracts are tokens as well
    let handed_on = || match contract {
        SystemContract::Custody | SystemContract::Staking => text::<ILightClient::ILightClientErrors>(data),
        SystemContract::StkBtc | SystemContract::Pool => text::<IToken::ITokenErrors>(data),
        _ => None,
    };
    own.or_else(handed_on).or_else(|| text::<ISystem::ISystemErrors>(data))
}

/// The variant's name stands before its content, which has the same name.
fn text<E: SolInterface + Debug>(data: &[u8]) -> Option<String> {
    let error = format!("{:?}", E::abi_decode_validate(data).ok()?);
    let inner = error.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).map(str::to_owned);
    Some(inner.unwrap_or(error))
}

sol! {
    /// What any system contract may answer before its own rule is reached.
    #[derive(Debug, PartialEq, Eq)]
    interface ISystem {
        /// The contract has no function with this selector (zero when the input has fewer than four bytes).
        error UnknownSelector(bytes4 selector);
        /// The input is not the one canonical ABI encoding of this function's arguments.
        error MalformedInput(bytes4 selector);
        /// The function takes no value, yet `value` wei came with the call.
        error NotPayable(uint256 value);
        /// A duty transaction called a function that does not prove itself.
        error NotADuty(bytes4 selector);
        /// A call under STATICCALL reached a function that writes.
        error StaticCall(bytes4 selector);
    }
}

#[cfg(test)]
mod tests;
