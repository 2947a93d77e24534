//! From a plain function to a JSON-RPC method.
//!
//! Every method but `eth_subscribe` is a synchronous function from the context and its parameters to a result. It runs
//! on a blocking thread of its lane, where its result is serialised too.

use std::sync::Arc;

use jsonrpsee::{
    RpcModule,
    core::{JsonRawValue, to_json_raw_value},
    types::{ErrorObjectOwned, Params},
};
use serde::Serialize;

use crate::{
    arguments::{Arguments, FromArguments},
    context::Context,
    error::RpcError,
    lane::Lane,
};

/// A method without its name.
type Method<A, T> = fn(&Context, A) -> Result<T, RpcError>;

/// The methods of the server.
pub(crate) struct Methods(pub(crate) RpcModule<Context>);

impl Methods {
    /// Adds a method that is quick: it reads what is stored, or checks one transaction.
    pub(crate) fn read<A, T>(&mut self, name: &'static str, method: Method<A, T>)
    where
        A: FromArguments + 'static,
        T: Serialize + 'static,
    {
        self.add(name, |context| &context.reads, method);
    }

    /// Adds a method that executes a call or searches many blocks.
    pub(crate) fn execute<A, T>(&mut self, name: &'static str, method: Method<A, T>)
    where
        A: FromArguments + 'static,
        T: Serialize + 'static,
    {
        self.add(name, |context| &context.executions, method);
    }

    fn add<A, T>(&mut self, name: &'static str, lane: fn(&Context) -> &Lane, method: Method<A, T>)
    where
        A: FromArguments + 'static,
        T: Serialize + 'static,
    {
        let callback = move |params: Params<'static>, context: Arc<Context>, _| async move {
            let work = {
                let context = context.clone();
                move || answer(&context, &params, method)
            };
            lane(&context).run(work).await.map_err(ErrorObjectOwned::from)
        };
        self.0.register_async_method(name, callback).expect("a test registers every name once");
    }
}

fn answer<A: FromArguments, T: Serialize>(
    context: &Context,
    params: &Params<'_>,
    method: Method<A, T>,
) -> Result<Box<JsonRawValue>, RpcError> {
    let arguments = A::parse(Arguments::of(params)?)?;
    let result = method(context, arguments)?;
    to_json_raw_value(&result).map_err(|error| RpcError::Internal(error.to_string()))
}
