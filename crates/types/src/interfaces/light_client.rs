//! The interface of system contract 1, the Bitcoin light client.

use alloy_sol_types::sol;

sol! {
    /// The Bitcoin header chain with the most work, as proven to this chain. It starts at a base header that
    /// the genesis names.
    #[derive(Debug, PartialEq, Eq)]
    interface ILightClient {
        /// Where a transaction stands in a block. `branch` and `coinbaseBranch` are the Merkle siblings from
        /// the leaf up, of the transaction at `index` and of the coinbase; `coinbase` is SHA256, once, of the
        /// coinbase without its witness.
        struct InclusionProof {
            uint32 index;
            bytes32[] branch;
            bytes32 coinbase;
            bytes32[] coinbaseBranch;
        }

        /// A list was accepted; the best chain now ends in `tip`. `work` counts from the base header on.
        event HeadersAccepted(bytes32 indexed tip, uint32 height, uint256 work);
        /// The list left the best chain at `forkHeight`: every block above it up to `removedTip` is no longer
        /// on it.
        event Reorganised(bytes32 indexed removedTip, bytes32 indexed newTip, uint32 forkHeight, uint32 removedHeight);

        /// The list is empty.
        error NoHeaders();
        /// The input is no whole number of 80-byte headers.
        error PartialHeader(uint256 length);
        /// The list is longer than one call takes.
        error TooManyHeaders(uint256 found, uint256 limit);
        /// The first header is on the best chain already, so the call adds nothing or starts too low.
        error HeaderKnown(bytes32 hash, uint32 height);
        /// The first header's parent is not on the best chain.
        error UnknownParent(bytes32 parent);
        /// A header does not name the header before it in the list.
        error Unlinked(uint32 height, bytes32 expected, bytes32 found);
        /// The difficulty is not the one that this height requires.
        error WrongBits(uint32 height, uint32 expected, uint32 found);
        /// The time is not later than the median of the eleven headers before.
        error TooOld(uint32 height, uint32 median, uint32 found);
        /// The first header of a difficulty period is dated back (BIP-94).
        error Timewarp(uint32 height, uint32 earliest, uint32 found);
        /// The time is more than two hours later than this block's.
        error TooNew(uint32 height, uint64 latest, uint32 found);
        /// The block version is no longer valid at this height.
        error OldVersion(uint32 height, int32 required, int32 found);
        /// The hash does not meet the target.
        error NoWork(uint32 height, bytes32 hash);
        /// The fork does not have more work than the best chain.
        error NotHeavier(uint256 best, uint256 found);
        /// The best chain has no header at this height.
        error UnknownHeight(uint32 height);
        /// The block is not on the best chain.
        error UnknownBlock(bytes32 hash);
        /// The bytes are no Bitcoin transaction, or more than one.
        error MalformedTransaction();
        /// No block has such a path: too long, or the index lies outside it or in its padding.
        error MalformedBranch(uint256 siblings, uint32 index);
        /// The transaction is as long as an inner node of the Merkle tree and cannot be proven.
        error SixtyFourBytes(bytes32 txid);
        /// The transaction's path does not end in the block's Merkle root.
        error WrongRoot(bytes32 expected, bytes32 found);
        /// The coinbase's path is not as long as the transaction's.
        error CoinbaseDepth(uint256 expected, uint256 found);
        /// The coinbase's path does not end in the block's Merkle root.
        error CoinbaseRoot(bytes32 expected, bytes32 found);
        /// A coinbase elsewhere than at index 0, or something else there.
        error CoinbasePosition(bytes32 txid, uint32 index);

        /// Takes a chain of headers, 80 bytes each, whose first one is new and has its parent on the best
        /// chain, if it makes the best chain heavier. A duty.
        function submitHeaders(bytes calldata headers) external;

        /// The last header of the best chain: height, hash, the work from the base header on, and the
        /// header's own time in seconds.
        function tip() external view returns (uint32 height, bytes32 hash, uint256 work, uint32 time);
        /// The 80 bytes of the header at `height`.
        function header(uint32 height) external view returns (bytes memory header);
        /// The hash of the header at `height`.
        function hashAt(uint32 height) external view returns (bytes32 hash);
        /// The work from the base header to the one at `height`, both included.
        function workAt(uint32 height) external view returns (uint256 work);
        /// The height of a block of the best chain.
        function heightOf(bytes32 hash) external view returns (uint32 height);
        /// Blocks of the best chain from this one to the tip, both counted; 0 when it is not on it.
        function confirmations(bytes32 hash) external view returns (uint32 confirmations);
        /// The median time of the last eleven headers, in seconds (BIP-113).
        function medianTime() external view returns (uint32 time);
        /// Whether the tip is older than `staleAfter` seconds of block time.
        function isStale() external view returns (bool stale);
        /// The txid of `transaction`, with or without witness, once it is proven to be in a block of the best
        /// chain.
        function verifyInclusion(bytes calldata transaction, bytes32 blockHash, InclusionProof calldata proof)
            external
            view
            returns (bytes32 txid);
        /// The network's message magic, the height of the base header, k in blocks, the seconds until the tip
        /// is stale (0: never), and the most headers that one call takes.
        function parameters()
            external
            view
            returns (bytes4 network, uint32 baseHeight, uint32 confirmationDepth, uint64 staleAfter, uint32 maxHeaders);
    }
}
