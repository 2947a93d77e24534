//! Inclusion proofs through the ABI.

use bitcoin::{
    Amount, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Witness, absolute::LockTime,
    hashes::sha256, transaction::Version,
};

use super::*;

/// A block of `count` transactions on top of genesis, and a light client that has its header.
fn block_of(count: u32) -> (Memory, Block) {
    let coinbase = genesis_block(Network::Regtest).txdata[0].clone();
    let txdata = std::iter::once(coinbase).chain((1..count).map(transaction)).collect();
    let mut block = Block { header: genesis(), txdata };
    let root = block.compute_merkle_root().unwrap();
    block.header = mine(&genesis(), genesis().time + SPACING, REGTEST_BITS, 0);
    block.header.merkle_root = root;
    mining::solve(&mut block.header);
    let mut storage = mining::light_client(LATE);
    submit_headers(&mut storage, &[block.header]).unwrap();
    (storage, block)
}

fn transaction(number: u32) -> Transaction {
    let input = TxIn {
        previous_output: OutPoint::new(Txid::from_byte_array([1; 32]), number),
        script_sig: ScriptBuf::new(),
        sequence: Sequence::MAX,
        witness: Witness::from_slice(&[[9; 64]]),
    };
    let output =
        TxOut { value: Amount::from_sat(1000), script_pubkey: ScriptBuf::from_bytes(vec![0x51; 22]) };
    Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input: vec![input], output: vec![output] }
}

fn proof_of(block: &Block, index: usize) -> ILightClient::verifyInclusionCall {
    let InclusionProof { branch, coinbase: CoinbaseProof { sha256, branch: path } } =
        InclusionProof::from_block(block, index).unwrap();
    let words = |branch: &MerkleBranch| branch.siblings().iter().copied().map(word).collect();
    ILightClient::verifyInclusionCall {
        transaction: serialize(&block.txdata[index]).into(),
        blockHash: word(block.block_hash()),
        proof: ILightClient::InclusionProof {
            index: branch.index(),
            branch: words(&branch),
            coinbase: word(sha256),
            coinbaseBranch: words(&path),
        },
    }
}

fn txid(block: &Block, index: usize) -> B256 {
    word(block.txdata[index].compute_txid())
}

#[test]
fn every_transaction_of_a_block_is_provable() {
    for count in [1, 2, 3, 7] {
        let (mut storage, block) = block_of(count);
        for index in 0..count as usize {
            let mut proof = proof_of(&block, index);
            assert_eq!(call(&mut storage, proof.clone()), Ok(txid(&block, index)));
            let mut stripped = block.txdata[index].clone();
            stripped.input[0].witness.clear();
            proof.transaction = serialize(&stripped).into();
            assert_eq!(call(&mut storage, proof), Ok(txid(&block, index)));
        }
    }
}

#[test]
fn a_broken_proof_is_refused_by_name() {
    type Proof = ILightClient::verifyInclusionCall;
    let (mut storage, block) = block_of(5);
    let mut refused = |change: &dyn Fn(&mut Proof), error: Bytes| {
        let mut proof = proof_of(&block, 3);
        change(&mut proof);
        assert_eq!(call(&mut storage, proof), Err(CallError::Revert(error)));
    };
    let encoded = |error: &dyn Fn() -> Vec<u8>| Bytes::from(error());
    let hash = word(nowhere());
    refused(&|p| p.blockHash = hash, encoded(&|| ILightClient::UnknownBlock { hash }.abi_encode()));
    let malformed = encoded(&|| ILightClient::MalformedTransaction {}.abi_encode());
    refused(&|p| p.transaction = Bytes::new(), malformed.clone());
    refused(&|p| p.transaction = [p.transaction.as_ref(), &[0]].concat().into(), malformed.clone());
    refused(&|p| p.transaction = p.transaction[1..].to_vec().into(), malformed);
    let branch = |siblings: usize, index| {
        ILightClient::MalformedBranch { siblings: U256::from(siblings), index }.abi_encode().into()
    };
    refused(&|p| p.proof.index = 8, branch(3, 8));
    refused(&|p| p.proof.branch = vec![B256::ZERO; 16], branch(16, 0));
    refused(&|p| p.proof.coinbaseBranch = vec![B256::ZERO; 16], branch(16, 0));
    let depth = |found: usize| {
        let (expected, found) = (U256::from(3), U256::from(found));
        ILightClient::CoinbaseDepth { expected, found }.abi_encode().into()
    };
    refused(&|p| p.proof.coinbaseBranch.truncate(2), depth(2));
    refused(&|p| p.proof.coinbaseBranch.clear(), depth(0));
}

/// A transaction as long as an inner node could be one.
#[test]
fn a_transaction_of_64_bytes_is_never_proven() {
    let (mut storage, block) = block_of(5);
    let mut short = transaction(99);
    short.input[0].witness.clear();
    short.output[0].script_pubkey = ScriptBuf::from_bytes(vec![0x51; 4]);
    let bytes = serialize(&short);
    assert_eq!(bytes.len(), 64);
    let proof = ILightClient::verifyInclusionCall { transaction: bytes.into(), ..proof_of(&block, 3) };
    let refused = CallError::revert(&ILightClient::SixtyFourBytes { txid: word(short.compute_txid()) });
    assert_eq!(call(&mut storage, proof), Err(refused));
}

#[test]
fn a_proof_of_something_else_ends_in_another_root() {
    let (mut storage, block) = block_of(5);
    let expected = word(block.header.merkle_root);
    let mut wrong_root = |proof: ILightClient::verifyInclusionCall| {
        let Err(CallError::Revert(data)) = call(&mut storage, proof) else { panic!("accepted") };
        data
    };
    let mut other = proof_of(&block, 3);
    other.transaction = serialize(&transaction(99)).into();
    let data = wrong_root(other);
    assert_eq!(ILightClient::WrongRoot::abi_decode_validate(&data).unwrap().expected, expected);
    let mut moved = proof_of(&block, 3);
    moved.proof.index = 2;
    assert_eq!(ILightClient::WrongRoot::abi_decode_validate(&wrong_root(moved)).unwrap().expected, expected);
    let mut coinbase = proof_of(&block, 3);
    coinbase.proof.coinbase = word(sha256::Hash::from_byte_array([3; 32]));
    let data = wrong_root(coinbase);
    assert_eq!(ILightClient::CoinbaseRoot::abi_decode_validate(&data).unwrap().expected, expected);
}

#[test]
fn a_reorganised_block_proves_nothing() {
    let (mut storage, block) = block_of(2);
    let hash = word(block.block_hash());
    submit_headers(&mut storage, &chain(&genesis(), 2, 1)).unwrap();
    let refused = Err(CallError::revert(&ILightClient::UnknownBlock { hash }));
    assert_eq!(call(&mut storage, proof_of(&block, 1)), refused);
}

#[test]
fn a_proof_pays_for_its_bytes_and_its_path() {
    let (mut storage, block) = block_of(5);
    let transaction = serialize(&block.txdata[3]);
    let proof = InclusionProof::from_block(&block, 3).unwrap();
    let price = TRANSACTION_WORD_GAS * transaction.len().div_ceil(32) as u64 + SIBLING_GAS * 6;
    storage.gas = price - 1;
    let hash = block.block_hash();
    let refused = verify_inclusion(&mut storage, &transaction, hash, &proof);
    assert_eq!(refused, Err(StorageError::OutOfGas.into()));
    // three words are read: height, hash, Merkle root
    storage.gas = price + 3;
    let accepted = verify_inclusion(&mut storage, &transaction, hash, &proof).unwrap();
    assert_eq!(accepted, (block.txdata[3].clone(), block.txdata[3].compute_txid()));
    assert_eq!(storage.gas, 0);
}
