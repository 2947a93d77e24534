//! The security budget and who earns it (`docs/spec/liquid-staking.md`).

pub(crate) mod dispatch;
