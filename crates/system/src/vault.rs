//! The vault: pBTC in, stkBTC out (`docs/spec/liquid-staking.md`).

pub(crate) mod dispatch;
