//! From the interface to the token.

use alloy_primitives::{B256, Bytes, FixedBytes, U256};
use alloy_sol_types::{SolCall, SolInterface};
use ballast_types::interfaces::IToken::*;

use super::{Token, TokenError, permit::VERSION};
use crate::{
    contract::{Access, Call, CallError, answer, known, selector},
    storage::Storage,
};

/// Which fields the domain has (EIP-5267): all but a salt.
const DOMAIN_FIELDS: FixedBytes<1> = FixedBytes::new([0x0f]);

impl Token {
    /// The access of a token's function; none if there is no such function.
    pub(crate) fn access(selector: [u8; 4]) -> Option<Access> {
        Some(match selector {
            transferCall::SELECTOR | transferFromCall::SELECTOR => Access::Write,
            approveCall::SELECTOR | permitCall::SELECTOR => Access::Write,
            other => return ITokenCalls::valid_selector(other).then_some(Access::View),
        })
    }

    /// Answers a call of a token's function; none if it is another function.
    pub(crate) fn call(
        &self,
        storage: &mut dyn Storage,
        call: &Call<'_>,
    ) -> Option<Result<Bytes, CallError>> {
        let input = call.input;
        Some(match selector(input) {
            transferCall::SELECTOR => answer(input, |transferCall { to, value }| {
                self.transfer(storage, call.caller, to, value).map(|()| true)
            }),
            transferFromCall::SELECTOR => answer(input, |transferFromCall { from, to, value }| {
                self.spend_allowance(storage, from, call.caller, value)?;
                self.transfer(storage, from, to, value).map(|()| true)
            }),
            approveCall::SELECTOR => answer(input, |approveCall { spender, value }| {
                self.approve(storage, call.caller, spender, value).map(|()| true)
            }),
            permitCall::SELECTOR => answer(input, |call| {
                self.permit(storage, call)?;
                Ok::<_, TokenError>(permitReturn {})
            }),
            other => return ITokenCalls::valid_selector(other).then(|| self.view(storage, input)),
        })
    }

    fn view(&self, storage: &mut dyn Storage, input: &[u8]) -> Result<Bytes, CallError> {
        match selector(input) {
            nameCall::SELECTOR => answer(input, |nameCall {}| known(self.name.to_owned())),
            symbolCall::SELECTOR => answer(input, |symbolCall {}| known(self.symbol.to_owned())),
            decimalsCall::SELECTOR => answer(input, |decimalsCall {}| known(18)),
            totalSupplyCall::SELECTOR => answer(input, |totalSupplyCall {}| self.supply(storage)),
            balanceOfCall::SELECTOR => {
                answer(input, |balanceOfCall { account }| self.balance_of(storage, account))
            }
            allowanceCall::SELECTOR => {
                answer(input, |allowanceCall { owner, spender }| self.allowance(storage, owner, spender))
            }
            noncesCall::SELECTOR => {
                answer(input, |noncesCall { owner }| self.nonces().at(&owner).load(storage))
            }
            DOMAIN_SEPARATORCall::SELECTOR => {
                answer(input, |DOMAIN_SEPARATORCall {}| self.domain(storage).map(|domain| domain.separator()))
            }
            _ => answer(input, |eip712DomainCall {}| known(self.show_domain(storage))),
        }
    }

    fn show_domain(&self, storage: &dyn Storage) -> eip712DomainReturn {
        eip712DomainReturn {
            fields: DOMAIN_FIELDS,
            name: self.name.to_owned(),
            version: VERSION.to_owned(),
            chainId: U256::from(storage.block().chain_id),
            verifyingContract: self.contract,
            salt: B256::ZERO,
            extensions: Vec::new(),
        }
    }
}
