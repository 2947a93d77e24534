//! When a block may be proposed, and when it may be accepted.
//!
//! A proposer waits until its parent is `block_time` old. A validator accepts a block only when its own clock has
//! reached the block's time, so a fast clock only loses its turn. That the time lies in (parent, parent + max_step] is
//! a rule of blocks and checked by execution; it bounds the wait. Waiting happens here, in front of the state machine:
//! behind it, a sleeping proposer would hold up the finalisation of the very block that it builds on.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use commonware_consensus::{Application, Handoff, marshal::ancestry::Ancestry};
use commonware_cryptography::Digested;
use commonware_runtime::Clock;

use crate::block::ChainBlock;

/// Milliseconds since the Unix epoch on this machine's clock.
pub(crate) fn now_ms(clock: &impl Clock) -> u64 {
    let since_epoch = clock.current().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

/// Time of a block proposed at `now` on a parent of time `parent`, all in milliseconds since the Unix epoch.
pub(crate) fn block_time(now: u64, parent: u64, max_step: u64) -> u64 {
    now.clamp(parent.saturating_add(1), parent.saturating_add(max_step.max(1)))
}

/// An application that waits for the clock.
#[derive(Clone)]
pub(crate) struct Paced<A> {
    inner: A,
    block_time_ms: u64,
}

impl<A> Paced<A> {
    /// Paces `inner` to one block per `block_time_ms`.
    pub(crate) fn new(inner: A, block_time_ms: u64) -> Self {
        Self { inner, block_time_ms }
    }
}

fn system_time(time_ms: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(time_ms)
}

impl<E: Clock, A: Application<E, Block = ChainBlock>> Application<E> for Paced<A>
where
    A::Context: Send,
{
    type SigningScheme = A::SigningScheme;
    type Context = A::Context;
    type Block = ChainBlock;
    type Input = A::Input;

    async fn prepare(
        &mut self,
        context: (E, A::Context),
        ancestry: impl Ancestry<ChainBlock>,
        input: A::Input,
    ) -> Handoff<Digested<ChainBlock>> {
        self.inner.prepare(context, ancestry, input).await
    }

    async fn propose(
        &mut self,
        context: (E, A::Context),
        ancestry: impl Ancestry<ChainBlock>,
        input: A::Input,
    ) -> Option<Digested<ChainBlock>> {
        let parent = ancestry.peek()?.inner().time_ms();
        context.0.sleep_until(system_time(parent.saturating_add(self.block_time_ms))).await;
        self.inner.propose(context, ancestry, input).await
    }

    async fn verify(&mut self, context: (E, A::Context), ancestry: impl Ancestry<ChainBlock>) -> bool {
        let Some(time) = ancestry.peek().map(|block| block.inner().time_ms()) else { return false };
        let due = context.0.sleep_until(system_time(time));
        let valid = self.inner.verify(context, ancestry).await;
        if valid {
            due.await;
        }
        valid
    }
}

#[cfg(test)]
mod tests;
