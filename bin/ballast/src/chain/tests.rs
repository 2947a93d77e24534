//! An account on the double of the chain.

use ballast_roles::fake::{FakeChain, reverted};

use super::*;

pub(crate) struct FakeAccount<'a> {
    pub(crate) chain: &'a FakeChain,
    pub(crate) address: Address,
}

impl Account for FakeAccount<'_> {
    fn address(&self) -> Address {
        self.address
    }

    fn submit(&self, contract: SystemContract, input: Bytes) -> Result<()> {
        let done = self.chain.transact(self.address, contract, &input);
        done.map_err(|error| named(contract, reverted("eth_estimateGas", error)))?;
        self.chain.block();
        Ok(())
    }
}
