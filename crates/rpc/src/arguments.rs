//! Positional parameters: parsed into types, with errors that name the position.
//!
//! A parameter at the end may be left out or `null` where its type is an `Option`. One too many is an error, since it
//! would otherwise be ignored in silence.

use jsonrpsee::types::Params;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::RpcError;

/// The parameters of one request, in order.
pub(crate) struct Arguments(Vec<Value>);

impl Arguments {
    /// # Errors
    /// [`RpcError::InvalidParams`] if the parameters are not an array.
    pub(crate) fn of(params: &Params<'_>) -> Result<Self, RpcError> {
        let values = params.parse::<Option<Vec<Value>>>();
        let values = values.map_err(|_| RpcError::InvalidParams("params must be an array".to_owned()))?;
        Ok(Self(values.unwrap_or_default()))
    }

    fn at_most(&self, count: usize) -> Result<(), RpcError> {
        if self.0.len() <= count {
            return Ok(());
        }
        Err(RpcError::InvalidParams(format!("too many arguments, want at most {count}")))
    }

    fn take<T: DeserializeOwned>(&mut self, position: usize) -> Result<T, RpcError> {
        let value = self.0.get_mut(position).map(Value::take);
        let missing = value.as_ref().is_none_or(Value::is_null);
        serde_json::from_value(value.unwrap_or_default()).map_err(|error| {
            RpcError::InvalidParams(match missing {
                true => format!("missing value for required argument {position}"),
                false => format!("invalid argument {position}: {error}"),
            })
        })
    }
}

/// A tuple of parameters.
pub(crate) trait FromArguments: Sized {
    /// # Errors
    /// [`RpcError::InvalidParams`] names the first position that is wrong.
    fn parse(arguments: Arguments) -> Result<Self, RpcError>;
}

impl FromArguments for () {
    fn parse(arguments: Arguments) -> Result<Self, RpcError> {
        arguments.at_most(0)
    }
}

macro_rules! tuple {
    ($count:literal: $($position:literal $name:ident),+) => {
        impl<$($name: DeserializeOwned),+> FromArguments for ($($name,)+) {
            fn parse(mut arguments: Arguments) -> Result<Self, RpcError> {
                arguments.at_most($count)?;
                Ok(($(arguments.take::<$name>($position)?,)+))
            }
        }
    };
}

tuple!(1: 0 A);
tuple!(2: 0 A, 1 B);
tuple!(3: 0 A, 1 B, 2 C);
tuple!(4: 0 A, 1 B, 2 C, 3 D);
