//! The fixed addresses of the system contracts (`docs/spec/ballast-wire.md`, "System contracts").

use alloy_primitives::{Address, address};

/// A contract that is part of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum SystemContract {
    /// Bitcoin's best header chain.
    LightClient = 1,
    /// Epoch checkpoints on Bitcoin.
    Timestamp = 2,
    /// Bitcoin stakes.
    Staking = 3,
    /// Votes of the providers.
    Finality = 4,
    /// Who orders blocks.
    Validators = 5,
    /// The security budget; every fee goes here.
    Rewards = 6,
    /// Deposits, the treasury and payouts.
    Custody = 7,
    /// The vault, which is the share token.
    StkBtc = 8,
    /// The pool that buys stkBTC at once.
    Pool = 9,
    /// Wrapped pBTC: the canonical WETH9 bytecode, an ordinary contract.
    WpBtc = 10,
}

/// The address below all system contracts: contract number n lives at this address + n.
const BASE: Address = address!("ba11a57000000000000000000000000000000000");

impl SystemContract {
    /// Every system contract, in address order.
    pub const ALL: [Self; 10] = [
        Self::LightClient,
        Self::Timestamp,
        Self::Staking,
        Self::Finality,
        Self::Validators,
        Self::Rewards,
        Self::Custody,
        Self::StkBtc,
        Self::Pool,
        Self::WpBtc,
    ];

    /// Where the contract lives.
    pub const fn address(self) -> Address {
        let mut bytes = BASE.0.0;
        bytes[19] = self as u8;
        Address::new(bytes)
    }

    /// The contract at `address`, if it is one.
    pub fn at(address: Address) -> Option<Self> {
        let [prefix @ .., number] = address.0.0;
        let found = Self::ALL.into_iter().find(|contract| *contract as u8 == number)?;
        (prefix == BASE.0.0[..19]).then_some(found)
    }

    /// The name under which commands, ready files and documents know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LightClient => "light_client",
            Self::Timestamp => "timestamp",
            Self::Staking => "staking",
            Self::Finality => "finality",
            Self::Validators => "validators",
            Self::Rewards => "rewards",
            Self::Custody => "custody",
            Self::StkBtc => "stkBTC",
            Self::Pool => "pool",
            Self::WpBtc => "wpBTC",
        }
    }

    /// Whether the contract is Rust code of the node, not EVM bytecode.
    pub const fn is_native(self) -> bool {
        !matches!(self, Self::WpBtc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_the_wire_table() {
        assert_eq!(
            SystemContract::LightClient.address(),
            address!("ba11a57000000000000000000000000000000001")
        );
        assert_eq!(SystemContract::WpBtc.address(), address!("ba11a5700000000000000000000000000000000a"));
        for contract in SystemContract::ALL {
            assert_eq!(SystemContract::at(contract.address()), Some(contract));
        }
    }

    #[test]
    fn neighbours_are_not_contracts() {
        assert_eq!(SystemContract::at(BASE), None);
        assert_eq!(SystemContract::at(address!("ba11a5700000000000000000000000000000000b")), None);
        assert_eq!(SystemContract::at(address!("0000000000000000000000000000000000000001")), None);
    }
}
