//! The Solidity interfaces of the system contracts (`docs/spec/ballast-wire.md`, "System contracts").
//!
//! Only what is called or logged stands here; the rules behind it are in `ballast-system`, in the module of
//! the same name. A Bitcoin hash is a `bytes32` in the byte order in which it is hashed and serialised, the
//! reverse of what block explorers show.

use alloy_sol_types::sol;

mod light_client;

pub use light_client::ILightClient;

sol! {
    /// What any system contract may answer before its own rule is reached.
    #[derive(Debug, PartialEq, Eq)]
    interface ISystem {
        /// The contract has no function with this selector (zero when the input has fewer than four bytes).
        error UnknownSelector(bytes4 selector);
        /// The input is not the one canonical ABI encoding of this function's arguments.
        error MalformedInput(bytes4 selector);
        /// The function takes no value, yet `value` wei came with the call.
        error NotPayable(uint256 value);
        /// A duty transaction called a function that does not prove itself.
        error NotADuty(bytes4 selector);
        /// A call under STATICCALL reached a function that writes.
        error StaticCall(bytes4 selector);
    }
}
