use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use alloy_primitives::{address, keccak256};

use super::*;
use crate::memory::MemoryState;

/// A reader that never answers at the first poll.
struct Slow(MemoryState);

async fn once_pending() {
    struct Once(bool);
    impl Future for Once {
        type Output = ();
        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            if std::mem::replace(&mut self.0, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    }
    Once(false).await;
}

impl StateReader for Slow {
    async fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        once_pending().await;
        State::account(&self.0, address)
    }
    async fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        once_pending().await;
        State::storage(&self.0, address, slot)
    }
    async fn code(&self, code_hash: B256) -> Result<Bytes, StateError> {
        once_pending().await;
        State::code(&self.0, code_hash)
    }
}

const SOMEBODY: Address = address!("00000000000000000000000000000000000000aa");

/// A state in which slot n of somebody holds `n * factor`.
fn state(factor: u64) -> Slow {
    let mut state = MemoryState::default();
    state.accounts.insert(SOMEBODY, Account { nonce: factor, ..Account::default() });
    let words = (1..=50).map(|slot| ((SOMEBODY, U256::from(slot)), U256::from(slot * factor)));
    state.storage.extend(words);
    state.code.insert(keccak256([1]), Bytes::from_static(&[1]));
    Slow(state)
}

/// Sum of the slots, read one by one.
fn sum(state: &dyn State) -> Result<U256, StateError> {
    let mut sum = U256::ZERO;
    for slot in 1..=50 {
        sum += state.storage(SOMEBODY, U256::from(slot))?;
    }
    Ok(sum)
}

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn every_kind_of_read_is_answered() {
    let answered = futures::executor::block_on(on_reader(&state(3), |state| {
        let account = state.account(SOMEBODY)?.unwrap();
        let nobody = state.account(Address::ZERO)?;
        let code = state.code(keccak256([1]))?;
        let missing = state.code(B256::repeat_byte(1)).unwrap_err();
        Ok::<_, StateError>((account.nonce, nobody, code, missing.to_string(), sum(state)?))
    }));
    let (nonce, nobody, code, missing, sum) = answered.unwrap().unwrap();
    assert_eq!((nonce, nobody, sum), (3, None, U256::from(3 * 1_275)));
    assert_eq!(code, Bytes::from_static(&[1]));
    assert!(missing.contains("is missing"));
}

#[test]
fn what_an_execution_owns_and_returns_may_be_large() {
    let large = [7u8; 100_000];
    let returned = futures::executor::block_on(on_reader(&state(1), move |_| large)).unwrap();
    assert_eq!(returned, large);
}

#[test]
fn interleaved_executions_keep_apart() {
    let (one, two) = (state(1), state(2));
    let mut first = pin!(on_reader(&one, sum));
    let mut second = pin!(on_reader(&two, sum));
    let (mut sums, mut rounds) = ((None, None), 0);
    while sums.0.is_none() || sums.1.is_none() {
        rounds += 1;
        if sums.0.is_none()
            && let Poll::Ready(sum) = poll(first.as_mut())
        {
            sums.0 = Some(sum.unwrap().unwrap());
        }
        // the second is slower, so that they also end at different times
        if sums.1.is_none()
            && rounds % 2 == 0
            && let Poll::Ready(sum) = poll(second.as_mut())
        {
            sums.1 = Some(sum.unwrap().unwrap());
        }
    }
    assert_eq!(sums, (Some(U256::from(1_275)), Some(U256::from(2_550))));
    assert_eq!(rounds, 102, "each read was pending once");
}

#[test]
fn an_execution_may_change_threads_at_every_read() {
    let reader: &'static Slow = Box::leak(Box::new(state(7)));
    let mut future: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(on_reader(reader, sum));
    loop {
        let (back, polled) = std::thread::spawn(move || {
            let polled = poll(future.as_mut());
            (future, polled)
        })
        .join()
        .unwrap();
        future = back;
        if let Poll::Ready(sum) = polled {
            assert_eq!(sum.unwrap(), Ok(U256::from(7 * 1_275)));
            break;
        }
    }
}

#[test]
fn a_dropped_execution_ends_and_drops_what_it_holds() {
    struct Flag(std::sync::mpsc::Sender<Option<String>>, Option<String>);
    impl Drop for Flag {
        fn drop(&mut self) {
            self.0.send(self.1.take()).unwrap();
        }
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    let reader = state(1);
    {
        let flag = Flag(sender.clone(), None);
        let mut future = pin!(on_reader(&reader, move |state| {
            let mut flag = flag;
            flag.1 = sum(state).err().map(|error| error.to_string());
        }));
        assert!(poll(future.as_mut()).is_pending());
        assert!(receiver.try_recv().is_err(), "still running");
    }
    assert_eq!(receiver.recv().unwrap(), Some("state store: execution was cancelled".into()));
    // one that was never polled drops its closure
    let flag = Flag(sender, Some("unused".into()));
    drop(on_reader(&reader, move |_| drop(flag)));
    assert_eq!(receiver.recv().unwrap(), Some("unused".into()));
}

#[test]
fn a_panic_reaches_the_caller() {
    let reader = state(1);
    let caught = std::panic::catch_unwind(|| {
        futures::executor::block_on(on_reader(&reader, |state| {
            sum(state).unwrap();
            panic!("on the fiber")
        }))
    });
    let payload = caught.map(|_: Result<(), _>| ()).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"on the fiber"));
}
