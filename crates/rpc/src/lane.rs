//! Blocking work off the async threads: so much at once, so much waiting, and the rest refused at once.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::error::RpcError;

/// How many wait for each that runs.
const WAITING_PER_RUNNING: usize = 64;

/// A bounded number of threads with a bounded queue before them.
pub(crate) struct Lane {
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

impl Lane {
    /// A lane with `width` threads.
    pub(crate) fn new(width: usize) -> Self {
        let admitted = width.saturating_mul(1 + WAITING_PER_RUNNING).min(Semaphore::MAX_PERMITS);
        Self { admitted: Arc::new(Semaphore::new(admitted)), running: Arc::new(Semaphore::new(width)) }
    }

    /// Runs `work` when it is its turn. Work that has begun ends, even if nobody waits for it any more.
    ///
    /// # Errors
    /// [`RpcError::LimitExceeded`] if too much waits already; the errors of `work`.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, RpcError> + Send + 'static,
    ) -> Result<T, RpcError> {
        let busy = |_| RpcError::LimitExceeded("server is busy: try again later".to_owned());
        let admitted = self.admitted.clone().try_acquire_owned().map_err(busy)?;
        let running = self.running.clone().acquire_owned().await.expect("a lane is never closed");
        let work = move || {
            let (_admitted, _running) = (admitted, running);
            work()
        };
        let joined = tokio::task::spawn_blocking(work).await;
        joined.unwrap_or_else(|error| Err(RpcError::Internal(error.to_string())))
    }
}

#[cfg(test)]
mod tests;
