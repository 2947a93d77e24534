//! The interface of system contract 3, Bitcoin stakes and the providers they are on.

use alloy_sol_types::sol;

sol! {
    /// Stakes on Bitcoin. A stake is named by the txid of its staking transaction and is on one provider, which
    /// is named by its x-only key.
    #[derive(Debug, PartialEq, Eq)]
    interface IStaking {
        /// What a stake's facts and Bitcoin's headers amount to.
        enum Status {
            /// No such stake.
            None,
            /// No covenant quorum.
            Pending,
            /// A quorum, but no staking transaction at depth k.
            Verified,
            /// It counts.
            Active,
            /// The staker leaves.
            Unbonding,
            /// The coins have left.
            Unbonded,
            /// Too close to its end.
            Expired,
            /// A slashing transaction is on Bitcoin.
            Slashed
        }

        /// What of a delegation breaks a rule.
        enum Cause {
            /// Not exactly one provider.
            ProviderCount,
            /// A slashing transaction.
            Slashing,
            /// A staker's signature of a slashing transaction.
            StakerSignature,
            /// The staking transaction.
            Staking,
            /// The staking time.
            StakingTime,
            /// The staked value.
            StakingValue,
            /// Keys or times that make no script.
            Terms,
            /// The unbonding transaction.
            Unbonding,
            /// The unbonding time.
            UnbondingTime,
            /// The unbonded value.
            UnbondingValue
        }

        /// How a stake leaves.
        enum Exit {
            /// Not at all.
            None,
            /// The staker signed the unbonding transaction.
            Requested,
            /// The unbonding transaction is on Bitcoin.
            Unbonding,
            /// A slashing transaction is on Bitcoin.
            Slashing,
            /// Another transaction of the staker's is on Bitcoin.
            Other
        }

        /// As in `ILightClient`.
        struct InclusionProof {
            uint32 index;
            bytes32[] branch;
            bytes32 coinbase;
            bytes32[] coinbaseBranch;
        }

        /// What a staker declares and signs. Transactions are in consensus encoding without witness, signatures
        /// are BIP-340. `possession` is the staker key's over `owner`.
        struct Registration {
            address owner;
            bytes32 staker;
            bytes32 provider;
            uint16 stakingTime;
            uint64 value;
            bytes stakingTx;
            bytes unbondingTx;
            bytes slashingTx;
            bytes unbondingSlashingTx;
            bytes slashingSignature;
            bytes unbondingSlashingSignature;
            bytes possession;
        }

        /// One version of the parameters, as `docs/spec/bitcoin-formats.md` §f has them. Times and heights are in Bitcoin
        /// blocks, values and fees in sats, the rate in ten-thousandths; the covenant's keys ascend.
        struct Parameters {
            uint32 activationHeight;
            uint64 minValue;
            uint64 maxValue;
            uint32 minTime;
            uint32 maxTime;
            uint32 unbondingTime;
            uint64 unbondingFee;
            uint64 minSlashingFee;
            uint16 slashingRate;
            bytes slashingScript;
            bytes32[] covenant;
            uint32 quorum;
        }

        /// A provider can be staked on from now on. `commission` is in basis points.
        event ProviderRegistered(bytes32 indexed provider, address indexed owner, uint16 commission);
        /// A stake is known, with all that its slashing will need; state keeps only the hashes of it.
        event StakeRegistered(bytes32 indexed stake, bytes32 indexed provider, bytes32 indexed staker, uint32 version, Registration registration);
        /// A covenant member signed: plain for unbonding, and for slashing locked to the provider's key.
        event Approved(bytes32 indexed stake, bytes32 indexed member, bytes unbonding, bytes slashing, bytes unbondingSlashing);
        /// The staking transaction is proven to be in a block of the best chain.
        event Anchored(bytes32 indexed stake, bytes32 indexed blockHash, uint32 height);
        /// The staker asked to leave; with its signature anybody can complete the unbonding transaction.
        event UnbondRequested(bytes32 indexed stake, bytes signature);
        /// The staked or the unbonded output is spent on Bitcoin by `transaction`.
        event Spent(bytes32 indexed stake, bytes32 indexed transaction, Exit exit);
        /// The stake began or ceased to count by a transaction; `power` is its provider's now, in sats. What Bitcoin's
        /// headers alone change (an anchor that falls, an expiry) happens at the beginning of a block, in no receipt:
        /// read `providerOf` and `status` for that.
        event PowerChanged(bytes32 indexed stake, bytes32 indexed provider, bool counts, uint64 power);

        /// The key is no x coordinate of a point.
        error BadKey(bytes32 key);
        /// The key is registered as a provider already.
        error ProviderKnown(bytes32 provider);
        /// The account has a provider already.
        error OwnerTaken(address owner, bytes32 provider);
        /// The key is a covenant member's.
        error CovenantKey(bytes32 key);
        /// The signature does not show that the owner of the key chose this account.
        error BadPossession(bytes32 key);
        /// A commission is at most 10,000 basis points.
        error CommissionTooHigh(uint16 limit, uint16 found);
        /// No provider has this key.
        error UnknownProvider(bytes32 provider);
        /// The provider was removed for ever.
        error ProviderRemoved(bytes32 provider);
        /// The provider ranks already, or has too little power to rank.
        error CannotRank(bytes32 provider, uint64 power);
        /// The staking transaction was registered before.
        error StakeKnown(bytes32 stake);
        /// No stake has this staking transaction.
        error UnknownStake(bytes32 stake);
        /// Not exactly one transaction in consensus encoding, or with a witness where none belongs.
        error MalformedTransaction();
        /// Not a signature of this kind.
        error MalformedSignature();
        /// The delegation breaks a rule.
        error BadDelegation(Cause cause);
        /// No parameters hold at this Bitcoin height.
        error NoParameters(uint32 height);
        /// The best header is too old, or the work it brought is not done: wait.
        error BitcoinStale();
        /// Another anchor of the transaction stands.
        error AnchorStands(bytes32 blockHash);
        /// The block is not deep enough.
        error TooShallow(uint32 expected, uint32 found);
        /// The block is older than the registration allows.
        error TooEarly(uint32 expected, uint32 found);
        /// The stake is too close to its end.
        error TooLate(uint32 end, uint32 tip);
        /// The proven transaction is another one.
        error WrongTransaction(bytes32 expected, bytes32 found);
        /// The stake is leaving or gone.
        error Leaving(bytes32 stake);
        /// The key is not of the stake's covenant.
        error NotMember(bytes32 member);
        /// The member has approved already.
        error AlreadyApproved(bytes32 member);
        /// One of the member's signatures does not verify.
        error BadApproval(bytes32 member);
        /// The staker's signature does not verify.
        error BadStakerSignature(bytes32 staker);
        /// The transaction spends no output of the stake.
        error NotASpend(bytes32 transaction);
        /// As many outputs are needed as the transaction has inputs.
        error PrevoutCount(uint256 expected, uint256 found);
        /// The spend is known and stands, or the stake was slashed.
        error SpendKnown(bytes32 transaction);

        /// Makes the caller a provider. `possession` is the key's signature over the caller's address;
        /// `commission` in basis points.
        function registerProvider(bytes32 provider, bytes calldata possession, uint16 commission) external;
        /// Gives a provider the rank of the weakest one, if it has more power.
        function rank(bytes32 provider) external;
        /// Registers a stake before its transaction is on Bitcoin.
        function registerStake(Registration calldata registration) external;
        /// Registers a stake whose transaction is k deep. A duty.
        function registerAnchoredStake(Registration calldata registration, bytes32 blockHash, InclusionProof calldata proof) external;
        /// Takes a covenant member's approval. A duty.
        function approve(bytes32 stake, bytes32 member, bytes calldata unbonding, bytes calldata slashing, bytes calldata unbondingSlashing) external;
        /// Proves that the staking transaction is k deep, first or after a reorganisation. A duty.
        function proveStake(bytes32 stake, bytes calldata transaction, bytes32 blockHash, InclusionProof calldata proof) external;
        /// Takes the staker's signature of the unbonding transaction. A duty.
        function unbond(bytes32 stake, bytes calldata signature) external;
        /// Proves that an output of the stake is spent. `transaction` comes with its witness, `prevouts` with the
        /// output behind each input in consensus encoding. A duty.
        function proveSpend(bytes32 stake, bytes calldata transaction, bytes[] calldata prevouts, bytes32 blockHash, InclusionProof calldata proof) external;

        /// The status of a stake.
        function status(bytes32 stake) external view returns (Status status);
        /// The facts of a stake: anchor and spend are zero until proven, approvals has bit i for the i-th covenant
        /// key in ascending order.
        function stakeOf(bytes32 stake) external view returns (
            bytes32 staker, bytes32 provider, uint64 value, uint16 stakingTime, uint32 version, uint32 outputIndex,
            uint256 approvals, bytes32 anchor, bytes32 spend, Exit exit, bool counts);
        /// The transactions of a stake, by txid.
        function transactionsOf(bytes32 stake) external view returns (bytes32 unbonding, bytes32 slashing, bytes32 unbondingSlashing);
        /// The account, commission, power in sats and removal of a provider.
        function providerOf(bytes32 provider) external view returns (address owner, uint16 commission, uint64 power, bool removed);
        /// The number of providers ever registered.
        function providerCount() external view returns (uint64 count);
        /// The provider registered as number `index`, from 0.
        function providerAt(uint64 index) external view returns (bytes32 provider);
        /// The providers that may enter a snapshot, in no order.
        function ranked() external view returns (bytes32[] memory providers);
        /// The covenant of a version of the parameters, ascending, and its quorum.
        function covenantOf(uint32 version) external view returns (bytes32[] memory members, uint32 quorum);
        /// A version of the parameters.
        function parametersOf(uint32 version) external view returns (Parameters memory parameters);
    }
}
