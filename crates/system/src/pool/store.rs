//! Where the pool's facts lie in the contract's storage.
//!
//! | slot | name | type |
//! |---|---|---|
//! | 0 to 3 | the share token | see [`crate::token`] |
//! | 10 | lowest and highest fee | `uint16[2]`, two slots, in basis points |
//! | 12 | most of one sale | `uint64`, in sats |
//! | 13 | blocks of a window | `uint64` |
//! | 14 | most of one window | `uint64`, in sats |
//! | 15 | least worth of a redemption | `uint64`, in sats |
//! | 20 | cash | `uint256`, in wei of pBTC |
//! | 21 | stkBTC at hand | `uint256`, in wei |
//! | 22 | window | `uint64`, the number of the last one with a sale |
//! | 23 | sold in it | `uint256`, its worth in wei of pBTC |
//! | 24 | the last fees | `uint256`, in wei of pBTC |
//! | 25 | the block from which on they count | `uint64` |

use alloy_primitives::{Address, U256};
use ballast_types::SystemContract;

use crate::layout::Slot;

pub(super) const CONTRACT: Address = SystemContract::Pool.address();
pub(super) const MIN_FEE: Slot<u16> = Slot::new(CONTRACT, 10);
pub(super) const MAX_FEE: Slot<u16> = Slot::new(CONTRACT, 11);
pub(super) const MAX_SALE: Slot<u64> = Slot::new(CONTRACT, 12);
pub(super) const WINDOW_BLOCKS: Slot<u64> = Slot::new(CONTRACT, 13);
pub(super) const MAX_WINDOW: Slot<u64> = Slot::new(CONTRACT, 14);
pub(super) const MIN_REDEEM: Slot<u64> = Slot::new(CONTRACT, 15);
pub(super) const CASH: Slot<U256> = Slot::new(CONTRACT, 20);
pub(super) const HELD: Slot<U256> = Slot::new(CONTRACT, 21);
pub(super) const WINDOW: Slot<u64> = Slot::new(CONTRACT, 22);
pub(super) const SOLD: Slot<U256> = Slot::new(CONTRACT, 23);
pub(super) const FEES: Slot<U256> = Slot::new(CONTRACT, 24);
pub(super) const FEES_UNTIL: Slot<u64> = Slot::new(CONTRACT, 25);
