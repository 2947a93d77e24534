mod attacks;
mod claims;
mod conservation;
mod epochs;
mod meters;
mod votes;
mod world;
