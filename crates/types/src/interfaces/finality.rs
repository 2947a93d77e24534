//! The interface of system contract 4, finality by bitcoin stake.

use alloy_sol_types::sol;

sol! {
    /// Votes of the providers, weighed by snapshots of the bitcoin staked on them.
    #[derive(Debug, PartialEq, Eq)]
    interface IFinality {
        /// Two valid votes of one provider at one height.
        struct DoubleVote {
            bytes32 provider;
            uint64 height;
            bytes32 firstHash;
            bytes32 firstRandomness;
            bytes32 firstSignature;
            bytes32 secondHash;
            bytes32 secondRandomness;
            bytes32 secondSignature;
        }

        /// The provider promised randomness for `count` heights from `start` on; it counts once Bitcoin has
        /// reached `usableFrom`.
        event RandomnessCommitted(bytes32 indexed provider, uint64 indexed index, uint64 start, uint64 count, bytes32 root, uint32 usableFrom);
        /// A vote counts.
        event Voted(bytes32 indexed provider, uint64 indexed height, bytes32 blockHash, bytes32 randomness, bytes32 signature);
        /// A vote made every height up to `height` voted-final. What becomes final at the beginning of a block is in no
        /// receipt: read `finalized` for that.
        event Finalized(uint64 indexed height);
        /// The provider's secret key is public: whoever sees this may slash every stake on it.
        event KeyExposed(bytes32 indexed provider, bytes32 secret);
        /// The provider voted twice with different randomness and is removed.
        event Tombstoned(bytes32 indexed provider, uint64 height);
        /// The provider is back from jail.
        event Unjailed(bytes32 indexed provider);

        /// No provider has this key.
        error UnknownProvider(bytes32 provider);
        /// The provider was removed for ever.
        error ProviderRemoved(bytes32 provider);
        /// The commitment starts at or before the end of the last one, or in the past.
        error CommitmentStart(uint64 expected, uint64 found);
        /// The commitment covers too few heights.
        error CommitmentTooShort(uint64 expected, uint64 found);
        /// The commitment reaches too far ahead.
        error CommitmentTooFar(uint64 expected, uint64 found);
        /// The signature of the commitment does not verify.
        error BadCommitmentSignature(bytes32 provider);
        /// The provider has no commitment with this index.
        error UnknownCommitment(uint64 index);
        /// The commitment counts once Bitcoin has reached `expected`.
        error CommitmentTooNew(uint32 expected, uint32 found);
        /// The randomness is not what was committed to for this height.
        error BadRandomness(uint64 height);
        /// The height is not open: it has no block yet, is older than the first snapshot, or is voted-final
        /// (`lateVote` then), or not yet (`vote` then), or no longer kept.
        error HeightClosed(uint64 first, uint64 last, uint64 found);
        /// Another block is at this height.
        error WrongBlock(bytes32 expected, bytes32 found);
        /// The provider is not in the snapshot of this height.
        error NotInSnapshot(bytes32 provider, uint64 height);
        /// The provider's vote at this height counts already.
        error AlreadyVoted(bytes32 provider, uint64 height);
        /// The signature of the vote does not verify.
        error BadVote(bytes32 provider, uint64 height);
        /// The two votes do not show what is claimed.
        error NoEvidence(bytes32 provider);
        /// The number is no secret key.
        error BadSecret();
        /// Only the provider's account may do this.
        error NotOwner(address expected, address found);
        /// The provider is not in jail.
        error NotJailed(bytes32 provider);
        /// The jail term ends at `until`, in seconds.
        error StillJailed(uint64 until);

        /// Promises randomness. `signature` is the key's. A duty.
        function commitRandomness(bytes32 provider, uint64 start, uint64 count, bytes32 root, bytes calldata signature) external;
        /// Votes for a block that is not voted-final yet. `commitment` is the index of the commitment that covers
        /// the height, `path` leads from the randomness to its root. A duty.
        function vote(bytes32 provider, uint64 height, bytes32 blockHash, bytes32 randomness, bytes32 signature, uint64 commitment, bytes32[] calldata path) external;
        /// Votes for a block that is voted-final already, within the 256 blocks that late votes are taken for. A duty.
        function lateVote(bytes32 provider, uint64 height, bytes32 blockHash, bytes32 randomness, bytes32 signature, uint64 commitment, bytes32[] calldata path) external;
        /// Two votes for two blocks with one randomness: exposes the key. A duty.
        function proveDoubleSign(DoubleVote calldata votes) external;
        /// Two votes with different randomness: removes the provider. A duty.
        function proveTwoVotes(DoubleVote calldata votes) external;
        /// The secret key of a provider, wherever it leaked. A duty.
        function revealKey(bytes32 secret) external;
        /// Leaves jail after its term; only the provider's account.
        function unjail(bytes32 provider) external;

        /// The last height that is final: of the blocks before this one all, before the first snapshot with
        /// power; then the last one up to which all are voted-final.
        function finalized() external view returns (uint64 height);
        /// Whether a snapshot ever had power, and its height.
        function activation() external view returns (bool active, uint64 height);
        /// Providers, their power in sats, and the total, in the snapshot of a height that is kept.
        function snapshot(uint64 height) external view returns (bytes32[] memory providers, uint64[] memory powers, uint64 total);
        /// The power that voted at a height, and bit i for the i-th provider of its snapshot.
        function votes(uint64 height) external view returns (uint64 power, uint256 voters);
        /// The highest height at which the provider's vote counts.
        function highestVote(bytes32 provider) external view returns (uint64 height);
        /// The number of commitments of a provider.
        function commitmentCount(bytes32 provider) external view returns (uint64 count);
        /// A commitment of a provider.
        function commitmentOf(bytes32 provider, uint64 index) external view returns (uint64 start, uint64 count, bytes32 root, uint32 usableFrom);
        /// The exposed secret key of a provider, 0 while it is secret.
        function secretOf(bytes32 provider) external view returns (bytes32 secret);
        /// When the provider's jail term ends, in seconds; 0 when it is free.
        function jailedUntil(bytes32 provider) external view returns (uint64 time);
        /// The rules: the grace until a missing vote is a miss, the window over which misses are counted and how
        /// many are allowed in it, the jail term in seconds, the fewest heights of a commitment, how far ahead it
        /// may reach, and for how many blocks late votes are taken.
        function parameters() external view returns (
            uint32 graceBlocks, uint32 windowBlocks, uint32 maxMissed, uint32 jailSeconds,
            uint32 minCommitBlocks, uint32 maxAheadBlocks, uint32 lateBlocks);
    }
}
