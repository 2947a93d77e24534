use alloy_primitives::{Address, B256};

use super::*;

fn object(error: impl Into<RpcError>) -> (i32, String) {
    let object = ErrorObjectOwned::from(error.into());
    (object.code(), object.message().to_owned())
}

/// The expressions by which viem and ethers tell errors apart, here as the words in them.
#[test]
fn every_rejection_begins_with_the_words_of_other_nodes() {
    use TransactionRejection as Rejection;
    let (balance, needed) = (U256::from(5), U256::from(7));
    for (rejection, words) in [
        (Rejection::ChainId { expected: 2, found: None }, "invalid chain id for signer: have 0 want 2"),
        (Rejection::NonceTooLow { expected: 2, found: 1 }, "nonce too low"),
        (Rejection::NonceTooHigh { expected: 2, found: 3 }, "nonce too high"),
        (
            Rejection::InsufficientFunds { balance, needed },
            "insufficient funds for gas * price + value: balance 5, tx cost 7, overshot 2",
        ),
        (Rejection::IntrinsicGas { needed: 2, found: 1 }, "intrinsic gas too low"),
        (Rejection::GasLimit { limit: 1, found: 2 }, "exceeds block gas limit"),
        (Rejection::FeeTooLow { base_fee: 2, max_fee: 1 }, "max fee per gas less than block base fee"),
        (
            Rejection::PriorityFee { priority_fee: 2, max_fee: 1 },
            "max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: 2, maxFeePerGas: 1",
        ),
        (Rejection::SenderIsContract(Address::ZERO), "sender not an eoa"),
        (Rejection::Type(3), "transaction type not supported: 0x03"),
        (Rejection::Other("lack of something".into()), "lack of something"),
    ] {
        let refused = object(Refusal::from(rejection.clone()));
        assert_eq!((refused.0, refused.1.starts_with(words)), (-32000, true), "{}", refused.1);
        assert_eq!(object(CallError::from(rejection)), refused, "a call says the same");
    }
}

#[test]
fn each_cause_has_its_code() {
    let hash = B256::ZERO;
    for (error, code, words) in [
        (RpcError::InvalidParams("no".into()), -32602, "no"),
        (RpcError::LimitExceeded("no".into()), -32005, "no"),
        (RpcError::UnknownHash, -32000, "header not found"),
        (RpcError::UnknownFilter, -32000, "filter not found"),
        (RpcError::Internal("no".into()), -32603, "internal error: no"),
        (ChainError::Unknown { number: 2, latest: 1 }.into(), -32000, "header not found: block 2"),
        (ChainError::Pruned { number: 2, oldest: 3 }.into(), -32000, "state of block 2 is pruned"),
        (ChainError::TooManyLogs { limit: 5 }.into(), -32005, "query returned more than 5 results"),
        (ChainError::Store("no".into()).into(), -32603, "internal error: no"),
        (CallError::Halted("OutOfGas(Basic)".into()).into(), -32000, "out of gas"),
        (CallError::Halted("InvalidJump".into()).into(), -32000, "execution halted: InvalidJump"),
        (CallError::State(StateError("no".into())).into(), -32603, "state store: no"),
        (Refusal::Known(hash).into(), -32000, "already known"),
        (Refusal::FactWaiting { waiting: hash }.into(), -32000, "already known: duty"),
        (Refusal::Underpriced { replaced: hash }.into(), -32000, "replacement transaction underpriced"),
        (Refusal::Full("raise the fee".into()).into(), -32000, "txpool is full: raise the fee"),
        (Refusal::Malformed(TransactionError::NotCanonical).into(), -32602, "transaction is not in its"),
        (Refusal::Malformed(TransactionError::Signature).into(), -32000, "transaction signature is invalid"),
        (Refusal::Duty(DutyRejection::Repeated).into(), -32000, "the block has this duty"),
        (Refusal::Unavailable("no".into()).into(), -32603, "internal error: no"),
    ] {
        let (found, message) = object(error);
        assert_eq!((found, message.starts_with(words)), (code, true), "{message}");
    }
}

#[test]
fn a_revert_has_code_3_its_data_and_its_reason() {
    let panic = |code: u64| Panic { code: U256::from(code) }.abi_encode();
    for (data, message) in [
        (Revert::from("no").abi_encode(), "execution reverted: no"),
        (panic(0x11), "execution reverted: arithmetic underflow or overflow"),
        (panic(0x99), "execution reverted: panic code 0x99"),
        (vec![], "execution reverted"),
        // a custom error whose bytes happen to be text has no reason
        (b"text".to_vec(), "execution reverted"),
        // cut short
        (Revert::from("no").abi_encode()[..40].to_vec(), "execution reverted"),
    ] {
        let data = Bytes::from(data);
        let reverted = [
            RpcError::from(CallError::Reverted(data.clone())),
            Refusal::Duty(DutyRejection::Reverted(data.clone())).into(),
        ];
        for error in reverted {
            let object = ErrorObjectOwned::from(error);
            assert_eq!((object.code(), object.message()), (3, message));
            assert_eq!(object.data().unwrap().get(), format!("\"{data}\""));
        }
    }
}
