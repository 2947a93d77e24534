//! When a custodian attests a fee rate: at its start and then every [`EVERY`] Bitcoin blocks.

/// Bitcoin blocks from one attestation to the next.
pub const EVERY: u32 = 6;

/// The height of the last attestation.
#[derive(Debug, Default)]
pub struct Fees {
    last: Option<u32>,
}

impl Fees {
    /// Whether an attestation is due at a height of the light client. A light client that went back to a lower height
    /// takes none: the contract wants newer ones only.
    pub fn is_due(&self, tip: u32) -> bool {
        self.last.is_none_or(|last| tip >= last.saturating_add(EVERY))
    }

    /// Remembers an attestation.
    pub fn attested(&mut self, height: u32) {
        self.last = Some(height);
    }
}
