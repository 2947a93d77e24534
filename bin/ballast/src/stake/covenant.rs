//! The covenant that a chain stakes under, and whether its rules are those that this program knows.

use alloy_sol_types::SolError;
use anyhow::{Result, bail, ensure};
use ballast_bitcoin_staking::Params;
use ballast_roles::{Chain, ChainError, staking};
use ballast_types::interfaces::IStaking;
use bitcoin::XOnlyPublicKey;

use crate::network::NetworkName;
use crate::stake_file;

/// The members of the covenant in force at a Bitcoin height. If `named` is not empty, these must be they.
pub(crate) fn of(
    chain: &impl Chain,
    network: NetworkName,
    named: &[XOnlyPublicKey],
    height: u32,
) -> Result<Vec<XOnlyPublicKey>> {
    let Some(found) = in_force(chain, height)? else {
        bail!("this chain has no covenant at Bitcoin height {height}: nobody can stake on it");
    };
    let covenant = found.committee().keys().to_vec();
    let known = stake_file::params(network, &covenant);
    let known = known.as_ref().ok().and_then(|known| known.at(height).ok());
    ensure!(
        known == Some(&found),
        "the chain's staking parameters are not those of {network} in this program: give the chain's --network, or \
         use the version of the program that its validators run"
    );
    let mut named = named.to_vec();
    named.sort_unstable();
    named.dedup();
    if !named.is_empty() && named != covenant {
        let members: Vec<_> = covenant.iter().map(ToString::to_string).collect();
        bail!("the chain's covenant is another one; its members are {}", members.join(", "));
    }
    Ok(covenant)
}

fn in_force(chain: &impl Chain, height: u32) -> Result<Option<Params>, ChainError> {
    let mut in_force = None;
    for version in 0.. {
        match staking::params(chain, version) {
            Ok(params) if params.activation_height() <= height => in_force = Some(params),
            Ok(_) => break,
            Err(ChainError::Refused { data, .. }) if data.starts_with(&IStaking::NoParameters::SELECTOR) => {
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(in_force)
}
