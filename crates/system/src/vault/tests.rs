mod attacks;
mod cancel;
mod conservation;
mod erc4626;
mod income;
mod queue;
mod shares;
mod world;
