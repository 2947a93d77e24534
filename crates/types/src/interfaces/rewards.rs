//! The interface of system contract 6: the security budget and who earns it.

use alloy_sol_types::sol;

sol! {
    /// Every fee of the chain and what anybody pays in, given at the end of each epoch to those whose stake made its
    /// blocks final. Amounts are in wei of pBTC. A provider is named by its x-only key, a stake by its txid.
    #[derive(Debug, PartialEq, Eq)]
    interface IRewards {
        /// Somebody paid into the budget.
        event Funded(address indexed from, uint256 amount);
        /// An epoch's budget is fixed: `budget` for `credits`, sats × heights voted for.
        event BudgetFixed(uint64 indexed epoch, uint256 budget, uint256 credits);
        /// A provider's part: to its owner, to its direct stakes, to the vault.
        event Earned(uint64 indexed epoch, bytes32 indexed provider, uint256 credits, uint256 commission, uint256 stakes, uint256 vault);
        /// An account took what its stakes or its provider earned.
        event Claimed(address indexed account, uint256 amount);

        /// No epoch can be settled yet; the next one from this block on.
        error NothingDue(uint64 fromBlock);
        /// The last height of the next epoch is not final, or its votes are not judged yet.
        error NotJudged(uint64 height);
        /// No pBTC came with the call.
        error Nothing();
        /// The stake is not of this account; the owner is zero when there is no such stake.
        error NotOwner(bytes32 stake, address owner);

        /// Pays into the budget of the next epoch that is settled.
        function fund() external payable;
        /// Settles some providers of the oldest epoch that is over. A duty; refused when there is nothing to settle.
        function settle() external;
        /// Takes what the caller's provider and these stakes of the caller's have earned in settled epochs. A stake that
        /// ceased to count and began again more than fifteen times since its last claim needs another one.
        function claim(bytes32[] stakes, address receiver) external returns (uint256 amount);

        /// What `claim` would pay.
        function earned(address account, bytes32[] stakes) external view returns (uint256 amount);
        /// The epoch of a block, from 0.
        function epochOf(uint64 number) external view returns (uint64 epoch);
        /// The oldest epoch that is not settled, and the block from which on it can be if its last height is final.
        function next() external view returns (uint64 epoch, uint64 fromBlock);
        /// Sats × heights that a provider voted for in an epoch, as far as they are judged.
        function credits(uint64 epoch, bytes32 provider) external view returns (uint256 credits);
        /// The budget as it stands: all pBTC of the contract that belongs to nobody yet.
        function budget() external view returns (uint256 amount);
    }
}
