//! The interface of system contract 8: stkBTC, the vault that is its own share token.

use alloy_sol_types::sol;

sol! {
    /// stkBTC, a share of the vault. Amounts are in wei of pBTC ("assets") or in wei of stkBTC ("shares").
    ///
    /// ERC-20, EIP-2612, EIP-5267, ERC-165; ERC-4626 for deposits, ERC-7540 for redemptions: `requestRedeem` takes
    /// shares, and once the queue has come to them `redeem` and `withdraw` pay what was set aside.
    #[derive(Debug, PartialEq, Eq)]
    interface IStkBtc {
        // ERC-4626
        event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares);
        event Withdraw(address indexed sender, address indexed receiver, address indexed owner, uint256 assets, uint256 shares);
        // ERC-7540
        event OperatorSet(address indexed controller, address indexed operator, bool approved);
        event RedeemRequest(address indexed controller, address indexed owner, uint256 indexed requestId, address sender, uint256 shares);

        /// A ticket, or a part of it, was set aside for its controller.
        event Completed(uint256 indexed requestId, address indexed controller, uint256 shares, uint256 assets);
        /// A ticket was given up: `returned` of its `shares` went back, the rest was burnt.
        event Cancelled(uint256 indexed requestId, address indexed controller, uint256 shares, uint256 returned);
        /// pBTC that will raise the rate, from the settlement of an epoch: `streamed` of it until `until`, the rest later.
        event Income(uint64 indexed epoch, uint256 assets, uint256 streamed, uint64 until);

        /// More than `maxDeposit` or `maxMint`.
        error ERC4626ExceededMaxDeposit(address receiver, uint256 assets, uint256 max);
        error ERC4626ExceededMaxMint(address receiver, uint256 shares, uint256 max);
        /// More than was set aside for the controller.
        error ERC4626ExceededMaxWithdraw(address owner, uint256 assets, uint256 max);
        error ERC4626ExceededMaxRedeem(address owner, uint256 shares, uint256 max);
        /// The amount is worth no share, or no wei.
        error Nothing();
        /// The first deposit has to be more than what stays locked for ever.
        error FirstDeposit(uint256 minimum);
        /// A request is worth less than the least.
        error TooSmall(uint256 minimum, uint256 found);
        /// The caller is neither the controller nor its operator.
        error NotOperator(address controller, address caller);
        /// No such ticket, or it is finished.
        error NoTicket(uint256 requestId);
        /// What a request would pay is known when it is completed; `quoteRedeem` tells today's.
        error AsyncRedeem();
        /// No ticket can be completed now.
        error NothingDue();

        function supportsInterface(bytes4 interfaceId) external view returns (bool);
        /// wpBTC.
        function asset() external view returns (address);
        /// stkBTC itself (ERC-7575).
        function share() external view returns (address);
        function totalAssets() external view returns (uint256);
        function convertToShares(uint256 assets) external view returns (uint256);
        function convertToAssets(uint256 shares) external view returns (uint256);
        function maxDeposit(address receiver) external view returns (uint256);
        function maxMint(address receiver) external view returns (uint256);
        function previewDeposit(uint256 assets) external view returns (uint256);
        function previewMint(uint256 shares) external view returns (uint256);
        /// Takes wpBTC of the caller.
        function deposit(uint256 assets, address receiver) external returns (uint256 shares);
        function mint(uint256 shares, address receiver) external returns (uint256 assets);
        /// As `deposit`, of the pBTC that comes with the call.
        function stake(address receiver) external payable returns (uint256 shares);

        /// What was set aside for the controller.
        function maxWithdraw(address controller) external view returns (uint256);
        function maxRedeem(address controller) external view returns (uint256);
        /// Always revert with `AsyncRedeem`.
        function previewWithdraw(uint256 assets) external view returns (uint256);
        function previewRedeem(uint256 shares) external view returns (uint256);
        /// Pay what was set aside, as wpBTC.
        function withdraw(uint256 assets, address receiver, address controller) external returns (uint256 shares);
        function redeem(uint256 shares, address receiver, address controller) external returns (uint256 assets);
        /// Takes shares of `owner` into the queue. Each request is a ticket with a number of its own, from 1.
        function requestRedeem(uint256 shares, address controller, address owner) external returns (uint256 requestId);
        function pendingRedeemRequest(uint256 requestId, address controller) external view returns (uint256 shares);
        function claimableRedeemRequest(uint256 requestId, address controller) external view returns (uint256 shares);
        function isOperator(address controller, address operator) external view returns (bool);
        function setOperator(address operator, bool approved) external returns (bool);
        /// Gives up a ticket, or what is left of it; shares worth min(then, now) go to the receiver, the others are burnt.
        function cancelRedeem(uint256 requestId, address receiver) external returns (uint256 shares);

        /// floor(assets × 1e18 / shares): the pBTC of one stkBTC, 1e18 before the first deposit.
        function getRate() external view returns (uint256);
        /// The pBTC, in wei, that shares are worth in the queue at the present rate.
        function quoteRedeem(uint256 shares) external view returns (uint256 assets);
        /// A ticket: shares that still wait, their worth when they were requested, and how many shares were set aside.
        function ticket(uint256 requestId) external view returns (address controller, uint256 shares, uint256 assets, uint256 completed);
        /// No ticket before `first` waits, `last` is the newest one, and `shares` wait in all.
        function queue() external view returns (uint256 first, uint256 last, uint256 shares);
        /// Income that has not raised the rate yet: what is streamed until block `until`, and what comes after.
        function stream() external view returns (uint256 streaming, uint64 until, uint256 waiting);
        /// Completes tickets, in order, while there is pBTC for them. A duty; refused when it would do nothing.
        function advance() external;
    }
}
