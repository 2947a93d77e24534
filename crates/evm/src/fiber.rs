//! Synchronous execution over an asynchronous state.
//!
//! Execution runs on a stack of its own (a fiber). Each read hands a request out of the fiber, the async function that
//! drives it awaits the answer, and the fiber goes on with it. Nothing is polled on the fiber and nothing is kept in
//! thread-local storage, so any number of executions may be in flight on one thread, and each may go on in another
//! thread than it began in. (revm 43's own `asyncdb` keeps its current fiber in a thread-local that it does not switch
//! when it suspends: with two executions in flight one takes the other for itself, hence this module.)

use alloy_primitives::{Address, B256, Bytes, U256};
use corosensei::{Coroutine, CoroutineResult, Yielder, stack::DefaultStack};

use crate::state::{Account, State, StateError, StateReader};

/// Size of a fiber's stack in bytes. Pages are taken as they are touched; the interpreter keeps its frames on the heap,
/// so this is for the deepest precompile, with room for builds without optimisation.
const STACK_SIZE: usize = 8 * 1024 * 1024;

/// Runs `execution`, which reads from `reader` through the [`State`] it is given.
///
/// Dropping the future ends the execution: its pending read and all further ones fail.
///
/// # Errors
/// [`StateError`] if no stack can be allocated. Errors of `reader` reach `execution` as results of its reads.
pub async fn on_reader<R: StateReader, T: Send + 'static>(
    reader: &R,
    execution: impl FnOnce(&dyn State) -> T + Send + 'static,
) -> Result<T, StateError> {
    let mut fiber = Fiber::new(execution)?;
    let mut answer = Answer::Start;
    loop {
        match fiber.0.resume(answer) {
            CoroutineResult::Return(result) => return Ok(result),
            CoroutineResult::Yield(request) => answer = request.answered_by(reader).await,
        }
    }
}

enum Request {
    Account(Address),
    Storage(Address, U256),
    Code(B256),
}

enum Answer {
    Start,
    Account(Result<Option<Account>, StateError>),
    Storage(Result<U256, StateError>),
    Code(Result<Bytes, StateError>),
    Cancelled,
}

impl Request {
    async fn answered_by<R: StateReader>(self, reader: &R) -> Answer {
        match self {
            Self::Account(address) => Answer::Account(reader.account(address).await),
            Self::Storage(address, slot) => Answer::Storage(reader.storage(address, slot).await),
            Self::Code(code_hash) => Answer::Code(reader.code(code_hash).await),
        }
    }
}

struct Fiber<T: 'static>(Coroutine<Answer, Request, T, DefaultStack>);

// SAFETY: a coroutine may change threads if everything on its stack while it is suspended may. What enters and leaves is
// `Send` by the bounds of `Fiber::new` and by the types above. What execution makes in between (revm's journal, and
// reference counts in its `LocalContext`) is created on this stack, is reachable from this stack only, and is dropped on it,
// so two threads never touch it at once; none of it is tied to a thread, and no lock guard or thread-local borrow is
// held across a read, since a read is a call of `Database` from inside revm or of the storage port from inside a rule.
#[expect(unsafe_code, reason = "a fiber cannot prove to the compiler that its stack is Send")]
unsafe impl<T: Send> Send for Fiber<T> {}

impl<T: Send> Fiber<T> {
    fn new(execution: impl FnOnce(&dyn State) -> T + Send + 'static) -> Result<Self, StateError> {
        let stack = DefaultStack::new(STACK_SIZE)
            .map_err(|error| StateError(format!("no memory for an execution stack: {error}")))?;
        // corosensei panics if what starts a coroutine is larger than 1,024 bytes, and a closure may own a block
        let execution = Box::new(execution);
        Ok(Self(Coroutine::with_stack(stack, move |yielder, _: Answer| execution(&FiberState(yielder)))))
    }
}

impl<T: 'static> Drop for Fiber<T> {
    fn drop(&mut self) {
        // a suspended execution ends by itself once its reads fail; unwinding it by force would need a panic
        while self.0.started() && !self.0.done() {
            self.0.resume(Answer::Cancelled);
        }
    }
}

/// The state as seen on the fiber.
struct FiberState<'a>(&'a Yielder<Answer, Request>);

fn no_answer<T>() -> Result<T, StateError> {
    Err(StateError("execution was cancelled".into()))
}

impl State for FiberState<'_> {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        match self.0.suspend(Request::Account(address)) {
            Answer::Account(account) => account,
            _ => no_answer(),
        }
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        match self.0.suspend(Request::Storage(address, slot)) {
            Answer::Storage(word) => word,
            _ => no_answer(),
        }
    }

    fn code(&self, code_hash: B256) -> Result<Bytes, StateError> {
        match self.0.suspend(Request::Code(code_hash)) {
            Answer::Code(code) => code,
            _ => no_answer(),
        }
    }
}

#[cfg(test)]
mod tests;
