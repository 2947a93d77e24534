//! The interface of system contract 9: the pool that buys stkBTC at once.

use alloy_sol_types::sol;

sol! {
    /// Liquidity for those who do not want to wait. An ERC-4626 vault over wpBTC, whose share is the pool's own token;
    /// amounts in wei. It buys stkBTC at rate × (1 − fee), never above the rate, and redeems it through the queue.
    #[derive(Debug, PartialEq, Eq)]
    interface IPool {
        event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares);
        event Withdraw(address indexed sender, address indexed receiver, address indexed owner, uint256 assets, uint256 shares);
        /// Bought `shares` of stkBTC for `assets` of pBTC; `fee` less than they are worth.
        event Bought(address indexed seller, address indexed receiver, uint256 shares, uint256 assets, uint256 fee);
        /// Sent what it bought to the queue, or took pBTC out of it.
        event Requested(uint256 indexed requestId, uint256 shares);
        event Collected(uint256 assets);

        error ERC4626ExceededMaxWithdraw(address owner, uint256 assets, uint256 max);
        error ERC4626ExceededMaxRedeem(address owner, uint256 shares, uint256 max);
        error Nothing();
        /// No sales while the light client is stale or custody's books are short.
        error Closed();
        error FirstDeposit(uint256 minimum);
        /// The price, in wei of pBTC, is below what the seller asked for.
        error Slippage(uint256 asked, uint256 price);
        /// One sale is worth more than the most.
        error SaleTooLarge(uint256 most, uint256 found);
        /// What was bought in this window would be more than the most.
        error WindowFull(uint256 most, uint256 left);
        /// The pool has less pBTC at hand.
        error Short(uint256 cash, uint256 needed);
        /// Nothing to send to the queue or to take out of it.
        error NothingDue();

        function supportsInterface(bytes4 interfaceId) external view returns (bool);
        function asset() external view returns (address);
        function totalAssets() external view returns (uint256);
        function convertToShares(uint256 assets) external view returns (uint256);
        function convertToAssets(uint256 shares) external view returns (uint256);
        function maxDeposit(address receiver) external view returns (uint256);
        function maxMint(address receiver) external view returns (uint256);
        function maxWithdraw(address owner) external view returns (uint256);
        function maxRedeem(address owner) external view returns (uint256);
        function previewDeposit(uint256 assets) external view returns (uint256);
        function previewMint(uint256 shares) external view returns (uint256);
        function previewWithdraw(uint256 assets) external view returns (uint256);
        function previewRedeem(uint256 shares) external view returns (uint256);
        function deposit(uint256 assets, address receiver) external returns (uint256 shares);
        function mint(uint256 shares, address receiver) external returns (uint256 assets);
        /// As `deposit`, of the pBTC that comes with the call.
        function supply(address receiver) external payable returns (uint256 shares);
        function withdraw(uint256 assets, address receiver, address owner) external returns (uint256 shares);
        function redeem(uint256 shares, address receiver, address owner) external returns (uint256 assets);

        /// Sells stkBTC of the caller, who has approved the pool for it, for pBTC (not wrapped); at least `leastAssets`.
        function sell(uint256 shares, uint256 leastAssets, address receiver) external returns (uint256 assets);
        /// What `sell` would pay now, in wei of pBTC, and the fee in it.
        function quote(uint256 shares) external view returns (uint256 assets, uint256 fee);
        /// pBTC at hand, stkBTC at hand, what waits in the queue (worth in wei), what the window has left.
        function position() external view returns (uint256 cash, uint256 shares, uint256 waiting, uint256 windowLeft);
        /// Takes finished tickets out of the queue and sends what was bought into it. A duty; refused when it would do nothing.
        function advance() external;
    }
}
