//! The covenant's approvals of one stake, from the chain's log into the stake file.
//!
//! The chain is only where they lie: each one is verified here, and one that does not verify is passed over.

use alloy_primitives::B256;
use anyhow::{Result, bail};
use ballast_bitcoin_staking::Approvals;
use ballast_roles::chain::find_events;
use ballast_roles::staking::{self, MAX_BLOCKS};
use ballast_roles::{Chain, ChainError};
use ballast_types::SystemContract;
use ballast_types::interfaces::IStaking;
use bitcoin::hashes::Hash;

use crate::stake_file::JudgedStake;

/// Follows the log of one stake.
#[derive(Debug)]
pub(crate) struct Gatherer {
    stake: B256,
    /// The first block that was not read.
    next: u64,
    verified: Approvals,
}

impl Gatherer {
    /// Starts where the stake was registered.
    pub(crate) fn new(chain: &impl Chain, stake: &JudgedStake) -> Result<Self> {
        let stake = id(stake);
        let mut above = chain.block_number()?.saturating_add(1);
        while above > 0 {
            let first = above.saturating_sub(MAX_BLOCKS);
            let found: Vec<(u64, IStaking::StakeRegistered)> =
                find_events(chain, first..=above - 1, SystemContract::Staking, &[Some(stake)])?;
            if let Some((next, _)) = found.first() {
                return Ok(Self { stake, next: *next, verified: Approvals::new() });
            }
            above = first;
        }
        bail!(
            "the node's log has no registration of stake {}: does it keep the old blocks?",
            staking::txid(stake)
        )
    }

    /// Reads what has been approved since, and puts it into the file that will be written. Says whether that changed.
    pub(crate) fn gather(&mut self, chain: &impl Chain, stake: &mut JudgedStake) -> Result<bool> {
        let mut changed = false;
        for event in self.news(chain)? {
            let added =
                staking::approval(&event).map_err(anyhow::Error::from).and_then(|(member, approval)| {
                    self.verified.add(&stake.delegation, member, approval)?;
                    let is_new = !stake.file.approvals.contains_key(&member);
                    if is_new {
                        stake.add(member, approval)?;
                    }
                    Ok(is_new)
                });
            match added {
                Ok(is_new) => changed |= is_new,
                Err(error) => tracing::warn!("passed over the approval by {}: {error:#}", event.member),
            }
        }
        Ok(changed)
    }

    fn news(&mut self, chain: &impl Chain) -> Result<Vec<IStaking::Approved>, ChainError> {
        let latest = chain.block_number()?;
        let mut news = Vec::new();
        while self.next <= latest {
            let last = latest.min(self.next + MAX_BLOCKS - 1);
            let blocks = self.next..=last;
            let found = find_events(chain, blocks, SystemContract::Staking, &[Some(self.stake)])?;
            news.extend(found.into_iter().map(|(_, event)| event));
            self.next = last + 1;
        }
        Ok(news)
    }

    /// How many members have signed on the chain.
    pub(crate) fn count(&self) -> usize {
        self.verified.iter().count()
    }
}

/// What the chain names a stake by.
pub(crate) fn id(stake: &JudgedStake) -> B256 {
    stake.delegation.staking().stake().outpoint().txid.to_byte_array().into()
}
