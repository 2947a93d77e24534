//! The pool that buys stkBTC at once (`docs/spec/liquid-staking.md`).

pub(crate) mod dispatch;
