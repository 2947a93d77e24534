//! The interface of system contract 7, custody.

use alloy_sol_types::sol;

sol! {
    /// Bitcoin in and out. Amounts of bitcoin are in sats, fee rates in sats per 1,000 weight units, depths in Bitcoin
    /// blocks on top of a transaction's own.
    #[derive(Debug, PartialEq, Eq)]
    interface ICustody {
        /// Where a transaction stands in the block `blockHash`; the rest as in ILightClient.InclusionProof.
        struct Inclusion {
            bytes32 blockHash;
            uint32 index;
            bytes32[] branch;
            bytes32 coinbase;
            bytes32[] coinbaseBranch;
        }
        /// The books, in sats. `surplus` or `deficit` is zero: surplus - deficit = anchored - (issued - burnt).
        struct Books {
            /// pBTC ever minted.
            uint64 issued;
            /// pBTC ever burnt.
            uint64 burnt;
            /// issued - burnt: what the reserves have to cover.
            uint64 liabilities;
            /// The part of the liabilities that waits for its payout.
            uint64 escrow;
            /// Coins of custody's whose block is on the best chain: the reserves.
            uint64 anchored;
            /// The part of the reserves that live intents spend.
            uint64 inFlight;
            /// Coins that were proven and whose block has left the best chain; no reserve.
            uint64 unbacked;
            /// Deposits that their owner can still take back; no reserve, and nothing is minted for them yet.
            uint64 refundable;
            /// The fee buffer: reserves beyond the liabilities.
            uint64 surplus;
            /// What is missing. Nothing is minted while it is not zero.
            uint64 deficit;
        }

        /// A deposit was proven. `minted` is zero until the sweep, if it has a refund leaf.
        event Deposited(uint64 indexed coin, address indexed recipient, bytes32 indexed txid, uint32 vout, uint8 action, uint64 value, uint64 minted);
        /// pBTC was minted for a swept deposit.
        event Swept(uint64 indexed coin, address indexed recipient, uint64 minted);
        /// What was minted for a deposit with action 1 was staked for so many wei of stkBTC; without this event the
        /// recipient has it as pBTC.
        event Staked(uint64 indexed coin, address indexed recipient, uint256 shares);
        /// A coin of custody's has a block again.
        event Anchored(uint64 indexed coin, bytes32 indexed blockHash);
        /// A payout was asked for.
        event PayoutRequested(uint64 indexed payout, address indexed owner, bytes scriptPubKey, uint64 amount, uint64 maxFee);
        /// A payout was withdrawn before any intent paid it.
        event PayoutCancelled(uint64 indexed payout);
        /// A payout arrived; its owner paid `fee` of the ceiling.
        event PayoutPaid(uint64 indexed payout, uint64 indexed intent, bytes32 txid, uint64 fee);
        /// Custody is to sign this transaction: the rung `rung` of the intent.
        event Intent(uint64 indexed intent, uint32 rung, bytes32 indexed txid, uint64 fee, bytes transaction);
        /// An intent's transaction is proven.
        event Settled(uint64 indexed intent, bytes32 indexed txid, uint64 change);
        /// An intent can no longer be relied on: its input may have been refunded.
        event Lapsed(uint64 indexed intent);
        /// A custodian attested a fee rate; the chain now uses `feeRate`.
        event FeeRateAttested(uint16 indexed custodian, uint32 height, uint64 attested, uint64 feeRate);

        /// A key ceremony begins among these custodians.
        event CeremonyBegun(uint32 indexed number, bytes32 id, uint16[] custodians);
        /// A custodian said something in a ceremony.
        event CeremonyMessage(uint32 indexed number, uint16 indexed custodian, uint8 indexed round, bytes payload);
        /// All custodians of a ceremony have signed with the group key together: it exists.
        event KeyMade(uint32 indexed number, bytes32 key);

        /// No ceremony is under way.
        error NoCeremony();
        /// The ceremony is in another round.
        error WrongRound(uint8 expected, uint8 found);
        /// The custodian has spoken in this round.
        error AlreadySaid(uint16 custodian);
        /// The payload is no message of this round.
        error MalformedMessage(uint16 custodian, uint8 round);
        /// There is no group key yet.
        error NoKey();
        /// The light client's tip is too old.
        error Stale();
        /// The transaction is not deep enough.
        error Shallow(uint32 expected, uint32 found);
        /// A coinbase cannot be spent for 100 blocks.
        error Coinbase();
        /// A deposit's action is 0 or 1, its refund key a curve point.
        error MalformedDeposit();
        /// The output does not pay this deposit's address.
        error OtherAddress(uint32 vout);
        /// The deposit is too small.
        error DepositTooSmall(uint64 minimum, uint64 found);
        /// The outpoint is proven already.
        error KnownCoin(uint64 coin);
        /// The outpoint is not custody's, or is spent.
        error UnknownCoin(bytes32 txid, uint32 vout);
        /// The coin's block is on the best chain.
        error AlreadyAnchored(uint64 coin);
        /// Reserves are short: nothing is minted.
        error Deficit(uint64 missing);
        /// No intent has this transaction.
        error UnknownIntent(bytes32 txid);
        /// The intent is settled, by a transaction that still stands.
        error AlreadySettled(uint64 intent);
        /// The script is not P2PKH, P2SH, P2WPKH, P2WSH or P2TR, or nobody can spend it.
        error BadScript(bytes scriptPubKey);
        /// The payout is too small or more than there can be.
        error PayoutAmount(uint64 minimum, uint64 found);
        /// The value is not amount + maxFee, in wei.
        error WrongValue(uint256 expected, uint256 found);
        /// The payout is not the caller's, or no longer waits.
        error NotWaiting(uint64 payout);
        /// There is no such custodian, or it did not sign this.
        error NotSigned(uint16 custodian);
        /// The attestation is not newer than the last one, ahead of the tip, or old.
        error AttestationHeight(uint32 lowest, uint32 highest, uint32 found);
        /// Nothing is due now.
        error NothingDue();

        /// Mints pBTC for output `vout` of a transaction that pays the deposit address of (recipient, action, refund
        /// key or zero). A duty.
        function proveDeposit(address recipient, uint8 action, bytes32 refundKey, bytes calldata transaction, uint32 vout, Inclusion calldata proof) external;
        /// Shows a block that contains a coin of custody's whose block left the best chain. A duty.
        function proveAnchor(bytes calldata transaction, uint32 vout, Inclusion calldata proof) external;
        /// Settles an intent: burns what its payouts cost, or mints for the deposit it swept. A duty.
        function provePayment(bytes calldata transaction, Inclusion calldata proof) external;
        /// A custodian's view of the fee rate at a Bitcoin height, signed with its identity key. A duty.
        function attestFeeRate(uint16 custodian, uint32 height, uint64 feeRate, bytes32 r, bytes32 s) external;
        /// Emits the next intent, if one is due. State alone decides which and when; a duty.
        function advance() external;

        /// A custodian's message in the present ceremony, signed with its identity key: round 1 package, 2 sealed shares,
        /// 3 complaint, 4 commitments of the trial, 5 signature shares of the trial. A duty.
        function say(uint16 custodian, uint8 round, bytes calldata payload, bytes32 r, bytes32 s) external;

        /// Escrows pBTC, exactly amount + maxFee, for a payment to a script.
        function requestPayout(bytes calldata scriptPubKey, uint64 amount, uint64 maxFee) external payable returns (uint64 payout);
        /// Takes back the escrow of one's own payout while no intent pays it.
        function cancelPayout(uint64 payout) external;

        /// The x-only group key; reverts while there is none.
        function groupKey() external view returns (bytes32 key);
        /// The latest ceremony: its number and id, the round that is due (0 once it has ended), the last block for it, and
        /// who takes part.
        function ceremony() external view returns (uint32 number, bytes32 id, uint8 round, uint64 deadline, uint16[] memory custodians);
        /// What a custodian said in a round of a ceremony, empty if nothing.
        function message(uint32 number, uint16 custodian, uint8 round) external view returns (bytes memory payload);
        /// The group key with everybody's verifying share, as the custody library encodes it; reverts while there is none.
        function groupBytes() external view returns (bytes memory group);
        /// The script of a deposit address; reverts while there is no key.
        function depositScript(address recipient, uint8 action, bytes32 refundKey) external view returns (bytes memory scriptPubKey);
        /// What a deposit of `value` costs and needs: minted = value - fee, zero if it is too small, at depth `depth`.
        function quoteDeposit(uint64 value) external view returns (uint64 minted, uint64 fee, uint64 minimum, uint32 depth);
        /// How many Bitcoin blocks old a deposit must be for its owner to take it back.
        function refundBlocks() external view returns (uint16 blocks);
        /// The script of the treasury; reverts while there is no key.
        function treasuryScript() external view returns (bytes memory scriptPubKey);
        /// The treasury's recovery leaf: after how many Bitcoin blocks how many of which x-only keys can spend.
        function recovery() external view returns (uint16 blocks, uint16 quorum, bytes32[] memory keys);
        /// The x-only identity keys of all custodians, custodian 1 first, and how many of them must sign.
        function custodians() external view returns (uint16 quorum, bytes32[] memory identities);
        /// The present fee rate.
        function feeRate() external view returns (uint64 rate);
        /// How many coins there ever were; they are numbered from 1.
        function coinCount() external view returns (uint64 count);
        /// A coin: where, how much, its state (1 refundable, 2 free, 3 reserved, 4 spent, 5 lapsed), whether its block is
        /// on the best chain, and the intent that spends it or 0.
        function coin(uint64 number) external view returns (bytes32 txid, uint32 vout, uint64 value, uint8 state, bool standing, uint64 intent);
        /// Why a coin is custody's: a deposit to (recipient, action, refund key or zero), or else the treasury's own.
        function coinTerms(uint64 number) external view returns (bool isDeposit, address recipient, uint8 action, bytes32 refundKey);
        /// The number of the coin at an outpoint, 0 if there is none.
        function coinAt(bytes32 txid, uint32 vout) external view returns (uint64 number);
        /// A payout: state 1 waiting, 2 in an intent, 3 paid, 4 cancelled.
        function payout(uint64 number) external view returns (address owner, bytes memory scriptPubKey, uint64 amount, uint64 maxFee, uint8 state, uint64 intent);
        /// An intent's newest rung: state 1 live, 2 settled, 3 lapsed.
        function intent(uint64 number) external view returns (bytes memory transaction, uint8 state, uint32 rung, uint64 fee, uint64[] memory coins, uint64[] memory payouts);
        /// The intents that are neither settled nor lapsed, at most 100.
        function liveIntents() external view returns (uint64[] memory numbers);
        /// The solvency line.
        function solvency() external view returns (Books memory books);
    }
}
