//! Build, demo, test and measure.
fn main() {}
