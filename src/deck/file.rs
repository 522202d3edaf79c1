//! placeholder for the deck file format
