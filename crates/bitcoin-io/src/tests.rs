mod answers;
mod fake;
mod session;
mod transactions;
