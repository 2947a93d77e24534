//! Pauses after failures, in ticks.

/// The longest pause, in ticks.
pub const MAX_PAUSE: u32 = 32;

/// Doubles the pause with each failure in a row.
#[derive(Debug, Clone, Copy, Default)]
pub struct BackOff {
    /// Ticks to sit out.
    pause: u32,
    /// Failures since the last success.
    failures: u32,
}

impl BackOff {
    /// Takes in a tick; whether it is to be sat out.
    pub fn sits_out(&mut self) -> bool {
        let sits_out = self.pause > 0;
        self.pause = self.pause.saturating_sub(1);
        sits_out
    }

    /// Takes in a failure; the ticks to sit out now.
    pub fn fail(&mut self) -> u32 {
        self.pause = 1u32.checked_shl(self.failures).unwrap_or(MAX_PAUSE).min(MAX_PAUSE);
        self.failures = self.failures.saturating_add(1);
        self.pause
    }

    /// Forgets the failures in a row.
    pub fn succeed(&mut self) {
        self.failures = 0;
    }
}
