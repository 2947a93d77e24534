use ballast_evm::Change;
use commonware_glue::stateful::db::{Merkleized as _, Unmerkleized as _};
use commonware_runtime::{Runner as _, Supervisor as _, deterministic};
use commonware_utils::NZU16;

use super::*;

type Runtime = deterministic::Context;

async fn store(context: &Runtime, label: &'static str) -> Databases<Runtime> {
    let page_cache = CacheRef::new(NZU16!(4096), NZUsize!(64));
    <Databases<Runtime> as DatabaseSet<Runtime>>::init(context.child(label), config(label, page_cache), None)
        .await
}

fn account(nonce: u64, code: &Bytes) -> Account {
    Account { nonce, balance: U256::MAX - U256::from(nonce), code_hash: keccak256(code) }
}

fn changes(code: &Bytes) -> StateChanges {
    let created = Change { before: None, after: Some(account(7, code)) };
    let word = Change { before: U256::ZERO, after: U256::MAX };
    StateChanges {
        accounts: [(Address::repeat_byte(1), created)].into(),
        storage: [((Address::repeat_byte(1), U256::from(2)), word)].into(),
        code: [(keccak256(code), code.clone())].into(),
    }
}

async fn check(view: &View<'_, Runtime>, code: &Bytes) {
    let address = Address::repeat_byte(1);
    assert_eq!(view.account(address).await.unwrap(), Some(account(7, code)));
    assert_eq!(view.account(Address::ZERO).await.unwrap(), None);
    assert_eq!(view.storage(address, U256::from(2)).await.unwrap(), U256::MAX);
    assert_eq!(view.storage(address, U256::from(3)).await.unwrap(), U256::ZERO);
    assert_eq!(view.code(keccak256(code)).await.unwrap(), *code);
}

#[test]
fn what_is_written_is_read_before_and_after_it_is_applied() {
    deterministic::Runner::default().start(|context| async move {
        for (label, size) in [("one", 1), ("full", 72), ("more", 73), ("largest", 24_576)] {
            let code: Bytes = (0..size).map(|at| (at % 251) as u8 + 1).collect::<Vec<_>>().into();
            let store = store(&context, label).await;
            let open = write::<Runtime>(store.new_batches().await, &changes(&code));
            check(&View(&open), &code).await;
            store.apply(open.merkleize().await.unwrap()).await;
            check(&View(&store.new_batches().await), &code).await;
        }
    });
}

#[test]
fn what_is_gone_is_not_read_and_missing_code_is_an_error() {
    deterministic::Runner::default().start(|context| async move {
        let store = store(&context, "gone").await;
        let code = Bytes::from_static(b"code");
        let mut changes = changes(&code);
        store.apply(write::<Runtime>(store.new_batches().await, &changes).merkleize().await.unwrap()).await;
        let address = Address::repeat_byte(1);
        changes.accounts.get_mut(&address).unwrap().after = None;
        changes.storage.values_mut().for_each(|change| change.after = U256::ZERO);
        store.apply(write::<Runtime>(store.new_batches().await, &changes).merkleize().await.unwrap()).await;
        let open = store.new_batches().await;
        let view = View(&open);
        assert_eq!(view.account(address).await.unwrap(), None);
        assert_eq!(view.storage(address, U256::from(2)).await.unwrap(), U256::ZERO);
        assert_eq!(view.code(KECCAK256_EMPTY).await.unwrap(), Bytes::new());
        assert!(view.code(B256::ZERO).await.is_err());
    });
}

#[test]
fn the_root_depends_on_what_is_stored_and_not_on_the_order_of_writing() {
    deterministic::Runner::default().start(|context| async move {
        let store = store(&context, "root").await;
        let code = Bytes::from_static(b"code");
        let root = async |changes: &StateChanges| {
            write::<Runtime>(store.new_batches().await, changes).merkleize().await.unwrap().root()
        };
        let one = root(&changes(&code)).await;
        assert_eq!(one, root(&changes(&code)).await);
        let mut other = changes(&code);
        other.storage.values_mut().for_each(|change| change.after = U256::ONE);
        assert_ne!(one, root(&other).await);
    });
}

#[test]
fn the_genesis_header_names_the_empty_store() {
    let (root, operations) = empty();
    let expected = <Databases<Runtime> as DatabaseSet<Runtime>>::initial_sync_targets();
    assert_eq!(sync_target(&operations), Some(expected));
    assert_eq!(root, operations.root);
    assert_eq!(sync_target(&OperationRange { end: 0, ..operations }), None);
}
