//! The books, in sats: what was issued against what is there.
//!
//! liabilities = issued - burnt; counters, never sums of balances, and escrow is part of them.
//! reserves    = coins of custody's alone whose block is on the best chain, those in flight included: a payment is in
//! flight until its escrow is burnt, and then its inputs leave the reserves and its change enters them.
//! surplus or deficit = reserves - liabilities. The surplus is the fee buffer, fed by sweep fees.
//!
//! A deposit adds value to the reserves and value - sweep fee to the liabilities. A payment takes inputs - change =
//! payouts + fee from both. A sweep with a proven fee below the sweep fee adds the rest to the surplus. So only a coin
//! that loses its block makes a deficit, and only a deficit stops minting; payouts go on, at most `deficit_cap_sat` in one
//! intent.

use super::{CustodyError, store::*};
use crate::storage::{Storage, StorageError};

/// The solvency line, in sats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Books {
    /// pBTC ever minted.
    pub issued: u64,
    /// pBTC ever burnt.
    pub burnt: u64,
    /// The part of the liabilities that waits for its payout.
    pub escrow: u64,
    /// Coins on the best chain.
    pub anchored: u64,
    /// The part of the coins that live intents spend.
    pub in_flight: u64,
    /// Coins whose block has left the best chain.
    pub unbacked: u64,
    /// Deposits that wait for their sweep.
    pub refundable: u64,
}

impl Books {
    /// What the reserves have to cover.
    #[must_use]
    pub fn liabilities(&self) -> u64 {
        // test funds of a devnet may be burnt without ever having been issued
        self.issued.saturating_sub(self.burnt)
    }

    /// Reserves beyond the liabilities.
    #[must_use]
    pub fn surplus(&self) -> u64 {
        self.anchored.saturating_sub(self.liabilities())
    }

    /// What the reserves lack.
    #[must_use]
    pub fn deficit(&self) -> u64 {
        self.liabilities().saturating_sub(self.anchored)
    }
}

/// The books as they stand.
///
/// # Errors
/// The port refused.
pub fn books(storage: &mut dyn Storage) -> Result<Books, StorageError> {
    let (held, anchored) = (HELD.load(storage)?, ANCHORED.load(storage)?);
    Ok(Books {
        issued: ISSUED.load(storage)?,
        burnt: BURNT.load(storage)?,
        escrow: ESCROW.load(storage)?,
        anchored,
        in_flight: IN_FLIGHT.load(storage)?,
        unbacked: held.saturating_sub(anchored),
        refundable: UNSWEPT.load(storage)?,
    })
}

/// Refuses while reserves are short.
///
/// # Errors
/// [`CustodyError::Deficit`].
pub(super) fn solvent(storage: &mut dyn Storage) -> Result<(), CustodyError> {
    match books(storage)?.deficit() {
        0 => Ok(()),
        missing => Err(CustodyError::Deficit { missing }),
    }
}
