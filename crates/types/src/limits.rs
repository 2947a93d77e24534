//! Sizes beyond which a value is refused before it is looked at. They are part of consensus.
//!
//! Gas bounds the work of a block; these bound the bytes that a peer can make a node hold and parse.

/// Largest encoded transaction, in bytes; ordinary or duty. Ethereum's clients use the same number.
pub const MAX_TRANSACTION_SIZE: usize = 128 * 1024;

/// Most transactions in one block. Gas binds earlier: 60M + 30M gas at 21,000 each are 4,285.
pub const MAX_BLOCK_TRANSACTIONS: usize = 8_192;

/// Largest RLP-encoded block, in bytes. Every node must use the same network message size.
pub const MAX_BLOCK_SIZE: usize = 4 * 1024 * 1024;

/// Most validators in one committee.
pub const MAX_COMMITTEE: usize = 100;

/// Largest `extraData` of a header, in bytes: a full committee and the consensus context.
pub const MAX_EXTRA_SIZE: usize = 16 * 1024;
