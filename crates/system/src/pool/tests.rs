mod conservation;
mod inputs;
mod sales;
mod suppliers;
mod world;
