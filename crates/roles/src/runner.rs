//! The one runner of all roles: it ticks, steps, and lets the hands act.
//!
//! Actions are carried out one after the other and each outcome goes back into the role before the next one
//! starts, so a role never has two calls in flight. The hands block; they run on a thread of their own.

use std::{collections::VecDeque, future::Future, pin::pin, sync::Arc, time::Duration};

use tokio::{
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};

/// How a run ends that nobody stopped: by a panic, which is a defect.
pub use tokio::task::JoinError as RunError;

/// What decides. It touches nothing and knows no time but its ticks.
pub trait Role {
    /// What can happen to the role.
    type Event: Send + 'static;
    /// What the role can want.
    type Action: Send + 'static;

    /// The event of a new tick.
    const TICK: Self::Event;

    /// Takes in `event` and says what to do now, in order.
    fn step(&mut self, event: Self::Event) -> Vec<Self::Action>;
}

/// What acts for a role.
pub trait Hands<R: Role> {
    /// Carries `action` out, blocking, and tells how it went; `None` when the role need not know. It fails by
    /// an event, never otherwise.
    fn perform(&self, action: R::Action) -> Option<R::Event>;
}

/// Lets `role` run with a tick each `period` until `stop` completes. A call under way then ends on its own thread,
/// unheard; since the role believes only what it reads, that is no loss.
///
/// # Errors
/// The hands panicked, which is a defect; the role must not go on with what it believes.
pub async fn run<R, H>(
    mut role: R,
    hands: Arc<H>,
    period: Duration,
    stop: impl Future<Output = ()>,
) -> Result<(), RunError>
where
    R: Role,
    H: Hands<R> + Send + Sync + 'static,
{
    let mut stop = pin!(stop);
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => return Ok(()),
            _ = ticks.tick() => {}
        }
        let mut actions = VecDeque::from(role.step(R::TICK));
        while let Some(action) = actions.pop_front() {
            let acting = Arc::clone(&hands);
            let event = tokio::select! {
                biased;
                event = spawn_blocking(move || acting.perform(action)) => event?,
                () = &mut stop => return Ok(()),
            };
            actions.extend(event.map(|event| role.step(event)).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests;
