//! What the stories of staking and finality share: what the chain says of providers, stakes and final blocks.

use alloy_primitives::B256;
use anyhow::Context;
use ballast_roles::chain::{At, Chain, events, read};
use ballast_types::SystemContract;
use ballast_types::interfaces::{IFinality, IStaking};

use crate::{Devnet, until};

/// Blocks that `finalized` may be behind `latest` in a devnet of 200 ms blocks that is well.
const CLOSE: u64 = 25;

impl Devnet {
    /// The registrations of all stakes on a devnet's provider, by its number from 1.
    ///
    /// # Errors
    /// When the node does not answer.
    pub fn stakes_on(&self, number: u16) -> anyhow::Result<Vec<IStaking::StakeRegistered>> {
        let (chain, provider) = (self.chain(), provider_key(number));
        let all =
            events::<IStaking::StakeRegistered>(&chain, 1..=chain.block_number()?, SystemContract::Staking)?;
        Ok(all.into_iter().map(|(_, event)| event).filter(|event| event.provider == provider).collect())
    }

    /// What the chain says of a provider, after a block.
    ///
    /// # Errors
    /// When the node does not answer.
    pub fn provider(&self, number: u16, at: At) -> anyhow::Result<IStaking::providerOfReturn> {
        let call = IStaking::providerOfCall { provider: provider_key(number) };
        Ok(read(&self.chain(), at, SystemContract::Staking, &call)?)
    }

    /// The status of a stake.
    ///
    /// # Errors
    /// When the node does not answer.
    pub fn status(&self, stake: B256) -> anyhow::Result<IStaking::Status> {
        Ok(read(&self.chain(), At::Latest, SystemContract::Staking, &IStaking::statusCall { stake })?)
    }

    /// Waits until a stake has a status, mining Bitcoin blocks if `mining`.
    ///
    /// # Errors
    /// When it does not come to that.
    pub fn until_status(&self, stake: B256, wanted: IStaking::Status, mining: bool) -> anyhow::Result<()> {
        let what = format!("stake {stake} is {wanted:?}");
        let look = || Ok((self.status(stake)? == wanted).then_some(()));
        if mining { self.mine_until(&what, look) } else { until(&what, look) }
    }

    /// Waits until `finalized` is close behind `latest` and above `height`.
    ///
    /// # Errors
    /// When it does not come to that.
    pub fn until_finalized_above(&self, height: u64) -> anyhow::Result<u64> {
        until(&format!("blocks above {height} are final, close behind the latest"), || {
            let (finalized, latest) = (self.chain().finalized()?, self.chain().block_number()?);
            Ok((finalized > height && latest - finalized < CLOSE).then_some(finalized))
        })
    }

    /// The members of the snapshot of a height.
    ///
    /// # Errors
    /// When the node does not answer.
    pub fn snapshot(&self, height: u64) -> anyhow::Result<Vec<B256>> {
        let call = IFinality::snapshotCall { height };
        Ok(read(&self.chain(), At::Latest, SystemContract::Finality, &call)?.providers)
    }

    /// Waits until so many providers are in the snapshot of the latest block, and their votes have made it final.
    ///
    /// # Errors
    /// When it does not come to that.
    pub fn until_in_snapshot(&self, count: usize) -> anyhow::Result<()> {
        let latest = until(&format!("{count} providers count"), || {
            let latest = self.chain().block_number()?;
            Ok((self.snapshot(latest)?.len() == count).then_some(latest))
        })?;
        self.until_finalized_above(latest).map(|_| ())
    }

    /// The block in which a provider's key became public.
    ///
    /// # Errors
    /// When it does not become public.
    pub fn until_key_exposed(&self, number: u16) -> anyhow::Result<u64> {
        let (chain, provider) = (self.chain(), provider_key(number));
        until("the key is public", || {
            let exposed =
                events::<IFinality::KeyExposed>(&chain, 1..=chain.block_number()?, SystemContract::Finality)?;
            Ok(exposed.into_iter().find(|(_, event)| event.provider == provider).map(|(block, _)| block))
        })
    }
}

/// The key of a devnet's provider.
#[must_use]
pub fn provider_key(number: u16) -> B256 {
    let key = ballast_regtest::keypair(&format!("ballast devnet provider {number}"));
    key.x_only_public_key().0.serialize().into()
}

/// The only one of a list.
///
/// # Errors
/// When there is another number of them.
pub fn only<T>(list: Vec<T>) -> anyhow::Result<T> {
    let count = list.len();
    let mut list = list.into_iter();
    let first = list.next().filter(|_| count == 1);
    first.with_context(|| format!("expected one, found {count}"))
}
